"""From what a source answered to the rows it shows."""

from __future__ import annotations

from ingest.api import read_api
from ingest.feeds import read_feed
from ingest.page import Page
from ingest.rows import Listing, guids_collide, no_listing
from ingest.sheet import open_sheet
from ingest.sitemaps import read_sitemap
from ingest.wires import SHIPPED, Roster
from ingest.wires.listings import LISTINGS
from news.release import Reject, RejectReason
from news.source import ApiFields, SourceKind

__all__ = ["LISTINGS", "Listing", "guids_collide", "read_listing"]

_INDEX = "an index of sitemaps: poll one that it names"
_SNIFFED_BYTES = 2_048
_HTML = ("<!doctype html", "<html")
_FEED = ("<rss", "<feed", "<rdf:rdf")


def read_listing(
    kind: SourceKind, wire: str, page: Page, fields: ApiFields | None = None, roster: Roster = SHIPPED
) -> Listing | Reject:
    """The rows that a source shows. Pure CPU work, up to seconds for a hostile feed: run it in a thread.

    A web page in place of a feed is a reject: `blocked` for a bot wall, else `not-a-release`. So is an index of
    sitemaps, for which `is_index` tells: it shows no releases itself.
    """
    if kind is SourceKind.FEED:
        return _web_page(page) or read_feed(page)
    if kind is SourceKind.SITEMAP:
        return _of_sitemap(page)
    if kind is SourceKind.API:
        return _web_page(page) or read_api(page, fields or ApiFields())
    return _of_pages(wire, page, roster)


def _of_pages(wire: str, page: Page, roster: Roster) -> Listing | Reject:
    known, coded = roster.of(wire), LISTINGS.get(wire)
    if known is not None and known.listing is not None:
        return known.listing(page, known.zone)
    if coded is None and (rows := _of_platform(page, known.zone if known else "UTC", roster)) is not None:
        return rows
    if coded is None:
        return Reject(RejectReason.INTERNAL, f"no reader for the listing pages of {wire}")
    return coded(page)


def _of_platform(page: Page, zone: str, roster: Roster) -> Listing | None:
    """The rows of a listing page that some platform made, whatever the wire."""
    read = (each.listing(page, zone) for each in roster.platforms if each.listing is not None)
    return next((rows for rows in read if isinstance(rows, Listing) and rows.entries), None)


def looks_like_a_feed(page: Page) -> bool:
    """Whether what was fetched as a listing page is a feed: some are turned page by page as listings are."""
    beginning = page.body[:_SNIFFED_BYTES].decode("latin-1").lower()
    return any(mark in beginning for mark in _FEED) and not any(mark in beginning for mark in _HTML)


def is_index(listing: Listing | Reject) -> bool:
    """Whether what was read of a source is an index of sitemaps."""
    return isinstance(listing, Reject) and listing.excerpt == _INDEX


def _of_sitemap(page: Page) -> Listing | Reject:
    read = read_sitemap(page)
    if isinstance(read, Reject):
        return read
    if read.children and not read.rows:
        return Reject(RejectReason.NOT_A_RELEASE, _INDEX)
    return Listing(entries=read.rows, rejects=read.rejects)


def _web_page(page: Page) -> Reject | None:
    """The reject for an answer that is HTML, None for what may be a feed."""
    beginning = page.body[:_SNIFFED_BYTES].decode("latin-1").lower()
    if not any(mark in beginning for mark in _HTML) or any(mark in beginning for mark in _FEED):
        return None
    sheet = open_sheet(page.text, page.url)
    return sheet if isinstance(sheet, Reject) else no_listing(sheet)
