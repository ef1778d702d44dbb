"""How sources and channels stand, at the desk and at the interface."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from bs4 import BeautifulSoup
from small_desk import NOW, Desk, a_release
from sqlalchemy import text, update

from news.source import IncidentKind
from storage.incidents import begin
from storage.tables import DELIVERY, SOURCE


async def strip(web: httpx.AsyncClient) -> str:
    page = BeautifulSoup((await web.get("/")).text, "lxml")
    [found] = page.select("#sources li")
    return " ".join(found.get_text(" ", strip=True).split())


def seen_late(desk: Desk, *minutes: float) -> None:
    for n, late in enumerate(minutes):
        desk.store(a_release(n, published_at=NOW - timedelta(minutes=late)))
    with desk.archive.database.writing() as connection:
        connection.execute(text("UPDATE release SET source_id = 1"))


async def health(web: httpx.AsyncClient, path: str = "/api/v1/sources") -> dict[str, Any]:
    answer = await web.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_source_in_trouble_says_so_in_words(web: httpx.AsyncClient, desk: Desk) -> None:
    seen_late(desk, 1, 2)
    with desk.archive.writing(NOW - timedelta(minutes=5)) as work:
        begin(work, 1, IncidentKind.STALE, "nothing new <b>since</b> yesterday")
        begin(work, 1, IncidentKind.LATE, "seen too late")
    shown = await strip(web)
    assert shown.startswith("all news silent nothing new <b>since</b> yesterday (noticed 22:55:10 ) seen too late")
    assert "95% seen within 120 s" in shown
    [item] = (await health(web))["items"]
    assert (item["health"]["state"], item["health"]["well"]) == ("silent", False)
    assert [each["kind"] for each in item["health"]["incidents"]] == ["late", "stale"]
    assert item["health"]["stamp_to_seen"]["p95_s"] == 120


async def test_a_source_that_nobody_polls_says_so(web: httpx.AsyncClient, desk: Desk) -> None:
    with desk.archive.database.writing() as connection:
        connection.execute(update(SOURCE).values(next_poll_at=NOW - timedelta(minutes=11)))
    assert "not polled its time has come and nobody asks it: is the daemon running?" in await strip(web)


async def test_a_failure_that_is_no_incident_yet_is_shown(web: httpx.AsyncClient, desk: Desk) -> None:
    with desk.archive.database.writing() as connection:
        connection.execute(update(SOURCE).values(failures=1, last_outcome="timeout: not done within 60 s"))
    assert "failing timeout: not done within 60 s" in await strip(web)


async def test_one_source_is_told_at_length_whatever_its_name(web: httpx.AsyncClient, desk: Desk) -> None:
    seen_late(desk, 1)
    with desk.archive.database.writing() as connection:
        connection.execute(update(SOURCE).values(name="wire/all news"))
    found = (await health(web, "/api/v1/sources/wire/all%20news?days=3"))["health"]
    assert (found["days"], found["stations"]["stamp_to_seen"]["n"], found["polls"]) == (3, 1, {})
    assert found["hours"] == [{"weekday": 0, "hour": 14, "stamp_to_seen": found["stamp_to_seen"]}]
    assert (await web.get("/api/v1/sources/nix")).json()["detail"] == "There is no source 'nix'."
    assert (await web.get("/api/v1/sources?days=0")).status_code in {400, 422}


async def test_channels_tell_how_late_they_were(web: httpx.AsyncClient, desk: Desk) -> None:
    desk.fire(desk.store(a_release()), "Chongqing")
    with desk.archive.database.writing() as connection:
        connection.execute(update(DELIVERY).values(state="sent", settled_at=NOW + timedelta(seconds=4)))
    [item] = (await health(web, "/api/v1/channels"))["items"]
    assert (item["name"], item["sent"]) == ("desk", 1)
    assert item["matched_to_delivered"]["p95_s"] == 3
    assert item["stamp_to_delivered"]["p95_s"] == 64
