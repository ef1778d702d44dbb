"""Sources and their entries: what is due, who works on it, and what a poll brought.

The validators of a poll (ETag, Last-Modified) are written in the same transaction as the entries
they vouch for: written earlier, a crash and a 304 would lose releases for good.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from news.release import Origin
from news.source import Entry, EntryState, EventType, Gap, Listed, Source
from storage.database import Database
from storage.rows import entry_of, listed_digest, listed_to_json, source_of
from storage.tables import ENTRY, GAP, RELEASE, SOURCE, TOMBSTONE
from storage.work import Work

# A source is told as down after so many failed polls in a row, and as up at the next good one.
DOWN_AFTER_FAILURES = 3
# An entry whose row in the source changes is read again, at most this often and this many times: a
# feed that changes every stamp at every poll would have each page fetched for ever.
REVISIT_GAP = timedelta(minutes=10)
REVISITS_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PollEnd:
    """How a poll ended. `ok` is false for a failure; `read` is true where a listing was read."""

    outcome: str
    ok: bool
    read: bool
    next_poll_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    guids_collide: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """Per listed row its key, and whether that key or its page was known before this poll."""

    keys: tuple[str, ...]
    flags: tuple[bool, ...]


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


def entry_key(listed: Listed, url_key: str | None) -> str:
    """What an entry is known by within its source: its URL, else its guid, else all it says."""
    if url_key is not None:
        return f"url:{url_key}"
    if listed.guid:
        return f"guid:{listed.guid}"
    return "row:" + hashlib.sha256(listed_digest(listed).encode("utf-8", "replace")).hexdigest()


def sync_sources(work: Work, wanted: Sequence[SourceSpec], *, origin: str = "config") -> None:
    """Make the sources of `origin` those wanted, by name; poll state and entries stay.

    A source that is no longer wanted is disabled, not deleted: its releases name it. One whose URL
    changed is polled anew, and what it then shows is seed again.
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
            "alert_seed": int(spec.alert_seed),
            "trusted": int(spec.trusted),
            "origin": spec.origin,
            "enabled": 1,
        }
        if row is None:
            work.connection.execute(insert(SOURCE).values(name=spec.name, next_poll_at=now, **values))
            continue
        if row.url != spec.url:
            values |= {"etag": None, "last_modified": None, "seeded": 0, "next_poll_at": now, "failures": 0}
        work.connection.execute(update(SOURCE).where(SOURCE.c.id == row.id).values(**values))
    names = [spec.name for spec in wanted]
    work.connection.execute(
        update(SOURCE).where(SOURCE.c.origin == origin, SOURCE.c.name.not_in(names)).values(enabled=0)
    )


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
        connection.execute(
            update(SOURCE)
            .where(SOURCE.c.id.in_([row.id for row in rows]))
            .values(lease_until=now + lease, lease_holder=holder)
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


def known(work: Work, source: Source, listed: Sequence[Listed], url_keys: Sequence[str | None]) -> Known:
    """Which of the listed rows this source showed before, or the archive holds already."""
    keys = tuple(entry_key(row, url_key) for row, url_key in zip(listed, url_keys, strict=True))
    mine = set(
        work.connection.execute(
            select(ENTRY.c.key).where(ENTRY.c.source_id == source.id, ENTRY.c.key.in_(keys))
        ).scalars()
    )
    return Known(keys, tuple(key in mine for key in keys))


def end_poll(work: Work, source: Source, end: PollEnd) -> None:
    """Free the source and write how its poll ended. `next_poll_at` is stored whatever happened."""
    was = source.state
    values: dict[str, Any] = {
        "next_poll_at": end.next_poll_at,
        "last_polled_at": work.now,
        "last_outcome": end.outcome[:200],
        "failures": 0 if end.ok else was.failures + 1,
        "lease_until": None,
        "lease_holder": None,
    }
    if end.ok:
        values["last_good_at"] = work.now
    if end.read:
        values |= {"etag": end.etag, "last_modified": end.last_modified, "seeded": 1}
    if end.guids_collide:
        values["guids_collide"] = 1
    work.connection.execute(update(SOURCE).where(SOURCE.c.id == source.id).values(**values))
    work.tally("poll", end.outcome.split(":")[0])
    if not end.ok and was.failures + 1 == DOWN_AFTER_FAILURES:
        work.event(EventType.SOURCE_DOWN, source=source.id, name=source.name, reason=end.outcome[:200])
    if end.ok and was.failures >= DOWN_AFTER_FAILURES:
        work.event(EventType.SOURCE_UP, source=source.id, name=source.name)


def open_gap(work: Work, gap: Gap) -> None:
    """Record that releases may have come and gone unseen."""
    row = insert(GAP).values(source_id=gap.source_id, opened_at=gap.opened_at, closed_at=gap.closed_at)
    id_ = work.connection.execute(row.returning(GAP.c.id)).scalar_one()
    work.event(EventType.GAP_OPENED, gap=id_, source=gap.source_id)
    work.tally("gap", "no overlap")


def list_entries(
    work: Work,
    source: Source,
    listed: Sequence[Listed],
    url_keys: Sequence[str | None],
    keys: Sequence[str],
    *,
    origin: Origin,
) -> int:
    """Write new rows as due, settle those whose page is stored, revisit those that changed.

    Returns how many became due.
    """
    stored = {
        row.key: row
        for row in work.connection.execute(select(ENTRY).where(ENTRY.c.source_id == source.id, ENTRY.c.key.in_(keys)))
    }
    pages = _pages_stored(work.connection, [key for key in url_keys if key])
    erased = set(
        work.connection.execute(
            select(TOMBSTONE.c.key).where(TOMBSTONE.c.key.in_([f"url:{key}" for key in url_keys if key]))
        ).scalars()
    )
    work.connection.execute(
        update(ENTRY).where(ENTRY.c.id.in_([row.id for row in stored.values()])).values(last_listed_at=work.now)
    )
    due = 0
    done: set[str] = set()
    for row, url_key, key in zip(listed, url_keys, keys, strict=True):
        if key in done:
            continue
        done.add(key)
        if key in stored:
            due += _revisit(work, stored[key], row)
            continue
        release_id = pages.get(url_key) if url_key else None
        state, reason = EntryState.DUE, None
        if release_id is not None:
            state = EntryState.STORED
        elif url_key and f"url:{url_key}" in erased:
            state, reason = EntryState.REJECTED, "erased"
        due += state is EntryState.DUE
        _insert_entry(work, source, row, url_key, key, origin=origin, state=state, reason=reason, release=release_id)
    return due


def _insert_entry(
    work: Work,
    source: Source,
    row: Listed,
    url_key: str | None,
    key: str,
    *,
    origin: Origin,
    state: EntryState,
    reason: str | None,
    release: int | None,
) -> None:
    work.connection.execute(
        insert(ENTRY).values(
            source_id=source.id,
            key=key,
            url=row.url,
            url_key=url_key,
            guid=row.guid,
            title=row.title,
            summary=row.summary,
            stamp=row.stamp,
            listed=listed_to_json(row),
            state=state.value,
            reason=reason,
            origin=origin.value,
            first_seen_at=work.now,
            last_listed_at=work.now,
            release_id=release,
        )
    )


def _pages_stored(connection: Connection, url_keys: Sequence[str]) -> dict[str, int]:
    """URL keys whose full text is stored, with the newest release at each."""
    rows = connection.execute(
        select(RELEASE.c.url_key, RELEASE.c.id)
        .where(RELEASE.c.url_key.in_(url_keys), RELEASE.c.completeness == "full")
        .order_by(RELEASE.c.id)
    )
    return {row.url_key: row.id for row in rows}


def _revisit(work: Work, stored: Any, row: Listed) -> bool:  # noqa: ANN401 - a row of `entry`
    """Make a known entry due again where the source now says something else about it."""
    before = (stored.title, stored.summary, stored.listed.get("stamp_text", ""))
    if before == (row.title, row.summary, row.stamp_text):
        return False
    settled = stored.state in {EntryState.STORED.value, EntryState.REJECTED.value, EntryState.GAVE_UP.value}
    early = stored.revisit_at is not None and work.now < stored.revisit_at + REVISIT_GAP
    if not settled or early or stored.revisits >= REVISITS_MAX or stored.reason == "erased":
        return False
    work.connection.execute(
        update(ENTRY)
        .where(ENTRY.c.id == stored.id)
        .values(
            title=row.title,
            summary=row.summary,
            stamp=row.stamp,
            listed=listed_to_json(row),
            state=EntryState.DUE.value,
            reason=None,
            attempts=0,
            retry_at=None,
            revisit_at=work.now,
            revisits=stored.revisits + 1,
            # What is read again is news, even where its first reading was seed.
            origin=Origin.LIVE.value,
        )
    )
    return True


def claim_entries(database: Database, now: datetime, *, holder: str, lease: timedelta, limit: int) -> list[Entry]:
    """Entries whose page is to be fetched now, one per page, oldest stamp first, leased."""
    with database.reading() as connection:
        if not _due_entries(connection, now, 1):
            return []
    with database.writing() as connection:
        rows = _due_entries(connection, now, limit)
        connection.execute(
            update(ENTRY)
            .where(ENTRY.c.id.in_([row.id for row in rows]))
            .values(state=EntryState.FETCHING.value, lease_until=now + lease, lease_holder=holder)
        )
    return [entry_of(row) for row in rows]


def _due_entries(connection: Connection, now: datetime, limit: int) -> list[Any]:
    ready = or_(
        ENTRY.c.state == EntryState.DUE.value,
        and_(ENTRY.c.state == EntryState.WAITING.value, ENTRY.c.retry_at <= now),
        and_(ENTRY.c.state == EntryState.FETCHING.value, ENTRY.c.lease_until < now),
    )
    busy = select(ENTRY.c.url_key).where(
        ENTRY.c.state == EntryState.FETCHING.value,
        ENTRY.c.lease_until >= now,
        ENTRY.c.url_key.is_not(None),
    )
    rows = connection.execute(
        select(ENTRY, SOURCE.c.wire.label("source_wire"), SOURCE.c.trusted.label("source_trusted"))
        .join(SOURCE, SOURCE.c.id == ENTRY.c.source_id)
        .where(ready, or_(ENTRY.c.url_key.is_(None), ENTRY.c.url_key.not_in(busy)))
        .order_by(ENTRY.c.stamp, ENTRY.c.id)
        .limit(limit * 2)
    )
    return _one_per_page(list(rows))[:limit]


def _one_per_page(rows: list[Any]) -> list[Any]:
    chosen: dict[str, Any] = {}
    for row in rows:
        chosen.setdefault(row.url_key or f"id:{row.id}", row)
    return list(chosen.values())


def waiting_entries(connection: Connection) -> int:
    """How many entries are still to be read."""
    open_states = [EntryState.DUE.value, EntryState.WAITING.value, EntryState.FETCHING.value]
    return len(list(connection.execute(select(ENTRY.c.id).where(ENTRY.c.state.in_(open_states)))))


def free_leases(connection: Connection) -> None:
    """Give back what a killed daemon held; only the holder of the instance lock may call it."""
    connection.execute(update(SOURCE).values(lease_until=None, lease_holder=None))
    connection.execute(
        update(ENTRY)
        .where(ENTRY.c.state == EntryState.FETCHING.value)
        .values(state=EntryState.DUE.value, lease_until=None, lease_holder=None)
    )


def forget_entries(connection: Connection, before: datetime) -> int:
    """Drop settled entries that no listing showed since `before`; returns how many."""
    settled = [EntryState.STORED.value, EntryState.REJECTED.value, EntryState.GAVE_UP.value]
    gone = connection.execute(ENTRY.delete().where(ENTRY.c.last_listed_at < before, ENTRY.c.state.in_(settled)))
    return int(gone.rowcount)


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
            alert_seed=int(spec.alert_seed),
            trusted=int(spec.trusted),
            origin=spec.origin,
            next_poll_at=work.now,
        )
    )
    return True
