"""A new analyzer comes to an archive that is at work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from older import OLD, analysed, finish, kept_then, reset, stale_below, store_then, versions
from shelf import NOW, ids_found, kept_as, release, store
from sqlalchemy import delete, select, update

from news.document import document
from news.query import evaluate, parse
from news.release import Release
from news.text import ANALYZER_VERSION
from news.verdict import New, Same
from storage import reindex
from storage.archive import Archive
from storage.candidates import candidates
from storage.checkup import check
from storage.errors import OutdatedError, StorageError
from storage.keeping import Correction, correct, keep
from storage.mending import mend
from storage.refiling import Analysis, Refiled, refile
from storage.tables import ARCHIVE, DUP_KEY, KEY, RELEASE, STORY, TERMS, WORD_FORM

WORDS = ("battery", "batteries", "skies", "running", "plants", "chemist", "Nordics", "fusion", "重庆", "工厂")
QUERIES = st.recursive(
    st.sampled_from([*WORDS, "skie*", "runn*", '"batteries plants"', "headline:plants", "plants NEAR/3 skies"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} OR {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} AND {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} AND NOT {two[1]})"),
    ),
    max_leaves=4,
)


def some(n: int, first: int = 0) -> list[Release]:
    return [
        release(
            f"{WORDS[at % len(WORDS)]} number {at}",
            f"{WORDS[(3 * at) % len(WORDS)]} under {WORDS[(at * at + 1) % len(WORDS)]} and so on.\n\nSecond {at}.",
            url=f"https://acme.example/{at}",
            published_at=NOW - timedelta(hours=5 * at),
        )
        for at in range(first, first + n)
    ]


@pytest.fixture
def upgraded(url: str) -> Archive:
    store_then(url, some(40))
    return Archive.open(url, now=NOW, durability="NORMAL")


def agrees(archive: Archive, queries: tuple[str, ...] = (*WORDS, "skie*", "runn*", "number -plants")) -> None:
    everything = archive.latest(1_000)
    for query in queries:
        asked = parse(query)
        told = [each.id for each in everything if evaluate(asked, document(each.release)) is not None]
        assert ids_found(archive, query) == told, query


def keys(archive: Archive) -> set[tuple[str, int]]:
    with archive.database.reading() as connection:
        return {(row.key, row.release_id) for row in connection.execute(select(KEY))}


def test_a_new_archive_answers_by_the_programs_analyzer_and_nothing_is_behind(archive: Archive) -> None:
    with archive.database.reading() as connection:
        assert connection.execute(select(ARCHIVE.c.analyzer_version)).scalar_one() == ANALYZER_VERSION
    assert not reindex.is_behind(archive.database)
    assert reindex.left(archive.database) == 0
    assert reindex.step(archive, analysed, NOW) is None
    store(archive, release())
    assert reindex.step(archive, analysed, NOW) is None


def test_after_an_upgrade_everything_stored_is_behind(upgraded: Archive) -> None:
    assert reindex.is_behind(upgraded.database)
    assert reindex.left(upgraded.database) == 40
    assert stale_below(upgraded) == max(versions(upgraded)) + 1
    assert set(versions(upgraded).values()) == {OLD}
    upgraded.close()


def test_when_it_is_done_the_archive_is_as_if_stored_by_todays_program(upgraded: Archive, tmp_path: Path) -> None:
    assert finish(upgraded) == [7, 7, 7, 7, 7, 5]
    assert stale_below(upgraded) == 0
    assert set(versions(upgraded).values()) == {ANALYZER_VERSION}
    assert check(upgraded.database) == []
    agrees(upgraded)
    fresh = Archive.open(f"sqlite:///{tmp_path / 'fresh.db'}", now=NOW, durability="NORMAL")
    for each in some(40):
        store(fresh, each)
    for table, columns in (
        (TERMS, TERMS.c),
        (KEY, KEY.c),
        (WORD_FORM, WORD_FORM.c),
        (RELEASE, [RELEASE.c.id, RELEASE.c.content, RELEASE.c.story_id, RELEASE.c.order_at]),
    ):
        rows = []
        for each in (upgraded, fresh):
            with each.database.reading() as connection:
                rows.append(set(map(tuple, connection.execute(select(*columns)))))
        assert rows[0] == rows[1], table.name
    fresh.close()
    upgraded.close()


def test_it_goes_from_the_newest_down_and_lowers_the_mark_with_each_step(upgraded: Archive) -> None:
    ids = sorted(versions(upgraded), reverse=True)
    for done in (7, 14, 21):
        assert reindex.step(upgraded, analysed, NOW, limit=7) == 7
        assert stale_below(upgraded) == ids[done - 1]
        new = {id_ for id_, version in versions(upgraded).items() if version == ANALYZER_VERSION}
        assert new == set(ids[:done])
    assert check(upgraded.database) == []
    upgraded.close()


def test_searches_are_right_all_the_while(upgraded: Archive) -> None:
    agrees(upgraded)
    while reindex.step(upgraded, analysed, NOW, limit=9) is not None:
        agrees(upgraded)
    upgraded.close()


def test_very_long_releases_make_short_steps(upgraded: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reindex, "STEP_CHARS", 1)
    assert finish(upgraded, 30) == [1] * 40
    assert check(upgraded.database) == []
    upgraded.close()


def test_the_next_start_goes_on_where_the_last_one_stopped(upgraded: Archive, url: str) -> None:
    reindex.step(upgraded, analysed, NOW, limit=25)
    stood = stale_below(upgraded)
    upgraded.close()
    again = Archive.open(url, now=NOW, durability="NORMAL")
    assert stale_below(again) == stood
    assert finish(again, 100) == [15]
    assert check(again.database) == []
    again.close()


def test_what_arrives_meanwhile_is_found_and_needs_no_turn(upgraded: Archive) -> None:
    reindex.step(upgraded, analysed, NOW, limit=10)
    live = store(upgraded, release("Live skies", url="https://acme.example/live"))
    with upgraded.writing(NOW) as work:
        history = release("Old skies", url="https://acme.example/old", published_at=NOW - timedelta(days=300))
        late = keep(work, kept_as(history), New())
    assert live.release_id > stale_below(upgraded) > late.release_id
    assert reindex.left(upgraded.database) == 31
    finish(upgraded)
    assert reindex.left(upgraded.database) == 0
    assert {live.release_id, late.release_id} <= set(ids_found(upgraded, "skie*"))
    agrees(upgraded)
    assert check(upgraded.database) == []
    upgraded.close()


def test_a_row_that_changes_under_a_step_is_prepared_again(upgraded: Archive) -> None:
    newest = upgraded.latest(10)
    ids = [each.id for each in newest]
    rewritten = [newest[2].release.headline, newest[5].release.headline]
    changed: list[str] = []

    def analysed_slowly(of: Release) -> Analysis:
        if of.headline in rewritten:
            changed.append(of.headline)
            with upgraded.database.writing() as connection:
                rows = update(RELEASE).where(RELEASE.c.headline == of.headline)
                connection.execute(rows.values(headline=f"Zebra {len(changed)}"))
        return analysed(of)

    reindex.step(upgraded, analysed_slowly, NOW, limit=10)
    assert changed == rewritten
    assert stale_below(upgraded) == ids[2] + 1
    finish(upgraded)
    assert ids_found(upgraded, "headline:zebra") == [ids[2], ids[5]]
    agrees(upgraded)
    assert check(upgraded.database) == []
    upgraded.close()


def test_a_release_that_goes_under_a_step_stays_gone(upgraded: Archive) -> None:
    newest = upgraded.latest(10)
    gone = newest[4]

    def analysed_slowly(of: Release) -> Analysis:
        if of == gone.release:
            take_out(upgraded, gone.id)
        return analysed(of)

    assert reindex.step(upgraded, analysed_slowly, NOW, limit=10) == 10
    assert stale_below(upgraded) == newest[-1].id
    finish(upgraded)
    assert upgraded.release(gone.id) is None
    assert check(upgraded.database) == []
    upgraded.close()


def take_out(archive: Archive, release_id: int) -> None:
    """The release and all that names it, as erasing does."""
    with archive.database.unchecked() as connection, connection.begin():
        if archive.database.backend.name == "postgresql":
            connection.exec_driver_sql(f"DELETE FROM release_fts WHERE id = {release_id}")  # noqa: S608 - a number
        for column in (KEY.c.release_id, DUP_KEY.c.release_id, TERMS.c.id, RELEASE.c.id, STORY.c.id):
            connection.execute(delete(column.table).where(column == release_id))
        if archive.database.backend.name == "sqlite":
            connection.exec_driver_sql("INSERT INTO release_fts (release_fts) VALUES ('rebuild')")


def test_two_at_once_do_not_harm_each_other(upgraded: Archive, url: str) -> None:
    other = Archive.open(url, now=NOW, durability="NORMAL")
    overtaken: list[int | None] = []

    def analysed_slowly(of: Release) -> Analysis:
        if len(overtaken) < 3:
            overtaken.append(reindex.step(other, analysed, NOW, limit=9))
        return analysed(of)

    reindex.step(upgraded, analysed_slowly, NOW, limit=10)
    assert overtaken == [9, 9, 9]
    assert reindex.left(upgraded.database) == 13
    finish(upgraded)
    assert check(upgraded.database) == []
    agrees(upgraded)
    other.close()
    upgraded.close()


def test_what_is_marked_anew_under_a_step_is_not_passed_over(upgraded: Archive) -> None:
    reindex.step(upgraded, analysed, NOW, limit=20)
    newest = max(versions(upgraded))

    def analysed_slowly(of: Release) -> Analysis:
        with upgraded.database.writing() as connection:
            connection.execute(update(ARCHIVE).values(stale_below=newest + 1))
        return analysed(of)

    reindex.step(upgraded, analysed_slowly, NOW, limit=20)
    assert stale_below(upgraded) == newest + 1
    finish(upgraded)
    assert stale_below(upgraded) == 0
    upgraded.close()


def test_the_same_page_fetched_meanwhile_is_known_again(upgraded: Archive) -> None:
    """Its old content hash is of other terms: compared as it stands, it would pass for a revision."""
    (known,) = [each for each in upgraded.latest(100) if each.release.headline == "batteries number 1"]
    made = analysed(known.release).fingerprint
    with upgraded.writing(NOW) as work:
        (before,) = candidates(work.connection, made, NOW)
        assert before.content != made.content
        assert reindex.renew(work, [before.id], analysed)
        assert not reindex.renew(work, [before.id], analysed)
        (after,) = candidates(work.connection, made, NOW)
        assert after.content == made.content
        assert {key.split(":")[0] for key in after.keys} == {"url"}
        kept = keep(work, kept_as(known.release), Same(of=after.id))
    assert not kept.fresh
    finish(upgraded)
    assert check(upgraded.database) == []
    upgraded.close()


def test_a_text_that_is_long_enough_is_known_by_its_new_key_alone(url: str) -> None:
    long = release("Acme opens", " ".join(f"word{at}" for at in range(60)), url="https://acme.example/long")
    (id_,) = store_then(url, [long])
    archive = Archive.open(url, now=NOW, durability="NORMAL")
    old = {key for key in kept_then(long).fingerprint.keys if key.startswith("text:")}
    assert old
    assert {(key, id_) for key in old} <= keys(archive)
    finish(archive)
    assert keys(archive) == {(key, id_) for key in analysed(long).fingerprint.keys}
    archive.close()


def test_a_reread_meanwhile_keeps_its_place(upgraded: Archive) -> None:
    (known,) = [each for each in upgraded.latest(100) if each.release.headline == "running number 3"]
    better = release("Zebra crossing", url="https://acme.example/3", published_at=known.release.published_at)
    with upgraded.writing(NOW) as work:
        told = Correction(release=better, analysis=analysed(better), wire=None, listed=None)
        assert correct(work, known.id, known.release, told)
    finish(upgraded)
    assert ids_found(upgraded, "zebra") == [known.id]
    assert check(upgraded.database) == []
    upgraded.close()


def test_an_older_program_is_refused_and_the_database_untouched(upgraded: Archive, url: str) -> None:
    def everything() -> list[object]:
        with upgraded.database.reading() as connection:
            return [
                connection.execute(select(ARCHIVE)).one(),
                connection.exec_driver_sql("SELECT * FROM ingest_counter").one(),
            ]

    before = everything()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reindex, "ANALYZER_VERSION", OLD)
        for read_only in (False, True):
            with pytest.raises(StorageError, match=r"by a newer wirewatch \(analyzer \d+; this one has \d+\)"):
                Archive.open(url, now=NOW + timedelta(days=1), read_only=read_only)
    assert everything() == before
    upgraded.close()


def test_what_an_older_analyzer_left_is_not_read_before_it_is_taken_over(url: str) -> None:
    store_then(url, some(3))
    with pytest.raises(OutdatedError, match="must be taken over before it is read"):
        Archive.open(url, now=NOW, read_only=True)
    Archive.open(url, now=NOW).close()
    Archive.open(url, now=NOW, read_only=True).close()


def test_a_process_of_the_older_program_that_still_runs_stores_nothing(upgraded: Archive) -> None:
    with (
        pytest.raises(StorageError, match="another version of wirewatch has taken the archive over"),
        upgraded.writing(NOW) as work,
    ):
        keep(work, kept_then(release()), New())
    assert len(versions(upgraded)) == 40
    with pytest.raises(StorageError, match="taken the archive over"), upgraded.writing(NOW) as work:
        refile(work, [_refiled(upgraded, OLD)])
    upgraded.close()


def _refiled(archive: Archive, version: int) -> Refiled:
    stored = archive.latest(1)[0]
    return Refiled(stored.id, stored.release, replace(analysed(stored.release), version=version))


def test_an_upgrade_before_the_last_was_done_begins_anew(upgraded: Archive, url: str) -> None:
    reindex.step(upgraded, analysed, NOW, limit=30)
    upgraded.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reindex, "ANALYZER_VERSION", ANALYZER_VERSION + 1)
        newer = Archive.open(url, now=NOW, durability="NORMAL")
        assert reindex.left(newer.database) == 40
        newer.close()


def test_releases_without_terms_get_theirs(upgraded: Archive) -> None:
    known = upgraded.latest(5)[3]
    with upgraded.database.unchecked() as connection, connection.begin():
        connection.execute(delete(TERMS).where(TERMS.c.id == known.id))
    finish(upgraded)
    list(mend(upgraded, analysed, NOW))  # the index knew it all the while
    assert check(upgraded.database) == []
    agrees(upgraded)
    upgraded.close()


@settings(max_examples=40)
@given(queries=st.lists(QUERIES, min_size=1, max_size=4), steps=st.lists(st.integers(1, 9), max_size=6))
def test_search_and_evaluate_agree_once_it_is_done(half_way: Archive, queries: list[str], steps: list[int]) -> None:
    reset(half_way)
    for limit in steps:
        reindex.step(half_way, analysed, NOW, limit=limit)
    finish(half_way, 50)
    agrees(half_way, tuple(queries))


@pytest.fixture(scope="module")
def half_way(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    url = f"sqlite:///{tmp_path_factory.mktemp('half') / 'way.db'}"
    store_then(url, some(30))
    return Archive.open(url, now=NOW, durability="NORMAL")


CHILD = """
import sys
sys.path[:0] = {paths!r}
from older import analysed
from shelf import NOW
from storage import reindex
from storage.archive import Archive
archive = Archive.open({url!r}, now=NOW)
print("open", flush=True)
while reindex.step(archive, analysed, NOW, limit=2) is not None:
    print("step", flush=True)
"""


def test_kill_9_in_the_middle_and_the_next_start_goes_on(url: str) -> None:
    store_then(url, some(60))
    archive = Archive.open(url, now=NOW)
    lefts = []
    for kill_after in (2, 5, 9):
        root = Path(__file__).resolve().parents[2]
        code = CHILD.format(paths=[str(root), str(Path(__file__).parent)], url=url)
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for _ in range(kill_after):
                assert child.stdout.readline()
            os.kill(child.pid, signal.SIGKILL)
        lefts.append(reindex.left(archive.database))
        done = {id_ for id_, version in versions(archive).items() if version == ANALYZER_VERSION}
        assert done == {id_ for id_ in versions(archive) if id_ >= stale_below(archive)}
        assert check(archive.database) == []
    assert lefts == sorted(set(lefts), reverse=True)
    assert 0 < lefts[-1] < 60
    finish(archive)
    agrees(archive)
    archive.close()
