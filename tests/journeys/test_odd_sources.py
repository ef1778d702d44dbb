"""Sources that are odd without being broken: strange guids, two of one wire, a window that rolled over."""

from __future__ import annotations

from collections import Counter

import pytest
from whole_house import PAGES, House, entries, numbers, settled, stored, until

from news.source import EventType
from wirewatch import clock
from wirewatch.demo.newswire import FEED_PATH, Fault, LocalNewswire
from wirewatch.demo.pages import FEED_ITEMS, GuidStyle
from wirewatch.demo.releases import numbered


@pytest.mark.parametrize("style", [GuidStyle.COLLIDING, GuidStyle.CHANGING])
async def test_strange_guids_make_no_release_twice_and_lose_none(house: House, style: GuidStyle) -> None:
    house.wire.guids = style
    house.publish_older(3)
    async with house.seeded() as archive:
        house.publish(numbered(5, words="needle"))
        house.publish(numbered(6, words="needle"))
        await settled(archive, alerts=2)
        await house.more_polls(2)
        assert numbers(archive) == [0, 1, 2, 5, 6]
        assert len(entries(archive)) == 5
    assert set(Counter(request.path for request in house.wire.requests(PAGES)).values()) == {1}
    assert house.inbox.repeats() == house.receiver.repeats() == 0


async def test_a_feed_and_a_listing_page_of_one_wire_fetch_each_page_once(house: House) -> None:
    house.sources = house.source() + house.source("listing", url=house.wire.listing_url, kind="listing")
    house.publish_older(3)
    async with house.seeded() as archive:
        for n in range(5, 9):
            house.publish(numbered(n, words="needle"))
        await settled(archive, alerts=4)
        await house.more_polls(2)
        assert numbers(archive) == [0, 1, 2, 5, 6, 7, 8]
        await until(lambda: len(entries(archive)) == 14)
        assert {state for state, _ in entries(archive)} == {"stored"}
    assert set(Counter(request.path for request in house.wire.requests(PAGES)).values()) == {1}
    assert len(house.receiver.hooks()) == 4


async def test_a_feed_that_rolled_over_between_two_polls_leaves_a_recorded_gap(house: House) -> None:
    house.publish_older(3)
    async with house.seeded() as archive:
        assert [line.gaps for line in archive.sources()] == [0]
    down_at = clock.now()
    for n in range(10, 10 + FEED_ITEMS + 4):
        house.publish(numbered(n))
    async with house.running() as archive:
        await until(lambda: len(archive.latest(100)) == 3 + FEED_ITEMS)
        [line] = archive.sources()
        assert line.gaps == 1
        [opened] = [event for event in archive.events(0, 10_000) if event.type is EventType.GAP_OPENED]
        assert opened.at >= down_at
        house.publish(numbered(90))
        await until(lambda: 90 in numbers(archive))
        assert [line.gaps for line in archive.sources()] == [1]


async def test_a_quiet_night_is_no_gap(house: House) -> None:
    house.publish_older(3)
    async with house.seeded() as archive:
        house.publish(numbered(7))
        await until(lambda: 7 in numbers(archive))
    house.publish(numbered(8))
    async with house.running() as archive:
        await until(lambda: 8 in numbers(archive))
        assert [line.gaps for line in archive.sources()] == [0]


async def test_a_source_that_was_empty_at_first_alerts_on_what_comes_next(house: House) -> None:
    async with house.seeded() as archive:
        house.publish(numbered(1, words="needle"))
        [alert] = await settled(archive, alerts=1)
        assert [line.gaps for line in archive.sources()] == [0]
    assert alert.occasion == "first"


@pytest.mark.parametrize("page_takes_s", [0.0, 1.2], ids=["stored already", "still being read"])
async def test_the_seeding_of_another_source_swallows_no_news(house: House, page_takes_s: float) -> None:
    """A listing page is added to a watched feed, and shows a release a moment before the feed is polled."""
    house.publish_older(2)
    async with house.seeded():
        pass
    house.sources = house.source() + house.source("listing", url=house.wire.listing_url, kind="listing")
    house.wire.fail(FEED_PATH, Fault(delay_s=0.8, times=1))
    house.wire.fail(PAGES, Fault(delay_s=page_takes_s))
    house.publish(numbered(5, words="needle"))
    async with house.seeded() as archive:
        [alert] = await settled(archive, alerts=1)
        assert numbers(archive) == [0, 1, 5]
        assert [item.origin for item in stored(archive)] == ["seed", "seed", "live"]
    assert alert.release.release_number == "380000005"


async def test_a_source_added_later_seeds_silently_too(house: House) -> None:
    house.publish_older(2)
    async with house.seeded():
        pass
    with LocalNewswire(clock=clock.now) as second:
        second.publish(numbered(5, words="needle"))
        house.sources = house.source() + house.source("second", url=second.feed_url)
        async with house.seeded() as archive:
            await until(lambda: numbers(archive) == [0, 1, 5])
            await settled(archive, alerts=0)
