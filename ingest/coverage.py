"""Whether an answer of a source overlaps the one before it. Pure; all times aware UTC.

A feed shows a window of the newest rows. If a row of the last answer is still within it, whatever was
published between the two is within it as well; if not, rows may have come and gone unseen: a gap. The stamps
of a source never decide how far we have seen (its clock may be wrong), they are only compared with
one another.

Not every known row is a proof. One that is pinned to the top stays while the window rolls by below it, one
that is published again comes back with a new stamp, one with a stamp in the future stands above all until then.
What proves is that the *newest* of the rows seen before are still shown, and stand where they belong.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median_low

from news.showing import SeenRow, ShownRow, Sight

# So many of the newest rows may have been taken down by the source, and no more than a quarter of all.
TAKEN_DOWN_MAX = 2
TAKEN_DOWN_SHARE = 4
# A source shows as much as it ever shows from this share of its usual window on.
FULL_SHARE = 0.9
# A window that nobody knows yet is full from so many rows on: no known feed is cut below that.
FULL_MIN = 10
# A stamp further ahead of its row's first sight than this is of the future.
AHEAD, AHEAD_SHARE = timedelta(minutes=5), 10
# No wrong zone puts a stamp further off than this.
ZONES = timedelta(hours=14)
# What a source usually shows is forgotten by this share a day.
FORGOTTEN_DAILY = 0.1
# A window shrunk to a quarter, whose rows are gone before their time, is an odd answer: it is waited for another.
ODD_SHARE, ODD_WINDOW_MIN = 4, 8
ODD_FOR = timedelta(minutes=30)
# Where stamps could stand in fewer different orders, that they stand in order can be chance.
ORDERS_MIN = 100
# Of fewer known rows nobody can say whether the source moves all its stamps.
MOVING_MIN = 5
# A run of known rows that stands above unknown ones proves something from this share of the window on.
RUN_SHARE = 4
# Waits after each failed try to prove a gap closed, in seconds; after the last there is no further try.
TRY_WAITS_S = (60.0, 300.0, 900.0, 3_600.0, 14_400.0, 43_200.0, 86_400.0)
# From this try on the gap is an incident.
TRIES_BEFORE_INCIDENT = 4


class Proof(StrEnum):
    """Why nothing can have been missed between two answers; `NONE`: it can."""

    FIRST = "first answer"
    OVERLAP = "a row of the last answer"
    NOTHING_SHOWN = "nothing is shown"
    NOTHING_NEW = "nothing is new"
    NOT_FULL = "not full"
    REACHES_BACK = "reaches back before the last answer"
    AGED = "the last answer's rows have aged out"
    ODD = "an odd answer, waiting for another"
    NONE = "no overlap"


@dataclass(frozen=True, slots=True)
class Compared:
    """`next`: what the next answer must overlap. `gap`: rows may have come and gone unseen since `opened_at`."""

    proof: Proof
    opened_at: datetime | None = None
    stands: bool = True

    @property
    def gap(self) -> bool:
        return self.proof is Proof.NONE


def compare(before: Sight | None, shown: Sequence[ShownRow], *, now: datetime) -> Compared:
    """Whether what is shown now overlaps `before`, the last answer that counted; None: there was none.

    `stands` says whether this answer is what the next is compared with. An answer that is odd or older than
    the last one does not stand.
    """
    if before is None:
        return Compared(Proof.FIRST)
    rows = tuple({row.key: row for row in reversed(shown)}.values())[::-1]
    if not rows:
        return Compared(Proof.NOTHING_SHOWN, stands=not before.rows or _aged(before, (), now))
    rows = _recognised(rows, before.rows)
    known = [row for row in rows if row.known]
    lost = _lost(before.rows, rows)
    if len(known) == len(rows):
        mine = {row.key for row in before.rows}
        newer = not mine or (lost <= _bearable(before.rows) and any(row.key in mine for row in rows))
        return Compared(Proof.NOTHING_NEW, stands=newer)
    mostly = len(rows) >= ODD_WINDOW_MIN and 2 * len(known) >= len(rows)
    if mostly or (lost <= _bearable(before.rows) and _proving(before.rows, rows)):
        return Compared(Proof.OVERLAP)
    return _without_overlap(before, rows, now)


def _without_overlap(before: Sight, rows: tuple[ShownRow, ...], now: datetime) -> Compared:
    if _reaches_back(before, rows):
        return Compared(Proof.REACHES_BACK)
    if not _full(before.window, rows):
        if not before.rows:
            return Compared(Proof.NOT_FULL)
        if _aged(before, rows, now):
            return Compared(Proof.AGED)
        short = before.window >= ODD_WINDOW_MIN and ODD_SHARE * len(rows) <= before.window
        if short and now - before.at < ODD_FOR:
            return Compared(Proof.ODD, stands=False)
    return Compared(Proof.NONE, opened_at=min(before.at, now))


def sight_after(before: Sight | None, shown: Sequence[ShownRow], *, now: datetime) -> Sight:
    """What is to be remembered of an answer that stands: its time, and what the source usually shows."""
    oldest = min((row.stamp for row in shown if row.stamp is not None), default=None)
    window, span_s = len({row.key for row in shown}), max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    if before is not None:
        kept = (1 - FORGOTTEN_DAILY) ** max(0.0, (now - before.at) / timedelta(days=1))
        window, span_s = max(window, math.floor(before.window * kept + 1e-6)), max(span_s, before.span_s * kept)
    return Sight(at=now, window=window, span_s=span_s)


def try_again_at(tries: int, now: datetime) -> datetime | None:
    """When to try again to prove a gap closed, after `tries` that failed; None: no more."""
    return now + timedelta(seconds=TRY_WAITS_S[tries - 1]) if tries <= len(TRY_WAITS_S) else None


# ------------------------------------------------------------------ rows known again


def _recognised(rows: tuple[ShownRow, ...], seen: Sequence[SeenRow]) -> tuple[ShownRow, ...]:
    """The rows, those known that the source now shows under another address: same title, same stamp.

    Titles recur, above all those of filings. Without a stamp they count only where half of all rows are the same.
    """
    earlier = {(row.title, row.stamp): row for row in seen if row.title}
    same = {row.key: earlier[at] for row in rows if not row.known and (at := (row.title, row.stamp)) in earlier}
    many = 2 * len(same) >= len(rows)
    return tuple(
        ShownRow(key=was.key, title=row.title, stamp=row.stamp, known=True, first_seen_at=was.first_seen_at)
        if (was := same.get(row.key)) is not None and (row.stamp is not None or many)
        else row
        for row in rows
    )


def _proving(seen: Sequence[SeenRow], rows: Sequence[ShownRow]) -> list[ShownRow]:
    """The known rows that stand where they belong, and are shown since they are new."""
    known = [row for row in rows if row.known]
    moving = len(known) >= MOVING_MIN and 2 * sum(row.restamped for row in known) > len(known)
    ahead = _ahead(seen)
    fit = {row.key for row in known if (moving or not row.restamped) and row.key not in ahead}
    return [row for row in _in_place(rows, run=RUN_SHARE * len(fit) >= len(rows)) if row.key in fit]


def _ahead(seen: Sequence[SeenRow]) -> set[str]:
    """Rows stamped in the future when they were first seen: a few of many, else that is how the source's clock goes."""
    ahead = {row.key for row in seen if row.stamp is not None and row.stamp > row.first_seen_at + AHEAD}
    return ahead if AHEAD_SHARE * len(ahead) <= len(seen) else set()


