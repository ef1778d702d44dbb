"""What is remembered of a source's health, when something came of it, and what is wrong with it now."""

from __future__ import annotations

from datetime import timedelta

from shelf import NOW, add_source, configure, list_rows, listed, source_named
from sqlalchemy import select

from news.release import Origin
from news.source import EventType, IncidentKind
from storage.archive import Archive
from storage.health import arrivals, remember, remembered
from storage.incidents import begin, end, ended_since, incidents, kinds_open
from storage.sources import SourceSpec
from storage.tables import ENTRY

HOUR = timedelta(hours=1)
DOWN, EMPTY, LATE = IncidentKind.DOWN, IncidentKind.EMPTY, IncidentKind.LATE


def test_a_memory_lasts_and_is_forgotten_with_the_address(archive: Archive) -> None:
    spec = SourceSpec("a", "acme", "feed", "https://acme.example/1", 60, False, True, "config")
    configure(archive, spec)
    source = source_named(archive, "a").id
    with archive.writing(NOW) as work:
        assert remembered(work.connection, source) is None
        remember(work, source, {"top": ["a"], "days": {"2026-03-02": {"read": 1}}})
    configure(archive, spec)
    with archive.database.reading() as connection:
        assert remembered(connection, source) == {"top": ["a"], "days": {"2026-03-02": {"read": 1}}}
    moved = SourceSpec("a", "acme", "feed", "https://acme.example/2", 60, False, True, "config")
    configure(archive, moved)
    with archive.database.reading() as connection:
        assert remembered(connection, source) is None


def test_what_was_seen_live_came_then_and_all_else_at_its_stamp(archive: Archive) -> None:
    source = add_source(archive)
    early, ahead = NOW - 50 * HOUR, NOW + 50 * HOUR
    list_rows(archive, source, listed(1, stamp=early), listed(2), listed(3, stamp=ahead), origin=Origin.SEED)
    list_rows(archive, source, listed(4, stamp=early), listed(5), now=NOW + HOUR)
    list_rows(archive, source, listed(6, stamp=early), origin=Origin.GAP)
    with archive.database.reading() as connection:
        found = arrivals(connection, 0)
        ids = list(connection.execute(select(ENTRY.c.id).order_by(ENTRY.c.id)).scalars())
        steps = [arrivals(connection, 0, limit=4)]
        while steps[-1].last is not None:
            steps.append(arrivals(connection, steps[-1].last, limit=4))
    assert found.rows == tuple((source.id, at) for at in (early, NOW, NOW + HOUR, NOW + HOUR, early))
    assert found.last == ids[-1]
    assert sum((step.rows for step in steps), ()) == found.rows
    assert len(steps) == 3


def test_what_lasts_and_what_ended_lately_is_listed_newest_first(archive: Archive) -> None:
    one, two = add_source(archive, "one").id, add_source(archive, "two").id
    for hour, (source, kind, lasts) in enumerate(
        [(one, DOWN, False), (one, DOWN, False), (one, EMPTY, True), (two, LATE, True), (one, LATE, False)]
    ):
        with archive.writing(NOW + hour * HOUR) as work:
            begin(work, source, kind, f"no. {hour}")
            if not lasts:
                end(work, source, kind)
    with archive.database.reading() as connection:
        assert kinds_open(connection, one) == {EMPTY}
        assert ended_since(connection, one, NOW + HOUR) == {DOWN: 1, LATE: 1}
        every = incidents(connection, since=NOW + HOUR)
        mine = incidents(connection, since=NOW, source_id=one)
        lasting = incidents(connection, since=NOW, open_only=True)
    assert [each.detail for each in every] == ["no. 4", "no. 3", "no. 2", "no. 1"]
    assert [each.detail for each in mine] == ["no. 4", "no. 2", "no. 1", "no. 0"]
    assert [(each.detail, each.source_id, each.kind, each.ended_at) for each in lasting] == [
        ("no. 3", two, LATE, None),
        ("no. 2", one, EMPTY, None),
    ]


def test_events_name_the_source_and_the_kind_of_trouble(archive: Archive) -> None:
    source = add_source(archive).id
    with archive.writing(NOW) as work:
        id_ = begin(work, source, DOWN, "timeout: no answer")
        end(work, source, DOWN)
    [down, up] = archive.events(0)
    told = {"source": source, "name": "acme-feed", "incident": id_, "kind": "down"}
    assert (down.type, down.data) == (EventType.SOURCE_DOWN, told | {"reason": "timeout: no answer"})
    assert (up.type, up.data) == (EventType.SOURCE_UP, told)
