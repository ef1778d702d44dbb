"""One writer, many readers; what goes wrong with a disk or a second process is said in words."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from shelf import NOW, ids_found, kept_as, release, store

from news.release import Dateline, Topics
from news.source import EventType
from news.verdict import New
from storage.archive import Archive
from storage.candidates import candidates
from storage.database import Database
from storage.engines.sqlite import InstanceLock
from storage.errors import DatabaseBusyError, StorageError
from storage.keeping import Raw, keep
from storage.tables import COUNTER, EVENT

# ------------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("not a url", "is no database address"),
        ("mysql://localhost/wirewatch", "mysql is not served; write sqlite:///PATH or postgresql://"),
        ("postgresql://localhost", "names no database"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///file:x.db?uri=true", "names no file"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_what_to_write(url: str, said: str) -> None:
    with pytest.raises(StorageError, match=said) as caught:
        Database(url)
    assert "write " in str(caught.value)


def test_the_folder_is_made(tmp_path: Path) -> None:
    archive = Archive.open(f"sqlite:///{tmp_path}/a/b/wirewatch.db", now=NOW)
    assert archive.counts()["releases"] == 0
    archive.close()


# --------------------------------------------------------------- transactions


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, StorageError])
def test_what_raises_within_a_write_is_undone_and_the_next_one_works(
    archive: Archive, error: type[BaseException]
) -> None:
    with pytest.raises(error), archive.writing(NOW) as work:  # noqa: PT012 - what is undone is a block
        keep(work, kept_as(release()), New())
        raise error
    assert archive.counts()["releases"] == 0
    assert ids_found(archive, "plant") == []
    assert store(archive, release()).fresh
    assert ids_found(archive, "plant") != []


def test_a_defect_of_ours_is_raised_as_it_is(archive: Archive) -> None:
    store(archive, release())
    with pytest.raises(sa.exc.IntegrityError), archive.database.writing() as connection:
        connection.execute(sa.insert(EVENT).values(seq=archive.last_seq(), at=NOW, type="x", data={}))


def test_a_reader_sees_one_commit_whatever_is_written_meanwhile(archive: Archive) -> None:
    store(archive, release("One"))
    count = sa.select(sa.func.count()).select_from(EVENT)
    with archive.database.reading() as connection:
        before = connection.execute(count).scalar()
        store(archive, release("Two"))
        assert connection.execute(count).scalar() == before == 1
    with archive.database.reading() as connection:
        assert connection.execute(count).scalar() == 2


def test_a_reader_cannot_write_by_mistake_what_a_commit_would_keep(archive: Archive) -> None:
    before = archive.last_seq()
    # PostgreSQL refuses it at once.
    broken = pytest.raises((ZeroDivisionError, StorageError))
    with broken, archive.database.reading() as connection:
        connection.execute(sa.update(COUNTER).values(seq=1))
        raise ZeroDivisionError
    assert archive.last_seq() == before


def test_two_writers_and_eight_readers_never_find_the_database_locked(url: str, archive: Archive) -> None:
    """Two `Archive`s have nothing in common but the file, as two processes have."""
    other = Archive.open(url, now=NOW, durability="NORMAL")
    until = time.monotonic() + 5
    broke: list[BaseException] = []
    done = {"written": 0, "read": 0}
    counting = threading.Lock()

    def repeat(what: str, step) -> None:
        n = 0
        try:
            while time.monotonic() < until:
                step(n)
                n += 1
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            broke.append(error)
        with counting:
            done[what] += n

    def writer(of: Archive, name: str):
        return lambda n: store(of, release(f"Plant {name} {n}"))

    def reader(of: Archive):
        return lambda _: (of.latest(5), of.counts(), of.events(0, 5))

    threads = [
        threading.Thread(target=repeat, args=("written", writer(of, name)))
        for of, name in ((archive, "a"), (other, "b"))
    ]
    threads += [threading.Thread(target=repeat, args=("read", reader(of))) for of in (archive, other) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert broke == []
    assert archive.counts()["releases"] == done["written"] > 20
    assert done["read"] > 20


def test_more_readers_than_connections_wait_their_turn(archive: Archive) -> None:
    store(archive, release())
    broke: list[BaseException] = []
    gate = threading.Barrier(30)

    def read() -> None:
        try:
            gate.wait()
            with archive.database.reading():
                time.sleep(0.05)
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            broke.append(error)

    threads = [threading.Thread(target=read) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broke == []


def test_a_writer_that_holds_on_for_too_long_is_told_to_the_other(url: str, archive: Archive, monkeypatch) -> None:
    monkeypatch.setattr("storage.engines.sqlite.BUSY_TIMEOUT_MS", 200)
    monkeypatch.setattr("storage.engines.postgresql.WAIT_MS", 200)
    other = Database(url)
    with archive.database.writing(), pytest.raises(StorageError, match="another process has been writing"):  # noqa: SIM117
        with other.writing():
            pass
    with other.writing() as connection:
        connection.execute(sa.update(COUNTER).values(rule_generation=1))
    other.close()


# ---------------------------------------------------------------------- times


@pytest.mark.parametrize("at", [datetime(2026, 3, 2), datetime.min])
def test_a_time_without_a_zone_is_refused(archive: Archive, at: datetime) -> None:
    row = sa.insert(EVENT).values(seq=1, at=at, type="x", data={})
    said = "a time without a zone cannot be stored"
    with archive.database.writing() as connection, pytest.raises(sa.exc.StatementError, match=said):
        connection.execute(row)


def test_times_come_back_in_utc_to_the_microsecond(archive: Archive) -> None:
    at = datetime(2026, 3, 2, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=-8)))
    with archive.writing(at) as work:
        work.event(EventType.RULE_CHANGED)
    (event,) = archive.events(0)
    assert event.at == at
    assert event.at.utcoffset() == timedelta(0)


# ---------------------------------------------------------------------- texts


def test_text_of_any_code_points_is_stored(archive: Archive) -> None:
    odd = "A \ud800 lone \udfff half, a \x00 nul, \ufffe, 😀, plant"
    of = release(
        odd,
        odd,
        subtitles=(odd,),
        url=f"https://acme.example/{odd}",
        guid=odd,
        release_number=odd,
        issuer=odd,
        wire=odd,
        language=odd,
        boilerplate=odd,
        contact=odd,
        tickers=(odd,),
        links=(odd,),
        topics=Topics(raw=(odd,)),
        dateline=Dateline(text=odd, place=odd, city=odd),
    )
    raw = Raw(url=odd, content_type=odd, fetched_at=NOW, body=odd.encode("utf-8", "surrogatepass"))
    kept = store(archive, of, raw=raw)
    stored = archive.release(kept.release_id)
    assert stored is not None
    readable = odd.replace("\ud800", "\ufffd").replace("\udfff", "\ufffd").replace("\x00", "\ufffd")
    assert (stored.release.headline, stored.release.body, stored.release.issuer) == (readable,) * 3
    assert len(stored.release.headline) == len(odd)
    assert stored.release.tickers == (odd,)
    assert ids_found(archive, "plant") == [kept.release_id]
    with archive.writing(NOW) as work:
        assert [row.id for row in candidates(work.connection, kept_as(of).fingerprint, NOW)] == [kept.release_id]
        work.tally("rejected", odd)
        work.event(EventType.RULE_CHANGED, name=odd)


# ---------------------------------------------------------------- two daemons

HOLD = """
import sys, time
from pathlib import Path
from storage.engines.sqlite import InstanceLock
lock = InstanceLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


