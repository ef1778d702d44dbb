"""What is wrong with a source is noticed by itself, told once as it begins and once as it ends."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
from sqlalchemy import insert
from whole_house import House, until

from news.source import EventType, IncidentKind
from storage.archive import Archive
from storage.incidents import Incident, incidents
from storage.tables import ENTRY
from wirewatch import clock
from wirewatch.demo.newswire import FEED_PATH, Fault
from wirewatch.demo.releases import numbered

XML = (("content-type", "application/rss+xml; charset=utf-8"),)
HTML = (("content-type", "text/html; charset=utf-8"),)
NOTHING = Fault(status=200, headers=XML, body=b"<rss version='2.0'><channel><title>x</title></channel></rss>")
WALL = Fault(status=200, headers=HTML, body=b"<html><title>Just a moment...</title><p>Verify you are human")


def told(archive: Archive) -> list[tuple[str, bool]]:
    """Kind of each incident, oldest first, and whether it is over."""
    with archive.database.reading() as connection:
        found = incidents(connection, since=clock.now() - timedelta(hours=1))
    return [(each.kind.value, each.ended_at is not None) for each in reversed(found)]


def newest(archive: Archive) -> Incident:
    with archive.database.reading() as connection:
        return incidents(connection, since=clock.now() - timedelta(hours=1))[0]


def troubles(archive: Archive) -> list[tuple[str, str, str]]:
    """The events of sources that fell ill and got well, in order."""
    kinds = {EventType.SOURCE_DOWN: "down", EventType.SOURCE_UP: "up"}
    return [(kinds[e.type], e.data["name"], e.data["kind"]) for e in archive.events(0) if e.type in kinds]


async def polls(house: House, fault: Fault | None, count: int) -> None:
    house.wire.heal()
    if fault is not None:
        house.wire.fail(FEED_PATH, fault)
    for _ in range(count):
        await house.poll()


async def test_each_trouble_at_the_polls_begins_once_and_ends_once(house: House) -> None:
    house.publish_older(3)
    await house.poll()
    for fault in (NOTHING, WALL, Fault(status=403), Fault(status=503)):
        await polls(house, fault, 5)
        await polls(house, None, 4)
    with house.archive() as archive:
        assert told(archive) == [("empty", True), ("blocked", True), ("blocked", True), ("down", True)]
        kinds = ("empty", "blocked", "blocked", "down")
        assert troubles(archive) == [(way, "local", kind) for kind in kinds for way in ("down", "up")]


async def test_one_bad_answer_is_no_incident(house: House) -> None:
    house.publish_older(3)
    await house.poll()
    for fault in (NOTHING, WALL, Fault(status=503)):
        await polls(house, fault, 1)
        await polls(house, None, 1)
    with house.archive() as archive:
        assert told(archive) == []


async def test_yesterdays_copy_is_known_by_what_it_lacks_and_costs_nothing(house: House) -> None:
    house.publish_older(3)
    await house.poll()
    old = (await asyncio.to_thread(httpx.get, house.wire.feed_url)).content
    for n in (5, 6):
        house.publish(numbered(n, words="needle"))
    await house.poll()
    await polls(house, Fault(status=200, headers=XML, body=old), 3)
    with house.archive() as archive:
        assert told(archive) == [("old-copy", False)]
        assert newest(archive).detail.startswith(
            "it answers with an old copy: the 2 newest rows that it showed are gone"
        )
    house.publish(numbered(7, words="needle"))
    await polls(house, None, 1)
    with house.archive() as archive:
        assert told(archive) == [("old-copy", True)]
        assert archive.counts()["alerts"] == 3


async def test_a_source_that_answers_304_for_ever_is_noticed_by_its_own_past(house: House) -> None:
    house.publish(numbered(0, words="needle"), minutes_ago=180)
    await house.poll()
    now = clock.now()
    with house.archive() as archive, archive.database.writing() as connection:
        times = [now - timedelta(hours=3, minutes=10 * n) for n in range(6 * 24 * 28)]
        past = {"source_id": 1, "title": "x", "listed": {}, "state": "stored", "origin": "live"}
        rows = [{**past, "key": f"past-{at}", "first_seen_at": at, "last_listed_at": at} for at in times]
        connection.execute(insert(ENTRY), rows)
    await house.poll()
    assert house.wire.requests(FEED_PATH)[-1].status == 304
    async with house.running() as archive:
        await until(lambda: told(archive) == [("stale", False)])
        detail = newest(archive).detail
        assert "for 3 hours" in detail
        assert "it usually brings something 18 times" in detail
        await house.more_polls()
        assert told(archive) == [("stale", False)]
        house.publish(numbered(5, words="needle"))
        await until(lambda: told(archive) == [(IncidentKind.STALE.value, True)])
        assert troubles(archive) == [("down", "local", "stale"), ("up", "local", "stale")]
