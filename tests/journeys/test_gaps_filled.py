"""What rolled out of a feed unseen is found again: stored, alerted on, and the gap closed with what it brought."""

from __future__ import annotations

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import text
from whole_house import House, numbers, settled, until

from config import Settings
from news.source import EventType, IncidentKind, Source
from storage import gaps
from storage.archive import Archive
from storage.gaps import GapLine
from storage.tables import ENTRY, INCIDENT
from wirewatch import clock, daemon
from wirewatch.demo.newswire import LISTING_PATH, Fault
from wirewatch.demo.pages import FEED_ITEMS
from wirewatch.demo.releases import numbered
from wirewatch.lookback import Lookback, Showing, WayEnded

BURST = 60


@pytest.fixture(autouse=True)
def by_listing_pages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.sources = house.source(more=f'listing = "{listing_url(house)}"')
    monkeypatch.setattr(daemon, "GAPS_EVERY_S", 0.1)


def listing_url(house: House) -> str:
    site = house.wire.feed_url.partition("/rss/")[0]
    return f"{site}{LISTING_PATH}?page={{page}}&pagesize=25"


def lines(archive: Archive) -> list[GapLine]:
    with archive.database.reading() as connection:
        return gaps.gap_lines(connection)


def burst(house: House, first: int, many: int = BURST) -> None:
    """As many at once, a moment after what was read before."""
    for n in range(first, first + many):
        house.publish(numbered(n, words="needle"))


def hasten_gaps(archive: Archive) -> None:
    with archive.writing(clock.now()) as work:
        gaps.try_now(work)


async def read_at(archive: Archive) -> datetime:
    with archive.database.reading() as connection:
        at: datetime = connection.execute(ENTRY.select().order_by(ENTRY.c.last_listed_at.desc())).first().last_listed_at  # type: ignore[union-attr]
    return at


async def test_a_burst_behind_a_short_feed_is_stored_whole_and_the_gap_closed_with_what_it_brought(
    house: House,
) -> None:
    house.publish_older(10)
    async with house.seeded() as archive:
        pass
    with house.archive() as archive:
        before = await read_at(archive)
    burst(house, 100)
    async with house.running() as archive:
        await until(lambda: numbers(archive) == [*range(10), *range(100, 100 + BURST)])
        await until(lambda: [line.state for line in lines(archive)] == ["closed"])
        [gap] = lines(archive)
        assert gap.found == BURST - FEED_ITEMS
        assert gap.opened_at == before
        assert gap.closed_at > before
        assert gap.outcome == "a row known from before, listing page 3"
        alerts = await settled(archive, alerts=BURST)
        late = [alert for alert in alerts if archive.release(alert.release_id).origin == "gap"]  # type: ignore[union-attr]
        assert len(late) == BURST - FEED_ITEMS
        assert all(alert.latency.seen > gap.closed_at for alert in late)
        [opened] = [event for event in archive.events(0, 10_000) if event.type is EventType.GAP_OPENED]
        [closed] = [event for event in archive.events(0, 10_000) if event.type is EventType.GAP_CLOSED]
        assert closed.data["found"] == BURST - FEED_ITEMS
        assert (opened.data["opened_at"], opened.data["closed_at"]) == (
            closed.data["opened_at"],
            closed.data["closed_at"],
        )
        with archive.database.reading() as connection:
            [missed] = gaps.missed_since(connection, clock.now() - timedelta(days=7)).values()
        assert (missed.missed, missed.all) == (BURST - FEED_ITEMS, BURST)
        await house.more_polls(2)
        assert len(lines(archive)) == 1
    assert house.receiver.repeats() == 0


async def test_a_gap_that_cannot_be_proved_stays_open_is_an_incident_and_ends_once_it_can(house: House) -> None:
    house.publish_older(10)
    async with house.seeded():
        pass
    burst(house, 100)
    house.wire.fail(LISTING_PATH, Fault(status=403))
    async with house.running() as archive:
        for tries in range(1, 5):
            await until(lambda tries=tries: [line.attempts for line in lines(archive)] == [tries])
            [gap] = lines(archive)
            assert gap.state == "open"
            assert gap.retry_at is not None
            assert gap.retry_at > clock.now()
            assert "forbidden" in str(gap.outcome)
            if tries < 4:
                assert incidents(archive) == []
                hasten_gaps(archive)
        assert incidents(archive) == [(IncidentKind.GAP.value, False)]
        house.wire.heal()
        hasten_gaps(archive)
        await until(lambda: [line.state for line in lines(archive)] == ["closed"])
        assert incidents(archive) == [(IncidentKind.GAP.value, True)]
        await until(lambda: len(numbers(archive)) == 10 + BURST)