@contextmanager
def another_daemon(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"held\n"
            yield process
        finally:
            process.kill()


def test_a_second_daemon_is_told_which_process_runs_already(tmp_path: Path) -> None:
    path = tmp_path / "wirewatch.db"
    with another_daemon(path) as process:
        said = rf"wirewatch\.db: another wirewatch daemon \(process {process.pid}\) runs.*Stop it first"
        with pytest.raises(DatabaseBusyError, match=said):
            InstanceLock(path)


def test_the_kernel_frees_the_lock_of_a_daemon_that_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "wirewatch.db"
    with another_daemon(path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        lock = InstanceLock(path)
        with pytest.raises(DatabaseBusyError, match=f"process {os.getpid()}"):
            InstanceLock(path)
        lock.release()
    InstanceLock(path).release()


def test_a_lock_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"wirewatch\.db\.lock: cannot be written"):
        InstanceLock(tmp_path / "nowhere" / "wirewatch.db")


# ------------------------------------------------------------------ bad disks


@contextmanager
def as_nobody() -> Iterator[None]:
    """Permissions bind everybody but root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="wirewatch-test-"))
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


def test_a_database_that_is_read_only_is_told_with_its_mend(open_folder: Path) -> None:
    path = open_folder / "wirewatch.db"
    Archive.open(f"sqlite:///{path}", now=NOW).close()
    path.chmod(0o444)
    with as_nobody(), pytest.raises(StorageError, match=r"wirewatch\.db: it (is read-only|cannot be opened): .*write"):
        Archive.open(f"sqlite:///{path}", now=NOW)


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_that_is_read_only_is_told_with_its_mend(open_folder: Path, *, made: bool) -> None:
    path = open_folder / "wirewatch.db"
    if made:
        Archive.open(f"sqlite:///{path}", now=NOW).close()
        path.chmod(0o666)
    open_folder.chmod(0o555)
    with as_nobody(), pytest.raises(StorageError, match=r"wirewatch\.db: it (is read-only|cannot be opened): .*write"):
        Archive.open(f"sqlite:///{path}", now=NOW)


def test_a_folder_that_cannot_be_made_is_told(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with as_nobody(), pytest.raises(StorageError, match=r"a/wirewatch\.db: it cannot be opened: does the folder exist"):
        Archive.open(f"sqlite:///{open_folder}/a/wirewatch.db", now=NOW)


def fill(archive: Archive) -> int:
    """Store until it fails; how many were stored."""
    for number in range(2_000):
        with archive.writing(NOW) as work:
            with work.savepoint():
                keep(work, kept_as(release(f"Plant {number}", f"Part {number}. " * 400)), New())
            work.tally("stored", "one")
    raise AssertionError("the disk never filled")


def test_a_full_database_is_told_and_goes_on_when_there_is_room(sqlite_archive: Archive) -> None:
    archive = sqlite_archive
    room = {"pages": 400}

    @sa.event.listens_for(archive.database.writer, "checkout")
    def _limit(connection, _record, _proxy) -> None:
        connection.execute(f"PRAGMA max_page_count = {room['pages']}")

    with pytest.raises(
        StorageError, match=r"wirewatch\.db: the disk is full: make room; nothing already stored is lost"
    ):
        fill(archive)
    stored = archive.counts()["releases"]
    assert stored > 3
    with pytest.raises(StorageError, match="the disk is full"):
        fill(archive)
    room["pages"] = 1_000_000
    store(archive, release("After that"))
    assert archive.counts()["releases"] >= stored + 1
    assert len(ids_found(archive, "plant OR after")) == archive.counts()["releases"]


def test_a_full_disk_is_told_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode(errors='replace').strip()}")
    try:
        archive = Archive.open(f"sqlite:///{disk}/wirewatch.db", now=NOW)
        with pytest.raises(StorageError, match=r"disk/wirewatch\.db: (the disk is full|the disk refuses)"):
            fill(archive)
        stored = archive.counts()["releases"]
        assert stored > 3
        assert len(archive.latest(10_000)) == stored
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        store(archive, release("After that"))
        assert archive.counts()["releases"] == stored + 1
        assert len(ids_found(archive, "plant OR after")) == stored + 1
        archive.close()
        reopened = Archive.open(f"sqlite:///{disk}/wirewatch.db", now=NOW)
        assert reopened.counts()["releases"] == stored + 1
        reopened.close()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_new_archive_on_a_full_disk_is_told(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode(errors='replace').strip()}")
    try:
        with pytest.raises(StorageError, match=r"disk/wirewatch\.db: .*(disk is full|disk refuses)"):
            Archive.open(f"sqlite:///{disk}/wirewatch.db", now=NOW)
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
