"""Digests and bundles: alerts that are told in one message, which stays open until it is due.

An alert joins in the store commit that makes it. What is due is closed in a commit of its own, which gives each of
its deliveries the id that receivers see; only then may it be sent. A process that dies in between loses nothing: an
open bundle is closed by the next one, a closed one is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from news.alert import MessageKind, Reason, Together
from storage.tables import ALERT, DELIVERY, MESSAGE, MESSAGE_ALERT, RELEASE, RULE
from storage.upsert import upsert
from storage.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Which open message an alert joins. `period` outlives a restore; there is one message of it for each channel."""

    period: str
    kind: MessageKind
    reason: Reason
    since: datetime | None = None
    until: datetime | None = None
    schedule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Which open message an alert joins at a channel, and when a new one is to be told."""

    bundle: Bundle
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An alert by names that outlive a restore. `content` is that of the text it tells of."""

    rule_uid: str
    release_identity: str
    occasion: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """An open message that is due, and the deliveries that wait for its id: (id, channel, recipient)."""

    message_id: int
    period: str
    members: tuple[Member, ...]
    deliveries: tuple[tuple[int, str, str], ...]


def join(work: Work, alert_id: int, bundle: Bundle, channel: str, due_at: datetime) -> int:
    """Add the alert to the open message of this bundle and channel, or to a new one; returns the message's id.

    `due_at` is when a new one is to be told; the time of an open one stands.
    """
    name = f"{bundle.period} {channel}"
    opened = work.connection.execute(select(MESSAGE.c.id).where(MESSAGE.c.bundle == name)).scalar()
    if opened is None:
        made = insert(MESSAGE).values(
            kind=bundle.kind.value, bundle=name, made_at=work.now, notice=_about(bundle, due_at)
        )
        opened = work.connection.execute(made.returning(MESSAGE.c.id)).scalar_one()
    row = upsert(work.dialect, MESSAGE_ALERT).values(message_id=opened, alert_id=alert_id)
    work.connection.execute(row.on_conflict_do_nothing())
    return int(opened)


def _about(bundle: Bundle, due_at: datetime) -> dict[str, Any]:
    return {
        "reason": bundle.reason.value,
        "period": bundle.period,
        "since": bundle.since.isoformat() if bundle.since else None,
        "until": bundle.until.isoformat() if bundle.until else None,
        "due_at": due_at.isoformat(),
        **({"schedule": bundle.schedule} if bundle.schedule else {}),
    }


def due_of(connection: Connection, message_id: int) -> datetime:
    """When an open message is to be told."""
    about = connection.execute(select(MESSAGE.c.notice).where(MESSAGE.c.id == message_id)).scalar_one()
    return datetime.fromisoformat(about["due_at"])


def singly_told(connection: Connection, rule_id: int, since: datetime, limit: int) -> list[Any]:
    """The alerts of a rule that were told one by one since then, newest first: stamps, first sights, when made."""
    singly = (
        exists()
        .where(MESSAGE_ALERT.c.alert_id == ALERT.c.id)
        .where(MESSAGE.c.id == MESSAGE_ALERT.c.message_id, MESSAGE.c.kind == MessageKind.SINGLE.value)
    )
    query = select(ALERT.c.stamped_at, ALERT.c.seen_at, ALERT.c.made_at).where(singly)
    mine = query.where(ALERT.c.rule_id == rule_id, ALERT.c.made_at >= since)
    return list(connection.execute(mine.order_by(ALERT.c.id.desc()).limit(limit)))


# --------------------------------------------------------------------- closing


def is_open(connection: Connection, now: datetime) -> bool:
    """Whether an open message is due."""
    return connection.execute(_due(now).limit(1)).first() is not None


def _due(now: datetime) -> Any:  # noqa: ANN401 - a select of one column
    waits = (DELIVERY.c.message_id == MESSAGE.c.id) & (DELIVERY.c.due_at <= now)
    return select(MESSAGE.c.id).where(MESSAGE.c.bundle.is_not(None), exists().where(waits)).order_by(MESSAGE.c.id)


