"""Bringing a database to the tables of this program, one numbered step after another.

Steps are append-only. On SQLite all pending steps run in one transaction with foreign keys off
(inside a transaction the pragma is ignored, and a table rebuilt in batch mode would cascade its DROP
to its children), checked before the commit, after a copy of the file was laid beside it. On PostgreSQL
they are one transaction as well.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.database import Database
from storage.errors import OutdatedError, StorageError
from storage.tables import METADATA

FOLDER = Path(__file__).parent


def migrate(database: Database, now: datetime) -> bool:
    """Bring the database to the newest step; True if anything was done. `now` is aware UTC.

    Raises:
        StorageError: the database is newer than this program, is not one of ours, there is no room
            for the copy, or a step failed. The database is then as it was.
    """
    script = _script()
    current, head = _versions(database, script)
    if current == head:
        return False
    if current is not None and database.path is not None:
        _copy_aside(database.path, current)
    _run(database, script, now)
    return True


def refuse_outdated(database: Database) -> None:
    """Return if the database can be read as it is. Changes nothing.

    Raises:
        OutdatedError: there is no archive, or it waits to be upgraded.
        StorageError: the database is newer than this program, is not one of ours, or cannot be read.
    """
    current, head = _versions(database, _script())
    if current is None:
        raise OutdatedError(f"{database.place}: there is no archive yet")
    if current != head:
        raise OutdatedError(
            f"{database.place}: was written by an older wirewatch (version {current}; this one knows {head}) "
            "and must be upgraded before it is read"
        )


def _versions(database: Database, script: ScriptDirectory) -> tuple[str | None, str | None]:
    """The version that stands, and the newest; refuses what this program must not touch."""
    with database.plain_errors():
        current, foreign = database.backend.standing(database.engine, database.path)
    if foreign:
        other = "file" if database.path else "database"
        raise StorageError(f"{database.place}: holds tables that wirewatch did not make; name another {other}")
    head = script.get_current_head()
    if current is not None and not known(current):
        raise StorageError(
            f"{database.place}: was written by a newer wirewatch (version {current}; this one knows {head}). "
            "Nothing was touched. Use the newer program, or restore a backup made by this one."
        )
    return current, head


def newest() -> str:
    """The step that this program's tables are of."""
    return str(_script().get_current_head())


def known(version: str) -> bool:
    """Whether this program has that step."""
    return version in {step.revision for step in _script().walk_revisions()}


def _script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return ScriptDirectory.from_config(config)


def _copy_aside(path: Path, current: str) -> None:
    target = path.with_name(f"{path.name}.before-{current}.bak")
    part = target.with_name(f"{target.name}.part")
    try:
        need, free = _bytes_held(path) * 2, shutil.disk_usage(path.parent).free
        if free < need:
            raise StorageError(
                f"{path}: an upgrade needs {need // 2**20 + 1:,} MB free, half of it for a copy of the file as it is, "
                f"and {free // 2**20:,} MB are free; make room first"
            )
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(part)) as copy:
            live.backup(copy)
        part.replace(target)
    except (sqlite3.Error, OSError) as error:
        part.unlink(missing_ok=True)
        raise StorageError(f"{target}: the copy before an upgrade failed ({error}); nothing was changed") from error


def _bytes_held(path: Path) -> int:
    log = path.with_name(f"{path.name}-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)


def _run(database: Database, script: ScriptDirectory, now: datetime) -> None:
    with database.unchecked() as connection:
        try:
            with connection.begin():
                database.backend.await_turn(connection)
                _upgrade(connection, script, now)
                _refuse_orphans(database, connection)
        except Exception as error:
            said = database.backend.mend(error) or str(getattr(error, "orig", error))
            raise StorageError(f"{database.place}: the upgrade failed and was undone: {said}") from error


def _refuse_orphans(database: Database, connection: Connection) -> None:
    if broken := database.backend.orphans(connection):
        raise StorageError(f"{broken} rows would name rows that are not there")


def _upgrade(connection: Connection, script: ScriptDirectory, now: datetime) -> None:
    context = MigrationContext.configure(
        connection, opts={"target_metadata": METADATA, "render_as_batch": True, "now": now}
    )
    current = context.get_current_revision() or "base"
    with Operations.context(context):
        for step in reversed(list(script.iterate_revisions("head", current))):
            step.module.upgrade()
    context.stamp(script, "head")
