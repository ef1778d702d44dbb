"""What only a process of its own can show: a second daemon, a file that may not be written, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from whole_house import House, until

from storage.database import InstanceLock
from wirewatch.demo.releases import numbered

ROOT = Path(__file__).resolve().parents[2]
CONSOLE_SCRIPT = "from wirewatch.cli import main; main()"
# Root may write anywhere: to meet a read-only file it becomes nobody, who may not even read our
# libraries. The command is therefore run once before, for all that it imports.
AS_NOBODY = """
import contextlib, io, os, sys
from wirewatch.cli import main
unseen = io.StringIO()
with contextlib.redirect_stdout(unseen), contextlib.redirect_stderr(unseen), contextlib.suppress(SystemExit):
    main()
folder = sys.argv[2].rpartition("/")[0]
for name in os.listdir(folder):
    os.chmod(f"{folder}/{name}", 0o444)
os.chmod(folder, 0o555)
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
main()
"""


def started(house: House, *words: str | Path, script: str = CONSOLE_SCRIPT) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.Popen(
        [sys.executable, "-c", script, *words],
        cwd=house.folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refused(process: subprocess.Popen[str]) -> str:
    """The message, which must be all that is said, in one line."""
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.count("\n")) == (4, "", 1), err
    return err


async def test_a_second_daemon_on_one_database_is_told(house: House) -> None:
    await house.poll()
    lock = InstanceLock(house.folder / "house.db")
    try:
        told = refused(started(house, "run"))
    finally:
        lock.release()
    assert f"house.db: another wirewatch daemon (process {os.getpid()}) runs on this database. Stop it first" in told


async def test_a_read_only_database_is_said_to_be(house: House) -> None:
    house.publish_older(1)
    await house.poll()
    for path in house.folder.parents[:3]:
        path.chmod(0o755)
    try:
        told = refused(started(house, "--config", house.write(), "search", "needle", script=AS_NOBODY))
    finally:
        house.folder.chmod(0o755)
    assert f"{house.folder / 'house.db'}: it is read-only: give the user who runs wirewatch write permission" in told


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_it_stops_quietly_when_asked_to(house: House, how: signal.Signals) -> None:
    house.publish(numbered(1))
    house.write()
    process = started(house, "run")
    try:
        await until(lambda: len(house.wire.requests("/news-releases/*.html")) == 1)
        process.send_signal(how)
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (0, "", "")
