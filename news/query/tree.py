"""What a parsed query is made of, and how a clause answers.

A clause is asked of a document within windows: stretches of term positions, at first all zones.
It answers None where it is not true, else the hits that made it so; metadata and NOT are true
without hits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import ClassVar, NamedTuple, Protocol

from news.document import Document, Window
from news.query.bound import Bound
from news.release import Zone


class Hit(NamedTuple):
    """The term positions `first` to `last` (inclusive) of a zone, found together.

    `words` are the parts of it that were asked for: first and last position likewise, and whether
    the last is cut: of its term, a bigram, only the first character was asked for.
    """

    zone: Zone
    first: int
    last: int
    words: tuple[tuple[int, int, bool], ...]


Hits = list[Hit]
Windows = Sequence[Window]


class Nature(StrEnum):
    """What a clause is, by which the parser decides where it may stand."""

    WORDS = "words"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    PROXIMITY = "proximity"
    COUNT = "count"
    PLACE = "place"
    METADATA = "metadata"


class Binding(IntEnum):
    """How tightly a clause's parts hang together; a looser one stands in parentheses."""

    OR = 0
    AND = 1
    NOT = 2
    NEAR = 3
    UNIT = 4


class Clause(Protocol):
    """One node of a query. Implementations are frozen, comparable, hashable dataclasses."""

    nature: ClassVar[Nature]
    binding: ClassVar[Binding]

    def spans(self, document: Document, windows: Windows) -> Hits | None:
        """The hits that make the clause true within the windows; None: it is false."""
        ...

    def bound(self, zones: frozenset[Zone] | None) -> Bound:
        """A condition that any release must fulfil of which the clause is true within `zones`."""
        ...

    def printed(self) -> str:
        """The canonical spelling; parsed again it is an equal clause."""
        ...

    def parts(self) -> tuple[Clause, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One form of the language: how it is written, and how the parser makes a clause of it.

    `example` is a query that parses. `names` introduce the form before a colon: `enclose(name,
    count, part, column)` makes it from the clause that follows, where `counted` with a number
    before the colon (`first/100:`); `state(name, value, column)` from a bare value. `infixes` stand
    between two clauses with a number (`NEAR/5`): `join(infix, count, left, right, column)`.
    All of these raise QueryError at `column`.
    """

    name: str
    spelling: str
    example: str
    names: tuple[str, ...] = ()
    counted: bool = False
    enclose: Callable[[str, int, Clause, int], Clause] | None = None
    state: Callable[[str, str, int], Clause] | None = None
    infixes: tuple[str, ...] = ()
    join: Callable[[str, int, Clause, Clause, int], Clause] | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. Two are equal if they ask the same in the same order.

    `text` is what was written; `hints` are remarks for its author (a lower-case `and` is a word).
    """

    root: Clause
    text: str = field(compare=False, default="")
    hints: tuple[str, ...] = field(compare=False, default=())


def walk(clause: Clause) -> Iterator[Clause]:
    """The clause and all beneath it."""
    yield clause
    for part in clause.parts():
        yield from walk(part)


def bracketed(clause: Clause, loosest: Binding) -> str:
    """The clause's spelling, in parentheses if it hangs together more loosely than `loosest`."""
    printed = clause.printed()
    return printed if clause.binding >= loosest else f"({printed})"
