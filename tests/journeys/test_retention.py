"""What was pruned stays away: still in its feed, after a restart, and from another feed. What is new of it comes in."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from whole_house import PAGES, House, entries, numbers, settled, until

from news.release import Zone
from storage.archive import Archive
from storage.checkup import check
from storage.erasure import HEADLINE, erase
from wirewatch import clock
from wirewatch.demo.newswire import Fault
from wirewatch.demo.releases import numbered

OLD_MINUTES = 40 * 24 * 60
OLD = numbered(5, words="The needle is in this sentence.")
RETENTION = "[retention]\ndays = 30\nkeep_alerted = false\n"


async def told_and_pruned(house: House) -> None:
    """A release alerted; then the daemon, started with another setting, lets it go."""
    async with house.seeded() as archive:
        house.publish(OLD, minutes_ago=OLD_MINUTES)
        house.publish(numbered(6))
        await settled(archive, alerts=1)
        await until(lambda: numbers(archive) == [5, 6])
    house.more = RETENTION
    async with house.running() as archive:
        await until(lambda: numbers(archive) == [6])


def tallied(archive: Archive) -> dict[tuple[str, str], int]:
    return {(what, reason): n for what, reason, n in archive.tallies(0)}


async def test_a_pruned_release_still_in_its_feed_does_not_come_back(either_house: House) -> None:
    house = either_house
    await told_and_pruned(house)
    read = len(house.wire.requests(PAGES))
    for _ in range(2):  # nor after a restart
        async with house.running() as archive:
            await house.more_polls()
            assert numbers(archive) == [6]
            assert archive.alerts(10) == []
            assert entries(archive) == [("stored", None), ("stored", None)]
            assert (check(archive.database), tallied(archive)["pruned", "prnewswire"]) == ([], 1)
    assert len(house.wire.requests(PAGES)) == read
    assert (len(house.inbox.messages()), len(house.receiver.hooks())) == (1, 1)


async def test_nor_does_it_from_another_feed(house: House) -> None:
    await told_and_pruned(house)
    house.sources = house.source() + house.source(
        "another", url=f"{house.wire.feed_url}?again", more="alert_seed = true"
    )
    read = len(house.wire.requests(PAGES))
    async with house.seeded() as archive:
        await house.more_polls()
        assert numbers(archive) == [6]
        assert Counter(entries(archive)) == {("stored", None): 3, ("stored", "pruned"): 1}
        assert tallied(archive)["tombstone", "pruned"] == 1
    assert len(house.wire.requests(PAGES)) == read
    assert len(house.receiver.hooks()) == 1


async def test_nor_when_its_row_changes_or_its_address_does(house: House) -> None:
    await told_and_pruned(house)
    async with house.running() as archive:
        house.publish(OLD, minutes_ago=OLD_MINUTES - 5)  # another stamp: the page is read, and known again
        await until(lambda: tallied(archive).get(("tombstone", "pruned")) == 1)
        await house.more_polls()
        assert numbers(archive) == [6]
    house.sources = house.source(url=f"{house.wire.listing_url}", kind="listing")
    async with house.seeded() as archive:
        assert numbers(archive) == [6]
    assert len(house.receiver.hooks()) == 1


async def test_another_text_under_its_number_is_news(house: House) -> None:
    await told_and_pruned(house)
    async with house.running() as archive:
        house.publish(replace(OLD, headline="Example Holding Corrects a Needle"))
        [alert] = await settled(archive, alerts=1)
        assert alert.occasion == "first"
        assert alert.release.headline == "Example Holding Corrects a Needle"
        assert alert.release.release_number == OLD.number
        assert numbers(archive) == [5, 6]


async def test_a_page_that_cannot_be_read_brings_no_teaser_of_it_back(house: House) -> None:
    house.page_wait_s = 0
    await told_and_pruned(house)
    house.wire.fail(PAGES, Fault(status=403))
    async with house.running() as archive:
        house.publish(OLD, minutes_ago=OLD_MINUTES - 5)
        await until(lambda: ("stored", "pruned") in entries(archive))
        await house.more_polls()
        assert numbers(archive) == [6]


async def test_a_release_that_was_erased_does_not_come_back_either(house: House) -> None:
    async with house.seeded() as archive:
        house.publish(OLD, minutes_ago=1)
        house.publish(numbered(6))
        await settled(archive, alerts=1)
        await until(lambda: numbers(archive) == [5, 6])
        [alert] = archive.alerts(1)
        erase(archive, [alert.release_id], clock.now())
        read = len(house.wire.requests(PAGES))
        await house.more_polls()
        house.publish(OLD)  # its row changes
        await house.more_polls()
        assert_erased(archive, alert.release_id)
        assert len(house.wire.requests(PAGES)) == read
    async with house.running() as archive:
        await house.more_polls()
        assert_erased(archive, alert.release_id)
    assert len(house.receiver.hooks()) == 1


def assert_erased(archive: Archive, release_id: int) -> None:
    """Its alert names a release that says nothing; the other one stands, with the one entry that is left."""
    husk, other = sorted(archive.latest(5), key=lambda item: item.id != release_id)
    assert (husk.id, {husk.release.zone(zone) for zone in Zone}) == (release_id, {"", HEADLINE})
    assert other.release.headline == numbered(6).headline
    assert entries(archive) == [("stored", None)]
    assert check(archive.database) == []
