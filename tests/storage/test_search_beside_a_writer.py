"""A search is every stored release of which the query is true, also while others are stored, revised and removed."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from shelf import NOW, kept_as
from test_four_ways import SEED, drawn_query, drawn_release

from news.document import document
from news.query import Query, QueryError, evaluate, parse
from news.release import Release
from news.verdict import New
from storage import walk
from storage.archive import Archive
from storage.keeping import keep
from storage.removal import remove
from storage.search import search
from storage.tombstones import Reason

STORED, ASKED = 120, 60
# The writer's releases carry this in their headline, so that they are told from those which were there before.
LATER = "arriving"


def dated(draw: random.Random, query: str) -> str:
    """The query within some days, of the eighty or so on which the releases appeared."""
    first = NOW.date() - timedelta(days=draw.randrange(20, 90))
    stop = first + timedelta(days=draw.randrange(1, 60))
    return draw.choice(
        (f"({query}) after:{first}", f"({query}) before:{stop}", f"({query}) after:{first} before:{stop}")
    )


def drawn_questions(draw: random.Random) -> list[tuple[str, Query]]:
    found: list[tuple[str, Query]] = []
    while len(found) < ASKED:
        text = drawn_query(draw)
        text = dated(draw, text) if len(found) % 3 == 0 else text
        try:
            found.append((text, parse(text)))
        except QueryError:  # what asks for nothing is refused
            continue
    return found


@contextmanager
def writer(archive: Archive) -> Iterator[list[int]]:
    """A thread that stores releases of all days and takes some of them out again; yields how often it committed."""
    draw = random.Random(SEED + 1)  # noqa: S311 - drawn to be repeated
    stop, commits, broke = threading.Event(), [0], []

    def write() -> None:
        try:
            while not stop.is_set() and commits[0] < 2_000:
                more = [drawn_release(draw, number) for number in range(3)]
                with archive.writing(NOW) as work:
                    ids = [keep(work, kept_as(_later(each)), New()).release_id for each in more]
                if commits[0] % 3 == 0:
                    with archive.writing(NOW) as work:
                        remove(work, ids[:1], Reason.PRUNED)
                commits[0] += 1
        except BaseException as error:  # noqa: BLE001 - told below
            broke.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield commits
    finally:
        stop.set()
        thread.join()
    assert broke == []


def _later(of: Release) -> Release:
    return replace(of, headline=f"{of.headline} {LATER}")


@pytest.mark.parametrize("length", [3, 20_000])
def test_random_queries_find_what_is_true_and_nothing_else(archive: Archive, length: int, monkeypatch) -> None:
    monkeypatch.setattr(walk, "RANGE", length)
    draw = random.Random(SEED)  # noqa: S311 - drawn to be repeated
    with archive.writing(NOW) as work:
        known = {
            keep(work, kept_as(of), New()).release_id: of
            for of in (drawn_release(draw, number) for number in range(STORED))
        }
    documents = {id_: document(of) for id_, of in known.items()}
    hits = 0
    with writer(archive) as commits:
        for text, query in drawn_questions(draw):
            found, cursor = [], None
            while True:
                page = search(archive, query, limit=7, cursor=cursor, examined_max=50)
                assert all(evaluate(query, hit.stored.release) is not None for hit in page.hits), text
                found += [hit.id for hit in page.hits]
                if page.cursor is None:
                    break
                assert cursor is None or page.cursor < cursor, text
                cursor = page.cursor
            assert found == sorted(set(found), reverse=True), text
            true = {id_ for id_, asked in documents.items() if evaluate(query, asked) is not None}
            assert set(found) & known.keys() == true, text
            hits += len(found)
    assert hits > 200
    assert commits[0] > 5
