"""Who tells the time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from wirewatch import clock

THEN = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


class Standing:
    def now(self) -> datetime:
        return THEN

    def monotonic(self) -> float:
        return 7.0


def test_another_keeper_tells_every_time_until_it_is_over() -> None:
    taken_before = clock.now
    with clock.kept_by(Standing()):
        assert (clock.now(), taken_before(), clock.monotonic(), clock.lasting(5)()) == (THEN, THEN, 7.0, 5.0)
    assert clock.now() > THEN
    assert clock.monotonic() != 7.0


def test_the_system_tells_the_time_again_after_an_error() -> None:
    with pytest.raises(ValueError, match="broken"), clock.kept_by(Standing()):
        raise ValueError("broken")
    assert taken_now() > THEN


def taken_now() -> datetime:
    return clock.now()
