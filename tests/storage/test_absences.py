"""Signs of life, and what is made of a stretch without any."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from shelf import NOW, release, store

from news.alert import Absence, AbsenceCause
from news.release import Origin
from news.source import EventType
from storage.absences import AWAY_AFTER, absences, beat, count_alert, last_beat, latest, returned
from storage.archive import Archive

BACK = NOW + timedelta(hours=5)
AWAY = Absence(gone_at=NOW, back_at=BACK, cause=AbsenceCause.STOPPED)


def alive(archive: Archive, hours: float = 0) -> None:
    with archive.writing(NOW + timedelta(hours=hours)) as work:
        beat(work)


def come_back(archive: Archive, hours: float, cause: AbsenceCause = AbsenceCause.STOPPED) -> Absence | None:
    with archive.writing(NOW + timedelta(hours=hours)) as work:
        return returned(work, cause)


def test_a_new_archive_was_never_away(archive: Archive) -> None:
    assert come_back(archive, 99) is None
    with archive.database.reading() as connection:
        assert last_beat(connection) is None
        assert absences(connection, 5) == []


def test_a_stretch_without_a_sign_of_life_is_recorded_once(archive: Archive) -> None:
    alive(archive)
    assert come_back(archive, AWAY_AFTER / timedelta(hours=1)) is None
    assert come_back(archive, -3) is None, "a clock that was set back"
    assert come_back(archive, 5) == AWAY
    assert come_back(archive, 5) is None
    assert come_back(archive, 5.01) is None
    with archive.database.reading() as connection:
        assert last_beat(connection) == BACK
        assert latest(connection, BACK) == AWAY
        assert latest(connection, BACK + timedelta(seconds=1)) is None
    [event] = archive.events(0)
    assert (event.type, event.data["cause"]) == (EventType.WATCH_RETURNED, "stopped")


def test_what_was_rolled_back_was_not_recorded(archive: Archive) -> None:
    alive(archive)
    with suppress(ZeroDivisionError), archive.writing(BACK) as work:
        returned(work, AbsenceCause.ASLEEP)
        _ = 1 / 0
    assert come_back(archive, 5) == AWAY


def test_what_came_meanwhile_and_was_found_after_is_counted(archive: Archive) -> None:
    alive(archive)
    come_back(archive, 5)
    minutes = {"before": -1, "during": 60, "at the end": 299, "after": 301}
    for name, at in minutes.items():
        stamp = NOW + timedelta(minutes=at)
        store(
            archive, release(name, url=f"https://a.example/{at}", published_at=stamp), now=BACK + timedelta(minutes=9)
        )
    during = release("seeded", url="https://a.example/seed", published_at=NOW + timedelta(minutes=61))
    store(archive, during, now=BACK, origin=Origin.SEED)
    seen_then = release("seen then", url="https://a.example/then", published_at=NOW + timedelta(minutes=62))
    store(archive, seen_then, now=NOW + timedelta(minutes=63))
    with archive.writing(BACK) as work:
        count_alert(work, AWAY)
        count_alert(work, AWAY)
    with archive.database.reading() as connection:
        assert absences(connection, 5) == [(AWAY, 2, 2)]


def test_absences_are_listed_newest_first(archive: Archive) -> None:
    alive(archive)
    for hours in (1, 3, 9):
        come_back(archive, hours, AbsenceCause.ASLEEP)
    with archive.database.reading() as connection:
        found = [(each.back_at - NOW).total_seconds() / 3600 for each, _, _ in absences(connection, 2)]
    assert found == [9, 3]
