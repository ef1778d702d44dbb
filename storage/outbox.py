"""The outbox: alerts become messages, messages deliveries, and every try is written down.

A delivery's attempt is committed before the message leaves, its end after. A process that dies in
between leaves an attempt without an end: it is counted as a repeat (`repeats`), the only way in which
a receiver can get a message twice, and then under the same key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from news.alert import (
    Alert,
    Delivery,
    DeliveryState,
    Latency,
    MatchedText,
    Message,
    MessageKind,
    Outcome,
    Pickup,
    Refused,
    Retry,
    Sent,
)
from news.release import Release, Zone
from news.source import EventType
from news.stemming import UNDETERMINED
from storage import bundles
from storage.bundles import Waiting
from storage.chunks import chunks
from storage.database import Database
from storage.rows import notice_from_json, release_of
from storage.tables import ALERT, ATTEMPT, DELIVERY, MESSAGE, MESSAGE_ALERT, RELEASE, RULE
from storage.upsert import upsert
from storage.work import EPOCH, Work

ALSO_ON_MAX = 20
# So many alerts of a digest are carried along to be shown; the others are counted.
TOGETHER_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlert:
    """An alert to be made, as at firing."""

    rule_id: int
    rule_name: str
    rule_query: str
    story_id: int
    occasion: str
    release_id: int
    matched: tuple[MatchedText, ...]
    latency: Latency
    unmatched: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a message goes, with the key it keeps over every attempt."""

    channel: str
    recipient: str
    key: str
    thread: str


def queue(
    work: Work,
    alert: NewAlert,
    addresses: Sequence[Address],
    *,
    due_at: datetime,
    waiting: Mapping[str, Waiting] = MappingProxyType({}),
) -> int | None:
    """Write the alert, its message and a delivery per address; None if the alert stands already.

    At a channel that is among `waiting` it joins an open message, which waits for others until it is due.
    """
    alert_id = write(work, alert, addresses, waiting=waiting)
    at_once = [address for address in addresses if address.channel not in waiting]
    if alert_id is not None and at_once:
        post(work, [alert_id], at_once, due_at=due_at)
    return alert_id


def write(
    work: Work, alert: NewAlert, addresses: Sequence[Address], *, waiting: Mapping[str, Waiting] = MappingProxyType({})
) -> int | None:
    """Write the alert and let it join what it waits for; what is to be told at once is for `post`."""
    row = upsert(work.dialect, ALERT).values(
        rule_id=alert.rule_id,
        story_id=alert.story_id,
        occasion=alert.occasion,
        release_id=alert.release_id,
        rule_name=alert.rule_name,
        rule_query=alert.rule_query,
        matched=[list(span) for span in alert.matched],
        stamped_at=alert.latency.stamped,
        seen_at=alert.latency.seen,
        stored_at=alert.latency.stored,
        matched_at=alert.latency.matched,
        made_at=work.now,
        unmatched_at=work.now if alert.unmatched else None,
        seq=work.next_seq,
    )
    alert_id = work.connection.execute(row.on_conflict_do_nothing().returning(ALERT.c.id)).scalar()
    if alert_id is None:
        return None
    work.event(EventType.ALERT_MADE, alert=alert_id, rule=alert.rule_id, release=alert.release_id)
    _join_bundles(work, int(alert_id), addresses, waiting)
    return int(alert_id)


def post(work: Work, alert_ids: Sequence[int], addresses: Sequence[Address], *, due_at: datetime) -> None:
    """One message of these alerts, which are of one release, and a delivery of it to each address."""
    made = insert(MESSAGE).values(kind=MessageKind.SINGLE.value, made_at=work.now)
    message_id = work.connection.execute(made.returning(MESSAGE.c.id)).scalar_one()
    rows = [{"message_id": message_id, "alert_id": alert_id} for alert_id in alert_ids]
    work.connection.execute(insert(MESSAGE_ALERT), rows)
    send_to(work, message_id, addresses, due_at=due_at)


