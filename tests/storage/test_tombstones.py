"""Which keys stand for what was pruned or erased, and what comes in all the same."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from shelf import BODY, NOW, add_source, kept_as, list_rows, listed, release, store
from sqlalchemy import select

from ingest.dedupe import verdict
from news.release import Completeness, Release
from news.source import EntryState
from storage.archive import Archive
from storage.candidates import candidates
from storage.entries import known
from storage.keeping import keep, order_at
from storage.removal import remove
from storage.tables import ENTRY, TOMBSTONE
from storage.tombstones import Gone, Reason, gone, hashed, lay_keys, settle_gone

LONG = f"{BODY} " + "The plant stands by the river, and the river runs past the mill as it always did. " * 3
PAGE = {"url": "https://acme.example/news/1", "release_number": "1001", "guid": "acme-1"}
OLD = NOW - timedelta(days=40)


def went(archive: Archive, of: Release, reason: Reason = Reason.PRUNED) -> int:
    kept = store(archive, of)
    with archive.writing(NOW) as work:
        remove(work, [kept.release_id], reason)
    return kept.release_id


def come(archive: Archive, of: Release, *, now: datetime = NOW) -> Gone | None:
    """As the store commit does it."""
    item = kept_as(of, seen=now)
    around = order_at(of, now)
    with archive.writing(now) as work:
        found = verdict(of, item.fingerprint, candidates(work.connection, item.fingerprint, around))
        before = gone(work, item.fingerprint, found, completeness=of.completeness, around=around)
        if before is None:
            keep(work, item, found)
        else:
            settle_gone(work, None, before, item.fingerprint.keys)
        return before


def stones(archive: Archive) -> list[Any]:
    with archive.database.reading() as connection:
        return list(connection.execute(select(TOMBSTONE).order_by(TOMBSTONE.c.key)))


def entries(archive: Archive) -> list[Any]:
    with archive.database.reading() as connection:
        return list(connection.execute(select(ENTRY).order_by(ENTRY.c.id)))


def test_a_tombstone_spells_nothing_of_what_it_stands_for(archive: Archive) -> None:
    went(archive, release("Acme closes a secret plant", LONG, **PAGE))
    rows = stones(archive)
    assert [row.key.partition(":")[0] for row in rows] == ["guid", "number", "text", "url"]
    assert all(re.fullmatch(r"[a-z]+:[\w-]{16}", row.key) for row in rows)


def test_a_text_too_short_for_a_key_of_its_own_is_known_by_its_version(archive: Archive) -> None:
    went(archive, release("Photo", "Available.", **PAGE))
    assert "version" in {row.key.partition(":")[0] for row in stones(archive)}
    assert come(archive, release("Photo", "Available.", **PAGE)) is not None


def test_keys_that_no_database_can_hold_are_hashed_as_they_are_stored() -> None:
    assert hashed("guid:a:\ud800") == hashed("guid:a:\ufffd")
    assert hashed("guid:a:b") != hashed("guid:b:a")


# -------------------------------------------------------------------- pruned


@pytest.mark.parametrize("page", [{"url": PAGE["url"]}, {"release_number": "1001"}, {"guid": "acme-1"}, PAGE])
def test_the_same_page_with_the_same_text_is_known_again_however_late(archive: Archive, page: dict[str, str]) -> None:
    release_id = went(archive, release(body=LONG, published_at=OLD, **PAGE))
    late = release(body=LONG, published_at=NOW + timedelta(days=400), **page)
    assert come(archive, late, now=NOW + timedelta(days=400)) == Gone(release_id, Reason.PRUNED)
    assert archive.latest(5) == []


@pytest.mark.parametrize("page", [{"url": PAGE["url"]}, {"release_number": "1001"}, {"guid": "acme-1"}, PAGE])
def test_the_same_page_with_another_text_is_news(archive: Archive, page: dict[str, str]) -> None:
    went(archive, release(body=LONG, **PAGE))
    assert come(archive, release("Acme opens a mill", f"Another text. {LONG}", **page)) is None
    assert len(archive.latest(5)) == 1


@pytest.mark.parametrize(("days", "known"), [(0, True), (14, True), (-14, True), (15, False), (-15, False)])
def test_the_text_alone_is_known_near_its_own_day(archive: Archive, days: int, known: bool) -> None:
    went(archive, release(body=LONG, published_at=NOW, **PAGE))
    at = NOW + timedelta(days=days)
    copy = release(body=LONG, wire="other-wire", url="https://other.example/9", published_at=at)
    assert (come(archive, copy, now=max(at, NOW)) is not None) == known


def test_a_copy_of_a_release_that_stands_is_that_ones(archive: Archive) -> None:
    went(archive, release(body=LONG, **PAGE))
    with archive.writing(NOW) as work:  # a copy that was kept, stored before the other went
        keep(
            work,
            kept_as(release(body=LONG, wire="b", url="https://b.example/1")),
            verdict(release(), kept_as(release()).fingerprint, []),
        )
    assert come(archive, release(body=LONG, wire="c", url="https://c.example/1")) is None
    assert len({item.story_id for item in archive.latest(5)}) == 1


def test_what_stands_is_read_again_though_a_version_of_it_went(archive: Archive) -> None:
    store(archive, release("Acme opens a mill", LONG, **PAGE))
    went(archive, release(body=LONG, **PAGE))
    assert come(archive, release("Acme opens a mill", LONG, issuer="Acme", **PAGE)) is None
    assert [item.release.issuer for item in archive.latest(5)] == ["Acme"]


def test_the_first_version_does_not_come_back_under_its_correction(archive: Archive) -> None:
    went(archive, release(body=LONG, published_at=OLD, **PAGE))
    store(archive, release("Acme opens a mill", LONG, **PAGE))
    assert come(archive, release(body=LONG, published_at=OLD, **PAGE)) is not None
    assert come(archive, release("Acme opens three", LONG, **PAGE)) is None
    assert len(archive.latest(5)) == 2


def test_a_teaser_says_nothing_that_was_not_there(archive: Archive) -> None:
    went(archive, release(body=LONG, **PAGE))
    teaser = release("Acme opens", "Acme …", completeness=Completeness.TEASER, url=PAGE["url"])
    assert come(archive, teaser) is not None
    by_guid = release("Another", "Else", completeness=Completeness.TEASER, url="https://acme.example/2", guid="acme-1")
    assert come(archive, by_guid) is None


def test_of_two_texts_alike_the_later_day_counts_and_an_erased_one_stays_erased(archive: Archive) -> None:
    with archive.writing(NOW) as work:
        for release_id, reason in ((5, Reason.PRUNED), (9, Reason.PRUNED), (7, Reason.PRUNED)):
            lay_keys(work, release_id, ["text:a"], reason)
    assert [(row.release_id, row.reason) for row in stones(archive)] == [(9, "pruned")]
    with archive.writing(NOW) as work:
        lay_keys(work, 3, ["text:a"], Reason.ERASED)
        lay_keys(work, 11, ["text:a"], Reason.PRUNED)
    assert [(row.release_id, row.reason) for row in stones(archive)] == [(3, "erased")]


# -------------------------------------------------------------------- erased


@pytest.mark.parametrize(
    "of",
    [
        release("Other", "Other.", url=PAGE["url"]),
        release("Other", "Other.", release_number="1001"),
        release(body=LONG, wire="b", url="https://b.example/1", published_at=NOW + timedelta(days=400)),
    ],
    ids=["address", "number", "text"],
)
def test_what_was_erased_stays_away_by_any_of_its_keys(archive: Archive, of: Release) -> None:
    went(archive, release(body=LONG, **PAGE), Reason.ERASED)
    assert come(archive, of, now=NOW + timedelta(days=400)) is not None
    assert archive.latest(5) == []


def test_the_address_by_which_erased_words_came_again_is_remembered(archive: Archive) -> None:
    went(archive, release(body=LONG, **PAGE), Reason.ERASED)
    source = add_source(archive)
    row = listed(9, url="https://acme.example/moved/9", guid=None)
    assert list_rows(archive, source, row) == 1
    (entry,) = entries(archive)
    item = kept_as(release(body=LONG, url=row.url))
    with archive.writing(NOW) as work:
        found = gone(
            work,
            item.fingerprint,
            verdict(item.release, item.fingerprint, ()),
            completeness=Completeness.FULL,
            around=NOW,
        )
        assert found is not None
        settle_gone(work, entry.id, found, item.fingerprint.keys)
    assert entries(archive) == []
    assert list_rows(archive, source, row) == 0
    assert entries(archive) == []


def test_a_revision_of_what_stands_comes_in_though_an_older_version_was_erased(archive: Archive) -> None:
    store(archive, release("Acme opens a mill", LONG, **PAGE))
    went(archive, release(body=LONG, published_at=OLD, **PAGE), Reason.ERASED)
    assert come(archive, release("Acme opens three", f"New. {LONG}", **PAGE)) is None
    assert come(archive, release(body=LONG, published_at=OLD, **PAGE)) is not None


# ---------------------------------------------------------------- in listings


def test_a_row_of_what_was_pruned_is_settled_in_the_poll_commit(archive: Archive) -> None:
    went(archive, release(body=LONG, url=listed(1).url))
    assert list_rows(archive, add_source(archive), listed(1), listed(2)) == 1
    assert [(row.state, row.reason) for row in entries(archive)] == [("stored", "pruned"), ("due", None)]
    assert ("tombstone", "pruned", 1) in archive.tallies(0)


def test_a_row_of_what_was_erased_leaves_no_trace_and_no_gap(archive: Archive) -> None:
    went(archive, release(body=LONG, url=listed(1).url), Reason.ERASED)
    source = add_source(archive)
    for change in ("", " changed"):
        assert list_rows(archive, source, listed(1, title=f"Release{change}")) == 0
    assert entries(archive) == []
    with archive.writing(NOW) as work:
        assert known(work, source, [listed(1)], ["acme.example/news/1"]).flags == (True,)


@pytest.mark.parametrize(("reason", "due"), [(Reason.PRUNED, 1), (Reason.ERASED, 0)])
def test_a_guid_alone_keeps_out_only_what_was_erased(archive: Archive, reason: Reason, due: int) -> None:
    """Feeds give one guid to several releases; a row without an address costs no request, and its text decides."""
    went(archive, release(body=LONG, guid="acme-1"), reason)
    assert list_rows(archive, add_source(archive), listed(1, url=None)) == due
    again = come(archive, release(body=LONG, guid="acme-1"))
    assert again is not None
    assert again.reason is reason


def test_a_page_that_stands_is_settled_by_itself_though_a_version_was_erased(archive: Archive) -> None:
    went(archive, release(body=LONG, url=listed(1).url), Reason.ERASED)
    kept = store(archive, release("Acme opens a mill", LONG, url=listed(1).url))
    assert list_rows(archive, add_source(archive), listed(1)) == 0
    assert [(row.state, row.release_id) for row in entries(archive)] == [(EntryState.STORED.value, kept.release_id)]
