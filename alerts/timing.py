"""When an alert that fires is told at a channel: at once, or together with others, and then when. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from alerts.catching_up import Waits
from news.alert import Reason, Telling
from news.schedule import Quiet, quiet_until, read_schedule

THROTTLED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The clock of those whom a channel reaches, and when they do not want to be told."""

    zone: tzinfo = UTC
    quiet: tuple[Quiet, ...] = ()


ANY_TIME = Hours()


def when(
    telling: Telling,
    hours: Hours,
    *,
    rule_uid: str,
    late: Waits | None,
    told_singly: Sequence[datetime],
    now: datetime,
) -> Waits | None:
    """What the alert waits for; None if it is told at once.

    `late` is what it waits for whatever the rule says (`alerts.catching_up`). `told_singly` are the times at which the
    rule told of others at once within the last hour; they are needed only where it is throttled. The digest that a
    rule asks for goes before everything; quiet hours put off what would fall into them, unless it is urgent.
    """
    waits = _digest(telling, hours, now) or late or _throttled(telling, rule_uid, told_singly, now)
    if telling.urgent:
        return waits
    until = quiet_until(waits.due_at if waits else now, hours.zone, hours.quiet)
    if until is None:
        return waits
    if waits is not None and waits.reason is Reason.DIGEST:
        return Waits(bundle=f"{waits.bundle} quiet", due_at=until, reason=Reason.DIGEST, schedule=waits.schedule)
    return Waits(bundle=f"quiet:{until.isoformat()}", due_at=until, reason=Reason.QUIET)


def next_digest(telling: Telling, hours: Hours, now: datetime) -> datetime | None:
    """When the rule's next digest goes out at a channel; None where it asks for none."""
    waits = _digest(telling, hours, now)
    if waits is None:
        return None
    until = None if telling.urgent else quiet_until(waits.due_at, hours.zone, hours.quiet)
    return until or waits.due_at


def _digest(telling: Telling, hours: Hours, now: datetime) -> Waits | None:
    if telling.digest is None:
        return None
    schedule = read_schedule(telling.digest)
    run = schedule.after(now, hours.zone)
    return Waits(
        bundle=f"digest:{schedule}:{run.isoformat()}", due_at=run, reason=Reason.DIGEST, schedule=str(schedule)
    )


def _throttled(telling: Telling, rule_uid: str, told_singly: Sequence[datetime], now: datetime) -> Waits | None:
    most = telling.at_most_hourly
    lately = sorted(at for at in told_singly if at > now - THROTTLED_WITHIN)
    if most is None or len(lately) < most:
        return None
    # It is free to tell again when the oldest of the last so many is an hour old.
    free_at = lately[-most] + THROTTLED_WITHIN
    return Waits(bundle=f"throttled:{rule_uid}", due_at=free_at, reason=Reason.THROTTLED)
