"""What every channel owes, against real receivers on this machine."""

import json
import logging

import pytest
import structlog
from receivers import (
    HOSTILE,
    PASSWORD,
    SECRET,
    TOKEN,
    HttpReceiver,
    Relay,
    context,
    delivery_to,
    email,
    opened,
    program,
    sent_to,
    serving,
    webhook,
)

from alerts.channels import CHANNELS, ChannelConfigError, open_channel
from alerts.delivery import deliver
from news.alert import Sent

EVERY = pytest.mark.parametrize("kind", CHANNELS)


def test_every_kind_is_under_contract():
    kinds = {"email", "webhook", "slack", "teams", "apprise", "console", "file", "atom", "command"}
    assert set(CHANNELS) == kinds


@EVERY
async def test_a_message_is_told_once_with_rule_headline_and_link(kind, tmp_path):
    async with opened(kind, tmp_path) as (channel, told):
        assert isinstance(await sent_to(channel), Sent)
        assert told().count(b"https://example.org/releases/solar-kite") >= 1
        assert b"Acme Kites opens a field" in told()


@EVERY
async def test_over_long_text_is_cut_with_a_link_never_dropped(kind, tmp_path):
    async with opened(kind, tmp_path) as (channel, told):
        long = {
            "headline": "Kite " * 20_000,
            "issuer": "i" * 9000,
            "body": "solar kite. " * 90_000,
            "contact": "c" * 90_000,
            "tickers": tuple(f"NYSE:{'K' * 200}{n}" for n in range(300)),
        }
        assert isinstance(await sent_to(channel, **long), Sent)
        assert b"https://example.org/releases/solar-kite" in told()
        assert len(told()) < (60_000 if kind in {"email", "console"} else 25_000)


@EVERY
async def test_hostile_text_is_sent_as_text(kind, tmp_path):
    async with opened(kind, tmp_path) as (channel, told):
        hostile = {"headline": HOSTILE, "issuer": HOSTILE, "wire": HOSTILE, "body": HOSTILE, "lead_span": None}
        assert isinstance(await sent_to(channel, **hostile), Sent)
        assert b"script" in told()
        assert b"\x1b" not in told()
        assert b"\r\nBcc:" not in told()
        assert b"\x00" not in told()


@EVERY
@pytest.mark.parametrize("broken", [False, True])
async def test_no_secret_in_reason_log_or_repr(kind, broken, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    async with opened(kind, tmp_path, broken=broken) as (channel, _):
        with structlog.testing.capture_logs() as events:
            outcome = await deliver(delivery_to(channel), channel, timeout_s=20)
        await channel.aclose()
    if kind != "console":
        assert isinstance(outcome, Sent) is not broken
    settings = getattr(channel, "__dict__", {})
    shown = f"{outcome!r} {caplog.text} {events!r} {channel!r} {channel.recipients!r} {settings.get('_context')!r}"
    assert not [secret for secret in (TOKEN, PASSWORD, SECRET.removeprefix("whsec_")) if secret in shown]


@EVERY
async def test_the_key_of_the_delivery_goes_with_it_where_there_is_a_receiver(kind, tmp_path):
    if kind in {"console", "slack", "teams", "apprise"}:
        pytest.skip("a terminal and chat programs have no memory that a key could help")
    receiver, relay = HttpReceiver(), Relay()
    async with serving(receiver) as hook_port, serving(relay) as post_port:
        told = tmp_path / "told"
        channel = {
            "webhook": lambda: webhook(hook_port),
            "email": lambda: email(post_port),
            "file": lambda: open_channel("paper", {"path": str(told)}, context(), kind="file"),
            "atom": lambda: open_channel("paper", {"path": str(told)}, context(), kind="atom"),
            "command": lambda: program(tmp_path, "told.write_text(os.environ['WIREWATCH_DELIVERY'])"),
        }[kind]()
        delivery = delivery_to(channel)
        assert isinstance(await channel.send(delivery), Sent)
        await channel.aclose()
    seen = json.dumps([headers for _, headers, _ in receiver.requests]) + b"".join(relay.mails).decode()
    assert delivery.key in seen + (told.read_text() if told.exists() else "")


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
    ("webhook", {"url": "https://x/", "secret": [SECRET, "whsec_" + TOKEN]}, {}, "secret"),
    ("webhook", {"url": "https://x/", "secret": [SECRET] * 5}, {}, "secret"),
    ("webhook", {"url": "https://x/", "format": "xml"}, {}, "format"),
    ("slack", {"url": TOKEN}, {}, "url"),
    ("slack", {}, {}, "url"),
    ("teams", {"url": "file:///" + TOKEN}, {}, "url"),
    ("apprise", {}, {}, "url"),
    ("apprise", {"url": []}, {}, "url"),
    ("apprise", {"url": "tgram://"}, {}, "url"),
    ("apprise", {"url": "json://127.0.0.1/" + TOKEN}, {}, "url"),
    ("apprise", {"url": f"ntfy://x/y syslog://{TOKEN}"}, {}, "url"),
    ("apprise", {"url": "mailto://" + TOKEN}, {}, "url"),
    ("file", {"path": "alerts.jsonl"}, {}, "path"),
    ("file", {"path": "/srv/x\x00"}, {}, "path"),
    ("file", {"path": "/srv/x", "megabytes": 0}, {}, "megabytes"),
    ("atom", {"path": "/srv/x", "entries": 0}, {}, "entries"),
    ("command", {"run": []}, {}, "run"),
    ("command", {"run": "rm -rf /"}, {}, "run"),
    ("command", {"run": ["tell"]}, {}, "run"),
    ("command", {"run": ["/bin/tell", "x\x00"]}, {}, "run"),
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


@pytest.mark.parametrize("kind", ["file", "atom", "command"])
def test_what_acts_on_this_machine_may_stand_in_the_file_alone(kind):
    table = {"run": ["/bin/true"]} if kind == "command" else {"path": "/srv/alerts"}
    with pytest.raises(ChannelConfigError, match=r"may only be set up in wirewatch\.toml"):
        open_channel("mine", table, context(), kind=kind, of_file=False)
    assert open_channel("mine", table, context(), kind=kind, of_file=True)
