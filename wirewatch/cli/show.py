"""How commands show things: tables for people, JSON for programs."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from news.release import Release

# A cell that a spreadsheet would run as a formula is made text by a leading apostrophe.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FOLDED = {"headline", "query", "reason", "outcome", "settings", "matched", "rule", "issuer", "recipient", "source"}
_UNBOUNDED = 10_000


def console(*, err: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=err, highlight=False, soft_wrap=False)


def json_lines(rows: Iterable[Any]) -> None:
    for row in rows:
        typer.echo(json.dumps(row, ensure_ascii=False, default=str))


def json_whole(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def csv_rows(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    typer.echo(out.getvalue(), nl=False)


def _harmless(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """A table as wide as the terminal; where the output is no terminal, as wide as it needs.

    Where it must be narrower than it wants, the words of `_FOLDED` columns wrap and the others stay whole.
    """
    from rich.table import Table
    from rich.text import Text

    from alerts.plain import visible

    lines = [[visible("" if cell is None else str(cell)) for cell in row] for row in rows]
    if not lines:
        typer.echo(empty, err=True)
        return
    shown = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0), collapse_padding=True)
    for column in columns:
        folds = column in _FOLDED
        shown.add_column(column, overflow="fold" if folds else "ellipsis", no_wrap=not folds)
    for line in lines:
        shown.add_row(*(Text(cell) for cell in line))
    out = console()
    if not sys.stdout.isatty():
        out.width = _UNBOUNDED
    with out.capture() as captured:
        out.print(shown)
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def plain(text: str) -> str:
    """Text of others as a terminal may be given it."""
    from alerts.plain import visible

    return visible(text)


def local(at: datetime | None) -> str:
    """A time in the machine's own zone, to the minute."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M") if at else "–"


def stamp(release: Release) -> str:
    """When a release was published, no more exactly than is known."""
    from news.release import Precision

    if release.published_at is None:
        return "–"
    if release.time_precision is Precision.DAY:
        return release.published_at.strftime("%Y-%m-%d")
    return local(release.published_at)
