"""No request breaks the rules: measured in the log of the server that was asked.

The clock of politeness runs fifty times as fast here; what the server saw is told in its seconds.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from rude_server import Answer, Asked, RudeServer, page, raw, redirect, reset, rude_server

from ingest.addresses import networks
from ingest.answers import FetchAnswer, Fetched, FetchFailed, FetchLimits, FetchReason
from ingest.circuit import OPEN_FIRST_S, OPENS_AFTER
from ingest.fetch import REST_S, Fetcher
from ingest.politeness import HOUR_S, Politeness

FAST = 50.0
# What the scheduler of a busy machine may add to a wait, in the clock's seconds. Nothing may be taken away.
GRAIN_S = 0.002 * FAST


def fast() -> float:
    return time.monotonic() * FAST


async def sleep(seconds: float) -> None:
    await asyncio.sleep(seconds / FAST)


def a_fetcher(**options: float) -> Fetcher:
    async def here(host: str, port: int) -> Sequence[str]:
        return ("127.0.0.1",)

    return Fetcher(
        user_agent="Wirewatch/1.0",
        limits=FetchLimits(connect_s=2.0, read_s=0.3, total_s=2.0),
        clock=lambda: datetime(2026, 9, 9, 12, 0, tzinfo=UTC),
        politeness=Politeness(monotonic=fast, sleep=sleep, **({"wait_max_s": 1e6} | options)),  # type: ignore[arg-type]
        allow=networks(["127.0.0.0/8"]),
        resolve=here,
    )


@pytest.fixture
async def rude() -> AsyncIterator[RudeServer]:
    async with rude_server() as server:
        yield server


def gaps_s(rude: RudeServer) -> list[float]:
    return [(later.at - before.at) * FAST for before, later in pairwise(rude.asked)]


def silence() -> Answer:
    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.4)

    return answer


def moody(seed: int) -> Answer:
    """A host that answers each request as its mood is."""
    dice = random.Random(seed)  # noqa: S311 - a mood is no secret
    moods: list[Callable[[], Answer]] = [
        lambda: page(b"well"),
        lambda: page(b"", status=404),
        lambda: page(b"", status=403),
        lambda: page(b"", status=500),
        lambda: page(b"", status=503, headers=("Retry-After: 20",)),
        lambda: page(b"", status=429, headers=(f"Retry-After: {dice.randint(1, 60)}",)),
        lambda: page(b"", status=429),
        lambda: reset(b"HTTP/1.1 200"),
        lambda: raw(b"nonsense\r\n\r\n"),
        lambda: redirect(f"/{dice.randint(0, 50)}"),
    ]

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        mood = dice.choices(moods, weights=[8, 1, 1, 1, 1, 1, 1, 1, 1, 2])[0]
        await mood()(asked, writer)

    return answer


async def test_a_crowd_at_one_host_is_one_at_a_time_with_pauses(rude: RudeServer) -> None:
    rude.answers = {f"/{n}": page(b"x") for n in range(12)} | {"/robots.txt": page(b"", status=404)}
    one = a_fetcher(gap_s=2.0)
    await asyncio.gather(*(one.fetch(rude.url(f"/{n}")) for n in range(12)))
    await one.aclose()
    assert rude.under_way_max == 1
    assert len(rude.asked) == 13
    assert min(gaps_s(rude)) >= 2.0 - GRAIN_S


async def test_a_moody_host_sees_no_rule_broken(rude: RudeServer) -> None:
    """Whatever it answers: pauses, one at a time, and silence for as long as it asked for."""
    seed = random.randrange(2**32)  # noqa: S311 - likewise
    print("seed", seed)  # noqa: T201 - what a failed run is read for
    dice = random.Random(seed)  # noqa: S311 - likewise
    told: dict[int, float] = {}
    answers = moody(seed)

    async def watched(asked: Asked, writer: asyncio.StreamWriter) -> None:
        kept = writer.write

        def write(data: bytes) -> None:
            head = data.decode("latin-1")
            if " 429 " in head or " 503 " in head:
                _, found, after = head.partition("Retry-After: ")
                told[len(rude.asked) - 1] = float(after.split("\r\n")[0]) if found else REST_S if " 429 " in head else 0
            kept(data)

        writer.write = write  # type: ignore[method-assign]
        await answers(asked, writer)

    rude.answers = {f"/{n}": watched for n in range(51)} | {"/robots.txt": page(b"User-agent: *\nDisallow: /50\n")}
    one = a_fetcher(gap_s=1.0)

    async def visitor() -> None:
        for _ in range(25):
            answer = await one.fetch(rude.url(f"/{dice.randint(0, 50)}"))
            waits_s = answer.retry_after_s if isinstance(answer, FetchFailed) and not answer.asked else None
            await sleep(min(waits_s or 0.1, 30.0))

    await asyncio.gather(*(visitor() for _ in range(8)))
    await one.aclose()
    assert rude.under_way_max == 1
    assert min(gaps_s(rude)) >= 1.0 - GRAIN_S
    assert "/50" not in rude.paths()
    assert len(told) >= 3
    for at, after_s in told.items():
        if at + 1 < len(rude.asked):
            assert (rude.asked[at + 1].at - rude.asked[at].at) * FAST >= after_s - GRAIN_S


async def test_a_host_that_is_down_gets_one_probe_at_a_time_until_it_is_well(rude: RudeServer) -> None:
    rude.answers = {f"/{n}": page(b"", status=502) for n in range(40)} | {"/robots.txt": page(b"", status=404)}
    one = a_fetcher(gap_s=0.0)

    async def all_of_them() -> list[FetchAnswer]:
        return await asyncio.gather(*(one.fetch(rude.url(f"/{n}")) for n in range(40)))

    def refused(answers: list[FetchAnswer]) -> list[FetchFailed]:
        return [a for a in answers if isinstance(a, FetchFailed) and a.reason is FetchReason.CIRCUIT_OPEN]

    first = await all_of_them()
    assert len(rude.asked) == 1 + OPENS_AFTER
    assert len(refused(first)) == 40 - OPENS_AFTER
    assert all(0 < (answer.retry_after_s or 0) <= OPEN_FIRST_S * 1.2 for answer in refused(first))
    assert not any(answer.asked for answer in refused(first))
    for _ in range(2):
        before = len(rude.asked)
        wait_s = max(answer.retry_after_s or 0.0 for answer in refused(await all_of_them()))
        assert len(rude.asked) == before, "an open circuit lets nothing pass"
        await sleep(wait_s)
        await all_of_them()
        assert len(rude.asked) == before + 1, "half open, one probe passes"
    rude.answers |= {f"/{n}": page(b"well") for n in range(40)}
    await sleep(max(answer.retry_after_s or 0.0 for answer in refused(await all_of_them())))
    probe, *others = await all_of_them()
    assert isinstance(probe, Fetched)
    assert {answer.reason for answer in refused(others)} == {FetchReason.CIRCUIT_OPEN}, "the others come again soon"
    assert all(isinstance(answer, Fetched) for answer in await all_of_them())
    await one.aclose()


async def test_a_host_that_hangs_is_left_alone_and_another_is_not_held_up(rude: RudeServer) -> None:
    rude.answers = {f"/{n}": silence() for n in range(20)} | {"/robots.txt": page(b"", status=404)}
    one = a_fetcher(gap_s=0.0)
    async with rude_server() as other:
        other.answers = {"/": page(b"x"), "/robots.txt": page(b"", status=404)}
        slow = [asyncio.create_task(one.fetch(rude.url(f"/{n}"))) for n in range(20)]
        async with asyncio.timeout(0.29):
            assert isinstance(await one.fetch(other.url("/", host="other.example")), Fetched)
        await asyncio.gather(*slow)
    await one.aclose()
    assert len(rude.asked) == 1 + OPENS_AFTER


async def test_an_hour_holds_no_more_than_its_budget(rude: RudeServer) -> None:
    rude.answers = {"/": page(b"x"), "/robots.txt": page(b"", status=404)}
    clock = [0.0]
    one = Fetcher(
        user_agent="Wirewatch/1.0",
        limits=FetchLimits(),
        clock=lambda: datetime(2026, 9, 9, 12, 0, tzinfo=UTC),
        politeness=Politeness(monotonic=lambda: clock[0], gap_s=0.0, hourly=10),
        robots=False,
        allow=networks(["127.0.0.0/8"]),
    )
    sent: list[float] = []
    for _ in range(200):
        answer = await one.fetch(rude.url("/"))
        if isinstance(answer, Fetched):
            sent.append(clock[0])
        else:
            assert isinstance(answer, FetchFailed)
            assert answer.reason is FetchReason.OVER_BUDGET
            assert sent[-10] + HOUR_S == pytest.approx(clock[0] + (answer.retry_after_s or 0))
        clock[0] += 60.0
    await one.aclose()
    assert len(sent) == len(rude.asked)
    assert max(sum(at <= other < at + HOUR_S for other in sent) for at in sent) == 10
    assert len(sent) >= 30


async def test_waiting_for_a_turn_has_an_end(rude: RudeServer) -> None:
    async def slow(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        await page(b"x")(asked, writer)

    rude.answers = {f"/{n}": slow for n in range(30)} | {"/robots.txt": page(b"", status=404)}
    one = Fetcher(
        user_agent="Wirewatch/1.0",
        limits=FetchLimits(),
        clock=lambda: datetime(2026, 9, 9, 12, 0, tzinfo=UTC),
        politeness=Politeness(monotonic=time.monotonic, gap_s=0.0, wait_max_s=0.5),
        robots=False,
        allow=networks(["127.0.0.0/8"]),
    )
    async with asyncio.timeout(5.0):
        answers = await asyncio.gather(*(one.fetch(rude.url(f"/{n}")) for n in range(30)))
    busy = [answer for answer in answers if isinstance(answer, FetchFailed)]
    assert {answer.reason for answer in busy} == {FetchReason.BUSY}
    assert 1 <= len(answers) - len(busy) <= 4
    assert rude.under_way_max == 1
    assert isinstance(await one.fetch(rude.url("/0")), Fetched), "no turn was lost"
    await one.aclose()
