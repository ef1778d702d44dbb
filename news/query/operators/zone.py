"""`headline:x`, `subtitle:`, `dateline:`, `lead:`, `body:`, `boilerplate:`, `contact:`: in that zone.

The lead is one paragraph of the body: its hits are reported as the body's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from news.document import Document, Window
from news.query.bound import Bound
from news.query.errors import QueryError
from news.query.tree import Binding, Clause, Hits, Nature, Operator, Windows, bracketed, walk
from news.release import Zone

LEAD = "lead"
NAMES = (*(zone.value for zone in Zone), LEAD)


@dataclass(frozen=True, slots=True)
class InZone:
    """`name` is a zone's, or `lead`."""

    name: str
    clause: Clause

    nature: ClassVar[Nature] = Nature.PLACE
    binding: ClassVar[Binding] = Binding.UNIT

    def spans(self, document: Document, windows: Windows) -> Hits | None:  # noqa: ARG002 - places do not nest
        return self.clause.spans(document, self.windows(document))

    def windows(self, document: Document) -> tuple[Window, ...]:
        if self.name == LEAD:
            return (document.lead(),)
        zone = Zone(self.name)
        return (Window(zone, 0, document.length(zone)),)

    def bound(self, zones: frozenset[Zone] | None) -> Bound:  # noqa: ARG002 - places do not nest
        return self.clause.bound(frozenset({Zone.BODY if self.name == LEAD else Zone(self.name)}))

    def printed(self) -> str:
        return f"{self.name}:{bracketed(self.clause, Binding.UNIT)}"

    def parts(self) -> tuple[Clause, ...]:
        return (self.clause,)


def refuse_placed(name: str, clause: Clause, column: int) -> None:
    """Places and metadata do not stand within a place.

    Raises:
        QueryError: one does.
    """
    for inner in walk(clause):
        if inner.nature in (Nature.PLACE, Nature.METADATA):
            raise QueryError(
                f"{name}: looks into one place of the text; {inner.printed()} cannot stand within it",
                column,
                f"join them with AND: {name}:a AND {inner.printed()}",
            )


def _enclose(name: str, count: int, clause: Clause, column: int) -> Clause:  # noqa: ARG001 - zones take no number
    refuse_placed(name, clause, column)
    return InZone(name, clause)


OPERATOR = Operator(name="zone", spelling="headline:x", example="headline:chongqing", names=NAMES, enclose=_enclose)
