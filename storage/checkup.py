"""Is the database whole? Checks that read everything once; for `doctor`, not for the daemon."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from storage.database import Database


@dataclass(frozen=True, slots=True)
class Fault:
    found: str
    mend: str


def check(database: Database) -> list[Fault]:
    """Every fault that SQLite and we can find; empty where the database is whole."""
    faults = []
    with database.reading() as connection:
        faults += _damaged_pages(connection)
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if orphans:
            faults.append(Fault(f"{len(orphans)} rows name rows that are not there", "restore a backup"))
        bare = connection.exec_driver_sql(
            "SELECT count(*) FROM release LEFT JOIN release_terms USING (id) WHERE release_terms.id IS NULL"
        ).scalar()
        if bare:
            faults.append(Fault(f"{bare} releases cannot be searched", "restore a backup, or ingest them again"))
    with database.writing() as connection:
        try:
            connection.exec_driver_sql("INSERT INTO release_fts (release_fts, rank) VALUES ('integrity-check', 1)")
        except DatabaseError:
            connection.exec_driver_sql("INSERT INTO release_fts (release_fts) VALUES ('rebuild')")
            faults.append(Fault("the full-text index had drifted from the stored terms", "it was rebuilt just now"))
    return faults


def _damaged_pages(connection: Connection) -> list[Fault]:
    said = [row[0] for row in connection.exec_driver_sql("PRAGMA quick_check(5)")]
    if said == ["ok"]:
        return []
    return [Fault(f"damaged: {said[0]}", "restore a backup, or salvage it with `sqlite3 FILE .recover`")]