def _join_bundles(work: Work, alert_id: int, addresses: Sequence[Address], waiting: Mapping[str, Waiting]) -> None:
    for channel in dict.fromkeys(address.channel for address in addresses if address.channel in waiting):
        message_id = bundles.join(work, alert_id, waiting[channel].bundle, channel, waiting[channel].due_at)
        # Its own id it gets when it is closed; until then one that no message can have.
        of_channel = [
            replace(address, key=f"open {message_id} {channel} {address.recipient}")
            for address in addresses
            if address.channel == channel
        ]
        send_to(work, message_id, of_channel, due_at=bundles.due_of(work.connection, message_id))


def send_to(work: Work, message_id: int, addresses: Sequence[Address], *, due_at: datetime) -> None:
    """Write a delivery of the message for each address that has none of it yet."""
    theirs = select(DELIVERY.c.channel, DELIVERY.c.recipient).where(DELIVERY.c.message_id == message_id)
    known = {(row.channel, row.recipient) for row in work.connection.execute(theirs)}
    for address in addresses:
        if (address.channel, address.recipient) in known:
            continue
        row = upsert(work.dialect, DELIVERY).values(
            message_id=message_id,
            channel=address.channel,
            recipient=address.recipient,
            key=address.key,
            thread=address.thread,
            state=DeliveryState.DUE.value,
            due_at=due_at,
        )
        written = work.connection.execute(row.on_conflict_do_nothing().returning(DELIVERY.c.id)).scalar()
        if written is None:
            # Told already under the same key, by this archive before it was restored.
            work.tally("delivery", "told before under the same key")


def claim_deliveries(
    database: Database, now: datetime, *, holder: str, lease: timedelta, room: Mapping[str, int]
) -> list[Delivery]:
    """Deliveries that are due, at most `room[channel]` of each channel; their attempts begin now.

    A channel that is not in `room` gets none: one that is down delays only itself.
    """
    with database.reading() as connection:
        if not any(_due(connection, now, channel, 1) for channel, free in room.items() if free > 0):
            return []
    with database.writing() as connection:
        rows = [row for channel, free in room.items() if free > 0 for row in _due(connection, now, channel, free)]
        _give_up_attempts(connection, [row.id for row in rows])
        for row in rows:
            connection.execute(
                update(DELIVERY)
                .where(DELIVERY.c.id == row.id)
                .values(
                    state=DeliveryState.SENDING.value,
                    attempts=row.attempts + 1,
                    repeats=row.repeats + (row.state == DeliveryState.SENDING.value),
                    lease_until=now + lease,
                    lease_holder=holder,
                )
            )
            connection.execute(insert(ATTEMPT).values(delivery_id=row.id, n=row.attempts + 1, begun_at=now))
    # A digest brings many releases along: they are read once, and while nobody waits to write.
    with database.reading() as connection:
        messages = {id_: _message(connection, id_) for id_ in {row.message_id for row in rows}}
    return [_delivery(row, message) for row in rows if (message := messages[row.message_id]) is not None]


def _due(connection: Connection, now: datetime, channel: str, limit: int) -> list[Any]:
    ready = or_(
        and_(DELIVERY.c.state == DeliveryState.DUE.value, DELIVERY.c.due_at <= now),
        and_(DELIVERY.c.state == DeliveryState.SENDING.value, DELIVERY.c.lease_until < now),
    )
    unclosed = select(MESSAGE.c.id).where(MESSAGE.c.bundle.is_not(None))
    return list(
        connection.execute(
            select(DELIVERY)
            .where(ready, DELIVERY.c.channel == channel, DELIVERY.c.message_id.not_in(unclosed))
            .order_by(DELIVERY.c.due_at, DELIVERY.c.id)
            .limit(limit)
        )
    )


