"""The way of a release in time: wire stamp → seen → stored → matched → sent, and how late that is, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from news.alert import Alert
from news.release import Precision

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MINUTE_S = 60
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One stop; `when` is in UTC, with its date where that differs from the stop before."""

    name: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stations:
    stops: tuple[Station, ...]
    lateness: str

    @property
    def line(self) -> str:
        return " → ".join(f"{stop.name} {stop.when}" for stop in self.stops) + " UTC"


def stations(alert: Alert, sent_at: datetime) -> Stations:
    """The five stops of an alert that goes out at `sent_at`. A stamp of day precision is a date and has no lateness."""
    latency = alert.latency
    release = alert.release
    stops = [Station(name="wire stamp", when=_stamp(alert))]
    last = latency.stamped.astimezone(UTC).date() if latency.stamped else None
    reached = (("seen", latency.seen), ("stored", latency.stored), ("matched", latency.matched), ("sent", sent_at))
    for name, at in reached:
        when = at.astimezone(UTC)
        stops.append(Station(name=name, when=_clock(when, with_date=when.date() != last)))
        last = when.date()
    to_the_minute = release.time_precision is Precision.MINUTE
    return Stations(stops=tuple(stops), lateness=_lateness(latency.stamped, sent_at, to_the_minute=to_the_minute))


def day_words(day: date) -> str:
    """`9 Sep 2022`, in English whatever the machine's language."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def span_words(seconds: float) -> str:
    """`43 seconds`, `1 minute 5 seconds`, `3 days 2 hours`: the two largest units, rounded down."""
    left = int(seconds)
    if left < 1:
        return "less than a second"
    parts: list[str] = []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
        elif parts:
            break
        if len(parts) == 2:  # noqa: PLR2004  the promise above: two units
            break
    return " ".join(parts)


def _stamp(alert: Alert) -> str:
    release = alert.release
    if alert.latency.stamped is not None:
        at = alert.latency.stamped.astimezone(UTC)
        return _clock(at, with_date=True, seconds=release.time_precision is Precision.SECOND)
    if release.published_at is not None and release.time_precision is Precision.DAY:
        return day_words(release.published_at.astimezone(UTC).date())
    return "none"


def _clock(at: datetime, *, with_date: bool, seconds: bool = True) -> str:
    clock = f"{at:%H:%M:%S}" if seconds else f"{at:%H:%M}"
    return f"{day_words(at.date())}, {clock}" if with_date else clock


def _lateness(stamped: datetime | None, sent_at: datetime, *, to_the_minute: bool) -> str:
    if stamped is None:
        return "the wire gives no time of day, so no lateness can be told"
    late_s = (sent_at - stamped).total_seconds()
    where = "after the wire's stamp" if late_s >= 0 else "before the wire's own stamp"
    if not to_the_minute:
        return f"sent {span_words(abs(late_s))} {where}"
    if abs(late_s) < _MINUTE_S:
        return "sent within a minute of the wire's stamp"
    return f"sent about {span_words(abs(late_s) // _MINUTE_S * _MINUTE_S)} {where}"
