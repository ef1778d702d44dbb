"""Digests, bundles and notices on every channel, against real servers on loopback."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default as default_policy

import pytest
from receivers import HOSTILE, SECRET, HttpReceiver, Relay, delivery_to, email, opened, serving, webhook
from standardwebhooks import Webhook

from alerts.channels import CHANNELS
from news.alert import MessageKind, Reason, Sent, Together
from news.notice import Notice, NoticeType, Trouble
from news.source import IncidentKind


def as_message(channel, **message):
    delivery = delivery_to(channel)
    return replace(delivery, message=replace(delivery.message, **message))


def digest_of(channel, count=3, *, carried=None, kind=MessageKind.DIGEST, **release):
    """A digest of `count` alerts of two rules, of which `carried` are carried along."""
    [alert] = delivery_to(channel).message.alerts
    alerts = []
    for n in range(count if carried is None else carried):
        more = {"headline": f"Acme Kites No. {n}", "url": f"https://example.org/releases/{n}", **release}
        name = release.get("headline", ("Kites", "Fields")[n % 2])
        alerts.append(replace(alert, id=n + 1, rule_name=name, release=replace(alert.release, **more)))
    away = Together(
        reason=Reason.AWAY,
        count=count,
        rules=(("Kites", count - count // 2), ("Fields", count // 2)),
        since=datetime(2026, 3, 2, 2, 10, tzinfo=UTC),
        until=datetime(2026, 3, 2, 7, 45, tzinfo=UTC),
    )
    return as_message(channel, kind=kind, alerts=tuple(alerts), together=away)


def notice_of(channel, *, type_=NoticeType.DOWN, count=1, words="acme-feed"):
    over = datetime(2026, 3, 2, 9, 0, tzinfo=UTC) if type_ is NoticeType.UP else None
    troubles = tuple(
        Trouble(
            source=f"{words}-{n}",
            kind=IncidentKind.DOWN,
            since=datetime(2026, 3, 2, 7, n % 60, tzinfo=UTC),
            until=over,
            detail=f"{words} said nothing",
        )
        for n in range(count)
    )
    notice = Notice(type=type_, subject=f"{words} is down", sentence=f"{words} is.", advice="Look.", troubles=troubles)
    return as_message(channel, kind=MessageKind.NOTICE, alerts=(), notice=notice)


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.parametrize("of", [MessageKind.DIGEST, MessageKind.BUNDLE])
async def test_a_digest_is_one_message_with_each_headline_and_link_and_when_we_were_away(kind, of, tmp_path):
    async with opened(kind, tmp_path) as (channel, told):
        assert isinstance(await channel.send(digest_of(channel, 3, kind=of)), Sent)
        await channel.aclose()
        for n in range(3):
            assert f"Acme Kites No. {n}".encode() in told()
            assert f"https://example.org/releases/{n}".encode() in told()
        assert b"02:10" in told()
        assert b"07:45" in told()


@pytest.mark.parametrize("kind", CHANNELS)
async def test_a_digest_of_very_many_is_cut_with_a_count_and_never_dropped(kind, tmp_path):
    async with opened(kind, tmp_path) as (channel, told):
        long = {
            "headline": "Kite " * 2_000,
            "body": "solar kite. " * 9_000,
            "url": f"https://example.org/{'x' * 1_500}",
        }
        for delivery in (digest_of(channel, 5_000, carried=50), digest_of(channel, 5_000, carried=50, **long)):
            assert isinstance(await channel.send(delivery), Sent)
        await channel.aclose()
        assert b"5000" in told() or b"5,000" in told()
        assert len(told()) < 400_000


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.parametrize("type_", list(NoticeType))
async def test_a_notice_says_what_happened_to_which_source(kind, type_, tmp_path):
    async with opened(kind, tmp_path) as (channel, told):
        assert isinstance(await channel.send(notice_of(channel, type_=type_, count=3)), Sent)
        await channel.aclose()
        for n in range(3):
            assert f"acme-feed-{n}".encode() in told()


@pytest.mark.parametrize("kind", CHANNELS)
async def test_a_notice_of_very_many_sources_is_cut_and_hostile_words_are_words(kind, tmp_path):
    async with opened(kind, tmp_path) as (channel, told):
        assert isinstance(await channel.send(notice_of(channel, count=3_000, words=HOSTILE)), Sent)
        assert isinstance(await channel.send(notice_of(channel, count=3_000, words="w" * 5_000)), Sent)
        hostile = digest_of(channel, 3, headline=HOSTILE, issuer=HOSTILE, wire=HOSTILE, body=HOSTILE, lead_span=None)
        assert isinstance(await channel.send(hostile), Sent)
        await channel.aclose()
        assert b"\x1b" not in told()
        assert b"\r\nBcc:" not in told()
        assert b"\x00" not in told()
        assert len(told()) < 150_000


async def test_webhook_a_digest_has_its_documented_data_below_20_kb():
    receiver = HttpReceiver()
    async with serving(receiver) as port:
        channel = webhook(port)
        await channel.send(digest_of(channel, 3))
        await channel.send(digest_of(channel, 5_000, carried=50))
        await channel.aclose()
    small, large = (Webhook(SECRET).verify(body, headers) for _, headers, body in receiver.requests)
    assert small["type"] == large["type"] == "digest"
    data = small["data"]
    assert (data["reason"], data["since"], data["until"]) == ("away", "2026-03-02T02:10:00Z", "2026-03-02T07:45:00Z")
    assert (data["count"], data["left"]) == (3, 0)
    assert data["rules"] == [{"name": "Kites", "count": 2}, {"name": "Fields", "count": 1}]
    single = {"id", "occasion", "rule", "story", "release", "matches", "latency"}
    assert all(single <= set(alert) for alert in data["alerts"])
    assert all(alert["release"]["boilerplate"] == "" for alert in data["alerts"])
    assert large["data"]["count"] == 5_000 == large["data"]["left"] + len(large["data"]["alerts"])
    assert len(large["data"]["alerts"]) > 5
    assert max(len(body) for _, _, body in receiver.requests) < 20_000


async def test_webhook_a_notice_has_its_documented_data_below_20_kb():
    receiver = HttpReceiver()
    async with serving(receiver) as port:
        channel = webhook(port)
        await channel.send(notice_of(channel))
        await channel.send(notice_of(channel, count=3_000))
        await channel.send(notice_of(channel, type_=NoticeType.UP))
        await channel.aclose()
    one, many, over = (Webhook(SECRET).verify(body, headers) for _, headers, body in receiver.requests)
    assert [told["type"] for told in (one, many, over)] == ["source.down", "source.down", "source.up"]
    about = {"source": "acme-feed-0", "kind": "down", "since": "2026-03-02T07:00:00Z", "until": None}
    assert one["data"] == {
        "subject": "acme-feed is down",
        "sentence": "acme-feed is.",
        "what_to_do": "Look.",
        **about,
        "count": 1,
        "incidents": [{**about, "detail": "acme-feed said nothing"}],
        "left": 0,
    }
    assert (many["data"]["source"], many["data"]["kind"], many["data"]["count"]) == (None, "down", 3_000)
    assert many["data"]["left"] + len(many["data"]["incidents"]) == 3_000
    assert over["data"]["until"] == "2026-03-02T09:00:00Z"
    assert max(len(body) for _, _, body in receiver.requests) < 20_000


async def test_email_what_is_told_together_and_notices_have_subjects_and_lists_of_their_own():
    relay = Relay()
    async with serving(relay) as port:
        channel = email(port)
        for delivery in (digest_of(channel, 1_234, carried=50), notice_of(channel), delivery_to(channel)):
            await channel.send(delivery)
        await channel.aclose()
    digest, notice, single = (message_from_bytes(raw, policy=default_policy) for raw in relay.mails)
    assert digest["subject"] == "[wirewatch] 1,234 alerts caught up, 02:10–07:45 UTC: Kites (617), Fields (617)"
    assert notice["subject"] == "[wirewatch] acme-feed is down"
    assert [mail["list-id"].split(".")[0] for mail in (digest, notice)] == ["<digests", "<operator"]
    assert single["list-id"].split(".")[1] == "rules"
    assert (digest["x-wirewatch-occasion"], notice["x-wirewatch-notice"]) == ("digest", "source.down")
    for mail in (digest, notice):
        text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
        assert "prefers-color-scheme: dark" in html
        assert max(map(len, text.splitlines())) <= 78
    assert "… and 1,209 more: http://127.0.0.1:1/" in digest.get_body(("plain",)).get_content()
