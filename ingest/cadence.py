"""When to poll next: soon where much is expected, late where little is, as one price for a request says.

A source is polled once what waits there is worth a request. What waits is the number of entries expected since the
last poll times how long they waited (Eckstein, Gal and Reiner, JoC 2008: with an even rate λ that is the interval
√(2θ/λ)); `Terms.price` is θ, one number for all sources, found from the budget of requests (`price_of`). Waiting long
costs more than in proportion (`PATIENCE`), else the quiet sources pay for the mean of the busy ones.

Pure: rhythm, what the last polls left behind, terms and hints in; an instant out. All times are aware UTC.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from operator import mul
from typing import Any

from ingest.rhythm import MINUTES, Rhythm

# Of two waits in a row, the poll between them lies within these shares of one, and so long after a minute ends.
REACH_MIN, REACH_MAX = 0.4, 1.6
AFTER_MINUTE_S = 2.0
# Who may not poll later, polls earlier only where that is worth so many requests, by the share of the wait it takes.
EARLY_COST = 2.0
# Waits are found as exactly as this.
EXACT_S = 0.5
# The wait, in budgets, whose square weighs as much as itself: less spares the tail, more the mean.
PATIENCE = 2.5
# No source waits longer than so many budgets, so that its tail is not paid for by its being small …
LONGEST = 1.97
# … but in its quiet hours, or if it publishes less than once in so many days, as long as the ceiling says.
DEAD_DAYS = 14.0
# A minute of the hour that has more than so many times its share of a source's polls costs requests to poll in, so
# many at one time more and with the square: polls of a host do not pile up after the full hour.
CROWDED = 2.0
CROWD_COST = 2.5
CROWD_PRIOR = 60.0
CROWD_HALF_LIFE_S = 604_800.0
# What came of late against what was expected: forgotten by half in so many seconds, believed as far as it outweighs
# so many entries.
BURST_HALF_LIFE_S = 12_000.0
BURST_PRIOR = 8.0
BURST_MIN, BURST_MAX = 0.2, 4.0
# A poll that failed is made up for after so much of a budget, longer each time (`ingest.retries`).
RETRY_SHARE = 0.25
RETRY_AFTER_MAX_S = 86_400.0
CRAWL_DELAY_MAX_S = 600.0
# What an answer says of how long it stays fresh is believed as far as so much of the budget.
FRESH_SHARE = 0.5
DAY_S = 86_400.0
# What a feed's skipHours say is taken for a rate so many times the usual, not for silence.
SKIPPED = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the operator and the budget say of one source, in seconds.

    `price`: θ. `budget_s`: the time between two polls of a source, on the whole. `fixed_s`: polled as a timer rings.
    """

    price: float
    budget_s: float
    floor_s: float
    ceiling_s: float
    weight: float = 1.0
    fixed_s: float | None = None
    patience: float = PATIENCE
    longest: float = LONGEST

    @property
    def longest_s(self) -> float:
        return max(self.floor_s, min(self.ceiling_s, self.longest * self.budget_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the source itself asked for. In order of force: `retry_after_s` (nothing is asked before), `crawl_delay_s`
    of its robots.txt, `fresh_s` (max-age, Expires, ttl, updatePeriod: believed only for a part of the budget, since a
    wire says an hour and publishes every minute), `skip_hours` (of UTC, a prior and no more).
    """

    retry_after_s: float | None = None
    crawl_delay_s: float | None = None
    fresh_s: float | None = None
    skip_hours: frozenset[int] = frozenset()

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Hints:
        """What a feed said of itself in its last answer, as it was written; an answer without a body repeats none."""
        fresh, skipped = data.get("fresh_s"), data.get("skip_hours")
        hours = [hour for hour in skipped if isinstance(hour, int)] if isinstance(skipped, list) else []
        return cls(fresh_s=float(fresh) if isinstance(fresh, int | float) else None, skip_hours=frozenset(hours))

    def as_data(self) -> dict[str, Any]:
        said = {"fresh_s": self.fresh_s, "skip_hours": sorted(self.skip_hours)}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class Pace:
    """What came of late and what was expected to, both decayed to `at_s` (seconds of the epoch).

    `minutes`: how many polls fell into each minute of the hour, those of a week ago counted half.
    """

    came: float = 0.0
    expected: float = 0.0
    at_s: float = 0.0
    minutes: tuple[float, ...] = (0.0,) * MINUTES

    def crowd(self) -> list[float]:
        """How many times its share each minute of the hour had of the polls."""
        total = sum(self.minutes) + CROWD_PRIOR
        return [MINUTES * (each + CROWD_PRIOR / MINUTES) / total for each in self.minutes]

    def after(self, rhythm: Rhythm, since: datetime, now: datetime, new: int) -> Pace:
        """The pace after a good poll that showed `new` entries more than the one at `since`."""
        now_s = now.timestamp()
        kept = _halved(now_s - self.at_s)
        during = _halved((now - since).total_seconds() / 2.0)
        hoped = rhythm.expected(since, now) * during
        faded = math.exp2(-max(now_s - self.at_s, 0.0) / CROWD_HALF_LIFE_S)
        minutes = [each * faded for each in self.minutes]
        minutes[int(now_s // 60) % 60] += 1
        return Pace(self.came * kept + new * during, self.expected * kept + hoped, now_s, tuple(minutes))

    def factor(self, now: datetime) -> float:
        """How many times the usual is to be expected now."""
        kept = _halved(now.timestamp() - self.at_s)
        ratio = (self.came * kept + BURST_PRIOR) / (self.expected * kept + BURST_PRIOR)
        return min(max(ratio, BURST_MIN), BURST_MAX)

    def as_data(self) -> dict[str, Any]:
        return {
            "came": round(self.came, 6),
            "expected": round(self.expected, 6),
            "at": self.at_s,
            "minutes": [round(each, 2) for each in self.minutes],
        }


def pace_of(data: Mapping[str, Any] | None) -> Pace:
    """The pace that was written so, a fresh one where that cannot be read."""
    try:
        if not data:
            return Pace()
        minutes = tuple(map(float, data["minutes"]))
        found = Pace(float(data["came"]), float(data["expected"]), float(data["at"]), minutes)
    except (KeyError, TypeError, ValueError):
        return Pace()
    numbers = (found.came, found.expected, found.at_s, *minutes)
    sound = len(minutes) == MINUTES and all(math.isfinite(each) and each >= 0 for each in numbers)
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
    fresh_s = 0.0 if terms.fixed_s is not None else min(hints.fresh_s or 0.0, FRESH_SHARE * terms.budget_s)
    return max(terms.floor_s if terms.fixed_s is None else 0.0, retry_s, crawl_s, fresh_s)


def _wait_s(rhythm: Rhythm, pace: Pace, terms: Terms, hints: Hints, now: datetime) -> float:
    factor = pace.factor(now) * terms.weight
    if now.hour in hints.skip_hours:
        factor *= SKIPPED
    ahead = _ahead(rhythm, now.timestamp(), factor, terms)
    wait_s = _between(ahead, terms, pace.crowd(), int(now.timestamp() // 60))
    return min(max(wait_s, terms.floor_s), terms.ceiling_s)


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What is expected after now: in each stretch that ends so many seconds on, so many entries.

    `due_s` is the wait that is worth the price, `most_s` the longest that is allowed.
    """

    due_s: float
    most_s: float
    ends_s: list[float]
    masses: list[float]


def _ahead(rhythm: Rhythm, now_s: float, factor: float, terms: Terms) -> _Ahead:
    """What comes until twice the wait at which what waits is worth the price."""
    longest_s = terms.ceiling_s if is_dead(rhythm) else terms.longest_s
    ends_s: list[float] = []
    masses: list[float] = []
    due_s, waiting, past_s = 0.0, 0.0, 0.0
    for end_s, rate, quiet in rhythm.walk(now_s):
        until_s = end_s - now_s
        if not due_s:
            most_s = terms.ceiling_s if quiet else max(longest_s, past_s)
            due_s = _due_s(waiting, rate * factor, past_s, min(until_s, most_s), terms)
            if not due_s and until_s >= most_s:
                due_s = most_s
            longest_s = max(longest_s, due_s)
        masses.append(rate * factor * (until_s - past_s))
        waiting += masses[-1]
        past_s = until_s
        ends_s.append(until_s)
        if due_s and until_s >= 2 * due_s:
            break
    return _Ahead(max(due_s, terms.floor_s), longest_s, ends_s, masses)


def _due_s(waiting: float, rate: float, past_s: float, until_s: float, terms: Terms) -> float:
    """When between two instants what waits is worth the price, to half a second; 0 where only later."""

    def worth(t: float) -> float:
        return (waiting + rate * (t - past_s)) * t * (0.5 + t / (1.5 * terms.patience * terms.budget_s))

    if worth(until_s) < terms.price:
        return 0.0
    low, high = past_s, until_s
    while high - low > EXACT_S:
        middle = (low + high) / 2
        low, high = (middle, high) if worth(middle) < terms.price else (low, middle)
    return high


def _between(ahead: _Ahead, terms: Terms, crowd: Sequence[float], minute: int) -> float:
    """Of two waits in a row, where the poll between them leaves least to wait for: just after what comes at once."""
    wait_s, end_s, tail = ahead.due_s, 2 * ahead.due_s, 1.0 / (terms.patience * terms.budget_s)
    middles = [(a + b) / 2 for a, b in pairwise((0.0, *ahead.ends_s))]
    all_n = sum(ahead.masses)
    all_1 = sum(map(mul, ahead.masses, middles))
    all_2 = sum(mass * at * at for mass, at in zip(ahead.masses, middles, strict=True))
    capped = wait_s >= ahead.most_s - EXACT_S
    best_s, best, n, s1, s2 = min(wait_s, ahead.most_s), math.inf, 0.0, 0.0, 0.0
    for ends, (at_s, mass, middle_s) in enumerate(zip(ahead.ends_s, ahead.masses, middles, strict=True), 1):
        n, s1, s2 = n + mass, s1 + mass * middle_s, s2 + mass * middle_s * middle_s
        if at_s < REACH_MIN * wait_s:
            continue
        if at_s > min(REACH_MAX * wait_s, ahead.most_s):
            break
        cost = _cost(n, s1, s2, at_s, tail) + _cost(all_n - n, all_1 - s1, all_2 - s2, end_s, tail)
        cost += terms.price * CROWD_COST * max(0.0, crowd[(minute + ends) % MINUTES] - CROWDED) ** 2
        if capped:
            cost += EARLY_COST * terms.price * (wait_s - at_s) / wait_s
        if cost < best:
            best_s, best = at_s + AFTER_MINUTE_S, cost
    return best_s


def _cost(n: float, s1: float, s2: float, at_s: float, tail: float) -> float:
    """What a poll at `at_s` finds waiting: each entry's wait d as d + tail·d²."""
    return n * at_s - s1 + tail * (n * at_s * at_s - 2 * at_s * s1 + s2)


def _halved(after_s: float) -> float:
    return math.exp2(-max(after_s, 0.0) / BURST_HALF_LIFE_S)


def is_dead(rhythm: Rhythm) -> bool:
    return rhythm.rate * DEAD_DAYS * DAY_S < 1.0


def even_price(rhythm: Rhythm, terms: Terms) -> Terms:
    """The terms at the price for which a source that publishes evenly is polled once a budget: until one is found."""
    worth = terms.budget_s * (0.5 + 1.0 / (1.5 * terms.patience))
    return replace(terms, price=rhythm.rate * terms.weight * terms.budget_s * worth)
