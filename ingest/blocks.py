"""Markup, as it is walked through, becomes blocks of readable text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ingest.clipping import Block, Shape
from ingest.sheet import evened

BLOCKS_MAX = 5_000

_NEVER_TEXT_TAGS = """script style noscript template svg iframe object embed audio video canvas form button input
select textarea"""
_PARAGRAPH_TAGS = """p div section article header footer aside main blockquote pre address figure figcaption dl dt dd hr
table tbody thead tfoot tr td th caption center fieldset"""
NEVER_TEXT = frozenset(_NEVER_TEXT_TAGS.split())
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BOLD = _HEADINGS | {"b", "strong", "th"}
_PARAGRAPHS = _HEADINGS | frozenset(_PARAGRAPH_TAGS.split())
_LISTS = frozenset({"ul", "ol", "menu"})
_HEARD = _BOLD | _PARAGRAPHS | _LISTS | {"br", "li"}
_BREAK = "\n"


@dataclass(slots=True)
class BlockReader:
    """Collects runs of text and closes them into blocks where the markup ends a block.

    What walks through the markup tells of each element that opens and closes, of text and of links, in order.
    """

    blocks: list[Block] = field(default_factory=list)
    _runs: list[tuple[str, bool]] = field(default_factory=list)
    _links: list[str] = field(default_factory=list)
    _bold: int = 0
    _heading: int = 0
    _set_in_lines: int = 0
    _counters: list[int | None] = field(default_factory=list)
    _items: list[str] = field(default_factory=list)
    _item_links: list[str] = field(default_factory=list)
    _bullet: str = ""

    def open(self, tag: str) -> None:
        if tag not in _HEARD:
            return
        if tag in _PARAGRAPHS:
            self.flush()
            self._heading += tag in _HEADINGS
            self._set_in_lines += tag == "pre"
        elif tag == "br":
            self._line_break()
        elif tag == "li":
            self.flush()
            self._bullet = self._next_bullet()
        elif tag in _LISTS:
            self.flush()
            self._counters.append(0 if tag == "ol" else None)
        self._bold += tag in _BOLD

    def close(self, tag: str) -> None:
        if tag not in _HEARD:
            return
        if tag in _PARAGRAPHS:
            self.flush()
            self._heading -= tag in _HEADINGS
            self._set_in_lines -= tag == "pre"
        elif tag == "li":
            self.flush()
        elif tag in _LISTS:
            self._end_list()
        self._bold -= tag in _BOLD

    def link(self, address: str) -> None:
        """A link that the paragraph being read has; empty where it leads nowhere."""
        if address:
            self._links.append(address)

    def text(self, text: str) -> None:
        if self._set_in_lines:
            self._lines_of(text)
        elif self._runs or not text.isspace():
            self._runs.append((text.replace("\n", " ") if "\n" in text else text, self._bold > 0))

    def table(self, lines: Sequence[str], links: tuple[str, ...], *, one_column: bool) -> None:
        """A table as a block of its own; one that has just one column is so many paragraphs."""
        self.flush()
        if one_column:
            self.blocks.extend(Block(text=line, links=links) for line in lines)
        elif lines:
            self.blocks.append(Block(text="\n".join(lines), shape=Shape.TABLE, links=links))

    def flush(self) -> None:
        """Close the paragraph or the line of a list that was being read."""
        runs, links = self._runs, self._links
        if links:
            self._links = []
        if not runs:
            return
        self._runs = []
        text = _lines([run for run, _ in runs])
        if not text:
            return
        if self._counters:
            self._items.append(self._bullet + text.replace("\n", " "))
            self._item_links.extend(links)
            self._bullet = ""
            return
        first, bold = runs[0]
        run_in = _lines(_leading_bold(runs)) if bold or first.isspace() else ""
        heading = self._heading > 0 or run_in == text
        shape = Shape.HEADING if heading else Shape.PARAGRAPH
        self.blocks.append(Block(text=text, shape=shape, run_in=run_in, links=tuple(links)))

    def _lines_of(self, text: str) -> None:
        """Text that was set in lines: a blank line ends a paragraph."""
        for at, line in enumerate(text.split("\n")):
            if at:
                self._line_break()
            if line.strip():
                self._runs.append((line, self._bold > 0))

    def _line_break(self) -> None:
        """One break ends a line, two in a row a paragraph."""
        solid = next((run for run, _ in reversed(self._runs) if run == _BREAK or run.strip()), None)
        if solid == _BREAK:
            self.flush()
        elif solid is not None:
            self._runs.append((_BREAK, self._bold > 0))

    def _next_bullet(self) -> str:
        if not self._counters or self._counters[-1] is None:
            return "- "
        self._counters[-1] += 1
        return f"{self._counters[-1]}. "

    def _end_list(self) -> None:
        self.flush()
        if self._counters:
            self._counters.pop()
        if self._counters or not self._items:
            return
        self.blocks.append(Block(text="\n".join(self._items), shape=Shape.LIST, links=tuple(self._item_links)))
        self._items, self._item_links = [], []


def _leading_bold(runs: Sequence[tuple[str, bool]]) -> list[str]:
    leading: list[str] = []
    for run, bold in runs:
        if not bold and run.strip():
            break
        leading.append(run)
    return leading


def _lines(runs: Iterable[str]) -> str:
    """Runs as text: spaces evened out, empty lines gone."""
    joined = "".join(runs)
    if _BREAK not in joined:
        return evened(joined)
    return "\n".join(line for part in joined.split(_BREAK) if (line := evened(part)))
