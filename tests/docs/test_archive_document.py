"""docs/archive.md and the README name commands, options and settings that are there."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from config import load
from storage.ranking import AMONG_MAX, OPENING, OPENING_TERMS, WEIGHTS
from storage.search import EXAMINED_MAX
from storage.summary import CAP
from wirewatch.cli import app
from wirewatch.web.api import SEARCH_S

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "archive.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
TYPED = re.findall(r"^(?: {4})?(?:\.venv/bin/)?wirewatch (\w.*)$", f"{DOCUMENT}\n{README}", flags=re.MULTILINE)


def test_enough_is_shown() -> None:
    assert len(TYPED) > 25
    assert {"search", "backup", "restore", "export", "import", "prune", "releases"} <= {
        line.split()[0] for line in TYPED
    }


@pytest.mark.parametrize("typed", sorted(set(TYPED)))
def test_each_command_is_there_with_its_options(typed: str) -> None:
    line = re.sub(r"\[(--\w+)[^\]]*\]", r"\1", typed.partition("#")[0])  # `[--force]` is an option, too
    words = shlex.split(line)
    command: Any = get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("block", re.findall(r"^```toml\n(.*?)^```", DOCUMENT, flags=re.MULTILINE | re.DOTALL))
def test_each_setting_is_known(block: str, tmp_path: Path) -> None:
    path = tmp_path / "wirewatch.toml"
    path.write_text(block, encoding="utf-8")
    assert tomllib.loads(block)
    assert load(path, {})


def test_figures_are_those_of_the_program() -> None:
    flat = " ".join(DOCUMENT.split())
    headline, subtitle, dateline, body = list(WEIGHTS.values())[:4]
    told = f"a word in the headline counts {headline:g}, in a subtitle {subtitle:g}, in the dateline {dateline:g}, "
    assert f"{told}in the body {body:g} and {OPENING:g} more in its first sixty words, in the boilerplate 0.5" in flat
    assert (OPENING_TERMS, AMONG_MAX, CAP) == (60, 1_000, 1_000)
    assert f"ends after five seconds or {EXAMINED_MAX:,} releases looked at" in flat
    assert SEARCH_S == 5
