"""Walking a sitemap, an index of sitemaps, or those of one address after the other by their days or numbers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit

from config.catalogue import wire
from ingest.answers import FetchReason
from ingest.sitemaps import Sitemap, read_sitemap
from ingest.ways import MARGIN, all_older, dated_addresses, newest_first, newest_sitemap_first
from news.release import Reject
from wirewatch import clock
from wirewatch.showings import END, REACHED, Asker, Showing, Walk, WayEnded, words

DEEP_MAX = 3  # indexes that name indexes
# So many documents that cannot be had end a way: it is not one bad month then.
FAILURES_MAX = 2


@dataclass(frozen=True, slots=True)
class _Address:
    """Where a document is. `may_end`: that there is none says that there are no more. `may_lack`: nor is it a loss."""

    url: str
    trusted: bool
    may_end: bool = False
    may_lack: bool = False


@dataclass(slots=True)
class SitemapWalk:
    """Each document is a page, each index is unfolded where it is met; what cannot be had is told of at the end."""

    walk: Walk
    asker: Asker
    _waiting: list[Iterator[_Address]] = field(default_factory=list)
    _start: str = ""  # nothing before this address is asked for
    _failures: list[str] = field(default_factory=list)
    _over: bool = False  # something older than is wanted was met

    async def steps(self) -> AsyncGenerator[Showing | WayEnded]:
        self._start = self.walk.start.url if self.walk.start else ""
        for _ in range(2):
            self._waiting = [self._addresses()]
            while (found := await self._next()) is not None:
                address, shown = found
                yield shown
                if self._is_last(address, shown):
                    self._waiting = []
            if not self._start:
                break
            # The place to go on from is no more: better all of it again than something never.
            self._start = ""
        told = self._failures or ([REACHED] if self._over else [END])
        yield self.walk.enough() if self.walk.is_long_enough else self.walk.ended("; ".join(told))

    async def _next(self) -> tuple[_Address, Showing] | None:
        """The next document with rows that were not shown just before."""
        while self._waiting and len(self._failures) < FAILURES_MAX and not self.walk.is_long_enough:
            address = next(self._waiting[-1], None)
            if address is None:
                self._waiting.pop()
                continue
            if self._start and self._start != address.url and not self._may_be_index():
                continue
            read = await self._read(address)
            if isinstance(read, str):
                self._fail(address, read)
            elif read.children and len(self._waiting) <= DEEP_MAX:
                self._waiting.append(self._children(address, read))
            elif (shown := self._shown(address, read)) is not None:
                return address, shown
        return None

    def _may_be_index(self) -> bool:
        return len(self._waiting) == 1 and not self.walk.way.dated and not self.walk.way.paged

    def _fail(self, address: _Address, reason: str) -> None:
        missing = reason.startswith(FetchReason.NOT_FOUND.value)
        if missing and address.may_end:
            self._waiting = []
        elif not (missing and address.may_lack):
            self._failures.append(f"{address.url}: {reason}")

    def _shown(self, address: _Address, read: Sitemap) -> Showing | None:
        self._start = ""
        rows, dated = newest_first(read.rows)
        if address.may_end and (not rows or self.walk.repeats(rows)):
            self._waiting = []
            return None
        self.walk.count(rows)
        return Showing(self.walk.way.name, address.url, self.walk.pages, dated, rows, exact=not read.by_change)

    def _is_last(self, address: _Address, shown: Showing) -> bool:
        since = self.walk.span.since
        older = since is not None and all_older(shown.rows, since)
        self._over = self._over or (since is not None and all_older(shown.rows[-1:], since))
        return older and address.may_end

    # ------------------------------------------------------------------ addresses

    def _addresses(self) -> Iterator[_Address]:
        """The documents that a way is made of, the newest first."""
        way, trusted = self.walk.way, self.walk.source.trusted
        if way.dated:
            yield from self._dated()
        elif way.paged:
            yield from (_Address(way.page(n), trusted, may_end=n > 1) for n in count(1))
        else:
            yield _Address(way.template, trusted)

    def _dated(self) -> Iterator[_Address]:
        span, now = self.walk.span, clock.now()
        newest = min(span.until or now, now)
        for url, period in dated_addresses(self.walk.way, newest=newest, oldest=span.since):
            # What has hardly begun by some clock may not be there yet.
            yield _Address(url, self.walk.source.trusted, may_lack=period.begins + 2 * MARGIN >= now)
        self._over = span.since is not None

    def _children(self, index: _Address, read: Sitemap) -> Iterator[_Address]:
        """What of an index may hold something that is wanted. Other hosts than its own are not trusted for it."""
        span, here = self.walk.span, urlsplit(index.url).netloc
        for child, period in newest_sitemap_first(read.children):
            untouched = span.since is not None and child.changed_at is not None and child.changed_at < span.since
            if untouched or (period is not None and span.is_over(period)):
                self._over = True
            elif period is None or not span.is_later(period):
                yield _Address(child.url, trusted=index.trusted and urlsplit(child.url).netloc == here)

    async def _read(self, address: _Address) -> Sitemap | str:
        page = await self.asker.page(address.url, trusted=address.trusted)
        if isinstance(page, str):
            return page
        known = wire(self.walk.source.wire)
        read = await asyncio.to_thread(read_sitemap, page, zone=known.zone if known else "UTC")
        return words(read) if isinstance(read, Reject) else read
