"""`NOT a`, `-a`: it is not true. Gives no hit; a query needs something else beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from news.document import Document
from news.query.bound import Bound, Everything
from news.query.tree import Binding, Clause, Hits, Nature, Operator, Windows, bracketed
from news.release import Zone


@dataclass(frozen=True, slots=True)
class Not:
    clause: Clause

    nature: ClassVar[Nature] = Nature.BOOLEAN
    binding: ClassVar[Binding] = Binding.NOT

    def spans(self, document: Document, windows: Windows) -> Hits | None:
        return [] if self.clause.spans(document, windows) is None else None

    def bound(self, zones: frozenset[Zone] | None) -> Bound:  # noqa: ARG002 - the same in all zones
        """The absence of a necessary condition proves nothing, so a NOT has no bound."""
        return Everything()

    def printed(self) -> str:
        return f"NOT {bracketed(self.clause, Binding.NOT)}"

    def parts(self) -> tuple[Clause, ...]:
        return (self.clause,)


OPERATOR = Operator(name="not", spelling="NOT a, -a", example="battery -tender")
