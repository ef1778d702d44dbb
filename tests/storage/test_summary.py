"""Counting what a query finds: exactly up to a cap, honestly beyond it; and the best before the newest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from shelf import NOW, kept_as, release, store

from news.query import parse
from news.release import Zone
from news.verdict import Copy, New
from storage import estimate
from storage.archive import Archive
from storage.keeping import keep
from storage.ranking import ranked, score
from storage.search import search
from storage.summary import summarize
from storage.walk import floor


@pytest.fixture
def filled(archive: Archive) -> Archive:
    """300 releases over thirty days; each second has `battery` in its headline, the others in their text."""
    with archive.writing(NOW) as work:
        for number in range(300):
            of = release(
                "A battery" if number % 2 else "A plant",
                "Of a battery plant.",
                wire=("acme", "west", "north")[number % 3],
                issuer=f"Issuer {number % 40}",
                published_at=NOW - timedelta(hours=number * 7 % 700),
            )
            keep(work, kept_as(of), New())
    archive.tidy(NOW)
    return archive


def test_up_to_the_cap_it_is_counted(filled: Archive) -> None:
    told = summarize(filled, parse("battery plant"), cap=300)
    assert (told.count, told.exact, told.counted) == (300, True, 300)
    assert told.facets["wire"] == (("acme", 100), ("north", 100), ("west", 100))
    assert len(told.facets["issuer"]) == 20
    assert list(told.facets["day"]) == sorted(told.facets["day"], reverse=True)
    few = summarize(filled, parse("headline:battery wire:acme"))
    assert (few.count, few.exact) == (50, True)
    assert summarize(filled, parse("nothing")).facets == {"wire": (), "issuer": (), "language": (), "day": ()}


@pytest.mark.parametrize("query", ["battery", "headline:battery", "battery NOT headline:plant"])
def test_beyond_the_cap_it_is_estimated_and_says_so(filled: Archive, query: str) -> None:
    true = len(search(filled, parse(query), limit=300, examined_max=None).hits)
    told = summarize(filled, parse(query), cap=40)
    assert (told.exact, told.counted) == (False, 41)
    assert true * 0.7 <= told.count <= true * 1.4


def test_what_there_was_no_time_to_count_is_taken_to_be_like_the_rest(filled: Archive, monkeypatch) -> None:
    monkeypatch.setattr(estimate, "RANGE", 50)
    monkeypatch.setattr(estimate, "SAMPLE", 4)
    told = summarize(filled, parse("battery"), cap=10, left=lambda: 0.0)
    assert not told.exact
    assert 200 <= told.count <= 400


def test_only_heads_are_counted_where_only_heads_are_wanted(archive: Archive) -> None:
    for number in range(20):
        first = store(archive, release(f"Plant {number}", url=f"https://acme.example/{number}"))
        store(archive, release(f"Plant {number}", wire="other"), Copy(of=first.release_id, why="the same text"))
    archive.tidy(NOW)
    told = summarize(archive, parse("plant"), heads=True)
    assert (told.count, told.exact, told.facets["wire"]) == (20, True, (("acme-wire", 20),))
    assert summarize(archive, parse("plant"), heads=False).count == 40
    assert 10 <= summarize(archive, parse("plant"), heads=True, cap=5).count <= 40


def test_the_best_come_first_and_of_equals_the_newer(archive: Archive) -> None:
    def put(**zones: str) -> int:
        return store(archive, release(**{"headline": "None", "body": "Nothing here.", **zones})).release_id

    passing = put(boilerplate="We make batteries.")
    often = put(body="A battery and a battery and a battery.")
    once = put(body="One battery.")
    late = put(body="Word " * 80 + "battery.")
    head = put(headline="Battery")
    again = put(headline="Battery")
    hits, among = ranked(archive, parse("battery"))
    assert [hit.id for hit in hits] == [again, head, often, once, late, passing]
    assert among == 6
    assert [hit.id for hit in ranked(archive, parse("battery"), limit=2)[0]] == [again, head]
    assert [hit.id for hit in ranked(archive, parse("battery"), among=2)[0]] == [again, head]
    assert score(hits[0]) == pytest.approx(10.0)
    assert score(hits[2]) == pytest.approx(2.0 * 1.75 + 3.0)
    assert {each.zone for each in hits[-1].found} == {Zone.BOILERPLATE}


def test_an_estimate_is_of_the_same_dates(filled: Archive) -> None:
    day = (NOW - timedelta(days=10)).date()
    true = len(search(filled, parse(f"battery after:{day}"), limit=300, examined_max=None).hits)
    told = summarize(filled, parse(f"battery after:{day}"), cap=20)
    assert true * 0.6 <= told.count <= true * 1.6
    with filled.database.reading() as connection:
        assert floor(connection, 1 << 62, 10_000) == 0
