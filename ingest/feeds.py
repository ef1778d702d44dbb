"""Feeds: RSS 0.9 to 2.0, RDF, Atom and JSON Feed to rows. Pure CPU work; run it in a thread.

feedparser does the reading, for nothing else bears as much that is broken. It is given bytes in a
stream (a bare string it might take for an address or a file name), never asked for times (it reads
zone names that it does not know as UTC) and never more than it can chew.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from xml.sax import SAXException

import feedparser

from ingest import timetable
from ingest.dates import parse_stamp
from ingest.page import Page
from ingest.rows import ROWS_MAX, Listing, guids_collide
from ingest.snippets import clipped, one_line, plain_text
from ingest.tickers import find_tickers
from news.links import URL_CHARS_MAX, canonical_url
from news.release import Precision, Reject, RejectReason
from news.source import Listed

_MARKS_MAX = 200_000
_TITLE_CHARS_MAX = 1_000
_SUMMARY_CHARS_MAX = 20_000
_FIELD_CHARS_MAX = 100_000
_GUID_CHARS_MAX = 2_000
_WORD_CHARS_MAX = 200

_ITEM_START = re.compile(r"<(?:\w{1,20}:)?(?:item|entry)[\s>/]")
_MARK = re.compile(r"[<&]")
_ROOT = re.compile(r"<(rss|feed|rdf:RDF)\b", re.IGNORECASE)
_CLOSING = {"rss": "</channel></rss>", "feed": "</feed>", "rdf:rdf": "</rdf:RDF>"}
_MAIL_AUTHOR = re.compile(r"\S+@\S+\s*\((?P<name>[^()]+)\)")
_STATED_TIMES = ("published", "updated", "created", "dc_issued", "dc_date", "dc_modified")


@dataclass(frozen=True, slots=True)
class _Channel:
    """What holds for all items of a feed."""

    base: str | None
    language: str | None
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One item in the feed's own words. `categories` are pairs of domain and term."""

    guid: str | None = None
    link: str | None = None
    title: str = ""
    title_is_markup: bool = False
    summary: str = ""
    summary_is_markup: bool = True
    time: str = ""
    issuer: str | None = None
    language: str | None = None
    categories: tuple[tuple[str, str], ...] = ()


def read_feed(page: Page, *, zone: str = "UTC") -> Listing | Reject:
    """The rows of a feed, as far as they can be saved; `zone` is for times that name none.

    Of an answer with more than 5,000 items the first 5,000 are read. A stamp of a day alone is
    left to `stamp_text`: it is no moment. A web page is not told from a feed here.
    """
    if not page.body.strip():
        return Reject(RejectReason.EMPTY)
    text = _text(page)
    if text.lstrip()[:1] == "{":
        return _read_json(page, text, zone)
    return _read_xml(page, text, zone)


def _text(page: Page) -> str:
    """The text as declared, save that UTF-8 is believed before a header that contradicts it.

    Text beyond ASCII that decodes as UTF-8 is UTF-8, and servers that say ISO 8859-1 of every
    `text/xml` are common.
    """
    if not page.body.isascii():
        try:
            return page.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    return page.text


def _read_xml(page: Page, text: str, zone: str) -> Listing | Reject:
    cut = _bounded(text)
    try:
        parsed = _parse(cut)
    except Exception as error:  # noqa: BLE001 (a hostile feed may make feedparser raise anything)
        return Reject(RejectReason.UNREADABLE, clipped(f"{type(error).__name__}: {error}"))
    found = dict.get(parsed, "entries") or []
    if not found and not dict.get(parsed, "version"):
        return Reject(RejectReason.UNREADABLE, clipped(text))
    feed = dict.get(parsed, "feed") or {}
    channel = _Channel(page.url, _word(dict.get(feed, "language")), zone)
    items = (_xml_item(entry) for entry in found[:ROWS_MAX])
    listing = _listing(channel, items, ttl_s=timetable.wait_s(feed), cut=cut is not text)
    skipped = timetable.skip_hours(cut)
    listing = replace(listing, hub=_linked(feed, "hub"), self_url=_linked(feed, "self"), skip_hours=skipped)
    if not listing.entries and _is_broken(parsed):
        return Reject(RejectReason.UNREADABLE, clipped(text))
    return listing


