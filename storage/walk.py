"""Walking down the releases that a bound lets through, newest first, in steps that are short each.

SQLite's full-text index is walked backwards within a range of ids: first the newest of the archive, then
ever longer ranges, so that a rare conjunction of common words does not hold the walk for a whole archive
at once. PostgreSQL is asked for all of it, and in ranges once that has taken too long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, bindparam, select, text

from news.query.bound import Bound
from news.release import Zone
from storage.bounds import Narrowed, narrowed
from storage.database import Database
from storage.engines.contract import FullText
from storage.errors import StorageError
from storage.forms import terms_beginning
from storage.heads import is_head
from storage.tables import ARCHIVE, DAY, RELEASE, TERMS
from storage.work import ID_BITS

CHUNK = 100
# Releases in the first range; the next ones are longer, unless one took that long.
RANGE, GROWTH, RANGE_S = 20_000, 4, 0.25
# On PostgreSQL, when all of it took too long: what it looks through one by one in some hundred ms.
RANGE_AFTER_TIMEOUT, RANGE_MIN = 4_000, 100
STATEMENT_MIN_S = 1.0
_DAYS_AT_ONCE = 400
TOP = 1 << 62

# Seconds that are left; None where it may take as long as it takes.
Left = Callable[[], float]


class Step(NamedTuple):
    """Rows of `release` with their terms, newest first; all with an id of `passed` or more were seen. None: all."""

    rows: Sequence[Any]
    passed: int | None


def walk(
    database: Database, condition: Bound, *, cursor: int | None, first: int, heads: bool, left: Left | None = None
) -> Iterator[Step]:
    """The releases below `cursor` that the bound lets through; the first step has at most `first` rows.

    Releases whose index is behind (`archive_info.stale_below`) are walked without it. With `left` a step
    takes some of the time that is left, and no more than a second beyond it.
    """
    return iter(_Walk(database, condition, cursor, first, heads=heads, left=left))


@dataclass(frozen=True, slots=True)
class Stretch:
    """The releases with `low` ≤ id < `high`, and how they are asked for."""

    low: int
    high: int
    within: Narrowed


class _Walk:
    def __init__(
        self, database: Database, condition: Bound, cursor: int | None, first: int, *, heads: bool, left: Left | None
    ) -> None:
        self._database = database
        self._index = database.backend.full_text
        self._condition = condition
        self._high = TOP if cursor is None else cursor
        self._low = 0
        self._wanted = first
        self._heads = heads
        self._left = left
        self._range = RANGE if self._index.walks_ranges else None
        self._stale_below = 0
        self._within: Narrowed | None = None

    def __iter__(self) -> Iterator[Step]:
        while self._high > self._low:
            before = self._left() if self._left else 0.0
            try:
                with self._database.reading() as connection:
                    stretch = self._next(connection)
                    rows = self._ask(connection, stretch) if stretch.high > stretch.low else []
            except StorageError as error:
                if self._left is None or not self._database.backend.timed_out(error.__cause__):
                    raise
                self._range = RANGE_AFTER_TIMEOUT if self._range is None else max(RANGE_MIN, self._range // 4)
                continue
            took_s = before - self._left() if self._left else 0.0
            if len(rows) == self._wanted:
                self._high = rows[-1].id
                self._wanted = min(CHUNK, 2 * self._wanted)
            else:
                self._high = stretch.low
                if self._range is not None and took_s < RANGE_S:
                    self._range *= GROWTH
            yield Step(rows, self._high if self._high > self._low else None)

    def _next(self, connection: Connection) -> Stretch:
        within = self._within or self._prepare(connection)
        low = self._low
        if self._high > self._stale_below > low:
            low = self._stale_below
        elif self._high <= self._stale_below:
            within = said(connection, self._condition, None)
        if self._range is not None:
            low = max(low, floor(connection, self._high, self._range))
        return Stretch(low, self._high, within)

    def _prepare(self, connection: Connection) -> Narrowed:
        """What is asked, and between which ids: settled once, by the first snapshot."""
        within = said(connection, self._condition, self._index)
        self._stale_below = connection.execute(_STALE_BELOW).scalar_one()
        self._low, high = edges(connection, within)
        self._high = min(self._high, high)
        self._within = within
        return within

    def _ask(self, connection: Connection, stretch: Stretch) -> Sequence[Any]:
        if self._left is not None:
            self._database.backend.limit(connection, max(self._left(), STATEMENT_MIN_S))
        expression = stretch.within.expression
        gathers = (
            expression is not None and self._range is None and self._index.gathers(connection, expression, self._wanted)
        )
        asked = statement(stretch, self._index, self._wanted, heads=self._heads, gathers=gathers)
        return connection.execute(asked).all()


def said(connection: Connection, condition: Bound, index: FullText | None) -> Narrowed:
    """The bound in the words of the database, prefixes as the terms they stand for today."""
    return narrowed(condition, index, partial(terms_beginning, connection))


def edges(connection: Connection, within: Narrowed) -> tuple[int, int]:
    """Between which ids the bound's dates lie; none is below 0, also of a day before 1970."""
    low = 0 if within.low is None else max(0, connection.execute(select(within.low)).scalar_one())
    high = TOP if within.high is None else connection.execute(select(within.high)).scalar_one()
    return low, high


