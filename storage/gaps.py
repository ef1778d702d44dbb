"""Gaps: stretches of time in which a source may have shown what no poll saw, until the overlap is proved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from news.release import Origin, iso
from news.source import EventType, Gap, IncidentKind, Listed, Source
from storage import incidents
from storage.chunks import chunks
from storage.columns import storable
from storage.entries import entry_key
from storage.rows import source_of
from storage.tables import ENTRY, GAP, RELEASE, SOURCE
from storage.tombstones import rows_gone
from storage.work import ID_BITS, Work, day_of

OPEN, CLOSED = "open", "closed"
OUTCOME_CHARS_MAX = 300
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
# A source's lag is told from so many of its newest rows.
LAG_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class GapLine:
    """A gap as listings show it. `outcome`: how the overlap was proved, or why it was not at the last try."""

    id: int
    source: str
    opened_at: datetime
    closed_at: datetime
    state: str
    cause: str
    outcome: str | None
    found: int
    attempts: int
    retry_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Missed:
    """Of `all` releases of a source that came in some days, those that only the back-fill found."""

    missed: int
    all: int

    @property
    def rate(self) -> float | None:
        return self.missed / self.all if self.all else None


# ------------------------------------------------------------------ the life of a gap


def open_gap(work: Work, gap: Gap) -> int:
    """Record that releases may have come and gone unseen; it is to be closed at once, if it can be. Returns its id."""
    row = insert(GAP).values(
        source_id=gap.source_id,
        opened_at=gap.opened_at,
        closed_at=gap.closed_at,
        cause=gap.cause,
        retry_at=work.now,
    )
    id_ = int(work.connection.execute(row.returning(GAP.c.id)).scalar_one())
    work.event(
        EventType.GAP_OPENED,
        gap=id_,
        source=gap.source_id,
        opened_at=iso(gap.opened_at),
        closed_at=iso(gap.closed_at),
        cause=gap.cause,
    )
    work.tally("gap", gap.cause)
    return id_


def count_found(work: Work, gap_id: int, found: int) -> None:
    """Add to what the back-fill of a gap brought."""
    work.connection.execute(update(GAP).where(GAP.c.id == gap_id).values(found=GAP.c.found + found))
    work.tally("gap", "releases found later", found)


def close_gap(work: Work, gap: Gap, outcome: str) -> None:
    """The overlap is proved: nothing is missing any more. Ends the incident if this was the last that made it."""
    closing = update(GAP).where(GAP.c.id == gap.id, GAP.c.state == OPEN)
    closing = closing.values(state=CLOSED, outcome=outcome[:OUTCOME_CHARS_MAX], retry_at=None, ended_at=work.now)
    found = work.connection.execute(closing.returning(GAP.c.found)).scalar()
    if found is None:
        return
    work.event(
        EventType.GAP_CLOSED,
        gap=gap.id,
        source=gap.source_id,
        opened_at=iso(gap.opened_at),
        closed_at=iso(gap.closed_at),
        found=found,
        outcome=outcome[:OUTCOME_CHARS_MAX],
    )
    work.tally("gap", "closed")
    if not _open_tries(work.connection, gap.source_id):
        incidents.end(work, gap.source_id, IncidentKind.GAP)


def leave_open(work: Work, gap: Gap, reason: str, retry_at: datetime | None, *, incident: bool) -> None:
    """A try failed, for `reason`. It comes again at `retry_at`; None: when somebody asks for it."""
    tried = {"attempts": gap.attempts + 1, "outcome": reason[:OUTCOME_CHARS_MAX], "retry_at": retry_at}
    work.connection.execute(update(GAP).where(GAP.c.id == gap.id, GAP.c.state == OPEN).values(**tried))
    work.tally("gap", "not proved")
    if incident:
        bounds = {"gap": gap.id, "opened_at": iso(gap.opened_at), "closed_at": iso(gap.closed_at)}
        detail = f"releases may be missing from {iso(gap.opened_at)} to {iso(gap.closed_at)}: {reason}"
        incidents.begin(work, gap.source_id, IncidentKind.GAP, detail, bounds)


def _open_tries(connection: Connection, source_id: int) -> int:
    """How many gaps of a source are open that were tried in vain."""
    asked = select(func.count()).where(GAP.c.source_id == source_id, GAP.c.state == OPEN, GAP.c.attempts > 0)
    return int(connection.execute(asked).scalar_one())


def try_now(work: Work, source_id: int | None = None) -> int:
    """Let every open gap, of one source or of all, be tried now; returns how many there are."""
    asked = update(GAP).where(GAP.c.state == OPEN).values(retry_at=work.now)
    if source_id is not None:
        asked = asked.where(GAP.c.source_id == source_id)
    return int(work.connection.execute(asked).rowcount)


# ------------------------------------------------------------------ what is to be done


def sources_with_gaps_due(connection: Connection, now: datetime) -> list[Source]:
    """The enabled sources of which an open gap is to be tried by now."""
    due = or_(GAP.c.retry_at <= now, and_(GAP.c.retry_at.is_(None), GAP.c.attempts == 0))
    ids = select(GAP.c.source_id).where(GAP.c.state == OPEN, due)
    rows = connection.execute(select(SOURCE).where(SOURCE.c.id.in_(ids), SOURCE.c.enabled == 1).order_by(SOURCE.c.id))
    return [source_of(row) for row in rows]


def open_gaps(connection: Connection, source_id: int) -> list[Gap]:
    """The open gaps of a source, the latest first."""
    asked = select(GAP).where(GAP.c.source_id == source_id, GAP.c.state == OPEN)
    return [_gap(row) for row in connection.execute(asked.order_by(GAP.c.opened_at.desc(), GAP.c.id.desc()))]


def _gap(row: Row[Any]) -> Gap:
    return Gap(
        id=row.id,
        source_id=row.source_id,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        cause=row.cause,
        attempts=row.attempts,
    )


def first_seen(
    connection: Connection, source: Source, listed: Sequence[Listed], url_keys: Sequence[str | None]
) -> tuple[list[str], list[datetime | None], list[bool]]:
    """Of each row its key, when any source or release of ours showed it first, and whether this source has an entry.

    What was pruned or erased was here long ago.
    """
    keys = [entry_key(row, url_key) for row, url_key in zip(listed, url_keys, strict=True)]
    at: dict[str, datetime] = {}
    mine: set[str] = set()
    for some in chunks(list(dict.fromkeys(keys))):
        asked = select(ENTRY.c.key, ENTRY.c.first_seen_at).where(ENTRY.c.source_id == source.id, ENTRY.c.key.in_(some))
        for row in connection.execute(asked):
            mine.add(row.key)
            at[row.key] = row.first_seen_at
    pages = _pages_first_seen(connection, [storable(key) for key in url_keys if key])
    graves = rows_gone(
        connection, source.wire, {key: (url_keys[n], listed[n].guid) for n, key in enumerate(keys) if key not in mine}
    )
    seen: list[datetime | None] = []
    for key, url_key in zip(keys, url_keys, strict=True):
        known = [each for each in (at.get(key), pages.get(storable(url_key)) if url_key else None) if each is not None]
        seen.append(min(known) if known else (LONG_AGO if key in graves else None))
    return keys, seen, [key in mine for key in keys]


def _pages_first_seen(connection: Connection, url_keys: Sequence[str]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for table in (ENTRY, RELEASE):
        for some in chunks(list(dict.fromkeys(url_keys))):
            asked = select(table.c.url_key, func.min(table.c.first_seen_at).label("at"))
            for row in connection.execute(asked.where(table.c.url_key.in_(some)).group_by(table.c.url_key)):
                found[row.url_key] = min(row.at, found.get(row.url_key, row.at))
    return found


def stamps_lag_s(connection: Connection, source_id: int) -> float:
    """The least that a source's stamps lay behind the first sight of its rows, in seconds; 0 where nobody knows.

    Where it is hours, its clock is in another zone than it says.
    """
    asked = select(ENTRY.c.stamp, ENTRY.c.first_seen_at).where(
        ENTRY.c.source_id == source_id, ENTRY.c.origin == Origin.LIVE.value, ENTRY.c.stamp.is_not(None)
    )
    rows = connection.execute(asked.order_by(ENTRY.c.id.desc()).limit(LAG_ROWS)).all()
    return max(0.0, min((row.first_seen_at - row.stamp).total_seconds() for row in rows)) if rows else 0.0


# ------------------------------------------------------------------ what is shown


def gap_lines(
    connection: Connection,
    *,
    source: str | None = None,
    state: str | None = None,
    limit: int = 100,
    cursor: int | None = None,
) -> list[GapLine]:
    """Gaps newest first, those with an id below `cursor`."""
    asked = select(GAP, SOURCE.c.name.label("source_name")).join(SOURCE, SOURCE.c.id == GAP.c.source_id)
    if source is not None:
        asked = asked.where(SOURCE.c.name == source)
    if state is not None:
        asked = asked.where(GAP.c.state == state)
    if cursor is not None:
        asked = asked.where(GAP.c.id < cursor)
    rows = connection.execute(asked.order_by(GAP.c.id.desc()).limit(limit))
    return [
        GapLine(
            id=row.id,
            source=row.source_name,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            state=row.state,
            cause=row.cause,
            outcome=row.outcome,
            found=row.found,
            attempts=row.attempts,
            retry_at=row.retry_at,
            ended_at=row.ended_at,
        )
        for row in rows
    ]


def missed_since(connection: Connection, since: datetime) -> dict[int, Missed]:
    """By source, the releases of the days from that of `since` on, and how many of them only the back-fill found."""
    asked = select(RELEASE.c.source_id, RELEASE.c.origin, func.count().label("n")).where(
        RELEASE.c.id >= day_of(since) << ID_BITS,
        RELEASE.c.source_id.is_not(None),
        RELEASE.c.origin.in_([Origin.LIVE.value, Origin.GAP.value]),
    )
    counted: dict[int, dict[str, int]] = {}
    for row in connection.execute(asked.group_by(RELEASE.c.source_id, RELEASE.c.origin)):
        counted.setdefault(row.source_id, {})[row.origin] = row.n
    return {
        source_id: Missed(origins.get(Origin.GAP.value, 0), sum(origins.values()))
        for source_id, origins in counted.items()
    }
