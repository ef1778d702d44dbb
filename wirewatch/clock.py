"""The one place that asks the system for the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def now() -> datetime:
    """The present, aware UTC."""
    return datetime.now(UTC)


def lasting(seconds: float) -> Callable[[], float]:
    """How many of so many seconds from now are left, whenever it is asked; below 0 once they are over."""
    end = time.monotonic() + seconds
    return lambda: end - time.monotonic()


def monotonic() -> float:
    """Seconds on a clock that never goes back; for waits, never for stamps."""
    return time.monotonic()
