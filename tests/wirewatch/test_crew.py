"""The crew that does the daemon's work, and how it ends."""

from __future__ import annotations

import asyncio

from wirewatch import clock
from wirewatch.daemon import Crew
from wirewatch.outage import Outage


def crew() -> Crew:
    return Crew(Outage("nowhere", clock.monotonic), end=lambda error: None)


async def test_what_work_starts_while_the_crew_drains_is_waited_for_too() -> None:
    ours, done = crew(), []

    async def second() -> None:
        await asyncio.sleep(0.05)
        done.append("second")

    async def first() -> None:
        await asyncio.sleep(0.05)
        ours.start("second", second())
        done.append("first")

    ours.start("first", first())
    assert await ours.drain(within_s=5) == 0
    assert done == ["first", "second"]
    assert not +ours.busy


async def test_what_takes_longer_is_cut_short_and_counted() -> None:
    ours = crew()
    ours.start("long", asyncio.sleep(60))
    assert await ours.drain(within_s=0.05) == 1
    assert not +ours.busy
