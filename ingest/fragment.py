"""From a piece of a page to blocks of readable text.

Pages are parsed once, by selectolax, and the piece that holds the text is walked through where it stands. The pieces of
HTML that feeds carry are small and often broken: BeautifulSoup reads those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag
from selectolax.lexbor import LexborNode

from ingest.blocks import BLOCKS_MAX, NEVER_TEXT, BlockReader
from ingest.clipping import Block
from ingest.sheet import evened
from ingest.tables import lays_out, read_table

_HTML_CHARS_MAX = 1_000_000
_HTML_TAGS_MAX = 20_000
_TABLES_MAX = 400
_DROPPED_MAX = 2_000

_HIDDEN = '[style*="display:none"], [style*="display: none"], [hidden], [aria-hidden="true"]'
_ONE_PIXEL = re.compile(r"(?:width|height)\s*:\s*[01]px")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """The readable text of a piece of a page. `images` are addresses as written, in order."""

    blocks: tuple[Block, ...]
    images: tuple[str, ...] = ()


def read_nodes(nodes: Iterable[LexborNode], *, drop: str = "", excluded: tuple[str, str] | None = None) -> Fragment:
    """Read the nodes one after the other, without what `drop` selects or stands between the comments `excluded`.

    The nodes are changed: what is dropped is gone from the tree.
    """
    reader = BlockReader()
    images: list[str] = []
    walk = _Walk(reader, excluded)
    for node in nodes:
        _drop(node, f"{drop}, {_HIDDEN}" if drop else _HIDDEN)
        images.extend(_images(node))
        walk.through(node)
    reader.flush()
    return Fragment(blocks=tuple(reader.blocks[:BLOCKS_MAX]), images=tuple(dict.fromkeys(images)))


def read_html(source: str) -> tuple[Block, ...]:
    """The blocks of a piece of HTML, in reading order."""
    reader = BlockReader()
    soup = BeautifulSoup(_bounded(source), "lxml")
    waiting: list[PageElement | _End] = [soup]
    while waiting and len(reader.blocks) < BLOCKS_MAX:
        item = waiting.pop()
        if isinstance(item, _End):
            reader.close(item.name)
        elif isinstance(item, Tag):
            if item.name in NEVER_TEXT:
                continue
            reader.open(item.name)
            if item.name == "a":
                reader.link(_target(str(item.get("href") or ""), str(item.get("data-omniture") or "")))
            waiting.append(_End(item.name))
            waiting.extend(reversed(item.contents))
        elif type(item) is NavigableString:
            reader.text(item)
    reader.flush()
    return tuple(reader.blocks)


def plain(markup: str) -> str:
    """The text of a short piece of HTML such as a feed's summary, its blocks split by blank lines."""
    if "<" not in markup and "&" not in markup:
        return evened(markup)
    return "\n\n".join(block.text for block in read_html(markup))


def _bounded(source: str) -> str:
    """As much of the markup as a release may have: characters and tags."""
    source = source[:_HTML_CHARS_MAX]
    if source.count("<") <= _HTML_TAGS_MAX:
        return source
    return "<".join(source.split("<", _HTML_TAGS_MAX)[:_HTML_TAGS_MAX])


@dataclass(frozen=True, slots=True)
class _End:
    name: str


@dataclass(slots=True)
class _Walk:
    """Goes through elements in order and tells the reader; bounded over all of them together."""

    reader: BlockReader
    excluded: tuple[str, str] | None
    _left: int = _HTML_TAGS_MAX
    _chars_left: int = _HTML_CHARS_MAX
    _tables_left: int = _TABLES_MAX
    _silent: bool = False

    def through(self, top: LexborNode) -> None:
        reader = self.reader
        reader.open(top.tag or "")
        node: LexborNode | None = top.child
        # Of each element that is open, its tag and what follows it.
        above: list[tuple[str, LexborNode | None]] = []
        while True:
            if node is None:
                if not above:
                    break
                tag, node = above.pop()
                reader.close(tag)
                continue
            tag = node.tag or ""
            if tag == "-text":
                if not self._silent:
                    text = node.text_content or ""
                    self._chars_left -= len(text)
                    reader.text(text)
            elif tag == "br":
                reader.open(tag)
            elif self._is_enough():
                break
            elif self._enters(node, tag):
                above.append((tag, node.next))
                node = node.child
                continue
            node = node.next
        for tag, _ in reversed(above):
            reader.close(tag)
        reader.close(top.tag or "")
        reader.flush()

    def _is_enough(self) -> bool:
        self._left -= 1
        return self._left < 0 or self._chars_left < 0 or len(self.reader.blocks) >= BLOCKS_MAX

    def _enters(self, node: LexborNode, tag: str) -> bool:
        """Tell the reader of an element; False if there is nothing to be read in it."""
        if tag in NEVER_TEXT:
            return False
        if tag == "-comment":
            self._mind(node.comment_content or "")
            return False
        if tag == "table" and self._tables_left > 0 and not self._silent:
            self._tables_left -= 1
            if not lays_out(node):
                table = read_table(node)
                self.reader.table(table.lines, table.links, one_column=table.one_column)
                return False
        self.reader.open(tag)
        if tag == "a":
            attributes = node.attributes
            self.reader.link(_target(attributes.get("href"), attributes.get("data-omniture")))
        return True

    def _mind(self, comment: str) -> None:
        if self.excluded is not None:
            begins, ends = self.excluded
            self._silent = comment == begins or (self._silent and comment != ends)


def _target(href: str | None, beside: str | None) -> str:
    """Where a link leads. Pages of 2015-16 keep the address beside a link that runs a script."""
    href = (href or "").strip()
    return (beside or "").strip() if href[:11].lower() == "javascript:" else href


def _drop(node: LexborNode, selector: str) -> None:
    """Remove what `selector` finds below `node`. A match that lies in another goes with it."""
    found = {each.mem_id: each for each in node.css(selector)[:_DROPPED_MAX]}
    found.pop(node.mem_id, None)
    inner: set[int] = set()
    for at, each in found.items():
        above = each.parent
        while above is not None and above.mem_id != node.mem_id:
            if above.mem_id in found:
                inner.add(at)
                break
            above = above.parent
    for at, each in found.items():
        if at not in inner:
            each.decompose()


def _images(node: LexborNode) -> list[str]:
    """Addresses of pictures; those of one pixel are beacons."""
    found: list[str] = []
    for image in node.css("img"):
        attributes = image.attributes
        if attributes.get("width") in {"0", "1"} or attributes.get("height") in {"0", "1"}:
            continue
        if _ONE_PIXEL.search(attributes.get("style") or ""):
            continue
        address = attributes.get("data-src") or attributes.get("src") or ""
        if address and not address.startswith("data:"):
            found.append(address.strip())
    return found
