"""Asking the archive in the rule language: a rule run backwards in time, newest first.

The bound narrows by index, the evaluator decides from the stored terms: the answer is exactly the
releases of which `news.query.evaluate` is true. Paging is by release id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, select, text

from news.alert import Match
from news.document import Document, document, document_from_terms
from news.query import Query, bound, evaluate
from news.query.bound import Bound
from news.release import Zone
from news.text import ANALYZER_VERSION
from storage.archive import Archive, Stored, stored_of
from storage.bounds import Narrowed, narrowed
from storage.database import Database
from storage.engines.contract import FullText
from storage.forms import terms_beginning
from storage.tables import RELEASE, TERMS

_CHUNK = 100
# A query that its bound hardly narrows reads so many releases at most before it answers with a page
# that may be partial and a cursor that goes on.
EXAMINED_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A release and where the query is true of it."""

    stored: Stored
    match: Match


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits, newest first. `cursor` goes on from here; None at the end of the archive.

    `examined` counts the releases that the evaluator was asked about.
    """

    hits: tuple[Hit, ...]
    cursor: int | None
    examined: int


def search(
    archive: Archive,
    query: Query,
    *,
    limit: int = 20,
    cursor: int | None = None,
    heads: bool = False,
    examined_max: int | None = EXAMINED_MAX,
    progress: Callable[[int], None] | None = None,
) -> Found:
    """The releases of which `query` is true with an id below `cursor`, at most `limit` of them.

    `heads`: only the first release of each story. `examined_max` None: go on to the end of the
    archive, however long it takes. `progress` is told how many were examined.
    """
    within = within_index(archive.database, bound(query))
    hits: list[Hit] = []
    examined = 0
    last = cursor
    for row in _rows(archive, within, cursor, min(_CHUNK, limit + 1), heads=heads):
        if examined_max is not None and examined >= examined_max:
            return Found(tuple(hits), last, examined)
        examined += 1
        last = row.id
        if progress is not None and examined % _CHUNK == 0:
            progress(examined)
        stored = stored_of(row)
        match = evaluate(query, _document(row, stored))
        if match is None:
            continue
        hits.append(Hit(stored, match))
        if len(hits) == limit:
            return Found(tuple(hits), last, examined)
    return Found(tuple(hits), None, examined)


def within_index(database: Database, condition: Bound) -> Narrowed:
    """The bound in the words of the database, prefixes as the terms they stand for today."""
    with database.reading() as connection:
        return narrowed(condition, database.backend.full_text, partial(terms_beginning, connection))


def _rows(archive: Archive, within: Narrowed, cursor: int | None, first: int, *, heads: bool) -> Iterator[Any]:
    """Candidate rows newest first, fetched in chunks: each chunk is a short read of its own."""
    full_text = archive.database.backend.full_text
    last, wanted = cursor, first
    while True:
        with archive.database.reading() as connection:
            gathers = within.expression is not None and full_text.gathers(connection, within.expression, wanted)
            asked = statement(within, full_text, last, wanted, heads=heads, gathers=gathers)
            rows = connection.execute(asked).all()
        yield from rows
        if len(rows) < wanted:
            return
        last, wanted = rows[-1].id, min(_CHUNK, 2 * wanted)


def statement(
    within: Narrowed, full_text: FullText, cursor: int | None, limit: int, *, heads: bool, gathers: bool = False
) -> Select[Any]:
    """The newest `limit` releases below `cursor` that the bound lets through, with their terms.

    `gathers`: collect all that the index matches before the newest are picked.
    """
    terms = [TERMS.c[zone.value].label(f"terms_{zone.value}") for zone in Zone]
    query = select(RELEASE, *terms).join(TERMS, TERMS.c.id == RELEASE.c.id).where(within.rest).limit(limit)
    if heads:
        query = query.where(RELEASE.c.id == RELEASE.c.story_id)
    if within.expression is None:
        return query.where(*_range(RELEASE.c.id, within, cursor)).order_by(RELEASE.c.id.desc())
    if gathers:
        matching = select(full_text.key.label("id")).select_from(text("release_fts"))
        matching = matching.where(full_text.matches(within.expression), *_range(full_text.key, within, cursor))
        gathered = matching.cte("gathered").prefix_with("MATERIALIZED")
        return query.join(gathered, gathered.c.id == RELEASE.c.id).order_by(gathered.c.id.desc())
    # By the full-text table's own key: the newest are looked at first, and the walk stops at the limit.
    query = query.join(text("release_fts"), full_text.joins(RELEASE.c.id))
    query = query.where(full_text.matches(within.expression), *_range(full_text.key, within, cursor))
    return query.order_by(full_text.key.desc())


def _range(key: ColumnElement[int], within: Narrowed, cursor: int | None) -> list[ColumnElement[bool]]:
    low = [] if within.low is None else [key >= within.low]
    high = [] if within.high is None else [key < within.high]
    return [*low, *high, *([] if cursor is None else [key < cursor])]


def _document(row: Any, stored: Stored) -> Document:  # noqa: ANN401 - a joined row
    """Terms of another version of the analyzer are not those of this text any more: it is analysed anew."""
    if row.analyzer_version != ANALYZER_VERSION:
        return document(stored.release)
    return document_from_terms(stored.release, _terms(row))


def _terms(row: Any) -> dict[Zone, str]:  # noqa: ANN401 - a joined row
    return {zone: getattr(row, f"terms_{zone.value}") for zone in Zone}
