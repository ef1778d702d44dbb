"""Known pages looked at again: what a wire mends or takes back at its own address, found by nothing else."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from whole_house import PAGES, House, hasten, settled, stored, until

from news.release import Kind
from news.source import EventType
from storage.archive import Archive
from storage.tables import ENTRY, TALLY
from wirewatch import clock
from wirewatch.demo.newswire import FEED_PATH, LISTING_PATH, Fault, Request
from wirewatch.demo.pages import Published, release_page
from wirewatch.demo.releases import SampleRelease, numbered

NEEDLE = numbered(5, words="The needle is in this sentence.")
MENDED = replace(NEEDLE, body=NEEDLE.body.replace("this sentence", "that sentence"))
HTML = (("content-type", "text/html; charset=utf-8"),)
XML = (("content-type", "application/rss+xml; charset=utf-8"),)
WALL = b"""<html><head><title>Attention Required!</title></head><body><h1>Please verify you are a human</h1>
<p>Checking your browser before accessing this site. Enable JavaScript and cookies to continue.</p></body></html>"""
RUN = "from wirewatch.cli import main; main()"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def put(house: House, shown: Published, release: SampleRelease, *, delay_s: float = 0) -> None:
    """Another text at the address of what was published, with the stamps it had and nothing in the feed."""
    body = release_page(replace(shown, release=release), (), house.wire.base_url)
    house.wire.fail(shown.path, Fault(status=200, headers=HTML, body=body, delay_s=delay_s))


async def look(house: House, archive: Archive, shown: Published, *, looks: int = 1) -> Request:
    """Let the time of the page's next look come, so often; returns its last request."""
    for _ in range(looks):
        before = len(house.wire.requests(shown.path))
        with archive.database.writing() as connection:
            connection.execute(update(ENTRY).values(revisit_at=LONG_AGO))
            missing = update(ENTRY).where(ENTRY.c.missing_since.is_not(None))
            connection.execute(missing.values(missing_since=clock.now() - timedelta(hours=1)))
        await until(lambda n=before: len(house.wire.requests(shown.path)) > n)
        await until(lambda: archive.unread() == 0)
    return house.wire.requests(shown.path)[-1]


def planned(archive: Archive) -> list[timedelta | None]:
    """In how long from now each page is looked at again."""
    with archive.database.reading() as connection:
        found = connection.execute(select(ENTRY.c.revisit_at).order_by(ENTRY.c.id)).scalars()
        return [at - clock.now() if at else None for at in found]


def outcomes(archive: Archive) -> dict[str, int]:
    with archive.database.reading() as connection:
        rows = connection.execute(select(TALLY.c.reason, TALLY.c.n).where(TALLY.c.what == "look"))
        return {row.reason: row.n for row in rows}


async def test_a_page_is_planned_to_be_looked_at_about_ten_minutes_after_it_came(either_house: House) -> None:
    async with either_house.seeded() as archive:
        either_house.publish(NEEDLE)
        await settled(archive, alerts=1)
        [wait] = planned(archive)
    assert wait is not None
    assert timedelta(minutes=8) < wait < timedelta(minutes=13)


async def test_another_text_at_the_same_address_is_a_revision_that_only_the_look_finds(either_house: House) -> None:
    house = either_house
    async with house.seeded() as archive:
        shown = house.publish(NEEDLE)
        await settled(archive, alerts=1)
        first = await look(house, archive, shown)
        assert first.status == 304
        assert first.if_none_match is not None
        put(house, shown, MENDED)
        await house.more_polls(2)
        assert len(stored(archive)) == 1
        assert (await look(house, archive, shown)).status == 200
        one, two = await settled(archive, alerts=2)
        before, after = stored(archive)
        again = await look(house, archive, shown)
        assert outcomes(archive) == {"unchanged": 2, "changed": 1}
    assert (one.occasion, two.occasion) == ("first", f"revision:{after.id}")
    assert (before.superseded_by, after.revises, after.story_id) == (after.id, before.id, before.story_id)
    assert "that sentence" in after.release.body
    assert again.status == 304
    # The page kept its stamp: when it was changed nobody knows, and no lateness is made of it.
    assert one.latency.stamped is not None
    assert two.latency.stamped is None


