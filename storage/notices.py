"""Incidents that nobody was told of yet, and notices in the outbox."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from news.alert import MessageKind
from news.notice import Notice, Trouble
from news.source import IncidentKind
from storage.chunks import chunks
from storage.outbox import Address, send_to
from storage.rows import notice_from_json, notice_to_json
from storage.tables import DELIVERY, INCIDENT, MESSAGE, SOURCE
from storage.work import Work

UNTOLD_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """An incident whose beginning (`begun` is false) or whose end was not told yet."""

    id: int
    trouble: Trouble
    begun: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """A notice that was made, with how many of its deliveries were sent and how many there are."""

    id: int
    at: datetime
    notice: Notice
    sent: int
    deliveries: int


_NOT_BEGUN = INCIDENT.c.told_at.is_(None)
_NOT_ENDED = and_(INCIDENT.c.ended_at.is_not(None), INCIDENT.c.end_told_at.is_(None))


def untold(connection: Connection, limit: int = UNTOLD_MAX) -> list[Untold]:
    """Incidents with something to tell, the oldest first."""
    rows = connection.execute(
        select(INCIDENT, SOURCE.c.name)
        .join(SOURCE, SOURCE.c.id == INCIDENT.c.source_id)
        .where(or_(_NOT_BEGUN, _NOT_ENDED))
        .order_by(INCIDENT.c.opened_at, INCIDENT.c.id)
        .limit(limit)
    )
    return [Untold(id=row.id, trouble=_trouble(row), begun=row.told_at is not None) for row in rows]


def open_troubles(connection: Connection, limit: int = UNTOLD_MAX) -> list[Trouble]:
    """What is wrong now, the oldest first."""
    rows = connection.execute(
        select(INCIDENT, SOURCE.c.name)
        .join(SOURCE, SOURCE.c.id == INCIDENT.c.source_id)
        .where(INCIDENT.c.ended_at.is_(None))
        .order_by(INCIDENT.c.opened_at, INCIDENT.c.id)
        .limit(limit)
    )
    return [_trouble(row) for row in rows]


def _trouble(row: Any) -> Trouble:  # noqa: ANN401 - a row of `incident` with its source's name
    return Trouble(
        source=row.name, kind=IncidentKind(row.kind), since=row.opened_at, until=row.ended_at, detail=row.detail
    )


def last_told_at(connection: Connection) -> datetime | None:
    """When the newest notice was made."""
    newest = select(func.max(MESSAGE.c.id)).where(MESSAGE.c.kind == MessageKind.NOTICE.value).scalar_subquery()
    return connection.execute(select(MESSAGE.c.made_at).where(MESSAGE.c.id == newest)).scalar()


def put(work: Work, notice: Notice, addresses: Sequence[Address]) -> int:
    """Write a notice with a delivery for each address; returns the message's id."""
    made = insert(MESSAGE).values(kind=MessageKind.NOTICE.value, made_at=work.now, notice=notice_to_json(notice))
    message_id = int(work.connection.execute(made.returning(MESSAGE.c.id)).scalar_one())
    send_to(work, message_id, addresses, due_at=work.now)
    work.tally("notice", notice.type.value)
    return message_id


def mark_told(work: Work, begun: Collection[int], ended: Collection[int]) -> None:
    """Note, in the commit that tells them, that these beginnings and these ends are told."""
    for column, told in ((INCIDENT.c.told_at, begun), (INCIDENT.c.end_told_at, ended)):
        for ids in chunks(sorted(told)):
            row = update(INCIDENT).where(INCIDENT.c.id.in_(ids), column.is_(None))
            work.connection.execute(row.values({column: work.now}))


def notices(connection: Connection, limit: int, cursor: int | None = None) -> list[NoticeLine]:
    """Notices newest first, those with an id below `cursor`."""
    query = select(MESSAGE).where(MESSAGE.c.kind == MessageKind.NOTICE.value).order_by(MESSAGE.c.id.desc()).limit(limit)
    rows = connection.execute(query if cursor is None else query.where(MESSAGE.c.id < cursor)).all()
    states: dict[int, list[str]] = {}
    for ids in chunks([row.id for row in rows]):
        for found in connection.execute(
            select(DELIVERY.c.message_id, DELIVERY.c.state).where(DELIVERY.c.message_id.in_(ids))
        ):
            states.setdefault(found.message_id, []).append(found.state)
    return [
        NoticeLine(
            id=row.id,
            at=row.made_at,
            notice=notice_from_json(row.notice),
            sent=states.get(row.id, []).count("sent"),
            deliveries=len(states.get(row.id, [])),
        )
        for row in rows
    ]
