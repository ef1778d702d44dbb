"""After an erasure: having the database write anew what still holds deleted text.

SQLite's FTS5 marks what it is told to delete, and drops it when segments are merged. PostgreSQL keeps
old rows until it vacuums, and words of its index until that is built anew.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine

# Pages of the full-text index that one step writes: some tens of milliseconds.
_PAGES_A_STEP = 200
_TEXT_TABLES = "release, release_terms, release_fts, raw_page, identity_key, entry, alert, delivery, attempt, word_form"


def merge(connection: Connection, *, begin: bool) -> bool:
    """One short step of writing the full-text index anew; `begin` with the first. True when nothing is left to do."""
    if connection.dialect.name != "sqlite":
        return True
    driver: Any = connection.connection.driver_connection
    before = driver.total_changes
    pages = -_PAGES_A_STEP if begin else _PAGES_A_STEP
    connection.exec_driver_sql("INSERT INTO release_fts (release_fts, rank) VALUES ('merge', ?)", (pages,))
    # A merge that found nothing to do changes one row, that of its command (FTS5's documentation, "merge").
    return bool(driver.total_changes - before < 2)  # noqa: PLR2004 - as said above


def clear(engine: Engine) -> bool:
    """Empty SQLite's write-ahead log, or vacuum on PostgreSQL; False where a reader kept the log from being emptied."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    _alone(engine, f"VACUUM (ANALYZE) {_TEXT_TABLES}", "REINDEX INDEX CONCURRENTLY ix_release_fts_lexemes")
    return True


def rewrite(engine: Engine) -> bool:
    """Write the whole database anew, free space and all; nobody can write meanwhile. As `clear` otherwise."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("VACUUM")
        return clear(engine)
    _alone(engine, f"VACUUM (FULL, ANALYZE) {_TEXT_TABLES}")
    return True


def _alone(engine: Engine, *statements: str) -> None:
    """Each statement outside of any transaction."""
    with engine.connect() as connection:
        ready = connection.execution_options(isolation_level="AUTOCOMMIT", postgresql_readonly=False)
        for statement in statements:
            ready.exec_driver_sql(statement)
