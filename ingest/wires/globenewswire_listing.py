"""GlobeNewswire's listing and search pages: `li.row` with title, time on New York's clock, company and teaser."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from ingest.dates import parse_stamp
from ingest.page import Page
from ingest.rows import ROWS_MAX, Listing, no_listing
from ingest.sheet import open_sheet
from ingest.snippets import clipped, one_line
from news.links import canonical_url
from news.release import Precision, Reject, RejectReason
from news.source import Listed

TITLE = '.mainLink a[href*="/news-release/"]'
TIME = ".date-source span, .dateTime"
COMPANY = ".sourceLink"
TEASER = ".newsTxt"
SITE = "https://www.globenewswire.com/"
ZONE = "America/New_York"
_LANGUAGE = re.compile(r"/news-release/\d{4}/\d{2}/\d{2}/\d+/\d+/([a-z]{2})(?:/|$)", re.IGNORECASE)


def read_globenewswire_listing(page: Page) -> Listing | Reject:
    """The rows of the page, newest first; a page without any is none."""
    sheet = open_sheet(page.text, page.url)
    if isinstance(sheet, Reject):
        return sheet
    links = sheet.tree.css(TITLE)[:ROWS_MAX]
    if not links:
        return no_listing(sheet)
    rows = [_row(page, link) for link in links]
    return Listing(
        entries=tuple(row for row in rows if isinstance(row, Listed)),
        rejects=tuple(row for row in rows if isinstance(row, Reject)),
    )


def _row(page: Page, link: LexborNode) -> Listed | Reject:
    url = canonical_url(link.attributes.get("href") or "", page.url or SITE)
    title = one_line(link.text())
    if url is None or not title:
        return Reject(RejectReason.EMPTY, clipped(f"a row without a link or title: {url} {title}"))
    row = _around(link)
    written, at = "", None
    for node in row.css(TIME):
        text = one_line(node.text())
        stamp = parse_stamp(text, default_zone=ZONE)
        if stamp is not None:
            written, at = text, stamp.at if stamp.precision is not Precision.DAY else None
            break
    language = _LANGUAGE.search(url)
    return Listed(
        url=url,
        guid=None,
        title=title,
        summary=_text(row.css_first(TEASER)),
        stamp=at,
        stamp_text=written,
        issuer=_text(row.css_first(COMPANY)) or None,
        language=language[1].lower() if language else None,
    )


def _around(link: LexborNode) -> LexborNode:
    """The row of a title: its `li`, or the largest element around it that holds no other title."""
    row = link
    while row.parent is not None and row.parent.tag != "body" and len(row.parent.css(TITLE)) <= 1:
        row = row.parent
    return row


def _text(node: LexborNode | None) -> str:
    return one_line(node.text()) if node is not None else ""
