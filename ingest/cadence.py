"""When to poll next: soon where much is expected, late where little is, as one price for a request says.

A source is polled once what waits there is worth a request. What waits is the number of entries expected since the
last poll times how long they waited (Eckstein, Gal and Reiner, JoC 2008: with an even rate λ that is the interval
√(2θ/λ)); `Terms.price` is θ, one number for all sources, found from the budget of requests (`price_of`). Waiting long
costs more than in proportion (`PATIENCE`), else the quiet sources pay for the mean of the busy ones.

Pure: rhythm, what the last polls left behind, terms and hints in; an instant out. All times are aware UTC.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.rhythm import MINUTES, Rhythm

# A minute with so many times the usual entries is waited for, where it ends within so many intervals.
SPIKE = 2.5
SPIKE_REACH = 1.5
AFTER_SPIKE_S = 2.0
# Polls that wait for one minute are spread over so many seconds after it, each source at its own.
SPREAD_S = 150.0
# The wait, in budgets, at which the square of waiting weighs as much as waiting itself.
PATIENCE = 4.0
# No source that publishes waits longer than so many budgets, so that its tail is not paid for by its being small …
LONGEST = 1.9
# … but one that publishes less than once in so many days waits as long as the ceiling says.
DEAD_DAYS = 14.0
# What came of late against what was expected: forgotten by half in so many seconds, and believed so slowly.
BURST_HALF_LIFE_S = 5_400.0
BURST_PRIOR = 1.5
BURST_MIN, BURST_MAX = 0.35, 4.0
RETRY_AFTER_MAX_S = 86_400.0
CRAWL_DELAY_MAX_S = 600.0
DAY_S = 86_400.0
# What a feed's skipHours or skipDays say is taken for a rate so many times the usual, not for silence.
SKIPPED = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the operator and the budget say of one source, in seconds.

    `price`: θ. `budget_s`: the time between two polls of a source, on the whole. `fixed_s`: polled as a timer rings.
    `name` spreads the polls of different sources.
    """

    price: float
    budget_s: float
    floor_s: float
    ceiling_s: float
    weight: float = 1.0
    fixed_s: float | None = None
    name: str = ""
    patience: float = PATIENCE
    longest: float = LONGEST
    spread_s: float = SPREAD_S

    @property
    def longest_s(self) -> float:
        return max(self.floor_s, min(self.ceiling_s, self.longest * self.budget_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the source itself asked for. In order of force: `retry_after_s` (nothing is asked before), `crawl_delay_s`
    of its robots.txt, `fresh_s` (max-age, Expires, ttl, updatePeriod: believed only as far as the budget, since a wire
    says an hour and publishes every minute), `skip_hours` (of UTC, a prior and no more)."""

    retry_after_s: float | None = None
    crawl_delay_s: float | None = None
    fresh_s: float | None = None
    skip_hours: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Pace:
    """What came of late, and what was expected to, both decayed to `at_s` (seconds of the epoch)."""

    came: float = 0.0
    expected: float = 0.0
    at_s: float = 0.0

    def after(self, rhythm: Rhythm, since: datetime, now: datetime, new: int) -> Pace:
        """The pace after a good poll that showed `new` entries more than the one at `since`."""
        now_s = now.timestamp()
        kept = _halved(now_s - self.at_s)
        during = _halved((now - since).total_seconds() / 2.0)
        hoped = rhythm.expected(since, now) * during
        return Pace(self.came * kept + new * during, self.expected * kept + hoped, now_s)

    def factor(self, now: datetime) -> float:
        """How many times the usual is to be expected now."""
        kept = _halved(now.timestamp() - self.at_s)
        ratio = (self.came * kept + BURST_PRIOR) / (self.expected * kept + BURST_PRIOR)
        return min(max(ratio, BURST_MIN), BURST_MAX)

    def as_data(self) -> dict[str, float]:
        return {"came": round(self.came, 6), "expected": round(self.expected, 6), "at": self.at_s}


def pace_of(data: Mapping[str, Any] | None) -> Pace:
    """The pace that was written so, a fresh one where that cannot be read."""
    try:
        found = Pace(float(data["came"]), float(data["expected"]), float(data["at"])) if data else Pace()
    except (KeyError, TypeError, ValueError):
        return Pace()
    sound = all(math.isfinite(each) and each >= 0 for each in (found.came, found.expected, found.at_s))
    return found if sound else Pace()


def next_poll(rhythm: Rhythm, pace: Pace, terms: Terms, hints: Hints, now: datetime) -> datetime:
    """When to poll again, just after a poll at `now` that worked.

    Never before the floor, a Retry-After or a crawl delay; never after the ceiling, but for those.
    """
    wait_s = terms.fixed_s if terms.fixed_s is not None else _wait_s(rhythm, pace, terms, hints, now)
    return now + timedelta(seconds=max(wait_s, asked_s(terms, hints)))


def asked_s(terms: Terms, hints: Hints) -> float:
    """The least number of seconds that the source and the operator leave us."""
    retry_s = min(hints.retry_after_s or 0.0, RETRY_AFTER_MAX_S)
    crawl_s = min(hints.crawl_delay_s or 0.0, CRAWL_DELAY_MAX_S)
    fresh_s = 0.0 if terms.fixed_s is not None else min(hints.fresh_s or 0.0, terms.budget_s, terms.ceiling_s)
    return max(terms.floor_s if terms.fixed_s is None else 0.0, retry_s, crawl_s, fresh_s)


def _wait_s(rhythm: Rhythm, pace: Pace, terms: Terms, hints: Hints, now: datetime) -> float:
    now_s = now.timestamp()
    factor = pace.factor(now) * terms.weight
    if hints.skip_hours and now.hour in hints.skip_hours:
        factor *= SKIPPED
    longest_s = terms.ceiling_s if is_dead(rhythm) else terms.longest_s
    wait_s, reach = longest_s, 0.0
    waiting, at_s, spike_s = 0.0, now_s, None
    usual = rhythm.rate
    for end_s, rate, minute in rhythm.walk(now_s):
        length_s = end_s - at_s
        if not reach:
            due_s = _due_s(waiting, rate * factor, at_s - now_s, length_s, terms)
            if due_s is not None or end_s - now_s >= longest_s:
                wait_s = min(due_s if due_s is not None else longest_s, longest_s)
                reach = min(wait_s * SPIKE_REACH, longest_s)
        waiting += rate * factor * length_s
        at_s = end_s
        if rhythm.minutes[minute] >= SPIKE and spike_s is None and at_s - now_s > terms.floor_s:
            spike_s = at_s - now_s
        if reach and at_s - now_s >= reach:
            break
    del usual
    if spike_s is not None and spike_s <= reach:
        after_s = AFTER_SPIKE_S + terms.spread_s * share_of(terms.name, now)
        wait_s = min(spike_s + after_s, longest_s)
    return max(wait_s, terms.floor_s)


def share_of(name: str, now: datetime) -> float:
    """A number from 0 to 1 that is a source's own for an hour."""
    told = hashlib.blake2b(f"{name} {int(now.timestamp() // 3600)}".encode(), digest_size=4).digest()
    return int.from_bytes(told, "big") / 2**32


def _due_s(waiting: float, rate: float, past_s: float, length_s: float, terms: Terms) -> float | None:
    """When within a minute that begins after `past_s` what waits is worth the price; None where only later.

    Halved until it is known to the second.
    """

    def worth(into_s: float) -> float:
        t = past_s + into_s
        return (waiting + rate * into_s) * t * (0.5 + t / (1.5 * terms.patience * terms.budget_s))

    if worth(length_s) < terms.price:
        return None
    low, high = 0.0, length_s
    while high - low > 0.5:
        middle = (low + high) / 2
        low, high = (middle, high) if worth(middle) < terms.price else (low, middle)
    return past_s + high


def _halved(after_s: float) -> float:
    return math.exp(-math.log(2) * max(after_s, 0.0) / BURST_HALF_LIFE_S)


def is_dead(rhythm: Rhythm) -> bool:
    return rhythm.rate * DEAD_DAYS * DAY_S < 1.0
