"""Reading a source's history: walk back through its other addresses, and list what nobody had.

A page is one short commit, with the place to go on from: a walk that is killed goes on at the page it was at. What a
poll or a gap may bring yet is left to them, as they alert and history does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

import structlog

from ingest.ways import period_of
from ingest.wires import SHIPPED, Roster
from news.links import url_key
from news.source import Gap, Listed, Source
from storage import backfills
from storage.archive import Archive
from storage.backfills import Backfill, Stand
from storage.gaps import open_gaps
from storage.work import Work
from wirewatch.lookback import END, REACHED, Bookmark, Lookback, Showing, WayEnded
from wirewatch.showings import Fetches

ROWS_A_COMMIT = 200
# Of one way: years of a busy wire.
PAGES_MAX = 20_000
ROWS_MAX = 1_000_000
# No page is asked for while so many rows wait to be read.
UNREAD_MAX = 200
REST_S = 0.5
# A source may show a row so long after its stamp: until then a poll may bring it.
POLLS_BRING = timedelta(hours=24)
GAP_MARGIN = timedelta(hours=1)
# So many rows in a row that were had are no pinned one: what stands below them is older.
RUN_MIN = 3

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Border:
    """What is history: rows stamped before `polls` (None: all), and not within a gap that is still to be closed."""

    polls: datetime | None
    gaps: tuple[Gap, ...] = ()

    def is_history(self, at: datetime) -> bool:
        within = (gap.opened_at - GAP_MARGIN <= at <= gap.closed_at + GAP_MARGIN for gap in self.gaps)
        return (self.polls is None or at < self.polls) and not any(within)


def border(source: Source, seeded_from: datetime | None, gaps: tuple[Gap, ...]) -> Border:
    """Where polls of a source leave off. `seeded_from` is the oldest stamp that its first poll showed."""
    state = source.state
    if not state.seeded or state.last_polled_at is None:
        return Border(None, gaps)
    polls = state.last_polled_at - POLLS_BRING
    return Border(max(polls, seeded_from - GAP_MARGIN) if seeded_from else polls, gaps)


class Place(Enum):
    """Where one row falls: on other days than those asked for, to come by a poll or a gap yet, or wanted."""

    OUTSIDE = auto()
    LEFT = auto()
    WANTED = auto()


def place_of(row: Listed, order: Backfill, shown: Showing, bound: Border, *, below_known: bool) -> Place:
    """`below_known`: above it, in an ordered way, stands a row that the source had.

    A stamp of change is that of publication or later: it rules out what is too old, and nothing that is too young.
    """
    at = row.stamp
    if at is None:
        period = period_of(shown.url)
        old = bound.polls is None or below_known or (period is not None and bound.is_history(period.ends))
        return Place.WANTED if old else Place.LEFT
    if at < order.since or (shown.exact and order.until is not None and at >= order.until):
        return Place.OUTSIDE
    return Place.WANTED if bound.is_history(at) else Place.LEFT


class Backfills:
    """Walks what was ordered, the sources one after the other; a job of the daemon, or of the command alone."""

    def __init__(
        self,
        archive: Archive,
        fetcher: Fetches,
        stop: asyncio.Event,
        now: Callable[[], datetime],
        roster: Roster = SHIPPED,
    ) -> None:
        self._archive, self._stop, self._now = archive, stop, now
        self._looks = Lookback(fetcher, pages_max=PAGES_MAX, rows_max=ROWS_MAX, roster=roster)

    async def walk(self) -> None:
        """Go on with every walk until it is done or stopped; what it lists is read by others."""
        for source, order in await asyncio.to_thread(self._ordered):
            if not self._stop.is_set():
                await self._walk(source, order)

    async def walk_one(self, source_id: int) -> None:
        """As `walk`, of one source."""
        for source, order in await asyncio.to_thread(self._ordered):
            if source.id == source_id:
                await self._walk(source, order)

    def _ordered(self) -> list[tuple[Source, Backfill]]:
        with self._archive.database.reading() as connection:
            return backfills.under_way(connection)

    async def _walk(self, source: Source, order: Backfill) -> None:
        start = Bookmark(order.way, order.page, order.url) if order.way else None
        steps = self._looks.showings(source, until=order.since, before=order.until, start=start)
        async with aclosing(steps) as showings:
            async for shown in showings:
                if self._stop.is_set():
                    return
                step = self._end_way if isinstance(shown, WayEnded) else self._keep
                after = await asyncio.to_thread(step, source, order, shown)  # type: ignore[arg-type]  # as just asked
                if after is None:
                    return
                order = after
                await self._until_read(order)
        # Where every way failed, the next try goes on from here.
        well = any(reason in (END, REACHED) for _, reason in order.ends)
        await asyncio.to_thread(self._write, replace(order, stand=Stand.DONE if well else Stand.STOPPED))
        _log.info("backfilled", source=source.name, pages=order.pages, listed=order.listed, known=order.known)

    def _write(self, order: Backfill) -> bool:
        with self._archive.writing(self._now()) as work:
            return backfills.change(work, order)

    async def _until_read(self, order: Backfill) -> None:
        """Do not list faster than pages are read."""
        while await asyncio.to_thread(self._unread, order) >= UNREAD_MAX:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), REST_S)
                return

    def _unread(self, order: Backfill) -> int:
        with self._archive.database.reading() as connection:
            return backfills.unread(connection, order, self._now())

    def _end_way(self, _source: Source, order: Backfill, ended: WayEnded) -> Backfill | None:
        ends = (*((way, why) for way, why in order.ends if way != ended.way), (ended.way, ended.reason))
        after = replace(order, ends=ends, back_to=None, met_known=False)
        return after if self._write(after) else None

    def _keep(self, source: Source, order: Backfill, shown: Showing) -> Backfill | None:
        """List what nobody had of a page; None where the walk was stopped.

        The last commit moves the bookmark and counts the page: one that is looked at again counts once.
        """
        if source.state.guids_collide:
            shown = replace(shown, rows=tuple(replace(row, guid=None) for row in shown.rows))
        again = (order.way, order.page, order.url) == (shown.way, shown.page, shown.url)
        before = order = order if order.way == shown.way else replace(order, back_to=None, met_known=False)
        for at in range(0, len(shown.rows) or 1, ROWS_A_COMMIT):
            rows = shown.rows[at : at + ROWS_A_COMMIT]
            with self._archive.writing(self._now()) as work:
                order = self._list(work, source, order, shown, rows)
                last = at + ROWS_A_COMMIT >= len(shown.rows)
                kept = _moved(before, order, shown, again=again) if last else replace(before, listed=order.listed)
                if not backfills.change(work, kept):
                    return None
        return kept

    def _list(self, work: Work, source: Source, order: Backfill, shown: Showing, rows: tuple[Listed, ...]) -> Backfill:
        gaps = tuple(open_gaps(work.connection, source.id))
        bound = border(source, backfills.polled_from(work.connection, source.id), gaps)
        url_keys = [url_key(row.url) if row.url else None for row in rows]
        found = backfills.seen(work, source, rows, url_keys)
        met, run, places = order.met_known, 0, []
        for row, mine in zip(rows, found.mine, strict=True):
            run = run + 1 if mine and shown.ordered else 0
            met = met or run >= RUN_MIN
            places.append(place_of(row, order, shown, bound, below_known=met))
        news = [
            (rows[at], url_keys[at], found.keys[at])
            for at, place in enumerate(places)
            if place is Place.WANTED and found.fresh[at]
        ]
        stamps = [row.stamp for row in rows if row.stamp is not None]
        return replace(
            order,
            rows=order.rows + len(rows),
            outside=order.outside + places.count(Place.OUTSIDE),
            left=order.left + sum(place is Place.LEFT and new for place, new in zip(places, found.fresh, strict=True)),
            listed=order.listed + backfills.list_history(work, source, news, alert=order.alert),
            back_to=min([*stamps, *([order.back_to] if order.back_to else [])], default=None),
            met_known=met,
        )


def _moved(before: Backfill, after: Backfill, shown: Showing, *, again: bool) -> Backfill:
    if again:
        return replace(after, rows=before.rows, outside=before.outside, left=before.left)
    return replace(after, way=shown.way, page=shown.page, url=shown.url, pages=after.pages + 1)
