"""A source that fell silent is noticed in a stated time, and one that is only quiet is hardly ever suspected."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.silence import FALSE_A_WEEK_MAX, Silence, minute_of, silence

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
HOUR, DAY, WEEK = 60, 24 * 60, 7 * 24 * 60
START = minute_of(MONDAY)

Rate = Callable[[int], float]


def steady(a_week: float) -> Rate:
    return lambda _minute: a_week / WEEK


def office(a_day: float) -> Rate:
    """Nothing at the weekend, most of it from 7 to 17 o'clock, a twentieth in other hours."""

    def rate(minute: int) -> float:
        hour, day = minute % DAY // HOUR, minute // DAY % 7
        if day >= 5:
            return 0.0
        return a_day / (10 * HOUR) if 7 <= hour < 17 else a_day / (200 * HOUR)

    return rate


def came(rate: Rate, weeks: float, seed: int) -> list[int]:
    """The minutes of a Poisson process in which something came."""
    draw = random.Random(seed)  # noqa: S311 - a simulation
    whole = range(int(weeks * WEEK))
    return [START + minute for minute in whole if draw.random() < rate(minute)]


def at(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def noticed(arrivals: Sequence[int], *, step: int = 5, within: int = 8 * WEEK) -> int | None:
    """After how many minutes of silence it is noticed."""
    return next((n for n in range(step, within, step) if silence(arrivals, at(arrivals[-1] + n))), None)


def false_alarms(arrivals: Sequence[int]) -> int:
    """How many of the silences between two arrivals are suspected at any moment of theirs."""
    return sum(
        silence(arrivals[:n], at(end - 1)) is not None
        for n, end in enumerate(arrivals)
        if n and end - arrivals[n - 1] > 1
    )


@pytest.mark.parametrize(
    ("rate", "sources", "weeks"),
    [(steady(3), 40, 52), (steady(100), 12, 30), (office(12), 12, 30), (office(150), 3, 26)],
    ids=["3 a week", "100 a week", "office, 12 a day", "office, 150 a day"],
)
def test_false_alarms_are_at_most_one_a_source_and_year(rate: Rate, sources: int, weeks: int) -> None:
    seed = random.randrange(10**6)  # noqa: S311 - a simulation
    alarms = sum(false_alarms(came(rate, weeks, seed + n)) for n in range(sources))
    aimed_at = FALSE_A_WEEK_MAX * weeks * sources
    # The chance of more than this is below one in a million where the rate aimed at is kept.
    assert alarms <= aimed_at + 5 * aimed_at**0.5 + 3, f"{alarms} alarms, {aimed_at:.1f} expected, seed {seed}"


def fitful(weeks: int, seed: int) -> list[int]:
    """A source that comes in spells: pauses between arrivals are lognormal, most of minutes, some of hours."""
    draw = random.Random(seed)  # noqa: S311 - a simulation
    at, found = 0.0, []
    while at < weeks * WEEK:
        at += draw.lognormvariate(2.0, 1.4)
        found.append(START + int(at))
    return sorted(set(found))


def test_a_fitful_source_is_judged_by_its_own_silences() -> None:
    seed = random.randrange(10**6)  # noqa: S311 - a simulation
    sources, weeks = 2, 26
    alarms = sum(false_alarms(fitful(weeks, seed + n)) for n in range(sources))
    assert alarms <= 6 * sources, f"seed {seed}: {alarms} in {sources * weeks / 52} years"
    assert noticed(fitful(12, seed)), "and is noticed all the same"


def test_a_silent_night_or_weekend_is_no_alarm() -> None:
    arrivals = came(office(150), 8 + 4.99 / 7, 1)
    friday_evening = arrivals[-1]
    assert (friday_evening - START) % WEEK > 4 * DAY + 20 * HOUR
    assert silence(arrivals, at(START + 9 * WEEK + 6 * HOUR)) is None
    found = silence(arrivals, at(START + 9 * WEEK + 10 * HOUR))
    assert found is not None, "but a silent Monday morning is one"
    assert found.usual > 10


@pytest.mark.parametrize(("a_week", "hours"), [(5, 24 * 7 * 2.5), (70, 30), (700, 4), (7000, 0.5)])
def test_silence_is_noticed_within_the_time_of_twenty_arrivals(a_week: float, hours: float) -> None:
    """Each bound is the time in which about 20 arrivals come."""
    arrivals = came(steady(a_week), 10, 7)
    after = noticed(arrivals)
    assert after is not None
    assert after <= hours * HOUR
    found = silence(arrivals, at(arrivals[-1] + after))
    assert isinstance(found, Silence)
    assert 6 < found.usual < 22
    assert found.chance < 0.001
    assert found.lasts == timedelta(minutes=after)


def test_without_two_weeks_of_history_nothing_is_suspected() -> None:
    arrivals = came(steady(700), 1.9, 3)
    assert silence(arrivals, at(arrivals[-1] + 3 * DAY)) is None
    assert silence([], at(START)) is None
    assert silence([START], at(START + WEEK)) is None


def test_a_burst_is_one_arrival_and_one_a_day_is_not_missed_after_two_days() -> None:
    daily = [START + day * DAY + 8 * HOUR for day in range(56)]
    assert silence(daily, at(daily[-1] + 2 * DAY)) is None
    after = noticed(daily, step=HOUR)
    assert after is not None
    assert 6 * DAY < after < 12 * DAY


@given(
    st.lists(st.integers(START, START + 12 * WEEK), min_size=1, max_size=200, unique=True).map(sorted),
    st.integers(0, 20 * WEEK),
)
def test_what_is_suspected_only_grows_more_suspect(arrivals: list[int], after: int) -> None:
    """Within a week, a longer silence is never less of an alarm: one that was noticed stays noticed."""
    early = silence(arrivals, at(arrivals[-1] + after))
    later = silence(arrivals, at(arrivals[-1] + after + DAY))
    if early is not None and after % WEEK < WEEK - DAY and after < 6 * DAY:
        assert later is not None
        assert later.usual >= early.usual
