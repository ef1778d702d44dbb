"""A back-fill as the command gives it: walked here where no daemon runs, and watched where one does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

from config import Settings
from config.catalogue import wire
from ingest.ways import ways_back
from news.release import iso
from news.source import Source
from storage import backfills, outbox, sources
from storage.archive import Archive
from storage.backfills import Backfill, Stand
from storage.database import DatabaseBusyError
from storage.entries import claim_entries
from storage.work import Work
from wirewatch import clock
from wirewatch.assemble import House, build, open_archive
from wirewatch.backfill import Backfills
from wirewatch.daemon import LEASE
from wirewatch.faults import FailedError, UserError
from wirewatch.intake import Report, bar, console_for, deliver_due
from wirewatch.pipeline import Unread
from wirewatch.prepared import Prepared
from wirewatch.wording import meant

PAGES_AT_ONCE = 4
# No stored release is from before.
FIRST_DAY = date(1970, 1, 1)
LOOK_EVERY_S = 0.5
DAEMON_LOOKED_FOR_EVERY = 20  # looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command was asked: days of the wire's own calendar, `since` and up to `until`, both included."""

    source: str
    since: date
    until: date | None = None
    alert: bool = False
    restart: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """How an order stands. `unread` pages are still to be read; `states` is what became of what it listed."""

    source: Source
    order: Backfill
    unread: int
    states: dict[str, int]
    resumed: bool
    daemon: bool

    def told(self) -> dict[str, object]:
        order = self.order
        return {
            "source": self.source.name,
            "since": iso(order.since),
            "until": iso(order.until),
            "alert": order.alert,
            "state": order.stand.value,
            "resumed": self.resumed,
            "by_daemon": self.daemon,
            "pages": order.pages,
            "rows": order.rows,
            "outside": order.outside,
            "left_to_polls": order.left,
            "known": order.known,
            "listed": order.listed,
            "unread": self.unread,
            "states": self.states,
            "ways": [{"way": way, "ended": reason} for way, reason in order.ends],
        }


