"""A drawn month lived through: by the real daemon, and by a timer that reads the feed and nothing else."""

from __future__ import annotations

import asyncio
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks._month import NEEDLE, START, Month
from benchmarks._month_wire import Asked, MonthWire, Way
from benchmarks._simulated import IdleScheduler, SimulatedClock, SimulatedLoop
from config import load
from wirewatch import clock, daemon

# Looks after the process, not after sources: asked once an hour of simulated time.
RARELY = frozenset({"rules", "tenure", "warnings"})
# When the next thing is due, of what the daemon looks for on its short ticks.
_DUE = (
    "SELECT min(next_poll_at) FROM source WHERE enabled = 1 AND next_poll_at > :now",
    "SELECT min(retry_at) FROM entry WHERE state = 'waiting' AND retry_at > :now",
    "SELECT min(due_at) FROM delivery WHERE state = 'due' AND due_at > :now",
    "SELECT min(retry_at) FROM gap WHERE state = 'open' AND retry_at > :now",
    "SELECT min(revisit_at) FROM entry WHERE revisit_at > :now",
)

_CONFIG = """
[storage]
url = "sqlite:///month.db"
keep_raw = false
[polling]
contact = "desk@newsroom.example"
{polling}
[web]
enabled = false
[channel.terminal]
kind = "console"
[[source]]
name = "local"
wire = "prnewswire"
url = "{url}"
listing = "{listing}?page={{page}}&pagesize=25"
[[rule]]
name = "needle"
query = "{needle}"
to = ["terminal"]
"""


@dataclass(slots=True)
class Lived:
    """What is left of a month: the requests as they were made, the archive's file, and what was printed."""

    month: Month
    asked: list[Asked]
    database: Path
    printed: str
    base_url: str
    up_s: float = 0.0
    down: list[tuple[float, float]] = field(default_factory=list)


@contextmanager
def lived(month: Month, *, over_http: bool = False, polling: str = "") -> Iterator[Lived]:
    """The daemon through the month; its folder lasts as long as the context."""
    time = SimulatedClock(START)
    wire = MonthWire(month, time, served=over_http)
    if over_http:
        wire.start()
    inner = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0)) if over_http else None
    way = Way(wire, time, inner)
    memory = Path("/dev/shm")  # noqa: S108 - where it is there, nothing waits for a disk
    with TemporaryDirectory(prefix="wirewatch-month-", dir=memory if memory.is_dir() else None) as folder:
        file = Path(folder) / "wirewatch.toml"
        told = _CONFIG.format(url=wire.feed_url, listing=wire.listing_url, needle=NEEDLE, polling=polling)
        file.write_text(told, encoding="utf-8")
        printed = io.StringIO()
        try:
            with clock.kept_by(time), asyncio.Runner(loop_factory=lambda: SimulatedLoop(time)) as runner:
                runner.run(_watch(month, time, way, file, printed))
        finally:
            wire.stop()
        if way.defect is not None:
            raise way.defect
        end = Lived(month, way.asked, Path(folder) / "month.db", printed.getvalue(), wire.base_url)
        end.down = list(month.away)
        end.up_s = month.end_s - sum(until - since for since, until in month.away)
        yield end


async def _watch(month: Month, time: SimulatedClock, way: Way, file: Path, printed: io.StringIO) -> None:
    for since, until in [*month.away, (month.end_s, month.end_s)]:
        stop = asyncio.Event()
        reader = closing(sqlite3.connect(file.with_name("month.db"), isolation_level=None))
        with reader as connection:
            scheduler = partial(_scheduler, time, connection)
            work = asyncio.create_task(
                daemon.run(load(file, {}), stop=stop, web=False, console=printed, transport=way, scheduler=scheduler)
            )
            await asyncio.wait([work], timeout=since - time.monotonic())
            stop.set()
            await work
        await asyncio.sleep(max(0.0, until - time.monotonic()))


def _scheduler(time: SimulatedClock, connection: sqlite3.Connection, **_zone: str) -> IdleScheduler:
    question = f"SELECT {', '.join(f'({each})' for each in _DUE)}"

    def due_at() -> float | None:
        now = time.now().replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
        found = [each for each in connection.execute(question, {"now": now}).fetchone() if each is not None]
        if not found:
            return None
        earliest = datetime.fromisoformat(min(found)).replace(tzinfo=UTC)
        return time.monotonic() + time.left_s(earliest)

    return IdleScheduler(due_at, RARELY)


# ---------------------------------------------------------------------- peers


@dataclass(frozen=True, slots=True)
class TimerEnd:
    """`late_s` of those that were seen; `missed` were in no answer."""

    every_s: float
    polls: int
    missed: frozenset[str]
    late_s: dict[str, float]


def by_timer(month: Month, every_s: float) -> TimerEnd:
    """Read the feed as a timer rings, conditionally, resting where asked to; what it never showed is not known."""
    time = SimulatedClock(START)
    wire = MonthWire(month, time)
    way = Way(wire, time)
    seen: dict[str, float] = {}
    try:
        with asyncio.Runner(loop_factory=lambda: SimulatedLoop(time)) as runner:
            polls = runner.run(_ring(month, time, way, every_s, seen))
    finally:
        wire.stop()
    late = {each.number: seen[each.number] - each.at_s for each in month.publications if each.number in seen}
    missed = frozenset(each.number for each in month.publications) - set(seen)
    return TimerEnd(every_s, polls, missed, late)


async def _ring(month: Month, time: SimulatedClock, way: Way, every_s: float, seen: dict[str, float]) -> int:
    etag: str | None = None
    polls, rest_until = 0, 0.0
    next_s = 30.0
    while next_s < month.end_s:
        await asyncio.sleep(max(0.0, next_s - time.monotonic()))
        next_s += every_s
        now_s = time.monotonic()
        if now_s < rest_until or any(since <= now_s < until for since, until in month.away):
            continue
        polls += 1
        headers = {"if-none-match": etag} if etag else {}
        try:
            answer = await way.handle_async_request(httpx.Request("GET", way.feed_url, headers=headers))
            await answer.aread()
        except httpx.TransportError:
            continue
        asked = way.asked[-1]
        rest_until = time.monotonic() + asked.rest_s
        if asked.status == 200:
            etag = asked.etag
            for number in asked.shown:
                seen.setdefault(number, time.monotonic())
    return polls
