"""Whether somebody is watching: a sign of life every minute, and what became of the time without one.

A note in the archive says when the daemon was last there. Whoever finds it too old, the daemon as it starts, its next
beat after the machine slept, or a store commit that comes before that beat, has come back from an absence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from alerts.absence import stretch
from news.alert import Absence, AbsenceCause
from storage import absences
from storage.archive import Archive
from storage.work import Work
from wirewatch.clock import Clock

BEAT_EVERY_S = 60.0

_log = structlog.get_logger(__name__)


class Presence:
    """The daemon's own; what only looks in for a moment has none. `monotonic` stands still while the machine sleeps."""

    def __init__(self, archive: Archive, now: Clock, monotonic: Callable[[], float]) -> None:
        self._archive, self._now, self._monotonic = archive, now, monotonic
        self._beaten_s: float | None = None

    async def beat(self) -> None:
        """Note that we are here; an absence before it is recorded and told in the log."""
        await asyncio.to_thread(self._beat)

    def _beat(self) -> None:
        with self._archive.writing(self._now()) as work:
            self._returned(work)
            absences.beat(work)
        self._beaten_s = self._monotonic()

    def lately(self, work: Work) -> Absence | None:
        """The last absence, where we came back from it so lately that what came meanwhile may still be found."""
        self._returned(work)
        return absences.latest(work.connection, work.now - absences.CATCHING_UP)

    def _returned(self, work: Work) -> None:
        seen = absences.last_beat(work.connection)
        if seen is None:
            return
        found = absences.returned(work, self._cause((work.now - seen).total_seconds()))
        if found is not None:
            _log.warning("away", stretch=stretch(found), cause=found.cause.value)

    def _cause(self, gone_s: float) -> AbsenceCause:
        """Our own clock ran on through an outage of the archive, and stood still while the machine slept."""
        if self._beaten_s is None:
            return AbsenceCause.STOPPED
        awake_s = self._monotonic() - self._beaten_s
        slept = gone_s - awake_s > absences.AWAY_AFTER.total_seconds() / 2
        return AbsenceCause.ASLEEP if slept else AbsenceCause.HELD_UP