def _linked(feed: dict[str, Any], rel: str) -> str | None:
    """The address of the feed's own first link of that kind."""
    links = dict.get(feed, "links") or []
    hrefs = (dict.get(link, "href") for link in links if _string(dict.get(link, "rel")).lower() == rel)
    return next((href for href in map(_address, hrefs) if href), None)


def _address(value: object) -> str | None:
    return _word(value, chars_max=URL_CHARS_MAX)


def _is_broken(parsed: dict[str, Any]) -> bool:
    """Whether the XML itself is at fault: of a feed that shows nothing, its end may be missing."""
    return isinstance(dict.get(parsed, "bozo_exception"), SAXException)


def _parse(text: str) -> dict[str, Any]:
    parsed: dict[str, Any] = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    return parsed


def _bounded(text: str) -> str:
    """The document as far as its 5,000th item and 200,000th tag or entity, closed where it was cut.

    The time feedparser takes grows with them, by up to 40 µs for one.
    """
    end = min(_nth(_ITEM_START, text, ROWS_MAX + 1), _nth(_MARK, text, _MARKS_MAX))
    if end >= len(text):
        return text
    root = _ROOT.search(text[:2_000])
    closing = _CLOSING[root.group(1).lower()] if root else ""
    return text[:end] + closing


def _nth(pattern: re.Pattern[str], text: str, count: int) -> int:
    """Where the count-th match begins; the end of the text if there are fewer."""
    for number, match in enumerate(pattern.finditer(text), start=1):
        if number == count:
            return match.start()
    return len(text)


def _xml_item(entry: dict[str, Any]) -> _Item:
    """An entry of feedparser's. `dict.get`, because its own look-up makes up what is missing."""
    title = dict.get(entry, "title_detail") or {}
    summary = dict.get(entry, "summary_detail") or (dict.get(entry, "content") or [{}])[0]
    tags = dict.get(entry, "tags") or []
    times = (_word(dict.get(entry, key)) for key in _STATED_TIMES)
    return _Item(
        guid=_word(dict.get(entry, "id"), chars_max=_GUID_CHARS_MAX),
        link=_word(dict.get(entry, "link"), chars_max=URL_CHARS_MAX + 1),
        title=_string(dict.get(entry, "title")),
        title_is_markup=dict.get(title, "type") not in (None, "text/plain"),
        summary=_string(dict.get(summary, "value")),
        summary_is_markup=dict.get(summary, "type") != "text/plain",
        time=next((time for time in times if time), ""),
        issuer=_issuer(entry),
        language=_word(dict.get(entry, "language")) or _word(dict.get(title, "language")),
        categories=tuple(
            (_string(dict.get(tag, "scheme")), term)
            for tag in tags
            if (term := _word(dict.get(tag, "term"))) is not None
        ),
    )


def _issuer(entry: dict[str, Any]) -> str | None:
    """The company: a contributor on the wires that name one, else the author, never a mail address."""
    contributors = dict.get(entry, "contributors") or [{}]
    named = _word(dict.get(contributors[0], "name")) or _word(dict.get(entry, "author"))
    if named is None or "@" not in named:
        return named
    behind_mail = _MAIL_AUTHOR.fullmatch(named)
    return behind_mail["name"] if behind_mail else None


