"""The one door to the network for sources and pages.

Whatever a server does becomes a value: `Fetched`, `NotModified`, `Blocked` (we do not ask) or
`FetchFailed` (it did not give). Only cancellation passes through.

The transport is used without httpx's client: so there are no cookies, no redirects but those
followed here, no proxies from the environment and no decompression without a limit, by construction.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import httpx

from ingest.addresses import AddressPolicy, Network, Resolve, is_odd_number, resolve_host
from ingest.answers import (
    Blocked,
    BlockReason,
    FetchAnswer,
    Fetched,
    FetchFailed,
    FetchLimits,
    FetchReason,
    NotModified,
    reason_of_status,
)
from ingest.freshness import age_s
from ingest.headers import RawHeaders, header, location, max_age_s, request_headers, retry_after_s, sendable, validator
from ingest.inflate import Body, BodyFault, Fault
from ingest.politeness import Politeness
from ingest.robots import ROBOTS_BYTES_MAX, Disallowed, NoRobots, Robots, RobotsAnswer, RobotsUnreachable, as_robots

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
_GOOD = (200, 203)
_REDIRECTS = (301, 302, 303, 307, 308)
_PERMANENT = (301, 308)
_PORT_MAX = 65_535
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """One hop of a fetch."""

    url: httpx.URL
    accept: str
    trusted: bool
    robots: bool
    bytes_max: int
    cut: bool = False
    etag: str | None = None
    last_modified: str | None = None

    @property
    def conditional(self) -> bool:
        return self.etag is not None or self.last_modified is not None

    @property
    def port(self) -> int:
        return self.url.port or _DEFAULT_PORTS[self.url.scheme]

    @property
    def authority(self) -> str:
        return self.url.netloc.decode("ascii")

    @property
    def address(self) -> str:
        """The whole address without user, password and fragment."""
        return str(self.url.copy_with(userinfo=b"", fragment=None))

    def same_host(self, other: _Ask) -> bool:
        return self.url.host == other.url.host

    def same_place(self, other: _Ask) -> bool:
        """Host and port; http and https on their default ports are one place."""
        return self.same_host(other) and (self.port == other.port or self.url.port is None is other.url.port)


@dataclass(frozen=True, slots=True)
class _Redirect:
    """`target` is the Location as it stands, empty where there is none."""

    target: str
    permanent: bool


_Step = Fetched | NotModified | Blocked | FetchFailed | _Redirect


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
        self._user_agent = user_agent
        self._limits = limits
        self._clock = clock
        self._politeness = politeness
        self._robots = Robots(user_agent=user_agent, clock=clock, read=self._read_robots) if robots else None
        self._policy = allow if isinstance(allow, AddressPolicy) else AddressPolicy(tuple(allow))
        self._resolve = resolve
        # Requests name the checked address, so two hosts behind one address would share a kept
        # connection and its certificate: none is kept.
        self._transport = transport or httpx.AsyncHTTPTransport(
            trust_env=True, limits=httpx.Limits(max_connections=None, max_keepalive_connections=0)
        )

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        trusted: bool = False,
        accept: str = ACCEPT_ANY,
    ) -> FetchAnswer:
        """GET `url`, conditionally if validators are given; those that no header can hold are left out.

        The answer's `url` is the one given.
        """
        parsed = _parse_url(url, chars_max=self._limits.url_chars_max)
        if parsed is None:
            return Blocked(url=url, reason=BlockReason.URL)
        ask = _Ask(
            url=parsed,
            accept=accept,
            trusted=trusted,
            robots=True,
            bytes_max=self._limits.body_bytes_max,
            etag=sendable(etag),
            last_modified=sendable(last_modified),
        )
        return replace(await self._travel(ask), url=url)

    async def _travel(self, ask: _Ask) -> FetchAnswer:
        """Follow redirects, by hand, each hop checked as if it came first."""
        seen = {ask.address}
        permanent = True
        for hop in range(self._limits.redirects_max + 1):
            step = await self._step(ask)
            if isinstance(step, Fetched):
                return replace(step, permanent_redirect=permanent and hop > 0)
            if not isinstance(step, _Redirect):
                return step
            permanent = permanent and step.permanent
            onward = self._onward(ask, step.target)
            if onward is None:
                return _failed(ask, FetchReason.BAD_REDIRECT, detail=step.target[:200] or "no Location")
            ask = onward
            if ask.address in seen:
                return _failed(ask, FetchReason.REDIRECT_LOOP, detail=f"back at {ask.address[:200]}")
            seen.add(ask.address)
        return _failed(ask, FetchReason.TOO_MANY_REDIRECTS, detail=f"more than {self._limits.redirects_max}")

    def _onward(self, ask: _Ask, target: str) -> _Ask | None:
        """The next hop. Credentials stay at their place, validators at their host."""
        joined = _parse_url(target, base=ask.url, chars_max=self._limits.url_chars_max)
        if joined is None:
            return None
        hop = replace(ask, url=joined.copy_with(userinfo=b""))
        if joined.scheme not in _DEFAULT_PORTS:
            return replace(hop, trusted=False)
        if hop.same_place(ask):
            hop = replace(hop, url=hop.url.copy_with(userinfo=ask.url.userinfo))
        else:
            hop = replace(hop, trusted=False)
        return hop if hop.same_host(ask) else replace(hop, etag=None, last_modified=None)

    async def _step(self, ask: _Ask) -> _Step:
        refusal = _refusal(ask)
        if refusal is not None:
            return refusal
        if ask.robots and self._robots is not None:
            barred = await self._barred(self._robots, ask)
            if barred is not None:
                return barred
        async with self._politeness.turn(_place(ask)) as resting:
            if resting is not None:
                return _failed(
                    ask, FetchReason.THROTTLED, retry_after_s=resting.for_s, detail="the host asked for rest"
                )
            answer = await self._within_deadline(ask)
            self._heed(ask, answer)
            return answer

    async def _barred(self, robots: Robots, ask: _Ask) -> Blocked | FetchFailed | None:
        origin = f"{ask.url.scheme}://{ask.authority}"
        ruling = await robots.ruling(origin, ask.address, trusted=ask.trusted)
        match ruling:
            case Disallowed():
                return Blocked(url=ask.address, reason=BlockReason.ROBOTS, detail="robots.txt disallows it")
            case RobotsUnreachable():
                reason = FetchReason.ROBOTS if ruling.answered else ruling.reason
                detail = f"robots.txt: {ruling.detail}"
                return _failed(ask, reason, retry_after_s=ruling.retry_after_s, detail=detail)
            case _:
                self._politeness.slow_down(_place(ask), ruling.crawl_delay_s)
                return None

    def _heed(self, ask: _Ask, answer: _Step) -> None:
        """Let the host rest where it asked for it."""
        if isinstance(answer, FetchFailed) and answer.status in (429, 503):
            self._politeness.rest(_place(ask), answer.retry_after_s or 0.0)

    async def _within_deadline(self, ask: _Ask) -> _Step:
        try:
            async with asyncio.timeout(self._limits.total_s):
                addresses = await self._addresses(ask)
                if isinstance(addresses, Blocked):
                    return addresses
                return await self._request_any(ask, addresses)
        except TimeoutError:
            return _failed(ask, FetchReason.TIMEOUT, detail=f"not done within {self._limits.total_s:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            return _failed(ask, _reason_of(error), detail=str(error)[:200] or type(error).__name__)

    async def _addresses(self, ask: _Ask) -> Sequence[str] | Blocked:
        addresses = await self._resolve(ask.url.host, ask.port)
        if ask.trusted and addresses:
            return addresses
        permitted = self._policy.permitted(ask.url.host, addresses)
        if not permitted:
            detail = f"{ask.url.host} leads to {', '.join(addresses[:3]) or 'nowhere'}"
            return Blocked(url=ask.address, reason=BlockReason.ADDRESS, detail=detail)
        return permitted

    async def _request_any(self, ask: _Ask, addresses: Sequence[str]) -> _Step:
        """Ask at the first address that takes the connection."""
        for address in addresses[:-1]:
            try:
                return await self._request(ask, address)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._request(ask, addresses[-1])

    async def _request(self, ask: _Ask, address: str) -> _Step:
        async with self._response(ask, address) as response:
            raw = response.headers.raw
            status = response.status_code
            if sum(len(key) + len(value) for key, value in raw) > self._limits.header_bytes_max:
                return _failed(ask, FetchReason.BAD_RESPONSE, status=status, detail="headers too large")
            if status == httpx.codes.NOT_MODIFIED and ask.conditional:
                return self._not_modified(ask, raw)
            if status in _REDIRECTS:
                return _Redirect(location(raw), permanent=status in _PERMANENT)
            if status not in _GOOD:
                return self._refused(ask, status, raw)
            return await self._whole(ask, response)

    @asynccontextmanager
    async def _response(self, ask: _Ask, address: str) -> AsyncIterator[httpx.Response]:
        timeout = httpx.Timeout(self._limits.read_s, connect=self._limits.connect_s, pool=None)
        request = httpx.Request(
            "GET",
            ask.url.copy_with(host=address, userinfo=b"", fragment=None),
            headers=self._headers(ask),
            extensions={"timeout": timeout.as_dict(), "sni_hostname": ask.url.raw_host.decode("ascii").rstrip(".")},
        )
        response = await self._transport.handle_async_request(request)
        try:
            yield response
        finally:
            await response.aclose()

    def _headers(self, ask: _Ask) -> list[tuple[bytes, bytes]]:
        return request_headers(
            host=ask.url.netloc,
            user_agent=self._user_agent,
            accept=ask.accept,
            etag=ask.etag,
            last_modified=ask.last_modified,
            credentials=f"{ask.url.username}:{ask.url.password}" if ask.url.userinfo else None,
        )

    async def _whole(self, ask: _Ask, response: httpx.Response) -> Fetched | FetchFailed:
        raw = response.headers.raw
        try:
            data = await self._body(ask, response)
        except BodyFault as error:
            detail = f"limit {ask.bytes_max} bytes" if error.fault in (Fault.TOO_LARGE, Fault.BOMB) else ""
            return _failed(ask, FetchReason(error.fault), status=response.status_code, detail=detail)
        now = self._clock()
        return Fetched(
            url=ask.address,
            final_url=ask.address,
            status=response.status_code,
            body=data,
            content_type=(header(raw, b"content-type") or "")[:200],
            etag=validator(raw, b"etag"),
            last_modified=validator(raw, b"last-modified"),
            fetched_at=now,
            max_age_s=max_age_s(raw, now),
            age_s=age_s(raw),
        )

    async def _body(self, ask: _Ask, response: httpx.Response) -> bytes:
        raw = response.headers.raw
        coding = (header(raw, b"content-encoding") or "").strip().lower()
        body = Body(coding, bytes_max=ask.bytes_max, bomb_ratio=self._limits.bomb_ratio)
        declared = header(raw, b"content-length") or ""
        if declared.isdigit() and int(declared) > ask.bytes_max and not ask.cut:
            raise BodyFault(Fault.TOO_LARGE)
        try:
            async for chunk in response.aiter_raw():
                body.feed(chunk)
        except BodyFault:
            if ask.cut:
                return body.data
            raise
        return body.close()

    def _not_modified(self, ask: _Ask, raw: RawHeaders) -> NotModified:
        now = self._clock()
        return NotModified(
            url=ask.address,
            etag=validator(raw, b"etag") or ask.etag,
            last_modified=validator(raw, b"last-modified") or ask.last_modified,
            fetched_at=now,
            max_age_s=max_age_s(raw, now),
        )

    def _refused(self, ask: _Ask, status: int, raw: RawHeaders) -> FetchFailed:
        after_s = retry_after_s(raw, self._clock())
        return _failed(ask, reason_of_status(status), status=status, retry_after_s=after_s, detail=f"HTTP {status}")

    async def _read_robots(self, url: str, trusted: bool) -> RobotsAnswer:  # noqa: FBT001 (the shape that Robots calls)
        parsed = _parse_url(url, chars_max=self._limits.url_chars_max)
        if parsed is None:
            return NoRobots()
        ask = _Ask(
            url=parsed,
            accept="text/plain, */*;q=0.5",
            trusted=trusted,
            robots=False,
            bytes_max=ROBOTS_BYTES_MAX,
            cut=True,
        )
        return as_robots(await self._travel(ask))


def _parse_url(text: str, *, chars_max: int, base: httpx.URL | None = None) -> httpx.URL | None:
    text = text.strip()
    if not text or len(text) > chars_max:
        return None
    try:
        url = httpx.URL(text)
        url = url if base is None else base.join(url)
    except (httpx.InvalidURL, ValueError):
        return None
    if url.scheme in _DEFAULT_PORTS and (not url.host or (url.port or 0) > _PORT_MAX):
        return None
    return url


def _refusal(ask: _Ask) -> Blocked | None:
    """What can be refused without asking anybody."""
    if ask.url.scheme not in _DEFAULT_PORTS:
        return Blocked(url=str(ask.url), reason=BlockReason.SCHEME, detail=ask.url.scheme or "no scheme")
    if ask.trusted:
        return None
    if ask.url.userinfo:
        return Blocked(url=ask.address, reason=BlockReason.CREDENTIALS, detail="a user name in an address from outside")
    if is_odd_number(ask.url.host):
        return Blocked(url=ask.address, reason=BlockReason.ADDRESS, detail="a number for a host")
    return None


_BY_ERROR: tuple[tuple[type[BaseException], FetchReason], ...] = (
    (ssl.SSLError, FetchReason.TLS),
    (socket.gaierror, FetchReason.DNS),
    (UnicodeError, FetchReason.DNS),
    (ConnectionRefusedError, FetchReason.REFUSED),
    (TimeoutError, FetchReason.TIMEOUT),
    (httpx.TimeoutException, FetchReason.TIMEOUT),
    (httpx.ReadError, FetchReason.RESET),
    (httpx.WriteError, FetchReason.RESET),
    (ConnectionError, FetchReason.RESET),
)


def _reason_of(error: BaseException) -> FetchReason:
    """The reason behind an exception of the network, looked for along its causes."""
    if isinstance(error, httpx.RemoteProtocolError):
        return _reason_of_breach(str(error))
    link: BaseException | None = error
    while link is not None:
        for kind, reason in _BY_ERROR:
            if isinstance(link, kind):
                return reason
        link = link.__cause__ or link.__context__
    return FetchReason.UNREACHABLE if isinstance(error, httpx.TransportError | OSError) else FetchReason.BAD_RESPONSE


def _reason_of_breach(message: str) -> FetchReason:
    if "peer closed connection" in message:
        return FetchReason.TRUNCATED
    return FetchReason.RESET if "disconnected" in message else FetchReason.BAD_RESPONSE


def _place(ask: _Ask) -> str:
    """What politeness is kept towards: a host, and its port where that is not the usual one."""
    return ask.url.host if ask.url.port is None else f"{ask.url.host}:{ask.url.port}"


def _failed(
    ask: _Ask, reason: FetchReason, *, status: int | None = None, retry_after_s: float | None = None, detail: str = ""
) -> FetchFailed:
    return FetchFailed(url=ask.address, reason=reason, status=status, retry_after_s=retry_after_s, detail=detail)
