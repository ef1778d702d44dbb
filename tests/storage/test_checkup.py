"""What `doctor` finds in a database, and mends where it can."""

from __future__ import annotations

from pathlib import Path

import pytest
from shelf import NOW, ids_found, kept_as, release, store

from news.release import New
from storage.archive import Archive
from storage.checkup import check
from storage.database import Database
from storage.engines.sqlite import PAGE_BYTES
from storage.keeping import keep


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


def test_an_index_that_drifted_is_told_and_rebuilt(archive: Archive) -> None:
    kept = store(archive, release())
    drift(archive)
    assert ids_found(archive, "mill") == []
    (fault,) = check(archive.database)
    assert "drifted" in fault.found
    assert "rebuilt" in fault.mend
    assert ids_found(archive, "mill") == [kept.release_id]
    assert check(archive.database) == []


def test_beside_a_running_daemon_the_index_is_only_counted(archive: Archive) -> None:
    store(archive, release())
    drift(archive)
    lock = archive.database.instance_lock()
    assert check(archive.database) == []
    sqlite = archive.database.backend.name == "sqlite"
    spoil(archive, f"DELETE FROM {'release_fts_docsize' if sqlite else 'release_fts'}")  # noqa: S608 - named here
    (fault,) = check(archive.database)
    assert fault.found == "the full-text index knows 0 releases, and 1 are stored"
    lock.release()
    assert any("rebuilt" in fault.mend for fault in check(archive.database))
    assert check(archive.database) == []


def test_the_check_leaves_the_daemon_its_lock(archive: Archive) -> None:
    check(archive.database)
    archive.database.instance_lock().release()


def test_rows_that_name_rows_that_are_not_there_are_counted(sqlite_archive: Archive) -> None:
    store(sqlite_archive, release())
    spoil(sqlite_archive, "DELETE FROM story")
    assert [fault.found for fault in check(sqlite_archive.database)] == ["1 rows name rows that are not there"]


def test_releases_that_cannot_be_searched_are_counted(archive: Archive) -> None:
    store(archive, release("One"))
    kept = store(archive, release("Two"))
    spoil(archive, f"DELETE FROM release_terms WHERE id = {kept.release_id}")  # noqa: S608 - a number
    assert "1 releases cannot be searched" in [fault.found for fault in check(archive.database)]


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
