"""Standing rules against one release: which of them are true of it, and where.

A release becomes a set of features once: its words and runs of words, beginnings of words, metadata.
A rule is taken apart into cases, conjunctions of such features, and each case is filed under the
rarest feature that it cannot do without. So a release looks up its own features, and of the rules
found there most are proved by that feature alone; the other features that the rest have or lack are
checked in bulk, in flat arrays; only what features cannot say goes to the evaluator, one by one.

The many rules stand in arrays that never change, those added since in dictionaries; rules that were
removed are passed over; a merge now and then makes them one.
"""

from __future__ import annotations

from alerts.matching.index import RuleIndex, WatchedRule
from alerts.matching.roster import RuleId

__all__ = ["RuleId", "RuleIndex", "WatchedRule"]
