"""Subscriptions at a real hub on loopback, through the real web application and a clock of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_hub import LocalHub

from config.settings import Polling, Settings, Web
from ingest.addresses import networks
from ingest.answers import Fetched, FetchLimits
from ingest.fetch import Fetcher
from ingest.politeness import Politeness
from ingest.rows import Listing
from news.source import Source, Subscription, SubscriptionState
from storage.archive import Archive
from storage.sources import PollEnd, SourceSpec, end_poll, sync_sources
from storage.subscriptions import subscriptions
from wirewatch import clock
from wirewatch.demo.loopback import LoopbackServer
from wirewatch.web import create_app
from wirewatch.web.hubs import PUSH_BYTES_MAX
from wirewatch.websub import (
    AGAIN_MAX,
    ANSWER_WITHIN,
    ASKS_MAX,
    LEASE_MAX,
    LEASE_MIN,
    PUSH_GAP,
    RENEW_LEFT,
    RENEW_SPREAD,
    Callbacks,
    Step,
    Subscriber,
    ask_at,
    is_on,
    lease_of,
    next_step,
    take_note,
)

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
TOPIC = "https://wire.example/feed"
POLLED_IN = timedelta(hours=1)


class Desk:
    """An archive, the web application before it, and the job that asks hubs; `now` is everybody's time."""

    def __init__(self, archive: Archive, hub: LocalHub, *, allow: tuple[str, ...] = ("127.0.0.1",)) -> None:
        self.archive, self.hub, self.now, self.heard = archive, hub, NOW, 0
        self.callbacks = Callbacks(archive, lambda: self.now, self._hear)
        app = create_app(archive, clock=lambda: self.now, callbacks=self.callbacks)
        self.server = LoopbackServer(app)
        self.fetcher = Fetcher(
            user_agent="Wirewatch/1.0",
            limits=FetchLimits(connect_s=5, read_s=5, total_s=10),
            clock=lambda: self.now,
            politeness=Politeness(monotonic=clock.monotonic, gap_s=0.0),
            allow=networks(allow),
        )
        self.subscriber = self.a_subscriber()

    def _hear(self) -> None:
        self.heard += 1

    def a_subscriber(self, **polling: Any) -> Subscriber:
        settings = Settings(web=Web(public_url=f"{self.server.base_url}/"), polling=Polling(**polling))
        return Subscriber(self.archive, self.fetcher, settings, lambda: self.now)

    def add_sources(self, count: int = 1) -> None:
        specs = [
            SourceSpec(f"s{n:03}", "acme", "feed", f"{TOPIC}/{n}", 60, False, False, "config") for n in range(count)
        ]
        with self.archive.writing(self.now) as work:
            sync_sources(work, specs)

    def sources(self) -> list[Source]:
        return [line.source for line in self.archive.sources()]

    def polled(self, *, hub: bool = True, ok: bool = True, asked_at: datetime | None = None) -> None:
        """A poll of every source, which declares the hub or none."""
        for source in self.sources():
            answer = Fetched(
                url=source.url, final_url=source.url, status=200, body=b"", content_type="", etag=None,
                last_modified=None, fetched_at=self.now, links=f"<{self.hub.url}>; rel=hub" if hub else "",
            )  # fmt: skip
            with self.archive.writing(self.now) as work:
                at = asked_at or self.now
                end = PollEnd(outcome="ok", ok=ok, read=ok, next_poll_at=self.now + POLLED_IN, asked_at=at)
                end_poll(work, source, end)
                if ok:
                    take_note(work, source, answer, Listing(entries=()))

    def subscriptions(self) -> list[Subscription]:
        with self.archive.database.reading() as connection:
            return [each for each, _ in subscriptions(connection)]

    def the_one(self) -> Subscription:
        [one] = self.subscriptions()
        return one

    async def look(self, times: int = 1) -> None:
        for _ in range(times):
            await self.subscriber.look()

    async def push(self, body: bytes = b"<feed/>", **more: Any) -> list[int]:
        return await asyncio.to_thread(self.hub.push, body, **more)


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    with LocalHub() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, empty_database: bytes, hub: LocalHub) -> Iterator[Desk]:
    (tmp_path / "hub.db").write_bytes(empty_database)
    archive = Archive.open(f"sqlite:///{tmp_path / 'hub.db'}", now=NOW, durability="NORMAL")
    built = Desk(archive, hub)
    built.add_sources()
    with built.server:
        yield built
    archive.close()


