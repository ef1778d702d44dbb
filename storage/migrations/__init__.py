"""Bringing a database to the tables of this program, one numbered step after another.

Steps are append-only. On SQLite all pending steps run in one transaction with foreign keys off
(inside a transaction the pragma is ignored, and a table rebuilt in batch mode would cascade its DROP
to its children), checked before the commit, after a copy of the file was laid beside it.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import SQLAlchemyError

from storage.database import Database, StorageError, explain
from storage.tables import METADATA


def _script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return ScriptDirectory.from_config(config)


def version_of(connection: Connection) -> str | None:
    """The step the database stands at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def migrate(database: Database) -> bool:
    """Bring the database to the newest step; True if anything was done.

    Raises:
        StorageError: the database is newer than this program, is not one of ours, there is no room
            for the copy, or a step failed. The database is then as it was.
    """
    script = _script()
    with database.reading() as connection:
        current = version_of(connection)
        foreign = current is None and bool(inspect(connection).get_table_names())
    if foreign:
        raise StorageError(f"{database.path}: holds tables that wirewatch did not make; name another file")
    head = script.get_current_head()
    if current == head:
        return False
    known = {step.revision for step in script.walk_revisions()}
    if current is not None and current not in known:
        raise StorageError(
            f"{database.path}: was written by a newer wirewatch (version {current}; this one knows {head}). "
            "Nothing was touched. Use the newer program, or restore a backup made by this one."
        )
    if current is not None:
        _copy_aside(database, current)
    _run(database, script)
    return True


def _copy_aside(database: Database, current: str) -> None:
    path = database.path
    if path is None:
        return
    target = path.with_name(f"{path.name}.before-{current}.bak")
    need, free = path.stat().st_size * 2, shutil.disk_usage(path.parent).free
    if free < need:
        raise StorageError(
            f"{path}: an upgrade needs {need // 2**20} MB free for a copy and {free // 2**20} MB are; make room first"
        )
    with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)


def _run(database: Database, script: ScriptDirectory) -> None:
    with database.engine.connect() as plain:
        driver = plain.connection.driver_connection
        assert driver is not None  # noqa: S101 - a checked-out connection has its driver's
        plain.rollback()
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            connection = plain.execution_options(begin="IMMEDIATE")
            with connection.begin():
                _upgrade(connection, script)
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise StorageError(f"{database.path}: the upgrade would leave {len(broken)} orphans; undone")
        except SQLAlchemyError as error:
            raise StorageError(f"the upgrade failed and was undone: {explain(error, database.path)}") from error
        finally:
            driver.execute("PRAGMA foreign_keys = ON")


def _upgrade(connection: Connection, script: ScriptDirectory) -> None:
    context = MigrationContext.configure(connection, opts={"target_metadata": METADATA, "render_as_batch": True})
    current = context.get_current_revision() or "base"
    with Operations.context(context):
        for step in reversed(list(script.iterate_revisions("head", current))):
            step.module.upgrade()
    context.stamp(script, "head")
