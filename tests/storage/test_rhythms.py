"""Rhythms as stored, and the times that they are learned from."""

from __future__ import annotations

from datetime import timedelta

from shelf import NOW, add_source, list_rows, listed

from ingest.cadence import Pace
from ingest.rhythm import Rhythm, of_data
from news.release import Origin
from storage.archive import Archive
from storage.rhythms import entry_times, first_seen, fitted_at, store_rhythms, stored_rhythms
from storage.sources import PollEnd, end_poll, sources

HOUR = timedelta(hours=1)


def test_a_rhythm_is_stored_and_replaced(archive: Archive) -> None:
    source = add_source(archive)
    for rhythm, at in ((Rhythm(0.5), NOW), (Rhythm(0.25, "America/New_York", entries=7), NOW + HOUR)):
        with archive.writing(at) as work:
            store_rhythms(work, [(source.id, rhythm.as_data())])
        with archive.database.reading() as connection:
            assert of_data(stored_rhythms(connection)[source.id]) == rhythm
            assert fitted_at(connection) == {source.id: at}


def test_entry_times_come_in_steps_since_an_instant(archive: Archive) -> None:
    source = add_source(archive)
    list_rows(archive, source, listed(1, stamp=NOW - HOUR), listed(2), origin=Origin.SEED)
    list_rows(archive, source, listed(3, stamp=NOW + HOUR), now=NOW + HOUR)
    with archive.database.reading() as connection:
        assert first_seen(connection, source.id) == NOW
        found = []
        while step := entry_times(connection, source.id, NOW, after=found[-1].id if found else 0, limit=2):
            found += step
        assert [(each.stamp, each.first_seen_at, each.live) for each in found] == [
            (NOW - HOUR, NOW, False),
            (None, NOW, False),
            (NOW + HOUR, NOW + HOUR, True),
        ]
        assert [each.live for each in entry_times(connection, source.id, NOW + HOUR)] == [True]
        assert entry_times(connection, source.id + 1, NOW) == []


def test_the_pace_is_written_with_the_poll_and_kept_where_a_poll_says_nothing(archive: Archive) -> None:
    source = add_source(archive)
    pace = Pace(1.0, 2.0, NOW.timestamp()).as_data()
    for told in (pace, None):
        with archive.writing(NOW) as work:
            end_poll(work, source, PollEnd(outcome="ok", ok=True, read=True, next_poll_at=NOW + HOUR, pace=told))
        with archive.database.reading() as connection:
            assert sources(connection)[0].state.pace == pace
