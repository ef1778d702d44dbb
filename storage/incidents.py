"""Incidents: what is wrong with a source, from the moment it was noticed until it was over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from news.source import EventType, IncidentKind
from storage.tables import INCIDENT, SOURCE
from storage.work import Work

DETAIL_CHARS_MAX = 500
LISTED_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What was wrong with a source; `ended_at` None while it lasts. `data` is what a program may want of it."""

    id: int
    source_id: int
    kind: IncidentKind
    opened_at: datetime
    ended_at: datetime | None
    detail: str
    data: Mapping[str, Any] = field(default_factory=dict)


def begin(
    work: Work, source_id: int, kind: IncidentKind, detail: str, data: Mapping[str, Any] | None = None
) -> int | None:
    """Open an incident unless one of its kind is open for the source; returns its id if it is new."""
    if _open(work, source_id, kind) is not None:
        return None
    row = insert(INCIDENT).values(
        source_id=source_id,
        kind=kind.value,
        opened_at=work.now,
        detail=detail[:DETAIL_CHARS_MAX],
        data=dict(data) if data else None,
    )
    id_ = int(work.connection.execute(row.returning(INCIDENT.c.id)).scalar_one())
    told = {"source": source_id, "name": _name(work, source_id), "incident": id_, "kind": kind.value}
    work.event(EventType.SOURCE_DOWN, **told, reason=detail[:200])
    work.tally("incident", kind.value)
    return id_


def end(work: Work, source_id: int, kind: IncidentKind) -> int | None:
    """Close the open incident of a kind; returns its id if there was one."""
    id_ = _open(work, source_id, kind)
    if id_ is None:
        return None
    work.connection.execute(update(INCIDENT).where(INCIDENT.c.id == id_).values(ended_at=work.now))
    told = {"source": source_id, "name": _name(work, source_id), "incident": id_, "kind": kind.value}
    work.event(EventType.SOURCE_UP, **told)
    return id_


def kinds_open(connection: Connection, source_id: int) -> frozenset[IncidentKind]:
    """What is wrong with a source now."""
    rows = connection.execute(
        select(INCIDENT.c.kind).where(INCIDENT.c.source_id == source_id, INCIDENT.c.ended_at.is_(None))
    )
    return frozenset(IncidentKind(kind) for kind in rows.scalars())


def ended_since(connection: Connection, source_id: int, since: datetime) -> Counter[IncidentKind]:
    """How many incidents of each kind ended since then."""
    rows = connection.execute(
        select(INCIDENT.c.kind, func.count())
        .where(INCIDENT.c.source_id == source_id, INCIDENT.c.ended_at >= since)
        .group_by(INCIDENT.c.kind)
    )
    return Counter({IncidentKind(kind): int(n) for kind, n in rows})


def incidents(
    connection: Connection, *, since: datetime, source_id: int | None = None, open_only: bool = False
) -> list[Incident]:
    """The incidents that last, and unless `open_only` those that ended since then too: the newest `LISTED_MAX`."""
    lasting = INCIDENT.c.ended_at.is_(None)
    query = select(INCIDENT).where(lasting if open_only else or_(lasting, INCIDENT.c.ended_at >= since))
    if source_id is not None:
        query = query.where(INCIDENT.c.source_id == source_id)
    rows = connection.execute(query.order_by(INCIDENT.c.opened_at.desc(), INCIDENT.c.id.desc()).limit(LISTED_MAX))
    return [
        Incident(
            id=row.id,
            source_id=row.source_id,
            kind=IncidentKind(row.kind),
            opened_at=row.opened_at,
            ended_at=row.ended_at,
            detail=row.detail,
            data=row.data or {},
        )
        for row in rows
    ]


def _name(work: Work, source_id: int) -> str | None:
    name = work.connection.execute(select(SOURCE.c.name).where(SOURCE.c.id == source_id)).scalar()
    return None if name is None else str(name)


def _open(work: Work, source_id: int, kind: IncidentKind) -> int | None:
    return work.connection.execute(
        select(INCIDENT.c.id).where(
            INCIDENT.c.source_id == source_id, INCIDENT.c.kind == kind.value, INCIDENT.c.ended_at.is_(None)
        )
    ).scalar()
