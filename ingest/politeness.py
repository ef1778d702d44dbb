"""How hard we lean on a host: one request at a time, a pause in between, and rest when it asks for it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Resting:
    """The host asked to be left alone for this many more seconds."""

    for_s: float


@dataclass(slots=True)
class _Host:
    """What is remembered of one host. Times are on the monotonic clock, in seconds."""

    turns: asyncio.Semaphore
    gap_s: float
    users: int = 0
    free_at: float = 0.0
    rest_until: float = field(default=0.0)


class Politeness:
    """Turns at hosts, and a gate over all of them.

    A turn is waited for while others have theirs; a resting host answers `Resting` at once, so
    that nobody queues for hours. At most `hosts_max` idle hosts are remembered, the latest used.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        total: int = 24,
        per_host: int = 1,
        gap_s: float = 1.0,
        gap_max_s: float = 30.0,
        hosts_max: int = 5_000,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._gate = asyncio.Semaphore(total)
        self._per_host = per_host
        self._gap_s = gap_s
        self._gap_max_s = max(gap_s, gap_max_s)
        self._hosts_max = hosts_max
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[Resting | None]:
        """One request to `host` may run inside, unless it yields `Resting`.

        The pause counts from the end of one request to the start of the next. A waiting host
        holds no place in the gate.
        """
        known = self._known(host)
        resting = self._resting(known)
        if resting is not None:
            yield resting
            return
        known.users += 1
        try:
            async with known.turns:
                resting = await self._pause(known)
                if resting is not None:
                    yield resting
                    return
                async with self._gate:
                    try:
                        yield None
                    finally:
                        known.free_at = self._monotonic() + known.gap_s
        finally:
            known.users -= 1
            self._forget()

    def rest(self, host: str, for_s: float) -> None:
        """Leave `host` alone for so many seconds, a day at most."""
        known = self._known(host)
        known.rest_until = max(known.rest_until, self._monotonic() + min(max(for_s, 0.0), DAY_S))

    def slow_down(self, host: str, crawl_delay_s: float | None) -> None:
        """Keep at least the pause that the host asks for, as far as `gap_max_s`."""
        known = self._known(host)
        known.gap_s = min(max(self._gap_s, crawl_delay_s or 0.0), self._gap_max_s)

    async def _pause(self, known: _Host) -> Resting | None:
        wait_s = known.free_at - self._monotonic()
        if wait_s > 0:
            await self._sleep(wait_s)
        return self._resting(known)

    def _resting(self, known: _Host) -> Resting | None:
        left_s = known.rest_until - self._monotonic()
        return Resting(left_s) if left_s > 0 else None

    def _known(self, host: str) -> _Host:
        known = self._hosts.get(host)
        if known is None:
            known = self._hosts[host] = _Host(asyncio.Semaphore(self._per_host), self._gap_s)
        self._hosts.move_to_end(host)
        self._forget(keep=host)
        return known

    def _forget(self, keep: str | None = None) -> None:
        """Drop the longest unused hosts beyond the bound; those in use stay."""
        spare = len(self._hosts) - self._hosts_max
        if spare <= 0:
            return
        idle = [name for name, known in self._hosts.items() if not known.users and name != keep]
        for name in idle[:spare]:
            del self._hosts[name]
