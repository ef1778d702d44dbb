"""The documents name commands, options and settings that are there."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from config import load
from wirewatch.cli import app

ROOT = Path(__file__).resolve().parents[2]
RULES = "docs/rules.md"
NAMES = ("README.md", "docs/archive.md", "docs/coverage.md", "docs/stories.md", "docs/wires.md", RULES)
DOCUMENTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in NAMES}
TYPED = re.findall(
    r"^(?: {4})?(?:\$ )?(?:\.venv/bin/)?wirewatch (\w.*)$", "\n".join(DOCUMENTS.values()), flags=re.MULTILINE
)
# A channel that the blocks may name.
DESK = '[channel.desk]\nkind = "console"\n'
BLOCKS = [
    block
    for name, text in DOCUMENTS.items()
    if name != RULES  # its files of rules are another format
    for block in re.findall(r"^```toml\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
]


def test_enough_is_shown() -> None:
    assert len(TYPED) > 35
    assert len(BLOCKS) > 5
    assert {"search", "backup", "restore", "export", "import", "prune", "releases", "sources", "backfill"} <= {
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


@pytest.mark.parametrize("block", BLOCKS)
def test_each_setting_is_known(block: str, tmp_path: Path) -> None:
    path = tmp_path / "wirewatch.toml"
    path.write_text(f"{block}\n{DESK}", encoding="utf-8")
    assert tomllib.loads(block)
    assert load(path, {})
