"""A backup beside a running daemon, and putting it back."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from shelf import NOW, ids_found, release, store
from sqlalchemy import URL
from throwaway_server import new_database

from storage.archive import Archive
from storage.backup import back_up, restore
from storage.checkup import check
from storage.database import Database, DatabaseBusyError
from storage.errors import BadFileError, StorageError

LATER = NOW + timedelta(days=3)


class Folder(NamedTuple):
    live: Path
    backup: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.live}"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An archive of one release, and a backup of it."""
    made = Folder(tmp_path / "live.db", tmp_path / "backups" / "old.db")
    made.backup.parent.mkdir()
    with opened(made.url) as archive:
        store(archive, release("Old news"))
        back_up(archive.database, made.backup)
    return made


@contextmanager
def opened(url: str, now: Any = NOW) -> Iterator[Archive]:
    archive = Archive.open(url, now=now)
    try:
        yield archive
    finally:
        archive.close()


def put_back(folder: Folder, *, over: bool = True) -> None:
    database = Database(folder.url)
    try:
        restore(database, folder.backup, LATER, over=over)
    finally:
        database.close()


def headlines(path: Path, now: Any = NOW) -> list[str]:
    with opened(f"sqlite:///{path}", now) as archive:
        assert check(archive.database) == []
        return [stored.release.headline for stored in archive.latest(10_000)]


def test_a_backup_is_one_whole_file_that_opens_where_nothing_can_be_written(folder: Folder) -> None:
    assert list(folder.backup.parent.iterdir()) == [folder.backup]
    with closing(sqlite3.connect(f"file:{folder.backup}?immutable=1", uri=True)) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert plain.execute("SELECT headline FROM release").fetchall() == [("Old news",)]


def test_what_is_still_in_the_log_is_in_the_backup_and_nobody_waits(folder: Folder) -> None:
    with opened(folder.url) as archive:
        lock = archive.database.instance_lock()  # as the daemon does
        stop = threading.Event()

        def write() -> None:
            n = 0
            while not stop.wait(0.001):
                n += 1
                store(archive, release(f"Written meanwhile {n}", body=f"Body {n}. " * 200))

        store(archive, release("Only in the log"))
        writer = threading.Thread(target=write)
        writer.start()
        try:
            for n in range(5):
                assert back_up(archive.database, folder.backup.with_name(f"{n}.db")) > 4096
        finally:
            stop.set()
            writer.join()
            lock.release()
    counts = [len(headlines(folder.backup.with_name(f"{n}.db"))) for n in range(5)]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0] >= 2


def test_an_archive_is_put_back_as_it_was(folder: Folder) -> None:
    with opened(folder.url) as archive:
        uuid, seq = archive.uuid(), archive.last_seq()
        store(archive, release("New news"))
    put_back(folder)
    with opened(folder.url, LATER) as archive:
        assert [stored.release.headline for stored in archive.latest(10)] == ["Old news"]
        assert ids_found(archive, "old") != []
        assert ids_found(archive, "new") == []
        assert archive.uuid() == uuid
        assert archive.last_seq() >= LATER.timestamp() * 1_000_000 > seq
        store(archive, release("Newer news"), now=LATER)
    assert folder.backup.exists()


def test_an_archive_that_is_there_is_replaced_only_if_told(folder: Folder) -> None:
    with pytest.raises(StorageError, match="--force puts the backup in its place"):
        put_back(folder, over=False)
    assert headlines(folder.live) == ["Old news"]


def test_where_none_is_the_backup_becomes_the_archive(folder: Folder) -> None:
    folder.live.unlink()
    put_back(folder, over=False)
    assert headlines(folder.live) == ["Old news"]


def test_a_reader_beside_it_reads_on(folder: Folder) -> None:
    with opened(folder.url) as archive:
        store(archive, release("New news"))
        with archive.database.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM release").scalar() == 2
            put_back(folder)
            assert connection.exec_driver_sql("SELECT count(*) FROM release").scalar() == 2
        assert [stored.release.headline for stored in archive.latest(10)] == ["Old news"]


@pytest.mark.parametrize("size", [4096, 8192, 65536])
def test_an_archive_with_pages_of_another_size_is_replaced(folder: Folder, size: int) -> None:
    """Earlier versions wrote smaller ones."""
    with opened(folder.url) as archive:
        store(archive, release("New news"))
    with closing(sqlite3.connect(folder.live)) as plain:
        plain.execute("PRAGMA journal_mode = DELETE")
        plain.execute(f"PRAGMA page_size = {size}")
        plain.execute("VACUUM")
        assert plain.execute("PRAGMA page_size").fetchone() == (size,)
    assert headlines(folder.live) == ["New news", "Old news"]
    put_back(folder)
    assert headlines(folder.live) == ["Old news"]


def test_a_backup_with_pages_of_another_size_is_put_back_where_none_is(folder: Folder) -> None:
    with closing(sqlite3.connect(folder.backup)) as plain:
        plain.execute("PRAGMA page_size = 4096")
        plain.execute("VACUUM")
    put_back(folder)
    assert headlines(folder.live) == ["Old news"]
    folder.live.unlink()
    put_back(folder)
    assert headlines(folder.live) == ["Old news"]


