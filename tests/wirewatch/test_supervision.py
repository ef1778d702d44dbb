"""The daemon's eye on its sources, over weeks of simulated time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from config import Settings
from ingest.health import Memory, stored_memory
from news.release import Completeness, Origin, Release, StampSource
from news.source import IncidentKind
from news.verdict import New
from storage.archive import Archive
from storage.health import remember
from storage.incidents import begin, incidents, kinds_open
from storage.keeping import keep
from storage.sources import SourceSpec, add_source, sync_sources
from storage.tables import ENTRY, SOURCE
from wirewatch.prepared import Incoming, prepare
from wirewatch.supervision import Supervision
from wirewatch.watch import Watch

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(f"sqlite:///{tmp_path / 'w.db'}", now=MONDAY, durability="NORMAL")
    with opened.writing(MONDAY) as work:
        add_source(work, SourceSpec("acme", "acme", "feed", "https://acme.example/feed", 60, False, True, "config"))
    yield opened
    opened.close()


@pytest.fixture
def eye(archive: Archive) -> Supervision:
    return Supervision(archive, Settings(), asyncio.Event())


def list_entries(archive: Archive, times: list[datetime], *, origin: Origin = Origin.LIVE) -> None:
    rows = [
        {
            "source_id": 1,
            "key": f"{origin.value}{at.isoformat()}{n}",
            "title": "x",
            "listed": {},
            "state": "stored",
            "origin": origin.value,
            "first_seen_at": at if origin is Origin.LIVE else MONDAY + 90 * DAY,
            "last_listed_at": at,
            "stamp": at,
        }
        for n, at in enumerate(times)
    ]
    with archive.database.writing() as connection:
        connection.execute(insert(ENTRY), rows)


def look(archive: Archive, eye: Supervision, now: datetime, *, polled: bool = True) -> list[str]:
    """What is wrong with the source at `now`, just polled well."""
    if polled:
        with archive.database.writing() as connection:
            connection.execute(update(SOURCE).values(last_good_at=now))
    while eye.catch_up():
        pass
    eye.look_for_silence(now)
    eye.look_for_slips(now)
    with archive.database.reading() as connection:
        return sorted(kinds_open(connection, 1))


def office_hours(weeks: int) -> list[datetime]:
    """Something every ten minutes from 7 to 17 o'clock on working days."""
    days = [MONDAY + n * DAY for n in range(7 * weeks) if n % 7 < 5]
    return [day + 7 * HOUR + timedelta(minutes=10 * n) for day in days for n in range(60)]


def test_a_source_that_falls_silent_on_a_monday_morning_is_told_by_its_own_past(
    archive: Archive, eye: Supervision
) -> None:
    list_entries(archive, office_hours(4))
    monday = MONDAY + 28 * DAY
    assert look(archive, eye, monday + 7 * HOUR) == [], "the weekend is always quiet"
    assert look(archive, eye, monday + 12 * HOUR, polled=False) == [], "nobody polled it since"
    assert look(archive, eye, monday + 10 * HOUR) == ["stale"]
    look(archive, eye, monday + 11 * HOUR)
    with archive.database.reading() as connection:
        [told] = incidents(connection, since=monday)
    assert told.detail == (
        "nothing new since 2026-03-27 16:50 UTC, for 2 days 17 hours, though in that stretch of the week it usually "
        "brings something 19 times"
    )


def test_silence_behind_a_cache_is_told_as_an_old_copy(archive: Archive, eye: Supervision) -> None:
    list_entries(archive, office_hours(4))
    with archive.writing(MONDAY + 28 * DAY) as work:
        remember(work, 1, stored_memory(Memory(age_s=2.5 * 86_400)))
    assert look(archive, eye, MONDAY + 28 * DAY + 10 * HOUR) == ["old-copy"]


def test_silence_that_is_explained_is_not_told_again(archive: Archive, eye: Supervision) -> None:
    list_entries(archive, office_hours(4))
    with archive.writing(MONDAY + 27 * DAY) as work:
        begin(work, 1, IncidentKind.EMPTY, "shows nothing")
    assert look(archive, eye, MONDAY + 28 * DAY + 10 * HOUR) == ["empty"]


