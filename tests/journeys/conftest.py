from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from whole_house import House, house_in


@pytest.fixture
def house(
    tmp_path: Path, empty_database: bytes, one_certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    monkeypatch.setenv("SSL_CERT_FILE", str(one_certificate))
    (tmp_path / "house.db").write_bytes(empty_database)
    with house_in(tmp_path) as built:
        yield built


@pytest.fixture(params=["sqlite", "postgresql"])
def either_house(request: pytest.FixtureRequest, house: House) -> House:
    """The same house on each of the databases."""
    if request.param == "postgresql":
        from throwaway_server import new_database  # noqa: PLC0415 - one journey of many asks for it

        house.database = new_database(request.getfixturevalue("postgresql"))
    return house
