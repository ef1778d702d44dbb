"""Listing pages that a configuration describes: the rows, and within each its link, title and time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from config.newsrooms import Rows
from config.selectors import read_pick
from ingest.page import Page
from ingest.rows import ROWS_MAX, Listing, no_listing
from ingest.sheet import evened, open_sheet
from ingest.snippets import clipped
from ingest.wires.stated_times import read_time
from news.links import canonical_url
from news.release import Precision, Reject, RejectReason
from news.source import Listed

_HREF = "href"


@dataclass(frozen=True, slots=True)
class DescribedRows:
    """The reader of a listing page. A page without a row is a reject: it was laid out anew, or is another page."""

    rows: Rows

    def __call__(self, page: Page, zone: str) -> Listing | Reject:
        sheet = open_sheet(page.text, page.url)
        if isinstance(sheet, Reject):
            return sheet
        # A list of selectors finds a node as often as it matches.
        nodes = {node.mem_id: node for node in sheet.tree.css(self.rows.row)[:ROWS_MAX]}
        if not nodes:
            return no_listing(sheet)
        base = sheet.attribute("base[href]", _HREF) or page.url
        read = [self._row(node, base, zone) for node in nodes.values()]
        return Listing(
            entries=tuple(row for row in read if isinstance(row, Listed)),
            rejects=tuple(row for row in read if isinstance(row, Reject)),
        )

    def _row(self, row: LexborNode, base: str | None, zone: str) -> Listed | Reject:
        told, pick = self.rows, read_pick(self.rows.link)
        link = next(_within(row, pick.selector), None)
        href = ((link.attributes.get(pick.attribute or _HREF) if link else None) or "").strip()
        url = canonical_url(href, base) if href else None
        title = _first(row, told.title) if told.title else evened(link.text()) if link else ""
        if url is None or not title:
            return Reject(RejectReason.EMPTY, clipped(f"a row without a link or title: {href} {evened(row.text())}"))
        stamp_text = _first(row, told.time)
        stamp = read_time(stamp_text, told.time_format, zone) if stamp_text else None
        return Listed(
            url=url,
            guid=None,
            title=title,
            summary=_first(row, told.summary),
            # A day is no time: it would say midnight.
            stamp=stamp.at if stamp is not None and stamp.precision is not Precision.DAY else None,
            stamp_text=stamp_text,
            issuer=_first(row, told.issuer) or None,
            language=_first(row, told.language) or None,
        )


def _first(row: LexborNode, picks: Iterable[str]) -> str:
    for pick in map(read_pick, picks):
        for node in _within(row, pick.selector):
            text = evened(node.attributes.get(pick.attribute) or "" if pick.attribute else node.text())
            if text:
                return text
    return ""


def _within(row: LexborNode, selector: str) -> Iterator[LexborNode]:
    """The row itself, where it is what is looked for, and what lies in it."""
    if selector:
        yield from row.css(selector)
