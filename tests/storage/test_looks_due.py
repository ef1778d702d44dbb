"""Which stored pages are claimed for another look, and what a look leaves behind, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shelf import NOW, a_rule, add_source, alert_of, list_rows, listed, release, source_named, store, tell
from sqlalchemy import select, update
from test_sources import LEASE, claim_entries, entries

from news.release import Completeness, Kind
from news.source import Entry, EntryState, Visited
from news.verdict import Copy, Revision
from storage.archive import Archive
from storage.entries import REVISIT_GAP
from storage.keeping import Kept
from storage.revisits import Look, claim_revisits, looked, missing_beside, newest_version
from storage.sources import free_leases
from storage.tables import ENTRY

LATER = NOW + timedelta(minutes=11)


def claim(archive: Archive, *, now=LATER, limit: int = 10, spare=lambda _url: True) -> list[Entry]:
    return claim_revisits(archive.database, now, holder="me", lease=LEASE, limit=limit, spare=spare)


def read(archive: Archive, number: int, source: str = "acme-feed", **more: Any) -> Kept:
    """A page listed, read and stored, with a look planned ten minutes later."""
    row = listed(number)
    list_rows(archive, source_named(archive, source), row)
    kept = store(archive, release(f"Acme opens plant {number}", url=row.url, **more))
    [mine] = [entry for entry in entries(archive) if entry.url == row.url and entry.state == "due"]
    with archive.writing(NOW) as work:
        work.settle(mine.id, EntryState.STORED, release_id=kept.release_id)
        at = NOW + timedelta(minutes=10, seconds=number)
        looked(work, mine.id, Look(again_at=at, validators=(f'"{number}"', None)))
    return kept


def test_a_page_is_claimed_once_when_its_look_has_come(archive: Archive) -> None:
    add_source(archive)
    read(archive, 1)
    assert claim(archive, now=NOW + timedelta(minutes=5)) == []
    [entry] = claim(archive)
    assert (entry.page_etag, entry.listed.url) == ('"1"', listed(1).url)
    assert entry.visited == Visited(NOW, bodied=True)
    assert claim(archive) == claim_entries(archive, now=LATER) == []


def test_stories_that_alerted_go_first_and_of_a_source_one_page_at_a_time(archive: Archive) -> None:
    add_source(archive)
    kept = [read(archive, number) for number in range(5)]
    copy = store(archive, release("Acme opens plant 3", wire="other-wire"), Copy(of=kept[3].release_id, why="test"))
    tell(archive, alert_of(copy, a_rule(archive), story_id=kept[3].story_id), "a")
    [first] = claim(archive)
    assert first.listed.url == listed(3).url
    assert claim(archive) == []
    with archive.writing(LATER) as work:
        work.settle(first.id, EntryState.STORED)
        looked(work, first.id, Look(again_at=None))
    assert [entry.listed.url for entry in claim(archive)] == [listed(0).url]


def test_a_look_waits_while_pages_that_nobody_read_yet_are_due(archive: Archive) -> None:
    source = add_source(archive)
    add_source(archive, "other")
    read(archive, 1)
    read(archive, 2, "other")
    list_rows(archive, source, listed(9))
    assert [entry.listed.url for entry in claim(archive)] == [listed(2).url]


def test_what_a_host_has_no_room_for_is_left_and_does_not_keep_another_waiting(archive: Archive) -> None:
    for name in ("acme-feed", "other"):
        add_source(archive, name)
    told = read(archive, 1)
    tell(archive, alert_of(told, a_rule(archive)), "a")
    read(archive, 2, "other")
    only = listed(2).url
    assert [entry.listed.url for entry in claim(archive, spare=lambda url: url == only, limit=1)] == [only]


def test_a_look_cut_short_is_made_by_the_next_process_and_still_knows_the_page(archive: Archive) -> None:
    add_source(archive)
    read(archive, 1)
    [before] = claim(archive)
    assert [entry.id for entry in claim_entries(archive, now=LATER + LEASE + timedelta(seconds=1))] == [before.id]
    with archive.writing(LATER) as work:
        free_leases(work.connection)
    [after] = claim_entries(archive, now=LATER)
    assert (after.visited, after.page_etag, after.release_id) == (before.visited, '"1"', before.release_id)


def test_a_teaser_is_no_page_that_was_read(archive: Archive) -> None:
    add_source(archive)
    kept = read(archive, 1, completeness=Completeness.TEASER)
    with archive.writing(NOW) as work:
        work.settle(entries(archive)[0].id, EntryState.WAITING, release_id=kept.release_id, retry_at=NOW)
    [entry] = claim_entries(archive)
    assert entry.visited is None


def test_one_look_serves_all_sources_that_list_the_page(archive: Archive) -> None:
    add_source(archive)
    add_source(archive, "other")
    read(archive, 1)
    list_rows(archive, source_named(archive, "other"), listed(1))
    with archive.writing(NOW) as work:
        looked(work, entries(archive)[1].id, Look(again_at=NOW + timedelta(hours=1)))
    assert [entry.revisit_at for entry in entries(archive)] == [None, NOW + timedelta(hours=1)]


def test_a_look_writes_down_what_it_found(archive: Archive) -> None:
    add_source(archive)
    read(archive, 1)
    [entry] = claim(archive)
    with archive.writing(LATER) as work:
        work.settle(entry.id, EntryState.STORED, reason="not-found: HTTP 404")
        looked(work, entry.id, Look(again_at=LATER + LEASE, missing_since=LATER, failed=True))
    [row] = entries(archive)
    assert (row.state, row.attempts, row.visited_at, row.missing_since) == ("stored", 1, LATER, LATER)
    assert row.page_etag == '"1"'
    [entry] = claim(archive, now=LATER + LEASE)
    assert entry.visited == Visited(NOW, bodied=True, missing_since=LATER)


def test_missing_pages_are_counted_by_source_and_for_a_while(archive: Archive) -> None:
    add_source(archive)
    add_source(archive, "other")
    for number, source in ((1, "acme-feed"), (2, "acme-feed"), (3, "other")):
        read(archive, number, source)
    with archive.database.writing() as connection:
        connection.execute(update(ENTRY).values(missing_since=NOW))
    [mine, _] = sorted(claim(archive), key=lambda entry: entry.id)
    with archive.writing(LATER) as work:
        assert missing_beside(work, mine, NOW - timedelta(hours=1)) == 1
        assert missing_beside(work, mine, NOW) == 0


def test_the_newest_version_stands_for_a_release_until_it_is_withdrawn(archive: Archive) -> None:
    first = store(archive, release())
    second = store(archive, release(body="Another text."), Revision(of=first.release_id))
    with archive.database.reading() as connection:
        for asked in (first.release_id, second.release_id):
            version = newest_version(connection, asked)
            assert version is not None
            assert (version.id, version.first, version.release.body) == (
                second.release_id,
                first.release_id,
                "Another text.",
            )
        assert newest_version(connection, 77) is None
    store(archive, release(body="Another text.", kind=Kind.WITHDRAWAL), Revision(of=first.release_id))
    with archive.database.reading() as connection:
        assert newest_version(connection, first.release_id) is None


def test_a_row_that_changes_too_soon_again_is_looked_at_once_it_may_be(archive: Archive) -> None:
    source = add_source(archive)
    kept = read(archive, 1)
    assert list_rows(archive, source, listed(1, title="Another"), now=LATER) == 1
    [entry] = claim_entries(archive, now=LATER)
    with archive.writing(LATER) as work:
        work.settle(entry.id, EntryState.STORED, release_id=kept.release_id)
        looked(work, entry.id, Look(again_at=LATER + timedelta(days=1)))
    soon = LATER + timedelta(minutes=1)
    assert list_rows(archive, source, listed(1, title="A third"), now=soon) == 0
    assert claim(archive, now=LATER + REVISIT_GAP - timedelta(seconds=1)) == []
    assert len(claim(archive, now=LATER + REVISIT_GAP)) == 1


def test_what_is_pruned_is_not_looked_at(archive: Archive) -> None:
    add_source(archive)
    read(archive, 1)
    with archive.database.writing() as connection:
        connection.execute(update(ENTRY).values(release_id=None))
        assert connection.execute(select(ENTRY.c.revisit_at)).scalar() is not None
    assert claim(archive) == []
