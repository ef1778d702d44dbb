"""`a NEAR/5 b`, `a ONEAR/5 b`: within 5 words, in any order; in this order.

The distance is that of positions: side by side is 1. Characters of scripts without spaces count
one each. Both stand in the same zone and do not overlap. What lies between is no part of the hit.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from news.document import Document
from news.query.bound import AllOf, Bound, all_of
from news.query.errors import QueryError
from news.query.tree import Binding, Clause, Hit, Hits, Nature, Operator, Windows, bracketed, walk
from news.release import Zone

DISTANCE_MAX = 100
_PAIRS_MAX = 10_000  # per release and order; a text that repeats two words would make millions
_MAY_JOIN = frozenset({Nature.WORDS, Nature.CHOICE, Nature.PROXIMITY})


@dataclass(frozen=True, slots=True)
class Near:
    left: Clause
    right: Clause
    distance: int
    ordered: bool

    nature: ClassVar[Nature] = Nature.PROXIMITY
    binding: ClassVar[Binding] = Binding.NEAR

    def spans(self, document: Document, windows: Windows) -> Hits | None:
        left = self.left.spans(document, windows)
        right = self.right.spans(document, windows) if left else None
        if not left or not right:
            return None
        hits = list(islice(_followed(left, right, self.distance), _PAIRS_MAX))
        if not self.ordered:
            hits += islice(_followed(right, left, self.distance), _PAIRS_MAX)
        return list(dict.fromkeys(hits)) or None

    def bound(self, zones: frozenset[Zone] | None) -> Bound:
        both = all_of((self.left.bound(zones), self.right.bound(zones)))
        return AllOf(both.parts, self.distance) if isinstance(both, AllOf) else both

    def printed(self) -> str:
        infix = "ONEAR" if self.ordered else "NEAR"
        return f"{bracketed(self.left, Binding.NEAR)} {infix}/{self.distance} {bracketed(self.right, Binding.UNIT)}"

    def parts(self) -> tuple[Clause, ...]:
        return (self.left, self.right)


def _followed(earlier: Hits, later: Hits, distance: int) -> Iterator[Hit]:
    """Pairs of which the second begins 1 to `distance` positions after the first ends."""
    by_zone: defaultdict[Zone, list[Hit]] = defaultdict(list)
    for hit in sorted(later, key=lambda hit: hit.first):
        by_zone[hit.zone].append(hit)
    starts = {zone: [hit.first for hit in hits] for zone, hits in by_zone.items()}
    for hit in earlier:
        at = starts.get(hit.zone, [])
        for other in by_zone[hit.zone][bisect_right(at, hit.last) : bisect_left(at, hit.last + distance + 1)]:
            yield Hit(hit.zone, hit.first, other.last, hit.words + other.words)


def _join(infix: str, count: int, left: Clause, right: Clause, column: int) -> Clause:
    if not 1 <= count <= DISTANCE_MAX:
        raise QueryError(f"{infix}/{count}: the distance must lie between 1 and {DISTANCE_MAX} words", column)
    for clause in (*walk(left), *walk(right)):
        if clause.nature not in _MAY_JOIN:
            raise QueryError(
                f"{infix} joins words, phrases and (a OR b), nothing else",
                column,
                f"a zone goes around the whole: headline:(a {infix}/{count} b)",
            )
    return Near(left, right, count, infix == "ONEAR")


OPERATOR = Operator(
    name="near",
    spelling="a NEAR/5 b, a ONEAR/5 b",
    example="lithium NEAR/10 battery",
    infixes=("NEAR", "ONEAR"),
    join=_join,
)
