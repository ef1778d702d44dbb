"""Bringing an exported archive back into an empty one: all of it, or nothing.

One transaction holds every row: killed in its middle, the archive is as empty as before. It is long, and
that harms nobody, since there is nothing yet that a daemon would write to. Ids, counters and the archive's
own uuid are kept, so that a message told again goes out under the id that it had.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import DatabaseError, IntegrityError, StatementError

from storage import reindex
from storage.archive import Archive
from storage.carrying.lines import CarriedFile, Counts, Header, tables
from storage.database import Database
from storage.engines.contract import INDEXED, Change
from storage.errors import BadFileError, StorageError
from storage.migrations import known
from storage.tables import (
    ALERT,
    ARCHIVE,
    CHANNEL,
    CHECKPOINT,
    COUNTER,
    EVENT,
    FILL,
    PACK,
    RELEASE,
    RULE,
    SOURCE,
    TALLY,
    TERMS,
    TOMBSTONE,
)

_ROWS, _BYTES = 500, 4 * 2**20

# What an archive has without anything having happened in it, and what a configuration file writes there.
_NO_MATTER = (ARCHIVE, COUNTER, EVENT, TALLY, CHECKPOINT, FILL)
_SETTINGS = (SOURCE, RULE, CHANNEL, PACK)


def held(connection: Connection) -> Counts:
    """How many rows of each table an archive has of its own, apart from what the configuration file wrote."""
    counts: Counts = {}
    for table in tables():
        if table in _NO_MATTER:
            continue
        own = select(func.count()).select_from(table)
        n = connection.execute(own.where(table.c.origin != "config") if table in _SETTINGS else own).scalar_one()
        if n:
            counts[table.name] = n
    return counts


def load(archive: Archive, file: CarriedFile, now: datetime) -> Header:
    """Fill an empty archive with what the file holds; returns the file's header.

    Raises:
        BadFileError: the file is none, or newer, cut off, damaged, or its rows do not fit together.
        StorageError: the archive is not empty, it cannot be written, or the file is of a newer analyzer.
        DatabaseBusyError: a daemon runs on it.
    """
    header = file.check()
    if not known(header.tables):
        raise BadFileError(
            f"{file.path}: was exported by a newer wirewatch (its tables are of version {header.tables}); "
            "use that program, or a later one"
        )
    lock = archive.database.instance_lock()
    try:
        with archive.database.writing() as connection:
            _make_room(archive.database, connection)
            try:
                loaded = _Loading(archive.database, connection).all_of(file)
            except (IntegrityError, StatementError) as error:
                raise _unfit(archive.database, file, error) from error
            _refuse_other(file, header, connection, loaded)
            _go_on_from(archive.database, connection, now)
    finally:
        lock.release()
    return header


def _unfit(database: Database, file: CarriedFile, error: StatementError) -> Exception:
    """A full disk is no fault of the file's."""
    if isinstance(error, DatabaseError) and not isinstance(error, IntegrityError):
        return StorageError(database.explain(error))
    said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    return BadFileError(f"{file.path}: its rows do not fit together ({said}); nothing was stored")


def _make_room(database: Database, connection: Connection) -> None:
    if there := held(connection):
        telling = [table.name for table in (RELEASE, ALERT, TOMBSTONE, *_SETTINGS) if table.name in there]
        what = ", ".join(f"{there[name]:,} × {name}" for name in (telling or list(there))[:3])
        raise StorageError(
            f"{database.place}: is not empty (it holds {what}), and an archive is only taken over whole, into an "
            "empty one: name another storage.url, or move this one away"
        )
    for table in reversed(tables()):
        connection.execute(delete(table))


class _Loading:
    """The rows of a file on their way into the tables.

    A row may name another of its own table that comes later: such references are written at the end.
    """

    def __init__(self, database: Database, connection: Connection) -> None:
        self._full_text = database.backend.full_text
        self._connection = connection
        self._later: dict[str, array[int]] = {}
        self.counts: Counts = {}

    def all_of(self, file: CarriedFile) -> Counts:
        table: Table | None = None
        rows: list[dict[str, Any]] = []
        size = 0
        for into, row, length in file.rows():
            if rows and (into is not table or len(rows) == _ROWS or size >= _BYTES or row.keys() != rows[0].keys()):
                self._write(table, rows)
                rows, size = [], 0
            table = into
            rows.append(row)
            size += length
        self._write(table, rows)
        for name, references in self._later.items():
            self._refer(name, references)
        return self.counts

    def _write(self, table: Table | None, rows: list[dict[str, Any]]) -> None:
        if table is None or not rows:
            return
        for column in _own(table):
            self._put_off(table, column, rows)
        self._connection.execute(insert(table), rows)
        self.counts[table.name] = self.counts.get(table.name, 0) + len(rows)
        if table is TERMS:
            changes = [Change(row["id"], {name: row[name] for name in INDEXED}, None) for row in rows]
            self._full_text.write(self._connection, changes)

    def _put_off(self, table: Table, column: Column[Any], rows: Sequence[dict[str, Any]]) -> None:
        kept = self._later.setdefault(f"{table.name}.{column.name}", array("q"))
        for row in rows:
            if row.get(column.name) is not None:
                kept.extend((row["id"], row[column.name]))
                row[column.name] = None

    def _refer(self, name: str, references: array[int]) -> None:
        column = _column(name)
        table = column.table
        row = update(table).where(table.c.id == bindparam("row")).values({column: bindparam("named")})
        for at in range(0, len(references), 2 * _ROWS):
            some = references[at : at + 2 * _ROWS]
            pairs = [{"row": some[n], "named": some[n + 1]} for n in range(0, len(some), 2)]
            self._connection.execute(row, pairs)


def _own(table: Table) -> list[Column[Any]]:
    """The columns by which a row names another of the same table."""
    return [column for column in table.columns if any(key.column.table is table for key in column.foreign_keys)]


def _column(name: str) -> Column[Any]:
    table, _, column = name.partition(".")
    return next(each for each in tables() if each.name == table).columns[column]


def _refuse_other(file: CarriedFile, header: Header, connection: Connection, loaded: Counts) -> None:
    """The file was read twice: what came in must be what was checked, and hold what every archive does."""
    uuid = connection.execute(select(ARCHIVE.c.uuid)).scalars().all()
    if loaded != header.counts or uuid != [header.archive] or loaded.get(COUNTER.name) != 1:
        raise BadFileError(f"{file.path}: does not hold the rows that its first line tells of; nothing was stored")


def _go_on_from(database: Database, connection: Connection, now: datetime) -> None:
    """No id and no seq is given twice; what an older analyzer made waits to be analysed anew."""
    reindex.answer(connection, database.place)
    floor = int(now.timestamp() * 1_000_000)
    connection.execute(update(COUNTER).where(COUNTER.c.seq < floor).values(seq=floor))
    for table in tables():
        database.backend.ids_taken(connection, table)
