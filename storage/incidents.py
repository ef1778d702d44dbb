"""Incidents: what is wrong with a source, from the moment it was noticed until it was over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select, update

from news.source import EventType, IncidentKind
from storage.tables import INCIDENT
from storage.work import Work

DETAIL_CHARS_MAX = 500


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
    work.event(EventType.SOURCE_DOWN, source=source_id, incident=id_, kind=kind.value, reason=detail[:200])
    work.tally("incident", kind.value)
    return id_


def end(work: Work, source_id: int, kind: IncidentKind) -> int | None:
    """Close the open incident of a kind; returns its id if there was one."""
    id_ = _open(work, source_id, kind)
    if id_ is None:
        return None
    work.connection.execute(update(INCIDENT).where(INCIDENT.c.id == id_).values(ended_at=work.now))
    work.event(EventType.SOURCE_UP, source=source_id, incident=id_, kind=kind.value)
    return id_


def _open(work: Work, source_id: int, kind: IncidentKind) -> int | None:
    return work.connection.execute(
        select(INCIDENT.c.id).where(
            INCIDENT.c.source_id == source_id, INCIDENT.c.kind == kind.value, INCIDENT.c.ended_at.is_(None)
        )
    ).scalar()
