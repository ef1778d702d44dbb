"""`a OR b`: one of them is true, or both. AND binds tighter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from news.document import Document
from news.query.bound import Bound, any_of
from news.query.tree import Binding, Clause, Hits, Nature, Operator, Windows, bracketed
from news.release import Zone


@dataclass(frozen=True, slots=True)
class Or:
    clauses: tuple[Clause, ...]

    nature: ClassVar[Nature] = Nature.CHOICE
    binding: ClassVar[Binding] = Binding.OR

    def spans(self, document: Document, windows: Windows) -> Hits | None:
        """The hits of all clauses that are true, so that all of them are shown."""
        found = [hits for clause in self.clauses if (hits := clause.spans(document, windows)) is not None]
        return [hit for hits in found for hit in hits] if found else None

    def bound(self, zones: frozenset[Zone] | None) -> Bound:
        return any_of(clause.bound(zones) for clause in self.clauses)

    def printed(self) -> str:
        return " OR ".join(bracketed(clause, Binding.AND) for clause in self.clauses)

    def parts(self) -> tuple[Clause, ...]:
        return self.clauses


OPERATOR = Operator(name="or", spelling="a OR b", example="chongqing OR 重庆")
