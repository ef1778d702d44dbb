"""The last answer of each source that counted: what the next one must overlap.

Its rows are the entries that it showed; a note says when it was, and what the source usually shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from news.release import Origin
from news.showing import SeenRow, ShownRow, Sight
from news.source import Listed
from storage.checkpoints import note, noted
from storage.chunks import chunks
from storage.columns import storable
from storage.entries import Known
from storage.tables import ENTRY
from storage.work import Work


def last_sight(connection: Connection, source_id: int) -> Sight | None:
    """What the source showed when it was last read; None if it never was.

    Rows that others than its polls brought (a back-fill) are none of it.
    """
    told = noted(connection, _name(source_id)) or _of_entries(connection, source_id)
    if told is None:
        return None
    at = datetime.fromisoformat(told["at"])
    rows = connection.execute(
        select(ENTRY.c.key, ENTRY.c.title, ENTRY.c.stamp, ENTRY.c.first_seen_at)
        # A sum, so that no database looks through months of the source's entries by its id: few were listed of late.
        .where(ENTRY.c.source_id + 0 == source_id, ENTRY.c.last_listed_at >= at, ENTRY.c.first_seen_at <= at)
        .order_by(ENTRY.c.first_seen_at.desc(), ENTRY.c.id)
    )
    seen = tuple(
        SeenRow(key=row.key, title=row.title, stamp=row.stamp, first_seen_at=row.first_seen_at) for row in rows
    )
    return Sight(at=at, rows=seen, window=told["window"] or len(seen), span_s=told["span_s"])


def _of_entries(connection: Connection, source_id: int) -> dict[str, Any] | None:
    """For an archive that was never noted in: the last time that a poll showed an entry."""
    polled = ENTRY.c.origin.in_([Origin.LIVE.value, Origin.SEED.value])
    at: datetime | None = connection.execute(
        select(func.max(ENTRY.c.last_listed_at)).where(ENTRY.c.source_id == source_id, polled)
    ).scalar()
    return {"at": at.isoformat(), "window": 0, "span_s": 0.0} if at is not None else None


def note_sight(work: Work, source_id: int, sight: Sight) -> None:
    """Let the next answer be compared with this one, whose rows are listed in the same transaction."""
    told = {"at": sight.at.isoformat(), "window": sight.window, "span_s": round(sight.span_s, 1)}
    note(work.connection, _name(source_id), told, work.now)


def shown_rows(
    connection: Connection, source_id: int, listed: Sequence[Listed], known: Known, before: Sight | None
) -> tuple[ShownRow, ...]:
    """The rows of an answer, with what was known of each by the time of `before`.

    What was first seen later was published later, as far as anybody knows: it proves no overlap with `before`.
    """
    if before is None:
        return tuple(
            ShownRow(key=key, title=row.title, stamp=row.stamp) for row, key in zip(listed, known.keys, strict=True)
        )
    seen: dict[str, Any] = {row.key: row for row in before.rows}
    others = [key for key, flag in zip(known.keys, known.flags, strict=True) if flag and key not in seen]
    for keys in chunks(others):
        asked = select(ENTRY.c.key, ENTRY.c.stamp, ENTRY.c.first_seen_at)
        rows = connection.execute(asked.where(ENTRY.c.source_id == source_id, ENTRY.c.key.in_(keys)))
        seen |= {row.key: row for row in rows}
    return tuple(
        _shown(row, key, seen.get(key), known=flag, before=before)
        for row, key, flag in zip(listed, known.keys, known.flags, strict=True)
    )


def _shown(row: Listed, key: str, seen: Any, *, known: bool, before: Sight) -> ShownRow:  # noqa: ANN401 - a seen row, or one of `entry`
    # Of what was erased no entry is kept: known, and nothing more.
    first_seen_at = seen.first_seen_at if seen is not None else None
    return ShownRow(
        key=key,
        title=storable(row.title),
        stamp=row.stamp,
        known=known and (first_seen_at is None or first_seen_at <= before.at),
        first_seen_at=first_seen_at,
        restamped=seen is not None and seen.stamp != row.stamp,
    )


def _name(source_id: int) -> str:
    return f"sight:{source_id}"
