"""Releases as CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO

from storage.archive import Stored
from wirewatch.exports.chosen import COLUMNS, Cell, row

_BOM = b"\xef\xbb\xbf"
# What a spreadsheet takes for the beginning of a formula, also in its full-width form.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """Text that is text in a cell: where it would be a formula, an apostrophe goes before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_csv(releases: Iterable[Stored], out: BinaryIO, *, bom: bool) -> int:
    """Write a row of each with a heading, as UTF-8; returns how many.

    Some spreadsheets only take a file for UTF-8 that begins with a mark (`bom`).
    """
    if bom:
        out.write(_BOM)
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    n = 0
    for n, stored in enumerate(releases, 1):  # noqa: B007 - the last number is the count
        writer.writerow([_cell(cell) for cell in row(stored).values()])
    text.detach()
    return n


def _cell(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case int():
            return str(cell)
        case datetime():
            return cell.strftime("%Y-%m-%dT%H:%M:%SZ")
        case tuple():
            return harmless(" ".join(cell))
        case _:
            return harmless(cell)
