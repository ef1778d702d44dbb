"""A feed with a hub is polled when the hub rings; one that moved for good is followed, carefully."""

from __future__ import annotations

import asyncio
import io

from local_hub import LocalHub
from whole_house import House, numbers, until

from config import load
from news.source import MOVED_AFTER, EventType
from storage.subscriptions import subscriptions
from wirewatch import daemon
from wirewatch.demo.loopback import bound_socket
from wirewatch.demo.newswire import FEED_PATH, Fault
from wirewatch.demo.pages import Published
from wirewatch.demo.releases import numbered

FEED = ("content-type", "application/rss+xml; charset=utf-8")


def show(house: House, hub: LocalHub, *shown: Published) -> None:
    """Let the feed hold these, and declare the hub."""
    items = "".join(f"<item><title>{item.headline}</title><link>{item.url}</link></item>" for item in shown)
    body = f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode()
    house.wire.fail(FEED_PATH, Fault(status=200, headers=(FEED, ("link", f"<{hub.url}>; rel=hub")), body=body))


async def test_a_push_brings_the_release_that_no_timer_would_have_brought_for_an_hour(house: House) -> None:
    with bound_socket() as free:
        port = free.getsockname()[1]
    house.sources = house.source(more="interval_s = 3600")
    house.more = '[network]\nallow = ["127.0.0.1"]'
    path = house.write()
    web = f'[web]\nport = {port}\npublic_url = "http://127.0.0.1:{port}"'
    path.write_text(path.read_text().replace("[web]\nenabled = false", web))
    first = house.publish(numbered(0, words="needle"), minutes_ago=5)
    stop = asyncio.Event()
    with LocalHub() as hub:
        show(house, hub, first)
        watching = asyncio.create_task(daemon.run(load(path, {}), stop=stop, console=io.StringIO()))
        try:
            await until(lambda: bool(hub.subscribed))
            polls = len(house.wire.requests(FEED_PATH))
            show(house, hub, house.publish(numbered(1, words="needle")), first)
            assert await asyncio.to_thread(hub.push, b"part of a feed") == [202]
            with house.archive() as archive:
                await until(lambda: numbers(archive) == [0, 1])
                assert len(house.wire.requests(FEED_PATH)) == polls + 1
                assert archive.sources()[0].gaps == 0
                with archive.database.reading() as connection:
                    [(kept, _)] = subscriptions(connection)
                assert kept.pushed_at is not None
        finally:
            stop.set()
            await watching


async def test_a_feed_that_moved_for_good_is_followed_and_its_old_address_is_not_asked_again(house: House) -> None:
    house.publish_older(3)
    house.sources = house.source(url=f"{house.wire.base_url}/old.rss")
    house.wire.fail("/old.rss", Fault(status=301, headers=(("location", FEED_PATH),)))
    for n in range(MOVED_AFTER + 1):
        house.publish(numbered(10 + n, words="needle"))
        assert (await house.poll()).failed == []
    old, new = len(house.wire.requests("/old.rss")), len(house.wire.requests(FEED_PATH))
    await house.poll()
    assert (len(house.wire.requests("/old.rss")), len(house.wire.requests(FEED_PATH))) == (old, new + 1)
    with house.archive() as archive:
        told = [event.data["polled"] for event in archive.events(0) if event.type is EventType.SOURCE_MOVED]
        assert told == [house.wire.feed_url]
        assert len(numbers(archive)) == 3 + MOVED_AFTER + 1
        assert archive.sources()[0].gaps == 0


async def test_two_sources_with_one_address_cost_one_request(house: House) -> None:
    house.publish_older(2)
    house.sources = house.source("one") + house.source("other")
    report = await house.poll()
    assert (report.stored, report.failed) == (2, [])
    assert len(house.wire.requests(FEED_PATH)) == 1
    with house.archive() as archive:
        states = [line.source.state for line in archive.sources()]
        assert states[0].etag == states[1].etag is not None


async def test_a_host_that_is_down_costs_no_page_its_attempts_and_all_is_told_in_time(house: House) -> None:
    """Twelve pages of a host that fails: five ask, the others wait unasked, and all are told as teasers, then read."""
    house.page_wait_s = 0
    house.publish_older(1)
    await house.poll()
    for n in range(12):
        house.publish(numbered(20 + n, words="needle"))
    house.wire.fail("/news-releases/*.html", Fault(status=502))
    await house.poll()
    asked = [request for request in house.wire.requests("/news-releases/*.html") if request.status == 502]
    with house.archive() as archive:
        assert len(archive.latest(100)) == 13
        with archive.database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT attempts, reason FROM entry WHERE state = 'waiting'").all()
    assert len(rows) == 12
    assert sum(row.attempts for row in rows) == len(asked) == 5
    assert {row.reason.split(":")[0] for row in rows if not row.attempts} == {"circuit-open"}