def settle(work: Work, delivery: Delivery, outcome: Outcome, retry_at: datetime | None) -> DeliveryState:
    """Write how an attempt ended. Without a `retry_at`, what was not sent is dead.

    An attempt that outlived its lease may end after another began: it counts if it sent the message,
    and what was sent stays so.
    """
    reason = None if isinstance(outcome, Sent) else outcome.reason[:500]
    work.connection.execute(
        update(ATTEMPT)
        .where(ATTEMPT.c.delivery_id == delivery.id, ATTEMPT.c.n == delivery.attempts + 1)
        .values(ended_at=work.now, outcome=type(outcome).__name__.lower(), reason=reason)
    )
    if reason:
        work.tally(type(outcome).__name__.lower(), reason.split(":")[0])
    stands = work.connection.execute(
        select(DELIVERY.c.state, DELIVERY.c.attempts).where(DELIVERY.c.id == delivery.id)
    ).one()
    overtaken = stands.attempts != delivery.attempts + 1 and not isinstance(outcome, Sent)
    if stands.state == DeliveryState.SENT or overtaken:
        return DeliveryState(stands.state)
    state, values = _ended(work.now, outcome, retry_at)
    work.connection.execute(
        update(DELIVERY)
        .where(DELIVERY.c.id == delivery.id)
        .values(state=state.value, reason=reason, lease_until=None, lease_holder=None, **values)
    )
    if state is not DeliveryState.DUE:
        alerts = [alert.id for alert in delivery.message.alerts]
        work.event(EventType.DELIVERY_SETTLED, delivery=delivery.id, alerts=alerts, state=state.value)
    return state


def _ended(now: datetime, outcome: Outcome, retry_at: datetime | None) -> tuple[DeliveryState, dict[str, Any]]:
    match outcome:
        case Sent(remote_id=remote_id):
            return DeliveryState.SENT, {"settled_at": now, "remote_id": remote_id[:500]}
        case Retry(perhaps_taken=perhaps_taken):
            # The receiver may have it: if it comes again, that is the one stated case of a double.
            values: dict[str, Any] = {"repeats": DELIVERY.c.repeats + int(perhaps_taken)}
            if retry_at is None:
                return DeliveryState.DEAD, values | {"settled_at": now}
            return DeliveryState.DUE, values | {"due_at": retry_at}
        case Refused():
            return DeliveryState.DEAD, {"settled_at": now}


def retry_now(work: Work, delivery_id: int) -> bool:
    """Make a dead or waiting delivery due again; False if it was sent or is under way."""
    states = [DeliveryState.DEAD.value, DeliveryState.DUE.value]
    changed = work.connection.execute(
        update(DELIVERY)
        .where(DELIVERY.c.id == delivery_id, DELIVERY.c.state.in_(states))
        .values(state=DeliveryState.DUE.value, due_at=work.now, settled_at=None)
    )
    return changed.rowcount > 0


def free_leases(connection: Connection, *, but: Collection[int] = ()) -> int:
    """Take up what a killed daemon was sending; returns how many may reach their receiver twice.

    `but` are those that this process is sending now.
    """
    sending = select(DELIVERY.c.id).where(DELIVERY.c.state == DeliveryState.SENDING.value)
    lost = [id_ for id_ in connection.execute(sending).scalars() if id_ not in but]
    _give_up_attempts(connection, lost)
    freed = {"state": DeliveryState.DUE.value, "lease_until": None, "lease_holder": None}
    for ids in chunks(lost):
        row = update(DELIVERY).where(DELIVERY.c.id.in_(ids))
        connection.execute(row.values(repeats=DELIVERY.c.repeats + 1, **freed))
    return len(lost)


def _give_up_attempts(connection: Connection, delivery_ids: Sequence[int]) -> None:
    """Close the attempts that are still open: who made them is gone, or has outlived its lease."""
    for ids in chunks(delivery_ids):
        connection.execute(
            update(ATTEMPT)
            .where(ATTEMPT.c.delivery_id.in_(ids), ATTEMPT.c.ended_at.is_(None), ATTEMPT.c.outcome.is_(None))
            .values(outcome="lost", reason="the process ended before the answer came")
        )


def alerts_told(connection: Connection, message_ids: Sequence[int]) -> dict[int, list[int]]:
    """By message, the alerts that it tells, in id order."""
    told: dict[int, list[int]] = {}
    for ids in chunks(message_ids):
        for row in connection.execute(
            select(MESSAGE_ALERT).where(MESSAGE_ALERT.c.message_id.in_(ids)).order_by(MESSAGE_ALERT.c.alert_id)
        ):
            told.setdefault(row.message_id, []).append(row.alert_id)
    return told


