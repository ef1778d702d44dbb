from __future__ import annotations

import asyncio

import pytest

from ingest.answers import FetchReason
from ingest.politeness import NoTurn, Politeness


class Clock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def polite(clock: Clock, **options: float) -> Politeness:
    return Politeness(monotonic=clock.monotonic, sleep=clock.sleep, **options)  # type: ignore[arg-type]


async def test_the_pause_runs_from_the_end_of_one_request_to_the_start_of_the_next() -> None:
    clock = Clock()
    turns = polite(clock, gap_s=2.0)
    async with turns.turn("a"):
        clock.now += 5.0
    async with turns.turn("a"):
        pass
    async with turns.turn("b"):
        pass
    assert clock.slept == [2.0]


async def test_a_crawl_delay_raises_the_pause_as_far_as_the_bound() -> None:
    clock = Clock()
    turns = polite(clock, gap_s=1.0, gap_max_s=10.0)
    for delay, pause in ((5.0, 5.0), (500.0, 10.0), (0.1, 1.0), (None, 1.0)):
        turns.slow_down("a", delay)
        async with turns.turn("a"):
            pass
        clock.slept.clear()
        async with turns.turn("a"):
            pass
        assert clock.slept == [pause]
        clock.now += 100.0


async def test_a_resting_host_answers_at_once_and_others_go_on() -> None:
    clock = Clock()
    turns = polite(clock, gap_s=0.0)
    turns.rest("a", 60.0)
    async with turns.turn("a") as turn:
        assert turn == NoTurn(FetchReason.RESTING, 60.0)
    async with turns.turn("b") as turn:
        assert turn is None
    clock.now += 60.0
    async with turns.turn("a") as turn:
        assert turn is None


async def test_those_who_wait_when_the_host_asks_for_rest_are_told_too() -> None:
    clock = Clock()
    turns = polite(clock, gap_s=0.0)
    told: list[NoTurn | None] = []

    async def waiter() -> None:
        async with turns.turn("a") as turn:
            told.append(turn)

    async with turns.turn("a"):
        waiting = [asyncio.create_task(waiter()) for _ in range(3)]
        await asyncio.sleep(0)
        turns.rest("a", 30.0)
    await asyncio.gather(*waiting)
    assert told == [NoTurn(FetchReason.RESTING, 30.0)] * 3


async def test_rest_is_never_longer_than_a_day_and_never_shortened() -> None:
    clock = Clock()
    turns = polite(clock)
    turns.rest("a", 10**9)
    turns.rest("a", 1.0)
    async with turns.turn("a") as turn:
        assert turn == NoTurn(FetchReason.RESTING, 86_400.0)


@pytest.mark.parametrize(("total", "per_host", "hosts", "at_once"), [(3, 1, 10, 3), (24, 1, 5, 5), (24, 2, 3, 6)])
async def test_the_gate_and_the_hosts_bound_what_runs_at_once(
    total: int, per_host: int, hosts: int, at_once: int
) -> None:
    turns = polite(Clock(), total=total, per_host=per_host, gap_s=0.0)
    running = most = 0

    async def request(host: str) -> None:
        nonlocal running, most
        async with turns.turn(host):
            running += 1
            most = max(most, running)
            for _ in range(5):
                await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(request(f"h{number % hosts}") for number in range(hosts * 6)))
    assert most == at_once


async def test_a_turn_that_fails_or_is_cancelled_is_given_back() -> None:
    turns = polite(Clock(), gap_s=0.0, total=1)
    with pytest.raises(ValueError, match="broken"):
        async with turns.turn("a"):
            raise ValueError("broken")

    async def hold() -> None:
        async with turns.turn("a"):
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(1.0), turns.turn("a") as turn:
        assert turn is None


async def test_only_so_many_idle_hosts_are_remembered() -> None:
    turns = polite(Clock(), gap_s=0.0, hosts_max=10)
    async with turns.turn("in use"):
        for number in range(1_000):
            async with turns.turn(f"h{number}"):
                pass
        assert len(turns._hosts) <= 11
        assert "in use" in turns._hosts
