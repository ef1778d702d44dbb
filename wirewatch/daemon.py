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
from typing import Any, TextIO

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from config import Settings
from news.alert import Delivery, Outcome
from news.source import Entry, Source
from storage import outbox, sources
from storage.database import StorageError
from storage.due import due
from wirewatch import clock, retention
from wirewatch.assemble import House, build, open_archive
from wirewatch.pipeline import BATCH_MAX, Pipeline, Unread
from wirewatch.prepared import Prepared
from wirewatch.together import Together
from wirewatch.web import create_app, hosts_served, serve

TICK_S = 0.25
RULES_EVERY_S = 2.0
TIDY_EVERY_S = 3_600.0
PRUNE_EVERY_S = 3_600.0
LEASE = timedelta(minutes=10)
DRAIN_S = 8.0
ENTRIES_AT_ONCE = 16
SENDS_PER_CHANNEL = 4

_log = structlog.get_logger(__name__)


class Crew:
    """Tasks at work, counted by kind, drained with a deadline."""

    def __init__(self) -> None:
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
        except StorageError as error:
            _log.error("storage", work=kind, error=str(error))
        except Exception:  # noqa: BLE001 - one broken piece of work must not stop the watch
            _log.exception("work_failed", work=kind)
        finally:
            self.busy[kind] -= 1

    async def drain(self, within_s: float) -> int:
        """Wait for what is under way; cancel what is left. Returns how many were cancelled."""
        if not self._tasks:
            return 0
        _, late = await asyncio.wait(set(self._tasks), timeout=within_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)


