"""`="Blade Battery"`, `=ACME`: exactly these letters, case and form.

The words stand where a phrase would be found, and each is written in the release as in the query,
character by character (NFC). What lies between the words counts as little as in a phrase.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar
from unicodedata import normalize

from news.document import Document
from news.query.bound import Bound
from news.query.phrases import bound_of, find, sought_in
from news.query.tree import Binding, Clause, Hit, Hits, Nature, Operator, Windows
from news.release import Zone
from news.stemming import UNSTEMMED
from news.text import analyze


@dataclass(frozen=True, slots=True)
class Exact:
    """`text` holds no quotation marks and single spaces."""

    text: str

    nature: ClassVar[Nature] = Nature.WORDS
    binding: ClassVar[Binding] = Binding.UNIT

    def spans(self, document: Document, windows: Windows) -> Hits | None:
        hits = find(document, windows, sought_in(self.text, document.language))
        return [hit for hit in hits if _is_written_so(document, hit, _written(self.text))] or None

    def bound(self, zones: frozenset[Zone] | None) -> Bound:
        return bound_of(self.text, zones)

    def printed(self) -> str:
        return f'="{self.text}"'

    def parts(self) -> tuple[Clause, ...]:
        return ()


@lru_cache(maxsize=10_000)
def _written(text: str) -> tuple[str, ...]:
    terms = analyze(text, UNSTEMMED)
    return tuple(normalize("NFC", text[s:e]) for s, e in zip(terms.starts, terms.ends, strict=True))


def _is_written_so(document: Document, hit: Hit, written: tuple[str, ...]) -> bool:
    starts, ends = document.offsets(hit.zone)
    text = document.release.zone(hit.zone)
    for position, form in zip(range(hit.first, hit.last + 1), written, strict=False):
        standing = normalize("NFC", text[starts[position] : ends[position]])
        is_cut = position == hit.last and hit.words[-1][2]
        if not (standing.startswith(form) if is_cut else standing == form):
            return False
    return True


OPERATOR = Operator(name="exact", spelling='=word, ="words"', example='="Blade Battery"')
