"""Releases as Parquet, by pyarrow, which comes with `pip install wirewatch[parquet]`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib import import_module
from itertools import islice
from typing import Any, BinaryIO

from storage.archive import Stored
from wirewatch.exports.chosen import COLUMNS, row
from wirewatch.faults import FailedError

_GROUP = 1_000


def write_parquet(releases: Iterable[Stored], out: BinaryIO) -> int:
    """Write a row of each, a thousand at a time; returns how many.

    Raises:
        FailedError: pyarrow is not installed.
    """
    arrow, parquet = _pyarrow()
    types = {
        int: arrow.int64(),
        str: arrow.string(),
        datetime: arrow.timestamp("us", tz="UTC"),
        tuple: arrow.list_(arrow.string()),
    }
    schema = arrow.schema([(name, types[kind]) for name, kind in COLUMNS.items()])
    n = 0
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for group in _groups(releases):
            writer.write_table(arrow.Table.from_pylist([row(stored) for stored in group], schema=schema))
            n += len(group)
    return n


def _groups(releases: Iterable[Stored]) -> Iterator[list[Stored]]:
    left = iter(releases)
    while group := list(islice(left, _GROUP)):
        yield group


def _pyarrow() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise FailedError(
            "Parquet is written by pyarrow, which is not installed: pip install 'wirewatch[parquet]' brings it"
        ) from None
