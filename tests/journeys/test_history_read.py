"""A source's history, read from its listing pages and sitemaps: by the command, after a kill, and by the daemon."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from whole_house import House, numbers, settled, until

from config import Settings
from news.release import Origin
from storage.archive import Archive
from storage.backfills import Backfill, Stand, told
from storage.gaps import gap_lines
from wirewatch import backfill_order, clock, daemon
from wirewatch.backfill_order import PAGES_AT_ONCE, Answer, Wish, run
from wirewatch.demo.newswire import LISTING_PATH, Fault
from wirewatch.demo.pages import FEED_ITEMS
from wirewatch.demo.releases import numbered
from wirewatch.faults import UserError

OLD = 70
HOURS_APART = 6


def publish_history(house: House) -> None:
    """Number n was published so many times `HOURS_APART` hours ago, the oldest first."""
    for n in reversed(range(OLD)):
        house.publish(numbered(n, words="needle"), minutes_ago=60 * (HOURS_APART * n + 30))


def by_listing(house: House) -> None:
    house.sources = house.source(more=f'listing = "{house.wire.listing_url}?page={{page}}&pagesize=25"')


def by_sitemap(house: House) -> None:
    house.sources = house.source(more=f'sitemap = "{house.wire.base_url}/sitemap.xml"')


def days_ago(days: int) -> date:
    return (clock.now() - timedelta(days=days)).date()


async def ordered(house: House, days: int, *, alert: bool = False) -> Answer:
    wish = Wish(source="local", since=days_ago(days), alert=alert)
    return await run(house.settings(), wish, quiet=True, say=lambda _: None)


def since(house: House, answer: Answer) -> list[int]:
    """The numbers of all that was published on the days that were asked for."""
    stamps = {int(item.number) - 380_000_000: item.stamp for item in house.wire.published()}
    return sorted(n for n, at in stamps.items() if at >= answer.order.since)


def listing_pages(house: House) -> list[str]:
    return [request.query.partition("&")[0] for request in house.wire.requests(LISTING_PATH)]


@pytest.mark.parametrize("way", [by_listing, by_sitemap])
async def test_all_of_the_days_asked_for_is_stored_and_nothing_alerts(house: House, way) -> None:  # type: ignore[no-untyped-def]
    publish_history(house)
    way(house)
    answer = await ordered(house, 10)
    wanted = since(house, answer)
    assert FEED_ITEMS < len(wanted) < OLD
    with house.archive() as archive:
        assert numbers(archive) == wanted
        assert archive.alerts(100) == []
        assert {archive.release(item.id).origin for item in archive.latest(100)} == {Origin.HISTORY.value}  # type: ignore[union-attr]
    shown = answer.told()
    assert (shown["listed"], shown["unread"], shown["states"]) == (len(wanted), 0, {"stored": len(wanted)})
    assert shown["state"] == "done"
    again = await ordered(house, 10)
    assert (again.order.listed, again.order.known) == (0, len(wanted))


async def test_what_it_finds_alerts_if_that_is_asked(house: House) -> None:
    publish_history(house)
    by_listing(house)
    answer = await ordered(house, 3, alert=True)
    with house.archive() as archive:
        await settled(archive, alerts=len(since(house, answer)))


def order_of(archive: Archive) -> Backfill:
    with archive.database.reading() as connection:
        order = told(connection, 1)
    if order is None:
        raise LookupError
    return order


@pytest.mark.parametrize("when", ["walking", "reading"])
async def test_what_was_killed_goes_on_at_its_page_and_reads_nothing_twice(house: House, when: str) -> None:
    publish_history(house)
    by_listing(house)
    house.wire.fail("/news-releases/*.html", Fault(delay_s=0.05))
    if when == "walking":
        house.wire.fail(LISTING_PATH, Fault(delay_s=0.7))
    settings = house.settings()
    child = os.fork()
    if child == 0:
        _order_until_killed(settings)
    try:
        with house.archive() as archive:
            if when == "walking":
                await until(lambda: order_of(archive).page == 2)
                assert order_of(archive).stand is Stand.WALKING
            else:
                await until(lambda: order_of(archive).stand is Stand.DONE)
                await until(lambda: len(numbers(archive)) >= 3)
                assert len(numbers(archive)) < order_of(archive).listed
    finally:
        os.kill(child, signal.SIGKILL)
        await asyncio.to_thread(os.waitpid, child, 0)
    asked = len(listing_pages(house))
    house.wire.heal()
    answer = await ordered(house, 10)
    assert answer.resumed
    assert "page=1" not in listing_pages(house)[asked:]
    with house.archive() as archive:
        assert numbers(archive) == since(house, answer)
        with archive.database.reading() as connection:
            assert connection.execute(text("SELECT count(*) FROM entry")).scalar() == len(since(house, answer))
    assert answer.order.listed == answer.states["stored"] == len(since(house, answer))
    pages = [request.path for request in house.wire.requests("/news-releases/*.html") if request.status == 200]
    assert len(pages) - len(set(pages)) <= PAGES_AT_ONCE


def _order_until_killed(settings: Settings) -> None:
    try:
        asyncio._set_running_loop(None)  # the parent's loop is not this process's
        asyncio.run(run(settings, Wish(source="local", since=days_ago(10)), quiet=True, say=lambda _: None))
    finally:
        os._exit(0)


async def test_the_daemon_walks_where_it_runs_and_a_stopped_walk_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "BACKFILL_EVERY_S", 0.1)
    publish_history(house)
    by_listing(house)
    async with house.seeded() as archive:
        answer = await asyncio.wait_for(ordered(house, 10), 60)
        assert answer.daemon
        assert answer.told()["state"] == "done"
        wanted = since(house, answer)
        assert numbers(archive) == wanted
        assert archive.alerts(100) == []


async def test_what_polls_bring_yet_is_left_to_them_and_alerts(house: House) -> None:
    publish_history(house)
    by_listing(house)
    async with house.seeded():
        pass
    house.publish(numbered(500, words="needle"))
    answer = await ordered(house, 10)
    assert answer.order.left == 1
    async with house.running() as archive:
        [alert] = await settled(archive, alerts=1)
        assert "500" in alert.release.headline


async def test_a_gap_is_closed_by_the_listing_pages_that_the_source_names(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "GAPS_EVERY_S", 0.1)
    by_listing(house)
    house.publish_older(10)
    async with house.seeded():
        pass
    for n in range(100, 160):
        house.publish(numbered(n, words="needle"))
    async with house.running() as archive:
        await until(lambda: numbers(archive) == [*range(10), *range(100, 160)])
        await until(lambda: _gaps(archive) == [("closed", 60 - FEED_ITEMS)])
        await settled(archive, alerts=60)


def _gaps(archive: Archive) -> list[tuple[str, int]]:
    with archive.database.reading() as connection:
        return [(line.state, line.found) for line in gap_lines(connection)]


async def test_a_source_without_other_addresses_is_refused_with_what_to_do(house: House) -> None:
    with pytest.raises(UserError, match=r'listing = "https'):
        await ordered(house, 10)


async def test_a_way_that_fails_is_told_and_is_not_the_end_of_the_next(house: House) -> None:
    publish_history(house)
    house.sources = house.source(
        more=f'listing = "{house.wire.listing_url}?page={{page}}"\nsitemap = "{house.wire.base_url}/sitemap.xml"'
    )
    house.wire.fail(LISTING_PATH, Fault(status=403))
    answer = await ordered(house, 5)
    assert [way for way, _ in answer.order.ends] == ["listing", "sitemap"]
    assert "403" in answer.order.ends[0][1]
    with house.archive() as archive:
        assert numbers(archive) == since(house, answer)


async def test_where_every_way_fails_the_same_order_goes_on_from_there(house: House) -> None:
    publish_history(house)
    by_listing(house)
    house.wire.fail(LISTING_PATH, Fault(status=403))
    failed = await ordered(house, 5)
    assert (failed.told()["state"], failed.order.rows) == ("stopped", 0)
    house.wire.heal()
    mended = await ordered(house, 5)
    assert (mended.resumed, mended.told()["state"]) == (True, "done")
    with house.archive() as archive:
        assert numbers(archive) == since(house, mended)


async def test_a_command_that_watches_ends_when_the_daemon_does(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill_order, "DAEMON_LOOKED_FOR_EVERY", 1)
    monkeypatch.setattr(daemon, "BACKFILL_EVERY_S", 0.1)
    publish_history(house)
    by_listing(house)
    async with house.seeded() as archive:
        house.wire.fail(LISTING_PATH, Fault(delay_s=1))
        watching = asyncio.create_task(ordered(house, 10))
        await until(lambda: order_of(archive).page == 1)
    with pytest.raises(UserError, match="the same command goes on"):
        await asyncio.wait_for(watching, 10)
    house.wire.heal()
    answer = await ordered(house, 10)
    assert (answer.resumed, answer.daemon) == (True, False)
    with house.archive() as archive:
        assert numbers(archive) == since(house, answer)
