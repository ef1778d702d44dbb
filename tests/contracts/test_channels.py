"""What every channel owes, against real servers on loopback."""

import asyncio
import io
import json
import logging
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from standardwebhooks import Webhook

from alerts import samples
from alerts.channels import CHANNELS, ChannelConfigError, ChannelContext, open_channel
from alerts.delivery import deliver
from config.settings import Mail
from news.alert import Refused, Retry, Sent

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTw=="
TOKEN = "t0ken-in-the-path"
PASSWORD = "pa55word-of-the-relay"
HOSTILE = "</b><script>alert(1)</script>\r\nBcc: victim@example.org\r\n\r\n\x1b[31m\x00\ud800\u202e"
BLINK_S = 0.3


def now():
    return datetime.now(UTC)


class HttpReceiver:
    """Answers every request with `answer` (bytes, or a coroutine function of the writer) and keeps what it was sent."""

    def __init__(self):
        self.answer = b"HTTP/1.1 204 No Content\r\n\r\n"
        self.requests = []

    def status(self, code, *headers):
        lines = [f"HTTP/1.1 {code} Word", *headers, "content-length: 0", "", ""]
        self.answer = "\r\n".join(lines).encode()

    async def __call__(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in lines[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.requests.append((lines[0], headers, body))
            if callable(self.answer):
                await self.answer(writer)
            else:
                writer.write(self.answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class Relay:
    """An SMTP server that says what it is told to at each command, and keeps the mails it took.

    `replies` maps a command, `GREETING` or `TEXT` (the mail's end) to a reply, to `hang` or to `reset`.
    """

    def __init__(self):
        self.replies = {}
        self.mails = []
        self.commands = []

    async def __call__(self, reader, writer):
        try:
            await self._say(writer, "GREETING", "220 relay ESMTP")
            while line := (await reader.readline()).decode("latin-1").strip():
                verb = line.split()[0].upper()
                self.commands.append(line)
                usual = {"EHLO": "250-relay\r\n250 AUTH PLAIN LOGIN", "DATA": "354 go on", "QUIT": "221 bye"}
                await self._say(writer, verb, usual.get(verb, "235 ok" if verb == "AUTH" else "250 ok"))
                if verb == "DATA" and "DATA" not in self.replies:
                    text = await reader.readuntil(b"\r\n.\r\n")
                    self.mails.append(text[:-3].replace(b"\r\n..", b"\r\n."))
                    await self._say(writer, "TEXT", "250 queued as 42")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _say(self, writer, at, usual):
        reply = self.replies.get(at, usual)
        if reply == "hang":
            await asyncio.sleep(60)
        if reply == "reset":
            writer.transport.abort()
            raise ConnectionResetError
        writer.write(reply.encode() + b"\r\n")
        await writer.drain()


@asynccontextmanager
async def serving(handler):
    """`handler` on a free port of loopback; connections still open are cut at the end."""
    tasks = set()

    async def handle(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            await handler(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, limit=2**20)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def context(console=None, **mail):
    return ChannelContext(
        archive_name="desk",
        user_agent="Wirewatch-test",
        now=now,
        console=console or io.StringIO(),
        public_url="http://127.0.0.1:1/",
        mail=Mail.model_validate({"tls": "none", "from": "Desk <alerts@example.org>", "timeout_s": BLINK_S, **mail}),
    )


def webhook(port, **more):
    table = {"url": f"http://127.0.0.1:{port}/{TOKEN}?key={TOKEN}", "secret": SECRET, "timeout_s": BLINK_S} | more
    return open_channel("hook", table, context(), kind="webhook")


def email(port, **mail):
    known = context(host="127.0.0.1", port=port, **mail)
    return open_channel("post", {"to": "reader@example.org"}, known, kind="email")


def delivery_to(channel, **release):
    delivery = samples.test_delivery(channel=channel.name, recipient=channel.recipients[0], now=now())
    if release:
        alert = delivery.message.alerts[0]
        alert = replace(alert, release=replace(alert.release, **release))
        delivery = replace(delivery, message=replace(delivery.message, alerts=(alert,)))
    return delivery


async def sent_to(channel, **release):
    try:
        return await channel.send(delivery_to(channel, **release))
    finally:
        await channel.aclose()


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


async def _hang(writer):
    await asyncio.sleep(60)


async def _reset(writer):
    writer.transport.abort()


async def _trickle(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nx-filler: ")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _rubbish(writer):
    writer.write(b"220 this is no HTTP\r\n\r\n")


async def _half(writer):
    writer.write(b"HTTP/1.1 200")


@pytest.mark.parametrize("act", [_hang, _reset, _trickle, _rubbish, _half])
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


async def _closed_port():
    async with serving(HttpReceiver()) as port:
        return port


async def test_webhook_nobody_there_is_retried_and_was_not_taken():
    outcome = await sent_to(webhook(await _closed_port()))
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
    gone = await sent_to(email(await _closed_port()))
    assert isinstance(gone, Retry)
    assert gone.reason.startswith("connect:")
    async with serving(Relay()) as port:
        for tls in ("starttls", "tls"):
            outcome = await sent_to(email(port, tls=tls))
            assert isinstance(outcome, Retry)
            assert not outcome.perhaps_taken


# All of them


@asynccontextmanager
async def opened(kind, console=None):
    """A channel of `kind` whose receiver takes everything, and a way to ask what it got, as bytes."""
    if kind == "console":
        stream = console or io.StringIO()
        yield open_channel("screen", {}, context(stream), kind=kind), lambda: stream.getvalue().encode()
    elif kind == "email":
        relay = Relay()
        async with serving(relay) as port:
            yield email(port, username="desk", password=PASSWORD), lambda: b"".join(relay.mails)
    else:
        receiver = HttpReceiver()
        async with serving(receiver) as port:
            yield webhook(port), lambda: b"".join(body for _, _, body in receiver.requests)


def test_every_kind_is_under_contract():
    assert set(CHANNELS) == {"email", "webhook", "console"}


@pytest.mark.parametrize("kind", CHANNELS)
async def test_a_message_is_told_once_with_rule_headline_and_link(kind):
    async with opened(kind) as (channel, told):
        assert isinstance(await sent_to(channel), Sent)
        assert told().count(b"https://example.org/releases/solar-kite") >= 1
        assert b"Acme Kites opens a field" in told()


@pytest.mark.parametrize("kind", CHANNELS)
async def test_over_long_text_is_cut_with_a_link_never_dropped(kind):
    async with opened(kind) as (channel, told):
        long = {
            "headline": "Kite " * 20_000,
            "issuer": "i" * 9000,
            "body": "solar kite. " * 90_000,
            "contact": "c" * 90_000,
        }
        assert isinstance(await sent_to(channel, **long), Sent)
        assert b"https://example.org/releases/solar-kite" in told()
        assert len(told()) < 60_000


@pytest.mark.parametrize("kind", CHANNELS)
async def test_hostile_text_is_sent_as_text(kind):
    async with opened(kind) as (channel, told):
        hostile = {"headline": HOSTILE, "issuer": HOSTILE, "wire": HOSTILE, "body": HOSTILE, "lead_span": None}
        assert isinstance(await sent_to(channel, **hostile), Sent)
        assert b"\x1b" not in told()
        assert b"\r\nBcc:" not in told()
        assert b"\x00" not in told()


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.parametrize("broken", [False, True])
async def test_no_secret_in_reason_log_or_repr(kind, broken, caplog):
    caplog.set_level(logging.DEBUG)
    receiver, relay = HttpReceiver(), Relay()
    if broken:
        receiver.answer = f"HTTP/1.1 500 Word\r\n\r\n{TOKEN} {SECRET}".encode()
        relay.replies["RCPT"] = f"550 you said {PASSWORD}"
    async with serving(receiver) as hook_port, serving(relay) as post_port:
        made = {
            "webhook": lambda: webhook(hook_port),
            "email": lambda: email(post_port, username="desk", password=PASSWORD),
            "console": lambda: open_channel("screen", {}, context(), kind="console"),
        }
        channel = made[kind]()
        with structlog.testing.capture_logs() as events:
            outcome = await deliver(delivery_to(channel), channel, timeout_s=5)
        await channel.aclose()
    settings = getattr(channel, "__dict__", {})
    shown = f"{outcome!r} {caplog.text} {events!r} {channel!r} {channel.recipients!r} {settings.get('_context')!r}"
    assert not [secret for secret in (TOKEN, PASSWORD, SECRET.removeprefix("whsec_")) if secret in shown]


@pytest.mark.parametrize("kind", CHANNELS)
async def test_the_key_of_the_delivery_goes_with_it_where_there_is_a_receiver(kind):
    receiver, relay = HttpReceiver(), Relay()
    async with serving(receiver) as hook_port, serving(relay) as post_port:
        if kind == "webhook":
            channel = webhook(hook_port)
        elif kind == "email":
            channel = email(post_port)
        else:
            pytest.skip("a terminal has no memory that a key could help")
        delivery = delivery_to(channel)
        await channel.send(delivery)
        await channel.aclose()
    seen = json.dumps([headers for _, headers, _ in receiver.requests]) + b"".join(relay.mails).decode()
    assert delivery.key in seen


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
async def test_console_a_terminal_of_few_letters_still_shows_the_alert(encoding):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    channel = open_channel("screen", {"color": "always"}, context(stream), kind="console")
    assert isinstance(await sent_to(channel, headline="刀片电池 größer [bold]x[/bold]"), Sent)
    assert b"[bold]x[/bold]" in raw.getvalue()


async def test_console_a_closed_stream_is_retried():
    stream = io.StringIO()
    stream.close()
    outcome = await sent_to(open_channel("screen", {}, context(stream), kind="console"))
    assert isinstance(outcome, Retry)


# Settings

_BAD = [
    ("pigeon", {}, {}, "kind"),
    ("webhook", {}, {}, "url"),
    ("webhook", {"url": "ftp://x/" + TOKEN}, {}, "url"),
    ("webhook", {"url": "https://"}, {}, "url"),
    ("webhook", {"url": "https://x\n/" + TOKEN}, {}, "url"),
    ("webhook", {"url": "https://x/", "secret": "whsec_" + TOKEN}, {}, "secret"),
    ("webhook", {"url": "https://x/", "secret": "whsec_c2hvcnQ="}, {}, "secret"),
    ("webhook", {"url": "https://x/", "secrt": SECRET}, {}, "secrt"),
    ("webhook", {"url": "https://x/", "timeout_s": 0}, {}, "timeout_s"),
    ("email", {}, {"host": "h"}, "to"),
    ("email", {"to": []}, {"host": "h"}, "to"),
    ("email", {"to": "nobody"}, {"host": "h"}, "to"),
    ("email", {"to": "a@example.org\nBcc: b@example.org"}, {"host": "h"}, "to"),
    ("email", {"to": "a@example.org"}, {}, "mail.host"),
    ("email", {"to": "a@example.org"}, {"host": "h", "from": None}, "from"),
    ("email", {"to": "a@example.org", "from": "me"}, {"host": "h"}, "from"),
    ("console", {"color": "mauve"}, {}, "color"),
]


@pytest.mark.parametrize(("kind", "table", "mail", "key"), _BAD)
def test_settings_that_cannot_work_are_refused_with_their_key_and_without_their_value(kind, table, mail, key):
    with pytest.raises(ChannelConfigError) as raised:
        open_channel("mine", table, context(**mail), kind=kind)
    assert (raised.value.channel, raised.value.key) == ("mine", key)
    assert raised.value.problem
    assert raised.value.advice
    assert TOKEN not in str(raised.value)


def test_a_key_nearly_right_is_guessed():
    with pytest.raises(ChannelConfigError, match="did you mean secret"):
        open_channel("mine", {"url": "https://x/", "secrt": SECRET}, context(), kind="webhook")