def _in_place(rows: Sequence[ShownRow], *, run: bool) -> list[ShownRow]:
    """The known rows that are not held above newer ones; where the source keeps no order, none can be.

    `run`: there are enough of them to prove something where stamps do not tell.
    """
    stamps = [row.stamp for row in rows if not row.known and row.stamp is not None]
    in_order = stamps == sorted(stamps, reverse=True) and _orders(stamps) >= ORDERS_MIN
    newest: datetime | None = None
    unknown_below = unstamped_below = False
    found: list[ShownRow] = []
    for row in reversed(rows):
        if not row.known:
            unknown_below, unstamped_below = True, unstamped_below or row.stamp is None
            newest = max(filter(None, (newest, row.stamp)), default=None)
        elif row.stamp is None or unstamped_below:
            found += [row] if run or not unknown_below else []
        elif not (in_order and newest is not None and newest > row.stamp):
            found.append(row)
    return found


def _orders(stamps: Sequence[datetime]) -> float:
    same = sum(math.lgamma(many + 1) for many in Counter(stamps).values())
    return math.exp(min(100.0, math.lgamma(len(stamps) + 1) - same)) + 0.5


def _lost(seen: Sequence[SeenRow], rows: Sequence[ShownRow]) -> int:
    """How many of the rows seen before, newer than the newest that proves something, are shown no more.

    The order of a window is that of its stamps or that of arrival: the one that loses less.
    """
    shown, ahead, proving = {row.key for row in rows}, _ahead(seen), _proving(seen, rows)
    counted = [row for row in seen if row.key not in ahead]
    places = {row.key: at for at, row in enumerate(counted)}
    arrived = [-row.first_seen_at.timestamp() for row in counted]
    best = min((places.get(row.key, _place(arrived, row.first_seen_at)) for row in proving), default=len(counted))
    lost = sum(row.key not in shown for row in counted[:best])
    if any(row.stamp is None for row in counted):
        return lost
    by_stamp = sorted(counted, key=lambda row: row.stamp or row.first_seen_at, reverse=True)
    stamps = [-row.stamp.timestamp() for row in by_stamp if row.stamp is not None]
    best = min((_place(stamps, row.stamp) for row in proving), default=len(counted))
    return min(lost, sum(row.key not in shown for row in by_stamp[:best]))


