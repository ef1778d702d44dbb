"""A source that misbehaves: the poll says why in words, nothing is stored that is no release, and nothing is lost."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from whole_house import House, hasten, numbers, until

from wirewatch import clock
from wirewatch.demo.loopback import LoopbackServer, Receive, Scope, Send
from wirewatch.demo.newswire import FEED_PATH, Fault
from wirewatch.demo.releases import numbered

HTML = (("content-type", "text/html; charset=utf-8"),)
XML = (("content-type", "application/rss+xml; charset=utf-8"),)
BOMB = gzip.compress(b"\0" * 12_000_000)

FAULTS: dict[str, tuple[Fault, str]] = {
    "404": (Fault(status=404), "not-found: HTTP 404"),
    "403": (Fault(status=403), "forbidden: HTTP 403"),
    "410": (Fault(status=410), "gone: HTTP 410"),
    "429": (Fault(status=429, headers=(("retry-after", "900"),)), "throttled: HTTP 429"),
    "503": (Fault(status=503, headers=(("retry-after", "900"),)), "server-error: HTTP 503"),
    "500": (Fault(status=500), "server-error: HTTP 500"),
    "50 MB": (Fault(status=200, headers=XML, body=b"<rss>" + b" " * 50_000_000), "too-large: limit 10000000 bytes"),
    "gzip bomb": (Fault(status=200, headers=(*XML, ("content-encoding", "gzip")), body=BOMB), "bomb: limit"),
    "not gzip": (Fault(status=200, headers=(*XML, ("content-encoding", "gzip")), body=b"<rss/>"), "bad-encoding:"),
    "cut short": (Fault(hang_up=True), "truncated:"),
    "redirect loop": (Fault(status=302, headers=(("location", FEED_PATH),)), "redirect-loop: back at http://127.0.0.1"),
    "redirect nowhere": (Fault(status=302), "bad-redirect: no Location"),
    "a web page": (
        Fault(status=200, headers=HTML, body=b"<!doctype html><title>Newsroom</title><p>Welcome."),
        "not-a-release: Welcome.",
    ),
    "a bot wall": (
        Fault(status=200, headers=HTML, body=b"<html><title>Just a moment...</title><p>Verify you are human"),
        "blocked:",
    ),
    "nothing at all": (Fault(status=200, headers=XML, body=b""), "empty"),
    "broken XML": (Fault(status=200, headers=XML, body=b"<rss><channel><item><title>Half of"), "unreadable:"),
    "no feed": (Fault(status=200, headers=XML, body=b'{"items": []}'), "not-a-release:"),
}


async def test_each_fault_is_named_and_the_release_is_stored_once_it_is_mended(
    house: House, subtests: pytest.Subtests
) -> None:
    house.publish_older(1)
    await house.poll()
    for n, (name, (fault, told)) in enumerate(FAULTS.items(), 5):
        with subtests.test(name):
            house.publish(numbered(n, words="needle"))
            house.wire.fail(FEED_PATH, fault)
            failed = await house.poll()
            assert [line.startswith(f"local: {told}") for line in failed.failed] == [True], failed.failed
            assert (failed.stored, failed.alerts) == (0, 0)
            with house.archive() as archive:
                [line] = archive.sources()
                assert line.source.state.failures == 1
                if ("retry-after", "900") in fault.headers:
                    assert line.source.state.next_poll_at > clock.now() + timedelta(seconds=850)
        house.wire.heal()
        mended = await house.poll()
        assert (mended.stored, mended.alerts, mended.deliveries["sent"]) == (1, 1, 2)
    with house.archive() as archive:
        assert numbers(archive) == [0, *range(5, 5 + len(FAULTS))]
        assert archive.sources()[0].source.state.failures == 0


async def test_an_empty_feed_is_no_failure_and_no_gap(house: House) -> None:
    house.publish_older(1)
    await house.poll()
    house.wire.fail(FEED_PATH, Fault(status=200, headers=XML, body=b"<rss version='2.0'><channel/></rss>"))
    assert (await house.poll()).failed == []
    house.wire.heal()
    house.publish(numbered(5, words="needle"))
    assert (await house.poll()).alerts == 1
    with house.archive() as archive:
        assert archive.sources()[0].gaps == 0


async def test_a_feed_in_another_charset_than_it_says_is_read_all_the_same(house: House) -> None:
    await house.poll()
    shown = house.publish(numbered(5, words="needle"))
    feed = f"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>x</title><item>
        <title>Übernahme in Zürich: needle</title><link>{shown.url}</link></item></channel></rss>"""
    house.wire.fail(FEED_PATH, Fault(status=200, headers=XML, body=feed.encode("windows-1252")))
    assert (await house.poll()).alerts == 1


async def test_a_server_that_is_not_there_is_said_to_be(house: House) -> None:
    house.sources = house.source(url="http://127.0.0.1:9/feed.xml")
    assert [line.split(":")[:2] for line in (await house.poll()).failed] == [["local", " refused"]]
    house.sources = house.source(url="http://wire.invalid/feed.xml")
    assert [line.split(":")[:2] for line in (await house.poll()).failed] == [["local", " dns"]]


async def test_one_broken_source_does_not_hold_up_another(house: House) -> None:
    house.sources = house.source("broken", url="http://127.0.0.1:9/feed.xml") + house.source()
    await house.poll()
    house.publish(numbered(5, words="needle"))
    report = await house.poll()
    assert (report.stored, report.alerts, len(report.failed)) == (1, 1, 1)


@pytest.fixture
def endless() -> Iterator[str]:
    """The address of a feed that goes on for as long as the test does."""
    over = threading.Event()

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        found = scope["path"] == "/feed.xml"
        await send({"type": "http.response.start", "status": 200 if found else 404, "headers": []})
        while found and not over.is_set():
            await send({"type": "http.response.body", "body": b"<item/>" * 10_000, "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b""})

    with LoopbackServer(app) as server:
        yield f"{server.base_url}/feed.xml"
        over.set()


async def test_an_endless_body_is_left_at_the_limit(house: House, endless: str) -> None:
    house.sources = house.source(url=endless)
    assert (await house.poll()).failed == ["local: too-large: limit 10000000 bytes"]


async def test_the_daemon_leaves_a_source_alone_for_as_long_as_it_asks(house: House) -> None:
    house.publish_older(1)
    async with house.seeded() as archive:
        house.wire.fail(FEED_PATH, Fault(status=429, headers=(("retry-after", "2"),)))
        await until(lambda: archive.sources()[0].source.state.failures == 1)
        throttled = house.wire.requests(FEED_PATH)[-1]
        house.wire.heal()
        house.publish(numbered(5, words="needle"))
        hasten(archive)
        await until(lambda: 5 in numbers(archive))
        again = next(request for request in house.wire.requests(FEED_PATH) if request.at > throttled.at)
        assert (again.at - throttled.at).total_seconds() >= 2
