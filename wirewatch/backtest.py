"""What a rule would have sent: its query run backwards over the archive, told as stories by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from news.alert import MatchedText
from news.query import Query, print_query
from news.query.operators.conjunction import And
from news.query.operators.dates import AFTER, Dated
from news.release import iso
from storage.archive import Archive, Stored
from storage.search import Hit, search

DAYS_MAX = 3_660
HITS_MAX = 20_000
EXAMPLES_MAX = 5
# More alerts a day than a person reads.
FLOOD_A_DAY = 25
_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The release that would have fired for a story, and the words that matched."""

    stored: Stored
    matched: tuple[MatchedText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What a query found in the `days` before now; `by_day` is of UTC days, with the empty ones.

    A rule tells a story once: `stories` counts what it would have sent, `releases` all that matched,
    copies and revisions among them. `complete` is false where a limit ended the search.
    """

    query: Query
    since: date
    days: int
    stories: dict[int, Example]
    releases: int
    by_day: dict[date, int]
    examined: int
    complete: bool

    @property
    def a_day(self) -> float:
        return len(self.stories) / self.days

    @property
    def floods(self) -> bool:
        return self.a_day > FLOOD_A_DAY

    @property
    def examples(self) -> list[Example]:
        """The newest stories."""
        return sorted(self.stories.values(), key=lambda example: -example.stored.id)[:EXAMPLES_MAX]

    def told(self) -> dict[str, Any]:
        return {
            "query": print_query(self.query),
            "hints": list(self.query.hints),
            "days": self.days,
            "since": self.since.isoformat(),
            "stories": len(self.stories),
            "releases": self.releases,
            "a_day": round(self.a_day, 2),
            "floods": self.floods,
            "complete": self.complete,
            "by_day": [{"day": day.isoformat(), "stories": count} for day, count in self.by_day.items()],
            "examples": [_example_told(example) for example in self.examples],
        }


def _example_told(example: Example) -> dict[str, Any]:
    release = example.stored.release
    return {
        "id": example.stored.id,
        "story": example.stored.story_id,
        "headline": release.headline,
        "wire": release.wire,
        "url": release.url,
        "published_at": iso(release.published_at),
        "matches": [list(text) for text in example.matched],
    }


def backtest(
    archive: Archive,
    query: Query,
    *,
    now: datetime,
    days: int,
    examined_max: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Backtest:
    """Run a rule's query over the last `days` UTC days, today's included.

    `examined_max`: how many releases the evaluator may be asked about before it gives up.
    `progress` is told how many it was asked about.
    """
    since = (now - timedelta(days=days - 1)).date()
    narrowed = Query(And((query.root, Dated(AFTER, since))))
    stories: dict[int, Example] = {}
    examined = releases = 0
    cursor: int | None = None
    while True:
        left = None if examined_max is None else max(1, examined_max - examined)
        found = search(archive, narrowed, limit=_PAGE, cursor=cursor, examined_max=left)
        examined += found.examined
        releases += len(found.hits)
        # Newest first: what is kept of a story is its first release that matches, the one that fires.
        stories |= {hit.stored.story_id: _example(hit) for hit in found.hits}
        cursor = found.cursor
        if progress is not None:
            progress(examined)
        if cursor is None or releases >= HITS_MAX or (examined_max is not None and examined >= examined_max):
            break
    counts = Counter(_day(example.stored) for example in stories.values())
    return Backtest(
        query=query,
        since=since,
        days=days,
        stories=stories,
        releases=releases,
        by_day={day: counts[day] for day in (since + timedelta(days=n) for n in range(days))},
        examined=examined,
        complete=cursor is None,
    )


def _example(hit: Hit) -> Example:
    text = hit.stored.release.zone
    matched = tuple(MatchedText(s.zone, s.start, s.end, text(s.zone)[s.start : s.end]) for s in hit.match.spans)
    return Example(stored=hit.stored, matched=matched)


def _day(stored: Stored) -> date:
    return (stored.release.published_at or stored.first_seen_at).date()
