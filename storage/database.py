"""Opening a database: its address, its one writer, its version, and who holds it.

What differs between SQLite and PostgreSQL stands in `storage.engines`. Readers see snapshots and
never block; one write transaction runs at a time, within the process and across processes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from storage.engines import Backend, backend_for
from storage.engines.contract import Durability, Lock
from storage.errors import DatabaseBusyError, StorageError
from storage.forms import KnownForms

__all__ = ["Database", "DatabaseBusyError", "Durability", "StorageError"]

READERS_MAX = 8


class Database:
    """A database by URL, with one writer at a time within the process and across processes."""

    def __init__(self, url: str, *, durability: Durability = "FULL", read_only: bool = False) -> None:
        """Open without touching it; `durability` NORMAL lets a commit return before it is on the disk.

        `read_only` needs no more than the right to read: a file or folder that nobody may write, or a
        PostgreSQL standby, will do.

        Raises:
            StorageError: the URL is none, or names a database this program does not speak.
        """
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise StorageError(f"storage.url {url!r} is no database address: write sqlite:///PATH") from error
        self.backend: Backend = backend_for(parsed)
        self.path: Path | None = self.backend.path(parsed)
        self.place = self.backend.place(parsed)
        self.read_only = read_only
        self._write_lock = threading.Lock()
        self.known_forms = KnownForms()
        self._engine = self.backend.engine(parsed, durability, connections=READERS_MAX, read_only=read_only)
        # The writer has a connection of its own: however many read, it never waits for one of theirs.
        self._writer = self.backend.engine(parsed, durability, connections=1)

    @property
    def engine(self) -> Engine:
        return self._engine

    @property
    def writer(self) -> Engine:
        """The engine of the one connection that writes."""
        return self._writer

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot: everything read within sees one commit. Never blocks the writer.

        Raises:
            StorageError: the database cannot be read, or it is damaged.
        """
        with self.plain_errors(), self._engine.connect() as plain:
            connection = self.backend.reading(plain)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One short write transaction; commits at the end, rolls back on any exception.

        Raises:
            StorageError: the disk is full or read-only, another process wrote for over 5 s, or the
                database was opened to be read alone.
        """
        if self.read_only:
            raise StorageError(f"{self.place}: was opened to be read, and cannot be written")
        with self._write_lock, self.plain_errors(), self._writer.connect() as plain:
            connection = self.backend.writing(plain)
            with connection.begin():
                self.backend.await_turn(connection)
                yield connection

    @contextmanager
    def unchecked(self) -> Iterator[Connection]:
        """A connection that has not begun and does not enforce foreign keys: for migrations alone."""
        with self._write_lock, self.plain_errors(), self._writer.connect() as plain, self.backend.unenforced(plain):
            yield self.backend.writing(plain)

    def instance_lock(self) -> Lock:
        """Take the lock of the one daemon of this database.

        Raises:
            DatabaseBusyError: another daemon holds it.
            StorageError: the lock cannot be taken.
        """
        with self.plain_errors():
            return self.backend.instance_lock(self._engine, self.path)

    @contextmanager
    def plain_errors(self) -> Iterator[None]:
        """Say what the operator can mend as a StorageError; defects of the program pass as they are."""
        try:
            yield
        except DatabaseError as error:
            cause = _cause(error)
            if not isinstance(cause, OperationalError) and self.backend.mend(cause) is None:
                raise
            raise StorageError(self.explain(cause)) from error
        except PoolTimeoutError as error:
            raise StorageError(f"{self.place}: too many questions at once; try again") from error

    def explain(self, error: Exception) -> str:
        """A sentence for the operator: which database, what is wrong, what mends it."""
        return f"{self.place}: {self.backend.mend(error) or str(getattr(error, 'orig', error)).strip()}"

    def close(self) -> None:
        self._engine.dispose()
        self._writer.dispose()


def _cause(error: DatabaseError) -> DatabaseError:
    """On a full disk SQLite undoes everything, and undoing it once more says only that nothing is left."""
    earlier = error.__context__
    while "no such savepoint" in str(error.orig) and earlier is not None:
        error, earlier = (earlier if isinstance(earlier, DatabaseError) else error), earlier.__context__
    return error
