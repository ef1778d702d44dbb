"""Sources and entries: each claimed once, listed once, and never forgotten half-way."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from effort import statements
from shelf import NOW, add_source, configure, list_rows, listed, release, source_named, store
from sqlalchemy import insert, select, update

from news.links import url_key
from news.release import Completeness, Origin
from news.source import MOVED_AFTER, EntryState, EventType, Gap, Move, Source
from storage import sources
from storage.archive import Archive
from storage.entries import PER_SOURCE_MAX, REVISIT_GAP, REVISITS_MAX, known, list_entries
from storage.entries import claim_entries as entries_claimed
from storage.gaps import open_gap
from storage.sources import PollEnd, SourceSpec, end_poll
from storage.tables import ENTRY, GAP, SOURCE

LEASE = timedelta(minutes=10)


def claim_sources(archive: Archive, **more: Any) -> list[Source]:
    wanted = {"now": NOW, "holder": "me", "lease": LEASE, "limit": 100, **more}
    return sources.claim_sources(archive.database, wanted.pop("now"), **wanted)


def claim_entries(archive: Archive, **more: Any):
    wanted = {"now": NOW, "holder": "me", "lease": LEASE, "limit": 100, **more}
    return entries_claimed(archive.database, wanted.pop("now"), **wanted)


def ended(archive: Archive, source: Source, *, now=NOW, **more: Any) -> Source:
    wanted = {"outcome": "ok", "ok": True, "read": True, "next_poll_at": now + timedelta(minutes=1), **more}
    with archive.writing(now) as work:
        end_poll(work, source, PollEnd(**wanted))
    return source_named(archive, source.name)


def entries(archive: Archive) -> list[Any]:
    with archive.database.reading() as connection:
        return list(connection.execute(select(ENTRY).order_by(ENTRY.c.id)))


def settle(archive: Archive, entry_id: int, state: EntryState, *, now=NOW, **more: Any) -> None:
    with archive.writing(now) as work:
        work.settle(entry_id, state, **more)


def at_once(work: Callable[[], list[Any]], threads: int = 4) -> list[list[Any]]:
    """What each of several threads got that began together."""
    gate, got, lock = threading.Barrier(threads), [], threading.Lock()

    def run() -> None:
        gate.wait()
        mine = work()
        with lock:
            got.append(mine)

    started = [threading.Thread(target=run) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return got


# ------------------------------------------------------------------ sources


def test_each_due_source_is_claimed_once_however_many_ask(archive: Archive) -> None:
    for number in range(20):
        add_source(archive, f"feed-{number}")
    claimed = Counter(source.name for got in at_once(lambda: claim_sources(archive)) for source in got)
    assert claimed == {f"feed-{number}": 1 for number in range(20)}


def test_a_source_is_claimed_again_when_it_is_due_or_its_lease_ran_out(archive: Archive) -> None:
    source = add_source(archive)
    assert [found.id for found in claim_sources(archive)] == [source.id]
    assert claim_sources(archive, now=NOW + LEASE) == []
    assert [found.id for found in claim_sources(archive, now=NOW + LEASE + timedelta(seconds=1))] == [source.id]
    ended(archive, source, next_poll_at=NOW + timedelta(hours=2))
    assert claim_sources(archive, now=NOW + timedelta(hours=1)) == []
    assert len(claim_sources(archive, now=NOW + timedelta(hours=2))) == 1


def test_sources_that_are_named_are_claimed_due_or_not(archive: Archive) -> None:
    one, two = add_source(archive, "one"), add_source(archive, "two")
    for source in (one, two):
        ended(archive, source, next_poll_at=NOW + timedelta(hours=2))
    assert claim_sources(archive) == []
    assert [source.name for source in claim_sources(archive, only=[two.id])] == ["two"]
    assert claim_sources(archive, only=[two.id]) == []


def test_leases_are_freed_at_start(archive: Archive) -> None:
    source = add_source(archive)
    list_rows(archive, source, listed(1))
    claim_sources(archive)
    claim_entries(archive)
    assert claim_sources(archive) == claim_entries(archive) == []
    with archive.writing(NOW) as work:
        sources.free_leases(work.connection)
    assert len(claim_sources(archive)) == len(claim_entries(archive)) == 1


def test_leases_of_what_is_in_hand_are_kept(archive: Archive) -> None:
    source = add_source(archive)
    list_rows(archive, source, listed(1), listed(2))
    claim_sources(archive)
    one, other = claim_entries(archive)
    with archive.writing(NOW) as work:
        sources.free_leases(work.connection, but_sources={source.id}, but_entries={one.id})
    assert claim_sources(archive) == []
    assert [entry.id for entry in claim_entries(archive)] == [other.id]


@pytest.mark.parametrize("ok", [True, False])
def test_the_next_poll_is_stored_whatever_happened(archive: Archive, *, ok: bool) -> None:
    source = add_source(archive)
    claim_sources(archive)
    later = NOW + timedelta(minutes=7)
    state = ended(archive, source, ok=ok, read=False, outcome="x: y", next_poll_at=later).state
    assert (state.next_poll_at, state.last_polled_at, state.last_outcome) == (later, NOW, "x: y")
    assert state.last_good_at == (NOW if ok else None)
    assert len(claim_sources(archive, now=later)) == 1


def test_validators_are_written_with_the_entries_they_vouch_for_and_with_nothing_else(archive: Archive) -> None:
    source = add_source(archive)
    with pytest.raises(ZeroDivisionError), archive.writing(NOW) as work:  # noqa: PT012 - what is undone is a block
        list_entries(work, source, [listed(1)], ["a"], ["url:a"], origin=Origin.LIVE)
        end_poll(
            work, source, PollEnd(outcome="ok", ok=True, read=True, next_poll_at=NOW, etag='"1"', last_modified="x")
        )
        raise ZeroDivisionError
    state = source_named(archive).state
    assert (entries(archive), state.etag, state.last_modified, state.seeded) == ([], None, None, False)
    read = ended(archive, source, etag=' W/"1" ', last_modified="Mon, 02 Mar 2026 14:00:00 GMT").state
    assert (read.etag, read.last_modified, read.seeded) == (' W/"1" ', "Mon, 02 Mar 2026 14:00:00 GMT", True)
    unread = ended(archive, source_named(archive), read=False, ok=False, etag="never", last_modified="never").state
    assert (unread.etag, unread.last_modified, unread.seeded) == (read.etag, read.last_modified, True)
    anew = ended(archive, source_named(archive), etag=None).state
    assert (anew.etag, anew.last_modified) == (None, None)


def test_guids_that_collided_once_are_never_trusted_again(archive: Archive) -> None:
    source = ended(archive, add_source(archive), guids_collide=True)
    assert source.state.guids_collide
    assert ended(archive, source, guids_collide=False).state.guids_collide


def spec(name: str, **more: Any) -> SourceSpec:
    wanted = {
        "wire": "acme-wire",
        "kind": "feed",
        "url": f"https://{name}.example/feed",
        "interval_s": 60.0,
        "alert_seed": False,
        "trusted": True,
        "origin": "config",
    }
    return SourceSpec(name=name, **(wanted | more))


def test_sources_of_the_file_keep_their_state_and_others_are_left_alone(archive: Archive) -> None:
    mine = add_source(archive, "mine")
    configure(archive, spec("one"), spec("two"))
    one = ended(archive, source_named(archive, "one"), etag='"1"')
    configure(archive, spec("one", interval_s=300.0))
    assert [line.source.name for line in archive.sources()] == ["mine", "one"]
    kept = source_named(archive, "one")
    assert (kept.id, kept.interval_s, kept.state) == (one.id, 300.0, one.state)
    assert source_named(archive, "mine") == mine
    configure(archive, spec("one"), spec("two"))
    assert len(archive.sources()) == 3


def test_a_source_with_another_address_is_seeded_anew(archive: Archive) -> None:
    configure(archive, spec("one"))
    ended(archive, source_named(archive, "one"), etag='"1"')
    later = NOW + timedelta(days=1)
    configure(archive, spec("one", url="https://other.example/feed"), now=later)
    state = source_named(archive, "one").state
    assert (state.etag, state.seeded, state.failures, state.next_poll_at) == (None, False, 0, later)


def test_a_gap_is_recorded_told_and_counted(archive: Archive) -> None:
    source = add_source(archive)
    with archive.writing(NOW) as work:
        open_gap(work, Gap(source_id=source.id, opened_at=NOW - timedelta(hours=1), closed_at=NOW))
    with archive.database.reading() as connection:
        row = connection.execute(select(GAP)).one()
    assert (row.state, row.opened_at, row.closed_at) == ("open", NOW - timedelta(hours=1), NOW)
    assert archive.events(0)[0].type is EventType.GAP_OPENED
    assert archive.sources()[0].gaps == 1
    assert ("gap", "no overlap", 1) in archive.tallies(0)


# ------------------------------------------------------------------ entries


def test_what_a_listing_shows_is_due_once_however_often_it_is_shown(archive: Archive) -> None:
    source = add_source(archive)
    rows = [listed(number) for number in range(3)]
    assert list_rows(archive, source, *rows, rows[0]) == 3
    assert list_rows(archive, source, *rows, now=NOW + timedelta(hours=1)) == 0
    assert [(row.state, row.first_seen_at, row.last_listed_at) for row in entries(archive)] == [
        ("due", NOW, NOW + timedelta(hours=1))
    ] * 3
    with archive.writing(NOW) as work:
        keys = [url_key(str(row.url)) for row in (*rows, listed(9))]
        assert known(work, source, [*rows, listed(9)], keys).flags == (True, True, True, False)
        other = known(work, add_other(archive, work), rows, keys[:3])
        assert other.flags == (False, False, False)


def add_other(archive: Archive, work: Any) -> Source:
    work.connection.execute(
        insert(SOURCE).values(name="b", wire="w", kind="feed", url="https://b.example", interval_s=60, next_poll_at=NOW)
    )
    row = work.connection.execute(select(SOURCE).where(SOURCE.c.name == "b")).one()
    return sources.source_of(row)


def test_a_listing_of_thousands_of_rows_is_one_short_commit(archive: Archive) -> None:
    source = add_source(archive)
    rows = [listed(number) for number in range(5_000)]
    with statements(archive.database.writer) as told:
        assert list_rows(archive, source, *rows) == 5_000
        assert list_rows(archive, source, *rows[2_500:], *(listed(n) for n in range(5_000, 7_500))) == 2_500
    assert 0 < len(told) < 300  # a statement a row took longer than a lease lasts
    assert archive.unread() == 7_500


def test_forty_thousand_rows_are_no_limit_of_the_database(archive: Archive) -> None:
    """SQLite takes 32,766 variables in a statement where it is built plainly, PostgreSQL 65,535."""
    source = add_source(archive)
    rows = [listed(number) for number in range(40_000)]
    with archive.writing(NOW) as work:
        driver = work.connection.connection.driver_connection
        assert driver is not None
        if archive.database.backend.name == "sqlite":
            driver.setlimit(9, 32_766)
        keys = [url_key(str(row.url)) for row in rows]
        seen = known(work, source, rows, keys)
        assert list_entries(work, source, rows, keys, seen.keys, origin=Origin.SEED) == 40_000
        assert all(known(work, source, rows, keys).flags)


def test_each_page_is_claimed_once_however_many_ask(archive: Archive) -> None:
    for name in "abcdef":
        list_rows(archive, add_source(archive, name), *(listed(number, guid=None) for number in range(3)))
    got = at_once(lambda: claim_entries(archive, limit=2))
    claimed = Counter(entry.listed.url for mine in got for entry in mine)
    assert set(claimed.values()) == {1}
    assert claim_entries(archive, limit=100) == []  # the same three pages, shown by six sources


def test_entries_for_one_page_are_settled_together(archive: Archive) -> None:
    for name in "ab":
        list_rows(archive, add_source(archive, name), listed(1), listed(2))
    first = next(entry for entry in claim_entries(archive) if entry.listed.title == "Release 1")
    kept = store(archive, release(url=first.listed.url))
    settle(archive, first.id, EntryState.STORED, release_id=kept.release_id)
    assert [(row.title, row.state, row.release_id) for row in entries(archive) if row.title == "Release 1"] == [
        ("Release 1", "stored", kept.release_id)
    ] * 2
    assert {row.state for row in entries(archive) if row.title == "Release 2"} <= {"due", "fetching"}


def test_an_entry_that_waits_comes_back_at_its_time_and_a_lost_lease_when_it_ran_out(archive: Archive) -> None:
    list_rows(archive, add_source(archive), listed(1))
    (entry,) = claim_entries(archive)
    assert (entry.attempts, entry.listed, entry.origin) == (0, listed(1), Origin.LIVE)
    later = NOW + timedelta(minutes=3)
    settle(archive, entry.id, EntryState.WAITING, reason="http: 503", retry_at=later)
    assert claim_entries(archive, now=later - timedelta(seconds=1)) == []
    (again,) = claim_entries(archive, now=later)
    assert (again.id, again.attempts) == (entry.id, 1)
    assert claim_entries(archive, now=later + LEASE) == []
    assert [found.id for found in claim_entries(archive, now=later + LEASE + timedelta(seconds=1))] == [entry.id]


def test_what_is_live_is_read_before_what_is_seed_and_no_source_takes_all_turns(archive: Archive) -> None:
    big, small = add_source(archive, "big"), add_source(archive, "small")
    list_rows(
        archive, big, *(listed(number, stamp=NOW - timedelta(days=1)) for number in range(50)), origin=Origin.SEED
    )
    list_rows(archive, small, listed(100, stamp=NOW), listed(101, stamp=NOW - timedelta(minutes=1)))
    claimed = claim_entries(archive, limit=16)
    assert [entry.listed.title for entry in claimed][:2] == ["Release 101", "Release 100"]
    assert Counter(entry.source_id for entry in claimed) == {small.id: 2, big.id: PER_SOURCE_MAX}
    assert claim_entries(archive, limit=16) == []
    settle(archive, claimed[-1].id, EntryState.STORED)
    assert len(claim_entries(archive, limit=16)) == 1


def test_an_entry_whose_page_is_stored_settles_in_the_poll_commit(archive: Archive) -> None:
    kept = store(archive, release(url=listed(1).url))
    assert list_rows(archive, add_source(archive), listed(1), listed(2)) == 1
    assert [(row.state, row.release_id) for row in entries(archive)] == [("stored", kept.release_id), ("due", None)]


def test_a_page_stored_as_a_teaser_is_read_for_its_full_text(archive: Archive) -> None:
    store(archive, release(url=listed(1).url, completeness=Completeness.TEASER))
    assert list_rows(archive, add_source(archive), listed(1)) == 1


def test_a_page_that_another_source_seeded_is_news_to_a_live_poll(archive: Archive) -> None:
    seeding, live = add_source(archive, "seeding"), add_source(archive, "live")
    store(archive, release(url=listed(1).url), origin=Origin.SEED, source_id=seeding.id)
    assert list_rows(archive, live, listed(1), origin=Origin.SEED) == 0
    other = add_source(archive, "other")
    assert list_rows(archive, other, listed(1), origin=Origin.LIVE) == 1


@pytest.mark.parametrize("change", [{"title": "New"}, {"summary": "New"}, {"stamp_text": "2 March"}])
def test_an_entry_of_which_the_source_says_something_else_is_read_again(
    archive: Archive, change: dict[str, str]
) -> None:
    source = add_source(archive)
    list_rows(archive, source, listed(1), origin=Origin.SEED)
    (entry,) = claim_entries(archive)
    kept = store(archive, release(url=listed(1).url))
    settle(archive, entry.id, EntryState.STORED, release_id=kept.release_id)
    assert list_rows(archive, source, listed(1)) == 0
    assert list_rows(archive, source, listed(1, **change)) == 1
    (again,) = claim_entries(archive)
    assert (again.listed, again.origin, again.release_id) == (listed(1, **change), Origin.LIVE, kept.release_id)


def test_an_entry_that_is_still_to_be_read_is_not_made_due_twice(archive: Archive) -> None:
    source = add_source(archive)
    list_rows(archive, source, listed(1))
    claim_entries(archive)
    assert list_rows(archive, source, listed(1, title="Other")) == 0
    assert claim_entries(archive) == []


def test_a_feed_that_changes_at_every_poll_is_read_again_at_most_so_often(archive: Archive) -> None:
    source = add_source(archive)
    list_rows(archive, source, listed(1))
    read, at = [], NOW
    for minute in range(0, 60 * 24, 5):
        at = NOW + timedelta(minutes=minute)
        for entry in claim_entries(archive, now=at):
            read.append(at)
            settle(archive, entry.id, EntryState.STORED, now=at)
        list_rows(archive, source, listed(1, title=f"At {minute}"), now=at)
    assert len(read) == REVISITS_MAX + 1
    assert all(later - earlier >= REVISIT_GAP for earlier, later in pairwise(read[1:]))


def test_rows_without_an_address_are_known_by_their_guid_and_else_by_all_they_say(archive: Archive) -> None:
    source = add_source(archive)
    rows = [
        listed(1, url=None),
        listed(2, url=None),
        listed(3, url=None, guid=None),
        listed(4, url=None, guid=None, title="Release 3", summary="more"),
    ]
    assert list_rows(archive, source, *rows) == 4
    assert list_rows(archive, source, *rows) == 0
    assert len(claim_entries(archive)) == 4
    assert list_rows(archive, source, listed(3, url=None, guid=None, summary="changed")) == 1


def test_text_that_utf8_cannot_hold_is_listed_once(archive: Archive) -> None:
    source = add_source(archive)
    odd = listed(1, url=None, guid="g\ud800\x00", title="A \udfff title\x00", summary="\ud83d")
    assert list_rows(archive, source, odd) == 1
    (entry,) = claim_entries(archive)
    settle(archive, entry.id, EntryState.STORED)
    assert list_rows(archive, source, odd, now=NOW + timedelta(hours=1)) == 0
    assert entry.listed.title == "A \ufffd title\ufffd"


def test_settled_entries_are_forgotten_ninety_days_after_they_were_last_listed(archive: Archive) -> None:
    source = add_source(archive)
    list_rows(archive, source, listed(1), listed(2), listed(3))
    for entry in claim_entries(archive):
        if entry.listed.title != "Release 3":
            settle(archive, entry.id, EntryState.STORED)
    list_rows(archive, source, listed(2), now=NOW + timedelta(days=50))
    archive.tidy(NOW + timedelta(days=91))
    assert [row.title for row in entries(archive)] == ["Release 2", "Release 3"]


def test_rejects_are_counted_by_their_reason(archive: Archive) -> None:
    source = add_source(archive)
    list_rows(archive, source, listed(1), listed(2))
    one, two = claim_entries(archive)
    settle(archive, one.id, EntryState.REJECTED, reason="not-a-release: a home page")
    settle(archive, two.id, EntryState.GAVE_UP, reason="http: 404")
    assert {("rejected", "not-a-release", 1), ("gave-up", "http", 1)} <= set(archive.tallies(0))
    assert archive.sources()[0].entries == {"rejected": 1, "gave-up": 1}
    assert archive.unread() == 0


def test_a_disabled_source_is_not_polled_and_its_entries_are_still_read(archive: Archive) -> None:
    source = add_source(archive)
    list_rows(archive, source, listed(1))
    with archive.database.writing() as connection:
        connection.execute(update(SOURCE).values(enabled=0))
    assert claim_sources(archive) == []
    assert len(claim_entries(archive)) == 1


def test_a_move_is_told_when_it_is_adopted_and_when_it_is_given_up(archive: Archive) -> None:
    source = add_source(archive)
    seen = archive.events(0)[-1].seq if archive.events(0) else 0
    for move in (Move("https://new.example/", 1), Move("https://new.example/", MOVED_AFTER), Move()):
        source = ended(archive, source, ok=True, read=True, outcome="ok", next_poll_at=NOW, move=move)
        assert source.state.move == move
    told = [event.data["polled"] for event in archive.events(seen) if event.type is EventType.SOURCE_MOVED]
    assert told == ["https://new.example/", source.url]


def test_following_a_move_in_the_file_loses_nothing(archive: Archive) -> None:
    old = SourceSpec("moved", "acme-wire", "feed", "https://old.example/", 60, False, False, "config")
    configure(archive, old)
    source = source_named(archive, "moved")
    new = "https://new.example/"
    ended(archive, source, ok=True, read=True, outcome="ok", next_poll_at=NOW, etag='"1"', move=Move(new, MOVED_AFTER))
    configure(archive, replace(old, url=new))
    state = source_named(archive, "moved").state
    assert (state.seeded, state.etag, state.move) == (True, '"1"', Move())
    configure(archive, replace(old, url="https://third.example/"))
    assert not source_named(archive, "moved").state.seeded


def test_what_was_not_asked_counts_as_no_failure(archive: Archive) -> None:
    source = add_source(archive)
    seen = archive.events(0)[-1].seq if archive.events(0) else 0
    for _ in range(10):
        source = ended(archive, source, ok=False, read=False, counts=False, outcome="circuit-open: x", next_poll_at=NOW)
    assert source.state.failures == 0
    assert archive.events(seen) == []
