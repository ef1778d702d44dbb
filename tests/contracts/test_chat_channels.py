"""What Slack, Teams and the services behind Apprise are sent, and what is made of their answers."""

import json
from dataclasses import replace

import apprise
import pytest
from receivers import (
    TOKEN,
    HttpReceiver,
    chat,
    closed_port,
    context,
    delivery_to,
    half,
    hang,
    ntfy,
    reset,
    rubbish,
    sent_to,
    serving,
    trickle,
)

from alerts.channels import open_channel
from alerts.channels.apprise import SCHEMAS, words
from alerts.render import Framing
from news.alert import Refused, Retry, Sent

CHATS = pytest.mark.parametrize("kind", ["slack", "teams"])
MARKUP = "<https://evil.example|Click> *bold* [link](https://evil.example) &amp; <!channel>"


def saying(status, word):
    raw = word.encode()
    return f"HTTP/1.1 {status} Word\r\ncontent-length: {len(raw)}\r\n\r\n".encode() + raw


def bodies(receiver):
    return [json.loads(body) for _, _, body in receiver.requests]


def runs(value):
    """Every piece of text in a message, with what it looks like and leads to."""
    if isinstance(value, list):
        return [run for each in value for run in runs(each)]
    if not isinstance(value, dict):
        return []
    if value.get("type") in {"text", "link"}:
        return [(value["text"], bool(value.get("style", {}).get("bold")), value.get("url"))]
    if value.get("type") == "TextRun":
        return [(value["text"], value.get("weight") == "bolder", value.get("selectAction", {}).get("url"))]
    return [run for each in value.values() for run in runs(each)]


@CHATS
@pytest.mark.parametrize("code", [200, 202, 204])
async def test_a_2xx_is_sent(kind, code):
    receiver = HttpReceiver()
    receiver.status(code)
    async with serving(receiver) as port:
        assert await sent_to(chat(port, kind)) == Sent(remote_id=f"HTTP {code}")


@CHATS
@pytest.mark.parametrize("code", [301, 302, 307, 308, 400, 401, 403, 404, 413, 429, 500, 502, 503, 504])
async def test_every_other_status_but_410_is_retried_and_no_redirect_followed(kind, code):
    receiver = HttpReceiver()
    async with serving(receiver) as port:
        receiver.status(code, f"location: http://127.0.0.1:{port}/elsewhere", "retry-after: 30")
        outcome = await sent_to(chat(port, kind))
    assert isinstance(outcome, Retry)
    assert str(code) in outcome.reason
    assert outcome.after_s == (None if code < 400 else 30.0)
    assert len(receiver.requests) == 1


@CHATS
async def test_410_is_refused_for_good(kind):
    receiver = HttpReceiver()
    receiver.answer = saying(410, "channel_is_archived")
    async with serving(receiver) as port:
        assert isinstance(await sent_to(chat(port, kind)), Refused)


@CHATS
@pytest.mark.parametrize("act", [hang, reset, trickle, rubbish, half])
async def test_an_answer_that_is_lost_is_retried_and_may_have_been_taken(kind, act):
    receiver = HttpReceiver()
    receiver.answer = act
    async with serving(receiver) as port:
        outcome = await sent_to(chat(port, kind))
    assert isinstance(outcome, Retry)
    assert outcome.perhaps_taken


@CHATS
async def test_nobody_there_was_not_taken(kind):
    outcome = await sent_to(chat(await closed_port(), kind))
    assert isinstance(outcome, Retry)
    assert not outcome.perhaps_taken


@CHATS
async def test_what_matched_is_bold_in_its_sentence_and_the_headline_leads_to_the_release(kind):
    receiver = HttpReceiver()
    async with serving(receiver) as port:
        await sent_to(chat(port, kind))
    shown = runs(bodies(receiver)[0])
    assert ("solar kite", True, None) in shown
    assert ("Acme Kites opens a field for its solar kite", True, "https://example.org/releases/solar-kite") in shown
    everything = "".join(text for text, _, _ in shown)
    assert 'Rule test: "solar kite"' in everything
    assert "Acme Kites · EXAMPLE:KITE" in everything
    assert "Also on another-wire" in everything
    assert " s after" in everything or "seconds" in everything or "late" in everything


@CHATS
async def test_markup_of_strangers_is_shown_as_it_was_written(kind):
    receiver = HttpReceiver()
    async with serving(receiver) as port:
        await sent_to(chat(port, kind), headline=MARKUP)
    body = bodies(receiver)[0]
    assert any(text == MARKUP for text, _, _ in runs(body))
    assert not [link for _, _, link in runs(body) if link and "evil" in link]
    if kind == "slack":
        assert "<" not in body["text"]


@CHATS
async def test_a_repeat_says_so(kind):
    receiver = HttpReceiver()
    async with serving(receiver) as port:
        channel = chat(port, kind)
        await channel.send(replace(delivery_to(channel), attempts=1, repeat=True))
        await channel.aclose()
    assert any("may have had this message before" in text for text, _, _ in runs(bodies(receiver)[0]))


