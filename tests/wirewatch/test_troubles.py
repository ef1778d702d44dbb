"""What will stop the watch one day is told before it does."""

from __future__ import annotations

import json
import shutil

import pytest
from command_line import CommandLine

MB = 2**20


def usage(free_mb: int) -> shutil._ntuple_diskusage:
    return shutil._ntuple_diskusage(100_000 * MB, (100_000 - free_mb) * MB, free_mb * MB)


@pytest.mark.parametrize(("free_mb", "ok"), [(150, False), (250, True)])
def test_doctor_warns_of_a_disk_that_is_nearly_full(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, free_mb: int, *, ok: bool
) -> None:
    cli("init")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(free_mb))
    told = [line for line in json.loads(cli("doctor", "--json").out) if line["check"] == "disk"]
    assert [line["ok"] for line in told] == [ok]
    assert f"{free_mb} MB free of 100,000 MB beside" in told[0]["found"]
    assert told[0]["mend"].startswith("make room, at least 200 MB") is not ok
