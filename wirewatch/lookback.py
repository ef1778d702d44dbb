"""What a source's other addresses show of its past."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from ingest.fetch import Fetcher
from news.source import Listed, Source


@dataclass(frozen=True, slots=True)
class Showing:
    """One page of a way back; its rows are the newest first where `ordered`."""

    way: str
    url: str
    page: int
    ordered: bool
    rows: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class WayEnded:
    """Nothing more comes from a way. `reason` is `end` where all that it has was shown."""

    way: str
    reason: str


class Lookback:
    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def showings(self, source: Source) -> AsyncIterator[Showing | WayEnded]:
        yield WayEnded(source.name, "no other way to look is known")
