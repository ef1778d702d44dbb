"""Lists of feeds as other readers export them (OPML 1 and 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

BYTES_MAX = 8 * 2**20
FEEDS_MAX = 10_000
_TITLE_CHARS_MAX = 100


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """A feed that a list names; `title` is one printable line, maybe empty."""

    title: str
    url: str


class OpmlError(Exception):
    """The bytes are no list of feeds; the message says why."""


def read_opml(body: bytes) -> list[ListedFeed]:
    """The feeds of a list, in its order, those in folders too.

    Raises:
        OpmlError: it is no OPML, or holds too much.
    """
    if len(body) > BYTES_MAX:
        raise OpmlError(f"is over {BYTES_MAX // 2**20} MB, which no list of feeds is")
    # No entity is resolved and nothing is fetched, whatever the file asks for.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise OpmlError(f"is no XML ({str(error).splitlines()[0] if str(error) else 'empty'})") from error
    if root.tag != "opml":
        raise OpmlError(f"is no OPML: it begins with <{root.tag}>")
    feeds = list(_feeds(root))
    if len(feeds) > FEEDS_MAX:
        raise OpmlError(f"names over {FEEDS_MAX:,} feeds")
    return feeds


def _feeds(root: etree._Element) -> Iterator[ListedFeed]:
    for outline in root.iter("outline"):
        url = (outline.get("xmlUrl") or "").strip()
        if url:
            yield ListedFeed(_title(outline), url)


def _title(outline: etree._Element) -> str:
    said = " ".join((outline.get("title") or outline.get("text") or "").split())
    return "".join(char for char in said if char.isprintable())[:_TITLE_CHARS_MAX].strip()
