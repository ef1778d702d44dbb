"""Pages that are read worse than they were: counted by day, judged by wire, told once.

All sources of a wire that has a parser are judged together: a redesign strikes each of them. Other sources stand alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ingest import slips
from ingest.health import Trouble
from ingest.wires import Roster
from news.source import IncidentKind, Source
from storage.archive import Archive
from storage.checkpoints import note, noted
from storage.fills import (
    DAYS_KEPT,
    Filled,
    days_filled,
    filled_lately,
    filled_on,
    fills_by_day,
    lacking_on,
    put_fills,
    saved_page,
)
from storage.work import day_of

NAME = "fills"
# What was read lately may still be completed or corrected: so many days are counted anew.
RECOUNTED_DAYS = 2

Days = Mapping[int, Filled]


@dataclass(frozen=True, slots=True)
class Drift:
    """A drift that begins at one of a wire's sources (`trouble`, with `data` for programs), or is over there."""

    source_id: int
    trouble: Trouble | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Compared:
    """What of a wire fell, of `recent`, whose days are `days`, newest first."""

    drops: tuple[slips.Drop, ...]
    recent: Filled
    days: tuple[int, ...]


class DriftWatch:
    """Counts how well pages are read, and compares."""

    def __init__(self, archive: Archive, roster: Roster, stop: asyncio.Event) -> None:
        self._archive, self._stop = archive, stop
        self._parsed = {wire.slug for wire in roster.wires}

    def count(self, now: datetime) -> None:
        """Bring the counts by day up to now, a day a commit; what is left when `stop` is set is counted next time."""
        today = day_of(now)
        with self._archive.database.reading() as connection:
            told = noted(connection, NAME)
            first = int(told["day"]) - RECOUNTED_DAYS if told else today - DAYS_KEPT
            days = days_filled(connection, first=first, last=today)
        for day in days:
            if self._stop.is_set():
                return
            with self._archive.database.reading() as connection:
                found = filled_on(connection, day)
            with self._archive.writing(now) as work:
                put_fills(work, day, found)
                note(work.connection, NAME, {"day": day}, now)

    def look(self, stand: Sequence[Source], drifting: AbstractSet[int], now: datetime) -> list[Drift]:
        """What begins and what is over; `drifting` are the sources that have such an incident."""
        week = now - slips.RECENT
        with self._archive.database.reading() as connection:
            lately = filled_lately(connection, since=week, until=now, each=slips.RECENT_MAX)
            counted = fills_by_day(connection, first=day_of(now - slips.FEW_BEFORE), last=day_of(now))
        found: list[Drift] = []
        for group in self._groups(stand):
            ids = [source.id for source in group]
            was = drifting & set(ids)
            recent = _newest(lately.get(id_, Filled()) for id_ in ids)
            compared = _compare(recent, _joined(counted.get(id_, {}) for id_ in ids), now, was=bool(was))
            if compared.drops and not was:
                found.append(self._begun(max(ids, key=lambda id_: _weight(lately, counted, id_)), ids, compared))
            elif was and not compared.drops:
                found += [Drift(id_) for id_ in sorted(was)]
        return found

    def _groups(self, stand: Sequence[Source]) -> list[list[Source]]:
        groups: dict[str | int, list[Source]] = {}
        for source in stand:
            groups.setdefault(source.wire if source.wire in self._parsed else source.id, []).append(source)
        return list(groups.values())

    def _begun(self, source_id: int, ids: Sequence[int], compared: _Compared) -> Drift:
        examples = {drop.field: self._example(ids, compared, drop.field) for drop in compared.drops}
        words = ", ".join(_fell(drop, examples[drop.field]) for drop in compared.drops)
        told = f"its newest releases lack what they used to have: {words}; was the page redesigned?"
        data = {drop.field: self._data(drop, examples[drop.field]) for drop in compared.drops}
        return Drift(source_id, Trouble(IncidentKind.DRIFT, told), {"fields": data})

    def _example(self, ids: Sequence[int], compared: _Compared, name: str) -> int | None:
        """The newest release that lacks a field."""
        known = compared.recent.lacking.get(name)
        if known is not None:
            return known
        with self._archive.database.reading() as connection:
            found = (lacking_on(connection, day, ids, name) for day in compared.days)
            return next((id_ for id_ in found if id_ is not None), None)

    def _data(self, drop: slips.Drop, release: int | None) -> dict[str, Any]:
        told: dict[str, Any] = {"before": drop.before, "now": drop.recent, "release": release}
        if release is not None:
            with self._archive.database.reading() as connection:
                page = saved_page(connection, release)
            told |= {"page": page[0], "url": page[1]} if page else {}
        return told


def _compare(recent: Filled, days: Days, now: datetime, *, was: bool) -> _Compared:
    """The newest releases of a week with those of four weeks; of a quiet wire its last days with the year before."""
    if recent.n >= slips.MANY.recent:
        week, weeks = day_of(now - slips.RECENT), day_of(now - slips.RECENT - slips.BEFORE)
        before = _sum(filled for day, filled in days.items() if weeks <= day < week)
        if before.n >= slips.MANY.before:
            return _Compared(slips.drops(before, _fill(recent), was=was), recent, ())
    few, chosen = _last_days(days)
    rest = _sum(days.values()).without(few)
    found = slips.drops(rest, few, was=was, least=slips.FEW)
    return _Compared(found, Filled(), tuple(chosen))


def _last_days(days: Days) -> tuple[slips.Fill, list[int]]:
    """The newest days that together have releases enough to judge by, newest first."""
    chosen: list[int] = []
    for day in sorted(days, reverse=True):
        chosen.append(day)
        if sum(days[each].n for each in chosen) >= slips.FEW.recent:
            break
    return _sum(days[day] for day in chosen), chosen


def _sum(filled: Iterable[Filled]) -> slips.Fill:
    total = Filled()
    for each in filled:
        total.n += each.n
        total.having.update(each.having)
    return slips.Fill(total.n, total.having)


def _joined(each: Iterable[Days]) -> Days:
    """The counts of several sources, day by day."""
    found: dict[int, Filled] = {}
    for days in each:
        for day, filled in days.items():
            mine = found.setdefault(day, Filled())
            mine.n += filled.n
            mine.having.update(filled.having)
    return found


def _newest(each: Iterable[Filled]) -> Filled:
    total = Filled()
    for filled in each:
        total.n += filled.n
        total.having.update(filled.having)
        for name, release in filled.lacking.items():
            total.lacking[name] = max(release, total.lacking.get(name, 0))
    return total


def _weight(lately: Mapping[int, Filled], counted: Mapping[int, Days], source_id: int) -> tuple[int, int, int]:
    """By which source of a wire a drift is told: the one that brings most."""
    mine = lately.get(source_id, Filled()).n
    return mine, sum(filled.n for filled in counted.get(source_id, {}).values()), -source_id


def _fill(counted: Filled) -> slips.Fill:
    return slips.Fill(counted.n, counted.having)


def _fell(drop: slips.Drop, example: int | None) -> str:
    """`body (100% before, 38% now, none in release 12)`."""
    shown = f", none in release {example}" if example is not None else ""
    return f"{drop.field} ({drop.before:.0%} before, {drop.recent:.0%} now{shown})"
