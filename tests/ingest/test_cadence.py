"""When to poll next: the bounds that always hold, and what moves a poll where."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.budget import Purse, demand, purse_of
from ingest.cadence import (
    CRAWL_DELAY_MAX_S,
    FRESH_SHARE,
    RETRY_AFTER_MAX_S,
    Hints,
    Pace,
    Terms,
    even_price,
    next_poll,
    pace_of,
)
from ingest.rhythm import HOURS, MINUTES, Rhythm

NOON = datetime(2026, 3, 3, 12, 0, 30, tzinfo=UTC)
DAY_S = 86_400.0
TERMS = Terms(price=20.0, budget_s=900, floor_s=20, ceiling_s=3600)

moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
ratios = st.floats(0.05, 20)
rhythms = st.builds(
    Rhythm,
    rate=st.floats(1e-8, 1.0),
    zone=st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    hours=st.tuples(*[ratios] * HOURS),
    minutes=st.tuples(*[ratios] * MINUTES),
    entries=st.integers(0, 1000),
)
paces = st.builds(
    Pace,
    came=st.floats(0, 1e4),
    expected=st.floats(0, 1e4),
    at_s=st.floats(0, 2e9),
    minutes=st.tuples(*[st.floats(0, 100)] * MINUTES),
)
terms = st.builds(
    Terms,
    price=st.floats(1e-6, 1e9),
    budget_s=st.floats(30, 7200),
    floor_s=st.floats(5, 60),
    ceiling_s=st.floats(60, 7200),
    weight=st.floats(0.1, 10),
)
waits = st.none() | st.floats(0, 1e6)
hints = st.builds(
    Hints,
    retry_after_s=waits,
    crawl_delay_s=waits,
    fresh_s=waits,
    skip_hours=st.frozensets(st.integers(0, 23)),
)


def wait_s(rhythm: Rhythm, of: Terms = TERMS, pace: Pace | None = None, asked: Hints | None = None) -> float:
    return (next_poll(rhythm, pace or Pace(), of, asked or Hints(), NOON) - NOON).total_seconds()


@settings(deadline=None, max_examples=200)
@given(rhythms, paces, terms, hints, moments)
def test_no_poll_is_before_floor_or_retry_after_nor_after_the_ceiling_without_one(
    rhythm: Rhythm, pace: Pace, of: Terms, asked: Hints, now: datetime
) -> None:
    wait = (next_poll(rhythm, pace, of, asked, now) - now).total_seconds() + 1e-5
    assert wait >= of.floor_s
    assert wait >= min(asked.retry_after_s or 0, RETRY_AFTER_MAX_S)
    assert wait >= min(asked.crawl_delay_s or 0, CRAWL_DELAY_MAX_S)
    asked_s = max(
        min(asked.retry_after_s or 0, RETRY_AFTER_MAX_S),
        min(asked.crawl_delay_s or 0, CRAWL_DELAY_MAX_S),
        min(asked.fresh_s or 0, FRESH_SHARE * of.budget_s),
    )
    assert wait <= max(of.ceiling_s, asked_s) + 1e-3


@settings(deadline=None, max_examples=100)
@given(st.floats(1e-7, 0.1), st.floats(0.1, 5), st.floats(1.5, 10))
def test_a_keener_weight_never_waits_a_whole_minute_longer(rate: float, weight: float, keener: float) -> None:
    rhythm = Rhythm(rate)
    usual, sooner = replace(TERMS, weight=weight), replace(TERMS, weight=weight * keener)
    assert wait_s(rhythm, sooner) <= wait_s(rhythm, usual) + 62


def test_an_even_source_at_its_even_price_is_polled_once_a_budget() -> None:
    rhythm = Rhythm(40 / DAY_S)
    assert wait_s(rhythm, even_price(rhythm, TERMS)) == pytest.approx(900, abs=62)


def test_more_releases_more_polls() -> None:
    found = [wait_s(Rhythm(a_day / DAY_S)) for a_day in (2, 20, 200, 2000)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 3 * found[-1]


def test_a_poll_waits_for_the_minute_in_which_releases_come() -> None:
    minutes = [0.5] * MINUTES
    minutes[10] = 30.5
    rhythm = Rhythm(200 / DAY_S, minutes=tuple(minutes))
    at = next_poll(rhythm, Pace(), replace(TERMS, price=170), Hints(), NOON)
    assert at == datetime(2026, 3, 3, 12, 11, 2, tzinfo=UTC)


def test_a_minute_that_has_more_than_its_share_of_polls_is_kept_off() -> None:
    minutes = [0.5] * MINUTES
    minutes[10] = 30.5
    rhythm = Rhythm(200 / DAY_S, minutes=tuple(minutes))
    crowded = [0.0] * MINUTES
    crowded[11] = 100.0
    at = next_poll(rhythm, Pace(minutes=tuple(crowded)), replace(TERMS, price=170), Hints(), NOON)
    assert at.minute != 11


def test_a_burst_is_followed_and_a_lull_rested() -> None:
    rhythm = Rhythm(100 / DAY_S)
    usual = wait_s(rhythm)
    since = NOON - timedelta(minutes=10)
    burst = Pace(at_s=since.timestamp()).after(rhythm, since, NOON, 60)
    lull = Pace(0, 12, NOON.timestamp())
    assert wait_s(rhythm, pace=burst) < usual < wait_s(rhythm, pace=lull)


def test_hints_hold_in_their_order_of_force() -> None:
    busy = Rhythm(2000 / DAY_S)
    free = wait_s(busy)
    assert wait_s(busy, asked=Hints(fresh_s=3600)) == FRESH_SHARE * 900 > free
    assert wait_s(busy, asked=Hints(fresh_s=3600, crawl_delay_s=500)) == 500
    assert wait_s(busy, asked=Hints(fresh_s=3600, crawl_delay_s=500, retry_after_s=5000)) == 5000
    assert wait_s(busy, asked=Hints(retry_after_s=10**9)) == RETRY_AFTER_MAX_S
    assert free < wait_s(busy, asked=Hints(skip_hours=frozenset({12}))) < 3600


def test_a_fixed_interval_is_kept_but_for_what_the_host_asks() -> None:
    fixed = replace(TERMS, fixed_s=60.0)
    assert wait_s(Rhythm(1.0), fixed) == 60
    assert wait_s(Rhythm(1.0), fixed, asked=Hints(fresh_s=900)) == 60
    assert wait_s(Rhythm(1.0), fixed, asked=Hints(retry_after_s=120)) == 120


def test_a_quiet_source_waits_two_budgets_a_dead_one_an_hour() -> None:
    dear = replace(TERMS, price=1e6)
    assert wait_s(Rhythm(1 / DAY_S), dear) <= 2 * 900
    assert wait_s(Rhythm(1 / (100 * DAY_S)), dear) > 2 * 900


def test_a_pace_reads_back_and_nonsense_is_a_fresh_one() -> None:
    pace = Pace(1.5, 2.5, 1_700_000_000.0, tuple(float(n) for n in range(60)))
    assert pace_of(pace.as_data()) == pace
    for odd in (None, {}, {"came": "x"}, {"came": 1, "expected": -1, "at": 0, "minutes": [0] * 60}, {"came": 1e999}):
        assert pace_of(odd) == Pace()


@settings(deadline=None, max_examples=30)
@given(st.lists(rhythms, min_size=1, max_size=8), st.floats(1.0, 4.0))
def test_a_higher_price_makes_fewer_requests(found: list[Rhythm], times: float) -> None:
    wanted = demand((rhythm, TERMS) for rhythm in found)
    assert wanted is not None
    assert list(wanted.requests) == sorted(wanted.requests, reverse=True)
    middle = wanted.prices[len(wanted.prices) // 2]
    assert wanted.requests_at(middle * times) <= wanted.requests_at(middle)


def test_the_price_meets_the_budget() -> None:
    sources = [(Rhythm(rate / DAY_S), TERMS) for rate in (5, 50, 500)]
    wanted = demand(sources)
    assert wanted is not None
    price = wanted.price_for(3 / 900)
    asked = sum(1 / wait_s(rhythm, replace(TERMS, price=price)) for rhythm, _ in sources)
    assert asked == pytest.approx(3 / 900, rel=0.12)


def test_what_was_overdrawn_is_saved_over_the_coming_week() -> None:
    even = Purse()
    over = Purse()
    for _ in range(48):
        even = even.after_hour(spent=100, planned=100, allowed=100)
        over = over.after_hour(spent=110, planned=100, allowed=100)
    assert even.aim(100) == pytest.approx(100)
    assert 100 / 1.2 < over.aim(100) < 100 / 1.05
    assert purse_of(over.as_data()) == over
    assert purse_of({"hours": "no"}) == Purse()
