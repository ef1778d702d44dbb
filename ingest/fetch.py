"""The one door to the network for sources and pages.

Whatever a server does becomes a value: `Fetched`, `NotModified`, `Blocked` (we do not ask) or
`FetchFailed` (it did not give). Only cancellation passes through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

import httpx

from ingest.addresses import AddressPolicy, Network, Resolve, resolve_host
from ingest.answers import (
    UNASKED,
    Blocked,
    BlockReason,
    FetchAnswer,
    Fetched,
    FetchFailed,
    FetchLimits,
    FetchReason,
    NotModified,
)
from ingest.headers import sendable
from ingest.hops import Ask, failed, onward, parse_url, place, refusal
from ingest.politeness import Politeness
from ingest.robots import ROBOTS_BYTES_MAX, Disallowed, NoRobots, Robots, RobotsAnswer, RobotsUnreachable, as_robots
from ingest.sharing import Shared, Validators
from ingest.transport import NETWORK_ERRORS, NO_CONNECTION, Answer, Redirect, Requests, reason_of

__all__ = [
    "ACCEPT_ANY",
    "BlockReason",
    "Blocked",
    "FetchAnswer",
    "FetchFailed",
    "FetchLimits",
    "FetchReason",
    "Fetched",
    "Fetcher",
    "NotModified",
]

ACCEPT_ANY = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/html;q=0.9, */*;q=0.5"
# How long a host rests that says too many requests and not for how long.
REST_S = 30.0
# Of the answer to a form, nobody reads more.
ANSWER_BYTES_MAX = 64 * 1024
_Step = Answer | Blocked


class Fetcher:
    """Fetches politely. One per process; close it with `aclose`.

    `user_agent` names the product first (`Wirewatch/1.0 (+https://…)`): that token is looked for
    in robots.txt. `trusted` addresses, written by the operator, may be private, and so may
    redirects to the same host and port; all others must be public or within `allow`, by network or
    by host. `transport` must connect to the address in the request's URL, which is the one checked.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        limits: FetchLimits,
        clock: Callable[[], datetime],
        politeness: Politeness,
        robots: bool = True,
        allow: AddressPolicy | Sequence[Network] = (),
        transport: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve = resolve_host,
    ) -> None:
        self._limits = limits
        self._politeness = politeness
        self._robots = Robots(user_agent=user_agent, clock=clock, read=self._read_robots) if robots else None
        self._policy = allow if isinstance(allow, AddressPolicy) else AddressPolicy(tuple(allow))
        self._resolve = resolve
        self._shared = Shared(monotonic=politeness.monotonic)
        self._requests = Requests(user_agent=user_agent, limits=limits, clock=clock, transport=transport)

    async def aclose(self) -> None:
        await self._requests.aclose()

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        trusted: bool = False,
        accept: str = ACCEPT_ANY,
        asker: int | None = None,
    ) -> FetchAnswer:
        """GET `url`, conditionally if validators are given; those that no header can hold are left out.

        The answer's `url` is the one given. `asker` is the source that polls: several with one address share one
        answer, as `ingest.sharing` tells. Without it the address is asked, whatever was asked a moment ago.
        """
        parsed = parse_url(url, chars_max=self._limits.url_chars_max)
        if parsed is None:
            return Blocked(url=url, reason=BlockReason.URL)
        ask = Ask(
            url=parsed,
            accept=accept,
            trusted=trusted,
            robots=True,
            bytes_max=self._limits.body_bytes_max,
            etag=sendable(etag),
            last_modified=sendable(last_modified),
        )
        if asker is None:
            return replace(await self._travel(ask), url=url)
        key = f"{ask.trusted} {accept} {ask.url}"
        validators = Validators(ask.etag, ask.last_modified)
        return replace(await self._shared.answer(key, asker, validators, partial(self._travel, ask)), url=url)

    async def post_form(self, url: str, fields: Mapping[str, str]) -> FetchAnswer:
        """POST a form to an address that a stranger named; `Fetched` where it was taken. Redirects are not followed."""
        parsed = parse_url(url, chars_max=self._limits.url_chars_max)
        if parsed is None:
            return Blocked(url=url, reason=BlockReason.URL)
        form = urlencode(fields).encode("ascii")
        ask = Ask(
            url=parsed, accept="*/*", trusted=False, robots=False, bytes_max=ANSWER_BYTES_MAX, cut=True, form=form
        )
        step = await self._step(ask)
        if isinstance(step, Redirect):
            return failed(ask, FetchReason.BAD_REDIRECT, detail=f"sent on to {step.target[:200]}")
        return step

    def forget(self) -> None:
        """Let no source be told what another was told before now."""
        self._shared.clear()

    async def _travel(self, ask: Ask) -> FetchAnswer:
        """Follow redirects, by hand, each hop checked as if it came first."""
        seen = {ask.address}
        permanent = True
        for hop in range(self._limits.redirects_max + 1):
            step = await self._step(ask)
            if isinstance(step, Fetched):
                return replace(step, permanent_redirect=permanent and hop > 0)
            if not isinstance(step, Redirect):
                return step
            permanent = permanent and step.permanent
            hop_next = onward(ask, step.target, chars_max=self._limits.url_chars_max)
            if hop_next is None:
                return failed(ask, FetchReason.BAD_REDIRECT, detail=step.target[:200] or "no Location")
            ask = hop_next
            if ask.address in seen:
                return failed(ask, FetchReason.REDIRECT_LOOP, detail=f"back at {ask.address[:200]}")
            seen.add(ask.address)
        return failed(ask, FetchReason.TOO_MANY_REDIRECTS, detail=f"more than {self._limits.redirects_max}")

    async def _step(self, ask: Ask) -> _Step:
        refused = refusal(ask)
        if refused is not None:
            return refused
        if ask.robots and self._robots is not None:
            barred = await self._barred(self._robots, ask)
            if barred is not None:
                return barred
        async with self._politeness.turn(place(ask)) as no_turn:
            if no_turn is not None:
                return failed(ask, no_turn.reason, retry_after_s=no_turn.for_s, detail=UNASKED[no_turn.reason])
            answer = await self._within_deadline(ask)
            self._heed(ask, answer)
            return answer

    async def _barred(self, robots: Robots, ask: Ask) -> Blocked | FetchFailed | None:
        origin = f"{ask.url.scheme}://{ask.authority}"
        ruling = await robots.ruling(origin, ask.address, trusted=ask.trusted)
        match ruling:
            case Disallowed():
                return Blocked(url=ask.address, reason=BlockReason.ROBOTS, detail="robots.txt disallows it")
            case RobotsUnreachable():
                reason = FetchReason.ROBOTS if ruling.answered else ruling.reason
                detail = f"robots.txt: {ruling.detail}"
                return failed(ask, reason, retry_after_s=ruling.retry_after_s, detail=detail)
            case _:
                self._politeness.slow_down(place(ask), ruling.crawl_delay_s)
                return None

    def _heed(self, ask: Ask, answer: _Step) -> None:
        """Let the host rest where it asked for it, and remember whether it is well."""
        if isinstance(answer, Blocked):
            return
        reason = answer.reason if isinstance(answer, FetchFailed) else None
        if isinstance(answer, FetchFailed) and answer.status in (429, 503):
            unsaid_s = REST_S if reason is FetchReason.THROTTLED else 0.0
            self._politeness.rest(place(ask), unsaid_s if answer.retry_after_s is None else answer.retry_after_s)
        self._politeness.ended(place(ask), reason, ask.address)

    async def _within_deadline(self, ask: Ask) -> _Step:
        try:
            async with asyncio.timeout(self._limits.total_s):
                addresses = await self._addresses(ask)
                if isinstance(addresses, Blocked):
                    return addresses
                return await self._request_any(ask, addresses)
        except TimeoutError:
            return failed(ask, FetchReason.TIMEOUT, detail=f"not done within {self._limits.total_s:g} s")
        except NETWORK_ERRORS as error:
            return failed(ask, reason_of(error), detail=str(error)[:200] or type(error).__name__)

    async def _addresses(self, ask: Ask) -> Sequence[str] | Blocked:
        addresses = await self._resolve(ask.url.host, ask.port)
        if ask.trusted and addresses:
            return addresses
        permitted = self._policy.permitted(ask.url.host, addresses)
        if not permitted:
            detail = f"{ask.url.host} leads to {', '.join(addresses[:3]) or 'nowhere'}"
            return Blocked(url=ask.address, reason=BlockReason.ADDRESS, detail=detail)
        return permitted

    async def _request_any(self, ask: Ask, addresses: Sequence[str]) -> _Step:
        """Ask at the first address that takes the connection."""
        for address in addresses[:-1]:
            try:
                return await self._requests.request(ask, address)
            except NO_CONNECTION:
                continue
        return await self._requests.request(ask, addresses[-1])

    async def _read_robots(self, url: str, trusted: bool) -> RobotsAnswer:  # noqa: FBT001 (the shape that Robots calls)
        parsed = parse_url(url, chars_max=self._limits.url_chars_max)
        if parsed is None:
            return NoRobots()
        ask = Ask(
            url=parsed,
            accept="text/plain, */*;q=0.5",
            trusted=trusted,
            robots=False,
            bytes_max=ROBOTS_BYTES_MAX,
            cut=True,
        )
        return as_robots(await self._travel(ask))