def test_what_stood_before_the_first_poll_is_past_too_and_new_arrivals_are_taken_over(
    archive: Archive, eye: Supervision
) -> None:
    list_entries(archive, office_hours(4), origin=Origin.SEED)
    assert look(archive, eye, MONDAY + 28 * DAY + 7 * HOUR) == []
    list_entries(archive, [MONDAY + 28 * DAY + 9 * HOUR])
    assert look(archive, eye, MONDAY + 28 * DAY + 10 * HOUR) == []
    assert look(archive, eye, MONDAY + 28 * DAY + 14 * HOUR) == ["stale"]


def test_polls_that_are_not_made_are_a_warning_at_the_second_look(archive: Archive, eye: Supervision) -> None:
    minute = timedelta(minutes=1)
    assert eye.stalled(MONDAY + 60 * minute) == {}, "it only just started"
    assert eye.stalled(MONDAY + 65 * minute) == {}
    [told] = eye.stalled(MONDAY + 71 * minute).values()
    assert told == (
        "polls fall behind: 1 source should have been asked over 10 minutes ago (acme); "
        "if it stays so, start the daemon anew"
    )
    with archive.database.writing() as connection:
        connection.execute(update(SOURCE).values(next_poll_at=MONDAY + 70 * minute))
    assert eye.stalled(MONDAY + 72 * minute) == {}
    assert eye.stalled(MONDAY + 600 * minute) == {}, "the machine slept"


def test_a_source_that_is_polled_no_more_is_in_no_trouble(archive: Archive, eye: Supervision) -> None:
    with archive.writing(MONDAY) as work:
        begin(work, 1, IncidentKind.DOWN, "no answer")
        begin(work, 1, IncidentKind.GAP, "told by others")
        sync_sources(work, [])
    assert look(archive, eye, MONDAY + HOUR) == ["gap"]


def store(archive: Archive, count: int, seen: datetime, *, late_s: float, source_id: int = 1, **more: object) -> None:
    """So many releases, a minute apart until `seen`, each that late."""
    for n in range(count):
        at = seen - timedelta(minutes=count - 1 - n)
        given = {"issuer": "Acme", "language": "en", "body": f"Of {at:%d %H %M}.", **more}
        release = Release(
            wire="acme",
            headline=f"Plant {at.isoformat()}",
            published_at=at - timedelta(seconds=late_s),
            published_at_source=StampSource.META,
            **given,  # type: ignore[arg-type]
        )
        incoming = Incoming(release=release, origin=Origin.LIVE, seen_at=at)
        item = prepare(incoming, Watch(), at)
        with archive.writing(at) as work:
            kept = keep(work, item.to_keep(), New())
            work.connection.exec_driver_sql(f"UPDATE release SET source_id = {source_id} WHERE id = {kept.release_id}")  # noqa: S608


def test_an_objective_that_slips_is_told_and_ends_when_it_is_met_again(archive: Archive, eye: Supervision) -> None:
    store(archive, 19, MONDAY + HOUR, late_s=600)
    assert look(archive, eye, MONDAY + 2 * HOUR) == [], "19 releases tell nothing yet"
    store(archive, 1, MONDAY + 2 * HOUR, late_s=600)
    assert look(archive, eye, MONDAY + 2 * HOUR) == ["late"]
    with archive.database.reading() as connection:
        [told] = incidents(connection, since=MONDAY)
    assert told.detail == (
        "of 20 releases of the last day 0% were seen within 3 minutes of their stamps; 95% are wanted"
    )
    store(archive, 30, MONDAY + DAY + 4 * HOUR, late_s=30)
    assert look(archive, eye, MONDAY + DAY + HOUR) == ["late"], "the slow ones still count"
    assert look(archive, eye, MONDAY + DAY + 5 * HOUR) == []