async def test_an_old_copy_of_the_listing_proves_nothing(house: House) -> None:
    house.publish_older(10)
    async with house.seeded():
        pass
    old = await asyncio.to_thread(lambda: httpx.get(listing_url(house).format(page=1)).content)
    burst(house, 100)
    house.wire.fail(LISTING_PATH, Fault(status=200, body=old, headers=(("Content-Type", "text/html"),)))
    async with house.running() as archive:
        await until(lambda: [line.attempts for line in lines(archive)] == [1])
        assert [(line.state, line.outcome) for line in lines(archive)] == [
            ("open", "listing: nothing from after the gap")
        ]
        house.wire.heal()
        hasten_gaps(archive)
        await until(lambda: [line.state for line in lines(archive)] == ["closed"])
        await until(lambda: len(numbers(archive)) == 10 + BURST)


def incidents(archive: Archive) -> list[tuple[str, bool]]:
    with archive.database.reading() as connection:
        return [(row.kind, row.ended_at is not None) for row in connection.execute(INCIDENT.select())]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
async def test_a_walk_that_is_cut_off_goes_on_without_finding_anything_twice(house: House, how: signal.Signals) -> None:
    house.publish_older(10)
    async with house.seeded():
        pass
    burst(house, 100)
    house.wire.fail(LISTING_PATH, Fault(delay_s=0.5))
    settings = house.settings()
    child = os.fork()
    if child == 0:
        _work_until_told(settings)
    try:
        with house.archive() as archive:
            await until(lambda: [line.found > 0 for line in lines(archive)] == [True])
            os.kill(child, how)
            await asyncio.to_thread(os.waitpid, child, 0)
            [gap] = lines(archive)
            assert gap.state == "open"
            assert 0 < gap.found < BURST - FEED_ITEMS
            assert (gap.attempts, gap.outcome) == (0, None)
    except BaseException:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        raise
    house.wire.heal()
    async with house.running() as archive:
        await until(lambda: [line.state for line in lines(archive)] == ["closed"])
        assert lines(archive)[0].found == BURST - FEED_ITEMS
        await until(lambda: len(numbers(archive)) == 10 + BURST)
        await settled(archive, alerts=BURST)
    assert house.receiver.repeats() == house.inbox.repeats() == 0


def _work_until_told(settings: Settings) -> None:
    """The daemon, in a process of its own."""

    async def work() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await daemon.run(settings, stop=stop, console=io.StringIO())

    try:
        # The parent's loop is not this process's.
        asyncio._set_running_loop(None)
        asyncio.run(work())
    finally:
        os._exit(0)


async def test_a_gap_during_a_gap_is_a_gap_of_its_own_and_both_are_closed(house: House) -> None:
    house.publish_older(10)
    async with house.seeded():
        pass
    house.wire.fail(LISTING_PATH, Fault(status=403))
    burst(house, 100)
    async with house.running() as archive:
        await until(lambda: [line.attempts for line in lines(archive)] == [1])
        await until(lambda: archive.unread() == 0)
    burst(house, 200)
    async with house.running() as archive:
        await until(lambda: len(lines(archive)) == 2)
        second, first = lines(archive)
        assert second.opened_at >= first.closed_at
        house.wire.heal()
        hasten_gaps(archive)
        await until(lambda: {line.state for line in lines(archive)} == {"closed"})
        assert [line.found for line in lines(archive)] == [BURST - FEED_ITEMS] * 2
        await until(lambda: numbers(archive) == [*range(10), *range(100, 100 + BURST), *range(200, 200 + BURST)])


async def test_a_broken_walk_is_a_try_that_failed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: Lookback, __: Source, **___: object) -> AsyncIterator[Showing | WayEnded]:
        await asyncio.sleep(0)
        raise ZeroDivisionError
        yield

    monkeypatch.setattr(Lookback, "showings", broken)
    house.publish_older(10)
    async with house.seeded():
        pass
    burst(house, 100)
    async with house.running() as archive:
        await until(lambda: [line.outcome for line in lines(archive)] == ["internal: ZeroDivisionError"])
        await asyncio.sleep(0.5)
        assert [line.attempts for line in lines(archive)] == [1]
        with archive.database.reading() as connection:
            assert connection.execute(text("SELECT count(*) FROM gap")).scalar() == 1
