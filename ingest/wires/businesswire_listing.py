"""Business Wire's listing pages: the rows that the site since 2025 embeds in its scripts, else those that are shown.

The embedded rows come in the framework's stream of chunks, cut anywhere, with times in UTC. What is shown has no
stable classes and writes New York's clock. The pages until 2024 are lists with a `time` in each row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from selectolax.lexbor import LexborNode

from ingest.dates import parse_stamp
from ingest.page import Page
from ingest.rows import ROWS_MAX, Listing, guids_collide, no_listing
from ingest.sheet import Sheet, open_sheet
from ingest.snippets import clipped, one_line, plain_text
from ingest.wires.businesswire import address_parts
from news.links import canonical_url
from news.release import Precision, Reject, RejectReason
from news.source import Listed

SITE = "https://www.businesswire.com/"
ZONE = "America/New_York"
_CHUNK = "self.__next_f.push("
_NEWS = re.compile(r'"news"\s*:\s*(?=\{)')
_ROWS_SHOWN = "ul.bwNewsList > li, ul.bw-news-items > li, li.bw-news-item"
_LINK = 'a[href*="/news/home/"]'
_TEASER = "div.rich-text, .bw-news-item-snippet, [itemprop=description], p"
_STAMP_SHOWN = re.compile(r"[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4} at \d{1,2}:\d{2} [AP]M(?: [A-Z]{2,4})?")
_ABOVE_MAX = 6


def read_businesswire_listing(page: Page) -> Listing | Reject:
    """The rows of the page, newest first; a page without any is none."""
    sheet = open_sheet(page.text, page.url)
    if isinstance(sheet, Reject):
        return sheet
    rows = list(_embedded(sheet, page)) or list(_old(sheet, page)) or list(_shown(sheet, page))
    if not rows:
        return no_listing(sheet)
    entries = tuple(row for row in rows if isinstance(row, Listed))
    rejects = tuple(row for row in rows if isinstance(row, Reject))
    return Listing(entries=entries, rejects=rejects, guids_collide=guids_collide(entries))


def _embedded(sheet: Sheet, page: Page) -> Iterator[Listed | Reject]:
    items = _items(_stream(sheet))
    slugs: dict[tuple[str, str | None], str] = {}
    for link in sheet.tree.css(_LINK) if items else ():
        href = link.attributes.get("href") or ""
        parts = address_parts(href)
        if parts:
            slugs.setdefault(parts, href)
    for item in items[:ROWS_MAX]:
        yield _item(item, slugs, page)


def _stream(sheet: Sheet) -> str:
    """The text that the page's scripts push, chunk after chunk."""
    chunks: list[str] = []
    for script in sheet.tree.css("script"):
        source = script.text()
        at = source.find(_CHUNK)
        if at < 0:
            continue
        try:
            pushed, _ = json.JSONDecoder().raw_decode(source, at + len(_CHUNK))
        except (ValueError, RecursionError):
            continue
        if isinstance(pushed, list):
            chunks.extend(part for part in pushed[1:] if isinstance(part, str))
    return "".join(chunks)


def _items(stream: str) -> list[Mapping[str, Any]]:
    for match in _NEWS.finditer(stream):
        try:
            news, _ = json.JSONDecoder().raw_decode(stream, match.end())
        except (ValueError, RecursionError):
            continue
        items = news.get("items") if isinstance(news, dict) else None
        if isinstance(items, list) and items:
            return [item for item in items if isinstance(item, dict)]
    return []


def _item(item: Mapping[str, Any], slugs: Mapping[tuple[str, str | None], str], page: Page) -> Listed | Reject:
    number, language = str(item.get("newsItemId") or ""), str(item.get("language") or "").lower()
    title = plain_text(str(item.get("headline") or "")).replace("\n\n", " ")
    if not number.isdigit() or not title:
        return Reject(RejectReason.EMPTY, clipped(f"a row without a number or headline: {number} {title}"))
    href = slugs.get((number, language or None)) or f"/news/home/{number}/{language or 'en'}"
    written = str(item.get("releaseDate") or "")
    stamp = parse_stamp(written, default_zone="UTC")
    topics = item.get("industryKeywords")
    return Listed(
        url=canonical_url(href, page.url or SITE),
        guid=number,
        title=title,
        summary=plain_text(str(item.get("teaser") or "")),
        stamp=stamp.at if stamp and stamp.precision is not Precision.DAY else None,
        stamp_text=written,
        language=language or None,
        topics=tuple(one_line(topic) for topic in topics if isinstance(topic, str)) if isinstance(topics, list) else (),
    )


def _old(sheet: Sheet, page: Page) -> Iterator[Listed | Reject]:
    for row in sheet.tree.css(_ROWS_SHOWN)[:ROWS_MAX]:
        link = row.css_first(_LINK)
        if link is None:
            continue
        time = row.css_first("time[datetime]")
        yield _row(page, row, link, (time.attributes.get("datetime") or "") if time is not None else "")


def _shown(sheet: Sheet, page: Page) -> Iterator[Listed | Reject]:
    """Rows known by a headline that links to a release, each the largest block with no other in it."""
    seen: set[str] = set()
    for link in sheet.tree.css(f"{_LINK}:has(h2), h2 {_LINK}")[:ROWS_MAX]:
        href = link.attributes.get("href") or ""
        if href in seen:
            continue
        seen.add(href)
        row = _row_of(link)
        match = _STAMP_SHOWN.search(one_line(row.text(separator=" ")))
        yield _row(page, row, link, match[0] if match else "")


def _row_of(link: LexborNode) -> LexborNode:
    row = link
    for _ in range(_ABOVE_MAX):
        above = row.parent
        if above is None or len(above.css(f"{_LINK} h2, h2 {_LINK}")) > 1:
            break
        row = above
    return row


def _row(page: Page, row: LexborNode, link: LexborNode, written: str) -> Listed | Reject:
    url = canonical_url(link.attributes.get("href") or "", page.url or SITE)
    title = one_line(link.text())
    parts = address_parts(url)
    if url is None or not title or parts is None:
        return Reject(RejectReason.EMPTY, clipped(f"a row without a link or headline: {url} {title}"))
    stamp = parse_stamp(written, default_zone=ZONE)
    teaser = next((text for node in row.css(_TEASER) if (text := one_line(node.text())) and text != title), "")
    return Listed(
        url=url,
        guid=parts[0],
        title=title,
        summary=teaser,
        stamp=stamp.at if stamp and stamp.precision is not Precision.DAY else None,
        stamp_text=written,
        language=parts[1],
    )
