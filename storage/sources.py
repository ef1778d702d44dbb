"""Sources: which are due, who polls them, and how a poll ended.

The validators of a poll (ETag, Last-Modified) are written in the same transaction as the entries
they vouch for: written earlier, a crash and a 304 would lose releases for good.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from news.source import NO_WAYS, ApiFields, EntryState, EventType, Move, Source, Ways
from storage.chunks import chunks
from storage.database import Database
from storage.rows import source_of, ways_to_json
from storage.subscriptions import pushed_since
from storage.tables import ENTRY, SOURCE
from storage.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class PollEnd:
    """How a poll ended. `ok` is false for a failure; `read` is true where a listing was read.

    A failure that does not count was no attempt: the host was not asked, for its own sake. `move` is what stands of
    the source's move now, None where this poll says nothing of it. `asked_at` is when the poll began.
    `pace` is what it leaves to the next, None where it says nothing of it.
    """

    outcome: str
    ok: bool
    read: bool
    next_poll_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    guids_collide: bool = False
    counts: bool = True
    move: Move | None = None
    asked_at: datetime | None = None
    pace: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source as the configuration or a user names it."""

    name: str
    wire: str
    kind: str
    url: str
    interval_s: float
    alert_seed: bool
    trusted: bool
    origin: str
    fixed: bool = False
    weight: float = 1.0
    objective_s: float | None = None
    ways: Ways = NO_WAYS
    fields: ApiFields | None = None
    dedupe: bool = True


def sync_sources(work: Work, wanted: Sequence[SourceSpec], *, origin: str = "config") -> None:
    """Make the sources of `origin` those wanted, by name; poll state and entries stay.

    A source that is no longer wanted is disabled, not deleted: its releases name it. One whose URL
    changed is polled anew, and what it then shows is seed again, unless the source itself said that it moved there.
    """
    now = work.now
    stored = {row.name: row for row in work.connection.execute(select(SOURCE))}
    for spec in wanted:
        row = stored.get(spec.name)
        values: dict[str, Any] = {
            "wire": spec.wire,
            "kind": spec.kind,
            "url": spec.url,
            "interval_s": spec.interval_s,
            "fixed": int(spec.fixed),
            "weight": spec.weight,
            "objective_s": spec.objective_s,
            "ways": ways_to_json(spec.ways, spec.fields),
            "alert_seed": int(spec.alert_seed),
            "trusted": int(spec.trusted),
            "dedupe": int(spec.dedupe),
            "origin": spec.origin,
            "enabled": 1,
        }
        if row is None:
            work.connection.execute(insert(SOURCE).values(name=spec.name, next_poll_at=now, **values))
            continue
        if row.url != spec.url:
            values |= {
                "next_poll_at": now,
                "failures": 0,
                "moved_to": None,
                "moved_polls": 0,
                "health": None,
                "pace": None,
            }
            if spec.url != row.moved_to:
                values |= {"etag": None, "last_modified": None, "seeded": 0}
        work.connection.execute(update(SOURCE).where(SOURCE.c.id == row.id).values(**values))
    names = {spec.name for spec in wanted}
    gone = [row.id for row in stored.values() if row.origin == origin and row.enabled and row.name not in names]
    for ids in chunks(gone):
        work.connection.execute(update(SOURCE).where(SOURCE.c.id.in_(ids)).values(enabled=0))


def sources(connection: Connection) -> list[Source]:
    rows = connection.execute(select(SOURCE).where(SOURCE.c.enabled == 1).order_by(SOURCE.c.name))
    return [source_of(row) for row in rows]


def claim_sources(
    database: Database, now: datetime, *, holder: str, lease: timedelta, limit: int, only: Sequence[int] | None = None
) -> list[Source]:
    """The sources whose time has come (all of `only`, due or not), leased until `now + lease`."""
    with database.reading() as connection:
        if not _due_sources(connection, now, limit, only):
            return []
    with database.writing() as connection:
        rows = _due_sources(connection, now, limit, only)
        for ids in chunks([row.id for row in rows]):
            connection.execute(
                update(SOURCE).where(SOURCE.c.id.in_(ids)).values(lease_until=now + lease, lease_holder=holder)
            )
    return [source_of(row) for row in rows]


