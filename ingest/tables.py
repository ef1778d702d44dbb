"""A table of a page as lines of text, unless it only lays the page out."""

from __future__ import annotations

from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from ingest.blocks import NEVER_TEXT
from ingest.sheet import evened

_ROWS_MAX = 1_000
_CELLS_MAX = 60
_LAYOUT_CELL_CHARS = 1_500
_TEXT_ENDS = frozenset({"br", "p", "div", "li"})
_BEFORE_FIGURES = frozenset({"$", "€", "£", "¥", "US$", "C$", "RMB", "("})
_AFTER_FIGURES = frozenset({")", "%", ")%"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table's rows as lines, and the addresses that its cells point to."""

    lines: tuple[str, ...]
    one_column: bool
    links: tuple[str, ...]


def lays_out(table: LexborNode) -> bool:
    """Whether a table holds the page rather than figures: a cell with a long text, or with a table in it."""
    return any(
        len(cell.text()) > _LAYOUT_CELL_CHARS or cell.css_first("table") is not None
        for cell in table.css("td")[:_CELLS_MAX]
    )


def read_table(table: LexborNode) -> Table:
    links = tuple(href for link in table.css("a[href]") if (href := (link.attributes.get("href") or "").strip()))
    rows = [cells for row in table.css("tr")[:_ROWS_MAX] if (cells := _cells(row))]
    return Table(
        lines=tuple(" | ".join(cells) for cells in rows),
        one_column=all(len(cells) == 1 for cells in rows),
        links=links,
    )


def _cells(row: LexborNode) -> list[str]:
    """The cells that hold text; a currency sign joins the figure after it, a per cent or bracket the one before."""
    cells: list[str] = []
    for node in row.css("td, th")[:_CELLS_MAX]:
        text = _cell_text(node)
        if not text:
            continue
        if cells and (cells[-1] in _BEFORE_FIGURES or text in _AFTER_FIGURES):
            cells[-1] += text
        else:
            cells.append(text)
    return cells


def _cell_text(cell: LexborNode) -> str:
    """The text of a cell on one line; where a line of it ends there is a space."""
    pieces: list[str] = []
    waiting = [cell.child]
    while waiting:
        node = waiting.pop()
        if node is None:
            continue
        waiting.append(node.next)
        tag = node.tag
        if tag == "-text":
            pieces.append(node.text_content or "")
        elif tag not in NEVER_TEXT:
            if tag in _TEXT_ENDS:
                pieces.append(" ")
            waiting.append(node.child)
    return evened("".join(pieces))
