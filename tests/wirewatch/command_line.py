"""`wirewatch` typed as a user types it, without the cost of a process: the console script's own function."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from wirewatch.cli import main

LONG_AGO = "2026-03-02T14:30:00Z"


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Type commands in `folder`. What is refused must be told in one message, without a traceback."""

    folder: Path
    patch: pytest.MonkeyPatch
    captured: pytest.CaptureFixture[str]
    empty_database: bytes

    def __call__(self, *words: object, stdin: bytes = b"") -> Ran:
        self.captured.readouterr()
        with self.patch.context() as patch:
            patch.setattr(sys, "argv", ["wirewatch", *map(str, words)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            try:
                main()
                code: object = 0
            except SystemExit as end:
                code = end.code or 0
        told = Ran(int(str(code)), *self.captured.readouterr())
        assert "Traceback" not in told.out + told.err, told.err
        assert "unexpected" not in told.err, told.err
        return told

    def done(self, *words: object, stdin: bytes = b"") -> Ran:
        """As calling it, where nothing may go wrong."""
        ran = self(*words, stdin=stdin)
        assert (ran.code, ran.err) == (0, ""), ran
        return ran

    def refused(self, *words: object, code: int = 2) -> str:
        """The message, where something must."""
        ran = self(*words)
        assert (ran.code, ran.out) == (code, ""), ran
        assert ran.err.startswith("wirewatch: ")
        return ran.err.removeprefix("wirewatch: ").rstrip("\n")

    def configure(self, text: str = "") -> Path:
        """Write a configuration without a dashboard; beside it lies a database, empty at first."""
        path = self.folder / "wirewatch.toml"
        if not path.exists():
            (self.folder / "wirewatch.db").write_bytes(self.empty_database)
        path.write_text(f"{text}\n[web]\nenabled = false\n", encoding="utf-8")
        return path

    def releases(self, *rows: Mapping[str, Any], name: str = "releases.jsonl") -> Path:
        """A file of releases; what a row does not say is made up."""
        path = self.folder / name
        whole = [_release(number, row) for number, row in enumerate(rows, 1)]
        path.write_text("".join(json.dumps(row) + "\n" for row in whole), encoding="utf-8")
        return path


def _release(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"outside-{number}",
        "wire": "acme",
        "headline": f"Headline {number}",
        "body": f"Body number {number}.",
        "url": f"https://acme.example/{number}",
        "published_at": LONG_AGO,
        "language": "en",
        **row,
    }
