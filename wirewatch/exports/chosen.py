"""Which releases are exported, and what all of the flat formats say of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from news.query import Query
from news.release import Release
from storage.archive import Archive, Stored
from storage.columns import storable
from storage.heads import heads_among
from storage.search import search

_PAGE = 200

Cell = str | int | datetime | tuple[str, ...] | None

# The columns of a table of releases, and what each holds.
COLUMNS: dict[str, type] = {
    "id": int,
    "story": int,
    "published_at": datetime,
    "time_precision": str,
    "wire": str,
    "issuer": str,
    "tickers": tuple,
    "isins": tuple,
    "language": str,
    "kind": str,
    "completeness": str,
    "headline": str,
    "subtitle": str,
    "dateline": str,
    "lead": str,
    "body": str,
    "boilerplate": str,
    "contact": str,
    "url": str,
    "release_number": str,
    "origin": str,
    "first_seen_at": datetime,
    "stored_at": datetime,
    "revises": int,
    "superseded_by": int,
}


def chosen(archive: Archive, query: Query | None, *, heads: bool = False) -> Iterator[Stored]:
    """Every release of which the query is true (all without one), newest first, read in pages.

    `heads`: only the one that stands for each story. One that is stored meanwhile is not among them.
    """
    cursor: int | None = None
    while True:
        if query is None:
            page = archive.latest(_PAGE, cursor)
            cursor = page[-1].id if len(page) == _PAGE else None
            yield from page if not heads else _heads(archive, page)
        else:
            found = search(archive, query, limit=_PAGE, cursor=cursor, heads=heads, examined_max=None)
            cursor = found.cursor
            yield from (hit.stored for hit in found.hits)
        if cursor is None:
            return


def _heads(archive: Archive, page: Sequence[Stored]) -> Iterator[Stored]:
    with archive.database.reading() as connection:
        chosen = heads_among(connection, [stored.id for stored in page])
    return (stored for stored in page if stored.id in chosen)


def row(stored: Stored) -> dict[str, Cell]:
    """A release by `COLUMNS`; texts as UTF-8 can hold them."""
    of = stored.release
    cells: dict[str, Cell] = {
        "id": stored.id,
        "story": stored.story_id,
        "published_at": of.published_at,
        "time_precision": of.time_precision.value,
        "wire": of.wire,
        "issuer": of.issuer,
        "tickers": tuple(map(storable, of.tickers)),
        "isins": tuple(map(storable, of.isins)),
        "language": of.language,
        "kind": of.kind.value,
        "completeness": of.completeness.value,
        "headline": of.headline,
        "subtitle": "\n".join(of.subtitles),
        "dateline": of.dateline.text if of.dateline else "",
        "lead": _lead(of),
        "body": of.body,
        "boilerplate": of.boilerplate,
        "contact": of.contact,
        "url": of.url,
        "release_number": of.release_number,
        "origin": stored.origin,
        "first_seen_at": stored.first_seen_at,
        "stored_at": stored.stored_at,
        "revises": stored.revises,
        "superseded_by": stored.superseded_by,
    }
    return {name: storable(cell) if isinstance(cell, str) else cell for name, cell in cells.items()}


def _lead(of: Release) -> str:
    return of.body[slice(*of.lead_span)] if of.lead_span else ""
