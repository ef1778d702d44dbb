"""The demo's inbox and webhook receiver record what they are given, and refuse when told to."""

from __future__ import annotations

import json
import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage

import httpx
import pytest
from standardwebhooks import Webhook

from wirewatch.demo.inbox import DEFER, REFUSE, LocalInbox
from wirewatch.demo.receiver import LocalReceiver

KEY = b"a key of thirty-two bytes, in all"


@pytest.fixture
def inbox() -> Iterator[LocalInbox]:
    with LocalInbox() as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[LocalReceiver]:
    with LocalReceiver(key=KEY) as running:
        yield running


def send(inbox: LocalInbox, message_id: str = "<1@example.org>") -> None:
    message = EmailMessage()
    message["From"], message["To"] = "wirewatch@example.org", "desk@example.org"
    message["Subject"], message["Message-ID"] = "Überraschung 重庆", message_id
    message.set_content("plain text")
    message.add_alternative("<p>rich <b>text</b></p>", subtype="html")
    with smtplib.SMTP(inbox.host, inbox.port, timeout=5) as relay:
        relay.send_message(message)


def post(receiver: LocalReceiver, *, id_: str = "msg_1", secret: str | None = None) -> httpx.Response:
    body = json.dumps({"type": "release.matched"})
    at = datetime.now(UTC)
    headers = {
        "webhook-id": id_,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret or receiver.secret).sign(id_, at, body),
    }
    return httpx.post(receiver.url, content=body, headers=headers)


def test_a_message_is_taken_apart(inbox: LocalInbox) -> None:
    send(inbox)
    [message] = inbox.messages()
    assert (message.message_id, message.subject) == ("<1@example.org>", "Überraschung 重庆")
    assert (message.sender, message.recipients) == ("wirewatch@example.org", ("desk@example.org",))
    assert (message.text.strip(), message.html.strip()) == ("plain text", "<p>rich <b>text</b></p>")


def test_repeats_are_messages_with_an_id_seen_before(inbox: LocalInbox) -> None:
    for id_ in ("<1@example.org>", "<2@example.org>", "<1@example.org>"):
        send(inbox, id_)
    assert inbox.repeats() == 1


def test_the_inbox_defers_as_often_as_it_was_told_to(inbox: LocalInbox) -> None:
    inbox.answer(DEFER, times=2)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPDataError, match="451"):
            send(inbox)
    send(inbox)
    assert (len(inbox.messages()), inbox.refusals) == (1, 2)


def test_the_inbox_refuses_an_address_for_good(inbox: LocalInbox) -> None:
    inbox.answer_recipient("desk@example.org", REFUSE)
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="550"):
        send(inbox)
    assert inbox.messages() == []


def test_a_signed_body_is_accepted_and_recorded(receiver: LocalReceiver) -> None:
    assert post(receiver).status_code == 204
    [hook] = receiver.accepted()
    assert (hook.id, hook.verified, hook.body) == ("msg_1", True, {"type": "release.matched"})


def test_a_body_signed_with_another_key_is_recorded_but_not_accepted(receiver: LocalReceiver) -> None:
    other = LocalReceiver(key=b"another key of thirty-two bytes!")
    other.stop()
    assert post(receiver, secret=other.secret).status_code == 401
    assert httpx.post(receiver.url, content=b"{}").status_code == 401
    assert receiver.accepted() == []
    assert [hook.body for hook in receiver.hooks()] == [None, None]


def test_the_receiver_fails_as_often_as_it_was_told_to(receiver: LocalReceiver) -> None:
    receiver.answer(503, headers=(("retry-after", "3"),))
    refused = post(receiver)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "3")
    assert post(receiver).status_code == 204
    assert (len(receiver.hooks()), len(receiver.accepted()), receiver.repeats()) == (2, 1, 0)
    post(receiver)
    assert receiver.repeats() == 1
