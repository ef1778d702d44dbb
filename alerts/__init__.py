"""From releases to people: which rules a release matches, whether to tell, in what words, and how it gets there.

Matching, gating, keys and rendering are pure; only `alerts.channels` speaks to the network, and `alerts.delivery` only
decides when it should try again. Nothing here knows a database: what an alert needs is handed in.
"""
