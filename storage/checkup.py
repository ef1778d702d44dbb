"""Is the database whole? Checks that read everything once; for `doctor`, not for the daemon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from storage.database import Database, InstanceLock
from storage.errors import DatabaseBusyError, StorageError

FAULTS_MAX = 5


@dataclass(frozen=True, slots=True)
class Fault:
    found: str
    mend: str


def check(database: Database) -> list[Fault]:
    """Every fault that SQLite and we can find; empty where the database is whole.

    Beside a running daemon the full-text index is only counted: to read it whole takes the write lock
    for as long as that lasts.
    """
    damaged = _damaged_pages(database)
    if damaged:  # the rest would only name the same fault in other words
        return damaged
    with database.reading() as connection:
        faults = [*_missing_rows(connection), *_uncounted(connection)]
    if database.path is None:
        return faults
    try:
        lock = InstanceLock(database.path)
    except DatabaseBusyError:
        return faults
    try:
        return [*faults, *_index_drifted(database)]
    finally:
        lock.release()


def _damaged_pages(database: Database) -> list[Fault]:
    try:
        with database.reading() as connection:
            said = [str(row[0]) for row in connection.exec_driver_sql(f"PRAGMA quick_check({FAULTS_MAX})")]
    except StorageError as error:
        said = [str(error)]
    if said == ["ok"]:
        return []
    return [Fault(f"damaged: {said[0]}", "restore a backup, or salvage it with `sqlite3 FILE .recover`")]


def _missing_rows(connection: Connection) -> Iterator[Fault]:
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if orphans:
        yield Fault(f"{len(orphans)} rows name rows that are not there", "restore a backup")
    bare = connection.exec_driver_sql(
        "SELECT count(*) FROM release LEFT JOIN release_terms USING (id) WHERE release_terms.id IS NULL"
    ).scalar()
    if bare:
        yield Fault(f"{bare} releases cannot be searched", "restore a backup, or ingest them again")


def _uncounted(connection: Connection) -> Iterator[Fault]:
    stored, indexed = connection.exec_driver_sql(
        "SELECT (SELECT count(*) FROM release_terms), (SELECT count(*) FROM release_fts_docsize)"
    ).one()
    if stored != indexed:
        yield Fault(
            f"the full-text index knows {indexed} releases, and {stored} are stored",
            "stop the daemon and run `wirewatch doctor`: it rebuilds the index",
        )


def _index_drifted(database: Database) -> Iterator[Fault]:
    with database.writing() as connection:
        try:
            connection.exec_driver_sql("INSERT INTO release_fts (release_fts, rank) VALUES ('integrity-check', 1)")
        except DatabaseError:
            connection.exec_driver_sql("INSERT INTO release_fts (release_fts) VALUES ('rebuild')")
            yield Fault("the full-text index had drifted from the stored terms", "it was rebuilt just now")
