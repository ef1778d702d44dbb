"""Opening a database: its address, its one writer, its version, and who holds it.

What differs between SQLite and PostgreSQL stands in `storage.engines`. Readers see snapshots and
never block; one write transaction runs at a time, within the process and across processes.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from storage.checkpoints import noted
from storage.engines import Backend, backend_for
from storage.engines.contract import Durability, Lock
from storage.errors import DatabaseBusyError, OutageError, StorageError
from storage.forms import KnownForms

__all__ = ["Database", "DatabaseBusyError", "Durability", "StorageError"]

READERS_MAX = 8
# The log of changes is written back and cut when it is longer than this, and again for each step that
# it grew while a reader kept it from being cut.
LOG_BYTES_MAX = 64 * 2**20
LOG_STEP_BYTES = 32 * 2**20
# The note of the daemon that runs: what it writes is refused once another has taken its place.
DAEMON = "daemon"


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
        self._place_taken: str | None = None
        self._log_next = LOG_BYTES_MAX
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
            OutageError: the disk is full or read-only, the server away, or another process wrote for over 5 s.
            DatabaseBusyError: this daemon was displaced by another, see `take_place`.
            StorageError: the database was opened to be read alone.
        """
        if self.read_only:
            raise StorageError(f"{self.place}: was opened to be read, and cannot be written")
        with self._write_lock, self.plain_errors(), self._writer.connect() as plain:
            connection = self.backend.writing(plain)
            with connection.begin():
                self.backend.await_turn(connection)
                self._refuse_displaced(connection)
                yield connection
            self._keep_log_short(connection)

    def take_place(self, token: str | None) -> None:
        """From now on write only while the note `DAEMON` holds this token; None: always.

        The instance lock of a server ends with its connection, unnoticed. Whoever takes it next writes
        a note of its own, and what the one before still has in hand is refused.
        """
        self._place_taken = token

    def _refuse_displaced(self, connection: Connection) -> None:
        if self._place_taken is None:
            return
        told = noted(connection, DAEMON)
        if told is None or told["token"] != self._place_taken:
            raise DatabaseBusyError(f"{self.place}: another wirewatch daemon has taken over; this one stops")

    def _keep_log_short(self, connection: Connection) -> None:
        if (held := self.log_bytes()) > self._log_next:
            self.backend.cut_log(connection)
            held = self.log_bytes()
        self._log_next = max(LOG_BYTES_MAX, held + LOG_STEP_BYTES) if held > LOG_BYTES_MAX else LOG_BYTES_MAX

    def save_to(self, target: Path) -> None:
        """Copy what the writer's open connection sees into a new file, also where the file itself is gone.

        Raises:
            StorageError: there is no room, or nothing left to copy.
        """
        try:
            with self._write_lock, self._writer.connect() as connection:
                self.backend.copy(connection, target)
        except (sqlite3.Error, DatabaseError) as error:
            target.unlink(missing_ok=True)
            raise StorageError(self.explain(error)) from error

    def log_bytes(self) -> int:
        """How long the log of changes is that stands beside the file; 0 where there is none."""
        return self.backend.log_bytes(self.path) if self.path else 0

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
            kind = StorageError if self.backend.mend(cause) is None else OutageError
            raise kind(self.explain(cause)) from error
        except PoolTimeoutError as error:
            raise OutageError(f"{self.place}: too many questions at once; try again") from error

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
