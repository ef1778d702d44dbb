"""Whether a source has been silent for longer than it ever is at this time of the week. Pure.

The measure is the source itself: what it brought in the same stretch of the week, a week ago, two weeks ago, and so
on. A night, a weekend and a quiet source are no alarm, since they were as quiet before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import nlargest
from itertools import pairwise

WEEKS_MAX = 8
# A source whose past weeks are fewer is not judged.
WEEKS_MIN = 2
# The chance that such a silence comes about though nothing is wrong …
CHANCE_MAX = 0.001
# … and how many false alarms a source may so give in a week: one a year.
FALSE_A_WEEK_MAX = 1 / 52
# Sources are more fitful than chance: a silence must exceed those of the past weeks by so much as well. The longest of
# them is left aside, as it may have been an outage.
EXCEEDS = 1.5
_LEFT_ASIDE = 1
# Of the past silences those that lasted longest are measured; the others are never the ones that were most unusual.
_MEASURED_MAX = 1_000
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
    silence, below `FALSE_A_WEEK_MAX`. And as no source is quite a Poisson process: the arrivals that are usual in this
    silence must be `EXCEEDS` times those that were usual in any silence of the past weeks but one.
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
    if came / weeks <= EXCEEDS * _worst_before(arrivals):
        return None
    since = datetime.fromtimestamp(last * 60, UTC)
    return Silence(since=since, until=until, usual=came / weeks, weeks=weeks, chance=chance)


def _worst_before(arrivals: Sequence[int]) -> float:
    """How many arrivals were usual in the most unusual silence of the past weeks, `_LEFT_ASIDE` left aside."""
    begin = bisect_right(arrivals, arrivals[-1] - WEEKS_MAX * _WEEK_MIN)
    recent = arrivals[begin:]
    longest = nlargest(_MEASURED_MAX, pairwise(recent), key=lambda pair: pair[1] - pair[0])
    usual = nlargest(_LEFT_ASIDE + 1, (_usual_in(arrivals, start, end) for start, end in longest))
    return usual[_LEFT_ASIDE] if len(usual) > _LEFT_ASIDE else 0.0


def _usual_in(arrivals: Sequence[int], start: int, end: int) -> float:
    """How many arrivals the same stretch of the weeks before and after held, on the mean."""
    apart = -(-(end - start) // _WEEK_MIN) * _WEEK_MIN
    shifts = (k * apart for k in range(-WEEKS_MAX, WEEKS_MAX + 1) if k)
    held = [
        _within(arrivals, start + shift, end + shift)
        for shift in shifts
        if start + shift >= arrivals[0] and end + shift <= arrivals[-1]
    ]
    return sum(held) / len(held) if held else 0.0


def _within(arrivals: Sequence[int], after: int, upto: int) -> int:
    return bisect_right(arrivals, upto) - bisect_right(arrivals, after)