class Daemon:
    """One process's share of the work: claims, does, and settles, until told to stop."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._pipeline: Pipeline = house.pipeline
        self._holder = f"{socket.gethostname()}:{os.getpid()}"
        self._crew = Crew()
        self._storing: Together[Prepared] = Together(house.pipeline.store, batch_max=BATCH_MAX)
        self._settling: Together[tuple[Delivery, Outcome]] = Together(house.pipeline.settle, batch_max=BATCH_MAX)
        self._nudged: set[str] = set()
        self._claiming: set[str] = set()
        self._stopping = False

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is under way within 10 s."""
        await asyncio.to_thread(self._take_up)
        scheduler = AsyncIOScheduler(timezone="UTC")
        for name, job, every_s in (
            ("due", self._tick("due", self._look), TICK_S),
            ("rules", self._tick("rules", self._refresh_rules), RULES_EVERY_S),
            ("tidy", self._tick("tidy", self._tidy), TIDY_EVERY_S),
            ("prune", self._tick("prune", self._prune), PRUNE_EVERY_S),
        ):
            scheduler.add_job(
                job, "interval", seconds=every_s, id=name, coalesce=True, max_instances=1, misfire_grace_time=None
            )
        commits = [asyncio.create_task(each.run()) for each in (self._storing, self._settling)]
        scheduler.start()
        self._nudge("prune", self._prune)
        _log.info("watching", sources=len(self._house.archive.sources()), rules=len(self._house.watch))
        try:
            await stop.wait()
        finally:
            self._stopping = True
            scheduler.shutdown(wait=False)
            cut = await self._crew.drain(DRAIN_S)
            for each in commits:
                each.cancel()
            await asyncio.gather(*commits, return_exceptions=True)
            _log.info("stopped", cut_short=cut)

    def _take_up(self) -> None:
        """Free what a killed daemon held: the instance lock says that there is no other."""
        with self._house.archive.writing(clock.now()) as work:
            sources.free_leases(work.connection)
            lost = outbox.free_leases(work.connection)
            if lost:
                work.tally("repeat", "the process ended before the answer came")
                _log.warning("deliveries_taken_up", perhaps_repeated=lost)

    def _tick(self, name: str, claim: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        # A coroutine, though it awaits nothing: the scheduler would run a plain function in a thread.
        async def enqueue() -> None:
            self._nudge(name, claim)

        return enqueue

    def _nudge(self, name: str, claim: Callable[[], Awaitable[None]]) -> None:
        """Claim now; if a claim is under way, once more after it."""
        if self._stopping:
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
        """One question a tick; an idle watch costs next to nothing."""
        found = await asyncio.to_thread(due, self._house.archive.database, clock.now())
        if found.sources:
            self._nudge("sources", self._claim_sources)
        if found.entries:
            self._nudge("entries", self._claim_entries)
        if found.deliveries:
            self._nudge("deliveries", self._claim_deliveries)

    async def _claim_sources(self) -> None:
        free = self._house.settings.polling.concurrency - self._crew.busy["poll"]
        if free <= 0:
            return
        found = await asyncio.to_thread(
            sources.claim_sources,
            self._house.archive.database,
            clock.now(),
            holder=self._holder,
            lease=LEASE,
            limit=free,
        )
        for source in found:
            self._crew.start("poll", self._poll(source))

    async def _poll(self, source: Source) -> None:
        try:
            due = await self._pipeline.poll(source)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 - the next poll must not depend on this one
            _log.exception("poll_failed", source=source.name)
            await asyncio.to_thread(self._pipeline.poll_broke, source, error)
            return
        if due:
            self._nudge("entries", self._claim_entries)

    async def _claim_entries(self) -> None:
        free = ENTRIES_AT_ONCE - self._crew.busy["read"]
        if free <= 0:
            return
        found = await asyncio.to_thread(
            sources.claim_entries,
            self._house.archive.database,
            clock.now(),
            holder=self._holder,
            lease=LEASE,
            limit=free,
        )
        for entry in found:
            self._crew.start("read", self._read(entry))

    async def _read(self, entry: Entry) -> None:
        try:
            found = await self._pipeline.read(entry)
        except Exception as error:  # noqa: BLE001 - counted as a failed attempt of this entry
            _log.exception("read_failed", url=entry.listed.url)
            found = Unread(entry, f"internal: {type(error).__name__}", final=False)
        if isinstance(found, Unread):
            await asyncio.to_thread(self._pipeline.leave_unread, found)
        else:
            await self._storing.committed(found)
        self._nudge("deliveries", self._claim_deliveries)
        self._nudge("entries", self._claim_entries)

    async def _claim_deliveries(self) -> None:
        room = {name: SENDS_PER_CHANNEL - self._crew.busy[f"send {name}"] for name in self._house.channels}
        found = await asyncio.to_thread(
            outbox.claim_deliveries,
            self._house.archive.database,
            clock.now(),
            holder=self._holder,
            lease=LEASE,
            room=room,
        )
        for delivery in found:
            self._crew.start(f"send {delivery.channel}", self._send(delivery))

    async def _send(self, delivery: Delivery) -> None:
        await self._settling.committed(await self._pipeline.send(delivery))
        self._nudge("deliveries", self._claim_deliveries)

    async def _refresh_rules(self) -> None:
        await asyncio.to_thread(self._pipeline.refresh_rules)

    async def _tidy(self) -> None:
        await asyncio.to_thread(self._house.archive.tidy, clock.now())

    async def _prune(self) -> None:
        """Let old releases go where the settings ask for it; what is left when the daemon stops goes the next time."""
        wanted = retention.policy(self._house.settings.retention)
        if not wanted.asks:
            return
        doing = retention.steps(self._house.archive, wanted)
        gone: Counter[str] = Counter()
        pages = 0
        while not self._stopping and (done := await asyncio.to_thread(next, doing, None)) is not None:
            step, rest_s = done
            gone.update(step.releases)
            pages += step.pages
            await asyncio.sleep(rest_s)
        if gone or pages:
            _log.info("pruned", releases=gone.total(), by_wire=dict(gone), pages=pages)


async def run(
    settings: Settings,
    *,
    stop: asyncio.Event,
    web: bool = True,
    ready: asyncio.Event | None = None,
    console: TextIO | None = None,
    listening: Callable[[str], None] | None = None,
) -> None:
    """Run the daemon, and the dashboard beside it, until `stop` is set.

    `listening` is told the dashboard's address once it answers.

    Raises:
        DatabaseBusyError: another daemon runs on the database.
        StorageError: the database cannot be used.
        ChannelConfigError: a channel of the configuration file cannot work.
    """
    archive = await asyncio.to_thread(open_archive, settings)
    lock = archive.database.instance_lock()
    try:
        house = build(settings, archive, console=console)
        jobs = [asyncio.create_task(Daemon(house).run(stop))]
        if web and settings.web.enabled:
            app = create_app(archive, clock=clock.now, stopping=stop, hosts=hosts_served(settings.web))
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
        lock.release()


async def _first_failure(jobs: list[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Wait for all; if one fails, stop the others in order and raise its error."""
    await asyncio.wait(jobs, return_when=asyncio.FIRST_EXCEPTION)
    stop.set()
    for result in await asyncio.gather(*jobs, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
