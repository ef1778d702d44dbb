"""What one answer of a source showed, as far as it is compared with the next. All times are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """A row as an answer shows it. `known`: it was seen before, at `first_seen_at` (None where that is forgotten).

    `restamped`: it stood with another stamp then.
    """

    key: str
    title: str
    stamp: datetime | None = None
    known: bool = False
    first_seen_at: datetime | None = None
    restamped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRow:
    """A row of an earlier answer."""

    key: str
    title: str
    stamp: datetime | None
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The answer that the next one must overlap: what was shown at `at`, in the order of first sight, newest first.

    `window` is the most rows and `span_s` the oldest row, in seconds, that the source showed lately.
    """

    at: datetime
    rows: tuple[SeenRow, ...] = ()
    window: int = 0
    span_s: float = 0.0
