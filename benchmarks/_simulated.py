"""Simulated time: a clock, an event loop that jumps to its next timer, and a scheduler for the daemon's jobs.

Whatever awaits, sleeps or times out on the loop does so in simulated time. What would run in a thread
runs on the loop, in the order in which it was asked for: the clock cannot move while it works, and a run
with one seed is the same each time.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

Job = Callable[[], Awaitable[None]]
# So many turns of the loop take what a tick set going to its next timer: claims, questions to the archive, a request.
ROUNDS = 60


class SimulatedClock:
    """Stands still unless it is moved. `held` while real work is under way that must take no time."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._past_s = 0.0
        self._held = 0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._past_s)

    def monotonic(self) -> float:
        return self._past_s

    def move(self, by_s: float) -> None:
        self._past_s += by_s

    def left_s(self, until: datetime) -> float:
        return (until - self.now()).total_seconds()

    @property
    def held(self) -> bool:
        return self._held > 0

    @contextmanager
    def holding(self) -> Iterator[None]:
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1


class AsleepForEverError(RuntimeError):
    """Everything waits and no timer is set."""


class _JumpingSelector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Where the loop would sleep, the clock moves instead."""

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._clock.held:
            return super().select(timeout)
        found = super().select(0)
        if found or (timeout is not None and timeout <= 0):
            return found
        if timeout is None:
            raise AsleepForEverError(f"at {self._clock.now():%d %B %H:%M:%S}")
        self._clock.move(timeout)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    def __init__(self, clock: SimulatedClock) -> None:
        self.clock = clock
        super().__init__(_JumpingSelector(clock))

    def time(self) -> float:
        return self.clock.monotonic()

    def run_in_executor(self, _executor: object, func: Callable[..., Any], *args: object) -> asyncio.Future[Any]:
        done: asyncio.Future[Any] = self.create_future()

        def run() -> None:
            if done.cancelled():
                return
            try:
                answer = func(*args)
            except BaseException as error:  # noqa: BLE001 - it is raised where it is awaited
                done.set_exception(error)
            else:
                done.set_result(answer)

        self.call_soon(run)
        return done

    def next_timer(self, but: set[asyncio.TimerHandle]) -> float | None:
        """When the earliest timer rings that is not among `but`; None without any."""
        timers: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        return min((timer.when() for timer in timers if not timer.cancelled() and timer not in but), default=None)


class IdleScheduler:
    """Runs the daemon's jobs, but passes over the ticks of an idle watch.

    Between two timers of the loop nothing changes but the time; so a tick does something only after a timer rang or
    when the time has come for something in the archive. `due_at` tells when that will next be (seconds on the loop's
    clock, None for never). Each such tick comes when the scheduler that goes by the system's clock would have made it,
    and one more after it. Jobs of a minute and more run as they are told to; `rarely` names those that look after the
    process and are asked once an hour.
    """

    def __init__(self, due_at: Callable[[], float | None], rarely: frozenset[str]) -> None:
        self._due_at, self._rarely = due_at, rarely
        self._jobs: list[tuple[str, Job, float]] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._stopped = False
        self._ended: list[Callable[[], None]] = []
        self._passed_over: set[str] = set()

    def add_job(self, job: Job, _trigger: str, *, seconds: float, id: str, **_more: object) -> None:  # noqa: A002 - as it is called
        self._jobs.append((id, job, 3_600.0 if id in self._rarely else seconds))

    def start(self) -> None:
        self._loop: SimulatedLoop = asyncio.get_running_loop()  # type: ignore[assignment]
        for name, job, every_s in self._jobs:
            self._set(name, job, every_s, self._loop.time() + every_s)

    def shutdown(self, **_wait: bool) -> None:
        self._stopped = True
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _set(self, name: str, job: Job, every_s: float, at: float) -> None:
        def ring() -> None:
            self._timers.discard(timer)
            if self._stopped:
                return
            task = self._loop.create_task(job())  # type: ignore[arg-type]
            task.add_done_callback(lambda _: once_quiet())

        def again() -> None:
            if not self._stopped:
                self._set(name, job, every_s, self._next(name, every_s))

        def once_quiet() -> None:
            self._ended.append(again)
            if len(self._ended) == 1:
                self._wait(ROUNDS)

        timer = self._loop.call_at(at, ring)
        self._timers.add(timer)

    def _wait(self, rounds: int) -> None:
        """Until what the ticks set going waits for a timer, or is done."""
        if rounds:
            self._loop.call_soon(self._wait, rounds - 1)
            return
        ended, self._ended = self._ended, []
        for again in ended:
            again()

    def _next(self, name: str, every_s: float) -> float:
        """The next tick, or the first one at which there can be something to do."""
        now = self._loop.time()
        if every_s >= 60 or name in self._passed_over:
            self._passed_over.discard(name)
            return now + every_s
        self._passed_over.add(name)
        changes = [at for at in (self._loop.next_timer(self._timers), self._due_at()) if at is not None]
        idle_s = max(0.0, min(changes, default=now + 3_600.0) - now)
        return now + every_s * max(1, -(-idle_s // every_s))
