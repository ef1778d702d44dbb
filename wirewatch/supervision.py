"""What no single poll notices of a source: that it fell silent, that it is seen too late, that it is read worse.

Jobs of the daemon. Each looks without a lock, and writes only where an incident begins or ends.
"""

from __future__ import annotations

import asyncio
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from alerts.stations import span_words
from config import Settings
from ingest import slips
from ingest.health import Trouble, memory_from
from ingest.silence import WEEKS_MAX, Silence, minute_of, silence
from news.source import IncidentKind, Source
from storage.archive import Archive
from storage.health import arrivals, remembered
from storage.incidents import begin, end, incidents
from storage.latencies import Seen, lately_seen
from storage.sources import sources
from wirewatch import clock
from wirewatch.assemble import roster
from wirewatch.drift import DriftWatch
from wirewatch.standing import OVERDUE
from wirewatch.wording import counted

SILENCES_EVERY_S = 60.0
SLIPS_EVERY_S = 600.0

# What came earlier says nothing: no silence is compared with more than so many weeks.
_ARRIVALS_KEPT = timedelta(weeks=WEEKS_MAX + 4)
_ARRIVALS_MAX = 100_000
# A source that has an incident of these has told already why nothing comes.
_EXPLAINED = frozenset(
    {IncidentKind.DOWN, IncidentKind.BLOCKED, IncidentKind.EMPTY, IncidentKind.OLD_COPY, IncidentKind.STALE}
)
_NAMED_MAX = 5
_OPEN_TOO_LONG = timedelta(days=7)
# A cache that held an answer for so much of a silence is its cause.
_CACHED_SHARE = 0.5

_log = structlog.get_logger(__name__)

Open = Mapping[int, frozenset[IncidentKind]]


@dataclass(frozen=True, slots=True)
class Change:
    """One incident that begins (`trouble`) or ends (`over`)."""

    source_id: int
    trouble: Trouble | None = None
    over: IncidentKind | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Arrived:
    """The minutes in which something new came of each source, ascending; kept current by the ids of entries."""

    minutes: dict[int, array[int]] = field(default_factory=dict)
    last: int = 0

    def add(self, source_id: int, minute: int) -> None:
        mine = self.minutes.setdefault(source_id, array("q"))
        at = bisect_left(mine, minute)
        if at == len(mine) or mine[at] != minute:
            mine.insert(at, minute)

    def forget(self, before: int) -> None:
        for mine in self.minutes.values():
            del mine[: max(bisect_left(mine, before), len(mine) - _ARRIVALS_MAX)]


