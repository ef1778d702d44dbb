"""Is there anything to do? One cheap question, asked four times a second for years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, select

from news.alert import DeliveryState
from news.source import EntryState
from storage.columns import UtcTime
from storage.database import Database
from storage.tables import DELIVERY, ENTRY, SOURCE


@dataclass(frozen=True, slots=True)
class Due:
    """Which kinds of work wait. A lease that ran out counts as work."""

    sources: bool
    entries: bool
    deliveries: bool


_NOW = bindparam("now", type_=UtcTime())
# Built once: putting the statement together would cost more than running it.
_QUESTION = select(
    exists().where(
        SOURCE.c.next_poll_at <= _NOW,
        SOURCE.c.enabled == 1,
        SOURCE.c.lease_until.is_(None) | (SOURCE.c.lease_until < _NOW),
    ),
    exists().where(ENTRY.c.state == EntryState.DUE.value)
    | exists().where(ENTRY.c.state == EntryState.WAITING.value, ENTRY.c.retry_at <= _NOW)
    | exists().where(ENTRY.c.state == EntryState.FETCHING.value, ENTRY.c.lease_until < _NOW),
    exists().where(DELIVERY.c.state == DeliveryState.DUE.value, DELIVERY.c.due_at <= _NOW)
    | exists().where(DELIVERY.c.state == DeliveryState.SENDING.value, DELIVERY.c.lease_until < _NOW),
)


def due(database: Database, now: datetime) -> Due:
    """Look, without claiming anything."""
    with database.reading() as connection:
        row = connection.execute(_QUESTION, {"now": now}).one()
    return Due(bool(row[0]), bool(row[1]), bool(row[2]))
