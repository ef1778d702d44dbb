"""`batter*`: words that begin so, before stemming.

A word matches when its folded, unstemmed form begins with the folded letters before the star: 3 or
more, in scripts without spaces 1. Words before the last (`blade-batter*`) must be equal, unstemmed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from news.document import Document, Window
from news.query.bound import Begins, Bound, Phrases
from news.query.phrases import sought_in
from news.query.tree import Binding, Clause, Hit, Hits, Nature, Operator, Windows
from news.release import Zone
from news.stemming import UNSTEMMED
from news.text import Sought, is_unspaced

LETTERS_MIN = 3


@dataclass(frozen=True, slots=True)
class Prefix:
    """`text` is what stands before the star."""

    text: str

    nature: ClassVar[Nature] = Nature.WORDS
    binding: ClassVar[Binding] = Binding.UNIT

    def spans(self, document: Document, windows: Windows) -> Hits | None:
        run = sought_in(self.text, UNSTEMMED)
        return [hit for window in windows for hit in _in_window(document, window, run)] or None

    def bound(self, zones: frozenset[Zone] | None) -> Bound:
        """Words before the last say nothing of terms: without its diacritics a word has another stem."""
        run = sought_in(self.text, UNSTEMMED)
        if all(is_unspaced(word) for word in run.terms):
            return Phrases(zones, (run.terms,), run.open_end)
        last = run.terms[-1]
        return Phrases(zones, ((last,),), run.open_end) if is_unspaced(last) else Begins(zones, last)

    def printed(self) -> str:
        return f"{self.text}*"

    def parts(self) -> tuple[Clause, ...]:
        return ()


def is_long_enough(text: str) -> bool:
    words = sought_in(text, UNSTEMMED).terms
    return bool(words) and (is_unspaced(words[-1]) or len(words[-1]) >= LETTERS_MIN)


def _in_window(document: Document, window: Window, run: Sought) -> Hits:
    standing = document.words(window.zone)
    before = list(run.terms[:-1])
    hits: Hits = []
    for position in sorted(document.words_from(window.zone, run.terms[-1])):
        first = position - len(before)
        last = first + run.positions - 1
        if window.first <= first and last < window.stop and standing[first:position] == before:
            hits.append(Hit(window.zone, first, last, ((first, last, run.cut),)))
    return hits


OPERATOR = Operator(name="prefix", spelling="begin*", example="batter*")
