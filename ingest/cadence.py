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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.rhythm import MINUTES, Rhythm

AFTER_SPIKE_S = 2.0
# Of two waits, the poll between them lies within these shares of one.
REACH_MIN, REACH_MAX = 0.4, 1.6
# Polls are spread over such a share of the wait, each source's by another part of it each hour.
SPREAD = 0.0
CROWD_PRIOR = 60.0
KAPPA, CROWD = 1.0, 2.0
CROWD_HALF_LIFE_S = 604_800.0
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
    spread: float = SPREAD

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
        faded = math.exp(-math.log(2) * max(now_s - self.at_s, 0.0) / CROWD_HALF_LIFE_S)
        minutes = [each * faded for each in self.minutes]
        minutes[int(now_s // 60) % 60] += 1
        return Pace(self.came * kept + new * during, self.expected * kept + hoped, now_s, tuple(minutes))

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
    factor = pace.factor(now) * terms.weight
    if hints.skip_hours and now.hour in hints.skip_hours:
        factor *= SKIPPED
    longest_s = terms.ceiling_s if is_dead(rhythm) else terms.longest_s
    ahead = _ahead(rhythm, now.timestamp(), factor, terms, longest_s)
    wait_s = max(ahead.due_s, terms.floor_s)
    most_s = max(longest_s, ahead.due_s)
    wait_s = _between(ahead, wait_s, most_s, terms, pace.crowd(), int(now.timestamp() // 60))
    return min(max(wait_s + terms.spread * 60 * share_of(terms.name, now), terms.floor_s), most_s)


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What is expected after now: seconds, and entries in each stretch that ends at one of `ends_s`."""

    due_s: float
    ends_s: list[float]
    masses: list[float]


def _ahead(rhythm: Rhythm, now_s: float, factor: float, terms: Terms, longest_s: float) -> _Ahead:
    """The wait at which what waits is worth the price, and what comes until twice that."""
    ends_s: list[float] = []
    masses: list[float] = []
    due_s, waiting, at_s = 0.0, 0.0, 0.0
    for end_s, rate, quiet in rhythm.walk(now_s):
        into_s, length_s = end_s - now_s, end_s - now_s - at_s
        mass = rate * factor * length_s
        if not due_s:
            found = _due_s(waiting, rate * factor, at_s, length_s, terms)
            if found is not None or into_s >= (terms.ceiling_s if quiet else longest_s):
                due_s = min(found or into_s, terms.ceiling_s if quiet else max(longest_s, at_s))
        waiting += mass
        at_s = into_s
        ends_s.append(into_s)
        masses.append(mass)
        if due_s and into_s >= 2 * due_s:
            break
    return _Ahead(due_s, ends_s, masses)


def _between(ahead: _Ahead, wait_s: float, most_s: float, terms: Terms, crowd: Sequence[float], minute0: int) -> float:
    """Of two waits in a row, where the poll between them leaves least to wait for: just after what comes at once."""
    end_s = 2 * wait_s
    tail = 1.0 / (terms.patience * terms.budget_s)
    best, best_cost = wait_s, math.inf
    n = s1 = s2 = 0.0
    all_n = all_1 = all_2 = 0.0
    start_s = 0.0
    middles = []
    k = 0
    for until_s, mass in zip(ahead.ends_s, ahead.masses, strict=True):
        until_s = min(until_s, end_s)
        m = (start_s + until_s) / 2
        middles.append(m)
        all_n += mass
        all_1 += mass * m
        all_2 += mass * m * m
        start_s = until_s
    for until_s, mass, m in zip(ahead.ends_s, ahead.masses, middles, strict=True):
        n += mass
        s1 += mass * m
        s2 += mass * m * m
        k += 1
        if until_s < REACH_MIN * wait_s:
            continue
        if until_s > REACH_MAX * wait_s or until_s > most_s:
            break
        cost = _cost(n, s1, s2, until_s, tail) + _cost(all_n - n, all_1 - s1, all_2 - s2, end_s, tail)
        cost += terms.price * KAPPA * max(0.0, crowd[(minute0 + k) % 60] - CROWD) ** 2
        if cost < best_cost:
            best, best_cost = until_s + AFTER_SPIKE_S, cost
    return best


def _cost(n: float, s1: float, s2: float, at_s: float, tail: float) -> float:
    """What a poll at `at_s` finds waiting: each entry's wait d as d + tail·d²."""
    return n * at_s - s1 + tail * (n * at_s * at_s - 2 * at_s * s1 + s2)


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
