"""One request over one connection to one checked address, and its answer within bounds.

The transport is used without httpx's client: so there are no cookies, no redirects but those
followed by us, no proxies from the environment and no decompression without a limit, by construction.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx

from ingest.answers import Fetched, FetchFailed, FetchLimits, FetchReason, NotModified, reason_of_status
from ingest.freshness import age_s
from ingest.headers import RawHeaders, header, joined, location, max_age_s, request_headers, retry_after_s, validator
from ingest.hops import Ask, failed
from ingest.inflate import Body, BodyFault, Fault

NETWORK_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError)
NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout)
_GOOD = (200, 203)
_REDIRECTS = (301, 302, 303, 307, 308)
_PERMANENT = (301, 308)
# A form is well received with any 2xx.
_TAKEN = 2


@dataclass(frozen=True, slots=True)
class Redirect:
    """`target` is the Location as it stands, empty where there is none."""

    target: str
    permanent: bool


Answer = Fetched | NotModified | FetchFailed | Redirect


class Requests:
    """Sends requests, one connection each. `transport` must connect to the address in the request's URL."""

    def __init__(
        self,
        *,
        user_agent: str,
        limits: FetchLimits,
        clock: Callable[[], datetime],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._user_agent, self._limits, self._clock = user_agent, limits, clock
        # Requests name the checked address, so two hosts behind one address would share a kept
        # connection and its certificate: none is kept.
        self._transport = transport or httpx.AsyncHTTPTransport(
            trust_env=True, limits=httpx.Limits(max_connections=None, max_keepalive_connections=0)
        )

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def request(self, ask: Ask, address: str) -> Answer:
        async with self._response(ask, address) as response:
            raw = response.headers.raw
            status = response.status_code
            if sum(len(key) + len(value) for key, value in raw) > self._limits.header_bytes_max:
                return failed(ask, FetchReason.BAD_RESPONSE, status=status, detail="headers too large")
            if status == httpx.codes.NOT_MODIFIED and ask.conditional:
                return self._not_modified(ask, raw)
            if status in _REDIRECTS:
                return Redirect(location(raw), permanent=status in _PERMANENT)
            if status not in _GOOD and not (ask.form is not None and status // 100 == _TAKEN):
                return self._refused(ask, status, raw)
            return await self._whole(ask, response)

    @asynccontextmanager
    async def _response(self, ask: Ask, address: str) -> AsyncIterator[httpx.Response]:
        timeout = httpx.Timeout(self._limits.read_s, connect=self._limits.connect_s, pool=None)
        request = httpx.Request(
            "GET" if ask.form is None else "POST",
            ask.url.copy_with(host=address, userinfo=b"", fragment=None),
            headers=self._headers(ask),
            content=ask.form,
            extensions={"timeout": timeout.as_dict(), "sni_hostname": ask.url.raw_host.decode("ascii").rstrip(".")},
        )
        response = await self._transport.handle_async_request(request)
        try:
            yield response
        finally:
            await response.aclose()

    def _headers(self, ask: Ask) -> list[tuple[bytes, bytes]]:
        return request_headers(
            host=ask.url.netloc,
            user_agent=self._user_agent,
            accept=ask.accept,
            etag=ask.etag,
            last_modified=ask.last_modified,
            credentials=f"{ask.url.username}:{ask.url.password}" if ask.url.userinfo else None,
            form_bytes=len(ask.form) if ask.form is not None else None,
        )

    async def _whole(self, ask: Ask, response: httpx.Response) -> Fetched | FetchFailed:
        raw = response.headers.raw
        try:
            data = await self._body(ask, response)
        except BodyFault as error:
            detail = f"limit {ask.bytes_max} bytes" if error.fault in (Fault.TOO_LARGE, Fault.BOMB) else ""
            return failed(ask, FetchReason(error.fault), status=response.status_code, detail=detail)
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
            links=joined(raw, b"link"),
            age_s=age_s(raw),
        )

    async def _body(self, ask: Ask, response: httpx.Response) -> bytes:
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

    def _not_modified(self, ask: Ask, raw: RawHeaders) -> NotModified:
        now = self._clock()
        return NotModified(
            url=ask.address,
            etag=validator(raw, b"etag") or ask.etag,
            last_modified=validator(raw, b"last-modified") or ask.last_modified,
            fetched_at=now,
            max_age_s=max_age_s(raw, now),
        )

    def _refused(self, ask: Ask, status: int, raw: RawHeaders) -> FetchFailed:
        after_s = retry_after_s(raw, self._clock())
        return failed(ask, reason_of_status(status), status=status, retry_after_s=after_s, detail=f"HTTP {status}")


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


def reason_of(error: BaseException) -> FetchReason:
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
