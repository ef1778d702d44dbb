"""Mending what `storage.checkup` finds, as far as what is stored says how it should be.

Nothing that only the archive knows is deleted: rows that can be made again from a release go where the
release is gone, references to what is gone become empty, and what is missing is made again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, delete, func, insert, select, update

from news.text import ANALYZER_VERSION
from storage.archive import Archive
from storage.engines.contract import INDEXED
from storage.heads import settle_heads
from storage.refiling import Refiled, refile
from storage.reindex import Analyse
from storage.rows import release_of
from storage.tables import ARCHIVE, COUNTER, DAY, EVENT, KEY, METADATA, RELEASE, STORY, TERMS
from storage.upsert import upsert

STEP = 50
_PER_DAY = 1 << 24
# Rows that are made of a release.
_MADE = (TERMS, KEY, METADATA.tables["dup_key"])


def mend(archive: Archive, analyse: Analyse, now: datetime) -> Iterator[str]:
    """Mend what can be mended, and say each thing that was; the caller brings up what is marked as behind.

    Raises:
        DatabaseBusyError: a daemon runs on the archive.
        StorageError: the database cannot be written; what was mended stays so.
    """
    lock = archive.database.instance_lock()
    try:
        for told, n in (
            ("counters raised to what they have given", _raise_counters(archive)),
            ("stories made again for their releases", _stories(archive, now)),
            *_orphans(archive, now),
            ("full-text indexes built anew", _index(archive)),
            ("releases made searchable again", _bare(archive, analyse, now)),
            ("releases marked to be analysed anew", _of_other_analyzers(archive)),
        ):
            if n:
                yield f"{told}: {n:,}"
    finally:
        lock.release()


def _raise_counters(archive: Archive) -> int:
    with archive.database.writing() as connection:
        newest = select(func.coalesce(func.max(EVENT.c.seq), 0)).scalar_subquery()
        raised = connection.execute(update(COUNTER).where(COUNTER.c.seq < newest).values(seq=newest)).rowcount
        return raised + _raise_days(connection)


def _raise_days(connection: Connection) -> int:
    day = RELEASE.c.id // _PER_DAY
    given = connection.execute(select(day, func.max(RELEASE.c.id)).group_by(day)).all()
    stood = {row.day: row.n for row in connection.execute(select(DAY))}
    behind = [{"day": day, "n": last % _PER_DAY} for day, last in given if stood.get(day, -1) < last % _PER_DAY]
    if behind:
        row = upsert(connection.dialect.name, DAY)
        connection.execute(row.on_conflict_do_update(index_elements=["day"], set_={"n": row.excluded.n}), behind)
    return len(behind)


def _stories(archive: Archive, now: datetime) -> int:
    made = 0
    missing = (
        select(RELEASE.c.story_id, func.max(RELEASE.c.id).label("head"), func.min(RELEASE.c.first_seen_at).label("at"))
        .where(RELEASE.c.story_id.not_in(select(STORY.c.id)))
        .group_by(RELEASE.c.story_id)
        .limit(STEP)
    )
    while True:
        with archive.writing(now) as work:
            rows = [
                {"id": row.story_id, "head_id": row.head, "opened_at": row.at}
                for row in work.connection.execute(missing)
            ]
            if rows:
                work.connection.execute(insert(STORY), rows)
                settle_heads(work.connection, [row["id"] for row in rows])
        made += len(rows)
        if not rows:
            return made


def _orphans(archive: Archive, now: datetime) -> Iterator[tuple[str, int]]:
    """References to rows that are gone: emptied where that can be, and of what is made of a release its row."""
    if archive.database.backend.name != "sqlite":  # elsewhere there can be none
        return
    for table in METADATA.sorted_tables:
        for column in table.columns:
            for key in column.foreign_keys:
                parent = key.column
                lost = column.is_not(None) & column.not_in(select(parent))
                if column.nullable:
                    yield (
                        f"references of {table.name} to a lost {parent.table.name} emptied",
                        _emptied(archive, column, lost, now),
                    )
                elif table in _MADE and parent.table is RELEASE:
                    yield f"rows of {table.name} without their release dropped", _dropped(archive, column, lost, now)


def _emptied(archive: Archive, column: Column[Any], lost: ColumnElement[bool], now: datetime) -> int:
    with archive.writing(now) as work:
        return work.connection.execute(update(column.table).where(lost).values({column.name: None})).rowcount


def _dropped(archive: Archive, column: Column[Any], lost: ColumnElement[bool], now: datetime) -> int:
    with archive.writing(now) as work:
        if column.table is TERMS:
            for row in work.connection.execute(select(TERMS).where(lost)).all():
                work.index(row.id, None, old={name: getattr(row, name) for name in INDEXED})
            work.write_index()
        return work.connection.execute(delete(column.table).where(lost)).rowcount


def _index(archive: Archive) -> int:
    with archive.database.writing() as connection:
        return 1 if archive.database.backend.full_text.mended(connection) else 0


def _bare(archive: Archive, analyse: Analyse, now: datetime) -> int:
    made = 0
    query = select(RELEASE).where(RELEASE.c.id.not_in(select(TERMS.c.id))).order_by(RELEASE.c.id).limit(STEP)
    while True:
        with archive.database.reading() as connection:
            releases = {row.id: release_of(row) for row in connection.execute(query)}
        if not releases:
            return made
        refiled = [Refiled(id_, release, analyse(release)) for id_, release in releases.items()]
        with archive.writing(now) as work:
            refile(work, refiled)
        made += len(refiled)


def _of_other_analyzers(archive: Archive) -> int:
    """Let all of them have their turn again, down from the newest that is of another version."""
    with archive.database.writing() as connection:
        below = connection.execute(select(ARCHIVE.c.stale_below)).scalar_one()
        other = (RELEASE.c.analyzer_version != ANALYZER_VERSION) & (RELEASE.c.id >= below)
        found, newest = connection.execute(select(func.count(), func.max(RELEASE.c.id)).where(other)).one()
        if found:
            connection.execute(update(ARCHIVE).values(stale_below=newest + 1))
        return int(found)
