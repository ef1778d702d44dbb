"""A source that is an index of sitemaps: polled by the newest of those that it names."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import urlsplit

from config.catalogue import wire
from ingest.answers import Fetched
from ingest.fetch import Fetcher
from ingest.page import Page
from ingest.rows import ROWS_MAX, Listing
from ingest.sitemaps import Child, Sitemap, read_sitemap
from ingest.ways import newest_first, newest_sitemap_first
from news.release import Reject, RejectReason
from news.source import Source

# The newest and the one before it, as a month turns.
FOLLOWED_MAX = 2


async def follow(
    fetcher: Fetcher, source: Source, answer: Fetched, *, trusted: bool
) -> tuple[Fetched, Listing | Reject]:
    """The newest rows of the sitemaps that an index names, and the answer without validators.

    An index often stays as it is while its newest sitemap grows: its validators vouch for nothing. Other hosts than
    its own are not trusted for it.
    """
    unvouched = replace(answer, etag=None, last_modified=None)
    index = await _read(answer, source)
    if isinstance(index, Reject):
        return unvouched, index
    chosen = _newest(index)
    here = urlsplit(answer.final_url).netloc
    answers = [
        await fetcher.fetch(child.url, trusted=trusted and urlsplit(child.url).netloc == here) for child in chosen
    ]
    read = [await _read(one, source) for one in answers if isinstance(one, Fetched)]
    rows = [row for one in read if isinstance(one, Sitemap) for row in one.rows]
    if not rows:
        tried = ", ".join(child.url for child in chosen)
        return unvouched, Reject(RejectReason.UNREADABLE, f"an index whose newest sitemaps show nothing: {tried}"[:200])
    rejects = tuple(reject for one in read if isinstance(one, Sitemap) for reject in one.rejects)
    return unvouched, Listing(entries=newest_first(rows)[0][:ROWS_MAX], rejects=rejects)


def _newest(index: Sitemap) -> list[Child]:
    """Those for news where some are so named, and of them the newest."""
    ordered = [child for child, _ in newest_sitemap_first(index.children)]
    for_news = [child for child in ordered if "news" in urlsplit(child.url).path.lower()]
    return (for_news or ordered)[:FOLLOWED_MAX]


async def _read(answer: Fetched, source: Source) -> Sitemap | Reject:
    known = wire(source.wire)
    page = Page(answer.final_url, answer.body, answer.content_type, answer.fetched_at)
    return await asyncio.to_thread(read_sitemap, page, zone=known.zone if known else "UTC")
