"""What a page further back in a source's past says of a gap: which rows are missing, and whether it is closed. Pure.

A gap is proved closed where a row stands that was known before it began, in the place where it belongs: whatever
was published since stands above. Or, in a listing that keeps the order of time, where several rows in a
row are older than its beginning by their stamps; by a margin, as stamps are somebody else's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from news.source import Gap

# A row may be stamped so long before a source shows it.
MARGIN = timedelta(hours=1)
# Where stamps are days rather than moments.
DAYS_MARGIN = timedelta(hours=36)
# A row stamped so long before the gap began is not of it, wherever it stands (and no wrong zone is this far off).
FAR_BACK = timedelta(hours=24)
# So many rows in a row must be older than the gap, by their stamps alone.
OLDER_ROWS_MIN = 3
# A run of known rows of which no stamp tells the place proves something from so many on.
RUN_MIN = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A row further back. `seen_at` is when any source showed it first; None: never. `mine`: this source has it."""

    stamp: datetime | None
    seen_at: datetime | None
    mine: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """`news`: places of the rows that nobody had seen and that are of this gap. `proof`: why it is closed, if it is.

    `reaches_back`: some row is from before the gap.
    """

    news: tuple[int, ...]
    proof: str | None
    reaches_back: bool


def judge(rows: Sequence[Found], gap: Gap, *, ordered: bool, lag_s: float, exact: bool = True) -> Judged:
    """What one page says of a gap. `rows` stand as shown, the newest first where `ordered`.

    `lag_s`: how far the source's stamps lie behind, whatever the reason. Where they are not `exact`, they tell of the
    last change, which is no sooner than the publication; of what changed after the gap nothing is known.
    """
    began = gap.opened_at - timedelta(seconds=lag_s)
    before = [row.seen_at is not None and row.seen_at <= gap.opened_at for row in rows]
    if not ordered:
        latest = datetime.max.replace(tzinfo=UTC) if exact else gap.closed_at + MARGIN
        dated = [at for at, row in enumerate(rows) if row.stamp is not None and began - MARGIN <= row.stamp <= latest]
        return Judged(_unseen(rows, dated, gap, ordered=False), None, any(before))
    end, proof = _end(rows, before, began)
    near = [at for at in range(end) if (stamp := rows[at].stamp) is None or stamp >= began - FAR_BACK]
    return Judged(_unseen(rows, near, gap, ordered=True), proof, any(before))


def _end(rows: Sequence[Found], before: Sequence[bool], began: datetime) -> tuple[int, str | None]:
    """Where the rows from before the gap begin, and how that is known."""
    for at, known in enumerate(before):
        if known and _in_place(rows, before, at, began):
            return at, "a row known from before"
    margin = DAYS_MARGIN if _whole_days(rows) else MARGIN
    older = 0
    for row in reversed(rows):
        if row.stamp is None or row.stamp >= began - margin:
            break
        older += 1
    if older >= OLDER_ROWS_MIN:
        return len(rows) - older, "rows older than it"
    return len(rows), None


def _in_place(rows: Sequence[Found], before: Sequence[bool], at: int, began: datetime) -> bool:
    """Whether a row from before stands below all that came after it: one that is pinned to the top does not."""
    below = [row for n, row in enumerate(rows[at + 1 :], at + 1) if not before[n]]
    if any(row.stamp is not None and row.stamp > began for row in below):
        return False
    if all(row.stamp is not None for row in below):
        return True
    run = 0
    while at + run < len(rows) and before[at + run]:
        run += 1
    return run >= RUN_MIN or 2 * sum(before[at:]) >= len(rows) - at


def _whole_days(rows: Sequence[Found]) -> bool:
    stamps = [row.stamp for row in rows if row.stamp is not None]
    return len({(stamp.minute, stamp.second) for stamp in stamps}) == 1


def _unseen(rows: Sequence[Found], places: Sequence[int], gap: Gap, *, ordered: bool) -> tuple[int, ...]:
    """The rows at these places that nobody saw, without those that came after the gap: a poll sees them yet."""
    polled = [at for at, row in enumerate(rows) if row.mine and row.seen_at == gap.closed_at]
    top = polled[0] if polled and ordered else 0
    later = {at for at in range(top) if (stamp := rows[at].stamp) is not None and stamp > gap.closed_at}
    return tuple(at for at in places if not rows[at].mine and rows[at].seen_at is None and at not in later)
