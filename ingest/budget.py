"""What a request is worth, so that all sources together keep to their budget. Pure.

The sources' rhythms say how many requests any price would make over a week (`Demand`); the budget says how many there
may be; the price is where they meet. What the last seven days really took corrects it (whole weeks: a day says nothing
of the next where one is a Sunday), and what was saved or overdrawn is spread over the coming week.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.cadence import Terms, is_dead
from ingest.rhythm import HOURS, SHARES, Rhythm

WEEK_H = 168
# Saved or overdrawn requests are remembered as far as so many hours of the budget.
PURSE_H = 48.0
# As if so many hours had gone as planned: the first hours of a watch say little.
PLANNED_H = 24.0
_SHARES = np.array(SHARES)
Floats = npt.NDArray[np.float64]
_STEPS = 49
_DECADES = 12.0


@dataclass(frozen=True)
class Demand:
    """Requests a second that prices make, on the whole of a week; prices rise, requests fall."""

    prices: tuple[float, ...]
    requests: tuple[float, ...]

    def price_for(self, requests: float) -> float:
        """The price at which so many requests a second are made; the nearest there is."""
        falling = np.asarray(self.requests)[::-1]
        return float(np.exp(np.interp(requests, falling, np.log(self.prices)[::-1])))

    def requests_at(self, price: float) -> float:
        return float(np.interp(math.log(price), np.log(self.prices), self.requests))


def demand(sources: Iterable[tuple[Rhythm, Terms]]) -> Demand | None:
    """What these sources would ask for at any price; None without sources that follow their rhythm."""
    rows = [(rhythm, terms) for rhythm, terms in sources if terms.fixed_s is None]
    if not rows:
        return None
    rates = np.array([[rhythm.rate * terms.weight] for rhythm, terms in rows]) * np.array([r.hours for r, _ in rows])
    tail = np.array([[1.5 * terms.patience * terms.budget_s] for _, terms in rows])
    least = np.array([[terms.floor_s] for _, terms in rows])
    most = np.array([_longest(rhythm, terms) for rhythm, terms in rows])
    middle = float(np.median(rates)) * rows[0][1].budget_s ** 2 / 2
    prices = middle * np.logspace(-_DECADES / 2, _DECADES / 2, _STEPS)
    asked = [float(((1.0 / np.clip(_intervals(rates, tail, p), least, most)) @ _SHARES).sum()) for p in prices]
    return Demand(tuple(prices.tolist()), tuple(asked))


def _longest(rhythm: Rhythm, terms: Terms) -> list[float]:
    most_s = terms.ceiling_s if is_dead(rhythm) else terms.longest_s
    return [terms.ceiling_s if hour in rhythm.quiet else most_s for hour in range(HOURS)]


def _intervals(rates: Floats, tail: Floats, price: float) -> Floats:
    """Where rate·t²·(1/2 + t/tail) meets the price: Newton's steps from the right, where it falls to the root."""
    worth = price / rates
    t: Floats = np.minimum(np.sqrt(2 * worth), np.cbrt(worth * tail))
    for _ in range(8):
        t = t - (t * t * (0.5 + t / tail) - worth) / (t + 3 * t * t / tail)
    return t


@dataclass(frozen=True)
class Purse:
    """What was asked, hour by hour, against what was planned; `saved` in requests, negative where overdrawn."""

    hours: tuple[tuple[float, float], ...] = ()
    saved: float = 0.0

    def after_hour(self, *, spent: float, planned: float, allowed: float) -> Purse:
        bound = PURSE_H * allowed
        saved = min(max(self.saved + allowed - spent, -bound), bound)
        return Purse((*self.hours, (spent, planned))[-WEEK_H:], saved)

    def aim(self, allowed: float) -> float:
        """How many requests an hour to plan, where `allowed` may be made."""
        spent = sum(each for each, _ in self.hours)
        planned = sum(each for _, each in self.hours)
        prior = PLANNED_H * allowed
        bias = (spent + prior) / (planned + prior)
        return max(allowed + self.saved / WEEK_H, allowed / 4) / max(bias, 0.25)

    def as_data(self) -> dict[str, Any]:
        return {"hours": [[round(a, 3), round(b, 3)] for a, b in self.hours], "saved": round(self.saved, 3)}


def purse_of(data: Mapping[str, Any] | None) -> Purse:
    """The purse that was written so, an empty one where that cannot be read."""
    try:
        if not data:
            return Purse()
        return Purse(tuple((float(a), float(b)) for a, b in data["hours"][-WEEK_H:]), float(data["saved"]))
    except (KeyError, TypeError, ValueError):
        return Purse()
