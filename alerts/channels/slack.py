"""Alerts in a Slack channel, by an incoming webhook of it.

Rich text blocks carry bold words and links as they are, so that nothing has to be escaped; where a workspace
refuses them, the same goes as plain text with Slack's three escapes.
"""

from __future__ import annotations

from typing import Any

from alerts.card import Card, Line, Run
from alerts.channels.chat import ChatChannel
from alerts.channels.posting import Answer, judged
from news.alert import Outcome, Refused, Retry

_TEXT_MAX = 12_000
_BAD_REQUEST = 400
# What Slack says in words, and what is to be done; anything else it says is not passed on.
_WORDS = {
    "no_service": "the webhook was removed; make a new one in Slack and set url",
    "no_team": "the workspace is not known; set url to a webhook that exists",
    "channel_not_found": "the Slack channel is gone; make a new webhook and set url",
    "channel_is_archived": "the Slack channel is archived",
    "action_prohibited": "an administrator of the workspace does not allow the webhook to post there",
    "posting_to_general_channel_denied": "an administrator does not allow the webhook to post there",
    "invalid_token": "the address is not right; copy it again from Slack",
    "rate_limited": "too many messages at once",
    "user_not_found": "the user that the webhook writes to is gone",
}
_BLOCKS_REFUSED = ("invalid_blocks", "invalid_payload", "unsupported_block", "invalid_attachments")


class SlackChannel(ChatChannel):
    """By an incoming webhook of the Slack channel."""

    def body(self, shown: Card) -> dict[str, Any]:
        return slack_body(shown)

    def plainer_body(self, answer: Answer, shown: Card) -> dict[str, Any] | None:
        refused = answer.status == _BAD_REQUEST and answer.word.startswith(_BLOCKS_REFUSED)
        return plain_body(shown) if refused else None

    def judged(self, answer: Answer) -> Outcome:
        outcome = judged(answer)
        said = next((word for word in _WORDS if answer.word.startswith(word)), None)
        if said is None or answer.taken:
            return outcome
        reason = f"{said}: HTTP {answer.status}, {_WORDS[said]}"
        return Refused(reason) if isinstance(outcome, Refused) else Retry(reason, after_s=answer.retry_after_s)


def slack_body(shown: Card) -> dict[str, Any]:
    """A message of blocks; `text` is what notifications show."""
    return {
        "text": _escaped(shown.summary),
        "blocks": [{"type": "rich_text", "elements": [_section(line) for line in shown.lines]}],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def plain_body(shown: Card) -> dict[str, Any]:
    """The same in Slack's own markup, matched words between asterisks."""
    text = "\n".join("".join(_marked_up(run) for run in line.runs) for line in shown.lines)
    return {"text": text[:_TEXT_MAX], "unfurl_links": False, "unfurl_media": False}


def _section(line: Line) -> dict[str, Any]:
    # Sections run on in one line unless one ends.
    return {"type": "rich_text_section", "elements": [_element(run) for run in (*line.runs, Run("\n")) if run.text]}


def _element(run: Run) -> dict[str, Any]:
    element: dict[str, Any] = {"type": "text", "text": run.text}
    if run.link:
        element = {"type": "link", "url": run.link, "text": run.text}
    return element | {"style": {"bold": True}} if run.bold else element


def _marked_up(run: Run) -> str:
    text = _escaped(run.text)
    if run.link:
        text = f"<{_escaped(run.link).replace('|', '%7C')}|{text}>"
    return f"*{text}*" if run.bold and text.strip() else text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
