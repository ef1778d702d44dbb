"""A disk that fills up under the daemon: it says so once, answers searches, and goes on when there is room."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, Self

import httpx
import pytest
from whole_house import House, settled, until

from storage.archive import Archive
from storage.checkup import check
from wirewatch.demo.releases import numbered

ROOT = Path(__file__).resolve().parents[2]
TMPFS_BYTES = 24 * 2**20
SMALL = 4096

pytestmark = pytest.mark.timeout(180)


class Running:
    """`wirewatch run` as a process of its own. Its log is read from a pipe: a file would share its fate."""

    def __init__(self, house: House) -> None:
        config = house.write()
        said = config.read_text(encoding="utf-8")
        said = said.replace("[web]\nenabled = false", "[web]\nport = 0").replace('level = "error"', 'level = "info"')
        config.write_text(said, encoding="utf-8")
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from wirewatch.cli import main; main()", "--config", str(config), "run"],
            cwd=house.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stderr is not None
        self.lines.extend(iter(self._process.stderr.readline, ""))

    def said(self, word: str) -> list[str]:
        return [line for line in list(self.lines) if word in line]

    async def address(self) -> str:
        await until(lambda: bool(self.said("dashboard: ")))
        return self.said("dashboard: ")[0].split()[1].rstrip("/")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(15)
        self._process.kill()
        self._process.wait(5)
        self._reader.join(5)
        assert self._process.stderr is not None
        self._process.stderr.close()


class Disk(Protocol):
    folder: Path

    def fill(self, daemon: Running) -> None: ...

    def make_room(self, daemon: Running) -> None: ...


class Tmpfs:
    """A disk of its own, full to the last page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stuffing = folder / "stuffing"

    def fill(self, daemon: Running) -> None:
        with self._stuffing.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * SMALL)

    def make_room(self, daemon: Running) -> None:
        self._stuffing.unlink()


class Limit:
    """No file may grow or be written beyond its first page, as a quota would have it; root or not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, daemon: Running) -> None:
        _, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (SMALL, hard))

    def make_room(self, daemon: Running) -> None:
        _, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def mounted(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk of its own; the limit of file sizes stands in for it")
    words = ["mount", "-t", "tmpfs", "-o", f"size={TMPFS_BYTES}", "tmpfs", str(folder)]
    made = subprocess.run(words, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"no disk could be mounted here: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(params=["tmpfs", "limit"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    if request.param == "limit":
        yield Limit(tmp_path)
        return
    with mounted(tmp_path / "small") as folder:
        yield Tmpfs(folder)


def ran(house: House, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from wirewatch.cli import main; main()", *words]
    own = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=house.folder, env=own, capture_output=True, text=True, check=False)


def searched(house: House, query: str) -> int:
    """How many hits the command line finds meanwhile."""
    done = ran(house, "search", query, "--format", "jsonl")
    assert (done.returncode, done.stderr) == (0, ""), done
    return len(done.stdout.splitlines())


async def found(web: httpx.AsyncClient, path: str) -> tuple[int, Any]:
    answer = await web.get(path)
    return answer.status_code, answer.json()


async def test_a_disk_that_fills_up_loses_nothing_and_doubles_nothing(house: House, disk: Disk) -> None:
    house.folder = disk.folder
    house.publish_older(3)
    with Running(house) as daemon:
        address = await daemon.address()
        with house.archive() as archive:
            await until(lambda: all(line.source.state.seeded for line in archive.sources()) and not archive.unread())
            house.publish(numbered(10, words="needle"))
            await settled(archive, alerts=1)
            # This one is under way when the disk fills: it has left, and cannot be written down.
            house.receiver.answer(204, delay_s=1.5)
            house.publish(numbered(11, words="needle"))
            await until(lambda: len(house.receiver.hooks()) == 2)
        disk.fill(daemon)
        for n in range(12, 18):
            house.publish(numbered(n, words="needle"))
        async with httpx.AsyncClient(base_url=address, timeout=10) as web:
            await until(lambda: bool(daemon.said("archive_in_trouble")))
            for _ in range(3):
                status, told = await found(web, "/readyz")
                assert (status, bool(told["trouble"])) == (503, True)
                assert (await found(web, "/healthz"))[0] == 200
                status, answer = await found(web, "/api/v1/releases?limit=50")
                assert (status, len(answer["items"]) >= 4) == (200, True)
                assert await asyncio.to_thread(searched, house, "needle") >= 4
                await asyncio.sleep(2)
            if isinstance(disk, Tmpfs):
                said = await asyncio.to_thread(ran, house, "doctor")
                assert "BAD  database: cannot be written: " in said.stdout, said
                assert "BAD  disk: the disk is nearly full: 0 MB free of 24 MB beside house.db" in said.stdout, said
                assert "ok   daemon: running" in said.stdout, said
            disk.make_room(daemon)
            await until(lambda: bool(daemon.said("archive_well_again")), within_s=40)
            assert (await found(web, "/readyz"))[0] == 200
        with house.archive() as archive:
            await settled(archive, alerts=8)
            _nothing_lost_or_doubled(house, archive)
    assert len(daemon.said("archive_in_trouble")) == 1, daemon.lines
    assert len(daemon.said("archive_well_again")) == 1
    assert not daemon.said("Traceback"), daemon.lines


def _nothing_lost_or_doubled(house: House, archive: Archive) -> None:
    assert check(archive.database) == []
    keys = Counter(hook.id for hook in house.receiver.accepted())
    mails = Counter(message.message_id for message in house.inbox.messages())
    assert (len(keys), set(keys.values())) == (8, {1})
    assert (len(mails), set(mails.values())) == (8, {1})
    assert {(line.state, line.repeats) for line in archive.deliveries(limit=100)} == {("sent", 0)}
