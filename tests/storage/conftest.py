from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from shelf import NOW

from storage.archive import Archive


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'wirewatch.db'}"


@pytest.fixture
def archive(url: str) -> Iterator[Archive]:
    opened = Archive.open(url, now=NOW, durability="NORMAL")
    yield opened
    opened.close()
