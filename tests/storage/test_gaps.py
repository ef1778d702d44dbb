"""The life of a gap, what was seen of a row and when, and what an answer is compared with: on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from effort import sqlite_steps
from shelf import NOW, add_source, list_rows, listed, release, source_named, store
from sqlalchemy import update

from news.links import url_key
from news.release import Origin
from news.source import EventType, Gap, IncidentKind, Listed, Source
from storage import gaps
from storage.archive import Archive
from storage.entries import known
from storage.erasure import erase
from storage.sights import last_sight, note_sight, shown_rows
from storage.tables import INCIDENT, SOURCE

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def opened(archive: Archive, source: Source, *, at=NOW, lasted: timedelta = HOUR) -> Gap:
    gap = Gap(source_id=source.id, opened_at=at - lasted, closed_at=at)
    with archive.writing(at) as work:
        return replace(gap, id=gaps.open_gap(work, gap))


def line(archive: Archive, gap: Gap) -> gaps.GapLine:
    with archive.database.reading() as connection:
        return next(each for each in gaps.gap_lines(connection) if each.id == gap.id)


def due(archive: Archive, now=NOW) -> list[str]:
    with archive.database.reading() as connection:
        return [source.name for source in gaps.sources_with_gaps_due(connection, now)]


def incidents(archive: Archive) -> list[tuple[str, bool]]:
    with archive.database.reading() as connection:
        rows = connection.execute(INCIDENT.select().order_by(INCIDENT.c.id))
        return [(row.kind, row.ended_at is not None) for row in rows]


def test_a_gap_is_due_at_once_then_when_it_was_put_off_to_and_never_once_it_is_closed(archive: Archive) -> None:
    gap = opened(archive, add_source(archive))
    assert due(archive) == ["acme-feed"]
    with archive.writing(NOW) as work:
        gaps.leave_open(work, gap, "listing: forbidden: HTTP 403", NOW + HOUR, incident=False)
    assert (due(archive), due(archive, NOW + HOUR)) == ([], ["acme-feed"])
    with archive.writing(NOW) as work:
        gaps.leave_open(work, replace(gap, attempts=1), "listing: gone", None, incident=False)
    assert due(archive, NOW + 1_000 * HOUR) == []
    told = line(archive, gap)
    assert (told.attempts, told.outcome, told.retry_at, told.state) == (2, "listing: gone", None, "open")
    with archive.writing(NOW) as work:
        assert gaps.try_now(work, gap.source_id) == 1
    assert due(archive) == ["acme-feed"]
    with archive.writing(NOW) as work:
        gaps.close_gap(work, gap, "a row known from before")
        assert gaps.try_now(work) == 0
    assert due(archive, NOW + HOUR) == []


def test_a_gap_of_a_source_that_is_polled_no_more_is_not_tried(archive: Archive) -> None:
    opened(archive, add_source(archive))
    with archive.writing(NOW) as work:
        work.connection.execute(update(SOURCE).values(enabled=0))
    assert due(archive) == []


def test_opening_and_closing_are_told_with_bounds_and_counted(archive: Archive) -> None:
    gap = opened(archive, add_source(archive))
    with archive.writing(NOW) as work:
        gaps.count_found(work, gap.id, 3)
        gaps.count_found(work, gap.id, 4)
    with archive.writing(NOW + MINUTE) as work:
        gaps.close_gap(work, gap, "a row known from before, listing page 2")
        gaps.close_gap(work, gap, "told once")
    first, second = archive.events(0)
    bounds = {"opened_at": "2026-03-02T13:30:00Z", "closed_at": "2026-03-02T14:30:00Z"}
    assert (first.type, first.data) == (
        EventType.GAP_OPENED,
        {"gap": gap.id, "source": gap.source_id, "cause": "no overlap", **bounds},
    )
    assert (second.type, second.data["found"], second.data["opened_at"]) == (
        EventType.GAP_CLOSED,
        7,
        bounds["opened_at"],
    )
    told = line(archive, gap)
    assert (told.state, told.found, told.ended_at) == ("closed", 7, NOW + MINUTE)
    assert told.outcome == "a row known from before, listing page 2"
    assert {("gap", "no overlap", 1), ("gap", "closed", 1), ("gap", "releases found later", 7)} <= set(
        archive.tallies(0)
    )


def test_the_incident_ends_with_the_last_gap_that_was_tried_in_vain(archive: Archive) -> None:
    source = add_source(archive)
    one, two = opened(archive, source), opened(archive, source, at=NOW + HOUR)
    for gap in (one, two):
        with archive.writing(NOW + HOUR) as work:
            gaps.leave_open(work, gap, "listing: forbidden: HTTP 403", None, incident=True)
    assert incidents(archive) == [(IncidentKind.GAP.value, False)]
    with archive.writing(NOW + HOUR) as work:
        gaps.close_gap(work, one, "proved")
    assert incidents(archive) == [(IncidentKind.GAP.value, False)]
    with archive.writing(NOW + HOUR) as work:
        gaps.close_gap(work, two, "proved")
    assert incidents(archive) == [(IncidentKind.GAP.value, True)]


def test_the_open_gaps_of_a_source_come_latest_first(archive: Archive) -> None:
    source, other = add_source(archive), add_source(archive, "other")
    old, new = opened(archive, source), opened(archive, source, at=NOW + 2 * HOUR)
    opened(archive, other)
    with archive.database.reading() as connection:
        assert [gap.id for gap in gaps.open_gaps(connection, source.id)] == [new.id, old.id]


def test_a_row_is_known_from_when_any_source_or_release_showed_it_first(archive: Archive) -> None:
    source, other = add_source(archive), add_source(archive, "other")
    list_rows(archive, source, listed(1), now=NOW - 2 * HOUR)
    list_rows(archive, source, listed(2), now=NOW)
    list_rows(archive, other, listed(2), listed(3), now=NOW - HOUR)
    store(archive, release(url="https://acme.example/news/4"), seen=NOW - 3 * HOUR)
    rows = [listed(n) for n in range(1, 6)] + [Listed(url=None, guid="g", title="t")]
    keys = [url_key(row.url) if row.url else None for row in rows]
    with archive.database.reading() as connection:
        _, seen, mine = gaps.first_seen(connection, source, rows, keys)
    assert seen == [NOW - 2 * HOUR, NOW - HOUR, NOW - HOUR, NOW - 3 * HOUR, None, None]
    assert mine == [True, True, False, False, False, False]


def test_what_was_erased_was_here_long_ago(archive: Archive) -> None:
    source = add_source(archive)
    kept = store(archive, release(url="https://acme.example/news/1"))
    erase(archive, [kept.release_id], NOW)
    with archive.database.reading() as connection:
        _, [seen], _ = gaps.first_seen(connection, source, [listed(1)], [url_key("https://acme.example/news/1")])
    assert seen == gaps.LONG_AGO


def test_the_lag_of_stamps_is_the_least_there_was(archive: Archive) -> None:
    source = add_source(archive)
    with archive.database.reading() as connection:
        assert gaps.stamps_lag_s(connection, source.id) == 0
    list_rows(archive, source, listed(1, stamp=NOW - 5 * HOUR), listed(2, stamp=NOW - 9 * HOUR), listed(3))
    list_rows(archive, source, listed(4, stamp=NOW), origin=Origin.SEED)
    with archive.database.reading() as connection:
        assert gaps.stamps_lag_s(connection, source.id) == 5 * 3_600


def test_the_share_that_was_missed_counts_what_polls_and_back_fill_brought(archive: Archive) -> None:
    source = add_source(archive)
    origins = [Origin.LIVE] * 3 + [Origin.GAP, Origin.SEED, Origin.HISTORY]
    for n, origin in enumerate(origins):
        store(archive, release(f"No. {n}", body=f"Text {n}"), origin=origin, source_id=source.id)
    store(archive, release("Old", body="Old", published_at=NOW - 300 * HOUR), origin=Origin.GAP, source_id=source.id)
    store(archive, release("Of a file", body="File"), origin=Origin.FILE)
    with archive.database.reading() as connection:
        found = gaps.missed_since(connection, NOW - 24 * HOUR)
    assert found == {source.id: gaps.Missed(1, 4)}
    assert found[source.id].rate == 0.25
    assert gaps.Missed(0, 0).rate is None


# ------------------------------------------------------------------ what an answer is compared with


def polled(archive: Archive, source: Source, *rows: Listed, now=NOW) -> None:
    list_rows(archive, source, *rows, now=now)
    with archive.writing(now) as work:
        before = last_sight(work.connection, source.id)
        assert before is not None
        note_sight(work, source.id, replace(before, at=now, window=len(rows), span_s=60.0))


def test_an_answer_is_remembered_by_its_rows_and_those_of_others_are_none_of_it(archive: Archive) -> None:
    source = add_source(archive)
    with archive.database.reading() as connection:
        assert last_sight(connection, source.id) is None
    polled(archive, source, listed(2), listed(1), now=NOW - HOUR)
    polled(archive, source, listed(3), listed(2), now=NOW)
    list_rows(archive, source, listed(9), now=NOW + MINUTE, origin=Origin.GAP)
    with archive.database.reading() as connection:
        found = last_sight(connection, source.id)
    assert found is not None
    assert (found.at, found.window, found.span_s) == (NOW, 2, 60.0)
    assert [row.title for row in found.rows] == ["Release 3", "Release 2"]


def test_an_archive_of_an_older_program_is_compared_with_what_its_last_poll_listed(archive: Archive) -> None:
    source = add_source(archive)
    list_rows(archive, source, listed(2), listed(1), now=NOW - HOUR)
    list_rows(archive, source, listed(9), now=NOW, origin=Origin.HISTORY)
    with archive.database.reading() as connection:
        found = last_sight(connection, source.id)
    assert found is not None
    assert (found.at, found.window) == (NOW - HOUR, 2)


def test_a_row_first_seen_after_the_last_answer_is_not_known_by_it(archive: Archive) -> None:
    source = add_source(archive)
    polled(archive, source, listed(1, stamp=NOW - HOUR), listed(0), now=NOW)
    list_rows(archive, source, listed(2), now=NOW + MINUTE, origin=Origin.GAP)
    rows = [listed(3), listed(2), listed(1, stamp=NOW)]
    with archive.writing(NOW + HOUR) as work:
        seen = known(work, source_named(archive), rows, [url_key(str(row.url)) for row in rows])
        shown = shown_rows(work.connection, source.id, rows, seen, last_sight(work.connection, source.id))
    assert [(row.known, row.restamped) for row in shown] == [(False, False), (False, False), (True, True)]


def test_months_of_entries_make_the_last_answer_no_dearer_to_find(sqlite_archive: Archive) -> None:
    """Counted on SQLite; the index that does it is the same on PostgreSQL."""
    archive = sqlite_archive
    source = add_source(archive)

    def cost() -> int:
        with archive.database.reading() as connection:
            found = last_sight(connection, source.id)
            assert found is not None
            assert len(found.rows) == 20
            return sqlite_steps(connection, lambda: last_sight(connection, source.id))

    polled(archive, source, *[listed(n) for n in range(20)], now=NOW - HOUR)
    few = cost()
    for day in range(8):
        list_rows(
            archive, source, *[listed(n + 10_000 * (day + 1)) for n in range(5_000)], now=NOW - (day + 2) * 24 * HOUR
        )
    polled(archive, source, *[listed(n) for n in range(20)], now=NOW)
    assert 0 < few <= cost() < 2 * few
