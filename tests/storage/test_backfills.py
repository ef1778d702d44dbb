"""Orders to read a source's history, and what is known of the rows that their pages show: on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from shelf import NOW, add_source, list_rows, listed, release, source_named, store

from news.links import url_key
from news.release import Origin
from news.source import Source
from storage import backfills
from storage.archive import Archive
from storage.backfills import Backfill, Stand
from storage.entries import claim_entries
from storage.erasure import erase
from storage.tables import ENTRY

DAY = timedelta(days=1)
ORDER = Backfill(source_id=1, since=NOW - 30 * DAY, until=None, alert=False, began_at=NOW)


def given(archive: Archive) -> tuple[Source, Backfill]:
    add_source(archive)
    source = source_named(archive)
    order = replace(ORDER, source_id=source.id)
    with archive.writing(NOW) as work:
        backfills.write(work, order)
    return source, order


def stands(archive: Archive, source: Source) -> Backfill | None:
    with archive.database.reading() as connection:
        return backfills.told(connection, source.id)


def test_an_order_is_told_as_it_was_written(archive: Archive) -> None:
    source, order = given(archive)
    full = replace(
        order, way="listing", page=3, url="https://w.example/?page=3", back_to=NOW - DAY, ends=(("feed", "end"),),
        until=NOW, alert=True, met_known=True, rows=75, outside=5, listed=60,
    )  # fmt: skip
    with archive.writing(NOW) as work:
        assert backfills.change(work, full)
    assert stands(archive, source) == full
    assert full.known == 10
    with archive.database.reading() as connection:
        assert backfills.under_way(connection) == [(source, full)]


def test_a_walk_that_was_stopped_or_replaced_writes_nothing_more(archive: Archive) -> None:
    source, order = given(archive)
    with archive.writing(NOW) as work:
        assert backfills.stop(work, source.id)
        assert not backfills.stop(work, source.id)
        assert not backfills.change(work, replace(order, page=9))
    stopped = stands(archive, source)
    assert stopped == replace(order, stand=Stand.STOPPED)
    with archive.database.reading() as connection:
        assert backfills.under_way(connection) == []
    newer = replace(order, began_at=NOW + DAY)
    with archive.writing(NOW) as work:
        backfills.write(work, newer)
        assert not backfills.change(work, replace(order, page=9))
    assert stands(archive, source) == newer


def test_what_was_listed_stored_or_erased_is_not_read_again(archive: Archive) -> None:
    source, _ = given(archive)
    mine, theirs, gone, new = (listed(n) for n in range(4))
    list_rows(archive, source, mine)
    store(archive, release("Of another source", url=theirs.url))
    kept = store(archive, release("To be erased", body="Nothing of it is to stay here.", url=gone.url))
    erase(archive, [kept.release_id], NOW)
    rows = [mine, theirs, gone, new]
    with archive.writing(NOW) as work:
        found = backfills.seen(work, source, rows, [url_key(row.url or "") for row in rows])
    assert found.fresh == (False, False, False, True)
    assert found.mine[0]
    assert not found.mine[3]


def test_history_is_read_one_at_a_time_and_after_all_that_is_news(archive: Archive) -> None:
    source, order = given(archive)
    rows = [listed(n) for n in range(3)]
    with archive.writing(NOW) as work:
        keys = backfills.seen(work, source, rows, [url_key(row.url or "") for row in rows]).keys
        whole = [(row, url_key(row.url or ""), key) for row, key in zip(rows, keys, strict=True)]
        assert backfills.list_history(work, source, whole, alert=True) == 3
    list_rows(archive, source, listed(9))
    claimed = claim_entries(archive.database, NOW, holder="t", lease=DAY, limit=10)
    assert [entry.listed.url for entry in claimed] == [listed(9).url]
    with archive.writing(NOW) as work:
        work.connection.execute(ENTRY.delete().where(ENTRY.c.origin == Origin.LIVE.value))
    [entry] = claim_entries(archive.database, NOW, holder="t", lease=DAY, limit=10)
    assert (entry.origin, entry.alert) == (Origin.HISTORY, True)
    with archive.database.reading() as connection:
        assert backfills.outcome(connection, order) == {"due": 2, "fetching": 1}
        assert backfills.unread(connection, order, NOW) == 3
