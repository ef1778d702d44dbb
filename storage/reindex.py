"""A new version of the analyzer: every release is analysed anew, newest first, while the archive is at work.

`archive_info.analyzer_version` is the version that answers, always that of the program; each release names
the version of its terms. Releases with an id at or above `archive_info.stale_below` have terms of the
answering version; what lies below may not, and is judged by its text until its turn comes. Each step
is one short transaction that lowers `stale_below` as well: whatever stops it, the next goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, func, select, update

from news.release import Release
from news.text import ANALYZER_VERSION
from storage.database import Database
from storage.errors import OutdatedError, StorageError
from storage.refiling import Analysis, Refiled, refile
from storage.rows import release_of
from storage.tables import ARCHIVE, RELEASE
from storage.work import Work

if TYPE_CHECKING:
    from storage.archive import Archive

# A step: so many releases, or so many characters of text (of one release at least), whichever is less.
STEP = 50
STEP_CHARS = 400_000

Analyse = Callable[[Release], Analysis]


class _Read(NamedTuple):
    """The next releases below `stale_below`, newest first; `rest`: there are more below them."""

    below: int
    releases: dict[int, Release]
    rest: bool


def answer(connection: Connection, place: str) -> None:
    """Let the program's version of the analyzer be the one that answers; in a write transaction.

    Raises:
        StorageError: the archive was analysed by a newer program.
    """
    if _standing(connection, place) < ANALYZER_VERSION:
        newest = connection.execute(select(func.max(RELEASE.c.id))).scalar()
        below = 0 if newest is None else int(newest) + 1
        connection.execute(update(ARCHIVE).values(analyzer_version=ANALYZER_VERSION, stale_below=below))


def refuse_other(database: Database) -> None:
    """Return if the archive answers by this program's analyzer. Changes nothing.

    Raises:
        OutdatedError: an older one answers, until the archive is opened to be written.
        StorageError: the archive was analysed by a newer program.
    """
    with database.reading() as connection:
        stood = _standing(connection, database.place)
    if stood < ANALYZER_VERSION:
        raise OutdatedError(
            f"{database.place}: was analysed by an older wirewatch (analyzer {stood}; this one has "
            f"{ANALYZER_VERSION}) and must be taken over before it is read"
        )


def _standing(connection: Connection, place: str) -> int:
    stood = int(connection.execute(select(ARCHIVE.c.analyzer_version)).scalar_one())
    if stood > ANALYZER_VERSION:
        raise StorageError(
            f"{place}: was analysed by a newer wirewatch (analyzer {stood}; this one has {ANALYZER_VERSION}). "
            "Nothing was touched. Use the newer program, or restore a backup made by this one."
        )
    return stood


def left(database: Database) -> int:
    """How many releases may still have terms of an older version."""
    with database.reading() as connection:
        below = _stale_below(connection)
        return int(connection.execute(select(func.count()).where(RELEASE.c.id < below)).scalar_one())


def is_behind(database: Database) -> bool:
    """Whether there is anything to do; one row is read."""
    with database.reading() as connection:
        return _stale_below(connection) > 0


def step(archive: Archive, analyse: Analyse, now: datetime, *, limit: int = STEP) -> int | None:
    """Bring the newest `limit` releases that are behind to the answering version.

    Returns how many were looked at; None once no release is behind. Analysing is done outside of the
    transaction; run it off the event loop.

    Raises:
        StorageError: the database cannot be written; nothing of the step was, and it can be taken again.
    """
    found = _next(archive.database, limit)
    if found is None:
        return None
    analysed = {id_: analyse(release) for id_, release in found.releases.items()}
    with archive.writing(now) as work:
        _file(work, found, analysed)
    return len(found.releases)


def renew(work: Work, release_ids: Sequence[int], analyse: Analyse) -> bool:
    """Bring these few to the answering version within the caller's transaction; False if all have it.

    What is about to be compared must be analysed alike: otherwise the same text, fetched again, would
    pass for another.
    """
    rows = work.connection.execute(
        select(RELEASE).where(RELEASE.c.id.in_(release_ids), RELEASE.c.analyzer_version != ANALYZER_VERSION)
    ).all()
    releases = {row.id: release_of(row) for row in rows}
    refile(work, [Refiled(id_, release, analyse(release)) for id_, release in releases.items()])
    return bool(releases)


def _next(database: Database, limit: int) -> _Read | None:
    with database.reading() as connection:
        below = _stale_below(connection)
        if below == 0:
            return None
        rows = connection.execute(
            select(RELEASE).where(RELEASE.c.id < below).order_by(RELEASE.c.id.desc()).limit(limit + 1)
        ).all()
    taken = _short(rows[:limit])
    return _Read(below, {row.id: release_of(row) for row in taken}, rest=len(rows) > len(taken))


def _short(rows: Sequence[Any]) -> Sequence[Any]:
    """As many of them as one step may have, and the first in any case."""
    size = 0
    for at, row in enumerate(rows):
        size += len(row.body) + len(row.boilerplate) + len(row.contact)
        if at and size > STEP_CHARS:
            return rows[:at]
    return rows


def _file(work: Work, found: _Read, analysed: dict[int, Analysis]) -> None:
    """Write what was analysed, of what still stands as it was read; lower `stale_below` so far.

    A row that was rewritten meanwhile ends the step above itself and is read again by the next. One
    that is gone needs nothing, and one that another process filed needs nothing more.
    """
    below = _stale_below(work.connection)
    ids = [id_ for id_ in found.releases if id_ < below]
    rows = {row.id: release_of(row) for row in work.connection.execute(select(RELEASE).where(RELEASE.c.id.in_(ids)))}
    done, changed = _unchanged(ids, found.releases, rows)
    refile(work, [Refiled(id_, rows[id_], analysed[id_]) for id_ in done])
    lowered = changed + 1 if changed is not None else min(found.releases) if found.rest else 0
    if lowered < below <= found.below:  # above that, something was marked anew while this step was prepared
        work.connection.execute(update(ARCHIVE).values(stale_below=lowered))


def _unchanged(ids: Sequence[int], read: dict[int, Release], rows: dict[int, Release]) -> tuple[list[int], int | None]:
    """The ids, newest first, down to the first whose row changed since it was read; and that one."""
    done: list[int] = []
    for id_ in ids:
        if id_ in rows and rows[id_] != read[id_]:
            return done, id_
        if id_ in rows:
            done.append(id_)
    return done, None


def _stale_below(connection: Connection) -> int:
    return int(connection.execute(select(ARCHIVE.c.stale_below)).scalar_one())