async def test_a_declared_hub_is_asked_verifies_and_rings(desk: Desk, hub: LocalHub) -> None:
    desk.polled()
    assert desk.the_one().state is SubscriptionState.WANTED
    await desk.look(3)
    [asked] = hub.asked
    assert (asked.mode, asked.topic, asked.verified) == ("subscribe", f"{TOPIC}/0", True)
    assert len(asked.callback.rpartition("/")[2]) >= 32
    one = desk.the_one()
    assert (one.state, one.lease_until, one.failures) == (SubscriptionState.ACTIVE, NOW + timedelta(hours=1), 0)
    desk.now += timedelta(minutes=5)
    assert await desk.push() == [202]
    assert desk.sources()[0].state.next_poll_at == desk.now, "the source is due at once"
    assert desk.heard == 1
    assert desk.the_one().pushed_at == desk.now


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
async def test_each_way_to_sign_is_understood(desk: Desk, method: str) -> None:
    desk.polled()
    await desk.look()
    desk.now += timedelta(minutes=5)
    await desk.push(method=method)
    assert desk.sources()[0].state.next_poll_at == desk.now


async def test_a_forged_push_is_ignored_and_answered_alike(desk: Desk, hub: LocalHub) -> None:
    desk.polled()
    await desk.look()
    due = desk.sources()[0].state.next_poll_at
    assert await desk.push(secret="a guess") == [202]
    [callback] = hub.subscribed
    for headers in ({}, {"x-hub-signature": "sha256=00"}, {"x-hub-signature": "md5=00"}):
        assert (await asyncio.to_thread(httpx.post, callback, content=b"x", headers=headers)).status_code == 202
    assert desk.sources()[0].state.next_poll_at == due
    assert desk.the_one().pushed_at is None
    assert desk.heard == 0


async def test_a_push_is_bounded_and_an_unknown_address_is_gone(desk: Desk, hub: LocalHub) -> None:
    desk.polled()
    await desk.look()
    assert await desk.push(b"x" * (PUSH_BYTES_MAX + 1)) == [413]
    assert await desk.push(b"x" * 1_000_000) == [202]
    stray = f"{desk.server.base_url}/websub/{'a' * 43}"
    assert (await asyncio.to_thread(httpx.post, stray, content=b"x")).status_code == 410
    assert (await asyncio.to_thread(httpx.get, stray)).status_code == 404


async def test_only_what_we_asked_for_is_verified(desk: Desk, hub: LocalHub) -> None:
    hub.verifies = False
    desk.polled()
    await desk.look()
    [asked] = hub.asked
    challenge = {"hub.mode": "subscribe", "hub.topic": asked.topic, "hub.challenge": "x", "hub.lease_seconds": "60"}
    for wrong in (
        {"hub.topic": "https://other.example/"},
        {"hub.mode": "unsubscribe"},
        {"hub.mode": "publish"},
        {"hub.challenge": ""},
    ):
        answer = await asyncio.to_thread(httpx.get, asked.callback, params=challenge | wrong)
        assert answer.status_code == 404, wrong
    assert desk.the_one().state is SubscriptionState.ASKED
    answer = await asyncio.to_thread(httpx.get, asked.callback, params=challenge)
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, "x", "text/plain; charset=utf-8")
    assert desk.the_one().lease_until == NOW + LEASE_MIN


