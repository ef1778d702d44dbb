"""How many releases a query is true of, and how they fall: by wire, issuer, language and day.

Up to a cap they are counted. Beyond it the rest is estimated: how many the index lets through, times the
share of those looked at that were hits; what is told then says that it is an estimate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from news.query import Query, bound
from storage.estimate import let_through
from storage.search import Found, Hit, Searchable, search
from storage.walk import Left

CAP = 1_000
FACETS = ("wire", "issuer", "language", "day")
VALUES_MAX = 20


@dataclass(frozen=True, slots=True)
class Summary:
    """`count` of releases in all, `exact` or estimated; `facets` tell of the newest `counted` of them.

    A facet is its values with how many releases have them, the commonest first; days newest first.
    """

    count: int
    exact: bool
    counted: int
    facets: Mapping[str, tuple[tuple[str, int], ...]]


def summarize(
    archive: Searchable, query: Query, *, heads: bool = False, cap: int = CAP, left: Left | None = None
) -> Summary:
    """Count the releases of which `query` is true: exactly up to `cap`, by estimate beyond."""
    found = search(archive, query, limit=cap + 1, heads=heads, examined_max=10 * cap, left=left)
    return Summary(
        count=len(found.hits) + _rest(archive, query, found, heads=heads, left=left),
        exact=found.cursor is None,
        counted=len(found.hits),
        facets=_facets(found.hits),
    )


def _rest(archive: Searchable, query: Query, found: Found, *, heads: bool, left: Left | None) -> int:
    if found.cursor is None or not found.examined:
        return 0
    below = let_through(archive.database, bound(query), cursor=found.cursor, heads=heads, left=left)
    return round(below * len(found.hits) / found.examined)


def _facets(hits: Iterable[Hit]) -> dict[str, tuple[tuple[str, int], ...]]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for hit in hits:
        release = hit.stored.release
        day = (release.published_at or hit.stored.first_seen_at).date().isoformat()
        for name, value in zip(FACETS, (release.wire, release.issuer, release.language, day), strict=True):
            if value:
                counts[name][value] += 1
    told = {
        name: tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:VALUES_MAX])
        for name, counted in counts.items()
    }
    told["day"] = tuple(sorted(counts["day"].items(), reverse=True)[:VALUES_MAX])
    return told
