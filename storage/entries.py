"""Entries, the rows that sources showed: what is new among them, what is due to be read, and what was settled."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, func, insert, or_, select, true, update

from news.release import Origin
from news.source import Entry, EntryState, Listed, Source
from storage.chunks import chunks
from storage.columns import storable
from storage.database import Database
from storage.revisits import PAGE_KNOWN, SOURCE_KNOWN
from storage.rows import entry_of, listed_digest, listed_to_json
from storage.tables import ENTRY, RELEASE, SOURCE
from storage.tombstones import Reason, rows_gone
from storage.work import Work

# An entry whose row in the source changes is read again, at most this often and this many times: a
# feed that changes every stamp at every poll would have each page fetched for ever.
REVISIT_GAP = timedelta(minutes=10)
REVISITS_MAX = 20
# What was published longer ago waits for what was not.
FRESH = timedelta(hours=1)
# Pages of one source that are under way at once; of its history one, and only while nothing else is.
PER_SOURCE_MAX = 4
HISTORY_MAX = 1


@dataclass(frozen=True, slots=True)
class Known:
    """Per listed row its key, and whether its source had shown it before this poll."""

    keys: tuple[str, ...]
    flags: tuple[bool, ...]


def entry_key(listed: Listed, url_key: str | None) -> str:
    """What an entry is known by within its source: its URL, else its guid, else all it says."""
    if url_key is not None:
        return storable(f"url:{url_key}")
    if listed.guid:
        return storable(f"guid:{listed.guid}")
    return "row:" + hashlib.sha256(listed_digest(listed).encode("utf-8", "replace")).hexdigest()


def known(work: Work, source: Source, listed: Sequence[Listed], url_keys: Sequence[str | None]) -> Known:
    """Which of the listed rows this source showed before."""
    keys = tuple(entry_key(row, url_key) for row, url_key in zip(listed, url_keys, strict=True))
    mine = set(_entries_by_key(work.connection, source.id, keys))
    fresh = {key: (url_keys[at], listed[at].guid) for at, key in enumerate(keys) if key not in mine}
    graves = rows_gone(work.connection, source.wire, fresh)
    # No entry is kept of what was erased: that its row shows again is no gap.
    mine |= {key for key, grave in graves.items() if grave.reason is Reason.ERASED}
    return Known(keys, tuple(key in mine for key in keys))


def _entries_by_key(connection: Connection, source_id: int, keys: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for some in chunks(keys):
        rows = connection.execute(select(ENTRY).where(ENTRY.c.source_id == source_id, ENTRY.c.key.in_(some)))
        found |= {row.key: row for row in rows}
    return found


def list_entries(
    work: Work,
    source: Source,
    listed: Sequence[Listed],
    url_keys: Sequence[str | None],
    keys: Sequence[str],
    *,
    origin: Origin,
    alert: bool = False,
) -> int:
    """Write new rows as due, settle those whose page is stored or was pruned, revisit those that changed.

    `alert`: matches are told, whatever the origin. A row of what was erased makes no entry. Returns how many
    became due.
    """
    stored = _entries_by_key(work.connection, source.id, keys)
    for ids in chunks([row.id for row in stored.values()]):
        work.connection.execute(update(ENTRY).where(ENTRY.c.id.in_(ids)).values(last_listed_at=work.now))
    first: dict[str, int] = {}
    for at, key in enumerate(keys):
        first.setdefault(key, at)
    fresh = {key: at for key, at in first.items() if key not in stored}
    due = sum(_revisit(work, stored[key], listed[at]) for key, at in first.items() if key in stored)
    url_keys = [storable(url_key) if url_key else None for url_key in url_keys]
    pages = pages_stored(work.connection, [page_key for at in fresh.values() if (page_key := url_keys[at])])
    graves = rows_gone(
        work.connection, source.wire, {key: (url_keys[at], listed[at].guid) for key, at in fresh.items()}
    )
    rows = []
    for key, at in fresh.items():
        url_key, grave = url_keys[at], graves.get(key)
        page = pages.get(url_key) if url_key else None
        state, reason = EntryState.DUE, None
        if page is not None:
            state = EntryState.DUE if _is_news(source, origin, page) else EntryState.STORED
        elif grave is not None and grave.reason is Reason.ERASED:
            continue
        elif grave is not None:
            state, reason = EntryState.STORED, grave.reason.value
            work.tally("tombstone", reason)
        rows.append(
            _new_entry(listed[at], url_key, state=state, page=page)
            | {
                "source_id": source.id,
                "key": key,
                "reason": reason,
                "origin": origin.value,
                "alert": int(alert),
                "first_seen_at": work.now,
                "last_listed_at": work.now,
            }
        )
    if rows:
        work.connection.execute(insert(ENTRY), rows)
    return due + len([row for row in rows if row["state"] == EntryState.DUE.value])


def _is_news(source: Source, origin: Origin, page: Any) -> bool:  # noqa: ANN401 - a row of `release`
    """Whether a stored page must be looked at again: another source's seeding was quicker than our poll."""
    return origin in {Origin.LIVE, Origin.GAP} and page.origin == Origin.SEED.value and page.source_id != source.id