async def test_a_page_that_is_gone_twice_is_a_withdrawal_told_to_those_who_were_told(either_house: House) -> None:
    house = either_house
    async with house.seeded() as archive:
        shown = house.publish(NEEDLE)
        await settled(archive, alerts=1)
        house.wire.fail(shown.path, Fault(status=410))
        await look(house, archive, shown)
        assert len(stored(archive)) == 1
        await look(house, archive, shown)
        one, two = await settled(archive, alerts=2)
        before, after = stored(archive)
        assert EventType.RELEASE_WITHDRAWN in {event.type for event in archive.events(0, 1000)}
        await look(house, archive, shown)
        assert len(stored(archive)) == 2
    assert (one.occasion, two.occasion) == ("first", f"withdrawal:{after.id}")
    assert (before.superseded_by, after.release.kind) == (after.id, Kind.WITHDRAWAL)
    assert after.release.body == before.release.body
    assert [hook.body["type"] for hook in house.receiver.accepted() if hook.body][-1] == "release.withdrawn"
    assert house.inbox.messages()[-1].headers["Subject"].startswith("[needle] Withdrawn: ")


async def test_a_page_that_comes_back_is_what_it_was(house: House) -> None:
    async with house.seeded() as archive:
        shown = house.publish(NEEDLE)
        await settled(archive, alerts=1)
        house.wire.fail(shown.path, Fault(status=404))
        await look(house, archive, shown, looks=2)
        await settled(archive, alerts=2)
        house.wire.heal()
        await look(house, archive, shown)
        await until(lambda: stored(archive)[-1].release.kind is Kind.RELEASE)
        await settled(archive, alerts=2)


async def test_a_release_that_told_nobody_is_withdrawn_without_a_word(house: House) -> None:
    house.publish(NEEDLE)
    async with house.seeded() as archive:
        [shown] = house.wire.published()
        house.wire.fail(shown.path, Fault(status=404))
        await look(house, archive, shown, looks=2)
        await until(lambda: len(stored(archive)) == 2)
        assert archive.alerts(10) == []


