"""What the channels of chat programs have in common: a card, cut until it fits, posted to a secret address."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from pydantic import BaseModel, ConfigDict

from alerts.card import Card, card
from alerts.channels.contract import ChannelContext
from alerts.channels.posting import TIMEOUT_MAX_S, Answer, Patience, Post, SecretAddress
from alerts.channels.webhook_body import encoded
from news.alert import Delivery, Outcome, Retry

# Slack cuts a text of 40,000 characters, Teams takes 28 kB with its envelope. Long before, nobody reads it.
_BODY_BYTES_MAX = 20_000


class ChatSettings(BaseModel):
    """`url` is the address that the program shows when the webhook is made; whoever has it may post there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: SecretAddress
    timeout_s: Patience = TIMEOUT_MAX_S


class ChatChannel(ABC):
    """Chat programs know no id of a message that they would take only once: a lost answer can make a double."""

    def __init__(self, name: str, settings: ChatSettings, context: ChannelContext) -> None:
        self.name = name
        self._webhook = Post(settings.url, settings.timeout_s, context)
        self.recipients = (self._webhook.recipient,)
        self._context = context

    @abstractmethod
    def body(self, shown: Card) -> dict[str, Any]:
        """The card as the program understands it."""

    @abstractmethod
    def judged(self, answer: Answer) -> Outcome:
        """What the program's answer means."""

    def plainer_body(self, answer: Answer, shown: Card) -> dict[str, Any] | None:  # noqa: ARG002
        """What to post once more in the place of a body that was answered so; None: nothing."""
        return None

    async def send(self, delivery: Delivery) -> Outcome:
        framing = self._context.framing(delivery)
        shown = card(delivery.message, framing, fits=self._fits)
        answer = await self._post(self.body(shown))
        if isinstance(answer, Answer) and (plainer := self.plainer_body(answer, shown)) is not None:
            answer = await self._post(plainer)
        return answer if isinstance(answer, Retry) else self.judged(answer)

    async def aclose(self) -> None:
        await self._webhook.aclose()

    async def _post(self, body: dict[str, Any]) -> Answer | Retry:
        return await self._webhook.send(encoded(body), {}, read_word=True)

    def _fits(self, shown: Card) -> bool:
        return len(encoded(self.body(shown)).encode("utf-8")) <= _BODY_BYTES_MAX