def _due_sources(connection: Connection, now: datetime, limit: int, only: Sequence[int] | None) -> list[Any]:
    due = SOURCE.c.id.in_(only) if only is not None else SOURCE.c.next_poll_at <= now
    return list(
        connection.execute(
            select(SOURCE)
            .where(due, SOURCE.c.enabled == 1, or_(SOURCE.c.lease_until.is_(None), SOURCE.c.lease_until < now))
            .order_by(SOURCE.c.next_poll_at)
            .limit(limit)
        )
    )


def end_poll(work: Work, source: Source, end: PollEnd) -> None:
    """Free the source and write how its poll ended. `next_poll_at` is stored whatever happened."""
    was = source.state
    values: dict[str, Any] = {
        "next_poll_at": end.next_poll_at,
        "last_polled_at": work.now,
        "last_outcome": end.outcome[:200],
        "failures": 0 if end.ok else was.failures + end.counts,
        "lease_until": None,
        "lease_holder": None,
    }
    if end.ok:
        values["last_good_at"] = work.now
    if end.read:
        values |= {"etag": end.etag, "last_modified": end.last_modified, "seeded": 1}
    if end.pace is not None:
        values["pace"] = dict(end.pace)
    if end.guids_collide:
        values["guids_collide"] = 1
    if end.ok and end.asked_at is not None and pushed_since(work, source.id, end.asked_at):
        values["next_poll_at"] = work.now
    if end.move is not None and end.move != was.move:
        values |= {"moved_to": end.move.to, "moved_polls": end.move.polls}
        if end.move.adopted != was.move.adopted:
            polled = end.move.to if end.move.adopted else source.url
            work.event(EventType.SOURCE_MOVED, source=source.id, name=source.name, polled=polled)
    work.connection.execute(update(SOURCE).where(SOURCE.c.id == source.id).values(**values))
    work.tally("poll", end.outcome.split(":")[0])


def free_leases(
    connection: Connection, *, but_sources: Collection[int] = (), but_entries: Collection[int] = ()
) -> None:
    """Give back what a killed daemon held; only the holder of the instance lock may call it.

    The exceptions are what this process has in hand now.
    """
    leased = select(SOURCE.c.id).where(SOURCE.c.lease_until.is_not(None))
    freed = {"lease_until": None, "lease_holder": None}
    for ids in chunks([id_ for id_ in connection.execute(leased).scalars() if id_ not in but_sources]):
        connection.execute(update(SOURCE).where(SOURCE.c.id.in_(ids)).values(**freed))
    fetching = select(ENTRY.c.id).where(ENTRY.c.state == EntryState.FETCHING.value)
    for ids in chunks([id_ for id_ in connection.execute(fetching).scalars() if id_ not in but_entries]):
        connection.execute(update(ENTRY).where(ENTRY.c.id.in_(ids)).values(state=EntryState.DUE.value, **freed))


def add_source(work: Work, spec: SourceSpec) -> bool:
    """Store a source of a user's; False if one of that name is there."""
    if work.connection.execute(select(SOURCE.c.id).where(SOURCE.c.name == spec.name)).first():
        return False
    work.connection.execute(
        insert(SOURCE).values(
            name=spec.name,
            wire=spec.wire,
            kind=spec.kind,
            url=spec.url,
            interval_s=spec.interval_s,
            fixed=int(spec.fixed),
            weight=spec.weight,
            objective_s=spec.objective_s,
            ways=ways_to_json(spec.ways, spec.fields),
            alert_seed=int(spec.alert_seed),
            trusted=int(spec.trusted),
            dedupe=int(spec.dedupe),
            origin=spec.origin,
            next_poll_at=work.now,
        )
    )
    return True
