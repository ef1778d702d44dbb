"""How well the pages of each source are read: which of its releases have a body, an issuer, tickers and so on.

Read from the releases themselves, or counted by day (`put_fills`): the counts stay when releases are pruned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    not_,
    or_,
    select,
)

from news.release import Completeness, Precision
from storage.tables import FILL, RAW, RELEASE
from storage.work import Work, day_of

ROWS_MAX = 100_000
DAYS_KEPT = 800
# A body of fewer characters is a teaser, or a notice of two sentences.
_LONG_CHARS = 400
_ALL = ""
_ID_BITS = 24


@dataclass(slots=True)
class Filled:
    """Of `n` releases, how many have each field; `lacking` names one that has not, the newest, where they were read."""

    n: int = 0
    having: Counter[str] = field(default_factory=Counter)
    lacking: dict[str, int] = field(default_factory=dict)

    def add(self, id_: int, has: Mapping[str, bool]) -> None:
        self.n += 1
        for name, there in has.items():
            if there:
                self.having[name] += 1
            else:
                self.lacking.setdefault(name, id_)


_HAS: Mapping[str, ColumnElement[bool]] = {
    "body": and_(RELEASE.c.completeness == Completeness.FULL.value, RELEASE.c.body != ""),
    "long body": func.length(RELEASE.c.body) >= _LONG_CHARS,
    "dateline": RELEASE.c.dateline != "",
    "boilerplate": RELEASE.c.boilerplate != "",
    "contact": RELEASE.c.contact != "",
    "issuer": and_(RELEASE.c.issuer.is_not(None), RELEASE.c.issuer != ""),
    # What a release has none of is not in its `data`.
    "tickers": cast(RELEASE.c.data, Text).like('%"tickers": [%'),
    "language": RELEASE.c.language != "und",
    "precise time": and_(RELEASE.c.published_at.is_not(None), RELEASE.c.time_precision != Precision.DAY.value),
}
FIELDS = tuple(_HAS)


def _has(name: str) -> ColumnElement[int]:
    return case((_HAS[name], 1), else_=0)


def filled(
    connection: Connection, *, since: datetime, until: datetime, source_id: int | None = None
) -> dict[int, Filled]:
    """By source, over the releases filed from `since` until before `until`; counted by the database."""
    sums = [func.sum(_has(name)).cast(Integer).label(name) for name in FIELDS]
    query = select(RELEASE.c.source_id, func.count().label("n"), *sums).group_by(RELEASE.c.source_id)
    asked = _within(query, since, until, source_id)
    rows = connection.execute(asked).mappings()
    return {row["source_id"]: Filled(row["n"], Counter({name: row[name] for name in FIELDS})) for row in rows}


def filled_lately(
    connection: Connection, *, since: datetime, until: datetime, each: int, source_id: int | None = None
) -> dict[int, Filled]:
    """By source, over its newest `each` releases of that time, of the newest `ROWS_MAX` of all."""
    query = select(RELEASE.c.id, RELEASE.c.source_id, *(_has(name).label(name) for name in FIELDS))
    asked = _within(query, since, until, source_id).order_by(RELEASE.c.id.desc()).limit(ROWS_MAX)
    found: dict[int, Filled] = {}
    for row in connection.execute(asked).mappings():
        mine = found.setdefault(row["source_id"], Filled())
        if mine.n < each:
            mine.add(row["id"], {name: bool(row[name]) for name in FIELDS})
    return found


def days_filled(connection: Connection, *, first: int, last: int) -> list[int]:
    """The days (since 1970) from `first` to `last` under which releases are filed, ascending."""
    day = RELEASE.c.id // (1 << _ID_BITS)
    low, high = first << _ID_BITS, (last + 1) << _ID_BITS
    asked = select(day).where(RELEASE.c.id >= low, RELEASE.c.id < high).distinct()
    return sorted(int(each) for each in connection.execute(asked).scalars())


def filled_on(connection: Connection, day: int) -> dict[int, Filled]:
    """By source, over the releases that are filed under a day."""
    sums = [func.sum(_has(name)).cast(Integer).label(name) for name in FIELDS]
    low, high = day << _ID_BITS, (day + 1) << _ID_BITS
    query = (
        select(RELEASE.c.source_id, func.count().label("n"), *sums)
        .where(RELEASE.c.id >= low, RELEASE.c.id < high, RELEASE.c.source_id.is_not(None))
        .group_by(RELEASE.c.source_id)
    )
    rows = connection.execute(query).mappings()
    return {row["source_id"]: Filled(row["n"], Counter({name: row[name] for name in FIELDS})) for row in rows}


def put_fills(work: Work, day: int, found: Mapping[int, Filled]) -> None:
    """Write down what was counted of a day, in the place of what was, and forget what is older than `DAYS_KEPT`."""
    rows = [
        {"day": day, "source_id": source_id, "field": name, "n": n}
        for source_id, filled_ in found.items()
        for name, n in ((_ALL, filled_.n), *((name, filled_.having[name]) for name in FIELDS))
    ]
    work.connection.execute(delete(FILL).where(or_(FILL.c.day == day, FILL.c.day < day_of(work.now) - DAYS_KEPT)))
    if rows:
        work.connection.execute(insert(FILL), rows)


def fills_by_day(connection: Connection, *, first: int, last: int) -> dict[int, dict[int, Filled]]:
    """By source and day (since 1970), as it was counted, the days ascending. A field that was not known then is 0."""
    rows = connection.execute(select(FILL).where(FILL.c.day >= first, FILL.c.day <= last).order_by(FILL.c.day))
    found: dict[int, dict[int, Filled]] = {}
    for row in rows:
        mine = found.setdefault(row.source_id, {}).setdefault(row.day, Filled())
        if row.field == _ALL:
            mine.n = row.n
        else:
            mine.having[row.field] = row.n
    return found


def saved_page(connection: Connection, release_id: int) -> tuple[int, str | None] | None:
    """The newest page kept of a release: its id and address."""
    query = select(RAW.c.id, RAW.c.url).where(RAW.c.release_id == release_id).order_by(RAW.c.id.desc()).limit(1)
    row = connection.execute(query).first()
    return (row.id, row.url) if row else None


def lacking_on(connection: Connection, day: int, source_ids: Sequence[int], field: str) -> int | None:
    """The newest release of these sources, filed under a day, that has not the field."""
    low, high = day << _ID_BITS, (day + 1) << _ID_BITS
    query = select(func.max(RELEASE.c.id)).where(
        RELEASE.c.id >= low, RELEASE.c.id < high, RELEASE.c.source_id.in_(source_ids), not_(_HAS[field])
    )
    return connection.execute(query).scalar()


def _within(query: Select[Any], since: datetime, until: datetime, source_id: int | None) -> Select[Any]:
    low, high = day_of(since) << _ID_BITS, (day_of(until) + 1) << _ID_BITS
    query = query.where(RELEASE.c.id >= low, RELEASE.c.id < high, RELEASE.c.source_id.is_not(None))
    query = query.where(RELEASE.c.order_at >= since, RELEASE.c.order_at < until)
    return query if source_id is None else query.where(RELEASE.c.source_id == source_id)
