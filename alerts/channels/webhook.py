"""Alerts as signed POST requests, Standard Webhooks 1.0; as CloudEvents 1.0 where that is asked for."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from standardwebhooks import Webhook

from alerts.channels.contract import ChannelContext, several
from alerts.channels.posting import TIMEOUT_MAX_S, Patience, Post, SecretAddress, judged
from alerts.channels.webhook_body import cloud_event, encoded, webhook_body, webhook_data
from news.alert import Delivery, Outcome, Retry

__all__ = ["WebhookChannel", "WebhookSettings", "webhook_body", "webhook_data"]

SECRET_BYTES_MIN = 24
SECRET_BYTES_MAX = 64
SECRETS_MAX = 4
_PREFIX = "whsec_"


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
    """`url` may carry a token and is a secret. Without `secret` requests go unsigned.

    While a secret is changed there are two: every request is signed with each, so that a receiver that knows either
    takes it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: SecretAddress
    secret: (
        Annotated[
            tuple[Annotated[SecretStr, AfterValidator(_signing)], ...],
            BeforeValidator(several),
            Field(min_length=1, max_length=SECRETS_MAX),
        ]
        | None
    ) = None
    timeout_s: Patience = TIMEOUT_MAX_S
    format: Literal["standard", "cloudevents"] = "standard"


class WebhookChannel:
    """One address. Its recipient is the address without path and query, which may hold a token."""

    def __init__(self, name: str, settings: WebhookSettings, context: ChannelContext) -> None:
        self.name = name
        self._post = Post(settings.url, settings.timeout_s, context)
        self.recipients = (self._post.recipient,)
        self._context = context
        self._signers = tuple(Webhook(secret.get_secret_value()) for secret in settings.secret or ())
        self._as_events = settings.format == "cloudevents"

    async def send(self, delivery: Delivery) -> Outcome:
        body, headers = self._request(delivery)
        answer = await self._post.send(body, headers)
        return answer if isinstance(answer, Retry) else judged(answer)

    async def aclose(self) -> None:
        await self._post.aclose()

    def _request(self, delivery: Delivery) -> tuple[str, dict[str, str]]:
        told = webhook_body(delivery.message)
        headers: dict[str, str] = {}
        if self._as_events:
            told = cloud_event(told, key=delivery.key, archive=self._context.archive_name)
            headers["content-type"] = "application/cloudevents+json; charset=utf-8"
        body = encoded(told)
        now = self._context.now().astimezone(UTC)
        headers |= {"webhook-id": delivery.key, "webhook-timestamp": str(int(now.timestamp()))}
        if self._signers:
            headers["webhook-signature"] = " ".join(signer.sign(delivery.key, now, body) for signer in self._signers)
        return body, headers
