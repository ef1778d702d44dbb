"""SQLite: one file in WAL mode, FTS5 for full text, the kernel's file lock for the one daemon.

Every write transaction is BEGIN IMMEDIATE: a deferred one that writes later fails with "database is
locked" in spite of any time-out (FINDINGS of the design, 110,482 failures in 6 s), since SQLite
cannot upgrade a stale snapshot.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Table,
    and_,
    create_engine,
    event,
    literal_column,
    text,
    true,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.sql.expression import bindparam

from news.query.bound import Begins, Phrases
from news.release import Zone
from storage.columns import storable
from storage.engines import prefixes
from storage.engines.contract import INDEXED, Change, Durability, Standing, TermsBeginning
from storage.errors import DatabaseBusyError, OutageError, StorageError

BUSY_TIMEOUT_MS = 5_000
CUT_TIMEOUT_MS = 500
ASK_EVERY_MS = 10
WAL_BYTES_MAX = 64 * 2**20
OVERFLOW = 2
FAULTS_MAX = 5
# Of a new file: rows of some 4 kB waste a third of pages that are as small.
PAGE_BYTES = 16_384
# So many terms of a prefix are asked for by name.
NAMED_MAX = 1_000
# Of two words with a term in each of several languages, so many pairs are asked for side by side.
PAIRS_MAX = 64
# By these a database is known as ours; another program may use Alembic, too.
_VERSION_TABLE, _OUR_TABLE = "alembic_version", "archive_info"

# What SQLite says, and what the operator is to do about it.
_MENDS = {
    "database or disk is full": "the disk is full: make room; nothing already stored is lost",
    "attempt to write a readonly database": "it is read-only: give the user who runs wirewatch write permission",
    "unable to open database file": "it cannot be opened: does the folder exist, and may this user write there?",
    "database is locked": "another process has been writing for too long: is a second wirewatch at work?",
    "disk i/o error": "the disk refuses: is a quota or a limit of file sizes reached? If not, check the disk",
    "file is not a database": "the file is not a SQLite database",
    "malformed": "the file is damaged: restore a backup, or salvage it with `sqlite3 FILE .recover`",
}


class Sqlite:
    name = "sqlite"

    def __init__(self) -> None:
        self.full_text = Fts5()

    def path(self, url: URL) -> Path | None:
        if not url.database or url.database.startswith((":memory:", "file:")):
            raise StorageError(f"storage.url {url.render_as_string()!r} names no file: write sqlite:///PATH")
        return Path(url.database)

    def place(self, url: URL) -> str:
        return str(url.database)

    def engine(self, url: URL, durability: Durability, *, connections: int, read_only: bool = False) -> Engine:
        more: dict[str, Any] = {"creator": partial(_opened_to_read, Path(url.database or ""))} if read_only else {}
        engine = create_engine(
            url,
            pool_size=connections,
            max_overflow=OVERFLOW,
            connect_args={"timeout": BUSY_TIMEOUT_MS / 1000},
            **more,
        )
        pragmas = _READING if read_only else _writing(durability)

        @event.listens_for(engine, "connect")
        def _prepare(connection: DBAPIConnection, _record: object) -> None:
            # The driver must not open or commit transactions by itself: DDL would be committed
            # half-way through a migration, and BEGIN would be deferred.
            connection.isolation_level = None
            cursor = connection.cursor()
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            if connection.get_execution_options().get("begin") == "IMMEDIATE":
                _begin_to_write(connection)
            else:
                connection.exec_driver_sql("BEGIN DEFERRED")

        return engine

    def reading(self, connection: Connection) -> Connection:
        return connection

    def writing(self, connection: Connection) -> Connection:
        return connection.execution_options(begin="IMMEDIATE")

    def await_turn(self, connection: Connection) -> None:
        """BEGIN IMMEDIATE waited already."""

    def limit(self, connection: Connection, seconds: float) -> None:
        """Nothing: what is asked of it is short by its range."""

    def timed_out(self, error: BaseException | None) -> bool:  # noqa: ARG002 - none does
        return False

    def log_bytes(self, path: Path) -> int:
        try:
            return path.with_name(f"{path.name}-wal").stat().st_size
        except OSError:
            return 0

    def cut_log(self, connection: Connection) -> None:
        """Commits write it back, too, but as far as no reader stands in the way: with eight it never was."""
        driver = _driver(connection)
        driver.execute(f"PRAGMA busy_timeout = {CUT_TIMEOUT_MS}")
        try:
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:
            return  # what was to be written is; the next commit tries again
        finally:
            driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")

    def copy(self, connection: Connection, target: Path) -> None:
        _driver(connection).execute("SELECT uuid FROM archive_info").fetchone()  # what is no archive is not copied
        _driver(connection).execute("VACUUM INTO ?", (str(target),))

    @contextmanager
    def unenforced(self, connection: Connection) -> Iterator[None]:
        driver = _driver(connection)
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            yield
        finally:
            driver.execute("PRAGMA foreign_keys = ON")

    def orphans(self, connection: Connection) -> int:
        return len(connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall())

    def by_bytes(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return column

    def ids_taken(self, connection: Connection, table: Table) -> None:
        """The next is always above the highest."""

    def standing(self, engine: Engine, path: Path | None) -> Standing:  # noqa: ARG002 - by a connection of its own: the engine's would turn a foreign file to WAL
        try:
            if path is None or not path.exists() or path.stat().st_size == 0:
                return Standing(None, foreign=False)
            with closing(_opened_to_look(path)) as plain:
                tables = {name for (name,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
                if not tables:
                    return Standing(None, foreign=False)
                if not {_VERSION_TABLE, _OUR_TABLE} <= tables:
                    return Standing(None, foreign=True)
                row = plain.execute(f"SELECT version_num FROM {_VERSION_TABLE}").fetchone()  # noqa: S608 - our own name
        except (sqlite3.Error, OSError) as error:
            told = self.mend(error) or str(error)
            raise StorageError(f"{path}: {told}") from error
        return Standing(row[0], foreign=False) if row else Standing(None, foreign=True)

    def faults(self, connection: Connection) -> Iterator[str]:
        for (said,) in connection.exec_driver_sql(f"PRAGMA quick_check({FAULTS_MAX})"):
            if said != "ok":
                yield str(said)

    def tidy(self, engine: Engine) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA optimize")

    def instance_lock(self, engine: Engine, path: Path | None) -> InstanceLock:  # noqa: ARG002 - the lock lies beside the file
        assert path is not None  # noqa: S101 - an address without a file was refused
        return InstanceLock(path)

    def mend(self, error: Exception) -> str | None:
        said = str(getattr(error, "orig", error)).lower()
        return next((mend for words, mend in _MENDS.items() if words in said), None)


_READING = ("query_only = ON", "temp_store = MEMORY")


def _writing(durability: Durability) -> tuple[str, ...]:
    return (
        f"page_size = {PAGE_BYTES}",
        "journal_mode = WAL",
        f"synchronous = {durability}",
        "foreign_keys = ON",
        f"journal_size_limit = {WAL_BYTES_MAX}",
        "temp_store = MEMORY",
        # What is deleted is overwritten: an erased release must not lie in free pages. Costs 2 % of storing.
        "secure_delete = ON",
    )


def _begin_to_write(connection: Connection) -> None:
    """Wait for the write lock by asking often.

    SQLite asks ever more seldom, ten times a second in the end: of two processes that store without a
    pause one then finds the lock taken for seconds each time it looks.
    """
    driver = _driver(connection)
    driver.execute(f"PRAGMA busy_timeout = {ASK_EVERY_MS}")
    try:
        for _ in range(BUSY_TIMEOUT_MS // ASK_EVERY_MS - 1):
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # its kinds are told in the higher bits
                    break
            else:
                return
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # what it raises now is told
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - a checked-out connection has its driver's
    return driver


def _opened_to_read(path: Path) -> sqlite3.Connection:
    """A connection to read by, whatever this user may do with the file.

    Who may write it reads beside the writer as ever, and leaves nothing behind. To others the files
    beside it must be there already: they are while somebody writes. Where they are not, nobody does,
    and the file is read as one that does not change.
    """
    at_work = path.with_name(f"{path.name}-wal").exists()
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        with suppress(sqlite3.OperationalError):
            return _asked(path, "mode=rw")
        if at_work:
            return _asked(path, "mode=ro")
    return _asked(path, "mode=ro" if at_work else "immutable=1")


def _asked(path: Path, how: str) -> sqlite3.Connection:
    """A connection that has answered once."""
    opened = sqlite3.connect(
        f"file:{quote(str(path))}?{how}", uri=True, timeout=BUSY_TIMEOUT_MS / 1000, check_same_thread=False
    )
    try:
        opened.execute("SELECT 1 FROM sqlite_master").fetchone()
    except BaseException:
        opened.close()
        raise
    return opened


def _opened_to_look(path: Path) -> sqlite3.Connection:
    """To be read alone if that will do: what was killed at its first write must first be undone."""
    try:
        return _opened_to_read(path)
    except sqlite3.OperationalError:
        return sqlite3.connect(path)


class Fts5:
    """An index over the stored terms with external content, written once per commit.

    FTS5 writes out what it holds in memory at every savepoint: told row by row between savepoints,
    the index is a segment per release and costs three times as much.
    """

    key: ColumnElement[int] = literal_column("release_fts.rowid")
    walks_ranges = True

    def write(self, connection: Connection, changes: Sequence[Change]) -> None:
        come: list[dict[str, Any]] = []
        for change in changes:
            if change.old is not None:
                _insert(connection, come)
                connection.execute(_DELETE, {"id": change.release_id, **change.old})
            if change.new is not None:
                come.append({"id": change.release_id, **change.new})
        _insert(connection, come)

    def drifted(self, connection: Connection) -> bool:
        try:
            connection.exec_driver_sql("INSERT INTO release_fts (release_fts, rank) VALUES ('integrity-check', 1)")
        except DatabaseError:
            return True
        return False

    def mended(self, connection: Connection) -> bool:
        if not self.drifted(connection):
            return False
        connection.exec_driver_sql("INSERT INTO release_fts (release_fts) VALUES ('rebuild')")
        return True

    def phrases(self, bound: Phrases) -> str:
        star = " *" if bound.open_end else ""
        told = " OR ".join(self.field(terms) + star for terms in bound.alternatives)
        return self._in_columns(told, bound.zones)

    def _in_columns(self, told: str, zones: frozenset[Zone] | None) -> str:
        if zones is None:
            # Names of fields begin otherwise than any term, so the column that holds them need not be left out.
            return told
        columns = " ".join(sorted(zone.value for zone in zones))
        return f"{{{columns}}} : ({told})"

    def near(self, one: Phrases, other: Phrases, positions: int) -> str:
        """FTS5 counts the words between; one more is let through, for a run of Chinese may end within its last term."""
        if one.open_end or other.open_end or len(one.alternatives) * len(other.alternatives) > PAIRS_MAX:
            return self.joined("AND", [self.phrases(one), self.phrases(other)])
        told = " OR ".join(
            f"NEAR({self.field(first)} {self.field(second)}, {positions})"
            for first in one.alternatives
            for second in other.alternatives
        )
        return self._in_columns(told, one.zones)

    def beginning(self, bound: Begins, terms: TermsBeginning) -> str | None:
        """Every term by name where they are not too many: those are walked backwards and stop at the limit.

        Without an index of prefixes FTS5 puts all releases of a prefix together before it gives the first.
        """
        named = terms(bound.letters, NAMED_MAX)
        return prefixes.by_name(self, bound, named) if named else prefixes.open_ended(self, bound, terms)

    def field(self, phrase: Sequence[str]) -> str:
        """Quoted, so that none is read as one of FTS5's operators. Terms hold no quotes."""
        return " + ".join(f'"{storable(term)}"' for term in phrase)

    def joined(self, word: Literal["AND", "OR"], expressions: Sequence[str]) -> str:
        return expressions[0] if len(expressions) == 1 else f" {word} ".join(f"({each})" for each in expressions)

    def matches(self, expression: str) -> ColumnElement[bool]:
        asked: Any = text("release_fts MATCH :expression").bindparams(bindparam("expression", expression, unique=True))
        return and_(true(), asked)

    def joins(self, release_id: ColumnElement[int]) -> ColumnElement[bool]:
        """The plus keeps the planner from turning the join round, whatever statistics it has."""
        on: ColumnElement[bool] = literal_column("+release_fts.rowid") == release_id
        return on

    def gathers(self, connection: Connection, expression: str, wanted: int) -> bool:  # noqa: ARG002 - the index walks its lists backwards and stops
        return False


