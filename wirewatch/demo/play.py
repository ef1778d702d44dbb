"""The demo from beginning to end. The daemon in it is the real one, and knows nothing of it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from storage.archive import Archive
from storage.database import Database
from wirewatch import clock, daemon, logs
from wirewatch.demo.narrator import JsonLines, Narrator, Teller
from wirewatch.demo.scenes import Ending, Follower, OnTheWire, Seeded
from wirewatch.demo.stage import Stage, stage
from wirewatch.faults import FailedError

FIRST_POLL_WITHIN_S = 30.0
PUBLISH_FIRST_AFTER_S = 1.5
PUBLISH_EVERY_S = 2.5
LOOK_EVERY_S = 0.1
SETTLE_WITHIN_S = 8.0


class DemoError(FailedError):
    """The demo cannot go on; the message says at which point."""


async def play(*, for_s: float | None, port: int, as_json: bool, out: TextIO) -> int:
    """Play until `for_s` seconds after the first poll (None: until SIGINT or SIGTERM); the exit code.

    `port` is the dashboard's, 0 for any. With `as_json` only JSON lines are written to `out`.

    Raises:
        DemoError: the first poll did not succeed in time.
    """
    logs.set_up(level="warning")
    teller: Teller = JsonLines(out) if as_json else Narrator(out, clock.now)
    over = asyncio.Event()
    with stage(port) as props, _signals(over):
        teller.opening(props)
        await _Play(props, teller, over).run(for_s)
    return 0


class _Play:
    """One performance: the daemon runs, releases appear, and what becomes of them is told."""

    def __init__(self, props: Stage, teller: Teller, over: asyncio.Event) -> None:
        self._props = props
        self._teller = teller
        self._over = over
        self._stop, self._ready = asyncio.Event(), asyncio.Event()

    async def run(self, for_s: float | None) -> None:
        running = asyncio.create_task(daemon.run(self._props.settings, stop=self._stop, ready=self._ready))
        running.add_done_callback(lambda _: self._over.set())
        archive = None
        try:
            archive = await self._opened(running)
            follower = Follower(archive)
            await self._first_poll(archive, running)
            await self._watch(archive, follower, for_s)
            self._stop.set()
            await running
            await self._end(archive, follower)
        finally:
            self._stop.set()
            await asyncio.gather(running, return_exceptions=True)
            if archive is not None:
                archive.close()

    async def _opened(self, running: asyncio.Task[None]) -> Archive:
        """A second door to the daemon's database, for reading, once the daemon has made it."""
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait({ready, running}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if running.done():
            running.result()
        return Archive(Database(self._props.settings.storage.url.get_secret_value()))

    async def _first_poll(self, archive: Archive, running: asyncio.Task[None]) -> None:
        until = clock.monotonic() + FIRST_POLL_WITHIN_S
        while not self._over.is_set():
            [line] = await asyncio.to_thread(archive.sources)
            if line.source.state.seeded:
                self._teller.tell(Seeded(sum(line.entries.values())))
                return
            if clock.monotonic() > until:
                raise DemoError(f"the local newswire could not be polled: {line.source.state.last_outcome}")
            await asyncio.sleep(LOOK_EVERY_S)
        if running.done():
            running.result()

    async def _watch(self, archive: Archive, follower: Follower, for_s: float | None) -> None:
        """Publish and tell until the time is up, then until what was published has settled."""
        end_at = None if for_s is None else clock.monotonic() + for_s
        publishing = asyncio.create_task(self._publish())
        try:
            while not self._over.is_set() and (end_at is None or clock.monotonic() < end_at):
                await self._look(follower)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)
        until = clock.monotonic() + SETTLE_WITHIN_S
        while clock.monotonic() < until and (follower.waiting or await _unread(archive)):
            await self._look(follower)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _publish(self) -> None:
        """One live release after the other."""
        begun = clock.monotonic()
        for n, release in enumerate(self._props.live):
            await asyncio.sleep(begun + PUBLISH_FIRST_AFTER_S + n * PUBLISH_EVERY_S - clock.monotonic())
            self._teller.tell(OnTheWire(self._props.newswire.publish(release)))

    async def _look(self, follower: Follower) -> None:
        published = self._props.newswire.published()
        for scene in await asyncio.to_thread(follower.look, published):
            self._teller.tell(scene)

    async def _end(self, archive: Archive, follower: Follower) -> None:
        await self._look(follower)
        for scene in await asyncio.to_thread(follower.unfinished):
            self._teller.tell(scene)
        counts = await asyncio.to_thread(archive.counts)
        sent = await asyncio.to_thread(lambda: archive.deliveries(limit=10_000, state="sent"))
        self._teller.tell(
            Ending(
                releases=counts["releases"],
                alerts=counts["alerts"],
                deliveries=len(sent),
                duplicates=self._props.repeats(),
            )
        )


async def _unread(archive: Archive) -> bool:
    """Whether entries are still to be read or stored."""
    return await asyncio.to_thread(archive.unread) > 0


@contextmanager
def _signals(over: asyncio.Event) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM ends the demo in order."""
    loop = asyncio.get_running_loop()
    names = (signal.SIGINT, signal.SIGTERM)
    for name in names:
        # Not on the main thread, as in a test: whoever plays there ends it by time.
        with suppress(ValueError, RuntimeError):
            loop.add_signal_handler(name, over.set)
    try:
        yield
    finally:
        for name in names:
            loop.remove_signal_handler(name)
