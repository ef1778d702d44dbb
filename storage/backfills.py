"""Orders to read a source's history: how far each walk has come, and what became of what it listed.

There is one for a source, kept until another takes its place. Whoever holds the lock of the one daemon walks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from news.release import Origin
from news.source import EntryState, Listed, Source
from storage.checkpoints import note, noted, noted_under
from storage.entries import known, list_entries, pages_stored
from storage.rows import source_of
from storage.tables import ENTRY, SOURCE
from storage.tombstones import rows_gone
from storage.work import Work

NAME = "backfill:"
# An entry that comes again this soon is still being read.
SOON = timedelta(minutes=2)


class Stand(StrEnum):
    WALKING = "walking"
    STOPPED = "stopped"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """What was asked of a source's history, and how far it is. All times aware UTC.

    Wanted is what was published from `since` on, and before `until` where there is one. `way`, `page` and `url` are
    where the walk is, `ends` why ways came to their end. Of `rows` that pages showed, `outside` are of other days,
    `left` are for polls and gaps to bring, and `listed` are to be read. `back_to` is the oldest stamp that the way
    shows so far, `met_known` that it showed rows in a row that this source had.
    """

    source_id: int
    since: datetime
    until: datetime | None
    alert: bool
    began_at: datetime
    stand: Stand = Stand.WALKING
    way: str = ""
    page: int = 0
    url: str = ""
    pages: int = 0
    rows: int = 0
    outside: int = 0
    left: int = 0
    listed: int = 0
    back_to: datetime | None = None
    ends: tuple[tuple[str, str], ...] = ()
    met_known: bool = False

    @property
    def known(self) -> int:
        """Rows of the days asked for that were listed or stored before; each other way shows them again."""
        return max(0, self.rows - self.outside - self.left - self.listed)

    def asks_as(self, other: Backfill) -> bool:
        """Whether both want the same, so that one goes on where the other was stopped."""
        return (self.since, self.until, self.alert) == (other.since, other.until, other.alert)


def write(work: Work, backfill: Backfill) -> None:
    """Give an order, in the place of the one before."""
    note(work.connection, f"{NAME}{backfill.source_id}", _to_json(backfill), work.now)


def told(connection: Connection, source_id: int) -> Backfill | None:
    """The order for a source, as it stands."""
    data = noted(connection, f"{NAME}{source_id}")
    return _from_json(data) if data is not None else None


def under_way(connection: Connection) -> list[tuple[Source, Backfill]]:
    """The walks that are to go on, of sources that are still polled."""
    walking = [each for each in map(_from_json, noted_under(connection, NAME).values()) if each.stand is Stand.WALKING]
    by_id = {each.source_id: each for each in walking}
    rows = connection.execute(select(SOURCE).where(SOURCE.c.id.in_(by_id), SOURCE.c.enabled == 1))
    return [(source_of(row), by_id[row.id]) for row in rows]


def change(work: Work, backfill: Backfill) -> bool:
    """Write how it stands now; False if meanwhile it was stopped, or another was given."""
    stands = told(work.connection, backfill.source_id)
    if stands is None or stands.stand is not Stand.WALKING or stands.began_at != backfill.began_at:
        return False
    write(work, backfill)
    return True


def go_on(work: Work, backfill: Backfill) -> None:
    """Let a walk that was stopped go on where it was."""
    write(work, replace(backfill, stand=Stand.WALKING))


def stop(work: Work, source_id: int) -> bool:
    """Let a walk rest until it is asked for again; False if there is none."""
    stands = told(work.connection, source_id)
    if stands is None or stands.stand is not Stand.WALKING:
        return False
    write(work, replace(stands, stand=Stand.STOPPED))
    return True


@dataclass(frozen=True, slots=True)
class Seen:
    """Of each row its key, whether this source knew it (`mine`), and whether it is to be read: nobody had it."""

    keys: tuple[str, ...]
    mine: tuple[bool, ...]
    fresh: tuple[bool, ...]


def seen(work: Work, source: Source, rows: Sequence[Listed], url_keys: Sequence[str | None]) -> Seen:
    """What was pruned or erased was had."""
    ours = known(work, source, rows, url_keys)
    unknown = [at for at, flag in enumerate(ours.flags) if not flag]
    stored = pages_stored(work.connection, [key for at in unknown if (key := url_keys[at])])
    graves = rows_gone(work.connection, source.wire, {ours.keys[at]: (url_keys[at], rows[at].guid) for at in unknown})
    fresh = tuple(
        not flag and (url_key is None or url_key not in stored) and key not in graves
        for flag, url_key, key in zip(ours.flags, url_keys, ours.keys, strict=True)
    )
    return Seen(ours.keys, ours.flags, fresh)


def list_history(work: Work, source: Source, rows: Sequence[tuple[Listed, str | None, str]], *, alert: bool) -> int:
    """Make entries of rows that are to be read; returns of how many."""
    if not rows:
        return 0
    listed, url_keys, keys = zip(*rows, strict=True)
    return list_entries(work, source, listed, url_keys, keys, origin=Origin.HISTORY, alert=alert)


def outcome(connection: Connection, backfill: Backfill) -> dict[str, int]:
    """How many of the entries that it listed are in which state."""
    asked = select(ENTRY.c.state, func.count().label("n")).where(_history(backfill)).group_by(ENTRY.c.state)
    return {row.state: int(row.n) for row in connection.execute(asked)}


def unread(connection: Connection, backfill: Backfill, now: datetime) -> int:
    """How many of them are being read, or come again soon."""
    soon = or_(
        ENTRY.c.state.in_([EntryState.DUE.value, EntryState.FETCHING.value]),
        and_(ENTRY.c.state == EntryState.WAITING.value, ENTRY.c.retry_at <= now + SOON),
    )
    return int(connection.execute(select(func.count()).where(_history(backfill), soon)).scalar_one())


def _history(backfill: Backfill) -> ColumnElement[bool]:
    return and_(
        ENTRY.c.source_id == backfill.source_id,
        ENTRY.c.origin == Origin.HISTORY.value,
        ENTRY.c.first_seen_at >= backfill.began_at,
    )


def polled_from(connection: Connection, source_id: int) -> datetime | None:
    """The oldest stamp that the source showed at its first poll; None where that is forgotten or has no stamps."""
    seed = select(func.min(ENTRY.c.stamp)).where(ENTRY.c.source_id == source_id, ENTRY.c.origin == Origin.SEED.value)
    oldest: datetime | None = connection.execute(seed).scalar()
    return oldest


_MOMENTS = ("since", "until", "began_at", "back_to")


def _to_json(backfill: Backfill) -> dict[str, Any]:
    data = asdict(backfill)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in data.items()}


def _from_json(data: Mapping[str, Any]) -> Backfill:
    moments = {name: datetime.fromisoformat(data[name]) if data[name] else None for name in _MOMENTS}
    ends = tuple((way, reason) for way, reason in data["ends"])
    return Backfill(**{**data, **moments, "stand": Stand(data["stand"]), "ends": ends})
