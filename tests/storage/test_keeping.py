"""What the store makes of each verdict: rows, stories, the full-text index, keys and pages."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from shelf import NOW, ids_found, kept_as, release, store
from sqlalchemy import func, select, update

from news.release import Completeness, Kind, StampSource
from news.source import EventType
from news.text import ANALYZER_VERSION
from news.verdict import Completes, Copy, Fingerprint, New, Revision, Same
from storage.archive import Archive
from storage.candidates import candidates
from storage.checkup import check
from storage.keeping import REVISIONS_MAX, Raw, keep
from storage.tables import KEY, RAW, RELEASE, STORY, TALLY, TERMS

PAGE = b"<html>" + b"a page of a release " * 2000 + b"</html>"


def raw(body: bytes = PAGE) -> Raw:
    return Raw(url="https://acme.example/1", content_type="text/html", fetched_at=NOW, body=body)


def row_of(archive: Archive, release_id: int):
    with archive.database.reading() as connection:
        return connection.execute(select(RELEASE).where(RELEASE.c.id == release_id)).one()


def count(archive: Archive, table) -> int:
    with archive.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def types(archive: Archive) -> list[EventType]:
    return [event.type for event in archive.events(0)]


@pytest.fixture(autouse=True)
def _the_index_never_drifts(archive: Archive):
    yield
    assert check(archive.database) == []


def test_what_is_stored_is_what_was_read(archive: Archive) -> None:
    whole = release(
        subtitles=("One", "Two"),
        url="https://acme.example/1",
        release_number="309",
        guid="g",
        issuer="Acme Corp.",
        tickers=("NYSE:ACME",),
        boilerplate="About Acme.",
        contact="press@acme.example",
        kind=Kind.ADVISORY,
        links=("https://acme.example",),
    )
    kept = store(archive, whole)
    stored = archive.release(kept.release_id)
    assert stored is not None
    assert stored.release == whole
    assert (stored.origin, stored.first_seen_at, stored.stored_at) == ("live", NOW, NOW)


def test_a_new_release_opens_a_story(archive: Archive) -> None:
    kept = store(archive, release())
    row = row_of(archive, kept.release_id)
    assert (kept.fresh, kept.before, kept.story_id) == (True, None, kept.release_id)
    assert (row.verdict, row.why, row.revises, row.superseded_by) == ("new", None, None, None)
    assert types(archive) == [EventType.RELEASE_STORED]
    assert ids_found(archive, "plant") == [kept.release_id]


def test_a_copy_joins_the_story_of_the_one_it_copies(archive: Archive) -> None:
    first = store(archive, release(wire="acme-wire"))
    copy = store(archive, release(wire="other-wire"), Copy(of=first.release_id, why="the same text"))
    assert copy.story_id == first.story_id
    assert copy.release_id != first.release_id
    assert [member.id for member in archive.story(first.story_id)] == [first.release_id, copy.release_id]
    row = row_of(archive, copy.release_id)
    assert (row.verdict, row.why, row.superseded_by) == ("copy", "the same text", None)
    assert count(archive, STORY) == 1
    assert ids_found(archive, "plant") == [copy.release_id, first.release_id]
    assert ids_found(archive, "plant", heads=True) == [first.release_id]


def test_a_revision_supersedes_what_was_known_and_both_are_found(archive: Archive) -> None:
    first = store(archive, release())
    later = NOW + timedelta(hours=1)
    second = store(
        archive, release("Acme opens a factory", published_at=later), Revision(of=first.release_id), now=later
    )
    assert (second.story_id, second.fresh) == (first.story_id, True)
    assert second.before == release()
    assert row_of(archive, second.release_id).revises == first.release_id
    assert row_of(archive, first.release_id).superseded_by == second.release_id
    third = store(archive, release("Acme opens a mill", published_at=later), Revision(of=first.release_id), now=later)
    assert third.before == release("Acme opens a factory", published_at=later)
    assert row_of(archive, third.release_id).revises == first.release_id
    assert {row_of(archive, kept.release_id).superseded_by for kept in (first, second)} == {third.release_id}
    assert ids_found(archive, "springfield") == [third.release_id, second.release_id, first.release_id]
    assert types(archive)[1:] == [EventType.RELEASE_REVISED] * 2


def test_a_stale_revision_goes_under_the_one_that_is_newer(archive: Archive) -> None:
    correction = store(archive, release("Acme opens a factory"))
    original = store(
        archive, release(published_at=NOW - timedelta(hours=1)), Revision(of=correction.release_id, stale=True)
    )
    assert row_of(archive, correction.release_id).superseded_by is None
    assert row_of(archive, original.release_id).superseded_by == correction.release_id
    newer = store(archive, release("Acme opens a mill"), Revision(of=correction.release_id))
    assert newer.before is not None
    assert newer.before.headline == "Acme opens a factory"


def test_a_withdrawal_is_told_as_such(archive: Archive) -> None:
    first = store(archive, release())
    store(archive, release("Acme: disregard", kind=Kind.WITHDRAWAL), Revision(of=first.release_id))
    assert types(archive)[-1] is EventType.RELEASE_WITHDRAWN


def test_a_release_has_twenty_revisions_at_most_and_then_an_incident(archive: Archive) -> None:
    first = store(archive, release())
    for number in range(REVISIONS_MAX):
        last = store(archive, release(f"Version {number}"), Revision(of=first.release_id), raw=raw(b"%d" % number))
        assert last.fresh
    over = store(archive, release("Version twenty-one"), Revision(of=first.release_id), raw=raw(b"one more"))
    assert (over.fresh, over.release_id) == (False, last.release_id)
    assert len(archive.story(first.story_id)) == REVISIONS_MAX + 1
    assert count(archive, RAW) == REVISIONS_MAX
    assert ids_found(archive, '"twenty one"') == []
    assert ("incident", "too many revisions of one release", 1) in archive.tallies(0)


def teaser() -> dict[str, object]:
    return {
        "body": "Acme opened something.",
        "completeness": Completeness.TEASER,
        "published_at": NOW - timedelta(minutes=1),
    }


def test_a_completed_teaser_keeps_its_id_and_is_found_by_its_new_text_alone(archive: Archive) -> None:
    kept = store(archive, release("Acme opens something", **teaser()))
    with archive.database.writing() as connection:
        connection.execute(update(RELEASE).values(analyzer_version=ANALYZER_VERSION - 1))
    assert ids_found(archive, "something") == [kept.release_id]
    whole = release(url="https://acme.example/1")
    later = NOW + timedelta(minutes=5)
    completed = store(archive, whole, Completes(of=kept.release_id), now=later, raw=raw())
    assert (completed.release_id, completed.story_id, completed.fresh) == (kept.release_id, kept.story_id, True)
    assert completed.before == release("Acme opens something", **teaser())
    stored = archive.release(kept.release_id)
    assert stored is not None
    assert stored.release == whole
    assert (stored.first_seen_at, stored.stored_at) == (NOW, NOW)
    row = row_of(archive, kept.release_id)
    assert (row.url_key, row.analyzer_version) == (kept_as(whole).url_key, ANALYZER_VERSION)
    assert ids_found(archive, "something") == []
    assert ids_found(archive, "springfield") == [kept.release_id]
    assert archive.raw(kept.release_id) is not None
    assert count(archive, RELEASE) == count(archive, TERMS) == 1
    assert types(archive) == [EventType.RELEASE_STORED, EventType.RELEASE_COMPLETED]


def test_a_time_that_was_known_is_not_lost_to_a_page_without_one(archive: Archive) -> None:
    kept = store(archive, release("Acme opens something", **teaser()))
    bare = release(published_at=None, published_at_source=StampSource.FIRST_SEEN)
    store(archive, bare, Completes(of=kept.release_id))
    stored = archive.release(kept.release_id)
    assert stored is not None
    assert stored.release.published_at == NOW - timedelta(minutes=1)
    assert stored.release.published_at_source is StampSource.META


def test_a_release_stored_and_completed_in_one_commit_is_found_by_its_last_text(archive: Archive) -> None:
    with archive.writing(NOW) as work:
        kept = keep(work, kept_as(release("Acme opens something", **teaser())), New())
        keep(work, kept_as(release("Acme opens a mill")), Completes(of=kept.release_id))
        keep(work, kept_as(release("Acme opens a factory")), Completes(of=kept.release_id))
    assert ids_found(archive, "factory") == [kept.release_id]
    assert ids_found(archive, "mill OR something") == []


def test_the_same_text_again_is_not_fresh_and_leaves_all_as_it_was(archive: Archive) -> None:
    kept = store(archive, release(url="https://acme.example/1"), raw=raw())
    seqs = archive.last_seq()
    again = store(archive, release(url="https://acme.example/1"), Same(of=kept.release_id), raw=raw(b"changed"))
    assert (again.release_id, again.fresh, again.before) == (kept.release_id, False, None)
    assert archive.last_seq() == seqs
    assert count(archive, RAW) == count(archive, RELEASE) == 1


def test_the_same_text_with_better_particulars_updates_the_row(archive: Archive) -> None:
    kept = store(archive, release(url="https://acme.example/1"))
    better = release(url="https://acme.example/1", issuer="Acme Corp.", contact="press office")
    store(archive, better, Same(of=kept.release_id))
    stored = archive.release(kept.release_id)
    assert stored is not None
    assert stored.release == better
    assert ids_found(archive, 'issuer:acme AND "press office"') == [kept.release_id]
    assert types(archive)[-1] is EventType.RELEASE_REREAD


def test_the_same_text_on_another_page_does_not_touch_the_row(archive: Archive) -> None:
    kept = store(archive, release(url="https://acme.example/1"))
    store(archive, release(url="https://acme.example/2", issuer="Someone else"), Same(of=kept.release_id))
    stored = archive.release(kept.release_id)
    assert stored is not None
    assert stored.release.issuer is None


def test_what_was_listed_under_two_addresses_was_first_seen_when_the_first_was_seen(archive: Archive) -> None:
    kept = store(archive, release(url="https://acme.example/1"))
    store(archive, release(url="https://acme.example/2"), Same(of=kept.release_id), seen=NOW + timedelta(minutes=9))
    store(archive, release(url="https://acme.example/3"), Same(of=kept.release_id), seen=NOW - timedelta(minutes=2))
    stored = archive.release(kept.release_id)
    assert stored is not None
    assert stored.first_seen_at == NOW - timedelta(minutes=2)


def test_a_teaser_seen_again_does_not_overwrite_the_full_text(archive: Archive) -> None:
    kept = store(archive, release(url="https://acme.example/1"))
    store(archive, release(url="https://acme.example/1", **teaser()), Same(of=kept.release_id))
    stored = archive.release(kept.release_id)
    assert stored is not None
    assert stored.release.completeness is Completeness.FULL


def test_pages_are_kept_compressed_with_their_hash(archive: Archive) -> None:
    kept = store(archive, release(), raw=raw())
    line = archive.raw(kept.release_id)
    assert line is not None
    assert (line.body, line.url, line.fetched_at) == (PAGE, "https://acme.example/1", NOW)
    assert line.sha256 == hashlib.sha256(PAGE).hexdigest()
    with archive.database.reading() as connection:
        row = connection.execute(select(RAW)).one()
    assert row.size == len(PAGE)
    assert len(row.body) < len(PAGE) / 10
    assert archive.raw(kept.release_id + 1) is None


def known_by(*keys: str) -> Fingerprint:
    return Fingerprint(keys=keys, content="")


def test_every_key_leads_to_the_release_and_only_the_text_key_is_bound_to_its_time(archive: Archive) -> None:
    of = release(url="https://acme.example/1", release_number="309", body="word " * 60)
    keys = kept_as(of).fingerprint.keys
    kept = store(archive, of)
    assert {key.partition(":")[0] for key in keys} == {"number", "url", "text"}
    with archive.writing(NOW) as work:
        near = candidates(work.connection, known_by(*keys), NOW + timedelta(days=13))
        far = candidates(work.connection, known_by(*keys), NOW + timedelta(days=15))
        none = candidates(work.connection, known_by("url:acme.example/2"), NOW)
    assert [(row.id, row.keys) for row in near] == [(kept.release_id, frozenset(keys))]
    assert [(row.id, row.keys) for row in far] == [(kept.release_id, frozenset(keys[:2]))]
    assert none == ()


def test_translations_are_looked_for_by_figures_near_the_time_and_in_other_languages(archive: Archive) -> None:
    english = release(body="Acme made 12,345 kites and sold 67,891 of them.", language="en")
    kept = store(archive, english)
    marked = Fingerprint(keys=("url:acme.example/de",), content="", marks=kept_as(english).fingerprint.marks)
    linked = Fingerprint(keys=("url:acme.example/fr",), content="", versions=("acme.example/en",))
    store(archive, release("Quite another headline", body="Elsewhere.", language="en", url="https://acme.example/en"))
    with archive.writing(NOW) as work:
        near = candidates(work.connection, marked, NOW + timedelta(days=3), language="de")
        assert [row.id for row in near] == [kept.release_id]
        assert candidates(work.connection, marked, NOW + timedelta(days=6), language="de") == ()
        assert candidates(work.connection, marked, NOW, language="en") == ()
        assert candidates(work.connection, marked, NOW) == ()
        found = candidates(work.connection, linked, NOW, language="fr")
        assert [row.edition.address for row in found] == ["acme.example/en"]


def test_a_text_that_is_sent_daily_does_not_crowd_out_the_page_itself(archive: Archive) -> None:
    with archive.writing(NOW) as work:
        for day in range(300, 0, -1):
            at = NOW - timedelta(days=day)
            of = release(url=f"https://acme.example/{day}", body="daily " * 60, published_at=at)
            keep(work, kept_as(of, seen=at), New())
    wanted = release(url="https://acme.example/1", body="daily " * 60)
    keys = kept_as(wanted).fingerprint.keys
    with archive.writing(NOW) as work:
        found = candidates(work.connection, known_by(*keys), NOW)
        among_old = candidates(work.connection, known_by(*keys[-1:]), NOW - timedelta(days=200))
    assert any("url:" in key for row in found for key in row.keys)
    assert all(abs(row.order_at - NOW) <= timedelta(days=14) for row in found)
    assert len(found) == 14
    assert len(among_old) == 29  # a back-filled one sees its neighbours on both sides


def test_a_release_that_raises_is_undone_alone_and_is_not_found(archive: Archive) -> None:
    with archive.writing(NOW) as work:
        keep(work, kept_as(release("Acme opens a mill")), New())
        with pytest.raises(ZeroDivisionError), work.savepoint():  # noqa: PT012 - what is undone is a block
            keep(work, kept_as(release("Acme opens a factory")), New())
            raise ZeroDivisionError
        keep(work, kept_as(release("Acme opens a plant")), New())
    assert [line.release.headline for line in archive.latest(5)] == ["Acme opens a plant", "Acme opens a mill"]
    assert ids_found(archive, "factory") == []
    assert len(ids_found(archive, "mill OR headline:plant")) == 2
    assert count(archive, TALLY) == 0
    assert count(archive, KEY) == 2
