"""How hard we lean on a host: one request at a time, a pause in between, so many an hour, and rest when it needs it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ingest import circuit as circuits
from ingest.answers import FetchReason
from ingest.circuit import WELL, Circuit, CircuitState

HOUR_S = 3_600.0
DAY_S = 86_400.0
# How soon to come again where too many wait for a host, or for any.
BUSY_S = 10.0


@dataclass(frozen=True, slots=True)
class NoTurn:
    """No request may be sent now, for one of the reasons `UNASKED`; come again in so many seconds."""

    reason: FetchReason
    for_s: float


@dataclass(slots=True)
class _Host:
    """What is remembered of one host. Times are on the monotonic clock, in seconds.

    `sent` are the starts of the last hour's requests, no more of them than may be sent in one.
    """

    turns: asyncio.Semaphore
    gap_s: float
    sent: deque[float]
    users: int = 0
    free_at: float = 0.0
    rest_until: float = 0.0
    circuit: Circuit = field(default=WELL)


class Politeness:
    """Turns at hosts, and a gate over all of them.

    A turn is waited for while others have theirs, `wait_max_s` at most. A host that rests, is in trouble or had its
    `hourly` requests (0: no such limit) answers `NoTurn` at once, so that nobody queues for hours. At most `hosts_max`
    idle hosts are remembered, the latest used.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        total: int = 24,
        per_host: int = 1,
        gap_s: float = 1.0,
        gap_max_s: float = 30.0,
        wait_max_s: float = 60.0,
        hourly: int = 0,
        hosts_max: int = 5_000,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.monotonic = monotonic
        self._sleep = sleep
        self._gate = asyncio.Semaphore(total)
        self._per_host = per_host
        self._gap_s = gap_s
        self._gap_max_s = max(gap_s, gap_max_s)
        self._wait_max_s = wait_max_s
        self._hourly = hourly
        self._hosts_max = hosts_max
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[NoTurn | None]:
        """One request to `host` may run inside, unless it yields `NoTurn`.

        The pause counts from the end of one request to the start of the next. A waiting host
        holds no place in the gate. What comes of the request is to be told by `ended`.
        """
        known = self._known(host)
        refused = self._refused(known) or self._crowded(known)
        if refused is not None:
            yield refused
            return
        known.users += 1
        until = self.monotonic() + self._wait_max_s
        try:
            if not await self._taken(known.turns, until):
                yield NoTurn(FetchReason.BUSY, BUSY_S)
                return
            try:
                refused = await self._pause(known, until)
                if refused is not None:
                    yield refused
                    return
                async with self._at_the_gate(known, until) as refused:
                    yield refused
            finally:
                known.turns.release()
        finally:
            known.users -= 1
            self._forget()

    @asynccontextmanager
    async def _at_the_gate(self, known: _Host, until: float) -> AsyncIterator[NoTurn | None]:
        if not await self._taken(self._gate, until):
            yield NoTurn(FetchReason.BUSY, BUSY_S)
            return
        try:
            # What held us up may have changed how the host stands.
            refused = self._refused(known)
            if refused is not None:
                yield refused
                return
            now = self.monotonic()
            is_probe = circuits.state(known.circuit, now) is CircuitState.HALF_OPEN
            known.circuit = circuits.passed(known.circuit, now)
            known.sent.append(now)
            try:
                yield None
            finally:
                if is_probe:
                    known.circuit = circuits.left(known.circuit)
                known.free_at = self.monotonic() + known.gap_s
        finally:
            self._gate.release()

    def ended(self, host: str, reason: FetchReason | None, address: str) -> CircuitState:
        """Tell, within a turn, how the request for `address` ended; None for an answer of a host at work.

        Returns how the host's circuit stands now.
        """
        known, now = self._known(host), self.monotonic()
        known.circuit = circuits.ended(known.circuit, reason, address, now, host=host)
        return circuits.state(known.circuit, now)

    def rest(self, host: str, for_s: float) -> None:
        """Leave `host` alone for so many seconds, a day at most."""
        known = self._known(host)
        known.rest_until = max(known.rest_until, self.monotonic() + min(max(for_s, 0.0), DAY_S))

    def slow_down(self, host: str, crawl_delay_s: float | None) -> None:
        """Keep at least the pause that the host asks for, as far as `gap_max_s`."""
        known = self._known(host)
        known.gap_s = min(max(self._gap_s, crawl_delay_s or 0.0), self._gap_max_s)

    async def _taken(self, turns: asyncio.Semaphore, until: float) -> bool:
        left_s = until - self.monotonic()
        try:
            async with asyncio.timeout(max(left_s, 0.0)):
                await turns.acquire()
        except TimeoutError:
            return False
        return True

    async def _pause(self, known: _Host, until: float) -> NoTurn | None:
        wait_s = known.free_at - self.monotonic()
        if wait_s > until - self.monotonic():
            return NoTurn(FetchReason.BUSY, wait_s)
        if wait_s > 0:
            await self._sleep(wait_s)
        return self._refused(known)

    def _refused(self, known: _Host) -> NoTurn | None:
        now = self.monotonic()
        if known.rest_until > now:
            return NoTurn(FetchReason.RESTING, known.rest_until - now)
        broken_s = circuits.closed_for_s(known.circuit, now)
        if broken_s > 0:
            return NoTurn(FetchReason.CIRCUIT_OPEN, broken_s)
        if self._hourly and len(known.sent) == self._hourly and known.sent[0] + HOUR_S > now:
            return NoTurn(FetchReason.OVER_BUDGET, known.sent[0] + HOUR_S - now)
        return None

    def _crowded(self, known: _Host) -> NoTurn | None:
        """Whether those who wait already take all the time there is, by their pauses alone."""
        wait_s = known.users * known.gap_s / self._per_host
        return NoTurn(FetchReason.BUSY, max(BUSY_S, wait_s)) if wait_s > self._wait_max_s else None

    def _known(self, host: str) -> _Host:
        known = self._hosts.get(host)
        if known is None:
            sent: deque[float] = deque(maxlen=self._hourly)
            known = self._hosts[host] = _Host(asyncio.Semaphore(self._per_host), self._gap_s, sent)
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
