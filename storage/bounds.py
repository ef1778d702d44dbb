"""A query's bound as SQL: a condition on `release` rows that every true answer satisfies.

What the full-text index can say is said to it in one MATCH expression; a part it cannot say becomes
a condition on columns, or `true` where no column can say it. The evaluator decides in any case.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, literal_column, or_, select, text, true
from sqlalchemy.sql.expression import bindparam

from news.query.bound import AllOf, AnyOf, Bound, Everything, Field, Nothing, Phrases, Published
from storage.tables import RELEASE
from storage.work import day_of

# `alternatives` is one per analyzer language; FTS5 takes them all in one expression.
ALTERNATIVES_MAX = 64


def condition(bound: Bound) -> ColumnElement[bool]:  # noqa: PLR0911 - one line for each kind of bound
    """The condition for a bound."""
    expression = _match(bound)
    if expression is not None:
        return _matches(expression)
    match bound:
        case Everything():
            return true()
        case Nothing():
            return false()
        case AllOf(parts=parts):
            return _all_of(parts)
        case AnyOf(parts=parts):
            return or_(false(), *(condition(part) for part in parts))
        case Published(after=after, before=before):
            return _published(after, before)
        case Field(name=name, value=value):
            return _field(name, value)
        case Phrases():
            return true()


def _all_of(parts: Iterable[Bound]) -> ColumnElement[bool]:
    """The parts that the index can say are said to it together: it walks the rarest first."""
    said = [(part, _match(part)) for part in parts]
    expressions = [expression for _, expression in said if expression is not None]
    conditions = [condition(part) for part, expression in said if expression is None]
    if expressions:
        conditions.insert(0, _matches(" AND ".join(f"({expression})" for expression in expressions)))
    return and_(true(), *conditions)


def _matches(expression: str) -> ColumnElement[bool]:
    rows: Select[Any] = (
        select(literal_column("rowid"))
        .select_from(text("release_fts"))
        .where(text("release_fts MATCH :expression").bindparams(bindparam("expression", expression, unique=True)))
    )
    return RELEASE.c.id.in_(rows)


def match_expression(bound: Bound) -> tuple[str | None, ColumnElement[bool]]:
    """A bound as (MATCH expression, condition on the rest): one walk of the index, newest first."""
    if (expression := _match(bound)) is not None:
        return expression, true()
    if not isinstance(bound, AllOf):
        return None, condition(bound)
    said = [(part, _match(part)) for part in bound.parts]
    expressions = [expression for _, expression in said if expression is not None]
    rest = and_(true(), *(condition(part) for part, expression in said if expression is None))
    return (" AND ".join(f"({expression})" for expression in expressions) if expressions else None), rest


def _match(bound: Bound) -> str | None:
    """The bound in FTS5's words, None if it cannot say it."""
    match bound:
        case Phrases():
            return _phrases(bound)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            expressions = [_match(part) for part in parts]
            if any(expression is None for expression in expressions):
                return None
            word = " AND " if isinstance(bound, AllOf) else " OR "
            return word.join(f"({expression})" for expression in expressions)
        case _:
            return None


def _phrases(bound: Phrases) -> str | None:
    """FTS5 quotes terms, so that none is read as one of its operators; terms hold no quotes."""
    if not bound.alternatives or len(bound.alternatives) > ALTERNATIVES_MAX or not all(bound.alternatives):
        return None
    star = " *" if bound.open_end else ""
    told = " OR ".join(" + ".join(f'"{term}"' for term in terms) + star for terms in bound.alternatives)
    if bound.zones is None:
        return told
    columns = " ".join(sorted(zone.value for zone in bound.zones))
    return f"{{{columns}}} : ({told})"


def _published(after: datetime | None, before: datetime | None) -> ColumnElement[bool]:
    """The id range of the days, or the few published on another day than their id's."""
    ids, stamps = [], [RELEASE.c.off_day == 1]
    if after is not None:
        ids.append(RELEASE.c.id >= day_of(after) << 24)
        stamps.append(RELEASE.c.published_at >= after)
    if before is not None:
        ids.append(RELEASE.c.id < (day_of(before) + 1) << 24)
        stamps.append(RELEASE.c.published_at < before)
    return or_(and_(true(), *ids), and_(*stamps))


def _field(name: str, value: str) -> ColumnElement[bool]:
    match name:
        case "wire" if value.isascii():
            return func.lower(RELEASE.c.wire) == value
        case "kind":
            return RELEASE.c.kind == value
        case "lang" if value.isascii():
            folded = func.lower(RELEASE.c.language)
            return or_(folded == value, folded.like(f"{value}-%"))
        case "issuer":
            return RELEASE.c.issuer.is_not(None)
        case _:
            return true()
