"""Is the database whole? Checks that read everything once and change nothing; for `doctor`, not for the daemon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, func, inspect, select

from news.text import ANALYZER_VERSION
from storage.database import Database
from storage.errors import DatabaseBusyError, StorageError
from storage.pages import damaged_pages
from storage.tables import ARCHIVE, COUNTER, DAY, EVENT, METADATA, RELEASE, TERMS

FAULTS_MAX = 5
NAMED_MAX = 3
# An id is its day and a number within it.
_PER_DAY = 1 << 24

_BY_MENDING = "stop the daemon and run `wirewatch doctor --mend`"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and a sentence on what to do about it."""

    found: str
    mend: str


def check(database: Database) -> list[Fault]:
    """Every fault that the database and we can find; empty where all is whole.

    Beside a running daemon the full-text index is only counted: to read it whole takes the write lock
    for as long as that lasts.
    """
    damaged = _damaged(database)
    if damaged:  # the rest would only name the same fault in other words
        return damaged
    with database.reading() as connection:
        faults = [
            *_missing_rows(database, connection),
            *_uncounted(database, connection),
            *_of_other_analyzers(connection),
            *_counted_back(connection),
        ]
    faults += [*_unguarded(database), *_damaged_pages(database)]
    if database.read_only:
        return faults
    try:
        lock = database.instance_lock()
    except DatabaseBusyError:
        return faults
    try:
        return [*faults, *_index_drifted(database)]
    finally:
        lock.release()


def _damaged(database: Database) -> list[Fault]:
    try:
        with database.reading() as connection:
            said = list(database.backend.faults(connection))
    except StorageError as error:
        said = [str(error)]
    if not said:
        return []
    mend = (
        "restore a backup, or salvage it with `sqlite3 FILE .recover`"
        if database.path
        else "run REINDEX DATABASE, or restore a backup"
    )
    return [Fault(f"damaged: {said[0]}", mend)]


def _missing_rows(database: Database, connection: Connection) -> Iterator[Fault]:
    orphans = database.backend.orphans(connection)
    if orphans:
        yield Fault(f"{orphans} rows name rows that are not there", f"{_BY_MENDING}, or restore a backup")
    bare = connection.execute(
        select(func.count()).select_from(RELEASE).where(RELEASE.c.id.not_in(select(TERMS.c.id)))
    ).scalar_one()
    if bare:
        yield Fault(f"{bare} releases cannot be searched", _BY_MENDING)


def _uncounted(database: Database, connection: Connection) -> Iterator[Fault]:
    # FTS5 keeps a row of sizes for each that it indexes.
    index = "release_fts_docsize" if database.backend.name == "sqlite" else "release_fts"
    stored, indexed = connection.exec_driver_sql(
        f"SELECT (SELECT count(*) FROM release_terms), (SELECT count(*) FROM {index})"  # noqa: S608 - our names
    ).one()
    if stored != indexed:
        yield Fault(f"the full-text index knows {indexed} releases, and {stored} are stored", _BY_MENDING)


def _of_other_analyzers(connection: Connection) -> Iterator[Fault]:
    """What lies below `stale_below` has its turn yet."""
    below = select(ARCHIVE.c.stale_below).scalar_subquery()
    other = (RELEASE.c.analyzer_version != ANALYZER_VERSION) & (RELEASE.c.id >= below)
    found = connection.execute(select(func.count()).select_from(RELEASE).where(other)).scalar_one()
    if found:
        yield Fault(f"{found} releases are indexed as another version of the program reads them", _BY_MENDING)


def _counted_back(connection: Connection) -> Iterator[Fault]:
    """Counters that stand below what they have given would give it again."""
    day = RELEASE.c.id // _PER_DAY
    given = select(day.label("day"), func.max(RELEASE.c.id).label("last")).group_by(day).subquery()
    n = given.c.last - given.c.day * _PER_DAY
    days = select(func.count()).select_from(given.outerjoin(DAY, DAY.c.day == given.c.day))
    behind = connection.execute(days.where(func.coalesce(DAY.c.n, -1) < n)).scalar_one()
    newest = select(func.coalesce(func.max(EVENT.c.seq), 0)).scalar_subquery()
    behind += connection.execute(select(func.count()).select_from(COUNTER).where(COUNTER.c.seq < newest)).scalar_one()
    if behind:
        yield Fault(f"{behind} counters stand below what they have given", _BY_MENDING)


def _unguarded(database: Database) -> Iterator[Fault]:
    """Whether the database itself refuses rows that name rows which are not there."""
    restore = "restore a backup, or export the archive and import it into a new one"
    with database.reading() as connection:
        known = inspect(connection)
        lost = [name for table in METADATA.sorted_tables for name in _unknown_keys(table, known)]
    if lost:
        more = f" and {len(lost) - NAMED_MAX} more" if len(lost) > NAMED_MAX else ""
        yield Fault(f"the tables lost their foreign keys: {', '.join(lost[:NAMED_MAX])}{more}", restore)
    if database.backend.name == "sqlite" and not database.read_only:
        with database.writer.connect() as connection:
            if connection.exec_driver_sql("PRAGMA foreign_keys").scalar() != 1:
                yield Fault("this SQLite does not enforce foreign keys", "use a Python whose SQLite does")


def _unknown_keys(table: Table, known: Any) -> Iterator[str]:  # noqa: ANN401 - SQLAlchemy's inspector
    there = {tuple(key["constrained_columns"]) for key in known.get_foreign_keys(table.name)}
    for key in table.foreign_key_constraints:
        if tuple(key.column_keys) not in there:
            yield f"{table.name}.{', '.join(key.column_keys)}"


def _damaged_pages(database: Database) -> Iterator[Fault]:
    found = list(damaged_pages(database))
    if found:
        named = ", ".join(map(str, found[:NAMED_MAX])) + (" …" if len(found) > NAMED_MAX else "")
        yield Fault(
            f"{len(found)} stored pages are not what was fetched (of releases {named})",
            "their releases are whole; a backup that still has the pages can bring them back",
        )


def _index_drifted(database: Database) -> Iterator[Fault]:
    with database.writing() as connection:
        if database.backend.full_text.drifted(connection):
            yield Fault("the full-text index has drifted from the stored terms", _BY_MENDING)
