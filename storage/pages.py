"""Stored raw pages, with all that was given to the parser beside them: what a release can be read from again."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from news.release import Release, StampSource
from news.source import Listed
from storage.database import Database
from storage.revisits import SOURCE_KNOWN
from storage.rows import entry_of, listing_read_with, release_of
from storage.tables import ENTRY, RAW, RELEASE, SOURCE

LISTINGS_MAX = 3
CHECKED_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A page as it lies in the archive. `size` and `sha256` are of the bytes before compression."""

    codec: str
    size: int
    sha256: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPage:
    """The page that a stored release was last read from.

    `wire` is what the parser was told. `listings` are the rows that may have filled what the page does
    not say, likeliest first; exactly one where it is known.
    """

    release_id: int
    known: Release
    wire: str | None
    listings: tuple[Listed | None, ...]
    url: str | None
    content_type: str | None
    fetched_at: datetime
    packed: Packed


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Which releases: of a wire, published at `since` or later, before `until` (aware UTC)."""

    wire: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def clauses(self) -> list[ColumnElement[bool]]:
        wanted = []
        if self.wire is not None:
            wanted.append(RELEASE.c.wire == self.wire)
        if self.since is not None:
            wanted.append(RELEASE.c.published_at >= self.since)
        if self.until is not None:
            wanted.append(RELEASE.c.published_at < self.until)
        return wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How many releases there are, and of how many a page is kept."""

    pages: int
    teasers: int
    without_page: int


def unpacked(packed: Packed) -> bytes | None:
    """The page's bytes; None where they are damaged. Never more than `size` bytes are unpacked."""
    if packed.codec != "zlib":
        return None
    unpacker = zlib.decompressobj()
    try:
        body = unpacker.decompress(packed.body, packed.size + 1)
    except zlib.error:
        return None
    whole = unpacker.eof and len(body) == packed.size
    return body if whole and hashlib.sha256(body).hexdigest() == packed.sha256 else None


def damaged_pages(database: Database) -> Iterator[int]:
    """The releases of pages whose bytes are no longer those that were fetched; reads every page once."""
    last = 0
    while True:
        query = select(RAW).where(RAW.c.id > last).order_by(RAW.c.id).limit(CHECKED_AT_ONCE)
        with database.reading() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            if unpacked(packed_of(row)) is None:
                yield row.release_id
        if not rows:
            return
        last = rows[-1].id


def packed_of(row: Any) -> Packed:  # noqa: ANN401 - a row of `raw_page`
    return Packed(codec=row.codec, size=row.size, sha256=row.sha256, body=row.body)


def _listing_from(release: Release) -> Listed:
    """All that a forgotten row may have filled: what it said must not be lost by reading without it."""
    return Listed(
        url=None,
        guid=release.guid,
        title=release.headline,
        stamp=release.published_at if release.published_at_source is StampSource.FEED else None,
        issuer=release.issuer,
        language=None if release.language == "und" else release.language,
        tickers=release.tickers,
        topics=release.topics.raw,
    )


# ------------------------------------------------------------------------------ reading


def held(database: Database, within: Within) -> Held:
    paged = RELEASE.c.id.in_(select(RAW.c.release_id))
    teaser = RELEASE.c.completeness == "teaser"
    with database.reading() as connection:
        found = connection.execute(
            select(paged, teaser, func.count()).select_from(RELEASE).where(*within.clauses()).group_by(paged, teaser)
        ).all()
    return Held(
        pages=sum(n for has, _, n in found if has),
        teasers=sum(n for has, is_teaser, n in found if not has and is_teaser),
        without_page=sum(n for has, is_teaser, n in found if not has and not is_teaser),
    )


def pages_after(database: Database, last: int, limit: int, within: Within) -> list[StoredPage]:
    """The pages of the releases with an id above `last`, oldest first, each the newest of its release."""
    of = RAW.alias()
    newest = select(func.max(of.c.id)).where(of.c.release_id == RELEASE.c.id).correlate(RELEASE).scalar_subquery()
    packed = [RAW.c[name].label(f"raw_{name}") for name in ("url", "content_type", "fetched_at")]
    query = (
        select(RELEASE, *packed, RAW.c.codec, RAW.c.size, RAW.c.sha256, RAW.c.body.label("page"))
        .select_from(RELEASE.join(RAW, RAW.c.id == newest))
        .where(RELEASE.c.id > last, *within.clauses())
        .order_by(RELEASE.c.id)
        .limit(limit)
    )
    with database.reading() as connection:
        rows = connection.execute(query).all()
        entries = _entries(connection, [row.id for row in rows if "read" not in row.data])
    return [_stored_page(row, entries.get(row.id, [])) for row in rows]


def page_before_newest(database: Database, within: Within, n: int) -> int | None:
    """The release after whose id the newest `n` with a page stand; None where there are no more than that."""
    paged = select(RAW.c.release_id).where(RAW.c.release_id == RELEASE.c.id).exists()
    query = select(RELEASE.c.id).where(paged, *within.clauses()).order_by(RELEASE.c.id.desc()).offset(n).limit(1)
    with database.reading() as connection:
        return connection.execute(query).scalar()


def _entries(connection: Connection, release_ids: Sequence[int]) -> dict[int, list[Any]]:
    """By release, the entries that name it; that of its own source first."""
    rows = connection.execute(
        select(ENTRY, *SOURCE_KNOWN)
        .select_from(ENTRY.join(SOURCE, SOURCE.c.id == ENTRY.c.source_id))
        .join(RELEASE, RELEASE.c.id == ENTRY.c.release_id)
        .where(ENTRY.c.release_id.in_(release_ids))
        .order_by(ENTRY.c.release_id, RELEASE.c.source_id != ENTRY.c.source_id, ENTRY.c.id)
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.release_id, []).append(entry_of(row))
    return found


def _stored_page(row: Any, entries: Sequence[Any]) -> StoredPage:  # noqa: ANN401 - a joined row
    release = release_of(row)
    given = row.data.get("read")
    if given is not None:
        said = given.get("listed")
        wire = given.get("wire", release.wire)
        listings: tuple[Listed | None, ...] = (None if said is None else listing_read_with(release, said),)
    else:
        wire = entries[0].wire if entries else release.wire
        listings = tuple(_guesses(release, entries))
    return StoredPage(
        release_id=row.id,
        known=release,
        wire=wire,
        listings=listings,
        url=row.raw_url,
        content_type=row.raw_content_type,
        fetched_at=row.raw_fetched_at,
        packed=Packed(codec=row.codec, size=row.size, sha256=row.sha256, body=row.page),
    )


def _guesses(release: Release, entries: Sequence[Any]) -> Iterator[Listed | None]:
    """Of a release that was stored before it was written down what it was read with."""
    for entry in entries[:LISTINGS_MAX]:
        yield entry.listed
    yield _listing_from(release)
    yield None
