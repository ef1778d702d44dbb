"""Is the database whole? Checks that read everything once; for `doctor`, not for the daemon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from storage.database import Database
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
    damaged = _damaged(database)
    if damaged:  # the rest would only name the same fault in other words
        return damaged
    with database.reading() as connection:
        faults = [*_missing_rows(database, connection), *_uncounted(database, connection)]
    if database.read_only:  # the index is compared with what stands by writing to it
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
        yield Fault(f"{orphans} rows name rows that are not there", "restore a backup")
    bare = connection.exec_driver_sql(
        "SELECT count(*) FROM release WHERE id NOT IN (SELECT id FROM release_terms)"
    ).scalar()
    if bare:
        yield Fault(f"{bare} releases cannot be searched", "restore a backup, or ingest them again")


def _uncounted(database: Database, connection: Connection) -> Iterator[Fault]:
    # FTS5 keeps a row of sizes for each that it indexes.
    index = "release_fts_docsize" if database.backend.name == "sqlite" else "release_fts"
    stored, indexed = connection.exec_driver_sql(
        f"SELECT (SELECT count(*) FROM release_terms), (SELECT count(*) FROM {index})"  # noqa: S608 - our names
    ).one()
    if stored != indexed:
        yield Fault(
            f"the full-text index knows {indexed} releases, and {stored} are stored",
            "stop the daemon and run `wirewatch doctor`: it rebuilds the index",
        )


def _index_drifted(database: Database) -> Iterator[Fault]:
    with database.writing() as connection:
        if database.backend.full_text.mended(connection):
            yield Fault("the full-text index had drifted from the stored terms", "it was rebuilt just now")
