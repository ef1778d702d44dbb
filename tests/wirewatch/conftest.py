from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from command_line import CommandLine


@pytest.fixture
def cli(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    empty_database: bytes,
    one_certificate: Path,
) -> Iterator[CommandLine]:
    """`wirewatch` in an empty folder, with none of the user's own settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nowhere"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("SSL_CERT_FILE", str(one_certificate))
    yield CommandLine(tmp_path, monkeypatch, capsys, empty_database)
    structlog.reset_defaults()