class Supervision:
    """The daemon's eye on its sources. What is left of a look when `stop` is set is looked at the next time."""

    def __init__(self, archive: Archive, settings: Settings, stop: asyncio.Event) -> None:
        self._archive, self._settings, self._stop = archive, settings, stop
        self._arrived = Arrived()
        self._drift = DriftWatch(archive, roster(settings), stop)
        self._up_since: datetime | None = None
        self._overdue: frozenset[str] = frozenset()

    async def silences(self) -> None:
        """Begin an incident for each source that was silent for longer than is usual at this time of the week."""
        while not self._stop.is_set() and await asyncio.to_thread(self.catch_up):
            continue
        if not self._stop.is_set():
            await asyncio.to_thread(self.look_for_silence, clock.now())

    async def slips(self) -> None:
        """Begin and end incidents of sources that miss their objective, or whose pages are read worse than before."""
        await asyncio.to_thread(self.look_for_slips, clock.now())

    def stalled(self, now: datetime) -> dict[str, str]:
        """A warning where polls that are due are not made, as seen at two looks in a row; see `wirewatch.troubles`.

        What was due before the daemon started, or the machine woke, has until the next look.
        """
        self._up_since = self._up_since or now
        with self._archive.database.reading() as connection:
            late = [source for source in sources(connection) if now - source.state.next_poll_at > OVERDUE]
        before, self._overdue = self._overdue, frozenset(source.name for source in late)
        both = sorted(before & self._overdue)
        if not both or now - self._up_since <= OVERDUE:
            return {}
        shown = ", ".join(both[:_NAMED_MAX]) + (" …" if len(both) > _NAMED_MAX else "")
        return {
            "polls_stalled": f"polls fall behind: {counted(len(both), 'source')} should have been asked over "
            f"{span_words(OVERDUE.total_seconds())} ago ({shown}); if it stays so, start the daemon anew"
        }

    def catch_up(self) -> bool:
        """Take over the next arrivals; whether there may be more."""
        with self._archive.database.reading() as connection:
            found = arrivals(connection, self._arrived.last)
        if found.last is None:
            return False
        for source_id, at in found.rows:
            self._arrived.add(source_id, minute_of(at))
        self._arrived.last = found.last
        return True

    def look_for_silence(self, now: datetime) -> None:
        """What `silences` does, at `now`, by the arrivals that `catch_up` took over."""
        self._arrived.forget(minute_of(now - _ARRIVALS_KEPT))
        stand, open_ = self._standing(now)
        self._write([*_of_gone(stand, open_), *self._silent(stand, open_)], now)

    def _silent(self, stand: list[Source], open_: Open) -> Iterator[Change]:
        for source in stand:
            heard, good_at = self._arrived.minutes.get(source.id), source.state.last_good_at
            if heard is None or good_at is None or open_.get(source.id, frozenset()) & _EXPLAINED:
                continue
            found = silence(heard, good_at)
            if found is not None:
                yield Change(source.id, self._told(source, found))

    def _told(self, source: Source, found: Silence) -> Trouble:
        with self._archive.database.reading() as connection:
            age_s = memory_from(remembered(connection, source.id)).age_s
        lasts_s = found.lasts.total_seconds()
        words = (
            f"nothing new since {found.since:%Y-%m-%d %H:%M} UTC, for {span_words(lasts_s)}, though in that stretch of "
            f"the week it usually brings something {found.usual:.0f} times"
        )
        if age_s is not None and age_s >= _CACHED_SHARE * lasts_s:
            held = f"a cache on the way says that it has held the answer for {span_words(age_s)}"
            return Trouble(IncidentKind.OLD_COPY, f"{words}: {held}")
        return Trouble(IncidentKind.STALE, words)

    def look_for_slips(self, now: datetime) -> None:
        """What `slips` does, at `now`."""
        stand, open_ = self._standing(now)
        with self._archive.database.reading() as connection:
            seen = [one for one in lately_seen(connection, since=now - _OPEN_TOO_LONG) if one.watched]
        changes: list[Change] = []
        for source in stand:
            mine = open_.get(source.id, frozenset())
            changes += self._late(source, [one for one in seen if one.source_id == source.id], mine, now)
        self._drift.count(now)
        drifting = {id_ for id_, kinds in open_.items() if IncidentKind.DRIFT in kinds}
        for drift in self._drift.look(stand, drifting, now):
            over = None if drift.trouble else IncidentKind.DRIFT
            changes.append(Change(drift.source_id, drift.trouble, over, drift.data))
        self._write(changes, now)

    def _late(
        self, source: Source, seen: list[Seen], open_: frozenset[IncidentKind], now: datetime
    ) -> Iterator[Change]:
        objective_s = source.objective_s or self._settings.polling.objective_s
        was = IncidentKind.LATE in open_
        stamped = [(one.seen_at, one.late_s) for one in seen if one.late_s is not None]
        found = slips.lateness([late for at, late in stamped if at >= now - slips.WINDOW], objective_s)
        if was and found.n < slips.RELEASES_MIN:
            found = slips.lateness([late for _, late in stamped], objective_s)
        if was and found.n < slips.RELEASES_MIN:
            yield Change(source.id, over=IncidentKind.LATE)
        elif slips.is_late(found, was=was) and not was:
            words = (
                f"of {found.n} releases of the last day {found.share:.0%} were seen within {span_words(objective_s)} "
                f"of their stamps; {slips.SHARE_WANTED:.0%} are wanted"
            )
            yield Change(source.id, Trouble(IncidentKind.LATE, words))
        elif was and not slips.is_late(found, was=True):
            yield Change(source.id, over=IncidentKind.LATE)

    def _standing(self, now: datetime) -> tuple[list[Source], Open]:
        """The sources that are polled, and the incidents that last."""
        with self._archive.database.reading() as connection:
            stand = sources(connection)
            found = incidents(connection, since=now, open_only=True)
        open_: dict[int, frozenset[IncidentKind]] = {}
        for each in found:
            open_[each.source_id] = open_.get(each.source_id, frozenset()) | {each.kind}
        return stand, open_

    def _write(self, changes: list[Change], now: datetime) -> None:
        for change in changes:
            with self._archive.writing(now) as work:
                if change.trouble is not None:
                    begin(work, change.source_id, change.trouble.kind, change.trouble.detail, change.data)
                    _log.warning("source_in_trouble", source=change.source_id, why=change.trouble.detail)
                elif change.over is not None:
                    end(work, change.source_id, change.over)


def _of_gone(stand: list[Source], open_: Open) -> Iterator[Change]:
    """A source that is polled no more is in no trouble."""
    polled = {source.id for source in stand}
    for source_id, kinds in open_.items():
        if source_id not in polled:
            yield from (Change(source_id, over=kind) for kind in sorted(kinds - {IncidentKind.GAP}))