async def test_a_push_never_shortens_a_back_off_nor_polls_more_often_than_the_pause(desk: Desk) -> None:
    desk.polled()
    await desk.look()
    await desk.push()
    assert desk.sources()[0].state.next_poll_at == NOW + PUSH_GAP
    desk.polled(ok=False)
    desk.now += timedelta(minutes=1)
    await desk.push()
    assert desk.sources()[0].state.next_poll_at == NOW + POLLED_IN


async def test_a_push_amid_a_poll_is_not_lost(desk: Desk) -> None:
    desk.polled()
    await desk.look()
    desk.now += timedelta(minutes=1)
    began = desk.now
    desk.now += timedelta(seconds=2)
    await desk.push()
    desk.now += timedelta(seconds=2)
    desk.polled(asked_at=began)
    assert desk.sources()[0].state.next_poll_at == desk.now
    desk.polled()
    assert desk.sources()[0].state.next_poll_at == desk.now + POLLED_IN


async def test_a_lease_is_renewed_before_it_ends(desk: Desk, hub: LocalHub) -> None:
    desk.polled()
    await desk.look()
    for _ in range(100):
        desk.now += timedelta(minutes=1)
        await desk.look()
        lease = desk.the_one().lease_until
        assert lease is not None
        assert lease > desk.now
    assert 2 <= len([asked for asked in hub.asked if asked.verified]) <= 4


async def test_a_hub_that_never_calls_back_is_asked_less_and_less(desk: Desk, hub: LocalHub) -> None:
    hub.verifies = False
    desk.polled()
    for _ in range(24 * 12):
        await desk.look()
        desk.now += timedelta(minutes=5)
    assert 4 <= len(hub.asked) <= 9
    assert desk.the_one().state is SubscriptionState.ASKED


async def test_a_hub_that_denies_is_asked_again_a_day_later(desk: Desk, hub: LocalHub) -> None:
    hub.denies = True
    desk.polled()
    await desk.look(2)
    assert desk.the_one().state is SubscriptionState.DENIED
    desk.polled()
    desk.now += timedelta(hours=23)
    await desk.look()
    assert len(hub.asked) == 1
    hub.denies = False
    desk.now += timedelta(hours=2)
    await desk.look()
    assert desk.the_one().state is SubscriptionState.ACTIVE


@pytest.mark.parametrize("status", [307, 400, 404, 500])
async def test_a_hub_that_refuses_is_said_to(desk: Desk, hub: LocalHub, status: int) -> None:
    hub.status = status
    desk.polled()
    await desk.look(3)
    assert len(hub.asked) == 1
    assert str(status) in (desk.the_one().reason or "") or status == 307
    assert desk.the_one().reason


async def test_a_private_hub_that_a_stranger_named_is_not_asked(tmp_path: Path, desk: Desk, hub: LocalHub) -> None:
    strict = Desk(desk.archive, hub, allow=())
    strict.polled()
    await strict.look()
    assert hub.asked == []
    assert (strict.the_one().reason or "").startswith("private-address: 127.0.0.1")


async def test_a_source_that_goes_or_needs_no_hub_says_farewell(desk: Desk, hub: LocalHub) -> None:
    desk.polled()
    await desk.look()
    desk.polled(hub=False)
    assert await desk.push() == [410]
    await desk.look(2)
    assert [asked.mode for asked in hub.asked] == ["subscribe", "unsubscribe"]
    assert (hub.subscribed, desk.subscriptions()) == ({}, [])
    desk.polled()
    await desk.look()
    desk.add_sources(0)
    await desk.look(3)
    assert [asked.mode for asked in hub.asked[2:]] == ["subscribe", "unsubscribe"]
    assert desk.subscriptions() == []


