"""A copy of a SQLite archive beside its running daemon, and putting one back.

PostgreSQL has tools of its own for that, and knows more of its files than we do.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from storage.database import Database
from storage.engines.sqlite import BACKEND
from storage.errors import BadFileError, StorageError
from storage.migrations import known
from storage.whole_file import new_file

BUSY_S = 5.0
_MAGIC = b"SQLite format 3\x00"
_SIDES = ("-wal", "-shm", "-journal")


def back_up(database: Database, file: Path) -> int:
    """Copy the archive as it is at this moment into one file, and check the copy; returns its bytes.

    Nobody waits meanwhile. A file of that name is replaced, at the end and whole.

    Raises:
        StorageError: it is no SQLite archive, there is no room, or the copy could not be made or is not whole.
    """
    live = _file_of(database, "is backed up with `pg_dump --format=custom --file=FILE`, or by `wirewatch export`")
    if _same(live, file):
        raise StorageError(f"{file}: is the archive itself; name another file")
    _refuse_if_full(file, bytes_held(live))
    with new_file(file) as part, _told(file):
        _sweep(part)
        with closing(sqlite3.connect(live, timeout=BUSY_S)) as from_, closing(sqlite3.connect(part)) as to:
            from_.backup(to)
            to.execute("PRAGMA journal_mode = DELETE")  # one file, to be read where nothing can be written
        if found := _faults(part):
            raise StorageError(
                f"{live}: the copy is damaged as the archive is ({found}); `wirewatch doctor` tells more"
            )
        return part.stat().st_size


def restore(database: Database, file: Path, now: datetime, *, over: bool) -> None:
    """Put a backup in the place of the archive. `over`: also where one is already.

    One transaction: killed in its middle, the archive is the old one. An archive so damaged that nothing
    can be written to it is moved aside first. `now` (aware UTC) names it.

    Raises:
        BadFileError: the file is no whole backup, or one of a newer program.
        StorageError: an archive is there and may not be replaced, or there is no room.
        DatabaseBusyError: a daemon runs on it.
    """
    live = _file_of(database, "is restored with `pg_restore`, or an export by `wirewatch import`")
    if _same(live, file):
        raise BadFileError(f"{file}: is the archive itself; name a backup")
    _refuse_if_no_backup(file)
    if not live.parent.is_dir():
        raise StorageError(f"{live}: its folder is not there; make it first")
    lock = database.instance_lock()
    try:
        there = live.exists() and live.stat().st_size > 0
        if there and not over:
            raise StorageError(
                f"{live}: is there already; --force puts the backup in its place, and what it holds is gone"
            )
        _refuse_if_full(live, 2 * file.stat().st_size)
        with _told(live):
            try:
                _copy_into(file, live)
            except sqlite3.OperationalError:  # a full disk, another who writes: the archive itself is sound
                raise
            except sqlite3.DatabaseError:
                _move_aside(live, now)
                _copy_into(file, live)
    finally:
        lock.release()


def bytes_held(path: Path) -> int:
    """What an archive takes on the disk, its log included."""
    log = path.with_name(f"{path.name}-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)


def _file_of(database: Database, instead: str) -> Path:
    if database.path is None:
        raise StorageError(f"{database.place}: {instead}")
    return database.path


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _refuse_if_full(target: Path, need: int) -> None:
    try:
        free = shutil.disk_usage(target.parent).free
    except OSError as error:
        raise StorageError(f"{target}: cannot be written ({error.strerror})") from error
    if free < need:
        raise StorageError(
            f"{target}: needs {need // 2**20 + 1:,} MB free there, and {free // 2**20:,} MB are; make room first"
        )


def _refuse_if_no_backup(file: Path) -> None:
    try:
        with file.open("rb") as opened:
            begins = opened.read(len(_MAGIC))
    except OSError as error:
        raise BadFileError(f"{file}: cannot be read ({error.strerror})") from error
    if begins != _MAGIC:
        hint = "an export: `wirewatch import` takes it" if begins.startswith(b'{"wirewatch":') else "no backup"
        raise BadFileError(f"{file}: is {hint}")
    try:
        version = _version(file)
        found = _faults(file)
    except (sqlite3.Error, StorageError) as error:
        raise BadFileError(f"{file}: is damaged ({error}); take another backup") from error
    if version is None:
        raise BadFileError(f"{file}: is a database of another program")
    if not known(version):
        raise BadFileError(
            f"{file}: was made by a newer wirewatch (version {version}); use that program, or a later one"
        )
    if found:
        raise BadFileError(f"{file}: is damaged ({found}); take another backup")


def _version(file: Path) -> str | None:
    """The step its tables are of; None for tables of another program."""
    with closing(_reading(file)) as plain:
        tables = {name for (name,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"alembic_version", "archive_info"} <= tables:
            return None
        row = plain.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None


def _faults(file: Path) -> str | None:
    """What SQLite finds damaged in a file, in its words."""
    with closing(_reading(file)) as plain:
        said = [str(row[0]) for row in plain.execute("PRAGMA quick_check(1)")]
        if said != ["ok"]:
            return said[0].splitlines()[-1]
        orphan = plain.execute("PRAGMA foreign_key_check").fetchone()
        return f"a row of {orphan[0]} names one of {orphan[2]} that is not there" if orphan else None


def _reading(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(file.resolve()))}?mode=ro", uri=True)


def _move_aside(live: Path, now: datetime) -> None:
    for side in ("", *_SIDES):
        path = live.with_name(f"{live.name}{side}")
        if path.exists():
            path.rename(live.with_name(f"{live.name}.damaged-{now:%Y%m%dT%H%M%S}{side}"))


def _copy_into(file: Path, live: Path) -> None:
    with closing(_reading(file)) as from_, closing(sqlite3.connect(live, timeout=BUSY_S, isolation_level=None)) as to:
        page = _page_bytes(from_)
        if live.stat().st_size == 0:
            to.execute(f"PRAGMA page_size = {page}")
        # With a log beside it an archive cannot change the size of its pages: then all readers must leave first.
        to.execute(f"PRAGMA journal_mode = {'WAL' if _page_bytes(to) == page else 'DELETE'}")
        to.execute("PRAGMA synchronous = FULL")
        to.execute("BEGIN IMMEDIATE")  # the copying itself would wait for another who writes for ever
        to.execute("ROLLBACK")
        from_.backup(to)
        to.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _page_bytes(plain: sqlite3.Connection) -> int:
    return int(plain.execute("PRAGMA page_size").fetchone()[0])


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(f"{path}: {_mend(error)}") from error


def _mend(error: sqlite3.Error) -> str:
    return BACKEND.mend(error) or str(error)


def _sweep(part: Path) -> None:
    """What a copy that was killed left beside it."""
    for side in _SIDES:
        part.with_name(f"{part.name}{side}").unlink(missing_ok=True)
