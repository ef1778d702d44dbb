"""The archive: all SQL of the project and nothing else.

`database` opens and migrates, `tables` says what is stored, `commits` holds the write transactions,
`archive` and `search` answer, `outbox` hands out what is to be delivered, `sources` what is to be
polled and read, `rules` keeps the rules and channels. What is stored, and the order in which it may
be written, is told in each of them.
"""
