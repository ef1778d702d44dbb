"""When a digest goes out, and when nothing does: `daily@08:00`, `22:00-07:00`. Pure; times are aware UTC.

What is said is meant on the clock of a zone. A local time that does not exist on a day (the clock is put forward over
it) is the next minute that does; one that comes twice counts once, the first time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKDAYS = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
# No zone has ever left out more than one whole day.
_LEFT_OUT_MINUTES_MAX = 24 * 60
_SPANS_MAX = 20
_CHAINED_MAX = 2 * _SPANS_MAX

_SCHEDULE = re.compile(
    r"(?P<every>hourly|daily|workdays|weekly)(?:@(?:(?P<day>[a-z]{3}) ?)?(?:(?P<hour>\d{1,2}):)?(?P<minute>\d{2}))?"
)
_QUIET = re.compile(
    r"(?:(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? ?)?(?:(?P<from>\d{1,2}:\d{2})-(?P<to>\d{1,2}:\d{2}))?"
)


class Every(StrEnum):
    HOUR = "hourly"
    DAY = "daily"
    WORKDAY = "workdays"
    WEEK = "weekly"


@dataclass(frozen=True, slots=True)
class Schedule:
    """`hour` is meaningless for one that runs every hour; `days` are 0 (Monday) to 6."""

    every: Every
    hour: int
    minute: int
    days: frozenset[int] = EVERY_DAY

    def __str__(self) -> str:
        if self.every is Every.HOUR:
            return f"hourly@{self.minute:02}" if self.minute else "hourly"
        day = f"{DAYS[min(self.days)]} " if self.every is Every.WEEK else ""
        return f"{self.every.value}@{day}{self.hour:02}:{self.minute:02}"

    def after(self, now: datetime, zone: tzinfo) -> datetime:
        """The first run later than `now`, in UTC."""
        if self.every is Every.HOUR:
            return _next_hour(now, zone, self.minute)
        today = now.astimezone(zone).date()
        for ahead in range(-1, 9):
            day = today + timedelta(days=ahead)
            if day.weekday() in self.days and (at := instant(day, time(self.hour, self.minute), zone)) > now:
                return at
        raise AssertionError("a week has every day")  # pragma: no cover


class Quiet(NamedTuple):
    """A stretch of some days in which nothing is told; it may run into the next day. `end` of 24 h is that midnight."""

    days: frozenset[int]
    start_minute: int
    end_minute: int


def read_schedule(text: str) -> Schedule:
    """`hourly`, `hourly@30`, `daily@08:00`, `workdays@08:00`, `weekly@mon 08:00`.

    Raises:
        ValueError: it is none of these; the message says what would be one.
    """
    found = _SCHEDULE.fullmatch(text.strip().lower())
    wanted = "write hourly, hourly@30, daily@08:00, workdays@08:00 or weekly@mon 08:00"
    if found is None:
        raise ValueError(f"is no schedule; {wanted}")
    every = Every(found["every"])
    hour, minute = int(found["hour"] or 0), int(found["minute"] or 0)
    if every is Every.HOUR:
        if found["hour"] or found["day"] or minute > 59:  # noqa: PLR2004  minutes
            raise ValueError(f"names no minute of an hour; {wanted}")
        return Schedule(every, 0, minute)
    if found["hour"] is None or hour > 23 or minute > 59:  # noqa: PLR2004  hours and minutes
        raise ValueError(f"names no time of day; {wanted}")
    if every is Every.WEEK:
        if found["day"] not in DAYS:
            raise ValueError(f"names no day ({', '.join(DAYS)}); {wanted}")
        return Schedule(every, hour, minute, frozenset({DAYS.index(found["day"])}))
    if found["day"]:
        raise ValueError(f"names a day and is not weekly; {wanted}")
    return Schedule(every, hour, minute, WORKDAYS if every is Every.WORKDAY else EVERY_DAY)


def read_quiet(text: str) -> Quiet:
    """`22:00-07:00`, `sat-sun`, `fri 18:00-24:00`, `mon-fri 12:00-13:00`.

    Raises:
        ValueError: it is none of these; the message says what would be one.
    """
    found = _QUIET.fullmatch(text.strip().lower())
    wanted = "write 22:00-07:00, sat-sun or mon-fri 12:00-13:00"
    if found is None or not text.strip():
        raise ValueError(f"are no quiet hours; {wanted}")
    for name in (found["first"], found["last"]):
        if name is not None and name not in DAYS:
            raise ValueError(f"names no day ({', '.join(DAYS)}); {wanted}")
    start, end = (_minutes(found["from"]), _minutes(found["to"])) if found["from"] else (0, 24 * 60)
    if start is None or end is None or start == 24 * 60:
        raise ValueError(f"names no time of day; {wanted}")
    if start == end:
        raise ValueError(f"begin when they end; {wanted}")
    return Quiet(_between(found["first"], found["last"]), start, end if end > start else end + 24 * 60)


def quiet_until(now: datetime, zone: tzinfo, spans: Iterable[Quiet]) -> datetime | None:
    """When what is quiet at `now` ends, in UTC; None where it is not. One that follows upon another prolongs it."""
    known = tuple(spans)[:_SPANS_MAX]
    at, quiet = now, False
    for _ in range(_CHAINED_MAX):
        later = max((end for span in known if (end := _end(at, zone, span)) is not None), default=None)
        if later is None:
            break
        at, quiet = later, True
    return at if quiet else None


def instant(day: date, at: time, zone: tzinfo) -> datetime:
    """A local time as an instant in UTC: the next minute that exists, the first where it comes twice."""
    wall = datetime.combine(day, at)
    for _ in range(_LEFT_OUT_MINUTES_MAX):
        found = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if found.astimezone(zone).replace(tzinfo=None) == wall:
            return found
        wall += timedelta(minutes=1)
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _next_hour(now: datetime, zone: tzinfo, minute: int) -> datetime:
    """Hours are counted by their minute on the zone's clock, which half-hour zones set apart from UTC's."""
    local = now.astimezone(zone)
    ahead = (minute - local.minute) % 60 or 60
    return now.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=ahead)


def _end(at: datetime, zone: tzinfo, span: Quiet) -> datetime | None:
    today = at.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        if day.weekday() in span.days and _moment(day, span.start_minute, zone) <= at < (
            end := _moment(day, span.end_minute, zone)
        ):
            return end
    return None


def _moment(day: date, minute: int, zone: tzinfo) -> datetime:
    days, minute = divmod(minute, 24 * 60)
    return instant(day + timedelta(days=days), time(minute // 60, minute % 60), zone)


def _minutes(text: str) -> int | None:
    hour, _, minute = text.partition(":")
    whole = int(hour) * 60 + int(minute)
    return whole if int(minute) < 60 and whole <= 24 * 60 else None  # noqa: PLR2004  minutes of an hour


def _between(first: str | None, last: str | None) -> frozenset[int]:
    if first is None:
        return EVERY_DAY
    start = DAYS.index(first)
    end = DAYS.index(last) if last is not None else start
    return frozenset((start + ahead) % 7 for ahead in range((end - start) % 7 + 1))
