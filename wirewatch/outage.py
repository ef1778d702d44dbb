"""When the archive cannot be used for a while: said once, tried again, and said when it is over.

A disk that is full, a server that is away, a file that may not be written: none of it is anybody's
fault here, and nothing is lost by waiting. What was read is held and stored later; what was sent is
held until it is written down, or it would be sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from storage.errors import OutageError

FIRST_PAUSE_S, PAUSE_MAX_S = 1.0, 15.0
# On a disk that is nearly full the small writes go through and the large ones do not: over is what
# has been well for so long.
QUIET_S = 5.0
REMIND_S = 3_600.0

T = TypeVar("T")

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Incident:
    """`told` are the reasons that the log has; `well_since` is None while it fails."""

    began: float
    told: set[str]
    reason: str
    writes: bool
    failures: int = 0
    reminded: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    next_try: float = 0.0
    well_since: float | None = None


class Outage:
    """The incident that is under way, if there is one. For one event loop; times are monotonic seconds."""

    def __init__(self, place: str, monotonic: Callable[[], float]) -> None:
        self._place = place
        self._monotonic = monotonic
        self._incident: _Incident | None = None
        self._holding = 0

    @property
    def reason(self) -> str | None:
        """What is wrong, without the database's address; None while all is well."""
        return self._incident.reason if self._incident else None

    @property
    def holds(self) -> bool:
        """Whether something waits that was done and is not written down yet."""
        return self._holding > 0

    def failed(self, error: OutageError, *, writes: bool) -> None:
        """It could not be written, or not even read."""
        now, reason = self._monotonic(), str(error).removeprefix(f"{self._place}: ")
        if self._incident is None:
            self._incident = _Incident(began=now, told=set(), reason=reason, writes=writes, reminded=now)
        known = self._incident
        known.failures += 1
        known.reason, known.writes, known.well_since = reason, known.writes or writes, None
        if now >= known.next_try:
            known.next_try = now + known.pause_s
            known.pause_s = min(known.pause_s * 2, PAUSE_MAX_S)
        if reason not in known.told or now - known.reminded >= REMIND_S:
            known.told.add(reason)
            known.reminded = now
            doing = "what is new waits, and is stored when that is mended" if known.writes else "trying again"
            _log.error("archive_in_trouble", error=str(error), meanwhile=doing)

    def worked(self, *, writes: bool) -> bool:
        """It was written, or read; True if that ends an incident. To be read does not show that it can be written."""
        known = self._incident
        if known is None or (known.writes and not writes):
            return False
        now = self._monotonic()
        known.well_since = known.well_since or now
        if self.holds or now - known.well_since < QUIET_S:
            return False
        _log.info("archive_well_again", after_s=round(known.well_since - known.began, 1), failures=known.failures)
        self._incident = None
        return True

    def may_try(self) -> bool:
        """Whether it is time to try again; always while all is well."""
        known = self._incident
        return known is None or known.well_since is not None or self._monotonic() >= known.next_try

    async def lasting(self, stop: asyncio.Event, write: Callable[..., T], *given: Any) -> T:  # noqa: ANN401 - what `write` takes
        """What `write` answers, tried until it works; it runs off the event loop.

        Raises:
            OutageError: it did not work, and `stop` is set.
        """
        held = False
        try:
            while True:
                try:
                    answer = await asyncio.to_thread(write, *given)
                except OutageError as error:
                    self.failed(error, writes=True)
                    if stop.is_set():
                        raise
                    self._holding += not held
                    held = True
                    await self._pause(stop)
                else:
                    break
        finally:
            self._holding -= held
        self.worked(writes=True)
        return answer

    async def _pause(self, stop: asyncio.Event) -> None:
        known = self._incident
        until_s = known.next_try - self._monotonic() if known else 0.0
        try:
            async with asyncio.timeout(max(until_s, 0.05)):
                await stop.wait()
        except TimeoutError:
            return