def closings(work: Work, limit: int) -> list[Closing]:
    """The open messages that are due now, at most `limit`."""
    ids = list(work.connection.execute(_due(work.now).limit(limit)).scalars())
    return [_closing(work.connection, id_) for id_ in ids]


def _closing(connection: Connection, message_id: int) -> Closing:
    about = connection.execute(select(MESSAGE.c.notice).where(MESSAGE.c.id == message_id)).scalar_one()
    members = connection.execute(
        select(RULE.c.uid, RELEASE.c.identity, RELEASE.c.content, ALERT.c.occasion)
        .join(ALERT, ALERT.c.rule_id == RULE.c.id)
        .join(MESSAGE_ALERT, MESSAGE_ALERT.c.alert_id == ALERT.c.id)
        .join(RELEASE, RELEASE.c.id == ALERT.c.release_id)
        .where(MESSAGE_ALERT.c.message_id == message_id)
        .order_by(ALERT.c.id)
    )
    deliveries = connection.execute(
        select(DELIVERY.c.id, DELIVERY.c.channel, DELIVERY.c.recipient).where(DELIVERY.c.message_id == message_id)
    )
    return Closing(
        message_id=message_id,
        period=about["period"],
        members=tuple(
            Member(
                rule_uid=row.uid,
                release_identity=row.identity,
                occasion=row.occasion,
                content=row.content,
            )
            for row in members
        ),
        deliveries=tuple((row.id, row.channel, row.recipient) for row in deliveries),
    )


def close(work: Work, closing: Closing, ids: Mapping[int, tuple[str, str]]) -> None:
    """Let nothing more join, and give each delivery its key and thread; from this commit on it may be sent."""
    work.connection.execute(
        update(MESSAGE).where(MESSAGE.c.id == closing.message_id).values(bundle=None, made_at=work.now)
    )
    for delivery_id, (key, thread) in ids.items():
        taken = work.connection.execute(select(DELIVERY.c.id).where(DELIVERY.c.key == key)).scalar()
        if taken is None:
            row = update(DELIVERY).where(DELIVERY.c.id == delivery_id)
            work.connection.execute(row.values(key=key, thread=thread))
        else:
            # Told already under the same key, by this archive before it was restored: once is enough.
            work.connection.execute(delete(DELIVERY).where(DELIVERY.c.id == delivery_id))
            work.tally("delivery", "told before under the same key")


def together(connection: Connection, message_id: int, about: Mapping[str, Any]) -> Together:
    """What a digest or bundle says of itself, counted over all that it tells."""
    n = func.count()
    rows = connection.execute(
        select(ALERT.c.rule_name, n)
        .join(MESSAGE_ALERT, MESSAGE_ALERT.c.alert_id == ALERT.c.id)
        .where(MESSAGE_ALERT.c.message_id == message_id)
        .group_by(ALERT.c.rule_name)
        .order_by(n.desc(), ALERT.c.rule_name)
    ).all()
    since, until = about.get("since"), about.get("until")
    return Together(
        reason=Reason(about["reason"]),
        count=sum(row[1] for row in rows),
        rules=tuple((row[0], int(row[1])) for row in rows),
        since=datetime.fromisoformat(since) if since else None,
        until=datetime.fromisoformat(until) if until else None,
        schedule=about.get("schedule"),
    )


def newest(connection: Connection, message_id: int, limit: int) -> Sequence[int]:
    """The alerts of a message whose releases were published last, newest first."""
    return list(
        connection.execute(
            select(ALERT.c.id)
            .join(MESSAGE_ALERT, MESSAGE_ALERT.c.alert_id == ALERT.c.id)
            .where(MESSAGE_ALERT.c.message_id == message_id)
            .order_by(func.coalesce(ALERT.c.stamped_at, ALERT.c.seen_at).desc(), ALERT.c.id.desc())
            .limit(limit)
        ).scalars()
    )
