"""A gallery of faults: each file in tests/golden/bad_config is wrong in the way its name says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from config import ConfigError, load

GALLERY = Path(__file__).resolve().parents[1] / "golden" / "bad_config"
FAULTS = sorted(GALLERY.glob("*.toml"))
UPDATE = os.environ.get("GOLDEN") == "update"


def told(fault: Path) -> str:
    """What is said of the file, its folder left out so that it is the same everywhere."""
    with pytest.raises(ConfigError) as caught:
        load(Path(fault.name), {})
    return str(caught.value).replace(f"{GALLERY}/", "") + "\n"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.stem)
def test_a_fault_is_told_with_file_line_and_what_was_meant(fault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GALLERY)
    expected = fault.with_suffix(".txt")
    if UPDATE:
        expected.write_text(told(fault), encoding="utf-8")
    assert expected.read_text(encoding="utf-8") == told(fault)


def test_the_gallery_is_whole() -> None:
    assert len(FAULTS) >= 20
    assert {path.stem for path in FAULTS} == {path.stem for path in GALLERY.glob("*.txt")}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.stem)
def test_no_message_holds_a_secret(fault: Path) -> None:
    said = fault.with_suffix(".txt").read_text(encoding="utf-8")
    assert "hunter2" not in said
    assert "8675309" not in said


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.stem)
def test_every_problem_names_the_file_and_almost_all_the_line(fault: Path) -> None:
    said = fault.with_suffix(".txt").read_text(encoding="utf-8")
    problems = [line for line in said.splitlines() if not line.startswith("    ")]
    whole_file = {"nested-too-deep"}
    for problem in problems:
        assert problem.startswith(f"{fault.name}:")
        assert fault.stem in whole_file or problem.removeprefix(f"{fault.name}:")[0].isdigit()
