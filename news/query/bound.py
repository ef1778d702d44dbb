"""Necessary conditions of a query, in a small closed algebra.

A release of which a query is true satisfies the query's bound; the converse need not hold: the
evaluator decides. The rule index files rules by their bounds, the archive writes them as SQL. Who
cannot express a part may read it as `Everything()`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from news.release import Zone


@dataclass(frozen=True, slots=True)
class Everything:
    """True of every release."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """True of no release."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """`near`: moreover one part's words end and the other's begin at most so many positions apart, in one zone.

    Who cannot express that reads the parts alone.
    """

    parts: tuple[Bound, ...]
    near: int | None = None


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    """One of these sequences of analysed terms stands side by side in one of the zones.

    `zones` None: in any zone. There is one alternative per analyzer language, equal ones once.
    `open_end`: the last term of each is a prefix of the term that stands there. `languages`: in which
    analyzer languages (`Document.language`) each alternative is the one, none: in any; empty: so are all.
    """

    zones: frozenset[Zone] | None
    alternatives: tuple[tuple[str, ...], ...]
    open_end: bool = False
    languages: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Begins:
    """A word of one of the zones, folded but not stemmed (`Document.words`), begins with `letters`.

    `zones` None: of any zone.
    """

    zones: frozenset[Zone] | None
    letters: str


@dataclass(frozen=True, slots=True)
class Field:
    """`value` is among `Document.values(name)`; both folded by `news.document.fold_value`.

    For `wire`, `kind` and `topic` that is equality; a `lang` also names narrower tags (`zh`:
    `zh-Hans`), a `ticker` may lack its exchange, an `issuer` or `place` is a run of words of the name.
    """

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Published:
    """`after` ≤ published_at < `before`, aware UTC, None: open. False without a published_at."""

    after: datetime | None = None
    before: datetime | None = None


Bound = Everything | Nothing | AllOf | AnyOf | Phrases | Begins | Field | Published


def all_of(parts: Iterable[Bound]) -> Bound:
    """The conjunction, flattened, without parts that say nothing."""
    kept: list[Bound] = []
    for part in parts:
        match part:
            case Nothing():
                return part
            case Everything():
                continue
            case AllOf(inner, None):
                kept += inner
            case _:
                kept.append(part)
    unique = tuple(dict.fromkeys(kept))
    if not unique:
        return Everything()
    return unique[0] if len(unique) == 1 else AllOf(unique)


def any_of(parts: Iterable[Bound]) -> Bound:
    """The disjunction, flattened, without parts that cannot be."""
    kept: list[Bound] = []
    for part in parts:
        match part:
            case Everything():
                return part
            case Nothing():
                continue
            case AnyOf(inner):
                kept += inner
            case _:
                kept.append(part)
    unique = tuple(dict.fromkeys(kept))
    if not unique:
        return Nothing()
    return unique[0] if len(unique) == 1 else AnyOf(unique)
