"""What is remembered of a source's health, and when something new came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from news.release import Origin
from storage.tables import ENTRY, SOURCE
from storage.work import Work

ARRIVALS_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Entries after a certain one: (source, when it came); `last` is the id to go on after, None at the end."""

    rows: tuple[tuple[int, datetime], ...]
    last: int | None


def remembered(connection: Connection, source_id: int) -> Mapping[str, Any] | None:
    """What `remember` wrote last."""
    found: Mapping[str, Any] | None = connection.execute(
        select(SOURCE.c.health).where(SOURCE.c.id == source_id)
    ).scalar()
    return found


def remember(work: Work, source_id: int, memory: Mapping[str, Any]) -> None:
    work.connection.execute(update(SOURCE).where(SOURCE.c.id == source_id).values(health=dict(memory)))


def arrivals(connection: Connection, after: int, *, limit: int = ARRIVALS_MAX) -> Arrivals:
    """When the entries with an id above `after` came, in order of id.

    What was seen live came when it was seen. All else stood before: it came at its stamp, and without one it is left
    out.
    """
    query = select(ENTRY.c.id, ENTRY.c.source_id, ENTRY.c.origin, ENTRY.c.first_seen_at, ENTRY.c.stamp)
    found = connection.execute(query.where(ENTRY.c.id > after).order_by(ENTRY.c.id).limit(limit)).all()
    rows = []
    for row in found:
        at = row.first_seen_at if row.origin == Origin.LIVE.value else row.stamp
        if at is not None:
            rows.append((row.source_id, min(at, row.first_seen_at)))
    return Arrivals(tuple(rows), found[-1].id if found else None)