@pytest.mark.parametrize("word", ["invalid_blocks", "invalid_payload"])
async def test_slack_that_refuses_blocks_is_told_in_plain_text_with_its_three_escapes(word):
    receiver = HttpReceiver()

    async def plain_alone(writer):
        blocks = "blocks" in bodies(receiver)[-1]
        writer.write(saying(400, word) if blocks else saying(200, "ok"))
        await writer.drain()

    receiver.answer = plain_alone
    async with serving(receiver) as port:
        assert isinstance(await sent_to(chat(port, "slack"), headline=MARKUP), Sent)
    first, second = bodies(receiver)
    assert "blocks" in first
    assert "*solar kite*" in second["text"]
    assert "&lt;!channel&gt;" in second["text"]
    assert "<!channel>" not in second["text"]
    assert "<https://example.org/releases/solar-kite|&lt;https://evil" in second["text"]


async def test_slack_what_it_says_is_passed_on_if_it_is_one_of_its_own_words():
    receiver = HttpReceiver()
    async with serving(receiver) as port:
        receiver.answer = saying(404, "no_service")
        known = await sent_to(chat(port, "slack"))
        receiver.answer = saying(403, f"<html>{TOKEN}")
        unknown = await sent_to(chat(port, "slack"))
    assert isinstance(known, Retry)
    assert "make a new one in Slack" in known.reason
    assert isinstance(unknown, Retry)
    assert unknown.reason == "status: HTTP 403"


async def test_teams_an_old_connector_that_answers_200_to_a_failure_is_not_believed():
    receiver = HttpReceiver()
    receiver.answer = saying(200, "Webhook message delivery failed with error: HTTP error 429 with ContextId …")
    async with serving(receiver) as port:
        assert isinstance(await sent_to(chat(port, "teams")), Retry)


async def test_teams_is_sent_one_card_with_a_button():
    receiver = HttpReceiver()
    async with serving(receiver) as port:
        await sent_to(chat(port, "teams"))
    [body] = bodies(receiver)
    [attachment] = body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["actions"][0]["url"] == "https://example.org/releases/solar-kite"
    assert not [block for block in attachment["content"]["body"] if block["type"] != "RichTextBlock"]


# Apprise


def test_apprise_knows_every_service_that_is_allowed():
    known = {
        schema
        for service in apprise.Apprise().details()["schemas"]
        for key in ("protocols", "secure_protocols")
        for schema in service[key] or ()
    }
    assert known >= SCHEMAS
    assert not SCHEMAS & {"json", "jsons", "xml", "form", "apprise", "syslog", "dbus", "gnome", "mailto", "rsyslog"}


async def test_apprise_each_address_is_a_recipient_and_a_retry_goes_to_it_alone():
    taking, failing = HttpReceiver(), HttpReceiver()
    taking.status(200)
    failing.status(503)
    async with serving(taking) as one, serving(failing) as other:
        urls = [f"ntfy://127.0.0.1:{one}/a", f"ntfy://127.0.0.1:{other}/b"]
        channel = open_channel("push", {"url": urls}, context(), kind="apprise")
        assert len(set(channel.recipients)) == 2
        assert not [name for name in channel.recipients if "127" in name]
        outcomes = [
            await channel.send(replace(delivery_to(channel), recipient=recipient))
            for recipient in (*channel.recipients, channel.recipients[1])
        ]
        await channel.aclose()
    assert isinstance(outcomes[0], Sent)
    assert outcomes[1] == outcomes[2] == Retry("status: HTTP 503")
    assert (len(taking.requests), len(failing.requests)) == (1, 2)


async def test_apprise_an_address_that_was_taken_out_is_refused():
    channel = ntfy(1)
    outcome = await channel.send(replace(delivery_to(channel), recipient="ntfy-00000000"))
    await channel.aclose()
    assert isinstance(outcome, Refused)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 429, 500, 502, 503, 504])
async def test_apprise_every_status_is_retried(code):
    receiver = HttpReceiver()
    receiver.status(code)
    async with serving(receiver) as port:
        assert await sent_to(ntfy(port)) == Retry(f"status: HTTP {code}")


@pytest.mark.parametrize("act", [reset, rubbish])
async def test_apprise_an_answer_that_is_lost_is_retried(act):
    receiver = HttpReceiver()
    receiver.answer = act
    async with serving(receiver) as port:
        outcome = await sent_to(ntfy(port))
    assert isinstance(outcome, Retry)
    assert outcome.perhaps_taken


async def test_apprise_an_address_that_it_cannot_read_is_the_operators_to_mend():
    channel = open_channel("push", {"url": "tgram://no-token"}, context(), kind="apprise")
    outcome = await sent_to(channel)
    assert isinstance(outcome, Retry)
    assert outcome.reason.startswith("address:")


@pytest.mark.parametrize(("title_max", "body_max"), [(0, 160), (250, 32_768), (0, 4_096), (50, 140), (0, 70)])
def test_apprise_words_fit_the_service_and_keep_the_link(title_max, body_max):
    message = delivery_to(ntfy(1), headline="Kite " * 900, body="solar kite. " * 9_000).message
    framing = Framing(sent_at=message.made_at, archive_name="desk")
    title, body = words(message, framing, title_max=title_max, body_max=body_max)
    assert len(title) <= title_max
    assert len(body) <= max(80, body_max)
    assert "https://example.org/releases/solar-kite" in body