FAILURES = {
    "403": Fault(status=403),
    "500": Fault(status=500),
    "503": Fault(status=503, headers=(("retry-after", "1"),)),
    "a wall": Fault(status=200, headers=HTML, body=WALL),
    "another page": Fault(status=200, headers=HTML, body=b"<!doctype html><title>Newsroom</title><p>Welcome."),
    "home": Fault(status=302, headers=(("location", LISTING_PATH),)),
    "cut short": Fault(hang_up=True),
    "404 once": Fault(status=404, times=1),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_no_other_failure_takes_a_release_back(house: House, name: str) -> None:
    async with house.seeded() as archive:
        shown = house.publish(NEEDLE)
        await settled(archive, alerts=1)
        put(house, shown, MENDED)
        house.wire.heal()
        house.wire.fail(shown.path, FAILURES[name])
        await look(house, archive, shown, looks=1 if name == "503" else 2)
        [release] = stored(archive)
        await settled(archive, alerts=1)
        [wait] = planned(archive)
        # And what it says once it can be read is found all the same.
        house.wire.heal()
        put(house, shown, MENDED)
        with archive.database.writing() as connection:
            connection.execute(update(ENTRY).values(visited_at=LONG_AGO, attempts=0))
        await asyncio.sleep(1.2 if name == "503" else 0)
        await look(house, archive, shown)
        await settled(archive, alerts=2)
    assert wait is not None
    assert timedelta(0) < wait < timedelta(days=1, hours=5)
    assert (release.release.kind, "this sentence" in release.release.body) == (Kind.RELEASE, True)


async def test_a_site_that_lost_its_pages_withdraws_none_of_them(house: House) -> None:
    async with house.seeded() as archive:
        shown = [house.publish(numbered(n, words="needle")) for n in range(5, 11)]
        await settled(archive, alerts=6)
        house.wire.fail(PAGES, Fault(status=404))
        for page in shown:
            before = len(house.wire.requests(page.path))
            with archive.database.writing() as connection:
                connection.execute(update(ENTRY).where(ENTRY.c.url == page.url).values(revisit_at=LONG_AGO))
            await until(lambda n=before, path=page.path: len(house.wire.requests(path)) > n)
        await until(lambda: archive.unread() == 0)
        for page in shown:
            await look(house, archive, page)
        assert len(stored(archive)) == len(await settled(archive, alerts=6))


def feed_of(house: House, shown: Published, title: str, summary: str, stamp: str) -> Fault:
    text = f"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>x</title><item>
        <title>{title}</title><link>{shown.url}</link><guid>{shown.url}</guid>
        <description>{summary}</description><pubDate>{stamp}</pubDate></item></channel></rss>"""
    return Fault(status=200, headers=XML, body=text.encode())


@pytest.mark.parametrize("changed", ["title", "summary", "stamp"])
async def test_a_row_of_the_feed_that_changed_has_its_page_read_again_conditionally(house: House, changed: str) -> None:
    said = {"title": NEEDLE.headline, "summary": "In short.", "stamp": "Mon, 02 Mar 2026 12:00:00 +0000"}
    async with house.seeded() as archive:
        shown = house.publish(NEEDLE, minutes_ago=30)
        house.wire.fail(FEED_PATH, feed_of(house, shown, **said))
        await settled(archive, alerts=1)
        await until(lambda: archive.unread() == 0)
        read = len(house.wire.requests(shown.path))
        put(house, shown, MENDED)
        other = {"title": "Another title", "summary": "In other words.", "stamp": "Mon, 02 Mar 2026 12:05:00 +0000"}
        house.wire.fail(FEED_PATH, feed_of(house, shown, **(said | {changed: other[changed]})))
        await settled(archive, alerts=2)
    last = house.wire.requests(shown.path)[-1]
    assert (len(house.wire.requests(shown.path)), last.if_none_match is not None) == (read + 1, True)


async def test_a_teaser_has_no_looks_planned_until_its_page_was_read(either_house: House) -> None:
    house = either_house
    house.page_wait_s = 1
    house.rules = {"listed": '"example holding"'}
    async with house.seeded() as archive:
        house.wire.fail(PAGES, Fault(status=200, headers=HTML, body=WALL))
        shown = house.publish(NEEDLE)
        await until(lambda: len(archive.alerts(10)) == 1)
        assert planned(archive) == [None]
        house.wire.heal()
        hasten(archive)
        await until(lambda: archive.unread() == 0)
        [release] = stored(archive)
        assert release.release.completeness.value == "full"
        [wait] = planned(archive)
        assert wait is not None
        assert house.wire.requests(shown.path)[-1].if_none_match is None
        await settled(archive, alerts=1)


async def test_with_no_share_of_the_budget_no_page_is_looked_at(house: House) -> None:
    house.more = ""
    path = house.write()
    text = path.read_text(encoding="utf-8").replace("[polling]\n", "[polling]\nrevisit_share = 0\n")
    house.write = lambda: path  # type: ignore[method-assign] - the file as it stands below
    path.write_text(text, encoding="utf-8")
    async with house.seeded() as archive:
        shown = house.publish(NEEDLE)
        await settled(archive, alerts=1)
        with archive.database.writing() as connection:
            connection.execute(update(ENTRY).values(revisit_at=LONG_AGO))
        await asyncio.sleep(3)
    assert len(house.wire.requests(shown.path)) == 1


def daemon_of(config: Path) -> subprocess.Popen[bytes]:
    command: Sequence[str] = (sys.executable, "-c", RUN, "-c", str(config), "run")
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


async def test_a_kill_between_the_answer_and_the_commit_loses_no_correction(house: House) -> None:
    async with house.seeded() as archive:
        shown = house.publish(NEEDLE)
        await settled(archive, alerts=1)
    put(house, shown, MENDED, delay_s=1.5)
    config = house.write()
    with house.archive() as archive, archive.database.writing() as connection:
        connection.execute(update(ENTRY).values(revisit_at=LONG_AGO))
    before = len(house.wire.requests(shown.path))
    process = daemon_of(config)
    try:
        with house.archive() as archive:
            house.wire.fail(FEED_PATH, Fault(status=503))
            await until(lambda: reading(archive))
            with archive.database.writing():
                # The page is answered, and nothing of it can be written down.
                await until(lambda: len(house.wire.requests(shown.path)) > before)
                await asyncio.sleep(0.5)
                process.send_signal(signal.SIGKILL)
                process.wait()
            assert len(stored(archive)) == 1
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
    house.wire.heal(FEED_PATH)
    async with house.running() as archive:
        _, second = await settled(archive, alerts=2)
        assert second.occasion.startswith("revision:")


def reading(archive: Archive) -> bool:
    with archive.database.reading() as connection:
        return connection.execute(select(ENTRY.c.id).where(ENTRY.c.state == "fetching")).first() is not None


async def test_a_withdrawal_in_other_words_is_told_to_those_who_were_told(house: House) -> None:
    """The note that takes a release back names neither the product nor the place that the rule looked for."""
    note = replace(
        NEEDLE,
        body="We are advised by Example Holding No. 5 that journalists should disregard the press release above.",
        subtitles=(),
    )
    async with house.seeded() as archive:
        shown = house.publish(NEEDLE)
        await settled(archive, alerts=1)
        put(house, shown, note)
        await look(house, archive, shown)
        _, second = await settled(archive, alerts=2)
        [_, after] = stored(archive)
    assert (after.release.kind, "needle" in after.release.body) == (Kind.WITHDRAWAL, False)
    assert (second.occasion, second.matched) == (f"withdrawal:{after.id}", ())
    assert [hook.body["type"] for hook in house.receiver.accepted() if hook.body][-1] == "release.withdrawn"


async def test_an_address_given_to_another_release_hides_neither_of_them(house: House) -> None:
    """Where the wire gives both one address and one number they are versions; both are kept and told."""
    house.rules = {"needle": "needle", "harvest": "harvest"}
    async with house.seeded() as archive:
        shown = house.publish(NEEDLE)
        await settled(archive, alerts=1)
        put(house, shown, numbered(77, words="Another needle, and a harvest."))
        await look(house, archive, shown)
        told = await settled(archive, alerts=3)
        one, other = stored(archive)
    assert sorted((alert.rule_name, alert.occasion, alert.release_id) for alert in told) == [
        ("harvest", "first", other.id),
        ("needle", "first", one.id),
        ("needle", f"revision:{other.id}", other.id),
    ]


async def test_a_page_that_goes_back_and_forth_is_told_of_once_for_each_text(house: House) -> None:
    async with house.seeded() as archive:
        shown = house.publish(NEEDLE)
        await settled(archive, alerts=1)
        for text in (MENDED, NEEDLE, MENDED, NEEDLE, MENDED):
            put(house, shown, text)
            await look(house, archive, shown)
        await settled(archive, alerts=2)
        assert len(stored(archive)) == 2


async def test_a_page_that_changes_around_its_text_is_no_revision(house: House) -> None:
    async with house.seeded() as archive:
        shown = house.publish(NEEDLE)
        await settled(archive, alerts=1)
        put(house, shown, replace(NEEDLE, footer=("Read next: something else",)))
        assert (await look(house, archive, shown)).status == 200
        await settled(archive, alerts=1)
        assert len(stored(archive)) == 1
        assert outcomes(archive) == {"the same text": 1}


async def test_a_correction_has_no_lateness_where_its_stamp_is_older_than_it(house: House) -> None:
    house.publish(NEEDLE, minutes_ago=300)
    async with house.seeded() as archive:
        [shown] = house.wire.published()
        put(house, shown, MENDED)
        await look(house, archive, shown)
        [told] = await settled(archive, alerts=1)
    assert (told.release.url, told.occasion, told.latency.stamped) == (shown.url, "first", None)
