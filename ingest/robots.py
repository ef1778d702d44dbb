"""robots.txt as RFC 9309 reads it, kept per origin for a day."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from protego import Protego

from ingest.answers import Blocked, FetchAnswer, Fetched, FetchFailed, FetchReason, NotModified

ROBOTS_BYTES_MAX = 512 * 1024
"""What lies beyond is not read; RFC 9309 asks for at least 500 KiB."""

_FRESH_FOR = timedelta(hours=24)
_RETRY_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class RobotsText:
    """The host answered with rules."""

    body: bytes


@dataclass(frozen=True, slots=True)
class NoRobots:
    """The host says that it has none (any 4xx but 429): everything is allowed."""


@dataclass(frozen=True, slots=True)
class RobotsUnreachable:
    """The host has trouble, so nothing may be assumed.

    `answered` tells a host that failed to serve its rules from one that could not be spoken to.
    """

    reason: FetchReason
    detail: str
    answered: bool
    retry_after_s: float | None = None


RobotsAnswer = RobotsText | NoRobots | RobotsUnreachable


@dataclass(frozen=True, slots=True)
class Allowed:
    crawl_delay_s: float | None = None


@dataclass(frozen=True, slots=True)
class Disallowed:
    """The rules forbid this address to us."""


Ruling = Allowed | Disallowed | RobotsUnreachable


@dataclass(slots=True)
class _Origin:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    read_before: bool = False
    rules: Protego | None = None
    trouble: RobotsUnreachable | None = None
    ask_again_at: datetime | None = None


class Robots:
    """The rulings of many hosts. `read` fetches the robots.txt at an address and never raises.

    While a host cannot serve its rules the previous copy stands; without one, nothing is asked of
    it but its robots.txt, once a minute. At most `origins_max` hosts are remembered.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        clock: Callable[[], datetime],
        read: Callable[[str, bool], Awaitable[RobotsAnswer]],
        origins_max: int = 2_000,
    ) -> None:
        self._token = user_agent.partition("/")[0].strip() or "*"
        self._clock = clock
        self._read = read
        self._origins_max = origins_max
        self._origins: OrderedDict[str, _Origin] = OrderedDict()

    async def ruling(self, origin: str, url: str, *, trusted: bool) -> Ruling:
        """Whether `url`, which lies under `origin` (`https://host:port`), may be asked for."""
        known = self._known(origin)
        async with known.lock:
            if known.ask_again_at is None or self._clock() >= known.ask_again_at:
                await self._refresh(known, f"{origin}/robots.txt", trusted=trusted)
        if known.rules is None:
            return known.trouble or Allowed()
        # Off the event loop: a host may serve half a megabyte of wildcards.
        if not await asyncio.to_thread(known.rules.can_fetch, url, self._token):
            return Disallowed()
        return Allowed(_delay_s(known.rules, self._token))

    async def _refresh(self, known: _Origin, url: str, *, trusted: bool) -> None:
        answer = await self._read(url, trusted)
        now = self._clock()
        if isinstance(answer, RobotsUnreachable):
            known.trouble = None if known.read_before else answer
        else:
            known.rules = await asyncio.to_thread(_parse, answer.body) if isinstance(answer, RobotsText) else None
            known.read_before, known.trouble = True, None
        known.ask_again_at = _ask_again_at(answer, now)

    def _known(self, origin: str) -> _Origin:
        known = self._origins.setdefault(origin, _Origin())
        self._origins.move_to_end(origin)
        if len(self._origins) > self._origins_max:
            self._origins.popitem(last=False)
        return known


def as_robots(answer: FetchAnswer) -> RobotsAnswer:
    """What the answer to a request for robots.txt means."""
    match answer:
        case Fetched():
            return RobotsText(answer.body)
        case Blocked() | NotModified():
            # The page's own check says why, if its host is refused too.
            return NoRobots()
        case FetchFailed():
            return _without_robots(answer)
        case _:
            assert_never(answer)


def _without_robots(failed: FetchFailed) -> RobotsAnswer:
    """RFC 9309, 2.3.1: redirects beyond five and a 4xx mean no rules; a host in trouble means none may be assumed."""
    answered = failed.status is not None
    server_trouble = failed.reason in (FetchReason.SERVER_ERROR, FetchReason.THROTTLED, FetchReason.TRUNCATED)
    lost = failed.reason in (FetchReason.REDIRECT_LOOP, FetchReason.TOO_MANY_REDIRECTS, FetchReason.BAD_REDIRECT)
    if lost or (answered and not server_trouble):
        return NoRobots()
    return RobotsUnreachable(
        reason=failed.reason, detail=failed.detail, answered=answered, retry_after_s=failed.retry_after_s
    )


def _ask_again_at(answer: RobotsAnswer, now: datetime) -> datetime | None:
    """When to read the rules again; None is at the next request.

    A host that could not be spoken to is tried anew each time: its own connection error is the
    clearer answer, and it shows at once when it is back.
    """
    if not isinstance(answer, RobotsUnreachable):
        return now + _FRESH_FOR
    return now + _RETRY_AFTER if answer.answered else None


def _parse(body: bytes) -> Protego:
    if len(body) >= ROBOTS_BYTES_MAX:
        # Half a rule would bar more than the whole one.
        body = body[:ROBOTS_BYTES_MAX].rpartition(b"\n")[0]
    return Protego.parse(body.decode("utf-8-sig", errors="replace"))


def _delay_s(rules: Protego, token: str) -> float | None:
    delays = [rules.crawl_delay(token)]
    rate = rules.request_rate(token)
    if rate is not None and rate.requests:
        delays.append(rate.seconds / rate.requests)
    stated = [float(delay) for delay in delays if delay is not None]
    return max(stated) if stated else None
