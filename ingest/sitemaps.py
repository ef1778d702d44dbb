"""Sitemaps and news sitemaps to rows, and indexes to the sitemaps they name (sitemaps.org 0.9, Google's news 0.9).

Read leniently: namespaces are often wrong or missing, ends are missing, and an address alone makes a row.
Pure CPU work, up to seconds for a hostile document; run it in a thread.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.entities import html5

from lxml import etree

from ingest.dates import parse_stamp
from ingest.inflate import Body, BodyFault, Fault
from ingest.page import Page
from ingest.rows import no_listing
from ingest.sheet import open_sheet
from ingest.snippets import clipped, one_line
from ingest.tickers import find_tickers
from news.links import canonical_url
from news.release import Precision, Reject, RejectReason
from news.source import Listed

ROWS_MAX = 50_000
"""Addresses read from one sitemap; the protocol allows no more."""
BYTES_MAX = 50 * 2**20
"""Of one sitemap unpacked; the protocol allows no more."""
CHILDREN_MAX = 5_000
_BOMB_RATIO = 200
_MARKS_MAX = 1_500_000
_TITLE_CHARS_MAX = 1_000
_WORD_CHARS_MAX = 200
_TICKERS_MAX = 50
_GZIP = b"\x1f\x8b"
_SNIFFED_BYTES = 2_048
_HTML = (b"<!doctype html", b"<html")
_ROOTS = (b"urlset", b"sitemapindex")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(\w{1,40};)")


@dataclass(frozen=True, slots=True)
class Child:
    """A sitemap that an index names, and when it last changed, where that is said."""

    url: str
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """What one document holds, in its order: rows, or of an index the sitemaps.

    A row's stamp is its publication; where that is not said it is the last change of its page, which is that or later,
    and `by_change` is true. `rejects` holds one for each row that was dropped, and one where the document was cut.
    """

    rows: tuple[Listed, ...] = ()
    children: tuple[Child, ...] = ()
    rejects: tuple[Reject, ...] = ()
    by_change: bool = False


@dataclass(slots=True)
class _Reading:
    page: Page
    zone: str
    rows: list[Listed] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    by_change: bool = False
    known_root: bool = False


def read_sitemap(page: Page, *, zone: str = "UTC") -> Sitemap | Reject:
    """The rows of a sitemap or the children of an index; `zone` is for times that name none.

    Compressed or not, whatever its name says. A web page in its place is a reject, `blocked` for a bot wall.
    """
    body = _unpacked(page.body)
    if isinstance(body, Reject):
        return body
    if not body.strip():
        return Reject(RejectReason.EMPTY)
    head = body[:_SNIFFED_BYTES].lower()
    if any(mark in head for mark in _HTML) and not any(root in head for root in _ROOTS):
        sheet = open_sheet(Page(page.url, body, page.content_type, page.fetched_at).text, page.url)
        return sheet if isinstance(sheet, Reject) else no_listing(sheet)
    reading = _Reading(page, zone)
    _read(reading, _bounded(reading, _text(page, body)))
    if not reading.known_root:
        return Reject(RejectReason.UNREADABLE, clipped(body[:_SNIFFED_BYTES].decode("utf-8", "replace")))
    return Sitemap(
        rows=tuple(reading.rows),
        children=tuple(reading.children),
        rejects=tuple(reading.rejects),
        by_change=reading.by_change,
    )


def _unpacked(body: bytes) -> bytes | Reject:
    if not body.startswith(_GZIP):
        return body
    inflating = Body("gzip", bytes_max=BYTES_MAX, bomb_ratio=_BOMB_RATIO)
    try:
        inflating.feed(body)
        return inflating.close()
    except BodyFault as fault:
        if fault.fault in (Fault.BOMB, Fault.TOO_LARGE):
            return Reject(RejectReason.TOO_LARGE, f"more than {BYTES_MAX // 2**20} MB unpacked")
        # Cut short or damaged: what came before is whole.
        return inflating.data or Reject(RejectReason.UNREADABLE, f"gzip: {fault.fault.value}")


def _text(page: Page, body: bytes) -> str:
    """As declared, save that what is UTF-8 is read as UTF-8."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Page(page.url, body, page.content_type, page.fetched_at).text


def _bounded(reading: _Reading, text: str) -> str:
    """Without what a document type declares, and as far as there may be tags."""
    text = _ENTITY.sub(_character, _DOCTYPE.sub("", text, count=1)).lstrip()
    if text.count("<") <= _MARKS_MAX:
        return text
    reading.rejects.append(Reject(RejectReason.TOO_LARGE, f"cut at {_MARKS_MAX:,} tags"))
    at = -1
    for _ in range(_MARKS_MAX):
        at = text.index("<", at + 1)
    return text[:at]


