"""Rhythms as they are kept, and the stored times that they are learned from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from news.release import Origin
from storage.tables import ENTRY, RHYTHM
from storage.upsert import upsert
from storage.work import Work

TIMES_MAX = 5_000


@dataclass(frozen=True, slots=True)
class EntryTime:
    """An entry's times as stored. `live`: a poll saw it that had been read before, so it came between two polls."""

    id: int
    stamp: datetime | None
    first_seen_at: datetime
    live: bool


def stored_rhythms(connection: Connection) -> dict[int, Mapping[str, Any]]:
    """By source, as `ingest.rhythm` wrote them."""
    return {row.source_id: row.data for row in connection.execute(select(RHYTHM.c.source_id, RHYTHM.c.data))}


def fitted_at(connection: Connection) -> dict[int, datetime]:
    """When each source's rhythm was fitted last."""
    return {row.source_id: row.fitted_at for row in connection.execute(select(RHYTHM.c.source_id, RHYTHM.c.fitted_at))}


def store_rhythms(work: Work, rhythms: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Write these in the place of what was known of their sources."""
    for source_id, data in rhythms:
        row = upsert(work.dialect, RHYTHM).values(source_id=source_id, fitted_at=work.now, data=dict(data))
        changed = {"fitted_at": row.excluded.fitted_at, "data": row.excluded.data}
        work.connection.execute(row.on_conflict_do_update(index_elements=["source_id"], set_=changed))


def first_seen(connection: Connection, source_id: int) -> datetime | None:
    """When a source's first entry that is still stored was seen."""
    found: datetime | None = connection.execute(
        select(func.min(ENTRY.c.first_seen_at)).where(ENTRY.c.source_id == source_id)
    ).scalar()
    return found


def entry_times(
    connection: Connection, source_id: int, since: datetime, *, after: int = 0, limit: int = TIMES_MAX
) -> list[EntryTime]:
    """The times of a source's entries with an id above `after` that were first seen since an instant, by id."""
    rows = connection.execute(
        select(ENTRY.c.id, ENTRY.c.stamp, ENTRY.c.first_seen_at, ENTRY.c.origin)
        .where(ENTRY.c.source_id == source_id, ENTRY.c.id > after, ENTRY.c.first_seen_at >= since)
        .order_by(ENTRY.c.id)
        .limit(limit)
    )
    return [EntryTime(row.id, row.stamp, row.first_seen_at, row.origin == Origin.LIVE.value) for row in rows]
