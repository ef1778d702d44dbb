"""One POST to one address, and what its answer means; for every channel that speaks HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated

import httpx
from pydantic import AfterValidator, Field, SecretStr

from alerts.channels.contract import ChannelContext
from news.alert import Outcome, Refused, Retry, Sent

TIMEOUT_MAX_S = 30.0
CONNECT_MAX_S = 10.0
_WORD_BYTES_MAX = 300
_WORD_S = 3.0
_CONNECTIONS = httpx.Limits(max_connections=10, max_keepalive_connections=5)


def _http(value: SecretStr) -> SecretStr:
    try:
        url = httpx.URL(value.get_secret_value())
    except httpx.InvalidURL:
        raise ValueError("is no address; write https://host/path") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("must begin with https:// or http:// and name a host")
    return value


SecretAddress = Annotated[SecretStr, AfterValidator(_http)]
"""An http or https address that may hold a token: never shown."""
Patience = Annotated[float, Field(gt=0, le=TIMEOUT_MAX_S)]
"""Seconds for a whole exchange."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a receiver answered. `word` is the beginning of its body, where that was asked for; else empty.

    `retry_after_s` is its wish for the next attempt, in seconds from then.
    """

    status: int
    redirects: bool
    retry_after_s: float | None
    word: str = ""

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004  as HTTP has it


class Post:
    """An address to post to. `recipient` is it without path and query, which may hold a token."""

    def __init__(self, url: SecretStr, timeout_s: float, context: ChannelContext) -> None:
        self._url = httpx.URL(url.get_secret_value())
        self.recipient = f"{self._url.scheme}://{self._url.netloc.decode('ascii')}"
        self._user_agent = context.user_agent
        self._now = context.now
        self._timeout_s = timeout_s
        self._connect_s = min(CONNECT_MAX_S, timeout_s)
        # The bare transport: it follows no redirects, and unlike a client it does not log the address with its token.
        proxy = context.network.proxy
        self._transport = httpx.AsyncHTTPTransport(
            limits=_CONNECTIONS, proxy=httpx.Proxy(proxy.get_secret_value()) if proxy else None
        )

    async def send(self, body: str, headers: Mapping[str, str], *, read_word: bool = False) -> Answer | Retry:
        """Post `body` once. A `Retry`: there was no answer.

        What the receiver writes beyond its status is not read unless it is asked for, and then no more than a few
        hundred bytes: it may be endless, and may repeat what we sent.
        """
        progress = _Progress()
        request = self._request(body, headers, progress)
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._transport.handle_async_request(request)
        except (TimeoutError, httpx.TimeoutException):
            return _lost("timeout", f"no answer within {self._timeout_s:g} s", progress)
        except (httpx.TransportError, OSError, ValueError) as err:
            return _lost("disconnected" if progress.body_begun else "connect", _cause(err), progress)
        word = await _word(response) if read_word else ""
        with contextlib.suppress(httpx.TransportError, OSError):
            await response.aclose()
        return Answer(
            status=response.status_code,
            redirects=response.is_redirect or response.has_redirect_location,
            retry_after_s=_retry_after(response.headers.get("retry-after"), self._now()),
            word=word,
        )

    async def aclose(self) -> None:
        await self._transport.aclose()

    def _request(self, body: str, headers: Mapping[str, str], progress: _Progress) -> httpx.Request:
        told = {"content-type": "application/json; charset=utf-8", "user-agent": self._user_agent, **headers}
        timeout = httpx.Timeout(self._timeout_s, connect=self._connect_s, pool=self._connect_s).as_dict()
        request = httpx.Request(
            "POST",
            self._url.copy_with(userinfo=b""),
            headers=told,
            content=body.encode("utf-8"),
            extensions={"timeout": timeout, "trace": progress},
        )
        if self._url.userinfo:
            request = next(httpx.BasicAuth(self._url.username, self._url.password).auth_flow(request))
        return request


def judged(answer: Answer) -> Outcome:
    """Any 2xx is sent, 410 refused for good; everything else may be mended, and is tried again."""
    if answer.taken:
        return Sent(remote_id=f"HTTP {answer.status}")
    if answer.status == httpx.codes.GONE:
        return Refused("gone: the receiver answers 410 and wants no more; remove the channel or mend its address")
    if answer.redirects:
        return Retry(f"redirect: HTTP {answer.status} is not followed; write the final address into the channel's url")
    return Retry(f"status: HTTP {answer.status}", after_s=answer.retry_after_s)


class _Progress:
    """Whether the body has begun to leave: from then on silence does not mean that it was not taken."""

    body_begun = False

    async def __call__(self, event: str, _info: object) -> None:
        self.body_begun = self.body_begun or event.endswith("send_request_body.started")


def _lost(name: str, words: str, progress: _Progress) -> Retry:
    ambiguity = "; the receiver may have it" if progress.body_begun else ""
    return Retry(f"{name}: {words}{ambiguity}", perhaps_taken=progress.body_begun)


async def _word(response: httpx.Response) -> str:
    """The first few hundred bytes of the body as text; as much of them as comes in time."""
    read = b""
    with contextlib.suppress(httpx.HTTPError, httpx.StreamError, OSError, TimeoutError):
        async with asyncio.timeout(_WORD_S):
            async for piece in response.aiter_bytes(_WORD_BYTES_MAX):
                read += piece
                if len(read) >= _WORD_BYTES_MAX:
                    break
    return read[:_WORD_BYTES_MAX].decode("utf-8", "replace").strip()


def _retry_after(value: str | None, now: datetime) -> float | None:
    """`Retry-After` in seconds from `now`, given as a number or as an HTTP date; None where it is neither."""
    if not value:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value[:12])
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def _cause(err: BaseException) -> str:
    """What the system said at the bottom of `err`, which never quotes the address; else the error's name."""
    words, cause = type(err).__name__, err.__cause__ or err.__context__
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"tls, {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return f"tls, {cause.reason}"
        if isinstance(cause, OSError) and cause.strerror:
            words = cause.strerror
        cause = cause.__cause__ or cause.__context__
    return words
