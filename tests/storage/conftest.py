"""Each test of the storage contract runs on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from shelf import NOW
from throwaway_server import new_database

from storage.archive import Archive


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return new_database(request.getfixturevalue("postgresql"))
    return f"sqlite:///{tmp_path / 'wirewatch.db'}"


@pytest.fixture
def sqlite_archive(tmp_path: Path) -> Iterator[Archive]:
    """For what only SQLite does."""
    opened = Archive.open(f"sqlite:///{tmp_path / 'wirewatch.db'}", now=NOW, durability="NORMAL")
    yield opened
    opened.close()


@pytest.fixture
def archive(url: str) -> Iterator[Archive]:
    opened = Archive.open(url, now=NOW, durability="NORMAL")
    yield opened
    opened.close()
