import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from io import StringIO

import pytest
from aiosmtpd.smtp import SMTP

from alerts import samples
from alerts.channels import ChannelContext, open_channel
from config.settings import Mail
from news.alert import Sent

NOW = datetime(2026, 3, 2, 14, 30, 41, tzinfo=UTC)
LONG_HOST = "a-rather-long-host-name.newsroom.department.a-company-of-the-north.example.org"


class Inbox:
    def __init__(self):
        self.envelopes = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  the server's name for it
        self.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture
async def inbox():
    taken = Inbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(taken, loop=loop, hostname="localhost"), "127.0.0.1", 0)
    taken.port = server.sockets[0].getsockname()[1]
    yield taken
    server.close()
    await server.wait_closed()


def channel(port, **table):
    relay = {"host": "127.0.0.1", "port": port, "tls": "none", "from": f"alerts@{LONG_HOST}", "timeout_s": 5.0}
    known = ChannelContext(
        archive_name="Nachrichten äöü",
        user_agent="x",
        now=lambda: NOW,
        console=StringIO(),
        mail=Mail.model_validate(relay),
    )
    return open_channel("post", {"to": ["reader@example.org"], **table}, known, kind="email")


async def received(inbox, delivery, **table):
    post = channel(inbox.port, **table)
    assert isinstance(await post.send(delivery), Sent)
    await post.aclose()
    raw = inbox.envelopes[-1].original_content
    return raw, message_from_bytes(raw, policy=policy.default)


def delivery(**release):
    sample = samples.test_delivery(channel="post", recipient="reader@example.org", now=NOW)
    alert = sample.message.alerts[0]
    alert = replace(alert, rule_name="重庆 Straße", release=replace(alert.release, **release))
    return replace(sample, message=replace(sample.message, alerts=(alert,)))


async def test_a_real_server_receives_both_parts_and_the_headers_of_an_alert(inbox):
    sample = delivery(headline="刀片电池 größer – " * 12)
    _, mail = await received(inbox, sample)
    assert mail["Subject"].startswith("[重庆 Straße] Test: 刀片电池 größer")
    assert mail["To"] == "reader@example.org"
    assert mail["From"] == f'"Wirewatch (Nachrichten äöü)" <alerts@{LONG_HOST}>'
    assert mail["Date"].datetime == NOW.replace(microsecond=0)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Wirewatch-Rule"] == "重庆 Straße"
    plain, page = mail.iter_parts()
    assert (plain.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert "*solar kite*" in plain.get_content()
    assert '<b class="hit"' in page.get_content()


async def test_ids_stand_whole_in_the_raw_mail_under_a_long_host(inbox):
    sample = delivery()
    raw, _ = await received(inbox, sample)
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    assert f"Message-ID: <{sample.key}@{LONG_HOST}>" in head
    assert f"References: <{sample.thread}@{LONG_HOST}>" in head
    assert f"In-Reply-To: <{sample.thread}@{LONG_HOST}>" in head
    assert f"List-Id: <{sample.message.alerts[0].rule_uid}.rules.{LONG_HOST}>" in head


async def test_no_line_is_longer_than_mail_allows(inbox):
    raw, _ = await received(inbox, delivery(headline="长" * 900, body="Wort " * 90_000, issuer="ü" * 500))
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 200
    assert all(len(word) <= 75 for line in lines if line.startswith((b"Subject:", b" =?")) for word in line.split())


async def test_an_injected_header_stays_in_the_subject(inbox):
    evil = "News\r\nBcc: victim@example.org\r\n\r\nbody"
    _, mail = await received(inbox, delivery(headline=evil, issuer=evil))
    assert mail["Bcc"] is None
    assert "Bcc: victim@example.org" in mail["Subject"]
    assert inbox.envelopes[-1].rcpt_tos == ["reader@example.org"]


async def test_every_attempt_has_the_same_id_and_a_repeat_says_so(inbox):
    sample = delivery()
    _, first = await received(inbox, sample)
    _, again = await received(inbox, replace(sample, attempts=1, repeat=True))
    assert first["Message-ID"] == again["Message-ID"]
    assert "You may have had this message before" not in first.get_body(("plain",)).get_content()
    assert "You may have had this message before" in again.get_body(("plain",)).get_content()


async def test_a_sender_of_the_channel_overrides_the_relays(inbox):
    _, mail = await received(inbox, delivery(), **{"from": '"Newsdesk, Inc." <desk@bücher.example>'})
    assert mail["From"] == '"Newsdesk, Inc." <desk@xn--bcher-kva.example>'
    assert inbox.envelopes[-1].mail_from == "desk@xn--bcher-kva.example"


async def test_recipients_are_told_apart_and_named_once():
    named = ["a@example.org", "Bob <b@example.org>", "a@example.org", "root@localhost", "X <nas@attic.local>"]
    many = channel(1, to=named)
    assert many.recipients == ("a@example.org", "b@example.org", "root@localhost", "nas@attic.local")
    await many.aclose()


async def test_many_at_once_each_get_theirs(inbox):
    post = channel(inbox.port)
    sends = [post.send(replace(delivery(), key=f"k{n}")) for n in range(20)]
    assert all(isinstance(outcome, Sent) for outcome in await asyncio.gather(*sends))
    await post.aclose()
    ids = {message_from_bytes(one.original_content)["Message-ID"] for one in inbox.envelopes}
    assert len(ids) == len(inbox.envelopes) == 20
