"""A source's rhythm, learned from when its entries came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.rhythm import Rhythm, effective_times, fit, of_backlog, of_data

NOW = datetime(2026, 3, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def every(hours: float, days: int = 28) -> list[datetime]:
    return [NOW - timedelta(hours=n * hours) for n in range(int(days * 24 / hours))]


def test_an_even_source_has_an_even_rhythm() -> None:
    found = fit(every(0.5), now=NOW)
    assert found.rate * 86_400 == pytest.approx(48, rel=0.03)
    assert max(found.hours) < 1.15
    assert found.entries == 28 * 48


def test_hours_are_those_of_the_source_across_a_change_of_clocks() -> None:
    # The clocks of New York went forward on 8 March 2026; releases come at 08:00 there all along.
    at_eight = [datetime(2026, 3, day, 13 if day < 8 else 12, 0, tzinfo=UTC) for day in range(3, 29)]
    found = fit(at_eight, now=NOW, zone="America/New_York")
    assert found.hours.index(max(found.hours[:24])) == 8
    assert found.minutes.index(max(found.minutes)) == 0
    before, after = datetime(2026, 3, 6, 13, tzinfo=UTC), datetime(2026, 3, 13, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    assert found.expected(before, before + hour) == pytest.approx(found.expected(after, after + hour))


def test_a_short_watch_does_not_make_a_rare_source() -> None:
    lately = [at for at in every(1) if at > NOW - 2 * DAY]
    assert fit(lately, now=NOW, known_since=NOW - 2 * DAY).rate == pytest.approx(1 / 3600, rel=0.1)


def test_the_first_answer_tells_the_rate() -> None:
    found = of_backlog(every(0.5)[:20], now=NOW)
    assert found is not None
    assert found.rate == pytest.approx(1 / 1800, rel=0.1)
    assert of_backlog([NOW], now=NOW) is None
    assert of_backlog([NOW + DAY, NOW + 2 * DAY], now=NOW) is None


def test_a_stamp_counts_only_between_two_polls() -> None:
    last = NOW - timedelta(minutes=10)
    good = NOW - timedelta(minutes=4)
    found = effective_times([good, NOW + DAY, NOW - DAY, None], last_good_at=last, now=NOW)
    assert found[0] == good
    assert len(found) == 4
    assert all(last < at <= NOW for at in found)
    assert effective_times([good, None], last_good_at=None, now=NOW) == (good,)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.datetimes(datetime(2026, 2, 1), datetime(2026, 4, 30), timezones=st.just(UTC)), max_size=50))
def test_any_times_make_a_sound_rhythm_that_reads_back(times: list[datetime]) -> None:
    found = fit(times, now=NOW, zone="Europe/Berlin")
    again = of_data(found.as_data())
    assert again is not None
    assert again.rate == found.rate > 0
    assert again.expected(NOW, NOW + 7 * DAY) == pytest.approx(found.rate * 7 * 86_400, rel=0.02)


def test_expected_entries_add_up_and_walk_agrees() -> None:
    found = fit(every(0.7), now=NOW, zone="Asia/Kathmandu")
    start, middle, end = NOW, NOW + timedelta(minutes=31, seconds=7), NOW + timedelta(hours=3)
    whole = found.expected(start, end)
    assert found.expected(start, middle) + found.expected(middle, end) == pytest.approx(whole)
    walked, at = 0.0, start.timestamp()
    for until, rate, _ in found.walk(at):
        walked += rate * (min(until, end.timestamp()) - at)
        at = until
        if at >= end.timestamp():
            break
    assert walked == pytest.approx(whole)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"format": 2},
        {**Rhythm(1.0).as_data(), "zone": "Mars/Base"},
        {**Rhythm(1.0).as_data(), "rate": 0},
        {**Rhythm(1.0).as_data(), "hours": [1.0]},
    ],
)
def test_what_cannot_be_read_is_no_rhythm(odd: dict[str, object]) -> None:
    assert of_data(odd) is None
