"""How many releases a bound lets through, without a look at them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate

from sqlalchemy import Connection, Select, func, select, text

from news.query.bound import Bound
from storage.database import Database
from storage.engines.contract import FullText
from storage.heads import is_head
from storage.tables import DAY, RELEASE
from storage.walk import Left, Stretch, edges, floor, matching, said, span
from storage.work import ID_BITS

# Releases whose entries in the index are counted at once: some tens of milliseconds.
RANGE = 200_000
# So many stretches, evenly spread, of so many releases each: a tenth of a second or two.
SAMPLES, SAMPLE = 40, 400


def let_through(database: Database, condition: Bound, *, cursor: int, heads: bool, left: Left | None = None) -> int:
    """How many releases with an id below `cursor`.

    SQLite's index is counted in ranges while there is time (None: all of it), and the rest is taken to be
    like those. PostgreSQL would look at every release that may match: a sample is counted.
    """
    index = database.backend.full_text
    with database.reading() as connection:
        within = said(connection, condition, index)
        low, high = edges(connection, within)
        whole = Stretch(low, min(high, cursor), within)
        if not index.walks_ranges:
            return _sampled(connection, whole, index, heads=heads)
    return _counted(database, whole, heads=heads, left=left)


def _counted(database: Database, whole: Stretch, *, heads: bool, left: Left | None) -> int:
    index = database.backend.full_text
    counted, high = 0, whole.high
    while high > whole.low and (left is None or high == whole.high or left() > 0):
        with database.reading() as connection:
            low = max(whole.low, floor(connection, high, RANGE))
            counted += _count(connection, Stretch(low, high, whole.within), index, heads=heads)
        high = low
    if high <= whole.low:
        return counted
    with database.reading() as connection:
        ranks = _Ranks(connection)
    seen, unseen = ranks.between(high, whole.high), ranks.between(whole.low, high)
    return round(counted * (seen + unseen) / max(1, seen))


def _sampled(connection: Connection, whole: Stretch, index: FullText, *, heads: bool) -> int:
    ranks = _Ranks(connection)
    first, stop = ranks.of(whole.low), ranks.of(whole.high)
    if stop - first <= SAMPLES * SAMPLE:
        return _count(connection, whole, index, heads=heads)
    counted = 0
    for n in range(SAMPLES):
        at = first + n * (stop - first) // SAMPLES
        sample = Stretch(ranks.id_at(at), ranks.id_at(at + SAMPLE), whole.within)
        counted += _count(connection, sample, index, heads=heads)
    return round(counted * (stop - first) / (SAMPLES * SAMPLE))


def _count(connection: Connection, stretch: Stretch, index: FullText, *, heads: bool) -> int:
    ids = _ids(stretch, index, heads=heads)
    return int(connection.execute(select(func.count()).select_from(ids.subquery())).scalar_one())


def _ids(stretch: Stretch, index: FullText, *, heads: bool) -> Select[tuple[int]]:
    within = stretch.within
    if within.expression is not None and not heads:
        return matching(stretch, index)
    found = select(RELEASE.c.id).where(within.rest)
    if heads:
        found = found.where(is_head())
    if within.expression is None:
        return found.where(*span(RELEASE.c.id, stretch))
    found = found.join(text("release_fts"), index.joins(RELEASE.c.id))
    return found.where(index.matches(within.expression), *span(index.key, stretch))


class _Ranks:
    """The order of the ids that were given, gone ones too: by it an id is a rank, and a rank an id."""

    def __init__(self, connection: Connection) -> None:
        rows = connection.execute(select(DAY.c.day, DAY.c.n).order_by(DAY.c.day)).all()
        self._days: list[int] = [row.day for row in rows]
        self._ends: list[int] = list(accumulate(row.n for row in rows))

    def of(self, id_: int) -> int:
        """How many ids below this one were given."""
        day, n = divmod(id_, 1 << ID_BITS)
        at = bisect_left(self._days, day)
        before = self._ends[at - 1] if at else 0
        if at == len(self._days) or self._days[at] != day:
            return before
        return min(before + max(0, n - 1), self._ends[at])

    def id_at(self, rank: int) -> int:
        at = min(bisect_right(self._ends, rank), len(self._ends) - 1)
        before = self._ends[at - 1] if at else 0
        return int((self._days[at] << ID_BITS) + rank - before + 1)

    def between(self, low: int, high: int) -> int:
        return self.of(high) - self.of(low)
