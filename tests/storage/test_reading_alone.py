"""What is opened to be read takes no lock, writes nothing, and needs no right to write."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from shelf import NOW, ids_found, release, store
from throwaway_server import frail_server, new_database

from storage.archive import Archive
from storage.errors import OutdatedError, StorageError
from storage.tables import COUNTER

ROOT = Path(__file__).resolve().parents[2]


def reading(url: str) -> Archive:
    return Archive.open(url, now=NOW, read_only=True)


def test_it_reads_and_cannot_write(url: str, archive: Archive) -> None:
    kept = store(archive, release())
    reader = reading(url)
    assert ids_found(reader, "plant") == [kept.release_id]
    assert [item.id for item in reader.latest(5)] == [kept.release_id]
    with pytest.raises(StorageError, match="was opened to be read, and cannot be written"), reader.writing(NOW):
        pass
    with pytest.raises(StorageError, match="read-only"), reader.database.reading() as connection:
        connection.execute(sa.update(COUNTER).values(seq=1))
    reader.close()


def test_it_opens_and_reads_while_another_holds_the_write_lock(url: str, archive: Archive) -> None:
    kept = store(archive, release())
    with archive.writing(NOW) as work:
        work.tally("held", "for as long as it takes")
        reader = reading(url)
        assert ids_found(reader, "plant") == [kept.release_id]
        reader.close()


def test_it_follows_what_is_committed_meanwhile(url: str, archive: Archive) -> None:
    store(archive, release("One"))
    reader = reading(url)
    assert len(reader.latest(5)) == 1
    store(archive, release("Two"))
    assert len(reader.latest(5)) == 2
    reader.close()


def test_opening_to_read_changes_no_counter(url: str, archive: Archive) -> None:
    before = archive.last_seq()
    reading(url).close()
    assert archive.last_seq() == before


def test_where_there_is_no_archive_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(OutdatedError, match="there is no archive yet"):
        reading(f"sqlite:///{tmp_path}/deep/wirewatch.db")
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_no_archive_none_is_made_on_postgresql(postgresql: sa.URL) -> None:
    with pytest.raises(OutdatedError, match="there is no archive yet"):
        reading(new_database(postgresql, empty=True))


@pytest.mark.parametrize(
    ("version", "kind", "said"),
    [
        ("0001", OutdatedError, r"written by an older wirewatch \(version 0001; .*must be upgraded before it is read"),
        ("0099", StorageError, r"written by a newer wirewatch \(version 0099; .*Nothing was touched"),
    ],
)
def test_another_version_is_told_and_left_as_it_is(
    url: str, archive: Archive, version: str, kind: type[StorageError], said: str
) -> None:
    with archive.database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    with pytest.raises(kind, match=said):
        reading(url)
    with archive.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == version


# ------------------------------------------------- files that others may not write

READ_AS_NOBODY = """
import os, sys
from datetime import UTC, datetime
from news.query import parse
from storage.archive import Archive
from storage.search import search
Archive, search, parse("plant")  # what they import, while it may still be read
import sqlalchemy.dialects.sqlite.pysqlite
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
archive = Archive.open(sys.argv[1], now=datetime.now(UTC), read_only=True)
print(len(archive.latest(10)), len(search(archive, parse("plant")).hits))
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="wirewatch-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)
        Path(name).chmod(0o755)


def read_as_nobody(path: Path) -> str:
    told = subprocess.run(
        [sys.executable, "-c", READ_AS_NOBODY, f"sqlite:///{path}"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return told.stdout


def frozen(folder: Path) -> list[str]:
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    return sorted(file.name for file in folder.iterdir())


def test_a_file_in_a_folder_that_nobody_may_write_is_read(open_folder: Path) -> None:
    path = open_folder / "wirewatch.db"
    archive = Archive.open(f"sqlite:///{path}", now=NOW)
    store(archive, release())
    archive.close()
    assert frozen(open_folder) == ["wirewatch.db"]
    assert read_as_nobody(path) == "1 1\n"
    assert frozen(open_folder) == ["wirewatch.db"]


def test_it_is_read_beside_the_daemon_of_another_user(open_folder: Path) -> None:
    """Not as it was at the last checkpoint: with what stands in the log alone."""
    path = open_folder / "wirewatch.db"
    archive = Archive.open(f"sqlite:///{path}", now=NOW)
    store(archive, release())
    names = frozen(open_folder)
    assert f"{path.name}-wal" in names
    assert read_as_nobody(path) == "1 1\n"
    store(archive, release("Another plant"))
    assert read_as_nobody(path) == "2 2\n"
    archive.close()


def test_it_is_read_after_a_crash_that_left_its_log(open_folder: Path) -> None:
    live = open_folder / "live.db"
    archive = Archive.open(f"sqlite:///{live}", now=NOW)
    store(archive, release())
    path = open_folder / "wirewatch.db"
    for end in ("", "-wal"):  # as the disk is found after the power went: the shared memory is gone
        Path(f"{path}{end}").write_bytes(Path(f"{live}{end}").read_bytes())
    archive.close()
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as without_the_log:
        assert without_the_log.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    told = reading(f"sqlite:///{path}")
    assert len(told.latest(5)) == 1
    told.close()


def test_reading_leaves_nothing_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "wirewatch.db"
    Archive.open(f"sqlite:///{path}", now=NOW).close()
    reader = reading(f"sqlite:///{path}")
    assert reader.latest(5) == []
    reader.close()
    assert [file.name for file in tmp_path.iterdir()] == ["wirewatch.db"]


def test_a_standby_is_read_and_says_that_it_cannot_be_written() -> None:
    with frail_server() as server:
        url = server.archive()
        archive = Archive.open(url, now=NOW)
        kept = store(archive, release())
        archive.close()
        server.become_standby()
        reader = reading(url)
        assert ids_found(reader, "plant") == [kept.release_id]
        reader.close()
        with pytest.raises(StorageError, match="the server is read-only: is it a standby"):
            Archive.open(url, now=NOW)