def day(text: str, option: str) -> date:
    """A day of a command line that is not in the future."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise UserError(f"{option} {text!r} is no day, such as 2026-03-02") from None
    # Somewhere it may be tomorrow already.
    if found > (clock.now() + timedelta(hours=14)).date():
        raise UserError(f"{option} {text} is in the future: nothing was published then")
    return found


def named(archive: Archive, name: str) -> Source:
    stand = {line.source.name: line.source for line in archive.sources()}
    if name not in stand:
        raise UserError(f"there is no source {name!r}; {meant(name, stand)}")
    return stand[name]


def give(archive: Archive, wish: Wish) -> tuple[Source, bool]:
    """Write the order down, or let one that was stopped go on; whether it does.

    Raises:
        UserError: there is no such source, or no other address to look at.
    """
    source = named(archive, wish.source)
    if not ways_back(source):
        raise UserError(
            f"no other address of {source.name!r} is known to look at: its [[source]] in wirewatch.toml may name "
            'listing = "https://…?page={page}", sitemap = "https://…" or other_feeds = [ "https://…" ]'
        )
    known = wire(source.wire)
    zone = ZoneInfo(known.zone if known else "UTC")
    since = _begins(wish.since, zone)
    until = _begins(wish.until + timedelta(days=1), zone) if wish.until else None
    order = Backfill(source_id=source.id, since=since, until=until, alert=wish.alert, began_at=clock.now())
    with archive.writing(clock.now()) as work:
        before = backfills.told(work.connection, source.id)
        if before is not None and before.asks_as(order) and not wish.restart and _is_unfinished(work, before):
            if before.stand is Stand.STOPPED:
                backfills.go_on(work, before)
            return source, True
        backfills.write(work, order)
    return source, False


def _is_unfinished(work: Work, order: Backfill) -> bool:
    return order.stand is not Stand.DONE or backfills.unread(work.connection, order, work.now) > 0


def _begins(day_: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(max(day_, FIRST_DAY), time(), zone).astimezone(UTC)


async def run(settings: Settings, wish: Wish, *, quiet: bool, say: Callable[[str], None]) -> Answer:
    """Give the order and wait until all that it finds is read. `say` is told what cannot wait for the end.

    Raises:
        UserError: it cannot be done as asked.
    """
    archive = open_archive(settings)
    try:
        lock = archive.database.instance_lock()
    except DatabaseBusyError:
        try:
            source, resumed = give(archive, wish)
            say("the daemon walks; Ctrl-C leaves it at it, --stop stops it")
            return await _watched(archive, source, resumed=resumed, quiet=quiet)
        finally:
            archive.close()
    try:
        house = build(settings, archive, console=console_for(quiet=quiet))
    except BaseException:
        archive.close()
        lock.release()
        raise
    try:
        with archive.writing(clock.now()) as work:
            sources.free_leases(work.connection)
            outbox.free_leases(work.connection)
        source, resumed = give(archive, wish)
        if resumed:
            say("going on where it was stopped; --restart begins anew")
        return await _walked(house, source, resumed=resumed, quiet=quiet)
    finally:
        await house.close()
        lock.release()


async def _walked(house: House, source: Source, *, resumed: bool, quiet: bool) -> Answer:
    stop = asyncio.Event()
    walks = Backfills(house.archive, house.fetcher, stop, clock.now, house.roster)
    walking = asyncio.create_task(walks.walk_one(source.id))
    try:
        with _progress(quiet=quiet) as show:
            while True:
                over = walking.done()
                if not await _read_some(house, source):
                    if over:
                        break
                    await asyncio.wait([walking], timeout=LOOK_EVERY_S)
                show(await asyncio.to_thread(_stands, house.archive, source, resumed=resumed, daemon=False))
        walking.result()
    finally:
        stop.set()
        walking.cancel()
        await asyncio.gather(walking, return_exceptions=True)
    await deliver_due(house, Report())
    return _stands(house.archive, source, resumed=resumed, daemon=False)


async def _read_some(house: House, source: Source) -> int:
    """Read and store a few pages of the source; how many there were."""
    holder = f"backfill:{os.getpid()}"
    room = {"holder": holder, "lease": LEASE, "limit": PAGES_AT_ONCE, "only": source.id}
    claimed = await asyncio.to_thread(claim_entries, house.archive.database, clock.now(), **room)  # type: ignore[arg-type]
    found = await asyncio.gather(*(house.pipeline.read(entry) for entry in claimed))
    ready = [item for item in found if isinstance(item, Prepared)]
    for item in found:
        if isinstance(item, Unread):
            await asyncio.to_thread(house.pipeline.leave_unread, item)
    if ready:
        await asyncio.to_thread(house.pipeline.store, ready)
    return len(claimed)


async def _watched(archive: Archive, source: Source, *, resumed: bool, quiet: bool) -> Answer:
    with _progress(quiet=quiet) as show:
        for looks in count(1):
            stands = await asyncio.to_thread(_stands, archive, source, resumed=resumed, daemon=True)
            show(stands)
            if stands.order.stand is not Stand.WALKING and (not stands.unread or stands.order.stand is Stand.STOPPED):
                return stands
            if looks % DAEMON_LOOKED_FOR_EVERY == 0 and not await asyncio.to_thread(_is_watched, archive):
                break
            await asyncio.sleep(LOOK_EVERY_S)
    raise FailedError("the daemon was stopped meanwhile; the same command goes on where it was")


def _is_watched(archive: Archive) -> bool:
    try:
        archive.database.instance_lock().release()
    except DatabaseBusyError:
        return True
    return False


def stands(archive: Archive, name: str) -> Answer | None:
    """How the order for a source stands; None where there is none."""
    source = named(archive, name)
    with archive.database.reading() as connection:
        if backfills.told(connection, source.id) is None:
            return None
    return _stands(archive, source, resumed=False, daemon=False)


def _stands(archive: Archive, source: Source, *, resumed: bool, daemon: bool) -> Answer:
    with archive.database.reading() as connection:
        order = backfills.told(connection, source.id)
        if order is None:
            raise UserError(f"the order for {source.name!r} was taken away meanwhile")
        unread = backfills.unread(connection, order, clock.now())
        return Answer(source, order, unread, backfills.outcome(connection, order), resumed, daemon)


def progress_of(order: Backfill, unread: int, now: datetime) -> float:
    """How much of the walk is done, 0 to 1: how far back its way is by stamps, less what is listed and not read."""
    span = ((order.until or now) - order.since).total_seconds()
    if order.stand is Stand.DONE:
        back = 1.0
    elif order.back_to is None or span <= 0:
        back = 0.0
    else:
        back = min(1.0, max(0.0, ((order.until or now) - order.back_to).total_seconds() / span))
    return back * (1 - unread / order.listed) if order.listed else back


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[Answer], None]]:
    """A bar that fills as the walk goes back in time, with the time that is left at that pace."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeRemainingColumn(),
    )
    with bar(quiet=quiet, columns=columns) as progress:
        task = progress.add_task("back-fill", total=1.0)

        def show(at: Answer) -> None:
            order = at.order
            back = f" back to {order.back_to.date()}" if order.back_to else ""
            where = f"{order.way} page {order.page}{back}" if order.way else at.source.name
            read = order.listed - at.unread
            told = f"{where}, {read:,} of {order.listed:,} read"
            progress.update(task, completed=progress_of(order, at.unread, clock.now()), description=told)

        yield show
