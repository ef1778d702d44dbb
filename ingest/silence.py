"""Whether a source has been silent for longer than it ever is at this time of the week. Pure.

The measure is the source itself: what it brought in the same stretch of the week, a week ago, two weeks ago, and so
on. A night, a weekend and a quiet source are no alarm, since they were as quiet before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

WEEKS_MAX = 8
# A source whose past weeks are fewer is not judged.
WEEKS_MIN = 2
# The chance that such a silence comes about though nothing is wrong …
CHANCE_MAX = 0.001
# … and how many false alarms a source may so give in a week: one a year.
FALSE_A_WEEK_MAX = 1 / 52
_WEEK_MIN = 7 * 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Nothing came from `since` to `until`, though `usual` arrivals came in such a stretch.

    `chance` is how likely that is where nothing is wrong, `weeks` how many past ones tell.
    """

    since: datetime
    until: datetime
    usual: float
    weeks: int
    chance: float

    @property
    def lasts(self) -> timedelta:
        return self.until - self.since


def minute_of(at: datetime) -> int:
    """Whole minutes since 1970."""
    return int(at.timestamp() // 60)


def silence(arrivals: Sequence[int], until: datetime) -> Silence | None:
    """The silence since the last arrival that is too long to be chance; None where it may be.

    `arrivals` are the minutes (`minute_of`) in which something new came, ascending, each once: releases that come
    together are one arrival, as a burst says no more about the source than a single one. `until`: the last poll that
    was answered well.

    With n arrivals in k past stretches a Poisson process of unknown rate brings none in the next one with the chance
    (k / (k + 1)) ** (n + 1/2): the predictive distribution under Jeffreys' prior (Bernardo & Smith, Bayesian Theory,
    1994, 5.2). An alarm needs that to be below `CHANCE_MAX`, and times the arrivals of a week, each of which begins a
    silence, below `FALSE_A_WEEK_MAX`.
    """
    if not arrivals:
        return None
    last, end = arrivals[-1], minute_of(until)
    length = end - last
    if length <= 0:
        return None
    apart = -(-length // _WEEK_MIN) * _WEEK_MIN
    weeks = min(WEEKS_MAX, (last - arrivals[0]) // apart)
    if weeks < WEEKS_MIN:
        return None
    came = sum(_within(arrivals, last - k * apart, end - k * apart) for k in range(1, weeks + 1))
    chance = (weeks / (weeks + 1)) ** (came + 0.5)
    whole = min(WEEKS_MAX, (last - arrivals[0]) // _WEEK_MIN)
    weekly = _within(arrivals, last - whole * _WEEK_MIN, last) / whole
    if chance > CHANCE_MAX or chance * weekly > FALSE_A_WEEK_MAX:
        return None
    since = datetime.fromtimestamp(last * 60, UTC)
    return Silence(since=since, until=until, usual=came / weeks, weeks=weeks, chance=chance)


def _within(arrivals: Sequence[int], after: int, upto: int) -> int:
    return bisect_right(arrivals, upto) - bisect_right(arrivals, after)
