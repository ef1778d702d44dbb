from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from whole_house import House, house_in

from storage.archive import Archive
from wirewatch import clock


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A migrated database with nothing in it: making one takes longer than many a journey."""
    path = tmp_path_factory.mktemp("empty") / "house.db"
    archive = Archive.open(f"sqlite:///{path}", now=clock.now())
    with archive.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    archive.close()
    return path.read_bytes()


@pytest.fixture
def house(tmp_path: Path, empty_database: bytes) -> Iterator[House]:
    (tmp_path / "house.db").write_bytes(empty_database)
    with house_in(tmp_path) as built:
        yield built