def _new_entry(row: Listed, url_key: str | None, *, state: EntryState, page: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of `release`
    return {
        "url": row.url,
        "url_key": url_key,
        "guid": row.guid,
        "title": row.title,
        "summary": row.summary,
        "stamp": row.stamp,
        "listed": listed_to_json(row),
        "state": state.value,
        "release_id": page.id if page is not None and state is EntryState.STORED else None,
    }


def pages_stored(connection: Connection, url_keys: Sequence[str]) -> dict[str, Any]:
    """URL keys whose full text is stored, with id, origin and source of the newest release at each."""
    found: dict[str, Any] = {}
    for some in chunks(url_keys):
        rows = connection.execute(
            select(RELEASE.c.url_key, RELEASE.c.id, RELEASE.c.origin, RELEASE.c.source_id)
            .where(RELEASE.c.url_key.in_(some), RELEASE.c.completeness == "full")
            .order_by(RELEASE.c.id)
        )
        found |= {row.url_key: row for row in rows}
    return found


def _revisit(work: Work, stored: Any, row: Listed) -> bool:  # noqa: ANN401 - a row of `entry`
    """Make a known entry due again where the source now says something else about it."""
    before = (stored.title, stored.summary, stored.listed.get("stamp_text", ""))
    if before == (storable(row.title), storable(row.summary), row.stamp_text):
        return False
    settled = stored.state in {EntryState.STORED.value, EntryState.REJECTED.value, EntryState.GAVE_UP.value}
    early = stored.revisits and stored.visited_at is not None and work.now < stored.visited_at + REVISIT_GAP
    if not settled or stored.revisits >= REVISITS_MAX:
        return False
    if early:
        # The next polls may bring no listing at all: what is put off is written down.
        _look_by(work, stored, stored.visited_at + REVISIT_GAP)
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
            visited_at=work.now,
            revisits=stored.revisits + 1,
            # What is read again is news, even where its first reading was seed.
            origin=Origin.LIVE.value,
        )
    )
    return True


def _look_by(work: Work, stored: Any, at: datetime) -> None:  # noqa: ANN401 - a row of `entry`
    if stored.state == EntryState.STORED.value and (stored.revisit_at is None or stored.revisit_at > at):
        work.connection.execute(update(ENTRY).where(ENTRY.c.id == stored.id).values(revisit_at=at))


def claim_entries(
    database: Database, now: datetime, *, holder: str, lease: timedelta, limit: int, only: int | None = None
) -> list[Entry]:
    """Entries whose page is to be fetched now, one per page, oldest stamp first, leased; `only` those of one source."""
    with database.reading() as connection:
        if not _due_entries(connection, now, 1, only):
            return []
    with database.writing() as connection:
        rows = _due_entries(connection, now, limit, only)
        for ids in chunks([row.id for row in rows]):
            connection.execute(
                update(ENTRY)
                .where(ENTRY.c.id.in_(ids))
                .values(state=EntryState.FETCHING.value, lease_until=now + lease, lease_holder=holder)
            )
    return [entry_of(row) for row in rows]


