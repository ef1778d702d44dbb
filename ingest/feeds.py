"""Feeds: RSS 0.9 to 2.0, RDF, Atom and JSON Feed to rows. Pure CPU work; run it in a thread.

Mended and read by lxml; what is too broken for that is left to feedparser, which is slower.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from ingest import timetable
from ingest.dates import parse_stamp
from ingest.feed_items import Feed, FeedItem, Person, Text
from ingest.feed_json import is_json_feed, read_json_feed
from ingest.feed_loose import read_loosely
from ingest.feed_text import feed_text, mended
from ingest.feed_xml import NotWellFormedError, read_xml
from ingest.json_text import read_json
from ingest.page import Page
from ingest.rows import ROWS_MAX, Listing, guids_collide
from ingest.snippets import clipped, one_line, plain_text
from ingest.tickers import find_tickers
from news.links import URL_CHARS_MAX, canonical_url
from news.release import Precision, Reject, RejectReason
from news.source import Listed

_MARKS_MAX = 200_000
_LOOSE_MARKS_MAX = 100_000
_TITLE_CHARS_MAX = 1_000
_SUMMARY_CHARS_MAX = 20_000
_CONTENT_CHARS_MAX = 100_000
_GUID_CHARS_MAX = 2_000
_WORD_CHARS_MAX = 200
_ENCLOSURES_MAX = 50

_ITEM_START = re.compile(r"<(?:\w{1,20}:)?(?:item|entry)[\s>/]")
_MARK = re.compile(r"[<&]")
_ROOT = re.compile(r"<(rss|feed|rdf:RDF)\b", re.IGNORECASE)
_CLOSING = {"rss": "</channel></rss>", "feed": "</feed>", "rdf:rdf": "</rdf:RDF>"}


def read_feed(page: Page, *, zone: str = "UTC") -> Listing | Reject:
    """The rows of a feed, as far as they can be saved; `zone` is for times that name none.

    Of an answer with more than 5,000 items the first 5,000 are read. A stamp of a day alone is
    left to `stamp_text`: it is no moment. An item without address and guid is a row if it has a title or a text and
    the feed is whole: it is told from these alone. A web page is not told from a feed here.
    """
    found = _read(page)
    if isinstance(found, Reject):
        return found
    feed, cut, text = found
    rows = [_row(page.url, feed, zone, item) for item in feed.items[:ROWS_MAX]]
    entries = tuple(row for row in rows if isinstance(row, Listed))
    rejects = tuple(row for row in rows if isinstance(row, Reject))
    if not entries and not feed.whole:
        return Reject(RejectReason.UNREADABLE, clipped(text))
    if cut:
        rejects += (Reject(RejectReason.TOO_LARGE, f"cut at {ROWS_MAX} items or {_MARKS_MAX} tags and entities"),)
    return Listing(
        entries=entries,
        rejects=rejects,
        ttl_s=timetable.wait_s(feed.timetable),
        skip_hours=timetable.skip_hours(text),
        guids_collide=guids_collide(entries),
        hub=_address(feed.linked("hub")),
        self_url=_address(feed.linked("self")),
    )


def read_items(page: Page) -> Feed | Reject:
    """The feed in its own words, before its items become rows; bounded as `read_feed` is."""
    found = _read(page)
    return found if isinstance(found, Reject) else found[0]


def _read(page: Page) -> tuple[Feed, bool, str] | Reject:
    """The feed, whether its end was cut off, and its text."""
    if not page.body.strip():
        return Reject(RejectReason.EMPTY)
    text = feed_text(page)
    if text.lstrip()[:1] == "{":
        return _read_json(page, text)
    cut = _bounded(text, _MARKS_MAX)
    try:
        feed = _read_xml(cut, page.url or "")
    except Exception as error:  # noqa: BLE001 (a hostile feed may make feedparser raise anything)
        return Reject(RejectReason.UNREADABLE, clipped(f"{type(error).__name__}: {error}"))
    if feed is None:
        return Reject(RejectReason.UNREADABLE, clipped(text))
    return feed, cut is not text, cut


def _read_xml(text: str, base: str) -> Feed | None:
    try:
        return read_xml(mended(text), base)
    except NotWellFormedError:
        return read_loosely(_bounded(text, _LOOSE_MARKS_MAX))


def _read_json(page: Page, text: str) -> tuple[Feed, bool, str] | Reject:
    try:
        feed = read_json(text)
    except (ValueError, RecursionError):
        return Reject(RejectReason.UNREADABLE, clipped(text))
    if not is_json_feed(feed):
        return Reject(RejectReason.NOT_A_RELEASE, clipped(text))
    return read_json_feed(feed, page.url or "", ROWS_MAX), len(feed["items"]) > ROWS_MAX, ""


def _bounded(text: str, marks_max: int) -> str:
    """The document as far as its 5,000th item and so many tags or entities, closed where it was cut."""
    end = _nth(_ITEM_START, text, ROWS_MAX + 1)
    if text.count("<") + text.count("&") >= marks_max:
        end = min(end, _nth(_MARK, text, marks_max))
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


# ------------------------------------------------------------------ rows


def _row(base: str | None, feed: Feed, zone: str, item: FeedItem) -> Listed | Reject:
    title = one_line(_plain(item.title))
    guid = _word(item.guid, chars_max=_GUID_CHARS_MAX)
    url = canonical_url(item.link, base) if item.link else None
    if url is None and guid is not None:
        url = canonical_url(guid)
    said = next((word for text in (item.published, item.updated, item.created) if (word := _word(text))), "")
    content = next((text for text in map(_plain, item.content) if text), "")
    summary = _plain(item.summary) or content
    if not (url or guid) and not (feed.whole and (title or summary)):
        return Reject(RejectReason.EMPTY, clipped(f"an item without address and guid: {title}"))
    return Listed(
        url=url,
        guid=guid,
        title=title[:_TITLE_CHARS_MAX],
        summary=summary[:_SUMMARY_CHARS_MAX],
        content=content[:_CONTENT_CHARS_MAX],
        stamp=_moment(said, zone),
        stamp_text=said,
        updated=_moment(item.updated, zone),
        issuer=_issuer(item),
        author=_author(item.authors or feed.authors),
        language=next((word for said in _languages(feed, item) if (word := _word(said))), None),
        tickers=_tickers(item),
        isins=_isins(item),
        topics=tuple(dict.fromkeys(term for each in item.categories if (term := _topic(each.domain, each.term)))),
        identifier=_word(item.identifier),
        enclosures=_enclosures(item, base),
    )


def _languages(feed: Feed, item: FeedItem) -> tuple[str, ...]:
    """The item's own word for its language, else that of its texts, else the feed's."""
    return (item.language, *(text.language for text in (item.title, item.summary, *item.content)), feed.language)


def _plain(text: Text) -> str:
    return plain_text(text.value) if text.markup else text.value


def _moment(text: str, zone: str) -> datetime | None:
    stamp = parse_stamp(text, default_zone=zone)
    return stamp.at if stamp is not None and stamp.precision is not Precision.DAY else None


def _issuer(item: FeedItem) -> str | None:
    """The company: a contributor on the wires that name one, else the author, never a mail address."""
    return next((name for name in map(_name, (*item.contributors[:1], *item.authors[:1])) if name), None)


def _author(authors: Sequence[Person]) -> str | None:
    """Who wrote it: the name, else the mail address."""
    return _name(authors[0]) or _word(authors[0].email) if authors else None


def _name(person: Person) -> str | None:
    name = _word(person.name)
    return name if name and "@" not in name else None


def _tickers(item: FeedItem) -> tuple[str, ...]:
    """`NASDAQ:ACME`, from categories whose domain says that they hold stocks.

    An exchange without a name of ours keeps the one that the feed gives it.
    """
    terms = (each.term for each in item.categories if _names(each.domain, "stock"))
    found = (find_tickers(term) or (re.sub(r"\s*:\s*", ":", term).upper(),) for term in terms)
    return tuple(dict.fromkeys(ticker for tickers in found for ticker in tickers))


def _isins(item: FeedItem) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.term.upper() for each in item.categories if _names(each.domain, "isin")))


def _names(domain: str, what: str) -> bool:
    """Whether a category's domain says that it names stocks, or ISINs."""
    return bool(domain) and domain.rstrip("/").lower().endswith(f"rss/{what}")


def _topic(domain: str, term: str) -> str | None:
    return None if _names(domain, "stock") or _names(domain, "isin") else _word(term)


def _enclosures(item: FeedItem, base: str | None) -> tuple[str, ...]:
    found = (canonical_url(link.url, base) for link in item.enclosures[:_ENCLOSURES_MAX])
    return tuple(dict.fromkeys(url for url in found if url))


def _address(value: str) -> str | None:
    return _word(value, chars_max=URL_CHARS_MAX)


def _word(value: str, *, chars_max: int = _WORD_CHARS_MAX) -> str | None:
    """A short value in one line; None where it is missing, empty or absurdly long."""
    line = one_line(value[: 20 * chars_max]) if value else ""
    return line if line and len(line) <= chars_max else None
