"""The file that `wirewatch init` writes: every setting, commented, with its default."""

from __future__ import annotations

from importlib.resources import files

EXAMPLE_FILE = "example.toml"


def example_text() -> str:
    return files(__package__).joinpath(EXAMPLE_FILE).read_text(encoding="utf-8")
