"""`first/100:x`: in the first 100 words, counted through the zones from the headline on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from news.document import Document, Window
from news.query.bound import Bound
from news.query.errors import QueryError
from news.query.operators.zone import refuse_placed
from news.query.tree import Binding, Clause, Hits, Nature, Operator, Windows, bracketed
from news.release import Zone

WORDS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class First:
    words: int
    clause: Clause

    nature: ClassVar[Nature] = Nature.PLACE
    binding: ClassVar[Binding] = Binding.UNIT

    def spans(self, document: Document, windows: Windows) -> Hits | None:  # noqa: ARG002 - places do not nest
        return self.clause.spans(document, self.windows(document))

    def windows(self, document: Document) -> tuple[Window, ...]:
        left = self.words
        first: list[Window] = []
        for window in document.whole():
            first.append(Window(window.zone, 0, min(window.stop, left)))
            left -= first[-1].stop
        return tuple(first)

    def bound(self, zones: frozenset[Zone] | None) -> Bound:
        return self.clause.bound(zones)

    def printed(self) -> str:
        return f"first/{self.words}:{bracketed(self.clause, Binding.UNIT)}"

    def parts(self) -> tuple[Clause, ...]:
        return (self.clause,)


def _enclose(name: str, count: int, clause: Clause, column: int) -> Clause:
    if not 1 <= count <= WORDS_MAX:
        raise QueryError(f"first/{count}: the number of words must lie between 1 and {WORDS_MAX}", column)
    refuse_placed(f"{name}/{count}", clause, column)
    return First(count, clause)


OPERATOR = Operator(
    name="first",
    spelling="first/100:x",
    example="first/100:chongqing",
    names=("first",),
    counted=True,
    enclose=_enclose,
)
