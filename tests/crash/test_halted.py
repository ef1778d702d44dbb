"""kill -9 at a known place, in the middle of a write and of a migration: the next start is whole."""

from __future__ import annotations

import gzip
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL
from throwaway_server import new_database

from storage.archive import Archive
from storage.checkup import check
from storage.stories import stories
from wirewatch import clock

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("HALTS", "4"))
RELEASES = 50
WIRES = ("a", "b", "c")

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180 + KILLS * 20)]

Fresh = Callable[[], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Fresh:
    """Gives the URL of a new database with nothing in it, each time another."""
    if request.param == "postgresql":
        at: URL = request.getfixturevalue("postgresql")
        return lambda: new_database(at, empty=True)

    def file() -> str:
        folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        return f"sqlite:///{folder / 'halted.db'}"

    return file


def halted(what: str, url: str, last: int = 0) -> int:
    """How many statements it took, or that it was killed: -9."""
    script = Path(__file__).with_name("halted.py")
    done = subprocess.run(
        [sys.executable, script, what, url, str(last)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'storage'}"},
    )
    return done.returncode or int(done.stdout or 0)


def some_of(count: int) -> list[int]:
    """Places to die at: the last one always, as nothing is missing then but the end."""
    seed = int(os.environ.get("CRASH_SEED", str(random.SystemRandom().randrange(2**32))))
    print(f"CRASH_SEED={seed} of {count}")
    chance = random.Random(seed)  # noqa: S311 - a stated seed
    return sorted({*chance.sample(range(1, count), min(KILLS, count) - 1), count})


def whole(url: str) -> dict[str, int]:
    """What it holds after a start, which finds nothing to mend."""
    archive = Archive.open(url, now=clock.now())
    assert check(archive.database) == []
    held = archive.counts()
    archive.close()
    return held


def test_killed_while_it_writes_it_holds_all_or_nothing(fresh: Fresh) -> None:
    url = fresh()
    halted("migrate", url)
    steps = halted("write", url)
    assert steps > RELEASES
    assert whole(url)["releases"] == RELEASES
    for last in some_of(steps):
        url = fresh()
        halted("migrate", url)
        assert halted("write", url, last) == -9
        assert whole(url)["releases"] in {0, RELEASES}, last
        halted("write", url)
        assert whole(url)["releases"] == RELEASES


def test_killed_while_stories_become_one_they_are_one_in_the_end_and_nothing_is_told_twice(fresh: Fresh) -> None:
    url = fresh()
    halted("migrate", url)
    steps = halted("join", url)
    told = joined(url)
    for last in some_of(steps):
        url = fresh()
        halted("migrate", url)
        assert halted("join", url, last) == -9
        assert whole(url)["releases"] <= len(WIRES)
        halted("join", url)
        assert joined(url) == told, last


def joined(url: str) -> Counter[tuple[str, str, str]]:
    """What was told: rule, occasion and wire of each alert; all of it of one story."""
    archive = Archive.open(url, now=clock.now())
    assert check(archive.database) == []
    with archive.database.reading() as connection:
        [line] = stories(connection, 10)
    assert line.members == len(WIRES)
    found = Counter((alert.rule_name, alert.occasion, alert.release.wire) for alert in archive.alerts(100))
    archive.close()
    assert found == Counter(
        {
            ("hectares", "first", "a"): 1,
            ("silk", "first", "b"): 1,
            ("field", "first", "a"): 1,
            ("field", "first", "b"): 1,
        }
    )
    return found


def test_killed_while_it_is_made_it_is_made_by_the_next_start(fresh: Fresh) -> None:
    steps = halted("migrate", fresh())
    for last in some_of(steps):
        url = fresh()
        assert halted("migrate", url, last) == -9
        assert whole(url)["releases"] == 0
        halted("write", url)
        assert whole(url)["releases"] == RELEASES


def test_killed_while_it_is_upgraded_it_is_upgraded_by_the_next_start(fresh: Fresh) -> None:
    url = fresh()
    old(url)
    steps = halted("migrate", url)
    held = whole(url)
    for last in some_of(steps):
        url = fresh()
        old(url)
        assert halted("migrate", url, last) == -9
        assert whole(url) == held
        if url.startswith("sqlite"):
            beside = {path.suffix for path in Path(url.removeprefix("sqlite:///")).parent.iterdir()}
            assert ".part" not in beside, "half of a copy was left"


def old(url: str) -> None:
    """A database of the first version; on SQLite one that was lived in."""
    if url.startswith("sqlite"):
        golden = ROOT / "tests" / "golden" / "archives" / "0001.db.gz"
        Path(url.removeprefix("sqlite:///")).write_bytes(gzip.decompress(golden.read_bytes()))
    else:
        halted("old", url)
