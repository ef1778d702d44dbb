"""Other ways to ask which of many rules are true of one release, each with the least it must do.

All get the analysed text for nothing; a NOT and a piece of metadata are left out of what they are
asked, and a rule that then asks for nothing. So they do less than the rule index, not more.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

from benchmarks._drawn import DrawnRule
from news.document import ZONES, Document
from news.query import bound, parse
from news.query.bound import AllOf, AnyOf, Bound, Phrases
from news.release import Release

Ask = Callable[[Document], int]
_TERM = re.compile(r'"([^"]+)"|(\w+)')


def regex_loop(rules: Sequence[DrawnRule]) -> Callable[[Release], int]:
    """One search per rule, of the first word or phrase that it names."""
    firsts = [next(m[1] or m[2] for m in _TERM.finditer(re.sub(r"\w+:\S+", "", rule.query) or "x")) for rule in rules]
    compiled = [re.compile(rf"\b{first}\b", re.IGNORECASE) for first in firsts]
    return lambda release: sum(1 for pattern in compiled if pattern.search(release.body))


@contextmanager
def sqlite(rules: Sequence[DrawnRule]) -> Iterator[Ask]:
    """One document in an FTS5 table in memory, and a query per rule."""
    queries = [query for rule in rules if (query := _fts(bound(parse(rule.query))))]
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE document USING fts5(terms, tokenize='ascii')")

    def ask(document: Document) -> int:
        database.execute("DELETE FROM document")
        database.execute("INSERT INTO document (terms) VALUES (?)", (" ".join(_terms(document)),))
        found = (database.execute("SELECT 1 FROM document WHERE document MATCH ?", (query,)) for query in queries)
        return sum(1 for cursor in found if cursor.fetchone())

    try:
        yield ask
    finally:
        database.close()


def _terms(document: Document) -> list[str]:
    return [*chain.from_iterable(document.zone(zone).terms for zone in ZONES)]


def _fts(condition: Bound) -> str:
    return _written(condition, lambda terms: f'"{" ".join(terms)}"', " AND ", " OR ")


def _written(condition: Bound, run: Callable[[tuple[str, ...]], str], both: str, either: str) -> str:
    match condition:
        case Phrases():
            return run(condition.alternatives[0])  # as English stems them
        case AllOf(parts) | AnyOf(parts):
            written = [_written(part, run, both, either) for part in parts]
            if isinstance(condition, AnyOf) and not all(written):
                return ""
            joined = (both if isinstance(condition, AllOf) else either).join(filter(None, written))
            return f"({joined})" if joined else ""
        case _:
            return ""
