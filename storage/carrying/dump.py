"""Writing an archive down as `storage.carrying.lines` tells, from one snapshot, beside a running daemon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import Connection, LargeBinary, String, Table, func, select

from storage.archive import Archive
from storage.carrying.lines import FORMAT, Counts, Digest, Header, end_line, header_line, row_line, tables
from storage.columns import Utf8
from storage.engines.contract import Backend
from storage.migrations import newest
from storage.tables import ALERT, ARCHIVE, COUNTER, EVENT

# Rows that are in memory at once; of pages fewer.
_ROWS, _PAGES = 500, 20


def dump(archive: Archive, out: BinaryIO, now: datetime) -> Counts:
    """Write the whole archive to `out`; returns how many rows of each table.

    All of it is from one moment. Nobody waits meanwhile; SQLite's log grows by what is written until the end.

    Raises:
        StorageError: the archive cannot be read.
    """
    backend = archive.database.backend
    with archive.database.reading() as connection:
        counts = {
            table.name: n
            for table in tables()
            if (n := connection.execute(select(func.count()).select_from(table)).scalar_one())
        }
        uuid = connection.execute(select(ARCHIVE.c.uuid)).scalar_one()
        out.write(
            header_line(Header(format=FORMAT, tables=newest(), archive=uuid, exported_at=now, counts=counts)),
        )
        digest = Digest()
        for table in tables():
            for row in _rows(backend, connection, table):
                line = row_line(table, row)
                digest.line(table.name, line)
                out.write(line)
        out.write(end_line(digest))
    return digest.counts


def _rows(backend: Backend, connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    key = [
        backend.by_bytes(column) if isinstance(column.type, Utf8 | String) else column for column in table.primary_key
    ]
    at_once = _PAGES if any(isinstance(column.type, LargeBinary) for column in table.columns) else _ROWS
    found = connection.execution_options(yield_per=at_once).execute(select(table).order_by(*key))
    for row in found.mappings():
        yield {**row, "seq": _last_seq(connection)} if table is COUNTER else dict(row)


def _last_seq(connection: Connection) -> int:
    """The highest that was given: the counter itself goes up with every start, without anything having happened."""
    highest = [connection.execute(select(func.max(column))).scalar() or 0 for column in (EVENT.c.seq, ALERT.c.seq)]
    return int(max(highest))
