"""Asking the archive in the rule language: a rule run backwards in time, newest first.

The bound narrows by index, the evaluator decides from the stored terms: the answer is exactly the
releases of which `news.query.evaluate` is true. Paging is by release id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol

from news.alert import Match
from news.document import Document, document, document_read_later
from news.query import Query, bound
from news.query.evaluate import judge, spans_of
from news.query.tree import Hits
from news.text import ANALYZER_VERSION
from storage.archive import Stored, stored_of
from storage.database import Database
from storage.rows import release_of
from storage.walk import CHUNK, TERMS_OF, Left, walk

# A query that its bound hardly narrows reads so many releases at most before it answers with a page
# that may be partial and a cursor that goes on.
EXAMINED_MAX = 5_000


class Hit:
    """A release of which the query is true; what costs more than to find it is worked out when first asked for."""

    def __init__(self, row: Any, document: Document, found: Hits) -> None:  # noqa: ANN401 - a joined row
        """`found` are the places by term positions."""
        self.id: int = row.id
        self.document = document
        self.found = found
        self._row = row

    @cached_property
    def stored(self) -> Stored:
        return stored_of(self._row, release=self.document.release)

    @cached_property
    def match(self) -> Match:
        """Where in the text it is true."""
        return Match(rule_id="", spans=spans_of(self.document, self.found))


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits, newest first. `cursor` goes on from here; None at the end of the archive.

    `examined` counts the releases that the evaluator was asked about. `partial`: the page ended
    because time or patience did, and more may follow however few are on it.
    """

    hits: tuple[Hit, ...]
    cursor: int | None
    examined: int
    partial: bool = False


class Searchable(Protocol):
    """An archive, as far as a search goes."""

    @property
    def database(self) -> Database: ...


def search(
    archive: Searchable,
    query: Query,
    *,
    limit: int = 20,
    cursor: int | None = None,
    heads: bool = False,
    examined_max: int | None = EXAMINED_MAX,
    left: Left | None = None,
    progress: Callable[[int], None] | None = None,
) -> Found:
    """The releases of which `query` is true with an id below `cursor`, at most `limit` of them.

    `heads`: only the one that stands for each story. `examined_max` None: go on to the end of the
    archive, however long it takes; `left` tells the seconds that it may still take. `progress` is told
    how many were examined.
    """
    hits: list[Hit] = []
    examined = 0
    # A few more than are wanted: seldom all that the bound lets through are hits.
    first = min(CHUNK, limit + 1 + limit // 5)
    for step in walk(archive.database, bound(query), cursor=cursor, first=first, heads=heads, left=left):
        for row in step.rows:
            if examined_max is not None and examined >= examined_max:
                return Found(tuple(hits), cursor, examined, partial=True)
            examined += 1
            cursor = row.id
            if progress is not None and examined % CHUNK == 0:
                progress(examined)
            hit = _judged(query, row)
            if hit is not None:
                hits.append(hit)
            if len(hits) == limit:
                return Found(tuple(hits), cursor, examined)
        cursor = step.passed
        if left is not None and cursor is not None and left() <= 0:
            return Found(tuple(hits), cursor, examined, partial=True)
    return Found(tuple(hits), None, examined)


def _judged(query: Query, row: Any) -> Hit | None:  # noqa: ANN401 - a joined row
    asked = _document(row)
    found = judge(query, asked)
    return None if found is None else Hit(row, asked, found)


def _document(row: Any) -> Document:  # noqa: ANN401 - a joined row
    """Terms of another version of the analyzer are not those of this text any more: it is analysed anew."""
    if row.analyzer_version != ANALYZER_VERSION:
        return document(release_of(row))
    terms = {zone: getattr(row, name) for zone, name in TERMS_OF}
    return document_read_later(row.language, partial(release_of, row), terms)
