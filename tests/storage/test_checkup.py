"""What `doctor` finds in a database, and mends where it can."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from older import analysed, finish
from shelf import NOW, ids_found, kept_as, release, store
from sqlalchemy import select, update

from news.text import ANALYZER_VERSION
from news.verdict import New
from storage.archive import Archive
from storage.checkup import check
from storage.database import Database
from storage.engines.sqlite import PAGE_BYTES
from storage.errors import DatabaseBusyError
from storage.keeping import Raw, keep
from storage.mending import mend
from storage.tables import RAW


def file_of(archive: Archive) -> Path:
    assert archive.database.path is not None
    return archive.database.path


def spoil(archive: Archive, *statements: str) -> None:
    with archive.database.unchecked() as connection, connection.begin():
        for sql in statements:
            connection.exec_driver_sql(sql)


def drift(archive: Archive) -> None:
    """The index still holds the old terms, as after a write by another program."""
    spoil(archive, "UPDATE release_terms SET headline = 'acm open a mill'")


def test_a_whole_database_has_no_faults(archive: Archive) -> None:
    assert check(archive.database) == []
    store(archive, release())
    assert check(archive.database) == []


def mended(archive: Archive) -> list[str]:
    told = list(mend(archive, analysed, NOW))
    finish(archive)
    return told


def test_a_whole_database_needs_no_mending(archive: Archive) -> None:
    store(archive, release())
    assert mended(archive) == []


def test_an_index_that_drifted_is_told_and_left_until_it_is_to_be_mended(archive: Archive) -> None:
    kept = store(archive, release())
    drift(archive)
    for _ in range(2):
        (fault,) = check(archive.database)
        assert "drifted" in fault.found
        assert ids_found(archive, "mill") == []
    assert mended(archive) == ["full-text indexes built anew: 1"]
    assert ids_found(archive, "mill") == [kept.release_id]
    assert check(archive.database) == []


def test_beside_a_running_daemon_the_index_is_only_counted_and_nothing_mended(archive: Archive) -> None:
    store(archive, release())
    drift(archive)
    lock = archive.database.instance_lock()
    assert check(archive.database) == []
    sqlite = archive.database.backend.name == "sqlite"
    spoil(archive, f"DELETE FROM {'release_fts_docsize' if sqlite else 'release_fts'}")  # noqa: S608 - named here
    (fault,) = check(archive.database)
    assert fault.found == "the full-text index knows 0 releases, and 1 are stored"
    with pytest.raises(DatabaseBusyError):
        mended(archive)
    lock.release()
    mended(archive)
    assert check(archive.database) == []


def test_the_check_leaves_the_daemon_its_lock(archive: Archive) -> None:
    check(archive.database)
    archive.database.instance_lock().release()


def test_a_story_that_is_gone_is_made_again(sqlite_archive: Archive) -> None:
    kept = store(sqlite_archive, release())
    spoil(sqlite_archive, "DELETE FROM story")
    assert [fault.found for fault in check(sqlite_archive.database)] == ["1 rows name rows that are not there"]
    assert mended(sqlite_archive) == ["stories made again for their releases: 1"]
    assert check(sqlite_archive.database) == []
    assert [each.id for each in sqlite_archive.story(kept.story_id)] == [kept.release_id]


def test_what_is_left_of_a_release_that_is_gone_goes(sqlite_archive: Archive) -> None:
    gone, stays = store(sqlite_archive, release("One")), store(sqlite_archive, release("Two"))
    spoil(
        sqlite_archive,
        f"UPDATE release SET revises = {gone.release_id} WHERE id = {stays.release_id}",  # noqa: S608 - numbers
        f"DELETE FROM release WHERE id = {gone.release_id}",  # noqa: S608 - a number
    )
    assert check(sqlite_archive.database)
    assert {told.split(":")[0] for told in mended(sqlite_archive)} == {
        "references of release to a lost release emptied",
        "rows of release_terms without their release dropped",
        "rows of identity_key without their release dropped",
        "rows of dup_key without their release dropped",
    }
    assert check(sqlite_archive.database) == []
    assert ids_found(sqlite_archive, "one OR two") == [stays.release_id]


def test_an_alert_whose_release_is_gone_is_not_dropped(sqlite_archive: Archive) -> None:
    kept = store(sqlite_archive, release(), raw=Raw(url=None, content_type=None, fetched_at=NOW, body=b"<p>page</p>"))
    spoil(sqlite_archive, f"DELETE FROM release WHERE id = {kept.release_id}")  # noqa: S608 - a number
    mended(sqlite_archive)
    assert sqlite_archive.raw(kept.release_id) is not None
    (fault,) = check(sqlite_archive.database)
    assert (fault.found, "restore a backup" in fault.mend) == ("1 rows name rows that are not there", True)


def test_releases_that_cannot_be_searched_are_counted_and_made_searchable(archive: Archive) -> None:
    store(archive, release("One"))
    kept = store(archive, release("Two zebras"))
    spoil(archive, f"DELETE FROM release_terms WHERE id = {kept.release_id}")  # noqa: S608 - a number
    assert "1 releases cannot be searched" in [fault.found for fault in check(archive.database)]
    assert "releases made searchable again: 1" in mended(archive)
    assert ids_found(archive, "zebra") == [kept.release_id]
    assert check(archive.database) == []


def test_terms_of_another_analyzer_are_told_and_made_anew(archive: Archive) -> None:
    store(archive, release("One"))
    store(archive, release("Two"))
    spoil(archive, f"UPDATE release SET analyzer_version = {ANALYZER_VERSION - 1}")  # noqa: S608 - a number
    (fault,) = check(archive.database)
    assert fault.found == "2 releases are indexed as another version of the program reads them"
    assert mended(archive) == ["releases marked to be analysed anew: 2"]
    assert check(archive.database) == []


def test_counters_that_would_give_an_id_twice_are_told_and_raised(archive: Archive) -> None:
    store(archive, release("One"))
    first = store(archive, release("Two"))
    spoil(archive, "UPDATE day_counter SET n = 0", "UPDATE ingest_counter SET seq = 0")
    (fault,) = check(archive.database)
    assert fault.found == "2 counters stand below what they have given"
    assert mended(archive) == ["counters raised to what they have given: 2"]
    assert check(archive.database) == []
    assert store(archive, release("Three")).release_id == first.release_id + 1


def test_a_page_that_is_no_longer_what_was_fetched_is_told(archive: Archive) -> None:
    page = Raw(url="https://acme.example/1", content_type="text/html", fetched_at=NOW, body=b"<p>page</p>" * 9)
    kept = [store(archive, release(f"Number {n}", url=f"https://acme.example/{n}"), raw=page) for n in range(120)]
    assert check(archive.database) == []
    with archive.database.writing() as connection:
        body = connection.execute(select(RAW.c.body).where(RAW.c.release_id == kept[70].release_id)).scalar_one()
        other = zlib.compress(zlib.decompress(body).replace(b"page", b"rage"))
        for at, spoiled in ((70, other), (90, b"no zlib"), (110, body[:-4])):
            connection.execute(update(RAW).where(RAW.c.release_id == kept[at].release_id).values(body=spoiled))
    (fault,) = check(archive.database)
    named = ", ".join(str(kept[at].release_id) for at in (70, 90, 110))
    assert fault.found == f"3 stored pages are not what was fetched (of releases {named})"
    assert mended(archive) == []
    assert len(archive.latest(200)) == 120


def test_tables_without_their_foreign_keys_are_told(sqlite_archive: Archive) -> None:
    spoil(
        sqlite_archive,
        "CREATE TABLE other AS SELECT * FROM identity_key",
        "DROP TABLE identity_key",
        "ALTER TABLE other RENAME TO identity_key",
    )
    (fault,) = check(sqlite_archive.database)
    assert fault.found == "the tables lost their foreign keys: identity_key.release_id"


@pytest.mark.parametrize("page", [3, 10, 22])
def test_a_damaged_file_is_told_as_such(sqlite_archive: Archive, page: int) -> None:
    path = file_of(sqlite_archive)
    with sqlite_archive.writing(NOW) as work:
        for number in range(200):
            keep(work, kept_as(release(f"Plant {number}", url=f"https://acme.example/{number}")), New())
    sqlite_archive.close()
    body = bytearray(path.read_bytes())
    at = PAGE_BYTES * page
    assert len(body) > at + PAGE_BYTES
    body[at : at + PAGE_BYTES] = b"\xa5" * PAGE_BYTES
    path.write_bytes(body)
    database = Database(f"sqlite:///{path}")
    (fault,) = check(database)
    assert fault.found.startswith("damaged: ")
    assert "backup" in fault.mend
    database.close()
