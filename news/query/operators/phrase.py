"""`"blade battery"`: these words in this order, side by side, each in any inflection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from news.document import Document
from news.query.bound import Bound
from news.query.phrases import bound_of, find, sought_in
from news.query.tree import Binding, Clause, Hits, Nature, Operator, Windows
from news.release import Zone


@dataclass(frozen=True, slots=True)
class Phrase:
    """`text` holds no quotation marks and single spaces."""

    text: str

    nature: ClassVar[Nature] = Nature.WORDS
    binding: ClassVar[Binding] = Binding.UNIT

    def spans(self, document: Document, windows: Windows) -> Hits | None:
        return find(document, windows, sought_in(self.text, document.language)) or None

    def bound(self, zones: frozenset[Zone] | None) -> Bound:
        return bound_of(self.text, zones)

    def printed(self) -> str:
        return f'"{self.text}"'

    def parts(self) -> tuple[Clause, ...]:
        return ()


OPERATOR = Operator(name="phrase", spelling='"words side by side"', example='"blade battery"')
