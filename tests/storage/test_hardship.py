"""The log of changes under readers who do not end; a daemon that was displaced; a file that was taken away."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from shelf import NOW, release, store

from storage import database as databases
from storage.archive import Archive
from storage.checkpoints import note
from storage.database import DAEMON, DatabaseBusyError
from storage.errors import OutageError, StorageError
from storage.tables import RELEASE

MB = 2**20


def test_the_log_is_cut_as_soon_as_no_reader_is_in_the_way(
    sqlite_archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite by itself would let it grow to 16 MB here."""
    monkeypatch.setattr(databases, "LOG_BYTES_MAX", MB)
    sqlite_archive.database._log_next = MB
    assert _longest(sqlite_archive, "mill", 12) < 4 * MB
    with sqlite_archive.database.reading() as reader:
        reader.execute(sa.select(sa.func.count()).select_from(RELEASE)).scalar()
        assert _longest(sqlite_archive, "plant", 6) > 3 * MB
    sqlite_archive.database._log_next = MB
    store(sqlite_archive, release())
    assert sqlite_archive.database.log_bytes() == 0


def _longest(archive: Archive, word: str, count: int) -> int:
    longest = 0
    for n in range(count):
        store(archive, release(f"Acme opens {word} {n}", f"{word} " * 20_000))
        longest = max(longest, archive.database.log_bytes())
    return longest


def test_a_daemon_whose_place_was_taken_writes_no_more(archive: Archive) -> None:
    with archive.writing(NOW) as work:
        note(work.connection, DAEMON, {"token": "one"}, NOW)
    archive.database.take_place("one")
    store(archive, release("Acme opens a mill"))
    archive.database.take_place("other")
    with pytest.raises(DatabaseBusyError, match="another wirewatch daemon has taken over; this one stops"):
        store(archive, release())
    archive.database.take_place(None)
    assert archive.counts()["releases"] == 1


def test_a_lock_whose_file_was_taken_away_is_not_held(sqlite_archive: Archive) -> None:
    lock, path = sqlite_archive.database.instance_lock(), sqlite_archive.database.path
    assert path is not None
    assert lock.held()
    path.with_name(f"{path.name}.lock").unlink()
    assert not lock.held()
    lock.release()


def test_a_file_that_was_deleted_is_saved_from_the_connection_that_is_open(
    sqlite_archive: Archive, tmp_path: Path
) -> None:
    store(sqlite_archive, release())
    path = sqlite_archive.database.path
    assert path is not None
    for each in tmp_path.glob(f"{path.name}*"):
        each.unlink()
    saved = tmp_path / "saved.db"
    sqlite_archive.database.save_to(saved)
    again = Archive.open(f"sqlite:///{saved}", now=NOW)
    assert again.counts()["releases"] == 1
    again.close()
    with pytest.raises(StorageError):
        sqlite_archive.database.save_to(tmp_path / "nowhere" / "saved.db")


def test_a_full_disk_is_an_outage_and_leaves_nothing_half_written(sqlite_archive: Archive) -> None:
    store(sqlite_archive, release())
    with sqlite_archive.database.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OutageError, match="the disk is full: make room; nothing already stored is lost"):
        store(sqlite_archive, release("Acme opens a mill", "mill " * 50_000))
    assert sqlite_archive.counts()["releases"] == 1
    with sqlite_archive.database.writing() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 4294967294")
    store(sqlite_archive, release("Acme opens a mill", "mill " * 50_000))
    assert sqlite_archive.counts()["releases"] == 2


def test_a_busy_database_is_an_outage(sqlite_archive: Archive) -> None:
    path = sqlite_archive.database.path
    assert path is not None
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OutageError, match="another process has been writing for too long"):
        store(sqlite_archive, release())
    other.execute("ROLLBACK")
    other.close()
    assert store(sqlite_archive, release()).fresh
