"""What a walk back through a source's other addresses yields, and how one of their pages is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ingest.answers import Blocked, Fetched, FetchFailed, FetchReason, NotModified
from ingest.page import Page
from ingest.ways import Span, Way, row_key
from news.release import Reject
from news.source import Listed, Source

# A way that showed all it has, and one whose last page was older than was asked for.
END = "end"
REACHED = "as far back as asked"
NO_WAY = "no other way to look is known"

PAGES_MAX = 200  # of one way in one walk
ROWS_MAX = 100_000
# Seconds before a page is asked for again. A host that wants a longer rest has it: the way ends.
RETRY_WAITS_S = (2.0, 10.0)
RETRY_WAIT_MAX_S = 60.0

# What asking again does not mend.
_FINAL = frozenset(
    {
        FetchReason.FORBIDDEN,
        FetchReason.GONE,
        FetchReason.TLS,
        FetchReason.TOO_LARGE,
        FetchReason.BOMB,
        FetchReason.REDIRECT_LOOP,
        FetchReason.TOO_MANY_REDIRECTS,
        FetchReason.BAD_REDIRECT,
    }
)


@dataclass(frozen=True, slots=True)
class Showing:
    """One page of a way back; its rows are the newest first where `ordered`.

    `exact`: their stamps are those of publication, not those of a later change of their pages.
    """

    way: str
    url: str
    page: int
    ordered: bool
    rows: tuple[Listed, ...]
    exact: bool = True


@dataclass(frozen=True, slots=True)
class WayEnded:
    """Nothing more comes from a way. `reason` is `END` where all that it has was shown."""

    way: str
    reason: str


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Where a walk goes on: at that page of that way, which was at `url`.

    New rows push the others on to later pages, so none is passed over.
    """

    way: str
    page: int = 1
    url: str = ""


@dataclass(slots=True)
class Walk:
    """One way of one source, under way; `start` is a place in this way, if any."""

    source: Source
    way: Way
    span: Span
    start: Bookmark | None
    pages_max: int
    rows_max: int = ROWS_MAX
    pages: int = 0
    rows: int = 0
    _last: frozenset[str] = field(default=frozenset())

    @property
    def is_long_enough(self) -> bool:
        return self.pages >= self.pages_max or self.rows >= self.rows_max

    def count(self, rows: Sequence[Listed]) -> None:
        self.pages += 1
        self.rows += len(rows)

    def repeats(self, rows: Sequence[Listed]) -> bool:
        """Whether these are the rows of the page before."""
        keys = frozenset(map(row_key, rows))
        again, self._last = keys == self._last, keys
        return again

    def ended(self, reason: str) -> WayEnded:
        return WayEnded(self.way.name, reason)

    def enough(self) -> WayEnded:
        return self.ended(f"stopped after {self.pages} pages, the most for one walk")


class Fetches(Protocol):
    async def fetch(self, url: str, *, trusted: bool = False) -> Fetched | NotModified | Blocked | FetchFailed: ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks for pages, and again where that may help."""

    fetcher: Fetches
    retry_waits_s: Sequence[float] = RETRY_WAITS_S
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def page(self, url: str, *, trusted: bool) -> Page | str:
        """The page, or in words why there is none; the words begin with the reason's name."""
        for wait_s in (*self.retry_waits_s, None):
            answer = await self.fetcher.fetch(url, trusted=trusted)
            if isinstance(answer, Fetched):
                return Page(answer.final_url, answer.body, answer.content_type, answer.fetched_at)
            if isinstance(answer, NotModified):
                return "unasked 304"
            told = f"{answer.reason.value}: {answer.detail}"
            if isinstance(answer, Blocked) or answer.reason in _FINAL or wait_s is None:
                return told
            rest_s = max(wait_s, answer.retry_after_s or 0.0)
            if rest_s > RETRY_WAIT_MAX_S:
                return told
            await self.sleep(rest_s)
        return "unasked"


def words(reject: Reject) -> str:
    return f"{reject.reason.value}: {reject.excerpt}"
