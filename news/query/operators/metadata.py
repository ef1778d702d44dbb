"""`wire:x`, `issuer:"x y"`, `ticker:NASDAQ:ACME`, `lang:zh`, `topic:x`, `place:x`, `kind:correction`.

What is known about the release besides its text; gives no hit. Case and width do not count. A wire,
topic or kind is named in full; a language also by its first part (`zh` for `zh-Hans`); a ticker also
without its exchange; an issuer or place by any run of its words.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar

from news.document import Document, fold_value
from news.query.bound import Bound, Field
from news.query.errors import QueryError
from news.query.tree import Binding, Clause, Hits, Nature, Operator, Windows
from news.release import Kind, Zone

NAMES = ("wire", "issuer", "ticker", "lang", "topic", "place", "kind")


@dataclass(frozen=True, slots=True)
class Metadata:
    """`value` is folded as `fold_value` does."""

    name: str
    value: str

    nature: ClassVar[Nature] = Nature.METADATA
    binding: ClassVar[Binding] = Binding.UNIT

    def spans(self, document: Document, windows: Windows) -> Hits | None:  # noqa: ARG002 - not about the text
        return [] if self.value in document.values(self.name) else None

    def bound(self, zones: frozenset[Zone] | None) -> Bound:  # noqa: ARG002 - not about the text
        return Field(self.name, self.value)

    def printed(self) -> str:
        return f'{self.name}:"{self.value}"'

    def parts(self) -> tuple[Clause, ...]:
        return ()


def _state(name: str, value: str, column: int) -> Clause:
    folded = fold_value(name, value)
    if not folded:
        raise QueryError(f"expected a name after {name}:", column)
    if name == "kind" and folded not in set(Kind):
        near = get_close_matches(folded, list(Kind), 1)
        hint = f"did you mean kind:{near[0]}?" if near else f"one of {', '.join(Kind)}"
        raise QueryError(f"there is no kind {value!r}", column, hint)
    return Metadata(name, folded)


OPERATOR = Operator(name="metadata", spelling="wire:x", example="wire:acme-newsroom", names=NAMES, state=_state)
