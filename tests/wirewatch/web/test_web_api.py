"""The HTTP interface: shapes, cursors, errors, events and their stream."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from small_desk import NOW, Desk, a_release

from config.settings import Web
from storage.database import StorageError
from storage.stories import merge
from wirewatch.troubles import Condition
from wirewatch.web import create_app, hosts_served, serve
from wirewatch.web.serving import PortError


async def get(web: httpx.AsyncClient, path: str, status: int = 200) -> dict[str, Any]:
    answer = await web.get(path)
    assert answer.status_code == status
    told: dict[str, Any] = answer.json()
    return told


async def test_releases_are_paged_by_cursor_without_repeats(web: httpx.AsyncClient, desk: Desk) -> None:
    stored = [desk.store(a_release(n), at=NOW + timedelta(seconds=n)) for n in range(5)]
    seen: list[int] = []
    cursor: object = ""
    while cursor is not None:
        answer = await get(web, f"/api/v1/releases?limit=2{cursor and f'&cursor={cursor}'}")
        seen += [item["id"] for item in answer["items"]]
        cursor = answer["next_cursor"]
    assert seen == stored[::-1]


async def test_releases_are_searched_in_the_rule_language(web: httpx.AsyncClient, desk: Desk) -> None:
    first = desk.store(a_release(1, headline="Batteries in Springfield"))
    desk.store(a_release(2, headline="Other news", wire="other"), at=NOW + timedelta(seconds=2))
    third = desk.store(a_release(3, headline="A battery"), at=NOW + timedelta(seconds=3))
    found = await get(web, "/api/v1/releases?q=headline:battery&facets=true")
    assert [item["id"] for item in found["items"]] == [third, first]
    assert found["items"][0]["matches"] == [["headline", 2, 9]]
    assert (found["next_cursor"], found["count"]) == (None, {"value": 2, "exact": True})
    page = await get(web, "/api/v1/releases?q=headline:battery&limit=1")
    rest = await get(web, f"/api/v1/releases?q=headline:battery&limit=1&cursor={page['next_cursor']}")
    assert [item["id"] for item in (*page["items"], *rest["items"])] == [third, first]
    other = await get(web, "/api/v1/releases?wire=other")
    assert [item["headline"] for item in other["items"]] == ["Other news"]
    best = await get(web, "/api/v1/releases?q=battery&order=relevance")
    assert best["chosen_from"] == 2


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ("q=battery AND (", 400, "q: "),
        ("q=x&since=yesterday", 400, "since 'yesterday' cannot be read; write a day, year first"),
        ("q=x&order=newst", 422, "order: "),
        ("facets=true", 400, "there is nothing to search for"),
        ("query=x", 422, "query: "),
        ("q=" + "x" * 30_000, 422, "q: "),
    ],
)
async def test_what_cannot_be_searched_for_is_said(web: httpx.AsyncClient, asked: str, status: int, told: str) -> None:
    answer = await get(web, f"/api/v1/releases?{asked}", status)
    assert answer["detail"].startswith(told)


async def test_a_listing_leaves_the_long_zones_to_the_release_itself(web: httpx.AsyncClient, desk: Desk) -> None:
    release_id = desk.store(a_release())
    [listed] = (await get(web, "/api/v1/releases"))["items"]
    whole = await get(web, f"/api/v1/releases/{release_id}")
    assert set(whole) - set(listed) == {"body", "boilerplate", "contact"}
    assert (whole["lead"], whole["wire"], whole["story"]) == ("Springfield will build a plant.", "acmewire", release_id)


async def test_alerts_are_the_webhook_data_with_their_deliveries(web: httpx.AsyncClient, desk: Desk) -> None:
    release_id = desk.store(a_release())
    alert_id = desk.fire(release_id, "Chongqing")
    [alert] = (await get(web, "/api/v1/alerts"))["items"]
    assert (alert["id"], alert["rule"]["name"], alert["release"]["id"]) == (alert_id, "Chongqing", release_id)
    assert [match[3] for match in alert["matches"]] == ["Chongqing"]
    due = {"channel": "desk", "recipient": "desk@newsroom.example", "status": "due", "attempts": 0, "at": None}
    assert alert["deliveries"] == [due]


async def test_sources_tell_their_polls(web: httpx.AsyncClient) -> None:
    [source] = (await get(web, "/api/v1/sources"))["items"]
    assert (source["name"], source["next_poll_at"], source["failures"]) == ("all news", "2026-03-02T15:01:10Z", 0)


async def test_events_continue_after_a_seq_and_say_when_it_is_not_theirs(web: httpx.AsyncClient, desk: Desk) -> None:
    before = desk.archive.last_seq()
    release_id = desk.store(a_release())
    answer = await get(web, f"/api/v1/events?after={before}")
    [event] = answer["items"]
    assert (event["type"], event["data"]["release"]) == ("release.stored", release_id)
    assert (answer["reset"], answer["last_seq"]) == (False, event["seq"])
    assert await get(web, f"/api/v1/events?after={event['seq']}") | {"items": []} == answer | {"items": []}
    assert (await get(web, f"/api/v1/events?after={event['seq'] + 1}"))["reset"] is True


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/v1/releases/7", 404, "There is no release 7."),
        ("/api/v1/releases/x", 422, "release_id"),
        ("/api/v1/releases?limit=0", 422, "limit"),
        ("/api/v1/releases?limit=100000", 422, "limit"),
        ("/api/v1/releases?cursor=-1", 422, "cursor"),
        ("/api/v1/releases/99999999999999999999999", 422, "release_id"),
        ("/api/v1/events?after=99999999999999999999999", 422, "after"),
        ("/api/v1/nothing", 404, "There is nothing at GET /api/v1/nothing."),
    ],
)
async def test_errors_are_problem_documents(web: httpx.AsyncClient, path: str, status: int, words: str) -> None:
    answer = await web.get(path, headers={"accept": "text/html"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["status"], told["type"]) == (status, "about:blank")
    assert words in told["detail"]


async def test_an_unreadable_archive_is_not_ready_but_alive(desk: Desk) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise StorageError("/secret/path: the disk is full")

    app = create_app(Broken(), clock=lambda: NOW)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as web:
        assert (await web.get("/healthz")).status_code == 200
        refused = await web.get("/readyz")
        assert (refused.status_code, "secret" in refused.text) == (503, False)


async def test_what_troubles_the_archive_is_told_and_it_is_not_ready(desk: Desk) -> None:
    found = Condition()
    app = create_app(desk.archive, clock=lambda: NOW, condition=lambda: found)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as web:
        assert (await web.get("/readyz")).json() == {"status": "ready", "seq": desk.archive.last_seq()}
        found = Condition(warnings=("the disk is nearly full",))
        warned = await web.get("/readyz")
        assert (warned.status_code, warned.json()["warnings"]) == (200, ["the disk is nearly full"])
        found = Condition(trouble="the disk is full")
        refused = await web.get("/readyz")
        assert (refused.status_code, refused.json()["trouble"]) == (503, "the disk is full")
        alive = await web.get("/healthz")
        assert (alive.status_code, alive.json()["trouble"]) == (200, "the disk is full")


async def test_on_loopback_a_foreign_host_name_is_refused(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://rebound.example") as web:
        assert (await web.get("/")).status_code == 421
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8787") as web:
        assert (await web.get("/")).status_code == 200


def test_the_hosts_served_are_our_own_and_the_public_one() -> None:
    ours = frozenset({"localhost", "127.0.0.1", "::1"})
    assert hosts_served(Web()) == ours
    assert hosts_served(Web(public_url="https://desk.example/x")) == ours | {"desk.example"}
    assert hosts_served(Web(host="0.0.0.0")) is None


@asynccontextmanager
async def served(desk: Desk) -> AsyncIterator[tuple[httpx.AsyncClient, asyncio.Event]]:
    stop = asyncio.Event()
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    app = create_app(desk.archive, clock=lambda: NOW, stopping=stop)
    serving = asyncio.create_task(serve(app, host="127.0.0.1", port=0, stop=stop, listening=address.set_result))
    try:
        async with httpx.AsyncClient(base_url=await address, timeout=10) as web:
            yield web, stop
    finally:
        stop.set()
        await asyncio.wait_for(serving, 5)


async def test_the_stream_tells_events_as_they_come_and_ends_with_the_server(desk: Desk) -> None:
    path = f"/api/v1/stream?after={desk.archive.last_seq()}"
    async with asyncio.timeout(20), served(desk) as (web, stop), web.stream("GET", path) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.aiter_lines()
        assert await anext(lines) == "retry: 2000"
        release_id = await asyncio.to_thread(desk.store, a_release())
        told = [line async for line in first_block(lines)]
        assert json.loads(told[1].removeprefix("data: "))["data"]["release"] == release_id
        assert told[0] == f"id: {desk.archive.last_seq()}"
        stop.set()
        assert [line async for line in lines] == []


async def first_block(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    async for line in lines:
        if line:
            yield line
        if line.startswith("data:"):
            await anext(lines)
            return


async def test_a_stream_resumes_after_the_last_event_id(desk: Desk) -> None:
    seqs = [desk.archive.last_seq()]
    for n in range(2):
        desk.store(a_release(n))
        seqs.append(desk.archive.last_seq())
    async with served(desk) as (web, _), asyncio.timeout(20):
        headers = {"last-event-id": str(seqs[1])}
        async with web.stream("GET", "/api/v1/stream?after=0", headers=headers) as stream:
            lines = stream.aiter_lines()
            await anext(lines)
            assert (await anext(first_block(lines))) == f"id: {seqs[2]}"


async def test_a_seq_of_another_archive_is_answered_reset(desk: Desk) -> None:
    last = desk.archive.last_seq()
    path = f"/api/v1/stream?after={last + 5}"
    async with asyncio.timeout(20), served(desk) as (web, _), web.stream("GET", path) as stream:
        lines = stream.aiter_lines()
        assert [await anext(lines) for _ in range(2)] == [f"id: {last}", "event: reset"]


async def test_a_taken_port_is_named(app: FastAPI) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortError, match=rf"127\.0\.0\.1:{port} cannot be listened on"):
            await serve(app, host="127.0.0.1", port=port, stop=asyncio.Event())


async def test_a_story_answers_to_its_id_and_to_that_of_any_release_in_it(web: httpx.AsyncClient, desk: Desk) -> None:
    first = desk.store(a_release(1))
    second = desk.store(a_release(2), at=NOW + timedelta(seconds=90))
    with desk.archive.writing(NOW) as work:
        merge(work, first, second)
    told = await get(web, f"/api/v1/stories/{first}")
    assert [(member["id"], member["lag_s"]) for member in told["members"]] == [(first, 0.0), (second, 90.0)]
    assert (told["id"], told["merged_into"], told["apart_from"]) == (first, None, [])
    joined = await get(web, f"/api/v1/stories/{second}")
    assert joined == {**told, "merged_into": first}
    assert (await get(web, "/api/v1/stories/42", 404))["detail"] == "There is no story 42."
