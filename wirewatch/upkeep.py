"""What a daemon does for its archive now and then, in short steps that leave off when it stops."""

from __future__ import annotations

import asyncio
from collections import Counter

import structlog

from config import Settings
from storage.archive import Archive
from storage.reindex import left
from wirewatch import clock, renewal, retention

_log = structlog.get_logger(__name__)


class Upkeep:
    """Jobs of the daemon. What is left of one when `stop` is set is done the next time."""

    def __init__(self, archive: Archive, settings: Settings, stop: asyncio.Event) -> None:
        self._archive, self._settings, self._stop = archive, settings, stop

    async def tidy(self) -> None:
        await asyncio.to_thread(self._archive.tidy, clock.now())

    async def prune(self) -> None:
        """Let old releases go where the settings ask for it."""
        wanted = retention.policy(self._settings.retention)
        if not wanted.asks:
            return
        doing = retention.steps(self._archive, wanted)
        gone: Counter[str] = Counter()
        pages = 0
        while not self._stop.is_set() and (done := await asyncio.to_thread(next, doing, None)) is not None:
            step, rest_s = done
            gone.update(step.releases)
            pages += step.pages
            await asyncio.sleep(rest_s)
        if gone or pages:
            _log.info("pruned", releases=gone.total(), by_wire=dict(gone), pages=pages)

    async def renew(self) -> None:
        """Bring to today's analyzer what an older one read."""
        doing = renewal.steps(self._archive)
        done = 0
        while not self._stop.is_set() and (step := await asyncio.to_thread(next, doing, None)) is not None:
            n, rest_s = step
            if not done:
                _log.info("analysing_anew", releases=n + await asyncio.to_thread(left, self._archive.database))
            done += n
            await asyncio.sleep(rest_s)
        if done:
            _log.info("analysed_anew", releases=done, cut_short=self._stop.is_set())
