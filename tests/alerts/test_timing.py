"""When an alert is told at a channel: digests, throttles, quiet hours, and what goes before what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.catching_up import Waits
from alerts.timing import Hours, next_digest, when
from news.alert import AT_ONCE, Reason, Telling
from news.schedule import read_quiet

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
ANY_TIME = Hours()
NIGHT = Hours(zone=BERLIN, quiet=(read_quiet("22:00-07:00"),))
AT_NIGHT = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)
MORNING = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
LATE = Waits(bundle="away:x", due_at=NOW + timedelta(minutes=5), reason=Reason.AWAY)
DAILY = Telling(digest="daily@08:00")


def decide(
    telling: Telling = AT_ONCE,
    hours: Hours = ANY_TIME,
    now: datetime = NOW,
    late: Waits | None = None,
    told: tuple[datetime, ...] = (),
) -> Waits | None:
    return when(telling, hours, rule_uid="u", late=late, told_singly=told, now=now)


def test_an_alert_of_a_plain_rule_is_told_at_once() -> None:
    assert decide() is None
    assert decide(hours=NIGHT) is None
    assert decide(late=LATE) == LATE


def test_a_digest_is_told_on_the_clock_of_the_channel_and_goes_before_what_was_late() -> None:
    told = decide(DAILY, Hours(zone=BERLIN), late=LATE)
    run = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
    assert told == Waits(
        bundle=f"digest:daily@08:00:{run.isoformat()}", due_at=run, reason=Reason.DIGEST, schedule="daily@08:00"
    )
    assert decide(DAILY, Hours(zone=BERLIN), now=NOW + timedelta(hours=5)) == told
    assert decide(DAILY, Hours(zone=BERLIN), now=run) != told
    assert next_digest(DAILY, Hours(zone=BERLIN), NOW) == run
    assert next_digest(AT_ONCE, NIGHT, NOW) is None


def test_what_comes_in_quiet_hours_is_told_together_when_they_end() -> None:
    told = decide(hours=NIGHT, now=AT_NIGHT)
    assert told == Waits(bundle=f"quiet:{MORNING.isoformat()}", due_at=MORNING, reason=Reason.QUIET)
    assert decide(hours=NIGHT, now=MORNING - timedelta(seconds=1)) == told
    assert decide(hours=NIGHT, now=MORNING) is None


def test_an_urgent_one_waits_for_no_quiet_hours() -> None:
    assert decide(Telling(urgent=True), NIGHT, AT_NIGHT) is None


def test_a_digest_that_would_fall_into_quiet_hours_is_told_when_they_end_as_that_digest() -> None:
    early = Telling(digest="daily@06:00")
    told = decide(early, NIGHT)
    assert told is not None
    assert (told.due_at, told.reason, told.schedule) == (MORNING, Reason.DIGEST, "daily@06:00")
    assert next_digest(early, NIGHT, NOW) == MORNING


def test_so_many_are_told_at_once_in_an_hour_and_the_rest_together() -> None:
    few = Telling(at_most_hourly=3)
    told = tuple(NOW - timedelta(minutes=minutes) for minutes in (50, 20, 10))
    assert decide(few, told=told[1:]) is None
    assert decide(few, told=told) == Waits(
        bundle="throttled:u", due_at=NOW + timedelta(minutes=10), reason=Reason.THROTTLED
    )
    assert decide(few, told=(NOW - timedelta(minutes=60), *told[1:])) is None


def test_what_is_throttled_waits_for_the_end_of_quiet_hours_too() -> None:
    told = (AT_NIGHT - timedelta(minutes=1),)
    late = datetime(2026, 3, 2, 20, 59, tzinfo=UTC)
    assert decide(Telling(at_most_hourly=1), NIGHT, late, told=(late,)) == Waits(
        bundle=f"quiet:{MORNING.isoformat()}", due_at=MORNING, reason=Reason.QUIET
    )
    assert decide(Telling(at_most_hourly=1, urgent=True), NIGHT, AT_NIGHT, told=told) == Waits(
        bundle="throttled:u", due_at=told[0] + timedelta(hours=1), reason=Reason.THROTTLED
    )


@given(
    now=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    digest=st.sampled_from([None, "hourly", "daily@02:30", "workdays@23:00", "weekly@sun 06:00"]),
    quiet=st.sampled_from([(), ("22:00-07:00",), ("sat-sun", "20:00-08:00"), ("02:00-02:45",)]),
    urgent=st.booleans(),
)
def test_nothing_is_told_in_quiet_hours_and_nothing_waits_for_more_than_days(
    now: datetime, digest: str | None, quiet: tuple[str, ...], *, urgent: bool
) -> None:
    hours = Hours(zone=BERLIN, quiet=tuple(map(read_quiet, quiet)))
    told = decide(Telling(digest=digest, urgent=urgent), hours, now)
    due_at = told.due_at if told else now
    assert now <= due_at <= now + timedelta(days=11)
    if not urgent:
        assert decide(hours=hours, now=due_at) is None


def test_a_schedule_that_cannot_be_read_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="is no schedule"):
        decide(Telling(digest="now and then"))
