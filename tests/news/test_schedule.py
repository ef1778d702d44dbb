"""Schedules and quiet hours, over nights on which the clock is changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from news.schedule import DAYS, Schedule, quiet_until, read_quiet, read_schedule

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
KOLKATA, APIA, HAVANA = ZoneInfo("Asia/Kolkata"), ZoneInfo("Pacific/Apia"), ZoneInfo("America/Havana")
ZONES = [BERLIN, NEW_YORK, KOLKATA, APIA, HAVANA, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hourly", "hourly"),
        ("hourly@30", "hourly@30"),
        ("daily@8:00", "daily@08:00"),
        (" Daily@08:00 ", "daily@08:00"),
        ("workdays@17:45", "workdays@17:45"),
        ("weekly@mon 08:00", "weekly@mon 08:00"),
        ("weekly@sun08:00", "weekly@sun 08:00"),
    ],
)
def test_a_schedule_is_read_and_printed(text: str, said: str) -> None:
    assert str(read_schedule(text)) == said
    assert read_schedule(said) == read_schedule(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "often", "daily", "daily@", "daily@24:00", "daily@08:60", "daily@8", "daily@mon 08:00", "weekly@08:00"),
        *("weekly@xyz 08:00", "hourly@08:30", "hourly@75", "daily@08:00 sharp", "8:00", "daily@٠٨:٠٠x"),
    ],
)
def test_what_is_no_schedule_is_refused_with_what_would_be_one(text: str) -> None:
    with pytest.raises(ValueError, match="write hourly"):
        read_schedule(text)


@pytest.mark.parametrize(
    ("schedule", "zone", "now", "run"),
    [
        ("daily@08:00", BERLIN, "2026-11-27 06:59:59", "2026-11-27 07:00"),
        ("daily@08:00", BERLIN, "2026-11-27 07:00:00", "2026-11-28 07:00"),
        ("daily@08:00", NEW_YORK, "2026-07-01 00:00", "2026-07-01 12:00"),
        ("workdays@08:00", BERLIN, "2026-11-27 12:00", "2026-11-30 07:00"),
        ("weekly@mon 08:00", BERLIN, "2026-11-27 12:00", "2026-11-30 07:00"),
        ("weekly@mon 08:00", BERLIN, "2026-11-30 07:00", "2026-12-07 07:00"),
        ("hourly@30", UTC, "2026-11-27 12:30", "2026-11-27 13:30"),
        ("hourly", KOLKATA, "2026-11-27 12:00", "2026-11-27 12:30"),
        # The clock is put forward from 02:00 to 03:00 on 29 March: 02:30 is 03:00, which is 01:00Z.
        ("daily@02:30", BERLIN, "2026-03-28 12:00", "2026-03-29 01:00"),
        ("daily@02:30", BERLIN, "2026-03-29 01:00", "2026-03-30 00:30"),
        # It is put back from 03:00 to 02:00 on 25 October: 02:30 comes twice and counts once.
        ("daily@02:30", BERLIN, "2026-10-24 12:00", "2026-10-25 00:30"),
        ("daily@02:30", BERLIN, "2026-10-25 00:30", "2026-10-26 01:30"),
        # Havana's clock jumps at midnight itself; Apia left out the whole 30 December 2011.
        ("daily@00:15", HAVANA, "2026-03-07 12:00", "2026-03-08 05:00"),
        ("daily@08:00", APIA, "2011-12-29 19:00", "2011-12-30 10:00"),
    ],
)
def test_the_next_run(schedule: str, zone: ZoneInfo, now: str, run: str) -> None:
    assert read_schedule(schedule).after(utc(now), zone) == utc(run)


@given(
    now=st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    every=st.sampled_from(["daily", "workdays", "weekly"]),
)
def test_a_run_is_later_within_its_days_and_comes_once(
    now: datetime, zone: ZoneInfo, hour: int, minute: int, every: str
) -> None:
    assume(zone is not APIA or now.year != 2011)  # the run of the day that was left out is on the next day, too
    day = "wed " if every == "weekly" else ""
    schedule = read_schedule(f"{every}@{day}{hour:02}:{minute:02}")
    first = schedule.after(now, zone)
    second = schedule.after(first, zone)
    assert now < first < second
    days_max = {"daily": 2, "workdays": 4, "weekly": 8}[every]
    assert first - now <= timedelta(days=days_max, hours=2)
    local = [each.astimezone(zone) for each in (first, second)]
    assert local[0].date() != local[1].date()
    assert local[0].strftime("%H:%M") >= f"{hour:02}:{minute:02}" or local[0].date() != now.astimezone(zone).date()


@given(
    now=st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
    minute=st.integers(0, 59),
)
def test_an_hourly_run_comes_every_hour_on_its_minute(now: datetime, zone: ZoneInfo, minute: int) -> None:
    run = Schedule(read_schedule("hourly").every, 0, minute).after(now, zone)
    assert timedelta(0) < run - now <= timedelta(hours=1)
    assert run.astimezone(zone).minute == minute


@pytest.mark.parametrize(
    ("spans", "now", "until"),
    [
        (["22:00-07:00"], "2026-11-27 20:59", None),
        (["22:00-07:00"], "2026-11-27 21:00", "2026-11-28 06:00"),
        (["22:00-07:00"], "2026-11-28 05:59", "2026-11-28 06:00"),
        (["22:00-07:00"], "2026-11-28 06:00", None),
        (["12:00-13:00"], "2026-11-27 11:30", "2026-11-27 12:00"),
        (["sat-sun"], "2026-11-28 12:00", "2026-11-29 23:00"),
        (["22:00-07:00", "sat-sun"], "2026-11-27 22:00", "2026-11-30 06:00"),
        (["fri 18:00-24:00"], "2026-11-27 17:30", "2026-11-27 23:00"),
        (["fri 18:00-24:00"], "2026-11-26 17:30", None),
        (["fri-mon 18:00-19:00"], "2026-11-30 17:30", "2026-11-30 18:00"),
        (["mon-fri 22:00-07:00"], "2026-11-28 03:00", "2026-11-28 06:00"),
        # The night of 29 March is an hour shorter, that of 25 October an hour longer.
        (["22:00-07:00"], "2026-03-28 21:00", "2026-03-29 05:00"),
        (["22:00-07:00"], "2026-10-24 20:00", "2026-10-25 06:00"),
        ([], "2026-11-27 22:00", None),
    ],
)
def test_quiet_hours(spans: list[str], now: str, until: str | None) -> None:
    found = quiet_until(utc(now), BERLIN, [read_quiet(each) for each in spans])
    assert found == (utc(until) if until else None)


@pytest.mark.parametrize("text", ["", "22:00", "22:00-", "25:00-07:00", "07:00-07:00", "24:00-07:00", "xyz", "mon-xyz"])
def test_what_are_no_quiet_hours_is_refused_with_what_would_be(text: str) -> None:
    with pytest.raises(ValueError, match="write 22:00-07:00"):
        read_quiet(text)


def test_a_week_that_is_all_quiet_ends_somewhere() -> None:
    until = quiet_until(utc("2026-11-27 12:00"), BERLIN, [read_quiet(f"{day} 00:00-24:00") for day in DAYS])
    assert until is not None
    assert until > utc("2026-12-04 00:00")
