"""PR Newswire Asia's listing pages: `.presscolumn` rows with a time on Beijing's clock and no zone."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from ingest.dates import parse_stamp
from ingest.page import Page
from ingest.rows import ROWS_MAX, Listing, no_listing
from ingest.sheet import open_sheet
from ingest.snippets import clipped, one_line
from news.links import canonical_url
from news.release import Precision, Reject, RejectReason
from news.source import Listed

ROW = ".presscolumn"
TITLE = "h3 a[href]"
TEASER = ".abscontent"
TIME = ".timestamp, .datetime"
SITE = "https://www.prnasia.com/"
ZONE = "Asia/Shanghai"


def read_prnasia_listing(page: Page) -> Listing | Reject:
    """The rows of the page in its order; a page without any is none. One column may hold several rows."""
    sheet = open_sheet(page.text, page.url)
    if isinstance(sheet, Reject):
        return sheet
    links = sheet.tree.css(", ".join(f"{ROW} {part}" for part in TITLE.split(", ")))[:ROWS_MAX]
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
    around = _around(link)
    written = _text(around.css_first(TIME))
    stamp = parse_stamp(written, default_zone=ZONE)
    return Listed(
        url=url,
        guid=None,
        title=title,
        summary=_text(around.css_first(TEASER)),
        stamp=stamp.at if stamp and stamp.precision is not Precision.DAY else None,
        stamp_text=written,
    )


def _around(link: LexborNode) -> LexborNode:
    """The largest element around the link that holds no other row's title."""
    row = link
    while row.parent is not None and row.parent.tag != "body" and len(row.parent.css(TITLE)) <= 1:
        row = row.parent
    return row


def _text(node: LexborNode | None) -> str:
    return one_line(node.text()) if node is not None else ""
