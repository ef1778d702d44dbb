"""What the webhook and the email channel owe, against real servers on loopback."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from receivers import (
    PASSWORD,
    SECRET,
    TOKEN,
    HttpReceiver,
    Relay,
    closed_port,
    delivery_to,
    email,
    half,
    hang,
    now,
    reset,
    rubbish,
    sent_to,
    serving,
    trickle,
    webhook,
)
from standardwebhooks import Webhook

from news.alert import Refused, Retry, Sent

# Webhook

_RETRIED = [
    *(300, 301, 302, 303, 304, 307, 308),
    *(400, 401, 402, 403, 404, 405, 408, 409, 411, 413, 414, 415, 418, 422, 425, 429, 451),
    *(500, 501, 502, 503, 504, 507, 511, 599),
]


@pytest.mark.parametrize("code", [200, 201, 202, 204, 206, 299])
async def test_webhook_2xx_is_sent(code):
    receiver = HttpReceiver()
    receiver.status(code)
    async with serving(receiver) as port:
        assert await sent_to(webhook(port)) == Sent(remote_id=f"HTTP {code}")


@pytest.mark.parametrize("code", _RETRIED)
async def test_webhook_every_other_status_but_410_is_retried_and_no_redirect_followed(code):
    receiver = HttpReceiver()
    async with serving(receiver) as port:
        receiver.status(code, f"location: http://127.0.0.1:{port}/elsewhere")
        outcome = await sent_to(webhook(port))
    assert isinstance(outcome, Retry)
    assert str(code) in outcome.reason
    assert not outcome.perhaps_taken
    assert len(receiver.requests) == 1


async def test_webhook_410_is_refused_for_good():
    receiver = HttpReceiver()
    receiver.status(410)
    async with serving(receiver) as port:
        outcome = await sent_to(webhook(port))
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("gone:")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120.0), ("0", 0.0), ("soon", None), ("-5", None), ("", None), ("٣", None), ("9" * 400, 999_999_999_999.0)],
)
async def test_webhook_retry_after_in_seconds_is_passed_on(value, seconds):
    receiver = HttpReceiver()
    receiver.answer = f"HTTP/1.1 503 Busy\r\nretry-after: {value}\r\ncontent-length: 0\r\n\r\n".encode()
    async with serving(receiver) as port:
        outcome = await sent_to(webhook(port))
    assert isinstance(outcome, Retry)
    assert outcome.after_s == seconds


async def test_webhook_retry_after_as_a_date_is_passed_on_as_seconds():
    receiver = HttpReceiver()
    later = (now() + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    receiver.status(429, f"retry-after: {later}")
    async with serving(receiver) as port:
        outcome = await sent_to(webhook(port))
    assert isinstance(outcome, Retry)
    assert outcome.after_s == pytest.approx(3600, abs=10)


@pytest.mark.parametrize("act", [hang, reset, trickle, rubbish, half])
async def test_webhook_an_answer_that_is_lost_is_retried_and_may_have_been_taken(act):
    receiver = HttpReceiver()
    receiver.answer = act
    async with serving(receiver) as port:
        async with asyncio.timeout(5):
            outcome = await sent_to(webhook(port))
    assert isinstance(outcome, Retry)
    assert outcome.perhaps_taken
    assert len(receiver.requests) == 1


async def test_webhook_an_endless_body_after_a_status_is_not_waited_for():
    receiver = HttpReceiver()

    async def endless(writer):
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"4\r\nspam\r\n")
            await writer.drain()
            await asyncio.sleep(0)

    receiver.answer = endless
    async with serving(receiver) as port, asyncio.timeout(5):
        assert await sent_to(webhook(port)) == Sent(remote_id="HTTP 200")


async def test_webhook_nobody_there_is_retried_and_was_not_taken():
    outcome = await sent_to(webhook(await closed_port()))
    assert isinstance(outcome, Retry)
    assert outcome.reason.startswith("connect: ")
    assert not outcome.perhaps_taken


async def test_webhook_tls_to_a_server_without_it_is_retried():
    async def plain(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Plain HTTP is spoken here\r\n\r\n")
        writer.close()

    async with serving(plain) as port:
        outcome = await sent_to(webhook(port, url=f"https://127.0.0.1:{port}/{TOKEN}"))
    assert isinstance(outcome, Retry)
    assert outcome.reason.startswith("connect: tls, ")
    assert not outcome.perhaps_taken


async def test_webhook_is_signed_as_the_standard_says_and_says_the_same_bytes_on_a_repeat():
    receiver = HttpReceiver()
    async with serving(receiver) as port:
        channel = webhook(port)
        delivery = delivery_to(channel)
        await channel.send(delivery)
        await channel.send(replace(delivery, attempts=1, repeat=True))
        await channel.aclose()
    (_, headers, body), (_, again, body_again) = receiver.requests
    told = Webhook(SECRET).verify(body, headers)
    assert told["type"] == "channel.test"
    assert headers["webhook-id"] == again["webhook-id"] == delivery.key
    assert body == body_again
    assert headers["user-agent"] == "Wirewatch-test"
    assert headers["content-type"].startswith("application/json")


async def test_webhook_without_a_secret_goes_unsigned_and_with_a_login_in_the_address_sends_it():
    receiver = HttpReceiver()
    async with serving(receiver) as port:
        await sent_to(webhook(port, url=f"http://me:{PASSWORD}@127.0.0.1:{port}/x", secret=None))
    [(line, headers, _)] = receiver.requests
    assert "webhook-signature" not in headers
    assert headers["authorization"].startswith("Basic ")
    assert PASSWORD not in line + headers["host"]


async def test_webhook_over_long_text_is_cut_below_20_kb_and_keeps_its_link():
    receiver = HttpReceiver()
    long = {
        "headline": "刀" * 30_000,
        "body": "solar kite " * 90_000,
        "lead_span": (0, 80_000),
        "boilerplate": "b" * 50_000,
        "links": tuple(f"https://example.org/{n}/{'x' * 300}" for n in range(500)),
    }
    async with serving(receiver) as port:
        await sent_to(webhook(port), **long)
    [(_, headers, body)] = receiver.requests
    told = Webhook(SECRET).verify(body, headers)["data"]
    assert len(body) < 20_000
    assert told["release"]["url"] == "https://example.org/releases/solar-kite"
    assert told["release"]["headline"].startswith("刀刀刀")
    assert told["cut"]


# Email


async def test_email_the_relays_word_is_kept_and_the_mail_arrives():
    relay = Relay()
    async with serving(relay) as port:
        assert await sent_to(email(port)) == Sent(remote_id="queued as 42")
    assert len(relay.mails) == 1
    assert "MAIL FROM:<alerts@example.org>" in "".join(relay.commands)
    assert "RCPT TO:<reader@example.org>" in relay.commands


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA", "TEXT"])
@pytest.mark.parametrize(
    ("code", "outcome"), [(421, Retry), (450, Retry), (451, Retry), (550, Refused), (554, Refused)]
)
async def test_email_4xx_is_retried_and_5xx_refused(at, code, outcome):
    relay = Relay()
    relay.replies[at] = f"{code} 5.7.1 no\x1b[31m thanks"
    async with serving(relay) as port:
        answered = await sent_to(email(port))
    assert isinstance(answered, outcome)
    assert str(code) in answered.reason
    assert "\x1b" not in answered.reason


@pytest.mark.parametrize(
    ("at", "reply"), [("GREETING", "554 closed"), ("GREETING", "421 busy"), ("EHLO", "550 go away")]
)
async def test_email_a_relay_that_refuses_us_is_retried(at, reply):
    relay = Relay()
    relay.replies = {at: reply, "HELO": reply}
    async with serving(relay) as port:
        outcome = await sent_to(email(port))
    assert isinstance(outcome, Retry)
    assert not outcome.perhaps_taken


@pytest.mark.parametrize(("at", "reply"), [("AUTH", "535 5.7.8 bad login"), ("MAIL", "530 5.7.0 log in first")])
async def test_email_a_wrong_login_is_the_operators_to_mend_and_retried(at, reply):
    relay = Relay()
    relay.replies[at] = reply
    async with serving(relay) as port:
        outcome = await sent_to(email(port, username="desk", password=PASSWORD))
    assert isinstance(outcome, Retry)
    assert outcome.reason.startswith("auth:")


@pytest.mark.parametrize("act", ["hang", "reset"])
@pytest.mark.parametrize(("at", "taken"), [("GREETING", False), ("MAIL", False), ("RCPT", False), ("TEXT", True)])
async def test_email_silence_is_retried_and_only_after_the_text_is_it_ambiguous(act, at, taken):
    relay = Relay()
    relay.replies[at] = act
    async with serving(relay) as port:
        outcome = await sent_to(email(port))
    assert isinstance(outcome, Retry)
    assert outcome.perhaps_taken is taken


@pytest.mark.parametrize("act", ["hang", "reset", "500 what"])
async def test_email_a_farewell_that_fails_does_not_unsend(act):
    relay = Relay()
    relay.replies["QUIT"] = act
    async with serving(relay) as port:
        channel = email(port)
        started = asyncio.get_running_loop().time()
        assert isinstance(await channel.send(delivery_to(channel)), Sent)
        assert asyncio.get_running_loop().time() - started < 1
        await channel.aclose()


async def test_email_nobody_there_and_tls_where_there_is_none_are_retried():
    gone = await sent_to(email(await closed_port()))
    assert isinstance(gone, Retry)
    assert gone.reason.startswith("connect:")
    async with serving(Relay()) as port:
        for tls in ("starttls", "tls"):
            outcome = await sent_to(email(port, tls=tls))
            assert isinstance(outcome, Retry)
            assert not outcome.perhaps_taken
