"""`--order relevance`: the newest releases of which a query is true, those that it is most about first.

Not a statistic of the archive, which would move with every release that is stored: where the words stand
and how often decides, so that everybody can see why one comes before another.
"""

from __future__ import annotations

from collections import Counter

from news.query import Query
from news.release import Zone
from storage.search import Hit, Searchable, search
from storage.walk import Left

AMONG_MAX = 1_000
# What the first place in a zone counts for. A headline is what a release is about; a boilerplate is about its issuer.
WEIGHTS = {
    Zone.HEADLINE: 10.0,
    Zone.SUBTITLE: 5.0,
    Zone.DATELINE: 3.0,
    Zone.BODY: 2.0,
    Zone.BOILERPLATE: 0.5,
    Zone.CONTACT: 0.25,
}
# The opening of a body says who, what and where; in so many terms.
OPENING_TERMS = 60
OPENING = 3.0


def ranked(
    archive: Searchable,
    query: Query,
    *,
    limit: int = 20,
    heads: bool = False,
    among: int = AMONG_MAX,
    left: Left | None = None,
) -> tuple[tuple[Hit, ...], int]:
    """The `limit` best of the newest `among` hits, and how many those are; the newer of equals stands first."""
    found = search(archive, query, limit=among, heads=heads, examined_max=10 * among, left=left)
    best = sorted(found.hits, key=lambda hit: (-score(hit), -hit.id))
    return tuple(best[:limit]), len(found.hits)


def score(hit: Hit) -> float:
    """The sum over the zones of weight × (2 - 2^(1 - n)) for n places: each further one counts half of the last."""
    places = Counter(each.zone for each in hit.found)
    told = sum(WEIGHTS[zone] * (2 - 2.0 ** (1 - n)) for zone, n in places.items())
    opens = any(each.zone is Zone.BODY and each.first < OPENING_TERMS for each in hit.found)
    return told + OPENING * opens