_STALE_BELOW = select(ARCHIVE.c.stale_below)


def floor(connection: Connection, high: int, count: int) -> int:
    """The id above which, and below `high`, lie some `count` releases; 0 where fewer do."""
    day, n = divmod(high - 1, 1 << ID_BITS)
    rows = connection.execute(_DAYS, {"day": day}).all()
    for row in rows:
        here = min(row.n, n) if row.day == day else row.n
        if here >= count:
            return int((row.day << ID_BITS) + here - count + 1)
        count -= here
    return rows[-1].day << ID_BITS if len(rows) == _DAYS_AT_ONCE else 0


_DAYS = select(DAY.c.day, DAY.c.n).where(DAY.c.day <= bindparam("day")).order_by(DAY.c.day.desc()).limit(_DAYS_AT_ONCE)
# How the rows name the terms of each zone.
TERMS_OF = tuple((zone, f"terms_{zone.value}") for zone in Zone)
_WITH_TERMS = select(RELEASE, *(TERMS.c[zone.value].label(name) for zone, name in TERMS_OF)).join(
    TERMS, TERMS.c.id == RELEASE.c.id
)


def statement(stretch: Stretch, index: FullText, limit: int, *, heads: bool, gathers: bool = False) -> Select[Any]:
    """The newest `limit` releases of the stretch that the bound lets through, with their terms.

    `gathers`: collect all that the index matches before the newest are picked.
    """
    within = stretch.within
    query = _WITH_TERMS.where(within.rest).limit(limit)
    if heads:
        query = query.where(is_head())
    if within.expression is None:
        return query.where(*span(RELEASE.c.id, stretch)).order_by(RELEASE.c.id.desc())
    if gathers:
        # Of all ids: beside a range of them PostgreSQL would rather look at every release of the range.
        found = matching(Stretch(0, TOP, within), index)
        gathered = found.cte("gathered").prefix_with("MATERIALIZED")
        query = query.join(gathered, gathered.c.id == RELEASE.c.id).where(*span(gathered.c.id, stretch))
        return query.order_by(gathered.c.id.desc())
    # By the full-text table's own key: the newest are looked at first, and the walk stops at the limit.
    query = query.join(text("release_fts"), index.joins(RELEASE.c.id))
    query = query.where(index.matches(within.expression), *span(index.key, stretch))
    return query.order_by(index.key.desc())


def matching(stretch: Stretch, index: FullText) -> Select[Any]:
    """The ids in the stretch that the index matches."""
    assert stretch.within.expression is not None  # noqa: S101 - asked of an index alone
    found = select(index.key.label("id")).select_from(text("release_fts"))
    return found.where(index.matches(stretch.within.expression), *span(index.key, stretch))


def span(key: ColumnElement[int], stretch: Stretch) -> list[ColumnElement[bool]]:
    """The stretch as conditions on a key; an open end is none."""
    low = [key >= stretch.low] if stretch.low > 0 else []
    return [*low, *([key < stretch.high] if stretch.high < TOP else [])]
