"""`chongqing`: the word, in any inflection.

A word `t` matches a word `w` of a release exactly when `analyze(t, L) == analyze(w, L)`, L being the
analyzer language of that word. A word that the analyzer takes apart (`blade-battery`, `重庆`) matches
where its terms stand side by side; in scripts without spaces that is anywhere in the running text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from news.document import Document
from news.query.bound import Bound
from news.query.phrases import bound_of, find, sought_in
from news.query.tree import Binding, Clause, Hits, Nature, Operator, Windows
from news.release import Zone


@dataclass(frozen=True, slots=True)
class Word:
    text: str

    nature: ClassVar[Nature] = Nature.WORDS
    binding: ClassVar[Binding] = Binding.UNIT

    def spans(self, document: Document, windows: Windows) -> Hits | None:
        return find(document, windows, sought_in(self.text, document.language)) or None

    def bound(self, zones: frozenset[Zone] | None) -> Bound:
        return bound_of(self.text, zones)

    def printed(self) -> str:
        return self.text

    def parts(self) -> tuple[Clause, ...]:
        return ()


OPERATOR = Operator(name="word", spelling="word", example="chongqing")
