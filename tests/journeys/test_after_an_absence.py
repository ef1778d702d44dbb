"""After an outage of ours: what came meanwhile in one digest, what is fresh by itself, nothing lost, nothing twice."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from whole_house import House, hasten, settled, until

from news.source import EventType
from storage import absences
from storage.archive import Archive
from storage.tables import CHECKPOINT
from wirewatch import clock
from wirewatch.demo.releases import numbered

AWAY_H = 6
OLD, FRESH = 30, 3


def be_away(archive: Archive) -> None:
    """Make the last sign of life six hours old."""
    with archive.database.writing() as connection:
        beaten = update(CHECKPOINT).where(CHECKPOINT.c.name == absences.HEARTBEAT)
        assert connection.execute(beaten.values(at=clock.now() - timedelta(hours=AWAY_H))).rowcount == 1


async def told(archive: Archive, *, alerts: int) -> None:
    """All alerts made; then the digests go out at once, and every delivery has an end."""
    await until(lambda: archive.counts()["alerts"] == alerts and archive.unread() == 0)
    hasten(archive)
    await settled(archive, alerts=alerts)


@pytest.fixture
def listing_house(house: House) -> House:
    """The wire's listing shows fifty: no gap opens, however many come."""
    house.sources = house.source(url=f"{house.wire.listing_url}?page=1&pagesize=50", kind="listing")
    house.more = "[catch_up]\nwait_s = 600\n[[rule]]\nname = 'all'\nquery = 'example'\nto = ['mail']\n"
    return house


async def test_six_hours_of_releases_come_in_one_digest_and_the_fresh_ones_by_themselves(listing_house: House) -> None:
    house = listing_house
    house.publish_older(3)
    async with house.seeded():
        pass
    with house.archive() as archive:
        be_away(archive)
    for n in range(OLD):
        house.publish(numbered(100 + n, words="needle" if n < 10 else ""), minutes_ago=AWAY_H * 60 - 5 - 9 * n)
    for n in range(FRESH):
        house.publish(numbered(200 + n, words="needle"), minutes_ago=5)
    async with house.running() as archive:
        await told(archive, alerts=OLD + 10 + 2 * FRESH)
        deliveries = archive.deliveries(limit=1000)
        [event] = [event for event in archive.events(0) if event.type is EventType.WATCH_RETURNED]
        with archive.database.reading() as connection:
            [(absence, releases, alerts)] = absences.absences(connection, 5)
    assert event.data["cause"] == absence.cause.value == "stopped"
    assert (releases, alerts) == (OLD + FRESH, OLD + 10)

    digests = [mail for mail in house.inbox.messages() if mail.subject.startswith("[wirewatch]")]
    hooks = [hook.body for hook in house.receiver.accepted()]
    [mail], [hook] = digests, [told for told in hooks if told["type"] == "digest"]
    assert mail.subject.startswith("[wirewatch] 40 alerts caught up, ")
    assert mail.subject.endswith(": all (30), needle (10)")
    assert hook["data"]["count"] == 10
    assert hook["data"]["rules"] == [{"name": "needle", "count": 10}]
    assert len(house.inbox.messages()) == 1 + FRESH  # both rules are true of each
    assert Counter(told["type"] for told in hooks) == {"digest": 1, "release.matched": FRESH}
    assert len({line.key for line in deliveries}) == len(deliveries) == 2 + 2 * FRESH
    assert {line.attempts for line in deliveries} == {1}


async def test_a_short_stop_is_no_absence_and_old_stamps_are_told_at_once(listing_house: House) -> None:
    house = listing_house
    house.publish_older(3)
    async with house.seeded():
        pass
    for n in range(4):
        house.publish(numbered(100 + n, words="needle"), minutes_ago=200)
    async with house.running() as archive:
        await settled(archive, alerts=8)
        with archive.database.reading() as connection:
            assert absences.absences(connection, 5) == []
    assert Counter(hook.body["type"] for hook in house.receiver.accepted()) == {"release.matched": 4}


async def test_of_many_that_come_late_though_we_watched_the_first_come_singly_and_the_rest_together(
    listing_house: House,
) -> None:
    house = listing_house
    house.more = "[catch_up]\nwait_s = 600\nsingly_max = 5\n"
    house.publish_older(3)
    async with house.seeded() as archive:
        for n in range(12):
            house.publish(numbered(100 + n, words="needle"), minutes_ago=200)
        await told(archive, alerts=12)
    hooks = [hook.body for hook in house.receiver.accepted()]
    assert Counter(told["type"] for told in hooks) == {"release.matched": 5, "digest": 1}
    [digest] = [told["data"] for told in hooks if told["type"] == "digest"]
    assert (digest["reason"], digest["count"], digest["since"]) == ("late", 7, None)


async def test_a_digest_outlives_a_receiver_that_is_down_and_comes_once(listing_house: House) -> None:
    house = listing_house
    house.publish_older(3)
    async with house.seeded():
        pass
    with house.archive() as archive:
        be_away(archive)
    for n in range(5):
        house.publish(numbered(100 + n, words="needle"), minutes_ago=100 + n)
    house.receiver.answer(503)
    async with house.running() as archive:
        await until(lambda: archive.counts()["alerts"] == 10)
        hasten(archive)
        await until(lambda: [line.attempts for line in archive.deliveries(state="due")] == [1])
        [waiting] = archive.deliveries(state="due")
        house.receiver.answer(204)
        hasten(archive)
        await settled(archive, alerts=10)
    [taken] = house.receiver.accepted()
    assert taken.id == waiting.key
    assert taken.body["data"]["count"] == 5
    assert len(house.inbox.messages()) == 1


async def test_the_watch_notices_that_it_slept_before_the_next_beat(listing_house: House) -> None:
    """A store commit that comes before the beat finds the old sign of life itself."""
    house = listing_house
    house.publish_older(3)
    async with house.seeded() as archive:
        be_away(archive)
        for n in range(4):
            house.publish(numbered(100 + n, words="needle"), minutes_ago=90 + n)
        await told(archive, alerts=8)
        with archive.database.reading() as connection:
            [(absence, releases, alerts)] = absences.absences(connection, 5)
            assert connection.execute(text("SELECT count(*) FROM event WHERE type = 'watch.returned'")).scalar() == 1
    assert absence.cause.value == "asleep"
    assert (releases, alerts) == (4, 8)
    assert len(house.receiver.accepted()) == 1
    assert len(house.inbox.messages()) == 1
