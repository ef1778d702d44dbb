"""How well the pages of each source are read: which of its releases have a body, an issuer, tickers and so on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, Text, and_, case, cast, func, select

from news.release import Completeness, Precision
from storage.tables import RELEASE
from storage.work import day_of

ROWS_MAX = 100_000
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


def _within(query: Select[Any], since: datetime, until: datetime, source_id: int | None) -> Select[Any]:
    low, high = day_of(since) << _ID_BITS, (day_of(until) + 1) << _ID_BITS
    query = query.where(RELEASE.c.id >= low, RELEASE.c.id < high, RELEASE.c.source_id.is_not(None))
    query = query.where(RELEASE.c.order_at >= since, RELEASE.c.order_at < until)
    return query if source_id is None else query.where(RELEASE.c.source_id == source_id)