def test_while_another_writes_nothing_is_put_back(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.backup.BUSY_S", 0.1)
    with opened(folder.url) as archive, archive.writing(NOW), pytest.raises(StorageError, match="has been writing"):
        put_back(folder)
    assert headlines(folder.live) == ["Old news"]


def test_while_a_daemon_runs_nothing_is_put_back(folder: Folder) -> None:
    with opened(folder.url) as archive:
        lock = archive.database.instance_lock()
        try:
            with pytest.raises(DatabaseBusyError):
                put_back(folder)
        finally:
            lock.release()


@pytest.mark.parametrize("harm", [b"no database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_ruined_archive_is_moved_aside(folder: Folder, harm: bytes) -> None:
    folder.live.write_bytes(harm)
    put_back(folder)
    assert headlines(folder.live) == ["Old news"]
    aside = folder.live.with_name("live.db.damaged-20260305T143000")
    assert aside.read_bytes() == harm


@pytest.mark.parametrize("at", [8192, 3 * 16384])
def test_an_archive_damaged_within_is_replaced(folder: Folder, at: int) -> None:
    body = bytearray(folder.live.read_bytes())
    body[at : at + 12000] = b"\xa5" * 12000
    folder.live.write_bytes(body)
    put_back(folder)
    assert headlines(folder.live) == ["Old news"]


def _damage(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[4096 * 3 : 4096 * 9] = b"\xa5" * 4096 * 6
    path.write_bytes(body)


def _of_another_program(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("CREATE TABLE notes (id INTEGER)")


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
        plain.commit()


def _orphaned(path: Path) -> None:
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("DELETE FROM story")
        plain.commit()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (Path.unlink, "cannot be read"),
        (lambda path: path.write_bytes(b""), "is no backup"),
        (lambda path: path.write_bytes(path.read_bytes()[: 4096 * 5]), "is damaged"),
        (_damage, "is damaged"),
        (_of_another_program, "of another program"),
        (_newer, "newer wirewatch"),
        (_orphaned, "is damaged"),
        (lambda path: path.write_bytes(b'{"wirewatch":{"format":1}}\n'), "`wirewatch import` takes it"),
    ],
)
def test_what_is_no_whole_backup_is_refused(folder: Folder, harm: Callable[[Path], object], said: str) -> None:
    harm(folder.backup)
    with pytest.raises(BadFileError) as refused:
        put_back(folder)
    assert said in str(refused.value)
    assert str(folder.backup) in str(refused.value)
    assert headlines(folder.live) == ["Old news"]


def test_the_archive_is_not_its_own_backup(folder: Folder) -> None:
    with opened(folder.url) as archive, pytest.raises(StorageError, match="is the archive itself"):
        back_up(archive.database, folder.live)
    with pytest.raises(BadFileError, match="is the archive itself"):
        put_back(Folder(folder.live, folder.live))
    assert headlines(folder.live) == ["Old news"]


@pytest.mark.parametrize("place", ["nowhere/x.db", ""])
def test_a_place_that_cannot_be_written_is_named(folder: Folder, place: str) -> None:
    with opened(folder.url) as archive, pytest.raises(StorageError, match="cannot be written"):
        back_up(archive.database, folder.backup.parent / place)
    assert [path.name for path in folder.backup.parent.iterdir()] == ["old.db"]


def test_without_room_nothing_is_begun(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(folder.live.parent)
    monkeypatch.setattr("storage.backup.shutil.disk_usage", lambda _: usage._replace(free=1000))
    with opened(folder.url) as archive, pytest.raises(StorageError, match="make room first"):
        back_up(archive.database, folder.backup.with_name("new.db"))
    with pytest.raises(StorageError, match="make room first"):
        put_back(folder)
    assert [path.name for path in folder.backup.parent.iterdir()] == ["old.db"]


def test_a_damaged_archive_gives_no_backup_and_the_last_one_stays(folder: Folder) -> None:
    before = folder.backup.read_bytes()
    with opened(folder.url) as archive:
        for n in range(40):
            store(archive, release(f"More {n}", body=f"word{n} " * 2000))
        with archive.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    _damage(folder.live)
    database = Database(folder.url)
    try:
        with pytest.raises(StorageError, match="damaged"):
            back_up(database, folder.backup)
    finally:
        database.close()
    assert folder.backup.read_bytes() == before
    assert list(folder.backup.parent.iterdir()) == [folder.backup]


def test_a_killed_backup_leaves_a_part_that_the_next_one_sweeps_up(folder: Folder) -> None:
    for name in ("old.db.part", "old.db.part-journal"):
        folder.backup.with_name(name).write_bytes(b"half")
    with opened(folder.url) as archive:
        back_up(archive.database, folder.backup)
    assert list(folder.backup.parent.iterdir()) == [folder.backup]


def test_postgresql_is_told_of_its_own_tools(postgresql: URL, tmp_path: Path) -> None:
    database = Database(new_database(postgresql))
    try:
        with pytest.raises(StorageError, match="pg_dump"):
            back_up(database, tmp_path / "x")
        with pytest.raises(StorageError, match="pg_restore"):
            restore(database, tmp_path / "x", NOW, over=True)
    finally:
        database.close()
