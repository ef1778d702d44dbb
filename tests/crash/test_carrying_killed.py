"""kill -9 in the middle of an import, a restore and a backup: the next start is whole."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL
from throwaway_server import new_database

from storage.archive import Archive
from storage.backup import back_up
from storage.carrying.dump import dump
from storage.carrying.lines import CarriedFile
from storage.carrying.load import held, load
from storage.checkup import check
from storage.database import Database
from storage.tables import STORY, TOMBSTONE

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ROWS = 6_000

# Each dies by its own hand at the row that is named, or is killed from outside.
IMPORTING = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from storage.archive import Archive
from storage.carrying import load
from storage.carrying.lines import CarriedFile

url, path, at = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

class Deadly(CarriedFile):
    def rows(self):
        for n, row in enumerate(super().rows()):
            if n == at:
                die()
            yield row

if at < 0:
    load._refuse_other = die  # everything is written, and nothing committed
load.load(Archive.open(url, now=datetime(2026, 3, 2, tzinfo=UTC)), Deadly(path), datetime(2026, 3, 2, tzinfo=UTC))
"""
RESTORING = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from storage.backup import restore
from storage.database import Database
restore(Database(sys.argv[1]), Path(sys.argv[2]), datetime(2026, 3, 2, tzinfo=UTC), over=True)
"""
BACKING_UP = """
import sys
from pathlib import Path
from storage.backup import back_up
from storage.database import Database
back_up(Database(sys.argv[1]), Path(sys.argv[2]))
"""

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]


def started(code: str, *words: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code, *map(str, words)], env={**os.environ, "PYTHONPATH": str(ROOT)})


@contextmanager
def opened(url: str) -> Iterator[Archive]:
    archive = Archive.open(url, now=LATER)
    try:
        yield archive
    finally:
        archive.close()


def fill(archive: Archive, mark: str) -> None:
    """Some megabytes of rows, all of which bear a mark."""
    with archive.database.writing() as connection:
        for n in range(ROWS):
            connection.execute(STORY.insert(), {"id": n, "head_id": n, "opened_at": NOW})
            key = f"{mark}:{n}:{mark * 400}"
            connection.execute(TOMBSTONE.insert(), {"key": key, "release_id": n, "at": NOW, "reason": "pruned"})


def dumped(archive: Archive) -> bytes:
    """The rows of an archive, without the header that tells when they were written down."""
    out = io.BytesIO()
    dump(archive, out, NOW)
    return out.getvalue().partition(b"\n")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        at: URL = request.getfixturevalue("postgresql")
        return new_database(at)
    return f"sqlite:///{tmp_path / 'into.db'}"


def test_an_import_that_is_killed_leaves_an_empty_archive(url: str, tmp_path: Path) -> None:
    file = tmp_path / "carried.jsonl"
    with opened(f"sqlite:///{tmp_path / 'from.db'}") as archive:
        fill(archive, "a")
        with file.open("wb") as out:
            dump(archive, out, NOW)
        expected = dumped(archive)
    for at in (0, 1, ROWS, 2 * ROWS, -1):
        assert started(IMPORTING, url, file, at).wait(60) == -signal.SIGKILL
        with opened(url) as archive:
            assert check(archive.database) == []
            with archive.database.reading() as connection:
                assert held(connection) == {}
    with opened(url) as archive:
        load(archive, CarriedFile(file), LATER)
        assert dumped(archive) == expected


def wait_for(reached: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Until it is so, or the process has ended by itself."""
    while not reached() and process.poll() is None:
        time.sleep(0.0005)


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def test_a_restore_that_is_killed_leaves_the_old_archive_or_the_new(tmp_path: Path) -> None:
    live, backup = tmp_path / "live.db", tmp_path / "backup.db"
    url, log = f"sqlite:///{live}", tmp_path / "live.db-wal"
    with opened(f"sqlite:///{tmp_path / 'other.db'}") as archive:
        fill(archive, "new")
        back_up(archive.database, backup)
        new = dumped(archive)
    with opened(url) as archive:
        fill(archive, "old")
        old = dumped(archive)
    size = size_of(backup)
    seen = []
    for share in (0.01, 0.2, 0.5, 0.8, 0.95, 1.0):
        process = started(RESTORING, url, backup)
        wait_for(lambda share=share: size_of(log) >= share * size, process)  # type: ignore[misc]
        process.kill()
        process.wait()
        with opened(url) as archive:
            assert check(archive.database) == []
            seen.append(dumped(archive))
        if seen[-1] == new:
            break
    assert set(seen) <= {old, new}
    assert seen[0] == old, "it was killed too late to say anything"
    assert started(RESTORING, url, backup).wait(60) == 0
    with opened(url) as archive:
        assert dumped(archive) == new


def test_a_backup_that_is_killed_leaves_the_last_one(tmp_path: Path) -> None:
    live, backup = tmp_path / "live.db", tmp_path / "backups" / "backup.db"
    backup.parent.mkdir()
    url, part = f"sqlite:///{live}", backup.with_name("backup.db.part")
    with opened(url) as archive:
        back_up(archive.database, backup)
        before = backup.read_bytes()
        fill(archive, "a")
        expected = dumped(archive)
    killed = 0
    for share in (0.01, 0.5, 0.9):
        process = started(BACKING_UP, url, backup)
        wait_for(lambda share=share: size_of(part) >= share * size_of(live), process)  # type: ignore[misc]
        process.kill()
        if process.wait() == -signal.SIGKILL:
            killed += 1
            assert backup.read_bytes() == before
    assert killed
    database = Database(url)
    try:
        back_up(database, backup)
    finally:
        database.close()
    assert list(backup.parent.iterdir()) == [backup]
    with opened(f"sqlite:///{backup}") as archive:
        assert dumped(archive) == expected
