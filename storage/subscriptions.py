"""Subscriptions of sources at hubs: what was asked for, what was granted, and what was pushed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from news.source import Subscription, SubscriptionState
from storage.tables import SOURCE, SUBSCRIPTION
from storage.work import Work

_REASON_CHARS_MAX = 200


def declare(work: Work, source_id: int, hub: str, topic: str, *, token: str, secret: str) -> bool:
    """Want a subscription of the source at that hub, in the place of any other; False if that is so already."""
    row = _row(work.connection, SUBSCRIPTION.c.source_id == source_id)
    if row is not None and (row.hub, row.topic) == (hub, topic) and row.state != SubscriptionState.ENDED.value:
        return False
    values = {
        "hub": hub,
        "topic": topic,
        "token": token,
        "secret": secret,
        "state": SubscriptionState.WANTED.value,
        "asked_at": work.now,
        "lease_until": None,
        "pushed_at": None,
        "failures": 0,
        "reason": None,
    }
    if row is None:
        work.connection.execute(insert(SUBSCRIPTION).values(source_id=source_id, **values))
    else:
        work.connection.execute(update(SUBSCRIPTION).where(SUBSCRIPTION.c.source_id == source_id).values(**values))
    return True


def leave(work: Work, source_id: int) -> bool:
    """Let a subscription end; False if there is none that could."""
    return _set(
        work,
        (SUBSCRIPTION.c.source_id == source_id) & (SUBSCRIPTION.c.state != SubscriptionState.ENDED.value),
        state=SubscriptionState.ENDED.value,
        failures=0,
        asked_at=work.now,
    )


def subscriptions(connection: Connection) -> list[tuple[Subscription, bool]]:
    """All, each with whether its source is still polled."""
    rows = connection.execute(
        select(SUBSCRIPTION, SOURCE.c.enabled)
        .join(SOURCE, SOURCE.c.id == SUBSCRIPTION.c.source_id)
        .order_by(SUBSCRIPTION.c.source_id)
    )
    return [(_subscription(row), bool(row.enabled)) for row in rows]


def by_token(connection: Connection, token: str) -> Subscription | None:
    row = _row(connection, SUBSCRIPTION.c.token == token)
    return _subscription(row) if row is not None else None


def asking(work: Work, subscription: Subscription) -> None:
    """Write down that the hub is asked now: it may answer before it has taken the request.

    It counts as a failure until the hub grants it.
    """
    state = SubscriptionState.ASKED if subscription.state in _UNANSWERED else subscription.state
    failures = subscription.failures + 1
    _set(work, SUBSCRIPTION.c.token == subscription.token, asked_at=work.now, state=state.value, failures=failures)


def unanswered(work: Work, subscription: Subscription, reason: str) -> None:
    """Write down that the hub did not take a request, and why."""
    work.tally("websub", reason.split(":", maxsplit=1)[0])
    _set(work, SUBSCRIPTION.c.token == subscription.token, reason=reason[:_REASON_CHARS_MAX])


def granted(work: Work, token: str, lease: timedelta) -> None:
    work.tally("websub", "granted")
    _set(
        work,
        SUBSCRIPTION.c.token == token,
        state=SubscriptionState.ACTIVE.value,
        lease_until=work.now + lease,
        failures=0,
        reason=None,
    )


def denied(work: Work, token: str, reason: str) -> None:
    work.tally("websub", "denied")
    state = SubscriptionState.DENIED.value
    _set(work, SUBSCRIPTION.c.token == token, state=state, asked_at=work.now, reason=reason[:_REASON_CHARS_MAX])


def forget(work: Work, token: str) -> None:
    work.connection.execute(delete(SUBSCRIPTION).where(SUBSCRIPTION.c.token == token))


def pushed(work: Work, token: str, gap: timedelta) -> bool:
    """Let the source of a push be polled at once, `gap` after its last poll at the earliest.

    Not where its last poll failed: it waits for its host's sake. False if nothing is subscribed by that token.
    """
    row = work.connection.execute(
        select(SUBSCRIPTION.c.source_id, SOURCE.c.next_poll_at, SOURCE.c.last_polled_at, SOURCE.c.failures)
        .join(SOURCE, SOURCE.c.id == SUBSCRIPTION.c.source_id)
        .where(SUBSCRIPTION.c.token == token, SUBSCRIPTION.c.state.in_(_PUSHES), SOURCE.c.enabled == 1)
    ).first()
    if row is None:
        return False
    work.tally("websub", "pushed")
    _set(work, SUBSCRIPTION.c.token == token, pushed_at=work.now)
    at = max(work.now, row.last_polled_at + gap) if row.last_polled_at is not None else work.now
    if not row.failures and at < row.next_poll_at:
        work.connection.execute(update(SOURCE).where(SOURCE.c.id == row.source_id).values(next_poll_at=at))
    return True


def pushed_since(work: Work, source_id: int, at: datetime) -> bool:
    """Whether a push came after `at`: what was asked for then may lack what it announced."""
    last = work.connection.execute(
        select(SUBSCRIPTION.c.pushed_at).where(SUBSCRIPTION.c.source_id == source_id)
    ).scalar()
    return last is not None and last > at


_UNANSWERED = (SubscriptionState.WANTED, SubscriptionState.DENIED)
# A hub that we asked may push before it told us that it took us.
_PUSHES = (SubscriptionState.ACTIVE.value, SubscriptionState.ASKED.value)


def _row(connection: Connection, which: Any) -> Any:  # noqa: ANN401 - a condition, and a row of `subscription`
    return connection.execute(select(SUBSCRIPTION).where(which)).first()


def _set(work: Work, which: Any, **values: Any) -> bool:  # noqa: ANN401 - a condition
    return work.connection.execute(update(SUBSCRIPTION).where(which).values(**values)).rowcount > 0


def _subscription(row: Any) -> Subscription:  # noqa: ANN401 - a row of `subscription`
    return Subscription(
        source_id=row.source_id,
        hub=row.hub,
        topic=row.topic,
        token=row.token,
        secret=row.secret,
        state=SubscriptionState(row.state),
        asked_at=row.asked_at,
        lease_until=row.lease_until,
        pushed_at=row.pushed_at,
        failures=row.failures,
        reason=row.reason,
    )
