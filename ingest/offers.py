"""What an address turns out to be, and which other addresses it offers. Pure: from answers to values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urljoin, urlsplit

from ingest.api import guess_fields, loaded, read_api
from ingest.feed_items import Feed
from ingest.feeds import read_feed, read_items
from ingest.listing import read_listing
from ingest.page import Page
from ingest.parse import parse
from ingest.rows import Listing, no_listing
from ingest.sheet import Sheet, open_sheet
from ingest.sitemaps import Sitemap, read_sitemap
from ingest.snippets import clipped, one_line
from ingest.ways import newest_sitemap_first
from ingest.wires import by_host
from news.links import canonical_url, url_key
from news.release import Reject, RejectReason, Release
from news.source import ApiFields, Listed, SourceKind

OFFERS_MAX = 30
WELL_KNOWN = ("/feed", "/rss.xml", "/news-sitemap.xml", "/sitemap-news.xml")
"""Where many sites keep what their pages do not tell of: asked for only when nothing was offered."""
STALE = timedelta(days=60)

_SNIFFED_BYTES = 4_096
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_FEED = re.compile(rb"<(?:\w{1,10}:)?(?:rss|feed|rdf|channel)\b", re.IGNORECASE)
_SITEMAP = re.compile(rb"<(?:\w{1,10}:)?(?:urlset|sitemapindex)\b", re.IGNORECASE)
_GZIP = b"\x1f\x8b"
_FEED_TYPE = re.compile(
    r"application/(?:rss|atom|rdf|feed)\+(?:xml|json)|application/json|(?:text|application)/xml", re.IGNORECASE
)
_FEED_HREF = re.compile(
    r"\.(?:rss|atom|rdf)$|/(?:rss|feeds?|atom)(?:/|\.xml|\.json|\.php|$)|[?&](?:rss|feed|format)=(?:rss|atom|\d|[\w-]+)"
    r"|/rss(?:feed)?/|rss\.xml|atom\.xml|feed\.xml|feed\.json",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"comment", re.IGNORECASE)
_DEAD = re.compile(
    r"deactivat|discontinu|no longer (?:available|supported|updated)|has been (?:retired|removed)", re.IGNORECASE
)
_ROBOTS_SITEMAP = re.compile(r"^\s{0,20}sitemap\s*:\s*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)


class What(StrEnum):
    """What stands at an address."""

    FEED = "feed"
    LISTING = "listing"
    SITEMAP = "sitemap"
    INDEX = "sitemap index"
    RELEASE = "a single release"
    EMPTY = "empty feed"
    DEAD = "dead feed"
    WALL = "bot wall"
    ERROR = "error page"
    PAGE = "web page"
    API = "JSON interface"
    JSON = "json"
    UNKNOWN = "unknown"


_KINDS = {
    What.FEED: SourceKind.FEED,
    What.LISTING: SourceKind.LISTING,
    What.SITEMAP: SourceKind.SITEMAP,
    What.INDEX: SourceKind.SITEMAP,
    What.API: SourceKind.API,
}


@dataclass(frozen=True, slots=True)
class Offer:
    """Another address that a page names, and as what; `title` in the page's words."""

    url: str
    kind: SourceKind
    title: str = ""
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What an address is. `rows` are what it shows as a source, `said` what tells of it in its own words.

    `by_change`: its rows tell when pages changed, not when they were published. `fields` are guessed of a JSON
    interface.
    """

    url: str
    what: What
    title: str = ""
    wire: str | None = None
    rows: tuple[Listed, ...] = ()
    offers: tuple[Offer, ...] = ()
    said: str = ""
    release: Release | None = None
    by_change: bool = False
    fields: ApiFields | None = None

    @property
    def kind(self) -> SourceKind | None:
        """As what it can be polled; None where it cannot."""
        return _KINDS.get(self.what)

    @property
    def newest(self) -> datetime | None:
        return max((row.stamp for row in self.rows if row.stamp is not None), default=None)

    def is_stale(self, now: datetime) -> bool:
        """Whether nothing was published here for so long that it may be dead."""
        return self.newest is not None and now - self.newest > STALE


def look(page: Page, *, wire: str | None = None) -> Look:
    """What was fetched. `wire` is the slug that the user names, else the host tells. Never raises."""
    known = by_host(page.url)
    slug = wire or (known.slug if known else None)
    url = page.url or ""
    head = page.body[:_SNIFFED_BYTES]
    if head.startswith(_GZIP) or _SITEMAP.search(head):
        return _of_sitemap(page, slug)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _of_json(page, slug)
    if _FEED.search(head) and not _HTML.search(head[: head.find(b"<channel") if b"<channel" in head else None]):
        return _of_feed(page, slug)
    if not page.body.strip():
        return Look(url=url, what=What.UNKNOWN, wire=slug, said="the answer is empty")
    if b"<" not in head:
        return Look(url=url, what=What.UNKNOWN, wire=slug, said=clipped(page.text))
    return _of_page(page, slug)


def robots_sitemaps(text: str, base: str) -> tuple[str, ...]:
    """The sitemaps that a robots.txt names, those for news first."""
    found = [url for said in _ROBOTS_SITEMAP.findall(text) if (url := canonical_url(said, base)) is not None]
    return tuple(sorted(dict.fromkeys(found), key=lambda url: "news" not in url.lower()))[:OFFERS_MAX]


def well_known(url: str) -> tuple[str, ...]:
    return tuple(urljoin(url, path) for path in WELL_KNOWN)


def _of_feed(page: Page, wire: str | None) -> Look:
    url = page.url or ""
    feed, listing = read_items(page), read_feed(page)
    if not isinstance(feed, Feed) or not isinstance(listing, Listing):
        return Look(url=url, what=What.UNKNOWN, wire=wire, said=_excerpt(feed if isinstance(feed, Reject) else listing))
    if not listing.entries:
        dead = _DEAD.search(feed.description) or _DEAD.search(feed.title)
        said = (feed.description if dead else "") or feed.title
        return Look(url=url, what=What.DEAD if dead else What.EMPTY, title=feed.title, wire=wire, said=said)
    return Look(url=url, what=What.FEED, title=feed.title, wire=wire, rows=listing.entries)


def _of_json(page: Page, wire: str | None) -> Look:
    listing = read_feed(page)
    if isinstance(listing, Listing):
        return _of_feed(page, wire)
    data, url = loaded(page), page.url or ""
    fields = None if isinstance(data, Reject) else guess_fields(data)
    if fields is not None:
        read = read_api(page, fields)
        if isinstance(read, Listing) and read.entries:
            return Look(url=url, what=What.API, wire=wire, rows=read.entries, fields=fields)
    return Look(url=url, what=What.JSON, wire=wire, said=clipped(page.text))


def _of_sitemap(page: Page, wire: str | None) -> Look:
    url, found = page.url or "", read_sitemap(page)
    if not isinstance(found, Sitemap):
        return Look(url=url, what=What.UNKNOWN, wire=wire, said=_excerpt(found))
    if found.children and not found.rows:
        newest = [child for child, _ in newest_sitemap_first(found.children)]
        offers = [Offer(child.url, SourceKind.SITEMAP, how="named by the index") for child in newest]
        return Look(url=url, what=What.INDEX, wire=wire, offers=tuple(offers[:OFFERS_MAX]))
    return Look(url=url, what=What.SITEMAP, wire=wire, rows=found.rows, by_change=found.by_change)


def _of_page(page: Page, wire: str | None) -> Look:
    url = page.url or ""
    sheet = open_sheet(page.text, page.url)
    if isinstance(sheet, Reject):
        return Look(url=url, what=What.UNKNOWN, wire=wire, said=_excerpt(sheet))
    standing_in = no_listing(sheet)
    title = clipped(sheet.text("title") or "")
    if standing_in.reason is RejectReason.BLOCKED:
        return Look(url=url, what=What.WALL, title=title, wire=wire, said=standing_in.excerpt)
    if standing_in.reason is RejectReason.ERROR_PAGE:
        return Look(url=url, what=What.ERROR, title=title, wire=wire, said=standing_in.excerpt)
    offers = tuple(_offers(sheet, url))[:OFFERS_MAX]
    listing = read_listing(SourceKind.LISTING, wire or "", page)
    if isinstance(listing, Listing) and listing.entries:
        return Look(url=url, what=What.LISTING, title=title, wire=wire, rows=listing.entries, offers=offers)
    release = _single(page, sheet, wire)
    if release is not None:
        return Look(url=url, what=What.RELEASE, title=title, wire=wire, offers=offers, release=release)
    return Look(url=url, what=What.PAGE, title=title, wire=wire, offers=offers, said=title)


def _single(page: Page, sheet: Sheet, wire: str | None) -> Release | None:
    """The release, if the page is that of one: a home page has a text, too, but neither a dateline nor an author."""
    found = parse(page, wire=wire if by_host(page.url) else None)
    if isinstance(found, Reject):
        return None
    told = found.dateline is not None or bool(sheet.article_data()) or sheet.meta("og:type") == "article"
    deep = len(urlsplit(page.url or "").path.strip("/")) > 1
    return found if told and deep else None


def _offers(sheet: Sheet, base: str) -> Iterator[Offer]:
    """Feeds that the head names for programs, then what links for people look like feeds; each once."""
    seen = {url_key(base)}
    for found in (*_alternates(sheet, base), *_links(sheet, base)):
        if url_key(found.url) not in seen and not _COMMENTS.search(f"{found.title} {urlsplit(found.url).path}"):
            seen.add(url_key(found.url))
            yield found


def _alternates(sheet: Sheet, base: str) -> Iterator[Offer]:
    for node in sheet.tree.css("link[rel][href]"):
        given = node.attributes
        rel, kind = (given.get("rel") or "").lower().split(), (given.get("type") or "").split(";")[0].strip()
        href = canonical_url(given.get("href") or "", base)
        if href and "alternate" in rel and _FEED_TYPE.fullmatch(kind) and "hreflang" not in given:
            yield Offer(href, SourceKind.FEED, one_line(given.get("title") or "")[:200], "named in the page's head")
        elif href and "sitemap" in rel:
            yield Offer(href, SourceKind.SITEMAP, how="named in the page's head")


def _links(sheet: Sheet, base: str) -> Iterator[Offer]:
    for node in sheet.tree.css("a[href]"):
        said = (node.attributes.get("href") or "").strip()
        href = canonical_url(said, base) if _FEED_HREF.search(said) else None
        if href:
            yield Offer(href, SourceKind.FEED, one_line(node.text())[:200], "linked on the page")


def _excerpt(reject: Reject | object) -> str:
    return f"{reject.reason.value}: {reject.excerpt}" if isinstance(reject, Reject) else ""
