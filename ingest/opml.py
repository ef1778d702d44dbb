"""Lists of feeds as other readers export them (OPML 1 and 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from ingest.feed_text import feed_text, mended
from ingest.page import Page

BYTES_MAX = 8 * 2**20
FEEDS_MAX = 10_000
_TITLE_CHARS_MAX = 100


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """A feed that a list names; `title` is one printable line, maybe empty, and so is what it is filed under."""

    title: str
    url: str
    filed_under: str = ""


class OpmlError(Exception):
    """The bytes are no list of feeds; the message says why."""


def read_opml(body: bytes) -> list[ListedFeed]:
    """The feeds of a list, in its order, those in folders too. A list that is no XML is mended as far as that goes.

    Raises:
        OpmlError: it is no OPML, or holds too much.
    """
    if len(body) > BYTES_MAX:
        raise OpmlError(f"is over {BYTES_MAX // 2**20} MB, which no list of feeds is")
    root = _root(body)
    name = etree.QName(root).localname.lower()
    if name != "opml":
        raise OpmlError(f"is no OPML: it begins with <{name}>")
    feeds = list(_feeds(root))
    if len(feeds) > FEEDS_MAX:
        raise OpmlError(f"names over {FEEDS_MAX:,} feeds")
    return feeds


def _root(body: bytes) -> etree._Element:
    """No entity is resolved and nothing is fetched, whatever the file asks for."""
    try:
        return etree.fromstring(body, _parser(recover=False))
    except (etree.XMLSyntaxError, ValueError) as error:
        root = _mended(body)
        if root is None:
            raise OpmlError(f"is no XML ({str(error).splitlines()[0] if str(error) else 'empty'})") from error
        return root


def _mended(body: bytes) -> etree._Element | None:
    """What a list with a bare `&`, a name of an HTML character or no end still tells; None if it names no feed.

    One that declares entities is up to no good.
    """
    if b"<!ENTITY" in body:
        return None
    text = mended(feed_text(Page(None, body)))
    try:
        root: etree._Element | None = etree.fromstring(text.encode("utf-8", "replace"), _parser(recover=True))
    except (etree.XMLSyntaxError, ValueError):
        return None
    return root if root is not None and next(_feeds(root), None) is not None else None


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        recover=recover,
        encoding="utf-8" if recover else None,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )


def _feeds(root: etree._Element) -> Iterator[ListedFeed]:
    """Readers differ in how they spell `xmlUrl`."""
    for outline in root.iter("{*}outline"):
        said = {str(name).lower(): str(value) for name, value in outline.attrib.items()}
        url = (said.get("xmlurl") or "").strip()
        if url:
            yield ListedFeed(_title(said.get("title") or said.get("text") or ""), url, _filed_under(outline, said))


def _filed_under(outline: etree._Element, said: dict[str, str]) -> str:
    above = outline.getparent()
    folder = (above.get("text") or above.get("title") or "") if above is not None else ""
    return _title(said.get("category") or folder)


def _title(said: str) -> str:
    line = " ".join(said.split())
    return "".join(char for char in line if char.isprintable())[:_TITLE_CHARS_MAX].strip()
