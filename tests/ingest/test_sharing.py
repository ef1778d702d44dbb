"""Sources with one address share one request, and each is told what its own request would have told it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rude_server import Asked, RudeServer, page, raw, rude_server

from ingest.addresses import networks
from ingest.answers import FetchAnswer, Fetched, FetchFailed, FetchLimits, FetchReason, NotModified
from ingest.fetch import Fetcher
from ingest.politeness import Politeness
from ingest.sharing import ANSWERS_MAX, SHARED_FOR_S, Shared, Validators, as_if_asked

NOW = datetime(2026, 9, 9, 12, 0, tzinfo=UTC)


@pytest.fixture
async def rude() -> AsyncIterator[RudeServer]:
    async with rude_server() as server:
        yield server


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    one = Fetcher(
        user_agent="Wirewatch/1.0",
        limits=FetchLimits(connect_s=2.0, read_s=2.0, total_s=3.0),
        clock=lambda: NOW,
        politeness=Politeness(monotonic=time.monotonic, gap_s=0.0),
        robots=False,
        allow=networks(["127.0.0.0/8"]),
    )
    yield one
    await one.aclose()


def versioned(server: RudeServer, etag: str) -> None:
    """The feed at /feed, which answers 304 to its ETag."""

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.header("if-none-match") == etag:
            await raw(f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n".encode())(asked, writer)
        else:
            await page(b"body of " + etag.encode(), headers=(f"ETag: {etag}",))(asked, writer)

    server.answers["/feed"] = answer


async def test_many_at_once_are_one_request(rude: RudeServer, fetcher: Fetcher) -> None:
    versioned(rude, '"1"')
    url = rude.url("/feed")
    answers = await asyncio.gather(*(fetcher.fetch(url, asker=n) for n in range(20)))
    assert rude.paths() == ["/feed"]
    assert {answer.body for answer in answers if isinstance(answer, Fetched)} == {b'body of "1"'}


async def test_each_is_answered_by_its_own_validators(rude: RudeServer, fetcher: Fetcher) -> None:
    versioned(rude, '"2"')
    url = rude.url("/feed")
    new, old, current = await asyncio.gather(
        fetcher.fetch(url, asker=1),
        fetcher.fetch(url, asker=2, etag='"1"'),
        fetcher.fetch(url, asker=3, etag='"2"'),
    )
    assert isinstance(new, Fetched)
    assert isinstance(old, Fetched)
    assert isinstance(current, NotModified)
    assert rude.paths() == ["/feed"]


async def test_who_lacks_the_body_that_another_had_asks_for_it(rude: RudeServer, fetcher: Fetcher) -> None:
    versioned(rude, '"1"')
    url = rude.url("/feed")
    assert isinstance(await fetcher.fetch(url, asker=1, etag='"1"'), NotModified)
    assert isinstance(await fetcher.fetch(url, asker=2), Fetched)
    assert [asked.header("if-none-match") for asked in rude.asked] == ['"1"', None]


async def test_nobody_is_told_twice_what_it_was_told_before(rude: RudeServer, fetcher: Fetcher) -> None:
    versioned(rude, '"1"')
    url = rude.url("/feed")
    await fetcher.fetch(url, asker=1)
    await fetcher.fetch(url, asker=2)
    versioned(rude, '"2"')
    fresh = await fetcher.fetch(url, asker=1, etag='"1"')
    assert isinstance(fresh, Fetched)
    assert fresh.etag == '"2"'
    assert len(rude.asked) == 2


async def test_a_failure_is_shared_and_a_page_is_not(rude: RudeServer, fetcher: Fetcher) -> None:
    url = rude.url("/feed")
    failures = await asyncio.gather(*(fetcher.fetch(url, asker=n) for n in range(3)))
    assert [isinstance(answer, FetchFailed) for answer in failures] == [True] * 3
    assert len(rude.asked) == 1
    for _ in range(2):
        await fetcher.fetch(url)
    assert len(rude.asked) == 3


async def test_a_strangers_address_is_not_told_what_a_trusted_one_saw(rude: RudeServer) -> None:
    strict = Fetcher(
        user_agent="Wirewatch/1.0",
        limits=FetchLimits(),
        clock=lambda: NOW,
        politeness=Politeness(monotonic=time.monotonic, gap_s=0.0),
        robots=False,
    )
    versioned(rude, '"1"')
    assert isinstance(await strict.fetch(rude.url("/feed"), asker=1, trusted=True), Fetched)
    assert not isinstance(await strict.fetch(rude.url("/feed"), asker=2), Fetched)
    await strict.aclose()


class Time:
    now = 0.0


async def test_what_is_kept_is_short_lived_and_bounded() -> None:
    shared, asked = Shared(monotonic=lambda: Time.now), []

    def body(key: str, size: int) -> FetchAnswer:
        asked.append(key)
        return Fetched(
            url=key, final_url=key, status=200, body=b"x" * size, content_type="", etag=None, last_modified=None,
            fetched_at=NOW,
        )  # fmt: skip

    async def poll(key: str, asker: int, size: int = 1) -> None:
        async def ask() -> FetchAnswer:
            return body(key, size)

        await shared.answer(key, asker, Validators(), ask)

    await poll("a", 1)
    Time.now += SHARED_FOR_S
    await poll("a", 2)
    assert asked == ["a"]
    Time.now += 0.1
    await poll("a", 3)
    assert asked == ["a", "a"]
    for n in range(ANSWERS_MAX * 2):
        await poll(f"many {n}", 1)
    assert len(shared._known) == ANSWERS_MAX
    for n in range(10):
        await poll(f"big {n}", 1, 10 * 2**20)
    assert shared._bytes <= 16 * 2**20
    assert shared._turns == {}


async def test_when_the_first_is_cancelled_the_next_one_asks() -> None:
    shared = Shared(monotonic=lambda: 0.0)
    never = asyncio.Event()
    answer = FetchFailed(url="a", reason=FetchReason.NOT_FOUND)

    async def hang() -> FetchAnswer:
        await never.wait()
        return answer

    async def quick() -> FetchAnswer:
        return answer

    first = asyncio.create_task(shared.answer("a", 1, Validators(), hang))
    await asyncio.sleep(0)
    second = asyncio.create_task(shared.answer("a", 2, Validators(), quick))
    await asyncio.sleep(0)
    first.cancel()
    async with asyncio.timeout(5.0):
        assert await second == answer


TAG = st.none() | st.sampled_from(['"1"', '"2"', '"3"'])
STAMP = st.none() | st.sampled_from(["Mon", "Tue"])


def server_says(current: Validators, asked: Validators) -> FetchAnswer:
    """What a server by RFC 9110 says, which always has both validators or the one that it has."""
    same = (
        asked.etag == current.etag
        if asked.etag is not None
        else asked.last_modified is not None and asked.last_modified == current.last_modified
    )
    if same:
        return NotModified(url="u", etag=current.etag, last_modified=current.last_modified, fetched_at=NOW)
    return Fetched(
        url="u", final_url="u", status=200, body=b"b", content_type="", etag=current.etag,
        last_modified=current.last_modified, fetched_at=NOW,
    )  # fmt: skip


ANY_VALIDATORS = st.builds(Validators, TAG, STAMP)


@given(ANY_VALIDATORS, ANY_VALIDATORS, ANY_VALIDATORS)
def test_what_is_shared_is_what_the_server_would_have_said(
    current: Validators, first: Validators, second: Validators
) -> None:
    told = as_if_asked(server_says(current, first), first, second)
    if told is None:
        assert isinstance(server_says(current, first), NotModified)
    else:
        assert type(told) is type(server_says(current, second))
