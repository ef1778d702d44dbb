"""A query's bound as SQL: conditions that every release satisfies of which the query is true.

What the full-text index can say is said to it in one MATCH expression; dates become a range of ids.
What neither can say is left out: the evaluator decides in any case.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, literal_column, or_, select, text, true
from sqlalchemy.sql.expression import bindparam

from news.query.bound import AllOf, AnyOf, Bound, Everything, Field, Nothing, Phrases, Published
from storage.columns import storable
from storage.fields import FIELDS, field_phrase
from storage.tables import RELEASE
from storage.work import day_of

# `alternatives` is one per analyzer language; FTS5 takes them all in one expression.
ALTERNATIVES_MAX = 64
_IDS_A_DAY_BITS = 24


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A bound in the words of the database.

    `expression`: a MATCH expression, None if the index narrows nothing. `low` ≤ id < `high`, scalar
    expressions, None if open. `rest`: a condition on columns of `release`.
    """

    expression: str | None
    low: ColumnElement[int] | None
    high: ColumnElement[int] | None
    rest: ColumnElement[bool]


def narrowed(bound: Bound) -> Narrowed:
    parts = bound.parts if isinstance(bound, AllOf) else (bound,)
    said = [(part, _match(part)) for part in parts]
    expressions = [expression for _, expression in said if expression is not None]
    dates = [part for part in parts if isinstance(part, Published)]
    return Narrowed(
        expression=_joined("AND", expressions) if expressions else None,
        low=_lowest(date.after for date in dates),
        high=_highest(date.before for date in dates),
        rest=and_(true(), *(_condition(part) for part, expression in said if expression is None)),
    )


def _condition(bound: Bound) -> ColumnElement[bool]:
    """The condition on columns for a bound; what the index can say is a subquery here."""
    expression = _match(bound)
    if expression is not None:
        return _matches(expression)
    match bound:
        case Nothing():
            return false()
        case AllOf(parts=parts):
            return and_(true(), *(_condition(part) for part in parts))
        case AnyOf(parts=parts):
            return or_(false(), *(_condition(part) for part in parts))
        case Published(after=after, before=before):
            return _published(after, before)
        case Everything() | Phrases() | Field():
            return true()


def _matches(expression: str) -> ColumnElement[bool]:
    rows: Select[Any] = (
        select(literal_column("rowid"))
        .select_from(text("release_fts"))
        .where(text("release_fts MATCH :expression").bindparams(bindparam("expression", expression, unique=True)))
    )
    return RELEASE.c.id.in_(rows)


def _match(bound: Bound) -> str | None:
    """The bound in FTS5's words, None if it cannot say it."""
    match bound:
        case Phrases():
            return _phrases(bound)
        case Field(name=name, value=value):
            phrase = field_phrase(name, value) if name in FIELDS else ()
            return _quoted(phrase) if phrase else None
        case AllOf(parts=parts) | AnyOf(parts=parts):
            expressions = [_match(part) for part in parts]
            known = [expression for expression in expressions if expression is not None]
            if len(known) != len(expressions):
                return None
            return _joined("AND" if isinstance(bound, AllOf) else "OR", known)
        case _:
            return None


def _joined(word: str, expressions: Sequence[str]) -> str:
    return expressions[0] if len(expressions) == 1 else f" {word} ".join(f"({each})" for each in expressions)


def _phrases(bound: Phrases) -> str | None:
    if not bound.alternatives or len(bound.alternatives) > ALTERNATIVES_MAX or not all(bound.alternatives):
        return None
    star = " *" if bound.open_end else ""
    told = " OR ".join(_quoted(terms) + star for terms in bound.alternatives)
    if bound.zones is None:
        # Names of fields begin otherwise than any term, so the column that holds them need not be left out.
        return told
    columns = " ".join(sorted(zone.value for zone in bound.zones))
    return f"{{{columns}}} : ({told})"


def _quoted(terms: Sequence[str]) -> str:
    """Side by side; quoted, so that none is read as one of FTS5's operators. Terms hold no quotes."""
    return " + ".join(f'"{storable(term)}"' for term in terms)


def _published(after: datetime | None, before: datetime | None) -> ColumnElement[bool]:
    """The id range of the days, or the few published on another day than their id's."""
    ids, stamps = [], [RELEASE.c.off_day == 1]
    if after is not None:
        ids.append(RELEASE.c.id >= day_of(after) << _IDS_A_DAY_BITS)
        stamps.append(RELEASE.c.published_at >= after)
    if before is not None:
        ids.append(RELEASE.c.id < (day_of(before) + 1) << _IDS_A_DAY_BITS)
        stamps.append(RELEASE.c.published_at < before)
    return or_(and_(true(), *ids), and_(*stamps))


def _lowest(after: Iterable[datetime | None]) -> ColumnElement[int] | None:
    """No release published since has an id below this, off-day ones included.

    A condition of its own beside `_published`: an OR does not tell an index where to begin.
    """
    latest = max((at for at in after if at is not None), default=None)
    if latest is None:
        return None
    day = day_of(latest) << _IDS_A_DAY_BITS
    astray = select(func.min(RELEASE.c.id)).where(RELEASE.c.off_day == 1, RELEASE.c.published_at >= latest)
    return func.min(day, func.coalesce(astray.scalar_subquery(), day))


def _highest(before: Iterable[datetime | None]) -> ColumnElement[int] | None:
    """Every release published before has an id below this."""
    earliest = min((at for at in before if at is not None), default=None)
    if earliest is None:
        return None
    day = (day_of(earliest) + 1) << _IDS_A_DAY_BITS
    astray = select(func.max(RELEASE.c.id) + 1).where(RELEASE.c.off_day == 1, RELEASE.c.published_at < earliest)
    return func.max(day, func.coalesce(astray.scalar_subquery(), day))