def _place(newest_first: Sequence[float], at: datetime | None) -> int:
    """How many of the times, given as negative timestamps, are later; 0 for a row of which nothing is known."""
    return bisect_left(newest_first, -at.timestamp()) if at is not None else 0


def _bearable(seen: Sequence[SeenRow]) -> int:
    return min(TAKEN_DOWN_MAX, len(seen) // TAKEN_DOWN_SHARE)


# ------------------------------------------------------------------ windows


def _full(window: int, rows: Sequence[ShownRow]) -> bool:
    """Whether the source shows as many rows as it ever shows, so that older ones may have been pushed out."""
    return len(rows) >= (FULL_SHARE * window if window else FULL_MIN)


def _reaches_back(before: Sight, rows: Sequence[ShownRow]) -> bool:
    """Whether many of the rows, though unknown, are older than most of what was shown before.

    Stamps are compared with stamps, so that a wrong clock does no harm; a few odd ones decide nothing.
    Where nothing was shown before, with our own clock, and at a distance that no wrong zone bridges.
    """
    stamps = [row.stamp for row in before.rows if row.stamp is not None]
    if stamps and 2 * len(stamps) >= len(before.rows):
        bound = median_low(stamps)
    elif not before.rows:
        bound = before.at - ZONES
    else:
        return False
    older = sum(not row.known and row.stamp is not None and row.stamp < bound for row in rows)
    return older >= max(2, len(rows) // 4)


def _aged(before: Sight, rows: Sequence[ShownRow], now: datetime) -> bool:
    """Whether the source shows what is younger than some age, and all rows that are gone had reached it."""
    shown, span = {row.key for row in rows}, timedelta(seconds=before.span_s)
    if now - before.at >= span:
        return False
    gone = [row for row in before.rows if row.key not in shown]
    return all(row.stamp is not None and now - row.stamp >= span for row in gone)