async def test_a_hub_that_does_not_take_a_farewell_is_forgotten(desk: Desk, hub: LocalHub) -> None:
    desk.polled()
    await desk.look()
    hub.status = 500
    desk.add_sources(0)
    for _ in range(30):
        await desk.look()
        desk.now += timedelta(minutes=10)
    assert 1 <= len([asked for asked in hub.asked if asked.mode == "unsubscribe"]) <= 3
    assert desk.subscriptions() == []


async def test_another_hub_takes_the_place_of_the_first_under_another_address(desk: Desk, hub: LocalHub) -> None:
    desk.polled()
    await desk.look()
    with LocalHub() as other:
        before, desk.hub = desk.the_one(), other
        desk.polled()
        await desk.look()
        assert len(other.asked) == 1
    assert (desk.the_one().token, desk.the_one().secret) != (before.token, before.secret)
    desk.hub = hub
    assert await desk.push() == [410]


async def test_many_leases_are_neither_asked_for_nor_renewed_at_once(desk: Desk, hub: LocalHub) -> None:
    desk.add_sources(30)
    desk.polled()
    await desk.look()
    assert len(hub.asked) == ASKS_MAX
    await desk.look(6)
    assert len(hub.asked) == 30
    renewals: list[datetime] = [ask_at(one) for one in desk.subscriptions()]
    assert len(set(renewals)) == 30
    assert max(renewals) - min(renewals) > timedelta(minutes=6)
    desk.now += timedelta(hours=5)
    await desk.look()
    assert len(hub.asked) == 30 + ASKS_MAX, "after an outage of ours, too"


async def test_a_lost_push_costs_nothing_but_time(desk: Desk) -> None:
    """The safety poll is the source's own rhythm: a subscription never puts a poll off."""
    desk.polled()
    due = desk.sources()[0].state.next_poll_at
    await desk.look()
    assert desk.sources()[0].state.next_poll_at == due


async def test_without_a_public_address_nobody_is_asked(desk: Desk, hub: LocalHub) -> None:
    desk.polled()
    desk.subscriber = desk.a_subscriber(websub=False)
    await desk.look(3)
    assert hub.asked == []
    assert [is_on(Settings(web=Web(public_url=url))) for url in (None, "https://w.example")] == [False, True]
    assert not is_on(Settings(web=Web(enabled=False, public_url="https://w.example")))


LATER = st.timedeltas(timedelta(0), timedelta(days=40))


@given(st.sampled_from(SubscriptionState), LATER, st.none() | LATER, st.integers(0, 100), st.text(max_size=9))
def test_every_subscription_has_a_next_time_that_comes(
    state: SubscriptionState, ago: timedelta, lease: timedelta | None, failures: int, token: str
) -> None:
    asked_at = NOW - ago
    one = Subscription(
        source_id=1, hub="h", topic="t", token=token, secret="s", state=state, asked_at=asked_at,
        lease_until=asked_at + lease if lease is not None else None, failures=failures,
    )  # fmt: skip
    at = ask_at(one)
    assert asked_at <= at <= max(asked_at + AGAIN_MAX * (1 + RENEW_SPREAD), one.lease_until or asked_at)
    if state is SubscriptionState.ACTIVE and lease is not None:
        assert at >= min(asked_at + ANSWER_WITHIN, at)
        assert at == asked_at + (at - asked_at)
        assert at >= asked_at + lease * (1 - RENEW_LEFT - RENEW_SPREAD)
    assert next_step(one, max(at, one.lease_until or at)) in set(Step)


@pytest.mark.parametrize(
    ("stated", "lease"),
    [
        ("3600", timedelta(hours=1)),
        ("0", LEASE_MIN),
        ("99999999999", LEASE_MAX),
        ("9" * 500, timedelta(days=1)),
        ("", timedelta(days=1)),
        ("-5", timedelta(days=1)),
        ("٣", timedelta(days=1)),
    ],
)
def test_a_lease_is_taken_within_bounds(stated: str, lease: timedelta) -> None:
    assert lease_of(stated) == lease
