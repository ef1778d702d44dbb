"""Room on the disk: when it is time to make some."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.space import Space, space_beside

MB = 2**20


@pytest.mark.parametrize(
    ("free_mb", "total_mb", "low"),
    [(199, 100_000, True), (201, 100_000, False), (49, 1_000, True), (51, 1_000, False), (0, 10, True)],
)
def test_low_is_below_200_mb_and_on_a_small_disk_below_a_twentieth(free_mb: int, total_mb: int, low: bool) -> None:
    assert Space(free_mb * MB, total_mb * MB).low is low


def test_where_nobody_can_tell_nothing_is_told(tmp_path: Path) -> None:
    found = space_beside(tmp_path / "wirewatch.db")
    assert found is not None
    assert 0 <= found.free <= found.total
    assert space_beside(tmp_path / "nowhere" / "wirewatch.db") is None
