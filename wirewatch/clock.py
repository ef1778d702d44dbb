"""The one place that asks the system for the time, or whoever stands in for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

Clock = Callable[[], datetime]


class Timekeeper(Protocol):
    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class _System:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


_keeper: Timekeeper = _System()


@contextmanager
def kept_by(keeper: Timekeeper) -> Iterator[None]:
    """Let another keeper tell the time to the whole process, so that a month can pass in minutes."""
    global _keeper  # noqa: PLW0603 - one process has one time
    before, _keeper = _keeper, keeper
    try:
        yield
    finally:
        _keeper = before


def now() -> datetime:
    """The present, aware UTC."""
    return _keeper.now()


def lasting(seconds: float) -> Callable[[], float]:
    """How many of so many seconds from now are left, whenever it is asked; below 0 once they are over."""
    end = monotonic() + seconds
    return lambda: end - monotonic()


def monotonic() -> float:
    """Seconds on a clock that never goes back; for waits, never for stamps."""
    return _keeper.monotonic()
