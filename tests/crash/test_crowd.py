"""Two writers and eight readers, each a process of its own: nobody finds the database locked.

`CROWD_S=60 pytest tests/crash/test_crowd.py -s` is the full minute, and prints what each of them met.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from throwaway_server import new_database

from storage.archive import Archive
from storage.checkup import check
from wirewatch import clock

ROOT = Path(__file__).resolve().parents[2]
SECONDS = float(os.environ.get("CROWD_S", "8"))
WRITERS = ("daemon", "ingest")
READERS = ("api", "command") * 4
WAIT_MAX_S = 5.0
WAL_BYTES_MAX = 160 * 2**20

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120 + SECONDS * 2)]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return new_database(request.getfixturevalue("postgresql"))
    return f"sqlite:///{tmp_path / 'crowd.db'}"


def crowd(url: str, roles: Sequence[str], seconds: float) -> tuple[list[dict[str, Any]], int]:
    """What each met, and how large the log became at most."""
    seed = int(os.environ.get("CRASH_SEED", str(random.SystemRandom().randrange(2**32))))
    print(f"CRASH_SEED={seed} CROWD_S={seconds:g}")
    script = Path(__file__).with_name("crowd.py")
    started = [
        subprocess.Popen(
            [sys.executable, script, role, url, str(seconds), f"{seed}-{n}"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'storage'}"},
        )
        for n, role in enumerate(roles)
    ]
    log, largest = Path(url.removeprefix("sqlite:///") + "-wal"), 0
    while any(process.poll() is None for process in started):
        largest = max(largest, log.stat().st_size if log.exists() else 0)
        time.sleep(0.05)
    met = []
    for process in started:
        out, _ = process.communicate()
        assert process.returncode == 0
        met.append(json.loads(out))
        print(out.strip())
    print(f"log at most {largest / 2**20:.1f} MB")
    return met, largest


def test_two_writers_and_eight_readers_do_not_stand_in_each_others_way(url: str) -> None:
    Archive.open(url, now=clock.now()).close()
    met, largest = crowd(url, [*WRITERS, *READERS], SECONDS)
    assert [each["errors"] for each in met if each["errors"]] == []
    assert max(each["longest_wait_s"] for each in met) < WAIT_MAX_S
    assert all(each["stored"] > 0 for each in met[: len(WRITERS)])
    assert all(each["rounds"] > 0 for each in met)
    assert largest <= WAL_BYTES_MAX
    archive = Archive.open(url, now=clock.now())
    assert archive.counts()["releases"] == sum(each["stored"] for each in met)
    assert check(archive.database) == []
    archive.close()
