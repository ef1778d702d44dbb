"""`@chongqing`: one of the variants of a named list, as if they stood there joined by OR."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import ClassVar

from news.document import Document
from news.query.bound import Bound
from news.query.errors import QueryError
from news.query.operators.disjunction import Or
from news.query.operators.phrase import Phrase
from news.query.packs import VARIANTS_MAX, Packs
from news.query.tree import Binding, Clause, Hits, Nature, Operator, Windows
from news.release import Zone
from news.stemming import UNSTEMMED
from news.text import analyze

_REMEMBERED_MAX = 1_000  # packs; a rule set names few, and each in many of its rules


@dataclass(frozen=True, slots=True)
class Pack:
    """`clause` is what the name stood for when the query was read."""

    name: str
    clause: Clause

    nature: ClassVar[Nature] = Nature.CHOICE
    binding: ClassVar[Binding] = Binding.UNIT

    def spans(self, document: Document, windows: Windows) -> Hits | None:
        return self.clause.spans(document, windows)

    def bound(self, zones: frozenset[Zone] | None) -> Bound:
        return self.clause.bound(zones)

    def printed(self) -> str:
        return f"@{self.name}"

    def parts(self) -> tuple[Clause, ...]:
        return (self.clause,)


def pack(name: str, packs: Packs, column: int) -> Pack:
    """The pack of that name, whatever its case.

    Raises:
        QueryError: there is none, or it holds nothing to look for or too much.
    """
    variants = packs.get(name)
    if variants is None:
        raise _unknown(name, packs, column)
    if not 1 <= len(variants) <= VARIANTS_MAX:
        raise QueryError(f"the pack @{name} must hold 1 to {VARIANTS_MAX} variants, not {len(variants)}", column)
    wrong, clause = _any_of(tuple(variants))
    if clause is None:
        raise QueryError(f"the pack @{name} holds {wrong!r}, which is no word or phrase", column)
    return Pack(name, clause)


@lru_cache(maxsize=_REMEMBERED_MAX)
def _any_of(variants: tuple[str, ...]) -> tuple[str, Clause | None]:
    """What the variants stand for; None if one of them, named before it, is no word or phrase."""
    for variant in variants:
        if '"' in variant or not analyze(variant, UNSTEMMED).terms:
            return variant, None
    phrases = tuple(Phrase(" ".join(variant.split())) for variant in variants)
    return "", phrases[0] if len(phrases) == 1 else Or(phrases)


def _unknown(name: str, packs: Packs, column: int) -> QueryError:
    near = get_close_matches(name, [*packs], 1, 0.6)
    if near:
        return QueryError(f"there is no term pack @{name}", column, f"did you mean @{near[0]}?")
    known = ", ".join(f"@{known}" for known in sorted(packs)) or "none"
    return QueryError(f"there is no term pack @{name}", column, f'for the text write "@{name}"; packs: {known}')


OPERATOR = Operator(name="pack", spelling="@name", example="@chongqing")
