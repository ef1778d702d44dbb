"""A query's bound as SQL: conditions that every release satisfies of which the query is true.

What the full-text index can say is said to it in one expression; dates become a range of ids.
What neither can say is left out: the evaluator decides in any case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select, text, true

from news.query.bound import AllOf, AnyOf, Begins, Bound, Everything, Field, Nothing, Phrases, Published
from storage.engines.contract import FullText, TermsBeginning
from storage.fields import FIELDS, STEMS, field_phrase
from storage.spoken import near, spoken
from storage.tables import RELEASE
from storage.work import day_of

# `alternatives` is one per analyzer language; FTS5 takes them all in one expression.
ALTERNATIVES_MAX = 64
_IDS_A_DAY_BITS = 24


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A bound in the words of the database.

    `expression`: what the full-text index is asked, None if it narrows nothing. `low` ≤ id < `high`, scalar
    expressions, None if open. `rest`: a condition on columns of `release`.
    """

    expression: str | None
    low: ColumnElement[int] | None
    high: ColumnElement[int] | None
    rest: ColumnElement[bool]


def narrowed(bound: Bound, full_text: FullText | None, terms: TermsBeginning) -> Narrowed:
    """The bound as the database whose index is `full_text` can say it; None: as it can without any."""
    said = _Said(full_text, terms)
    parts = bound.parts if isinstance(bound, AllOf) and bound.near is None else (bound,)
    told = [(part, said.match(part)) for part in parts]
    expressions = [expression for _, expression in told if expression is not None]
    dates = [part for part in parts if isinstance(part, Published)]
    rest = (said.condition(part) for part, expression in told if expression is None)
    return Narrowed(
        expression=full_text.joined("AND", expressions) if full_text is not None and expressions else None,
        low=_lowest(date.after for date in dates),
        high=_highest(date.before for date in dates),
        rest=and_(true(), *rest),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """Bounds in the words of one database."""

    full_text: FullText | None
    terms: TermsBeginning

    def condition(self, bound: Bound) -> ColumnElement[bool]:
        """The condition on columns for a bound; what the index can say is a subquery here."""
        expression = self.match(bound)
        if self.full_text is not None and expression is not None:
            rows = select(self.full_text.key).select_from(text("release_fts")).where(self.full_text.matches(expression))
            return RELEASE.c.id.in_(rows)
        match bound:
            case Nothing():
                return false()
            case AllOf(parts=parts):
                return and_(true(), *map(self.condition, parts))
            case AnyOf(parts=parts):
                return or_(false(), *map(self.condition, parts))
            case Published(after=after, before=before):
                return _published(after, before)
            case Everything() | Phrases() | Begins() | Field():
                return true()

    def match(self, bound: Bound) -> str | None:
        """The bound in the index's words, None if it cannot say it."""
        return None if self.full_text is None else self._in_words(bound, self.full_text)

    def _in_words(self, bound: Bound, index: FullText) -> str | None:
        match bound:
            case Phrases(languages=()):
                sayable = 0 < len(bound.alternatives) <= ALTERNATIVES_MAX and all(bound.alternatives)
                return index.phrases(bound) if sayable else None
            case Phrases():
                return self._in_words(spoken(bound), index)
            case Begins():
                return index.beginning(bound, self.terms)
            case Field(name=name, value=value):
                phrase = field_phrase(name, value) if name in {*FIELDS, STEMS} else ()
                return index.field(phrase) if phrase else None
            case AllOf() | AnyOf():
                return self._joined(bound, index)
            case _:
                return None

    def _joined(self, bound: AllOf | AnyOf, index: FullText) -> str | None:
        match bound:
            case AllOf(parts=(Phrases() as one, Phrases() as other), near=int(positions)):
                if one.zones == other.zones and not (one.languages or other.languages):
                    return index.near(one, other, positions)
                if (pairs := near(one, other, positions)) is not None:
                    return self._in_words(pairs, index)
        expressions = [self._in_words(part, index) for part in bound.parts]
        known = [expression for expression in expressions if expression is not None]
        if len(known) != len(expressions):
            return None
        return index.joined("AND" if isinstance(bound, AllOf) else "OR", known)


def _published(after: datetime | None, before: datetime | None) -> ColumnElement[bool]:
    """The id range of the days, or the few published on another day than their id's."""
    ids, stamps = [], [RELEASE.c.off_day == 1]
    if after is not None:
        ids.append(RELEASE.c.id >= day_of(after) << _IDS_A_DAY_BITS)
        stamps.append(RELEASE.c.published_at >= after)
    if before is not None:
        ids.append(RELEASE.c.id < _day_after(before) << _IDS_A_DAY_BITS)
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
    return _lesser(day, func.coalesce(astray.scalar_subquery(), day))


def _highest(before: Iterable[datetime | None]) -> ColumnElement[int] | None:
    """Every release published before has an id below this."""
    earliest = min((at for at in before if at is not None), default=None)
    if earliest is None:
        return None
    day = _day_after(earliest) << _IDS_A_DAY_BITS
    astray = select(func.max(RELEASE.c.id) + 1).where(RELEASE.c.off_day == 1, RELEASE.c.published_at < earliest)
    return _greater(day, func.coalesce(astray.scalar_subquery(), day))


def _day_after(before: datetime) -> int:
    """The first day on which nothing is before that."""
    return day_of(before - timedelta(microseconds=1)) + 1


def _lesser(one: int, other: ColumnElement[int]) -> ColumnElement[int]:
    """The databases call it `min` and `least`; CASE they have in common."""
    return case((other < one, other), else_=one)


def _greater(one: int, other: ColumnElement[int]) -> ColumnElement[int]:
    return case((other > one, other), else_=one)
