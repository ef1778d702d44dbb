"""Pages that are looked at again: which are due, and what the look left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from news.release import Kind, Release
from news.source import Entry, EntryState
from storage.chunks import chunks
from storage.database import Database
from storage.rows import entry_of, release_of
from storage.tables import ALERT, ENTRY, RELEASE, SOURCE
from storage.work import EPOCH, Work

# Of one source one page at a time, and none while pages of it that nobody read yet wait: a look can wait.
LOOKS_MAX = 100
_OPEN = (EntryState.DUE.value, EntryState.FETCHING.value)
# What a row of `entry` must be joined with to say what is known of its page.
# What an entry knows of its source.
SOURCE_KNOWN = (
    SOURCE.c.wire.label("source_wire"),
    SOURCE.c.trusted.label("source_trusted"),
    SOURCE.c.dedupe.label("source_dedupe"),
)
PAGE_KNOWN = (
    RELEASE.c.completeness.label("page_completeness"),
    RELEASE.c.order_at.label("page_filed_at"),
    (func.length(RELEASE.c.body) > 0).label("page_bodied"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is written down of a page that was asked for again, beside the state of its entry.

    `validators` None keeps those that are known.
    """

    again_at: datetime | None
    missing_since: datetime | None = None
    validators: tuple[str | None, str | None] | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The newest version of a stored release; `first` is the id of its first."""

    id: int
    first: int
    release: Release


def claim_revisits(
    database: Database, now: datetime, *, holder: str, lease: timedelta, limit: int, spare: Callable[[str], bool]
) -> list[Entry]:
    """Stored pages whose time to be looked at has come, leased: those of stories that alerted first.

    `spare` is asked for the address of each, in that order, whether it may be asked for now.
    """
    with database.reading() as connection:
        if connection.execute(select(ENTRY.c.id).where(*_looks_due(now)).limit(1)).first() is None:
            return []
    with database.writing() as connection:
        rows = [row for row in _due(connection, now) if row.url and spare(row.url)][:limit]
        for ids in chunks([row.id for row in rows]):
            connection.execute(
                update(ENTRY)
                .where(ENTRY.c.id.in_(ids))
                .values(state=EntryState.FETCHING.value, lease_until=now + lease, lease_holder=holder)
            )
    return [entry_of(row) for row in rows]


def _looks_due(now: datetime) -> tuple[Any, ...]:
    # Nearly every entry is stored: an index by the state, which SQLite would take, finds nothing.
    return ENTRY.c.revisit_at <= now, func.coalesce(ENTRY.c.state, "") == EntryState.STORED.value


def _due(connection: Connection, now: datetime) -> list[Any]:
    member = RELEASE.alias("member")
    told = (
        select(ALERT.c.id)
        .join(member, member.c.id == ALERT.c.release_id)
        .where(member.c.story_id == RELEASE.c.story_id)
        .exists()
    )
    busy = select(ENTRY.c.source_id).where(ENTRY.c.state.in_(_OPEN))
    nth = func.row_number().over(partition_by=ENTRY.c.source_id, order_by=(told.desc(), ENTRY.c.revisit_at, ENTRY.c.id))
    turn = (
        select(ENTRY.c.id, nth.label("nth"), told.label("told"))
        .join(RELEASE, RELEASE.c.id == ENTRY.c.release_id)
        .where(*_looks_due(now), ENTRY.c.source_id.not_in(busy))
        .subquery()
    )
    return list(
        connection.execute(
            select(ENTRY, *PAGE_KNOWN, *SOURCE_KNOWN)
            .join(turn, turn.c.id == ENTRY.c.id)
            .join(SOURCE, SOURCE.c.id == ENTRY.c.source_id)
            .join(RELEASE, RELEASE.c.id == ENTRY.c.release_id)
            .where(turn.c.nth == 1)
            .order_by(turn.c.told.desc(), ENTRY.c.revisit_at, ENTRY.c.id)
            .limit(LOOKS_MAX)
        )
    )


def looked(work: Work, entry_id: int, look: Look) -> None:
    """Write down that the page of an entry was asked for, and when it is again: once, however many sources list it."""
    values: dict[str, Any] = {
        "visited_at": work.now,
        "revisit_at": look.again_at,
        "missing_since": look.missing_since,
        "attempts": ENTRY.c.attempts + 1 if look.failed else 0,
    }
    if look.validators is not None:
        values |= {"page_etag": look.validators[0], "page_last_modified": look.validators[1]}
    key = work.connection.execute(
        update(ENTRY).where(ENTRY.c.id == entry_id).values(**values).returning(ENTRY.c.url_key)
    ).scalar()
    if key is not None:
        others = update(ENTRY).where(ENTRY.c.url_key == key, ENTRY.c.id != entry_id, ENTRY.c.revisit_at.is_not(None))
        work.connection.execute(others.values(revisit_at=None))


def missing_beside(work: Work, entry: Entry, since: datetime) -> int:
    """How many other pages of the entry's source went missing since then, and are."""
    beside = ENTRY.c.missing_since > since, ENTRY.c.source_id == entry.source_id, ENTRY.c.id != entry.id
    return int(work.connection.execute(select(func.count()).select_from(ENTRY).where(*beside)).scalar_one())


def newest_version(connection: Connection, release_id: int) -> Version | None:
    """The version that stands for a release now; None where it is gone, or was withdrawn already."""
    known = connection.execute(select(RELEASE.c.revises).where(RELEASE.c.id == release_id)).first()
    if known is None:
        return None
    first = known.revises or release_id
    versions = connection.execute(select(RELEASE).where(or_(RELEASE.c.id == first, RELEASE.c.revises == first))).all()
    newest = max(versions, key=lambda row: (row.superseded_by is None, row.published_at or EPOCH, row.id))
    if newest.kind == Kind.WITHDRAWAL.value:
        return None
    return Version(id=newest.id, first=first, release=release_of(newest))
