"""Alerts in Microsoft Teams, by a workflow that posts what its webhook is sent: an Adaptive Card."""

from __future__ import annotations

from typing import Any

from alerts.card import Card, Line, Look, Mood, Run
from alerts.channels.chat import ChatChannel
from alerts.channels.posting import Answer, judged
from news.alert import Outcome, Retry

_CARD = "application/vnd.microsoft.card.adaptive"
_COLORS = {Mood.TROUBLE: "attention", Mood.OVER: "good"}


class TeamsChannel(ChatChannel):
    """By the webhook of a workflow, which shows its address when it is made."""

    def body(self, shown: Card) -> dict[str, Any]:
        return teams_body(shown)

    def judged(self, answer: Answer) -> Outcome:
        # The connectors that Teams had before workflows answer 200 to what they then could not post.
        if answer.taken and "delivery failed" in answer.word.lower():
            return Retry("status: Teams answered that the delivery failed", after_s=answer.retry_after_s)
        return judged(answer)


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
