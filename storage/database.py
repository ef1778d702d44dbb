"""Opening a database: its address, its one writer, its version, and who holds it.

SQLite is used in WAL mode with one writer. Every write transaction is BEGIN IMMEDIATE: a deferred
one that writes later fails with "database is locked" in spite of any time-out (FINDINGS of the
design, 110,482 failures in 6 s), since SQLite cannot upgrade a stale snapshot.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from storage.errors import DatabaseBusyError, StorageError

__all__ = ["Database", "DatabaseBusyError", "Durability", "InstanceLock", "StorageError", "explain"]

BUSY_TIMEOUT_MS = 5_000
WAL_BYTES_MAX = 64 * 2**20
READERS_MAX = 8

Durability = Literal["FULL", "NORMAL"]


class Database:
    """A database by URL, with one writer at a time within the process and across processes."""

    def __init__(self, url: str, *, durability: Durability = "FULL") -> None:
        """Open without touching the file; `durability` is SQLite's `synchronous`.

        Raises:
            StorageError: the URL is none, or names a database this program does not speak.
        """
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise StorageError(f"storage.url {url!r} is no database address: write sqlite:///PATH") from error
        if parsed.get_backend_name() != "sqlite":
            raise StorageError(f"storage.url: {parsed.get_backend_name()} is not served yet; write sqlite:///PATH")
        self.url = url
        if not parsed.database or parsed.database.startswith((":memory:", "file:")):
            raise StorageError(f"storage.url {url!r} names no file: write sqlite:///PATH")
        self.path: Path | None = Path(parsed.database)
        self._durability = durability
        self._write_lock = threading.Lock()
        self._engine = self._make_engine()

    @property
    def engine(self) -> Engine:
        return self._engine

    def _make_engine(self) -> Engine:
        engine = create_engine(
            self.url, pool_size=READERS_MAX, max_overflow=2, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}
        )

        @event.listens_for(engine, "connect")
        def _prepare(connection: DBAPIConnection, _record: object) -> None:
            # The driver must not open or commit transactions by itself: DDL would be committed
            # half-way through a migration, and BEGIN would be deferred.
            connection.isolation_level = None
            cursor = connection.cursor()
            for pragma in (
                "journal_mode = WAL",
                f"synchronous = {self._durability}",
                "foreign_keys = ON",
                f"journal_size_limit = {WAL_BYTES_MAX}",
                "temp_store = MEMORY",
            ):
                cursor.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            mode = connection.get_execution_options().get("begin", "DEFERRED")
            connection.exec_driver_sql(f"BEGIN {mode}")

        return engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot: everything read within sees one commit. Never blocks the writer.

        Raises:
            StorageError: the file cannot be read, or it is damaged.
        """
        with plain_errors(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One short write transaction; commits at the end, rolls back on any exception.

        Raises:
            StorageError: the disk is full or read-only, or another process wrote for over 5 s.
        """
        with self._write_lock, plain_errors(self.path), self._engine.connect() as plain:
            connection = plain.execution_options(begin="IMMEDIATE")
            with connection.begin():
                yield connection

    @contextmanager
    def unchecked(self) -> Iterator[Connection]:
        """A connection that has not begun and does not enforce foreign keys: for migrations alone."""
        with self._write_lock, plain_errors(self.path), self._engine.connect() as plain:
            driver = plain.connection.driver_connection
            assert driver is not None  # noqa: S101 - a checked-out connection has its driver's
            driver.execute("PRAGMA foreign_keys = OFF")
            try:
                yield plain.execution_options(begin="IMMEDIATE")
            finally:
                driver.execute("PRAGMA foreign_keys = ON")

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def plain_errors(path: Path | None) -> Iterator[None]:
    """Say what the operator can mend as a StorageError; defects of the program pass as they are."""
    try:
        yield
    except DatabaseError as error:
        cause = _cause(error)
        if not isinstance(cause, OperationalError) and _mend(cause) is None:
            raise
        raise StorageError(explain(cause, path)) from error
    except PoolTimeoutError as error:
        raise StorageError(f"{path}: too many questions at once; try again") from error


# What SQLite says, and what the operator is to do about it.
_MENDS = {
    "database or disk is full": "the disk is full: make room; nothing already stored is lost",
    "attempt to write a readonly database": "it is read-only: give the user who runs wirewatch write permission",
    "unable to open database file": "it cannot be opened: does the folder exist, and may this user write there?",
    "database is locked": "another process has been writing for too long: is a second wirewatch at work?",
    "disk i/o error": "the disk answers with errors: check it, and restore a backup if it is failing",
    "file is not a database": "the file is not a SQLite database",
    "malformed": "the file is damaged: restore a backup, or salvage it with `sqlite3 FILE .recover`",
}


def _cause(error: DatabaseError) -> DatabaseError:
    """On a full disk SQLite undoes everything, and undoing it once more says only that nothing is left."""
    earlier = error.__context__
    while "no such savepoint" in str(error.orig) and earlier is not None:
        error, earlier = (earlier if isinstance(earlier, DatabaseError) else error), earlier.__context__
    return error


def _mend(error: Exception) -> str | None:
    said = str(getattr(error, "orig", error)).lower()
    return next((mend for words, mend in _MENDS.items() if words in said), None)


def explain(error: Exception, path: Path | None) -> str:
    """A sentence for the operator: which file, what is wrong, what mends it."""
    told = _mend(error) or str(getattr(error, "orig", error))
    return f"{path}: {told}" if path is not None else told


class InstanceLock:
    """Held by the one daemon of a database. The kernel frees it when the process dies, however."""

    def __init__(self, path: Path) -> None:
        """Take the lock of the database at `path`.

        Raises:
            DatabaseBusyError: another daemon holds it; the message names its process.
            StorageError: the lock file cannot be written.
        """
        self._path = path.with_name(path.name + ".lock")
        try:
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StorageError(f"{self._path}: cannot be written ({error.strerror})") from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._fd, 32).decode("ascii", "replace").strip()
            os.close(self._fd)
            if error.errno not in {errno.EAGAIN, errno.EACCES}:
                raise StorageError(f"{self._path}: cannot be locked ({error.strerror})") from error
            raise DatabaseBusyError(
                f"{path}: another wirewatch daemon (process {holder or 'unknown'}) runs on this database. "
                "Stop it first, or give this one its own storage.url."
            ) from None
        os.ftruncate(self._fd, 0)
        os.write(self._fd, f"{os.getpid()}\n".encode("ascii"))

    def release(self) -> None:
        os.close(self._fd)
