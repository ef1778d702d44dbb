"""What a source's other addresses show of its past: its ways back, walked one after the other, the newest rows first.

Each request is the one fetcher's, with its manners; each way ends for a reason that can be told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime

from ingest.listing import Listing, looks_like_a_feed, read_listing
from ingest.ways import Leaf, Span, all_older, ways_back
from ingest.wires import SHIPPED, Roster
from news.release import Reject
from news.source import Source, SourceKind
from wirewatch.showings import (
    END,
    NO_WAY,
    PAGES_MAX,
    REACHED,
    RETRY_WAITS_S,
    ROWS_MAX,
    Asker,
    Bookmark,
    Fetches,
    Showing,
    Walk,
    WayEnded,
    words,
)
from wirewatch.sitemap_walk import SitemapWalk

__all__ = ["END", "NO_WAY", "REACHED", "Bookmark", "Lookback", "Showing", "WayEnded"]


class Lookback:
    """Walks back. Nothing is remembered between two walks."""

    def __init__(
        self,
        fetcher: Fetches,
        *,
        pages_max: int = PAGES_MAX,
        rows_max: int = ROWS_MAX,
        retry_waits_s: Sequence[float] = RETRY_WAITS_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        roster: Roster = SHIPPED,
    ) -> None:
        self._roster = roster
        self._asker = Asker(fetcher, retry_waits_s, sleep)
        self._pages_max, self._rows_max = pages_max, rows_max

    async def showings(
        self,
        source: Source,
        *,
        until: datetime | None = None,
        before: datetime | None = None,
        start: Bookmark | None = None,
    ) -> AsyncGenerator[Showing | WayEnded]:
        """Pages of the source's ways, the cheapest way first, each until a page is all older than `until`.

        What holds nothing that came before `before` is not asked for, where its address tells. `start`: begin there,
        without the ways before it; at the beginning where that way is no more. Every way ends with a `WayEnded`.
        """
        ways = ways_back(source)
        if not ways:
            yield WayEnded(source.name, NO_WAY)
        at = next((n for n, way in enumerate(ways) if start is not None and way.name == start.way), 0)
        for way in ways[at:]:
            begun = start if start is not None and start.way == way.name else None
            walk = Walk(source, way, Span(until, before), begun, self._pages_max, self._rows_max)
            sitemaps = way.kind is SourceKind.SITEMAP
            async with aclosing(SitemapWalk(walk, self._asker).steps() if sitemaps else self._pages(walk)) as steps:
                async for step in steps:
                    yield step

    async def _pages(self, walk: Walk) -> AsyncGenerator[Showing | WayEnded]:
        leaf = Leaf(max(1, walk.start.page) if walk.start else 1)
        while not walk.is_long_enough:
            number, url = leaf.number, walk.way.page(leaf.number)
            read = await self._listing(walk, url)
            if isinstance(read, str):
                yield walk.ended(read)
                return
            if not read.entries:
                yield walk.ended(END if number > 1 else "empty: it shows nothing")
                return
            walk.count(read.entries)
            yield Showing(walk.way.name, url, number, ordered=True, rows=read.entries)
            if walk.span.since is not None and all_older(read.entries, walk.span.since):
                yield walk.ended(REACHED)
                return
            if not walk.way.paged or leaf.turn(read.entries) is None:
                yield walk.ended(END)
                return
        yield walk.enough()

    async def _listing(self, walk: Walk, url: str) -> Listing | str:
        page = await self._asker.page(url, trusted=walk.source.trusted)
        if isinstance(page, str):
            return page
        feed = walk.way.kind is SourceKind.FEED or looks_like_a_feed(page)
        kind = SourceKind.FEED if feed else SourceKind.LISTING
        read = await asyncio.to_thread(read_listing, kind, walk.source.wire, page, None, self._roster)
        return words(read) if isinstance(read, Reject) else read
