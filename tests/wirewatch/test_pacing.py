"""What the poll commit asks of rhythm and price, and what is kept of them across a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.settings import Polling
from ingest.answers import FetchFailed, FetchReason, NotModified
from ingest.listing import Listing
from news.release import Origin
from news.source import Listed, Source
from storage.archive import Archive
from storage.entries import known, list_entries
from storage.rhythms import EntryTime, stored_rhythms
from storage.sources import PollEnd, SourceSpec, add_source, end_poll, sources
from wirewatch.pacing import Next, Pacing, learned

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
POLLING = Polling(budget_s=900.0)


class Watch:
    """A simulated clock, and one archive under it."""

    def __init__(self, archive: Archive) -> None:
        self.archive, self.now = archive, MONDAY
        self.pacing = self.fresh()

    def fresh(self) -> Pacing:
        return Pacing(self.archive, POLLING, {"acme": "America/New_York"}, lambda: self.now)

    def add(self, name: str, *, fixed: bool = False) -> None:
        with self.archive.writing(self.now) as work:
            spec = SourceSpec(name, "acme", "feed", f"https://acme.example/{name}", 120, False, True, "config", fixed)
            add_source(work, spec)

    def source(self, name: str) -> Source:
        with self.archive.database.reading() as connection:
            return next(each for each in sources(connection) if each.name == name)

    def poll(
        self,
        name: str,
        *stamps: datetime | None,
        not_modified: bool = False,
        skip_hours: frozenset[int] = frozenset(),
    ) -> Next:
        source = self.source(name)
        rows = tuple(
            Listed(url=f"https://acme.example/{name}/{at}/{n}", guid=None, title="x", stamp=at)
            for n, at in enumerate(stamps)
        )
        listing = None if not_modified else Listing(entries=rows, rejects=(), skip_hours=skip_hours)
        answer = NotModified(url=source.url, etag=None, last_modified=None, fetched_at=self.now)
        self.pacing.count(source, answer)
        with self.archive.writing(self.now) as work:
            keys = [row.url for row in rows]
            seen = known(work, source, rows, keys)
            then = self.pacing.after_poll(work, source, answer, listing, rows)
            origin = Origin.LIVE if source.state.seeded else Origin.SEED
            list_entries(work, source, rows, keys, seen.keys, origin=origin)
            end = PollEnd(outcome="ok", ok=True, read=not not_modified, next_poll_at=then.at, pace=then.pace)
            end_poll(work, source, end)
        return then


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    archive = Archive.open(f"sqlite:///{tmp_path / 'w.db'}", now=MONDAY, durability="NORMAL")
    yield Watch(archive)
    archive.close()


def wait(watch: Watch, then: Next) -> float:
    return (then.at - watch.now).total_seconds()


def test_a_timer_is_kept_and_a_source_without_times_too(watch: Watch) -> None:
    watch.add("timer", fixed=True)
    watch.add("timeless")
    assert wait(watch, watch.poll("timer", *[MONDAY - n * MINUTE for n in range(20)])) == 120
    assert wait(watch, watch.poll("timeless", None, None)) == 120
    assert wait(watch, watch.poll("timeless", not_modified=True)) == 120


def test_the_first_answer_tells_how_soon_to_come_back(watch: Watch) -> None:
    for name, apart in (("busy", MINUTE), ("slow", 6 * HOUR)):
        watch.add(name)
        then = watch.poll(name, *[MONDAY - n * apart for n in range(20)])
        assert then.pace is not None
    asyncio.run(watch.pacing.price())
    watch.now += 30 * MINUTE
    busy = wait(watch, watch.poll("busy", *[watch.now - n * MINUTE for n in range(20)]))
    slow = wait(watch, watch.poll("slow", not_modified=True))
    assert 20 <= busy < slow <= 3600
    assert len(stored_rhythms_of(watch)) == 2


def stored_rhythms_of(watch: Watch) -> dict[int, object]:
    with watch.archive.database.reading() as connection:
        return dict(stored_rhythms(connection))


def test_rhythms_are_learned_from_what_was_stored_and_outlive_the_process(watch: Watch) -> None:
    watch.add("daily")
    watch.now = MONDAY
    watch.poll("daily", *[MONDAY - n * DAY for n in range(10)])
    for _ in range(20 * 24):
        watch.now += HOUR
        at_noon = watch.now.hour == 13
        if at_noon:
            watch.poll("daily", *[watch.now - n * MINUTE for n in range(10, 30)])
        else:
            watch.poll("daily", not_modified=True)
    asyncio.run(watch.pacing.learn())
    told = stored_rhythms_of(watch)
    assert told[watch.source("daily").id]["entries"] > 250  # type: ignore[index]
    watch.now = watch.now.replace(hour=3) + DAY
    at_night = wait(watch, watch.poll("daily", not_modified=True))
    watch.now = watch.now.replace(hour=12, minute=5)
    by_day = wait(watch, watch.poll("daily", not_modified=True))
    assert by_day < at_night
    again = watch.fresh()
    with watch.archive.writing(watch.now) as work:
        source = watch.source("daily")
        answer = NotModified(url="", etag=None, last_modified=None, fetched_at=watch.now)
        first = watch.pacing.after_poll(work, source, answer, None)
        assert again.after_poll(work, source, answer, None) == first


def test_what_is_spent_is_counted_against_the_budget(watch: Watch) -> None:
    watch.add("one")
    watch.poll("one", *[MONDAY - n * HOUR for n in range(20)])
    asyncio.run(watch.pacing.price())
    for _ in range(200):
        watch.poll("one", not_modified=True)
    before = watch.pacing.price_now
    watch.now += HOUR
    asyncio.run(watch.pacing.price())
    assert before is not None
    assert watch.pacing.price_now is not None
    assert watch.pacing.price_now > before


def test_a_failure_is_spent_unless_nothing_was_sent(watch: Watch) -> None:
    watch.add("one")
    watch.add("timer", fixed=True)
    watch.poll("one", *[MONDAY - n * HOUR for n in range(20)])
    asyncio.run(watch.pacing.price())
    prices = []
    for reason in (FetchReason.RESTING, FetchReason.TIMEOUT):
        for name in ("one", "timer"):
            for _ in range(300):
                watch.pacing.count(watch.source(name), FetchFailed(url="", reason=reason))
        watch.now += HOUR
        asyncio.run(watch.pacing.price())
        prices.append(watch.pacing.price_now or 0.0)
    assert prices[0] < prices[1]


def test_a_source_that_is_not_due_is_not_learned_again(watch: Watch) -> None:
    watch.add("one")
    watch.poll("one", *[MONDAY - n * HOUR for n in range(20)])
    watch.now += 7 * HOUR
    asyncio.run(watch.pacing.learn())
    first = stored_rhythms_of(watch)
    watch.poll("one", watch.now - MINUTE)
    watch.now += HOUR
    asyncio.run(watch.pacing.learn())
    assert stored_rhythms_of(watch) == first


def test_stored_times_are_believed_only_between_two_polls() -> None:
    seeds = [EntryTime(n, MONDAY - n * HOUR, MONDAY, live=False) for n in range(1, 11)]
    later = MONDAY + 30 * MINUTE
    live = [
        EntryTime(11, later - MINUTE, later, live=True),
        EntryTime(12, later + DAY, later, live=True),
        EntryTime(13, later - 5 * DAY, later, live=True),
    ]
    found = learned([*seeds, *live], now=later, zone="UTC", began=MONDAY)
    assert found is not None
    assert found.entries == 13
    assert learned([], now=later, zone="UTC", began=None) is None
    assert learned([replace(seeds[0], stamp=None)], now=later, zone="UTC", began=None) is None


def test_the_hours_that_a_feed_skips_are_remembered_over_answers_without_a_body(watch: Watch) -> None:
    stamps = [MONDAY - n * 10 * MINUTE for n in range(20)]
    waits = {}
    for name, hours in (("plain", frozenset[int]()), ("skips", frozenset(range(24)) - {11})):
        watch.add(name)
        watch.poll(name, *stamps, skip_hours=hours)
    watch.now += 15 * MINUTE
    for name in ("plain", "skips"):
        waits[name] = wait(watch, watch.poll(name, not_modified=True))
    assert waits["skips"] > waits["plain"]


def test_the_first_source_of_all_goes_by_its_rhythm_from_its_second_poll_on(watch: Watch) -> None:
    watch.add("first")
    watch.poll("first", *[MONDAY - n * HOUR for n in range(20)])
    watch.now += 20 * MINUTE
    then = watch.poll("first", not_modified=True)
    assert then.pace is not None
    assert wait(watch, then) > 120


def test_no_price_is_found_before_anything_is_known_of_any_source(watch: Watch) -> None:
    watch.add("busy")
    asyncio.run(watch.pacing.price())
    assert watch.pacing.price_now is None
    watch.poll("busy", *[MONDAY - n * MINUTE for n in range(20)])
    watch.now += MINUTE
    then = watch.poll("busy", not_modified=True)
    assert POLLING.budget_s / 3 < wait(watch, then) < POLLING.budget_s * 2
    asyncio.run(watch.pacing.price())
    assert watch.pacing.price_now is not None
