"""Keeping time: the scheduler's ticks hand out what is due, our own crew does it.

APScheduler's jobs only enqueue. Its shutdown cancels running coroutines instead of waiting for them
(apscheduler#233), so the work itself runs in a crew that drains with a deadline.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any, TextIO, TypeVar

import httpx
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from config import Settings
from news.alert import Delivery, Outcome
from news.source import Entry, Source
from storage import entries, outbox, sources
from storage.database import DatabaseBusyError, StorageError
from storage.due import due
from storage.errors import OutageError
from wirewatch import clock, websub
from wirewatch.assemble import House, build, open_archive
from wirewatch.backfill import Backfills
from wirewatch.closing import close_due
from wirewatch.dropfolder import LOOK_EVERY_S, DropFolder
from wirewatch.gapfill import GapFill
from wirewatch.lookback import Lookback
from wirewatch.operator_desk import OPERATOR_EVERY_S, OperatorDesk
from wirewatch.outage import Outage
from wirewatch.pacing import LEARN_EVERY_S, PRICE_EVERY_S
from wirewatch.pipeline import BATCH_MAX, Pipeline, Unread
from wirewatch.prepared import Prepared
from wirewatch.presence import BEAT_EVERY_S, Presence
from wirewatch.revisiting import Looks
from wirewatch.supervision import SILENCES_EVERY_S, SLIPS_EVERY_S, Supervision
from wirewatch.tenure import InHand, LostError, Tenure
from wirewatch.together import Together
from wirewatch.troubles import Condition, warnings
from wirewatch.upkeep import Upkeep
from wirewatch.web import create_app, hosts_served, serve
from wirewatch.websub import Callbacks, Subscriber

TICK_S = 0.25
RULES_EVERY_S = 2.0
TENURE_EVERY_S = 1.0
WARNINGS_EVERY_S = 30.0
TIDY_EVERY_S = 3_600.0
PRUNE_EVERY_S = 3_600.0
RENEW_EVERY_S = 60.0
REVISIT_EVERY_S = 2.0
WEBSUB_EVERY_S = 5.0
GAPS_EVERY_S = 5.0
BACKFILL_EVERY_S = 2.0
LEASE = timedelta(minutes=10)
DRAIN_S = 8.0
ENTRIES_AT_ONCE = 16
LOOKS_AT_ONCE = 4
SENDS_PER_CHANNEL = 4

# What these kinds of work ask of the archive, they only read.
READS = ("claim due", "claim rules", "claim tenure", "claim warnings")

T = TypeVar("T")
Leased = TypeVar("Leased", Source, Entry, Delivery)

_log = structlog.get_logger(__name__)


class Crew:
    """Tasks at work, counted by kind, drained with a deadline.

    Troubles of the archive are told to `outage`; what no waiting mends is told to `end`.
    """

    def __init__(self, outage: Outage, end: Callable[[StorageError], None]) -> None:
        self._outage, self._end = outage, end
        self._tasks: set[asyncio.Task[None]] = set()
        self.busy: Counter[str] = Counter()

    def start(self, kind: str, work: Coroutine[Any, Any, None]) -> None:
        self.busy[kind] += 1
        task = asyncio.create_task(self._run(kind, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, kind: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except OutageError as error:
            self._outage.failed(error, writes=not kind.startswith(READS))
        except (DatabaseBusyError, LostError) as error:
            self._end(error)
        except StorageError as error:
            _log.error("storage", work=kind, error=str(error))
        except Exception:  # noqa: BLE001 - one broken piece of work must not stop the watch
            _log.exception("work_failed", work=kind)
        finally:
            self.busy[kind] -= 1

    async def drain(self, within_s: float) -> int:
        """Wait for what is under way, and for what it starts yet; cancel what is left.

        Returns how many were cancelled.
        """
        deadline = clock.monotonic() + within_s
        while self._tasks and (left_s := deadline - clock.monotonic()) > 0:
            await asyncio.wait(set(self._tasks), timeout=left_s)
        late = set(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)


class Daemon:
    """One process's share of the work: claims, does, and settles, until told to stop."""

    def __init__(
        self, house: House, tenure: Tenure, holder: str, scheduler: Callable[..., Any] = AsyncIOScheduler
    ) -> None:
        self._house, self._scheduler = house, scheduler
        self._pipeline: Pipeline = house.pipeline
        self._presence = Presence(house.archive, clock.now, clock.monotonic)
        self._pipeline.attended_by(self._presence)
        self._operator = OperatorDesk(house)
        self._tenure, self._holder = tenure, holder
        self.outage = Outage(house.archive.database.place, clock.monotonic)
        self.warnings: tuple[str, ...] = ()
        self._crew = Crew(self.outage, self._end)
        self._storing: Together[Prepared] = Together(partial(self._lasting, self._pipeline.store), batch_max=BATCH_MAX)
        self._settling: Together[tuple[Delivery, Outcome]] = Together(
            partial(self._lasting, self._pipeline.settle), batch_max=BATCH_MAX
        )
        self._in_hand = InHand()
        self._claims = asyncio.Lock()
        self._nudged: set[str] = set()
        self._claiming: set[str] = set()
        self._stop = asyncio.Event()
        self._upkeep = Upkeep(house.archive, house.settings, self._stop)
        self._dropped = DropFolder(house.pipeline, house.settings, self._stop, house.roster)
        self._looks = Looks(house.settings.polling)
        self._subscriber = Subscriber(house.archive, house.fetcher, house.settings, clock.now)
        self._supervision = Supervision(house.archive, house.settings, self._stop)
        self._gapfill = GapFill(house.archive, Lookback(house.fetcher, roster=house.roster), self._stop, clock.now)
        self._backfills = Backfills(house.archive, house.fetcher, self._stop, clock.now, house.roster)
        self._ended: StorageError | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is under way within 10 s.

        Raises:
            DatabaseBusyError: another daemon took over.
            LostError: the file of the database was taken away.
        """
        await asyncio.to_thread(self._tenure.take_up, self._in_hand, clock.now())
        await self._presence.beat()
        scheduler = self._scheduler(timezone="UTC")
        for name, job, every_s in (
            ("due", self._tick("due", self._look), TICK_S),
            ("rules", self._tick("rules", self._refresh_rules), RULES_EVERY_S),
            ("tenure", self._tick("tenure", self._look_after), TENURE_EVERY_S),
            ("warnings", self._tick("warnings", self._look_ahead), WARNINGS_EVERY_S),
            ("beat", self._tick("beat", self._presence.beat), BEAT_EVERY_S),
            ("operator", self._tick("operator", self._operator.tell), OPERATOR_EVERY_S),
            ("tidy", self._tick("tidy", self._upkeep.tidy), TIDY_EVERY_S),
            ("prune", self._tick("prune", self._upkeep.prune), PRUNE_EVERY_S),
            ("renew", self._tick("renew", self._upkeep.renew), RENEW_EVERY_S),
            ("inbox", self._tick("inbox", self._dropped.look), LOOK_EVERY_S),
            ("revisit", self._tick("revisit", self._claim_looks), REVISIT_EVERY_S),
            ("websub", self._tick("websub", self._subscriber.look), WEBSUB_EVERY_S),
            ("silences", self._tick("silences", self._supervision.silences), SILENCES_EVERY_S),
            ("slips", self._tick("slips", self._supervision.slips), SLIPS_EVERY_S),
            ("price", self._tick("price", self._pipeline.pacing.price), PRICE_EVERY_S),
            ("learn", self._tick("learn", self._pipeline.pacing.learn), LEARN_EVERY_S),
            ("gaps", self._tick("gaps", self._gapfill.fill), GAPS_EVERY_S),
            ("backfill", self._tick("backfill", self._backfills.walk), BACKFILL_EVERY_S),
        ):
            scheduler.add_job(
                job, "interval", seconds=every_s, id=name, coalesce=True, max_instances=1, misfire_grace_time=None
            )
        commits = [asyncio.create_task(each.run()) for each in (self._storing, self._settling)]
        scheduler.start()
        self._nudge("prune", self._upkeep.prune)
        self._nudge("renew", self._upkeep.renew)
        self._nudge("silences", self._supervision.silences)
        self._nudge("slips", self._supervision.slips)
        self._nudge("price", self._pipeline.pacing.price)
        _log.info("watching", sources=len(self._house.archive.sources()), rules=len(self._house.watch))
        self._nudge("warnings", self._look_ahead)
        try:
            await _first_of(stop, self._stop)
        finally:
            self._stop.set()
            scheduler.shutdown(wait=False)
            cut = await self._crew.drain(DRAIN_S)
            for each in commits:
                each.cancel()
            await asyncio.gather(*commits, return_exceptions=True)
            _log.info("stopped", cut_short=cut)
        if self._ended is not None:
            raise self._ended

    def condition(self) -> Condition:
        return Condition(trouble=self.outage.reason, warnings=self.warnings)

    def _end(self, error: StorageError) -> None:
        """Stop for good: to go on would do harm."""
        self._ended = self._ended or error
        self._stop.set()

    async def _lasting(self, write: Callable[..., T], /, *given: Any) -> T:  # noqa: ANN401 - what `write` takes
        return await self.outage.lasting(self._stop, write, *given)

    def _tick(self, name: str, claim: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        # A coroutine, though it awaits nothing: the scheduler would run a plain function in a thread.
        async def enqueue() -> None:
            self._nudge(name, claim)

        return enqueue

    def _nudge(self, name: str, claim: Callable[[], Awaitable[None]]) -> None:
        """Claim now; if a claim is under way, once more after it."""
        if self._stop.is_set():
            return
        if name in self._claiming:
            self._nudged.add(name)
            return
        self._claiming.add(name)
        self._crew.start(f"claim {name}", self._claim(name, claim))

    async def _claim(self, name: str, claim: Callable[[], Awaitable[None]]) -> None:
        try:
            await claim()
        finally:
            self._claiming.discard(name)
        if name in self._nudged:
            self._nudged.discard(name)
            self._nudge(name, claim)

    # ------------------------------------------------------------------ claims

    async def _look(self) -> None:
        """One question a tick; an idle watch costs next to nothing.

        While something done waits to be written down nothing is begun: its lease may have run out.
        """
        if self.outage.holds or not self.outage.may_try():
            return
        if self.outage.reason and await self._probed():
            await self._take_up()
        found = await asyncio.to_thread(due, self._house.archive.database, clock.now())
        if found.sources:
            self._nudge("sources", self._claim_sources)
        if found.entries:
            self._nudge("entries", self._claim_entries)
        if found.deliveries:
            self._nudge("deliveries", self._claim_deliveries)

    async def _probed(self) -> bool:
        """Whether the trouble is over; asked of a small write, as nothing else may be due."""
        await asyncio.to_thread(self._house.archive.probe, clock.now())
        return self.outage.worked(writes=True)

    async def _take_up(self) -> None:
        """A claim that was made may have had no answer: nobody works on what it leased."""
        async with self._claims:
            await asyncio.to_thread(self._tenure.take_up, self._in_hand, clock.now())

    async def _look_after(self) -> None:
        async with self._claims:
            as_it_was = await asyncio.to_thread(self._tenure.look)
        if not as_it_was:
            await self._take_up()

    async def _look_ahead(self) -> None:
        found = await asyncio.to_thread(warnings, self._house.archive.database)
        if not self.outage.reason:
            found |= await asyncio.to_thread(self._supervision.stalled, clock.now())
        for kind, told in found.items():
            if not any(known.split(":")[0] == told.split(":")[0] for known in self.warnings):
                _log.warning(kind, warning=told)
        self.warnings = tuple(found.values())

    async def _claimed(self, claim: Callable[..., list[Leased]], in_hand: set[int], **room: Any) -> list[Leased]:  # noqa: ANN401 - as `claim` takes it
        """What is due, leased, and known to be in hand before anybody may ask which leases are nobody's."""
        async with self._claims:
            database, holder = self._house.archive.database, self._holder
            found = await asyncio.to_thread(claim, database, clock.now(), holder=holder, lease=LEASE, **room)
            in_hand |= {each.id for each in found}
        return found

    async def _claim_sources(self) -> None:
        free = self._house.settings.polling.concurrency - self._crew.busy["poll"]
        if free <= 0 or self.outage.holds:
            return
        for source in await self._claimed(sources.claim_sources, self._in_hand.sources, limit=free):
            self._crew.start("poll", self._poll(source))

    async def _poll(self, source: Source) -> None:
        try:
            due = await self._pipeline.poll(source, commit=self._lasting)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 - the next poll must not depend on this one
            _log.exception("poll_failed", source=source.name)
            await self._lasting(self._pipeline.poll_broke, source, error)
            return
        finally:
            self._in_hand.sources.discard(source.id)
        if due:
            self._nudge("entries", self._claim_entries)

    async def _claim_entries(self) -> None:
        free = ENTRIES_AT_ONCE - self._crew.busy["read"]
        if free <= 0 or self.outage.holds:
            return
        for entry in await self._claimed(entries.claim_entries, self._in_hand.entries, limit=free):
            self._crew.start("read", self._read(entry))

    async def _claim_looks(self) -> None:
        """Pages that are known, looked at again: only where there is room beside what nobody read yet."""
        free = LOOKS_AT_ONCE - self._crew.busy["look"]
        if free <= 0 or self.outage.holds or not self.outage.may_try():
            return
        for entry in await self._claimed(self._looks.claim, self._in_hand.entries, limit=free):
            self._crew.start("look", self._read(entry))

    async def _read(self, entry: Entry) -> None:
        try:
            await self._read_and_keep(entry)
        finally:
            self._in_hand.entries.discard(entry.id)
        self._nudge("deliveries", self._claim_deliveries)
        self._nudge("entries", self._claim_entries)

    async def _read_and_keep(self, entry: Entry) -> None:
        try:
            found = await self._pipeline.read(entry)
        except Exception as error:  # noqa: BLE001 - counted as a failed attempt of this entry
            _log.exception("read_failed", url=entry.listed.url)
            found = Unread(entry, f"internal: {type(error).__name__}", final=False)
        if isinstance(found, Unread):
            await self._lasting(self._pipeline.leave_unread, found)
        else:
            await self._storing.committed(found)

    async def _claim_deliveries(self) -> None:
        if self.outage.holds:
            return
        await asyncio.to_thread(close_due, self._house.archive, clock.now())
        room = {name: SENDS_PER_CHANNEL - self._crew.busy[f"send {name}"] for name in self._house.channels}
        for delivery in await self._claimed(outbox.claim_deliveries, self._in_hand.deliveries, room=room):
            self._crew.start(f"send {delivery.channel}", self._send(delivery))

    async def _send(self, delivery: Delivery) -> None:
        try:
            await self._settling.committed(await self._pipeline.send(delivery))
        finally:
            self._in_hand.deliveries.discard(delivery.id)
        self._nudge("deliveries", self._claim_deliveries)

    async def _refresh_rules(self) -> None:
        if self.outage.may_try():
            await asyncio.to_thread(self._pipeline.refresh_rules)
            self.outage.worked(writes=False)


