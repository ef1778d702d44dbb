"""`atleast/3:x`: three times or more, counting hits that do not overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from news.document import ZONES, Document
from news.query.bound import Bound
from news.query.errors import QueryError
from news.query.tree import Binding, Clause, Hits, Nature, Operator, Windows, bracketed, walk
from news.release import Zone

TIMES_MAX = 1_000
_MAY_COUNT = frozenset({Nature.WORDS, Nature.CHOICE, Nature.PROXIMITY, Nature.PLACE})


@dataclass(frozen=True, slots=True)
class AtLeast:
    times: int
    clause: Clause

    nature: ClassVar[Nature] = Nature.COUNT
    binding: ClassVar[Binding] = Binding.UNIT

    def spans(self, document: Document, windows: Windows) -> Hits | None:
        hits = self.clause.spans(document, windows)
        return hits if hits is not None and apart(hits) >= self.times else None

    def bound(self, zones: frozenset[Zone] | None) -> Bound:
        return self.clause.bound(zones)

    def printed(self) -> str:
        return f"atleast/{self.times}:{bracketed(self.clause, Binding.UNIT)}"

    def parts(self) -> tuple[Clause, ...]:
        return (self.clause,)


def apart(hits: Hits) -> int:
    """The largest number of hits of which no two overlap."""
    count = 0
    free = (-1, 0)
    for zone, last, first in sorted((ZONES.index(hit.zone), hit.last, hit.first) for hit in hits):
        if (zone, first) >= free:
            count += 1
            free = (zone, last + 1)
    return count


def _enclose(name: str, count: int, clause: Clause, column: int) -> Clause:
    if not 1 <= count <= TIMES_MAX:
        raise QueryError(f"{name}/{count}: the number of times must lie between 1 and {TIMES_MAX}", column)
    if any(inner.nature not in _MAY_COUNT for inner in walk(clause)):
        raise QueryError(f"{name} counts words, phrases, (a OR b) and a NEAR/5 b, nothing else", column)
    return AtLeast(count, clause)


OPERATOR = Operator(
    name="atleast",
    spelling="atleast/3:x",
    example="atleast/3:battery",
    names=("atleast",),
    counted=True,
    enclose=_enclose,
)