def test_an_objective_of_which_nothing_can_be_told_any_more_is_let_go(archive: Archive, eye: Supervision) -> None:
    store(archive, 20, MONDAY + HOUR, late_s=600)
    assert look(archive, eye, MONDAY + HOUR) == ["late"]
    assert look(archive, eye, MONDAY + 5 * DAY) == ["late"]
    assert look(archive, eye, MONDAY + 9 * DAY) == []


def test_a_source_has_an_objective_of_its_own(archive: Archive, eye: Supervision) -> None:
    store(archive, 20, MONDAY + HOUR, late_s=600)
    with archive.database.writing() as connection:
        connection.execute(update(SOURCE).values(objective_s=900.0))
    assert look(archive, eye, MONDAY + HOUR) == []


def test_a_redesign_is_told_when_releases_lack_what_they_had_and_mended_when_they_have_it_again(
    archive: Archive, eye: Supervision
) -> None:
    store(archive, 120, MONDAY, late_s=5)
    now = MONDAY + 10 * DAY
    store(archive, 30, now, late_s=5)
    assert look(archive, eye, now) == []
    store(archive, 25, now + HOUR, late_s=5, body="", completeness=Completeness.TEASER)
    assert look(archive, eye, now + HOUR) == ["drift"]
    with archive.database.reading() as connection:
        [told] = incidents(connection, since=MONDAY)
    newest = archive.latest(1)[0].id
    assert told.detail == (
        "its newest releases lack what they used to have: "
        f"body (100% before, 38% now, none in release {newest}); was the page redesigned?"
    )
    store(archive, 30, now + 3 * HOUR, late_s=5)
    assert look(archive, eye, now + 3 * HOUR) == ["drift"], "a quarter is still missing"
    store(archive, 10, now + 4 * HOUR, late_s=5)
    assert look(archive, eye, now + 4 * HOUR) == []


def test_a_quiet_newsroom_is_judged_by_its_few_newest_releases_against_its_year(
    archive: Archive, eye: Supervision
) -> None:
    for week in range(16):
        store(archive, 1, MONDAY + 7 * week * DAY, late_s=5)
    now = MONDAY + 112 * DAY
    for n in range(4):
        store(archive, 1, now + 7 * n * DAY, late_s=5, issuer=None)
    assert look(archive, eye, now + 22 * DAY) == [], "four short ones may be chance"
    store(archive, 1, now + 28 * DAY, late_s=5, issuer=None)
    assert look(archive, eye, now + 28 * DAY + HOUR) == ["drift"]
    with archive.database.reading() as connection:
        [told] = incidents(connection, since=MONDAY)
    newest = archive.latest(1)[0].id
    assert told.data["fields"]["issuer"]["release"] == newest
    for n in range(5):
        store(archive, 1, now + (35 + 7 * n) * DAY, late_s=5)
        assert look(archive, eye, now + (35 + 7 * n) * DAY + HOUR) == ([] if n >= 3 else ["drift"])


def test_a_redesign_of_a_wire_is_one_incident_though_several_sources_show_it(archive: Archive) -> None:
    with archive.writing(MONDAY) as work:
        for name in ("one", "two"):
            spec = SourceSpec(name, "globenewswire", "feed", f"https://{name}.example/", 60, False, True, "config")
            add_source(work, spec)
    eye, now = Supervision(archive, Settings(), asyncio.Event()), MONDAY + 10 * DAY
    for source_id in (2, 3):
        store(archive, 80, MONDAY, late_s=5, source_id=source_id)
        store(archive, 15, now, late_s=5, source_id=source_id, body="", completeness=Completeness.TEASER)
    assert look(archive, eye, now + HOUR) == []
    with archive.database.reading() as connection:
        assert [sorted(kinds_open(connection, id_) & {IncidentKind.DRIFT}) for id_ in (2, 3)] == [["drift"], []]
    for source_id in (2, 3):
        store(archive, 40, now + 2 * HOUR, late_s=5, source_id=source_id)
    look(archive, eye, now + 3 * HOUR)
    with archive.database.reading() as connection:
        assert kinds_open(connection, 2) & {IncidentKind.DRIFT} == set()
