"""`a b`, `a AND b`: both are true, anywhere in the release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from news.document import Document
from news.query.bound import Bound, all_of
from news.query.tree import Binding, Clause, Hits, Nature, Operator, Windows, bracketed
from news.release import Zone


@dataclass(frozen=True, slots=True)
class And:
    clauses: tuple[Clause, ...]

    nature: ClassVar[Nature] = Nature.BOOLEAN
    binding: ClassVar[Binding] = Binding.AND

    def spans(self, document: Document, windows: Windows) -> Hits | None:
        hits: Hits = []
        for clause in self.clauses:
            found = clause.spans(document, windows)
            if found is None:
                return None
            hits += found
        return hits

    def bound(self, zones: frozenset[Zone] | None) -> Bound:
        return all_of(clause.bound(zones) for clause in self.clauses)

    def printed(self) -> str:
        return " AND ".join(bracketed(clause, Binding.NOT) for clause in self.clauses)

    def parts(self) -> tuple[Clause, ...]:
        return self.clauses


OPERATOR = Operator(name="and", spelling="a b, a AND b", example="chongqing AND battery")
