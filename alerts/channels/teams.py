"""Alerts in Microsoft Teams, by a workflow that posts what its webhook is sent: an Adaptive Card."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from alerts.card import Card, Line, Look, Mood, Run, card
from alerts.channels.contract import ChannelContext
from alerts.channels.posting import TIMEOUT_MAX_S, Answer, Patience, Post, SecretAddress, judged
from alerts.channels.webhook_body import encoded
from news.alert import Delivery, Outcome, Retry

# Teams takes messages of 28 kB, the envelope of its own around ours included.
_BODY_BYTES_MAX = 20_000
_CARD = "application/vnd.microsoft.card.adaptive"
_COLORS = {Mood.TROUBLE: "attention", Mood.OVER: "good"}


class TeamsSettings(BaseModel):
    """`url` is the address that the workflow shows when it is made; it is a secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: SecretAddress
    timeout_s: Patience = TIMEOUT_MAX_S


class TeamsChannel:
    """Teams knows no id of a message that it would take only once: a lost answer can make a double."""

    def __init__(self, name: str, settings: TeamsSettings, context: ChannelContext) -> None:
        self.name = name
        self._post = Post(settings.url, settings.timeout_s, context)
        self.recipients = (self._post.recipient,)
        self._context = context

    async def send(self, delivery: Delivery) -> Outcome:
        framing = self._context.framing(delivery)
        shown = card(delivery.message, framing, fits=lambda tried: _size(tried) <= _BODY_BYTES_MAX)
        answer = await self._post.send(encoded(teams_body(shown)), {}, read_word=True)
        return answer if isinstance(answer, Retry) else _judged(answer)

    async def aclose(self) -> None:
        await self._post.aclose()


def teams_body(shown: Card) -> dict[str, Any]:
    """A message with one Adaptive Card 1.4. Rich text blocks hold runs, so that no markup of strangers is read."""
    content: dict[str, Any] = {
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": shown.summary,
        "body": [_block(line, shown.mood) for line in shown.lines],
        "msteams": {"width": "Full"},
    }
    if shown.link:
        content["actions"] = [{"type": "Action.OpenUrl", "title": "Open", "url": shown.link}]
    return {"type": "message", "summary": shown.summary, "attachments": [{"contentType": _CARD, "content": content}]}


def _block(line: Line, mood: Mood) -> dict[str, Any]:
    return {
        "type": "RichTextBlock",
        "spacing": "small" if line.look is Look.SMALL else "default",
        "inlines": [_inline(run, line.look, mood) for run in line.runs if run.text],
    }


def _inline(run: Run, look: Look, mood: Mood) -> dict[str, Any]:
    inline: dict[str, Any] = {"type": "TextRun", "text": run.text}
    if run.bold:
        inline["weight"] = "bolder"
    if look is Look.TITLE:
        inline["size"] = "medium"
        inline |= {"color": _COLORS[mood]} if mood in _COLORS else {}
    if look is Look.SMALL:
        inline |= {"size": "small", "isSubtle": True}
    if run.link:
        inline["selectAction"] = {"type": "Action.OpenUrl", "url": run.link}
    return inline


def _size(shown: Card) -> int:
    return len(encoded(teams_body(shown)).encode("utf-8"))


def _judged(answer: Answer) -> Outcome:
    # The connectors that Teams had before workflows answer 200 to what they then could not post.
    if answer.taken and "delivery failed" in answer.word.lower():
        return Retry("status: Teams answered that the delivery failed", after_s=answer.retry_after_s)
    return judged(answer)
