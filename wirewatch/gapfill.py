"""Closing gaps: walk back through a source's other addresses until the overlap is proved.

Each page is one short commit: the rows that nobody had seen become entries of the source, which alert as those of
a poll do, and gaps whose overlap the page proves are closed. A walk that is cut off begins again from the newest
page, and knows what the one before it kept: nothing else needs to be remembered, and what the source
published meanwhile does not shift it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from ingest.coverage import TRIES_BEFORE_INCIDENT, try_again_at
from ingest.proving import FAR_BACK, Found, judge
from news.links import url_key
from news.release import Origin
from news.source import Gap, Listed, Source
from storage.archive import Archive
from storage.database import StorageError
from storage.entries import list_entries
from storage.gaps import (
    close_gap,
    count_found,
    first_seen,
    leave_open,
    open_gaps,
    sources_with_gaps_due,
    stamps_lag_s,
)
from storage.work import Work
from wirewatch.lookback import END, REACHED, Showing, WayEnded

SOURCES_AT_ONCE = 3
ROWS_A_COMMIT = 200

_log = structlog.get_logger(__name__)


class Looks(Protocol):
    """The ways back of a source, one after the other, the newest rows first. Polite and bounded."""

    def showings(self, source: Source, *, until: datetime | None = None) -> AsyncIterator[Showing | WayEnded]: ...


@dataclass(slots=True)
class _Walk:
    """One walk for all open gaps of a source, the latest first. `reached`: gaps whose past the way has shown.

    `shown_to` is when the latest of the rows that the way has shown was seen first: an old copy of a page shows nothing
    from after a gap, and proves nothing of it.
    """

    source: Source
    open: list[Gap]
    lag_s: float
    reached: set[int] = field(default_factory=set)
    shown_to: datetime | None = None
    found: int = 0
    reasons: list[str] = field(default_factory=list)

    @property
    def until(self) -> datetime:
        """What is older is of none of the gaps."""
        return min(gap.opened_at for gap in self.open) - timedelta(seconds=self.lag_s) - FAR_BACK

    def passed(self, gap: Gap) -> bool:
        """Whether the way has shown something from after the gap."""
        return self.shown_to is not None and self.shown_to >= gap.closed_at


class GapFill:
    """A job of the daemon. What is left of a walk when `stop` is set is done the next time."""

    def __init__(self, archive: Archive, looks: Looks, stop: asyncio.Event, now: Callable[[], datetime]) -> None:
        self._archive, self._looks, self._stop, self._now = archive, looks, stop, now

    async def fill(self) -> None:
        """Try to close every gap whose time has come."""
        free = asyncio.Semaphore(SOURCES_AT_ONCE)

        async def one(source: Source) -> None:
            async with free:
                if not self._stop.is_set():
                    await self._fill(source)

        await asyncio.gather(*(one(source) for source in await asyncio.to_thread(self._due)))

    def _due(self) -> list[Source]:
        with self._archive.database.reading() as connection:
            return sources_with_gaps_due(connection, self._now())

    def _begin(self, source: Source) -> _Walk:
        with self._archive.database.reading() as connection:
            return _Walk(source, open_gaps(connection, source.id), stamps_lag_s(connection, source.id))

    async def _fill(self, source: Source) -> None:
        walk = await asyncio.to_thread(self._begin, source)
        tried = len(walk.open)
        try:
            ended = await self._walk(walk)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 - a try that failed, as any other: it comes again, later
            _log.exception("gap_walk_failed", source=source.name)
            walk.reasons.append(f"internal: {type(error).__name__}")
            ended = True
        if ended and walk.open:
            await asyncio.to_thread(self._leave_open, walk)
        _log.info("gaps_tried", source=source.name, gaps=tried, left=len(walk.open), found=walk.found)

    async def _walk(self, walk: _Walk) -> bool:
        """Whether the walk came to its end: a proof, or no way left."""
        async with aclosing(self._looks.showings(walk.source, until=walk.until)) as showings:  # type: ignore[type-var]
            async for shown in showings:
                if self._stop.is_set():
                    return False
                if isinstance(shown, WayEnded):
                    await asyncio.to_thread(self._end_way, walk, shown)
                else:
                    await self._look(walk, shown)
                if not walk.open:
                    break
        return True

    async def _look(self, walk: _Walk, shown: Showing) -> None:
        for at in range(0, len(shown.rows), ROWS_A_COMMIT):
            if walk.open:
                await asyncio.to_thread(self._keep, walk, shown, shown.rows[at : at + ROWS_A_COMMIT])

    def _keep(self, walk: _Walk, shown: Showing, rows: Sequence[Listed]) -> None:
        """Keep what is missing of a page, and close the gaps that it proves closed: one commit."""
        if walk.source.state.guids_collide:
            rows = [replace(row, guid=None) for row in rows]
        url_keys = [url_key(row.url) if row.url else None for row in rows]
        with self._archive.writing(self._now()) as work:
            keys, seen, mine = first_seen(work.connection, walk.source, rows, url_keys)
            page = [Found(row.stamp, at, own) for row, at, own in zip(rows, seen, mine, strict=True)]
            walk.shown_to = max((at for at in (walk.shown_to, *seen) if at is not None), default=None)
            taken: set[int] = set()
            closed: list[tuple[Gap, str]] = []
            for gap in walk.open:
                judged = judge(page, gap, ordered=shown.ordered, exact=shown.exact, lag_s=walk.lag_s)
                if judged.reaches_back:
                    walk.reached.add(gap.id)
                news = [(_published(rows[at], shown), url_keys[at], keys[at]) for at in judged.news if at not in taken]
                taken.update(judged.news)
                walk.found += _list(work, walk.source, gap, news)
                if judged.proof is None or not walk.passed(gap):
                    break
                closed.append((gap, f"{judged.proof}, {shown.way} page {shown.page}"))
            _close(work, walk, closed)

    def _end_way(self, walk: _Walk, ended: WayEnded) -> None:
        """A way that showed all it has, and of it something from before the gap, left nothing out."""
        whole = [
            (gap, f"all that {ended.way} shows") for gap in walk.open if gap.id in walk.reached and walk.passed(gap)
        ]
        stops = ended.reason in (END, REACHED)
        old = stops and walk.reached and not whole
        walk.reasons.append(f"{ended.way}: {'nothing from after the gap' if old else ended.reason}")
        walk.reached.clear()
        walk.shown_to = None
        if stops and whole:
            with self._archive.writing(self._now()) as work:
                _close(work, walk, whole)

    def _leave_open(self, walk: _Walk) -> None:
        now = self._now()
        reason = "; ".join(walk.reasons) or "no other way to look is known"
        with self._archive.writing(now) as work:
            for gap in walk.open:
                tries = gap.attempts + 1
                leave_open(work, gap, reason, try_again_at(tries, now), incident=tries >= TRIES_BEFORE_INCIDENT)


def _published(row: Listed, shown: Showing) -> Listed:
    """The row without a stamp that tells another thing than when it was published."""
    return row if shown.exact else replace(row, stamp=None)


def _list(work: Work, source: Source, gap: Gap, news: Sequence[tuple[Listed, str | None, str]]) -> int:
    """Make entries of rows that nobody had seen; returns how many are to be read."""
    if not news:
        return 0
    rows, url_keys, keys = zip(*news, strict=True)
    due = list_entries(work, source, rows, url_keys, keys, origin=Origin.GAP)
    count_found(work, gap.id, due)
    return due


def _close(work: Work, walk: _Walk, closed: Sequence[tuple[Gap, str]]) -> None:
    for gap, why in closed:
        close_gap(work, gap, why)
    gone = {gap.id for gap, _ in closed}
    walk.open = [gap for gap in walk.open if gap.id not in gone]
