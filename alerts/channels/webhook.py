"""Alerts as signed POST requests, Standard Webhooks 1.0."""

import asyncio
import base64
import binascii
import contextlib
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from standardwebhooks import Webhook

from alerts.channels.contract import ChannelContext
from alerts.channels.webhook_body import encoded, webhook_body, webhook_data
from news.alert import Delivery, Outcome, Refused, Retry, Sent

__all__ = ["WebhookChannel", "WebhookSettings", "webhook_body", "webhook_data"]

TIMEOUT_MAX_S = 30.0
CONNECT_MAX_S = 10.0
SECRET_BYTES_MIN = 24
SECRET_BYTES_MAX = 64
_PREFIX = "whsec_"
_CONNECTIONS = httpx.Limits(max_connections=10, max_keepalive_connections=5)


def _http(value: SecretStr) -> SecretStr:
    try:
        url = httpx.URL(value.get_secret_value())
    except httpx.InvalidURL:
        raise ValueError("is no address; write https://host/path") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("must begin with https:// or http:// and name a host")
    return value


def _signing(value: SecretStr) -> SecretStr:
    coded = value.get_secret_value().removeprefix(_PREFIX)
    try:
        size = len(base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True))
    except (binascii.Error, ValueError):
        raise ValueError(f"is not {_PREFIX} and base64 after it; make one with `openssl rand -base64 32`") from None
    if not SECRET_BYTES_MIN <= size <= SECRET_BYTES_MAX:
        raise ValueError(f"must hold {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes; `openssl rand -base64 32` does")
    return value


class WebhookSettings(BaseModel):
    """`url` may carry a token and is a secret. Without `secret` requests go unsigned."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[SecretStr, AfterValidator(_http)]
    secret: Annotated[SecretStr, AfterValidator(_signing)] | None = None
    timeout_s: Annotated[float, Field(gt=0, le=TIMEOUT_MAX_S)] = TIMEOUT_MAX_S


class WebhookChannel:
    """One address. Its recipient is the address without path and query, which may hold a token."""

    def __init__(self, name: str, settings: WebhookSettings, context: ChannelContext) -> None:
        self.name = name
        self._url = httpx.URL(settings.url.get_secret_value())
        self.recipients = (f"{self._url.scheme}://{self._url.netloc.decode('ascii')}",)
        self._context = context
        self._timeout_s = settings.timeout_s
        self._connect_s = min(CONNECT_MAX_S, settings.timeout_s)
        self._signer = Webhook(settings.secret.get_secret_value()) if settings.secret else None
        # The bare transport: it follows no redirects, and unlike a client it does not log the address with its token.
        proxy = context.network.proxy
        self._transport = httpx.AsyncHTTPTransport(
            limits=_CONNECTIONS, proxy=httpx.Proxy(proxy.get_secret_value()) if proxy else None
        )

    async def send(self, delivery: Delivery) -> Outcome:
        progress = _Progress()
        request = self._request(delivery, progress)
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._transport.handle_async_request(request)
        except (TimeoutError, httpx.TimeoutException):
            return _lost("timeout", f"no answer within {self._timeout_s:g} s", progress)
        except (httpx.TransportError, OSError, ValueError) as err:
            return _lost("disconnected" if progress.body_begun else "connect", _cause(err), progress)
        await _dropped(response)
        return _judged(response, self._context.now())

    async def aclose(self) -> None:
        await self._transport.aclose()

    def _request(self, delivery: Delivery, progress: "_Progress") -> httpx.Request:
        body = encoded(webhook_body(delivery.message))
        now = self._context.now().astimezone(UTC)
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": self._context.user_agent,
            "webhook-id": delivery.key,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if self._signer:
            headers["webhook-signature"] = self._signer.sign(delivery.key, now, body)
        timeout = httpx.Timeout(self._timeout_s, connect=self._connect_s, pool=self._connect_s).as_dict()
        address = self._url.copy_with(userinfo=b"")
        request = httpx.Request(
            "POST",
            address,
            headers=headers,
            content=body.encode("utf-8"),
            extensions={"timeout": timeout, "trace": progress},
        )
        if self._url.userinfo:
            request = next(httpx.BasicAuth(self._url.username, self._url.password).auth_flow(request))
        return request


class _Progress:
    """Whether the body has begun to leave: from then on silence does not mean that it was not taken."""

    body_begun = False

    async def __call__(self, event: str, _info: object) -> None:
        self.body_begun = self.body_begun or event.endswith("send_request_body.started")


def _lost(name: str, words: str, progress: _Progress) -> Retry:
    ambiguity = "; the receiver may have it" if progress.body_begun else ""
    return Retry(f"{name}: {words}{ambiguity}", perhaps_taken=progress.body_begun)


async def _dropped(response: httpx.Response) -> None:
    """What the receiver writes beyond its status is not read: it may be endless, and may repeat what we sent."""
    with contextlib.suppress(httpx.TransportError, OSError):
        await response.aclose()


def _judged(response: httpx.Response, now: datetime) -> Outcome:
    status = response.status_code
    if response.is_success:
        return Sent(remote_id=f"HTTP {status}")
    if status == httpx.codes.GONE:
        return Refused("gone: the receiver answers 410 and wants no more; remove the channel or mend its address")
    if response.is_redirect or response.has_redirect_location:
        return Retry(f"redirect: HTTP {status} is not followed; write the final address into the channel's url")
    return Retry(f"status: HTTP {status}", after_s=_retry_after(response.headers.get("retry-after"), now))


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
