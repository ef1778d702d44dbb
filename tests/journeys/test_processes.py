"""What only a process of its own can show: a file that may not be written, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from whole_house import House, until

from wirewatch.demo.releases import numbered

ROOT = Path(__file__).resolve().parents[2]
CONSOLE_SCRIPT = "from wirewatch.cli import main; main()"
# Root may write anywhere: to meet a read-only file it becomes nobody, who may not even read our
# libraries. The command is therefore run once before, for all that it imports.
IMPORTED = """
import contextlib, io, os, sys
from wirewatch.cli import main
unseen = io.StringIO()
with contextlib.redirect_stdout(unseen), contextlib.redirect_stderr(unseen), contextlib.suppress(SystemExit):
    main()
"""
FROZEN = """
folder = sys.argv[2].rpartition("/")[0]
for name in os.listdir(folder):
    os.chmod(f"{folder}/{name}", 0o444)
os.chmod(folder, 0o555)
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
main()
"""
AS_NOBODY = IMPORTED + FROZEN
# The same, but that what was run before is a search: the command itself is run as nobody alone.
ONCE_AS_NOBODY = (
    "import sys\nwords, sys.argv = sys.argv, [*sys.argv[:3], 'search', 'x']\n"
    + IMPORTED
    + "sys.argv = words\n"
    + FROZEN
)


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


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that anybody may enter; pytest's own are closed."""
    with TemporaryDirectory(prefix="wirewatch-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)
        Path(name).chmod(0o755)


async def test_a_read_only_database_is_said_to_be(house: House, public_folder: Path) -> None:
    house.folder = public_folder
    house.publish_older(1)
    await house.poll()
    told = refused(started(house, "--config", house.write(), "deliveries", "retry", "1", script=AS_NOBODY))
    assert f"{house.folder / 'house.db'}: it is read-only: give the user who runs wirewatch write permission" in told


@pytest.mark.parametrize(
    "words",
    [
        ("search", "needle"),
        ("alerts", "list"),
        ("releases", "show", "RELEASE"),
        ("deliveries", "list"),
        ("rules", "list"),
        ("rules", "test", "needle"),
        ("rules", "export"),
        ("sources", "list"),
        ("channels", "list"),
        ("packs", "list"),
    ],
)
async def test_what_only_reads_needs_no_right_to_write(
    house: House, public_folder: Path, words: tuple[str, ...]
) -> None:
    house.folder = public_folder
    house.publish_older(1)
    await house.poll()
    with house.archive() as archive:
        release_id = str(archive.latest(1)[0].id)
    asked = [release_id if word == "RELEASE" else word for word in words]
    process = started(house, "--config", house.write(), *asked, script=AS_NOBODY)
    out, err = process.communicate(timeout=30)
    # A table with nothing in it says so there.
    assert process.returncode == 0
    assert out or err in {"no alerts yet\n", "no deliveries yet\n"}, err


async def test_what_the_file_says_now_is_warned_of_where_it_cannot_be_taken_over(
    house: House, public_folder: Path
) -> None:
    house.folder = public_folder
    house.publish_older(1)
    await house.poll()
    house.rules = {"needle": "needle", "later": "haystack"}
    process = started(house, "--config", house.write(), "rules", "list", script=ONCE_AS_NOBODY)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "haystack" not in out
    assert err.startswith("warning: what changed in ")
    assert err.count("\n") == 1
    assert "it is read-only" in err


async def test_ctrl_c_is_no_error_and_leaves_no_traceback(house: House) -> None:
    house.publish(numbered(1))
    house.write()
    process = started(house, "run")
    try:
        await until(lambda: len(house.wire.requests("/news-releases/*.html")) == 1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (0, "", "")