async def _first_of(*events: asyncio.Event) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for each in waiting:
        each.cancel()


async def run(
    settings: Settings,
    *,
    stop: asyncio.Event,
    web: bool = True,
    ready: asyncio.Event | None = None,
    console: TextIO | None = None,
    listening: Callable[[str], None] | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    scheduler: Callable[..., Any] = AsyncIOScheduler,
) -> None:
    """Run the daemon, and the dashboard beside it, until `stop` is set.

    `listening` is told the dashboard's address once it answers. `transport` stands in for the network, `scheduler` for
    the one that goes by the system's clock.

    Raises:
        DatabaseBusyError: another daemon runs on the database.
        StorageError: the database cannot be used.
        ChannelConfigError: a channel of the configuration file cannot work.
    """
    archive = await asyncio.to_thread(open_archive, settings)
    holder = f"{socket.gethostname()}:{os.getpid()}"
    tenure = Tenure(archive, archive.database.instance_lock(), holder)
    try:
        house = build(settings, archive, console=console, transport=transport)
        daemon = Daemon(house, tenure, holder, scheduler)
        jobs = [asyncio.create_task(daemon.run(stop))]
        if web and settings.web.enabled:
            callbacks = Callbacks(archive, clock.now, house.fetcher.forget) if websub.is_on(settings) else None
            app = create_app(
                archive,
                clock=clock.now,
                stopping=stop,
                hosts=hosts_served(settings.web),
                condition=daemon.condition,
                callbacks=callbacks,
                objective_s=settings.polling.objective_s,
            )
            jobs.append(
                asyncio.create_task(
                    serve(app, host=settings.web.host, port=settings.web.port, stop=stop, listening=listening)
                )
            )
        if ready is not None:
            ready.set()
        try:
            await _first_failure(jobs, stop)
        finally:
            await house.close()
    finally:
        tenure.release()


async def _first_failure(jobs: list[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Wait for all; if one fails, stop the others in order and raise its error."""
    await asyncio.wait(jobs, return_when=asyncio.FIRST_EXCEPTION)
    stop.set()
    for result in await asyncio.gather(*jobs, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
