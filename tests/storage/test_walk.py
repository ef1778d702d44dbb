"""Walking the archive down: every release once, in short steps, whatever its index knows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shelf import NOW, ids_found, kept_as, release, store
from sqlalchemy import Connection, create_engine, insert, text, update

from news.query import parse
from news.verdict import New
from storage import walk
from storage.archive import Archive
from storage.engines.contract import INDEXED
from storage.keeping import keep
from storage.search import search
from storage.tables import ARCHIVE, DAY


def forget(connection: Connection, ids: list[int]) -> None:
    """Take releases out of the index, as if an analyzer had stored them that knew no words."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("DELETE FROM release_fts WHERE id = ANY(:ids)"), {"ids": ids})
        return
    columns = ", ".join(INDEXED)
    chosen = f"SELECT 'delete', id, {columns} FROM release_terms WHERE id IN ({', '.join(map(str, ids))})"  # noqa: S608 - ours
    connection.exec_driver_sql(f"INSERT INTO release_fts (release_fts, rowid, {columns}) {chosen}")


@pytest.fixture
def days(archive: Archive) -> list[int]:
    """Forty releases over ten days; every fourth is about batteries."""
    with archive.writing(NOW) as work:
        return [
            keep(
                work,
                kept_as(
                    release(
                        f"Plant {number}",
                        "A battery." if number % 4 == 0 else "Nothing.",
                        published_at=NOW - timedelta(days=number % 10),
                    )
                ),
                New(),
            ).release_id
            for number in range(40)
        ]


def test_ranges_of_any_length_give_the_same(archive: Archive, days: list[int], monkeypatch) -> None:
    monkeypatch.setattr(type(archive.database.backend.full_text), "walks_ranges", True)
    expected = sorted((id_ for number, id_ in enumerate(days) if number % 4 == 0), reverse=True)
    for length in (1, 2, 3, 7, 100):
        monkeypatch.setattr(walk, "RANGE", length)
        for growth in (1, 4):
            monkeypatch.setattr(walk, "GROWTH", growth)
            assert ids_found(archive, "battery") == expected
            assert ids_found(archive, "battery", limit=3) == expected
            first = NOW.date() - timedelta(days=3)
            assert ids_found(archive, f"plant after:{first} before:{NOW.date()}", limit=2) == sorted(
                (id_ for number, id_ in enumerate(days) if 1 <= number % 10 <= 3), reverse=True
            )


def test_time_that_ran_out_ends_a_page_with_a_cursor_that_goes_on(
    archive: Archive, days: list[int], monkeypatch
) -> None:
    monkeypatch.setattr(type(archive.database.backend.full_text), "walks_ranges", True)
    monkeypatch.setattr(walk, "RANGE", 4)
    monkeypatch.setattr(walk, "GROWTH", 1)
    pages, cursor, ids = 0, None, []
    while True:
        page = search(archive, parse("plant 0"), cursor=cursor, left=lambda: -1.0)
        ids += [hit.id for hit in page.hits]
        pages += 1
        assert page.partial == (page.cursor is not None)
        if page.cursor is None:
            break
        assert cursor is None or page.cursor < cursor
        cursor = page.cursor
    assert ids == [days[0]]
    assert pages >= 10


def test_what_the_index_does_not_know_yet_is_found_by_its_text(archive: Archive, days: list[int]) -> None:
    expected = ids_found(archive, 'batter* OR "plant 3"')
    fresh = store(archive, release("Battery of today", published_at=NOW + timedelta(days=1))).release_id
    with archive.database.writing() as connection:
        connection.execute(update(ARCHIVE).values(stale_below=max(days) + 1))
        forget(connection, days)
    assert ids_found(archive, 'batter* OR "plant 3"') == [fresh, *expected]
    assert ids_found(archive, 'batter* OR "plant 3"', limit=2) == [fresh, *expected]
    with archive.database.writing() as connection:
        connection.execute(update(ARCHIVE).values(stale_below=sorted(days)[20]))
    older = {id_ for number, id_ in enumerate(days) if number % 4 == 0 and id_ < sorted(days)[20]}
    assert set(ids_found(archive, "batter*")) == {fresh, *older}


@settings(max_examples=60)
@given(
    st.dictionaries(st.integers(0, 12), st.integers(1, 5), min_size=1, max_size=8),
    st.integers(1, 30),
    st.integers(0, 12),
    st.integers(1, 8),
)
def test_a_range_holds_as_many_as_it_was_asked_for(ids_by_day: dict[int, int], count: int, day: int, n: int) -> None:
    engine = create_engine("sqlite://")
    DAY.create(engine)
    with engine.begin() as connection:
        connection.execute(insert(DAY), [{"day": each, "n": most} for each, most in ids_by_day.items()])
        high = (day << 24) + n
        low = walk.floor(connection, high, count)
        ids = [(each << 24) + number for each, most in ids_by_day.items() for number in range(1, most + 1)]
        below = [id_ for id_ in ids if id_ < high]
        assert len([id_ for id_ in below if id_ >= low]) == min(count, len(below))


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_statement_that_took_too_long_is_asked_in_ranges(archive: Archive, monkeypatch) -> None:
    kept = [store(archive, release(f"Plant {number}")).release_id for number in range(30)]
    asked = []
    limit = type(archive.database.backend).limit

    def short(self, connection, seconds: float) -> None:
        asked.append(seconds)
        limit(self, connection, seconds)
        if len(asked) == 1:
            limit(self, connection, 0.02)
            connection.exec_driver_sql("SELECT pg_sleep(2)")

    monkeypatch.setattr(type(archive.database.backend), "limit", short)
    page = search(archive, parse("plant"), limit=50, left=lambda: 5.0)
    assert [hit.id for hit in page.hits] == sorted(kept, reverse=True)
    assert len(asked) > 1
