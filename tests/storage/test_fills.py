"""Counts by day of what releases have, which outlive the releases."""

from __future__ import annotations

from datetime import timedelta

from shelf import NOW, add_source, release, store
from sqlalchemy import delete

from news.release import Dateline
from storage.archive import Archive
from storage.fills import FIELDS, Filled, days_filled, filled_on, fills_by_day, lacking_on, put_fills, saved_page
from storage.keeping import Raw
from storage.tables import TERMS
from storage.work import day_of

TODAY = day_of(NOW)
WHOLE = {
    "dateline": Dateline(text="X --", place="X"),
    "body": "word " * 100,
    "boilerplate": "About Acme",
    "contact": "desk@acme.example",
    "issuer": "Acme",
    "tickers": ("NYSE:ACME",),
    "language": "en",
}


def test_a_day_is_counted_by_source_and_field_and_counted_anew_in_its_place(archive: Archive) -> None:
    one, two = add_source(archive, "one").id, add_source(archive, "two").id
    raw = Raw(url="https://acme.example/1", content_type=None, fetched_at=NOW, body=b"<p>x")
    bare = store(archive, release("Bare", body="x", published_at=NOW), seen=NOW, source_id=one, raw=raw).release_id
    store(archive, release("Whole", published_at=NOW, **WHOLE), seen=NOW, source_id=one)
    store(archive, release("Other", published_at=NOW, **WHOLE), seen=NOW, source_id=two)
    with archive.database.reading() as connection:
        assert days_filled(connection, first=TODAY - 9, last=TODAY) == [TODAY]
        found = filled_on(connection, TODAY)
        assert lacking_on(connection, TODAY, [one, two], "issuer") == bare
        assert lacking_on(connection, TODAY, [two], "issuer") is None
        page = saved_page(connection, bare)
        assert page is not None
        assert page[1] == "https://acme.example/1"
    assert (found[one].n, found[one].having["dateline"], found[one].having["long body"]) == (2, 1, 1)
    assert dict(found[two].having) == dict.fromkeys(FIELDS, 1)
    with archive.writing(NOW) as work:
        put_fills(work, TODAY, {one: Filled(9)})
        put_fills(work, TODAY, found)
    with archive.database.reading() as connection:
        told = fills_by_day(connection, first=TODAY, last=TODAY)
    assert {id_: {day: (each.n, +each.having) for day, each in days.items()} for id_, days in told.items()} == {
        id_: {TODAY: (each.n, +each.having)} for id_, each in found.items()
    }


def test_counts_outlive_their_releases_and_go_when_they_are_years_old(archive: Archive) -> None:
    one = add_source(archive).id
    store(archive, release("Bare", published_at=NOW), seen=NOW, source_id=one)
    with archive.writing(NOW - timedelta(days=900)) as work:
        put_fills(work, TODAY - 900, {one: Filled(1)})
    with archive.writing(NOW) as work:
        put_fills(work, TODAY, filled_on(work.connection, TODAY))
        work.connection.execute(delete(TERMS))
    with archive.database.reading() as connection:
        assert list(fills_by_day(connection, first=0, last=TODAY)[one]) == [TODAY]
