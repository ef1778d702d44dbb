"""Signs of life, and the stretches without any: nobody watched then.

The daemon writes down every minute that it is there (`beat`). Whoever finds that note too old, the next beat or the
store commit that comes before it, records the stretch: in the same transaction, so that it is recorded once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select, update

from news.alert import Absence, AbsenceCause
from news.release import Origin
from news.source import EventType
from storage.checkpoints import note
from storage.tables import ABSENCE, CHECKPOINT, RELEASE
from storage.work import ID_BITS, Work, day_of

HEARTBEAT = "heartbeat"
AWAY_AFTER = timedelta(minutes=5)
"""A note older than this means that nobody watched: it is written every minute."""
# What is found later than this after a return is late for another reason.
CATCHING_UP = timedelta(hours=24)


def last_beat(connection: Connection) -> datetime | None:
    """When the daemon was last there; None before its first minute."""
    return connection.execute(select(CHECKPOINT.c.at).where(CHECKPOINT.c.name == HEARTBEAT)).scalar()


def beat(work: Work) -> None:
    note(work.connection, HEARTBEAT, {}, work.now)


def returned(work: Work, cause: AbsenceCause) -> Absence | None:
    """Record the stretch since the last sign of life, if it was one without anybody; `cause` is the caller's to know.

    The return is itself a sign of life. A clock that was set back shows no absence.
    """
    seen = last_beat(work.connection)
    if seen is None or work.now - seen <= AWAY_AFTER:
        return None
    work.connection.execute(insert(ABSENCE).values(gone_at=seen, back_at=work.now, cause=cause.value))
    beat(work)
    told = {"gone_at": seen.isoformat(), "back_at": work.now.isoformat(), "cause": cause.value}
    work.event(EventType.WATCH_RETURNED, **told)
    work.tally("absence", cause.value)
    return Absence(gone_at=seen, back_at=work.now, cause=cause)


def latest(connection: Connection, since: datetime) -> Absence | None:
    """The newest absence from which we came back after `since`."""
    row = connection.execute(
        select(ABSENCE).where(ABSENCE.c.back_at >= since).order_by(ABSENCE.c.id.desc()).limit(1)
    ).first()
    return Absence(gone_at=row.gone_at, back_at=row.back_at, cause=AbsenceCause(row.cause)) if row else None


def count_alert(work: Work, absence: Absence) -> None:
    """Count an alert that is told together with others because of this absence."""
    found = ABSENCE.c.gone_at == absence.gone_at
    work.connection.execute(update(ABSENCE).where(found).values(alerts=ABSENCE.c.alerts + 1))


def absences(connection: Connection, limit: int) -> list[tuple[Absence, int, int]]:
    """The newest absences, each with how many releases were caught up and how many alerts told together for it."""
    rows = connection.execute(select(ABSENCE).order_by(ABSENCE.c.id.desc()).limit(limit)).all()
    found = [Absence(gone_at=row.gone_at, back_at=row.back_at, cause=AbsenceCause(row.cause)) for row in rows]
    return [(each, _caught_up(connection, each), row.alerts) for each, row in zip(found, rows, strict=True)]


def _caught_up(connection: Connection, absence: Absence) -> int:
    """How many releases that came during an absence were first seen after it.

    One that bears no time is filed under when it was seen, and is not among them.
    """
    low, high = day_of(absence.gone_at) << ID_BITS, (day_of(absence.back_at) + 1) << ID_BITS
    seen, stamped = RELEASE.c.first_seen_at, RELEASE.c.order_at
    return int(
        connection.execute(
            select(func.count())
            .select_from(RELEASE)
            .where(RELEASE.c.id >= low, RELEASE.c.id < high)
            .where(stamped >= absence.gone_at, stamped < absence.back_at)
            .where(seen >= absence.back_at, seen <= absence.back_at + CATCHING_UP)
            .where(RELEASE.c.origin.in_([Origin.LIVE.value, Origin.GAP.value]))
        ).scalar_one()
    )