def _read_json(page: Page, text: str, zone: str) -> Listing | Reject:
    """A JSON Feed, versions 1 and 1.1."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError):
        return Reject(RejectReason.UNREADABLE, clipped(text))
    rows = feed.get("items")
    if not isinstance(rows, list) or "jsonfeed" not in _string(feed.get("version")):
        return Reject(RejectReason.NOT_A_RELEASE, clipped(text))
    channel = _Channel(page.url, _word(feed.get("language")), zone)
    items = (_json_item(row if isinstance(row, dict) else {}) for row in rows[:ROWS_MAX])
    listing = _listing(channel, items, ttl_s=None, cut=len(rows) > ROWS_MAX)
    return replace(listing, hub=_json_hub(feed.get("hubs")), self_url=_address(feed.get("feed_url")))


def _json_hub(hubs: object) -> str | None:
    """The first WebSub hub; a JSON Feed may name others, too."""
    for hub in hubs if isinstance(hubs, list) else []:
        if isinstance(hub, dict) and _string(hub.get("type")).lower() == "websub":
            return _address(hub.get("url"))
    return None


def _json_item(row: dict[str, Any]) -> _Item:
    authors = row.get("authors")
    author = authors[0] if isinstance(authors, list) and authors else row.get("author")
    tags = row.get("tags")
    plain = _string(row.get("summary")) or _string(row.get("content_text"))
    return _Item(
        # Version 1 allows a number for an id.
        guid=_word(str(row.get("id", "")), chars_max=_GUID_CHARS_MAX),
        link=_word(row.get("url"), chars_max=URL_CHARS_MAX + 1),
        title=_string(row.get("title")),
        summary=plain or _string(row.get("content_html")),
        summary_is_markup=not plain,
        time=_word(row.get("date_published")) or _word(row.get("date_modified")) or "",
        issuer=_word(author.get("name")) if isinstance(author, dict) else None,
        language=_word(row.get("language")),
        categories=tuple(("", tag) for tag in map(_word, tags) if tag) if isinstance(tags, list) else (),
    )


def _listing(channel: _Channel, items: Iterable[_Item], *, ttl_s: float | None, cut: bool) -> Listing:
    rows = [_row(channel, item) for item in items]
    entries = tuple(row for row in rows if isinstance(row, Listed))
    rejects = tuple(row for row in rows if isinstance(row, Reject))
    if cut:
        rejects += (Reject(RejectReason.TOO_LARGE, f"cut at {ROWS_MAX} items or {_MARKS_MAX} tags and entities"),)
    return Listing(entries=entries, rejects=rejects, ttl_s=ttl_s, guids_collide=guids_collide(entries))


def _row(channel: _Channel, item: _Item) -> Listed | Reject:
    title = one_line(plain_text(item.title) if item.title_is_markup else item.title)
    url = canonical_url(item.link, channel.base) if item.link else None
    if url is None and item.guid is not None:
        url = canonical_url(item.guid)
    if url is None and item.guid is None:
        return Reject(RejectReason.EMPTY, clipped(f"an item without link and guid: {title}"))
    return Listed(
        url=url,
        guid=item.guid,
        title=title[:_TITLE_CHARS_MAX],
        summary=(plain_text(item.summary) if item.summary_is_markup else item.summary)[:_SUMMARY_CHARS_MAX],
        stamp=_moment(item.time, channel.zone),
        stamp_text=item.time,
        issuer=item.issuer,
        language=item.language or channel.language,
        tickers=_tickers(item),
        topics=tuple(dict.fromkeys(term for domain, term in item.categories if not _is_security(domain))),
    )


def _moment(text: str, zone: str) -> datetime | None:
    stamp = parse_stamp(text, default_zone=zone)
    return stamp.at if stamp is not None and stamp.precision is not Precision.DAY else None


def _tickers(item: _Item) -> tuple[str, ...]:
    """`NASDAQ:ACME`, from categories whose domain says that they hold stocks.

    An exchange without a name of ours keeps the one that the feed gives it.
    """
    terms = (term for domain, term in item.categories if domain.rstrip("/").lower().endswith("rss/stock"))
    found = (find_tickers(term) or (re.sub(r"\s*:\s*", ":", term).upper(),) for term in terms)
    return tuple(dict.fromkeys(ticker for tickers in found for ticker in tickers))


def _is_security(domain: str) -> bool:
    """Whether a category names a stock or an ISIN rather than a topic."""
    return domain.rstrip("/").lower().endswith(("rss/stock", "rss/isin"))


def _string(value: object) -> str:
    return value[:_FIELD_CHARS_MAX] if isinstance(value, str) else ""


def _word(value: object, *, chars_max: int = _WORD_CHARS_MAX) -> str | None:
    """A short value in one line; None where it is missing, empty or absurdly long."""
    line = one_line(_string(value))
    return line if line and len(line) <= chars_max else None