def _delivery(row: Any, message: Message) -> Delivery:  # noqa: ANN401 - a row of `delivery`
    return Delivery(
        id=row.id,
        key=row.key,
        thread=row.thread,
        message=message,
        channel=row.channel,
        recipient=row.recipient,
        attempts=row.attempts,
        due_at=row.due_at,
        repeat=row.repeats > 0 or row.state == DeliveryState.SENDING.value,
    )


def _message(connection: Connection, message_id: int) -> Message | None:
    """None where all that it told was erased a moment ago, and itself with it."""
    row = connection.execute(select(MESSAGE).where(MESSAGE.c.id == message_id)).first()
    if row is None:
        return None
    kind = MessageKind(row.kind)
    together, notice, alerts = None, None, []
    if kind is MessageKind.NOTICE:
        notice = notice_from_json(row.notice)
    elif kind in {MessageKind.BUNDLE, MessageKind.DIGEST}:
        together = bundles.together(connection, row.id, row.notice)
        found = bundles.newest(connection, row.id, TOGETHER_MAX)
        by_id = {alert.id: alert for alert in load_alerts(connection, found)}
        alerts = [by_id[id_] for id_ in found]
    else:
        alerts = load_alerts(connection, alerts_told(connection, [row.id]).get(row.id, []))
    return Message(id=row.id, kind=kind, alerts=tuple(alerts), made_at=row.made_at, together=together, notice=notice)


def load_alerts(connection: Connection, ids: Sequence[int]) -> list[Alert]:
    """Alerts with the release that fired them and where else its story stands, in id order."""
    found = []
    for some in chunks(sorted(ids)):
        rows = connection.execute(
            select(ALERT, RULE.c.uid.label("rule_uid"))
            .join(RULE, RULE.c.id == ALERT.c.rule_id)
            .where(ALERT.c.id.in_(some))
            .order_by(ALERT.c.id)
        ).all()
        found += [_alert(connection, row) for row in rows]
    return found


def _alert(connection: Connection, row: Any) -> Alert:  # noqa: ANN401 - a joined row
    release = connection.execute(select(RELEASE).where(RELEASE.c.id == row.release_id)).one()
    return Alert(
        id=row.id,
        occasion=row.occasion,
        rule_id=row.rule_id,
        rule_uid=row.rule_uid,
        rule_name=row.rule_name,
        rule_query=row.rule_query,
        story_id=row.story_id,
        release_id=row.release_id,
        release=release_of(release),
        matched=tuple(MatchedText(Zone(zone), start, end, text) for zone, start, end, text in row.matched),
        latency=Latency(stamped=row.stamped_at, seen=row.seen_at, stored=row.stored_at, matched=row.matched_at),
        made_at=row.made_at,
        also_on=_also_on(connection, release),
        before=_before(connection, release) if release.revises is not None else None,
        unmatched=row.unmatched_at is not None,
    )


def _before(connection: Connection, release: Any) -> Release | None:  # noqa: ANN401 - a row of `release`
    """The text that a later one took the place of; None where it was erased."""
    versions = or_(RELEASE.c.id == release.revises, RELEASE.c.revises == release.revises)
    rows = connection.execute(select(RELEASE).where(versions, RELEASE.c.verdict != "erased")).all()
    mine = (release.published_at or EPOCH, release.id)
    older = [row for row in rows if (row.published_at or EPOCH, row.id) < mine]
    return release_of(max(older, key=lambda row: (row.published_at or EPOCH, row.id))) if older else None


def _also_on(connection: Connection, release: Any) -> tuple[Pickup, ...]:  # noqa: ANN401 - a row of `release`
    rows = connection.execute(
        select(RELEASE.c.wire, RELEASE.c.url, RELEASE.c.language)
        .where(
            RELEASE.c.story_id == release.story_id,
            RELEASE.c.id.not_in((release.id, release.revises or release.id)),
            RELEASE.c.revises.is_(None),
            RELEASE.c.verdict != "erased",
        )
        .order_by(RELEASE.c.id)
        .limit(ALSO_ON_MAX)
    )
    same = {release.language, UNDETERMINED}
    return tuple(Pickup(row.wire, row.url, None if row.language in same else row.language) for row in rows)
