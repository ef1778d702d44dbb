"""The file an archive is carried in: JSON Lines, a header, every row of every table, an end.

```
{"wirewatch":{"format":1,"tables":"0003","archive":UUID,"exported_at":TIME,"counts":{TABLE:N,…}}}
{"table":TABLE,"row":{COLUMN:VALUE,…}}
…
{"end":{"counts":{TABLE:N,…},"sha256":HEX}}
```

Tables stand in an order in which none names a row of a later one; rows by their key. The checksum is of
the lines between header and end: two files of the same archive have the same. Times are UTC with
microseconds, bytes are base64, all else is as JSON has it. A file that gzip packed is read as it is.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from sqlalchemy import Column, LargeBinary, Table

from storage.columns import UtcTime
from storage.errors import BadFileError
from storage.tables import METADATA

FORMAT = 1
# A file without line ends must not be read into memory whole. A page of this size was never fetched.
LINE_BYTES_MAX = 512 * 2**20
_END = b'{"end":'
_GZIP = b"\x1f\x8b"
_SQLITE = b"SQLite format 3\x00"

Counts = dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Whose archive a file is. `tables` is the step of `storage.migrations` its tables are of."""

    format: int
    tables: str
    archive: str
    exported_at: datetime
    counts: Counts


class Digest:
    """The checksum and the counts of the lines of rows, as they pass."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self.counts: Counts = {}

    def line(self, table: str, line: bytes) -> None:
        self._sha256.update(line)
        self.counts[table] = self.counts.get(table, 0) + 1

    def raw(self, line: bytes) -> None:
        self._sha256.update(line)

    def hex(self) -> str:
        return self._sha256.hexdigest()


def tables() -> list[Table]:
    """All that are carried: each after those that its rows name."""
    return list(METADATA.sorted_tables)


def header_line(header: Header) -> bytes:
    told = {
        "format": header.format,
        "tables": header.tables,
        "archive": header.archive,
        "exported_at": told_time(header.exported_at),
        "counts": header.counts,
    }
    return _line({"wirewatch": told})


def row_line(table: Table, row: Mapping[str, Any]) -> bytes:
    """A row of the database as a line; `row` names the table's columns in their order."""
    return _line({"table": table.name, "row": {name: _told(value) for name, value in row.items()}})


def end_line(digest: Digest) -> bytes:
    return _line({"end": {"counts": digest.counts, "sha256": digest.hex()}})


def told_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _line(value: object) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:  # what a page said as JSON may hold half a character, which UTF-8 cannot
        return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _told(value: object) -> object:
    match value:
        case datetime():
            return told_time(value)
        case bytes() | memoryview():
            return base64.b64encode(value).decode("ascii")
        case _:
            return value


class CarriedFile:
    """A file of an archive, read twice: `check` from end to end before anything is done, then `rows`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self) -> Header:
        """Read it all.

        Raises:
            BadFileError: it is no such file, or a newer one, or cut off, or damaged.
        """
        with self._opened() as file:
            header = self._header(file)
            digest, rows = Digest(), 0
            for line in self._lines(file):
                if line.startswith(_END):
                    break
                digest.raw(line)
                rows += 1
            else:
                raise self._bad(f"ends after {rows:,} rows, before its own end: copy or export it again")
            end = self._end(line)
            if self._line_of(file, 1):
                raise self._bad("goes on after its end: it is not the file that was exported")
        if end["sha256"] != digest.hex() or end["counts"] != header.counts or sum(end["counts"].values()) != rows:
            raise self._bad("is damaged: what it holds does not fit its checksum; copy or export it again")
        return header

    def rows(self) -> Iterator[tuple[Table, dict[str, Any], int]]:
        """Each row as the database takes it, with its table and how many bytes it was.

        Raises:
            BadFileError: a row is of no table or column that this program knows.
        """
        with self._opened() as file:
            self._header(file)
            for number, line in enumerate(self._lines(file), 2):
                if line.startswith(_END):
                    return
                yield (*self._row(line, number), len(line))

    def _opened(self) -> BinaryIO:
        try:
            with self.path.open("rb") as plain:
                packed = plain.read(len(_GZIP)) == _GZIP
            return cast("BinaryIO", gzip.open(self.path, "rb")) if packed else self.path.open("rb")
        except OSError as error:
            raise self._bad(f"cannot be read: {error.strerror}") from error

    def _lines(self, file: BinaryIO) -> Iterator[bytes]:
        while line := self._line_of(file, LINE_BYTES_MAX):
            if not line.endswith(b"\n"):
                raise self._bad("ends in the middle of a line: copy or export it again")
            yield line

    def _line_of(self, file: BinaryIO, bytes_max: int) -> bytes:
        try:
            return file.readline(bytes_max)
        except EOFError:
            raise self._bad("ends in the middle: copy or export it again") from None
        except (OSError, zlib.error) as error:
            raise self._bad(f"cannot be read to its end ({error})") from error

    def _header(self, file: BinaryIO) -> Header:
        line = self._line_of(file, 2**20)
        if line.startswith(_SQLITE):
            raise self._bad("is a backup, not an export: `wirewatch restore` takes it")
        try:
            told = json.loads(line)["wirewatch"]
            number = int(told["format"])
        except (ValueError, KeyError, TypeError):
            hint = "`wirewatch ingest` takes pages and releases"
            raise self._bad(f"is not an archive exported by wirewatch: its first line is no header ({hint})") from None
        if number > FORMAT:
            raise self._bad(f"was exported by a newer wirewatch (format {number}; this one reads {FORMAT})")
        try:
            return Header(
                format=number,
                tables=str(told["tables"]),
                archive=str(told["archive"]),
                exported_at=datetime.fromisoformat(told["exported_at"]),
                counts={str(name): int(n) for name, n in told["counts"].items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._bad("is damaged in its first line; copy or export it again") from None

    def _end(self, line: bytes) -> dict[str, Any]:
        try:
            end = json.loads(line)["end"]
            return {"sha256": str(end["sha256"]), "counts": dict(end["counts"])}
        except (ValueError, KeyError, TypeError):
            raise self._bad("is damaged in its last line; copy or export it again") from None

    def _row(self, line: bytes, number: int) -> tuple[Table, dict[str, Any]]:
        try:
            told = json.loads(line)
            table, row = METADATA.tables[told["table"]], told["row"]
            return table, {name: _value(table.columns[name], value) for name, value in row.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            what = f"{type(error).__name__}: {error}"
            raise self._bad(f"line {number} is no row of an archive that this program knows ({what})") from None

    def _bad(self, what: str) -> BadFileError:
        return BadFileError(f"{self.path}: {what}")


def _value(column: Column[Any], value: Any) -> Any:  # noqa: ANN401 - whatever JSON and the database hold
    if value is None:
        return None
    if isinstance(column.type, UtcTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(value, validate=True)
    return value
