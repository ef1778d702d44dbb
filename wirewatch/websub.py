"""Pushes instead of waiting: subscriptions at the hubs that feeds declare, asked for, renewed and ended.

A push is a bell, not a letter: signed as it may be, what it holds can be a part of the feed or an older copy. So it
makes the source due at once, and the poll that follows stores, proves the overlap and keeps the validators as every
other poll does. A hub that lies costs a request; one that falls silent costs nothing, for polls go on meanwhile.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from config import Settings
from ingest.answers import Fetched
from ingest.fetch import Fetcher
from ingest.jitter import share
from ingest.rows import Listing
from ingest.websub import Signature, declared, signature
from news.source import Source, Subscription, SubscriptionState
from storage import subscriptions
from storage.archive import Archive
from storage.work import Work
from wirewatch.clock import Clock

CALLBACK_PATH = "/websub"
# What we ask for, and what we make of a hub that grants no length or an absurd one.
LEASE_WANTED = timedelta(days=7)
LEASE_MIN, LEASE_MAX = timedelta(minutes=10), timedelta(days=30)
# A lease is renewed when a tenth to three tenths of it are left, by a hash: granted together, not renewed together.
RENEW_LEFT, RENEW_SPREAD = 0.1, 0.2
# A hub has this long to call back before it is asked again, and at first as long after it refused.
ANSWER_WITHIN = timedelta(minutes=10)
AGAIN_MAX = timedelta(days=1)
# Requests to hubs in one look; the rest waits for the next.
ASKS_MAX = 5
# A hub that does not answer to a farewell is forgotten after so many.
FAREWELLS_MAX = 3
# Pushes make a source due no sooner than this after its last poll.
PUSH_GAP = timedelta(seconds=5)
TOKEN_BYTES = 32

_log = structlog.get_logger(__name__)


class Step(StrEnum):
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    FORGET = "forget"


def is_on(settings: Settings) -> bool:
    """Whether hubs can reach us, and may."""
    reachable = settings.web.enabled and settings.web.public_url is not None
    return reachable and settings.polling.websub is not False


def next_step(subscription: Subscription, now: datetime) -> Step | None:
    """What is to be done for a subscription now."""
    if subscription.state is SubscriptionState.ENDED:
        if subscription.lease_until is None or subscription.lease_until <= now:
            return Step.FORGET
        if subscription.failures >= FAREWELLS_MAX:
            return Step.FORGET
    if now < ask_at(subscription):
        return None
    return Step.UNSUBSCRIBE if subscription.state is SubscriptionState.ENDED else Step.SUBSCRIBE


def ask_at(subscription: Subscription) -> datetime:
    """When the hub is to be asked next, for whatever the state asks for."""
    asked_at, lease_until = subscription.asked_at, subscription.lease_until
    again = min(ANSWER_WITHIN * 2.0 ** min(max(subscription.failures - 1, 0), 16), AGAIN_MAX)
    again *= 1.0 + RENEW_SPREAD * share(subscription.token, subscription.failures)
    match subscription.state:
        case SubscriptionState.WANTED:
            return asked_at + again if subscription.failures else asked_at
        case SubscriptionState.ENDED:
            return asked_at + again if subscription.failures else asked_at
        case SubscriptionState.ASKED:
            return asked_at + again
        case SubscriptionState.DENIED:
            return asked_at + AGAIN_MAX
        case SubscriptionState.ACTIVE:
            left = RENEW_LEFT + RENEW_SPREAD * share(subscription.token)
            ends = lease_until or asked_at
            return max(ends - max(ends - asked_at, timedelta(0)) * left, asked_at + again)


def take_note(work: Work, source: Source, answer: Fetched, listing: Listing) -> None:
    """Want a subscription where a source declares a hub, in its poll commit, and let it go where it no longer does."""
    found = declared(listing, answer.links, answer.final_url)
    if found is None:
        subscriptions.leave(work, source.id)
        return
    token, secret = secrets.token_urlsafe(TOKEN_BYTES), secrets.token_urlsafe(TOKEN_BYTES)
    if subscriptions.declare(work, source.id, found.hub, found.topic, token=token, secret=secret):
        _log.info("hub_declared", source=source.name, hub=found.hub, topic=found.topic)


class Subscriber:
    """Asks hubs for what is wanted. A job of the daemon."""

    def __init__(self, archive: Archive, fetcher: Fetcher, settings: Settings, now: Clock) -> None:
        self._archive, self._fetcher, self._now = archive, fetcher, now
        self._callback = f"{(settings.web.public_url or '').rstrip('/')}{CALLBACK_PATH}"
        self._on = is_on(settings)

    async def look(self) -> None:
        """Do what is due, a few at a time, those first that wait longest."""
        if not self._on:
            return
        due = await asyncio.to_thread(self._due)
        for subscription, step in due[:ASKS_MAX]:
            if step is Step.FORGET:
                await asyncio.to_thread(self._write, subscriptions.forget, subscription.token)
            else:
                await self._ask(subscription, step)

    def _due(self) -> list[tuple[Subscription, Step]]:
        now = self._now()
        with self._archive.database.reading() as connection:
            found = subscriptions.subscriptions(connection)
        gone = [each.source_id for each, polled in found if not polled and each.state is not SubscriptionState.ENDED]
        for source_id in gone:
            self._write(subscriptions.leave, source_id)
        steps = [(each, next_step(each, now)) for each, _ in found if each.source_id not in gone]
        due = [(each, step) for each, step in steps if step is not None]
        return sorted(due, key=lambda pair: ask_at(pair[0]))

    async def _ask(self, subscription: Subscription, step: Step) -> None:
        await asyncio.to_thread(self._write, subscriptions.asking, subscription)
        answer = await self._fetcher.post_form(subscription.hub, self._fields(subscription, step))
        if isinstance(answer, Fetched):
            _log.info("hub_asked", hub=subscription.hub, topic=subscription.topic, mode=step.value)
            return
        reason = f"{getattr(answer, 'reason', 'unread')}: {getattr(answer, 'detail', '')}"
        await asyncio.to_thread(self._write, subscriptions.unanswered, subscription, reason)
        _log.warning("hub_refused", hub=subscription.hub, mode=step.value, reason=reason[:200])

    def _fields(self, subscription: Subscription, step: Step) -> dict[str, str]:
        fields = {
            "hub.mode": step.value,
            "hub.topic": subscription.topic,
            "hub.callback": f"{self._callback}/{subscription.token}",
        }
        if step is Step.SUBSCRIBE:
            fields["hub.secret"] = subscription.secret
            fields["hub.lease_seconds"] = str(int(LEASE_WANTED.total_seconds()))
        return fields

    def _write(self, change: Callable[..., object], *given: object) -> None:
        with self._archive.writing(self._now()) as work:
            change(work, *given)


class Callbacks:
    """What hubs may ask of us and tell us, by the token in the address. Methods block."""

    def __init__(self, archive: Archive, now: Clock, heard: Callable[[], None] = lambda: None) -> None:
        """`heard` is called for each good push, before its source becomes due."""
        self._archive, self._now, self._heard = archive, now, heard

    def verify(self, token: str, said: Mapping[str, str]) -> str | None:
        """The challenge to give back to a hub that asks whether we asked; None where we did not."""
        subscription = self._known(token)
        mode = said.get("hub.mode", "")
        if subscription is None or said.get("hub.topic") != subscription.topic:
            return None
        challenge = said.get("hub.challenge", "")
        wanted = subscription.state in {SubscriptionState.ASKED, SubscriptionState.ACTIVE}
        with self._archive.writing(self._now()) as work:
            if mode == "denied":
                subscriptions.denied(work, token, said.get("hub.reason", "the hub gave no reason"))
                return ""
            if mode == Step.SUBSCRIBE and wanted and challenge:
                subscriptions.granted(work, token, lease_of(said.get("hub.lease_seconds", "")))
                return challenge
            if mode == Step.UNSUBSCRIBE and subscription.state is SubscriptionState.ENDED and challenge:
                subscriptions.forget(work, token)
                return challenge
        return None

    def expects(self, token: str) -> bool:
        """Whether pushes to this address are heard at all; if not, the hub may forget it."""
        subscription = self._known(token)
        return subscription is not None and subscription.state is not SubscriptionState.ENDED

    def signature(self, token: str, header: str | None) -> Signature | None:
        subscription = self._known(token)
        return signature(subscription.secret, header) if subscription is not None else None

    def pushed(self, token: str) -> bool:
        """Take a push whose signature held."""
        self._heard()
        with self._archive.writing(self._now()) as work:
            return subscriptions.pushed(work, token, PUSH_GAP)

    def forged(self) -> None:
        """Count a push that was not signed as it must be; it is ignored, and the hub not told."""
        with self._archive.writing(self._now()) as work:
            work.tally("websub", "bad signature")

    def _known(self, token: str) -> Subscription | None:
        with self._archive.database.reading() as connection:
            return subscriptions.by_token(connection, token)


def lease_of(seconds: str) -> timedelta:
    """The lease that a hub granted, within bounds; without a length that can be read, the shortest but a day."""
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= len("9" * 12)):
        return timedelta(days=1)
    return min(max(timedelta(seconds=min(int(seconds), 10**9)), LEASE_MIN), LEASE_MAX)