_COLUMNS = ", ".join(INDEXED)
_VALUES = ", ".join(f":{column}" for column in INDEXED)
_INSERT = text(f"INSERT INTO release_fts (rowid, {_COLUMNS}) VALUES (:id, {_VALUES})")  # noqa: S608 - our columns
# With external content the old terms must be told again, exactly, for the index to forget them.
_DELETE = text(
    f"INSERT INTO release_fts (release_fts, rowid, {_COLUMNS}) VALUES ('delete', :id, {_VALUES})"  # noqa: S608 - our columns
)


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_INSERT, rows)
        rows.clear()


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
            raise OutageError(f"{self._path}: cannot be written ({error.strerror})") from error
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
        with suppress(OSError):  # on a full disk the lock holds, and only nobody's number stands in it
            os.ftruncate(self._fd, 0)
            os.write(self._fd, f"{os.getpid()}\n".encode("ascii"))

    def held(self) -> bool:
        """A file of the same name that another process made would keep nobody out."""
        try:
            return os.path.samestat(os.fstat(self._fd), self._path.stat())
        except FileNotFoundError:
            return False
        except OSError:  # a folder that may not be looked into for the moment: nobody else can either
            return True

    def release(self) -> None:
        os.close(self._fd)


BACKEND = Sqlite()
