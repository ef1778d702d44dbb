"""PostgreSQL's tsvector has limits that a release may go beyond; a search must not notice."""

from __future__ import annotations

import pytest
from shelf import NOW, ids_found, release, store
from sqlalchemy import URL, text
from throwaway_server import new_database

from news.release import first_paragraph
from storage.archive import Archive
from storage.engines.postgresql import POSITION_MAX, POSITIONS_MAX, vector


@pytest.fixture
def archive(postgresql: URL):
    opened = Archive.open(new_database(postgresql), now=NOW)
    yield opened
    opened.close()


def long_release(body: str, **more):
    return release("A headline", body, lead_span=first_paragraph(body), **more)


def test_a_phrase_beyond_the_last_position_is_found(archive: Archive) -> None:
    filler = " ".join(f"word{number}" for number in range(POSITION_MAX + 500))
    kept = store(archive, long_release(f"{filler} blade battery", boilerplate="About the battery"))
    store(archive, long_release(f"{filler} battery of a blade"))
    assert ids_found(archive, '"blade battery"') == [kept.release_id]
    assert ids_found(archive, "boilerplate:battery") == [kept.release_id]


def test_a_word_that_stands_more_often_than_is_counted_is_found_in_its_last_zone(archive: Archive) -> None:
    kept = store(archive, long_release("plant " * (POSITIONS_MAX + 50), contact="the plant office"))
    assert ids_found(archive, "contact:plant") == [kept.release_id]
    assert ids_found(archive, '"plant office"') == [kept.release_id]
    assert ids_found(archive, "boilerplate:plant") == []


def test_a_release_too_large_to_index_is_looked_at_by_every_search(archive: Archive) -> None:
    body = " ".join(f"unlikely{number}longword" for number in range(60_000)) + " chongqing"
    kept = store(archive, long_release(body, issuer="Acme Corp."))
    assert ids_found(archive, "chongqing") == [kept.release_id]
    assert ids_found(archive, 'issuer:"acme corp" chongqing') == [kept.release_id]
    assert ids_found(archive, "chengdu") == []


def test_a_word_longer_than_a_lexeme_may_be_is_stored_and_its_beginning_found(archive: Archive) -> None:
    one, other = "x" * 499, "x" * 3_000
    store(archive, long_release(f"It says {one} here."))
    store(archive, long_release(f"It says {other} here."))
    assert len(ids_found(archive, "xxx*")) == len(ids_found(archive, one)) == 2


def test_no_phrase_runs_from_one_zone_into_the_next(archive: Archive) -> None:
    store(archive, release("The new blade", "battery plants open"))
    assert ids_found(archive, '"blade battery"') == []


def test_a_vector_is_as_postgresql_would_write_it(archive: Archive) -> None:
    told = vector(
        {
            "headline": "blade batteri",
            "subtitle": "",
            "dateline": "",
            "fields": "wire\ue000acme",
            "body": "batteri",
            "boilerplate": "",
            "contact": "blade",
        }
    )
    with archive.database.reading() as connection:
        lexemes = dict(
            row[:2]
            for row in connection.execute(
                text("SELECT lexeme, positions, weights FROM unnest(CAST(:told AS tsvector))"), {"told": told}
            )
        )
    assert lexemes == {"blade": [1, 11], "batteri": [2, 8], "wire\ue000acme": [6]}


@pytest.mark.parametrize(("many", "gathers"), [(400, False), (3, True)])
def test_the_plan_follows_how_many_match(archive: Archive, many: int, *, gathers: bool) -> None:
    full_text = archive.database.backend.full_text
    for number in range(400):
        store(archive, release(f"Release {number}", "plant" if number < many else "mill"))
    archive.database.backend.tidy(archive.database.engine)
    with archive.database.reading() as connection:
        assert full_text.gathers(connection, full_text.field(["plant"]), 20) is gathers
    assert len(ids_found(archive, "plant")) == many