def _character(entity: re.Match[str]) -> str:
    """What HTML means by a name that XML does not know; nothing, if it knows it neither."""
    return html5.get(entity[1], "").replace("<", "").replace("&", "")


def _read(reading: _Reading, text: str) -> None:
    """Fill `reading`. Entities are not resolved and nothing is fetched, whatever the document asks for."""
    events = etree.iterparse(
        io.BytesIO(text.encode("utf-8", "replace")),
        events=("start", "end"),
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    try:
        for moment, element in events:
            name = _name(element)
            if moment == "start":
                reading.known_root = reading.known_root or name in ("urlset", "sitemapindex")
            elif name in ("url", "sitemap"):
                if not _take(reading, element, index=name == "sitemap"):
                    return
                _forget(element)
    except etree.XMLSyntaxError as error:
        reading.rejects.append(Reject(RejectReason.UNREADABLE, clipped(str(error))))


def _take(reading: _Reading, element: etree._Element, *, index: bool) -> bool:
    """Read one element; False where there is no room for more."""
    full = len(reading.children) >= CHILDREN_MAX if index else len(reading.rows) >= ROWS_MAX
    if full:
        limit = CHILDREN_MAX if index else ROWS_MAX
        reading.rejects.append(Reject(RejectReason.TOO_LARGE, f"cut at {limit:,} addresses"))
        return False
    said = dict(_said(element))
    url = canonical_url(said["loc"], reading.page.url) if said.get("loc") else None
    if url is None:
        reading.rejects.append(Reject(RejectReason.EMPTY, clipped(f"a row without an address: {said.get('loc', '')}")))
    elif index:
        reading.children.append(Child(url, _moment(said.get("lastmod", ""), reading.zone, day=True)))
    else:
        reading.rows.append(_row(reading, url, said))
    return True


def _row(reading: _Reading, url: str, said: dict[str, str]) -> Listed:
    published = said.get("news/publication_date", "")
    changed = not published and bool(said.get("lastmod"))
    reading.by_change = reading.by_change or changed
    stamp_text = (published or said.get("lastmod", ""))[:_WORD_CHARS_MAX]
    return Listed(
        url=url,
        guid=None,
        title=said.get("news/title", "")[:_TITLE_CHARS_MAX],
        stamp=_moment(stamp_text, reading.zone),
        stamp_text=stamp_text,
        language=said.get("news/publication/language", "")[:_WORD_CHARS_MAX] or None,
        tickers=_tickers(said.get("news/stock_tickers", "")),
    )


def _said(element: etree._Element) -> Iterator[tuple[str, str]]:
    """Path and text of what stands directly in a row, and in its news; other extensions have titles, too."""
    for child in element:
        name = _name(child)
        if name != "news":
            yield name, one_line(child.text or "")
            continue
        for part in child:
            yield f"news/{_name(part)}", one_line(part.text or "")
            yield from ((f"news/publication/{_name(deep)}", one_line(deep.text or "")) for deep in part)


def _name(element: etree._Element) -> str:
    """The name without its namespace or, where none was declared, without its prefix."""
    tag = element.tag
    return re.split(r"[}:]", tag)[-1].lower() if isinstance(tag, str) else ""


def _forget(element: etree._Element) -> None:
    """Give back the memory of what was read."""
    element.clear()
    above = element.getparent()
    while above is not None and element.getprevious() is not None:
        del above[0]


def _moment(text: str, zone: str, *, day: bool = False) -> datetime | None:
    """The moment that a text states; with `day`, the end of a day is one, too."""
    stamp = parse_stamp(text, default_zone=zone)
    if stamp is None:
        return None
    if stamp.precision is not Precision.DAY:
        return stamp.at
    return datetime.combine(stamp.at.date(), datetime.max.time(), UTC) if day else None


def _tickers(text: str) -> tuple[str, ...]:
    """`NASDAQ:ACME`, from a list split by commas. An exchange without a name of ours keeps the one given."""
    terms = [one_line(term) for term in text.split(",")[:_TICKERS_MAX] if ":" in term]
    found = (find_tickers(term) or (re.sub(r"\s*:\s*", ":", term).upper()[:_WORD_CHARS_MAX],) for term in terms)
    return tuple(dict.fromkeys(ticker for tickers in found for ticker in tickers))
