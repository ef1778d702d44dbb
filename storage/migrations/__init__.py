"""Bringing a database to the tables of this program, one numbered step after another.

Steps are append-only. On SQLite all pending steps run in one transaction with foreign keys off
(inside a transaction the pragma is ignored, and a table rebuilt in batch mode would cascade its DROP
to its children), checked before the commit, after a copy of the file was laid beside it.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.database import Database, explain
from storage.errors import StorageError
from storage.tables import METADATA

FOLDER = Path(__file__).parent
# By these a database is known as ours; another program may use Alembic, too.
_VERSION_TABLE, _OUR_TABLE = "alembic_version", "archive_info"


class _Standing(NamedTuple):
    """What a file holds before anything of ours touches it."""

    version: str | None
    foreign: bool


def migrate(database: Database, now: datetime) -> bool:
    """Bring the database to the newest step; True if anything was done. `now` is aware UTC.

    Raises:
        StorageError: the database is newer than this program, is not one of ours, there is no room
            for the copy, or a step failed. The database is then as it was.
    """
    script = _script()
    current, foreign = _standing(database.path)
    if foreign:
        raise StorageError(f"{database.path}: holds tables that wirewatch did not make; name another file")
    head = script.get_current_head()
    if current == head:
        return False
    if current is not None:
        if current not in {step.revision for step in script.walk_revisions()}:
            raise StorageError(
                f"{database.path}: was written by a newer wirewatch (version {current}; this one knows {head}). "
                "Nothing was touched. Use the newer program, or restore a backup made by this one."
            )
        if database.path is not None:
            _copy_aside(database.path, current)
    _run(database, script, now)
    return True


def _script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return ScriptDirectory.from_config(config)


def _standing(path: Path | None) -> _Standing:
    """Look with a connection that changes nothing: `Database` would turn a foreign file to WAL."""
    try:
        if path is None or not path.exists() or path.stat().st_size == 0:
            return _Standing(None, foreign=False)
        with closing(sqlite3.connect(path)) as plain:
            tables = {name for (name,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not tables:
                return _Standing(None, foreign=False)
            if not {_VERSION_TABLE, _OUR_TABLE} <= tables:
                return _Standing(None, foreign=True)
            row = plain.execute(f"SELECT version_num FROM {_VERSION_TABLE}").fetchone()  # noqa: S608 - our own name
    except (sqlite3.Error, OSError) as error:
        raise StorageError(explain(error, path)) from error
    return _Standing(row[0], foreign=False) if row else _Standing(None, foreign=True)


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
                _upgrade(connection, script, now)
                _refuse_orphans(connection)
        except Exception as error:
            said = str(error) if isinstance(error, StorageError) else explain(error, None)
            raise StorageError(f"{database.path}: the upgrade failed and was undone: {said}") from error


def _refuse_orphans(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise StorageError(f"{len(broken)} rows would name rows that are not there")


def _upgrade(connection: Connection, script: ScriptDirectory, now: datetime) -> None:
    context = MigrationContext.configure(
        connection, opts={"target_metadata": METADATA, "render_as_batch": True, "now": now}
    )
    current = context.get_current_revision() or "base"
    with Operations.context(context):
        for step in reversed(list(script.iterate_revisions("head", current))):
            step.module.upgrade()
    context.stamp(script, "head")