def _due_entries(connection: Connection, now: datetime, limit: int, only: int | None) -> list[Any]:
    """Fresh ones first, then what came longer ago, then a seeding or a back-fill; few of one source at a time.

    After an outage of ours what comes now is not kept waiting by what came meanwhile.

    A host answers one request at a time: more of one source would only wait, and keep others out.
    """
    ready = or_(
        ENTRY.c.state == EntryState.DUE.value,
        and_(ENTRY.c.state == EntryState.WAITING.value, ENTRY.c.retry_at <= now),
        and_(ENTRY.c.state == EntryState.FETCHING.value, ENTRY.c.lease_until < now),
    )
    leased = and_(ENTRY.c.state == EntryState.FETCHING.value, ENTRY.c.lease_until >= now)
    under_way = connection.execute(select(ENTRY.c.source_id, ENTRY.c.url_key).where(leased)).all()
    busy = Counter(row.source_id for row in under_way)
    pages = [row.url_key for row in under_way if row.url_key]
    not_news = ENTRY.c.origin.in_([Origin.SEED.value, Origin.HISTORY.value])
    later = case((not_news, 2), (ENTRY.c.stamp < now - FRESH, 1), else_=0)
    nth = func.row_number().over(partition_by=ENTRY.c.source_id, order_by=(later, ENTRY.c.stamp, ENTRY.c.id))
    turn = (
        select(ENTRY.c.id, nth.label("nth"))
        .where(ready, or_(ENTRY.c.url_key.is_(None), ENTRY.c.url_key.not_in(pages)))
        .where(ENTRY.c.source_id == only if only is not None else true())
        .subquery()
    )
    rows = connection.execute(
        select(ENTRY, *PAGE_KNOWN, *SOURCE_KNOWN)
        .join(turn, turn.c.id == ENTRY.c.id)
        .join(SOURCE, SOURCE.c.id == ENTRY.c.source_id)
        .outerjoin(RELEASE, RELEASE.c.id == ENTRY.c.release_id)
        .where(turn.c.nth <= PER_SOURCE_MAX)
        .order_by(later, ENTRY.c.stamp, ENTRY.c.id)
        .limit(limit * PER_SOURCE_MAX)
    )
    chosen: list[Any] = []
    for row in _one_per_page(list(rows)):
        room = HISTORY_MAX if row.origin == Origin.HISTORY.value else PER_SOURCE_MAX
        if busy[row.source_id] < room:
            busy[row.source_id] += 1
            chosen.append(row)
    return chosen[:limit]


def _one_per_page(rows: list[Any]) -> list[Any]:
    """Of entries for one page, one that is live stands for those that are seed or history: it may alert."""
    quiet = {Origin.SEED.value, Origin.HISTORY.value}
    chosen: dict[str, Any] = {}
    for row in rows:
        page = row.url_key or f"id:{row.id}"
        if page not in chosen or (chosen[page].origin in quiet and row.origin not in quiet):
            chosen[page] = row
    return list(chosen.values())


def waiting_entries(connection: Connection) -> int:
    """How many entries are still to be read."""
    open_states = [EntryState.DUE.value, EntryState.WAITING.value, EntryState.FETCHING.value]
    return int(connection.execute(select(func.count()).where(ENTRY.c.state.in_(open_states))).scalar_one())


def forget_entries(connection: Connection, before: datetime) -> int:
    """Drop settled entries that no listing showed since `before`; returns how many."""
    settled = [EntryState.STORED.value, EntryState.REJECTED.value, EntryState.GAVE_UP.value]
    gone = connection.execute(ENTRY.delete().where(ENTRY.c.last_listed_at < before, ENTRY.c.state.in_(settled)))
    return int(gone.rowcount)
