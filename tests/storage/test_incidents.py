"""One incident of a kind at a time, however often it is noticed."""

from __future__ import annotations

from datetime import timedelta

from shelf import NOW, add_source
from sqlalchemy import select

from news.source import EventType, IncidentKind
from storage.archive import Archive
from storage.incidents import begin, end
from storage.tables import EVENT, INCIDENT


def test_an_incident_begins_once_and_ends_once_and_may_come_again(archive: Archive) -> None:
    source = add_source(archive).id
    began, ended = [], []
    for minute in range(3):
        with archive.writing(NOW + timedelta(minutes=minute)) as work:
            began.append(begin(work, source, IncidentKind.STALE, "nothing for 3 h", {"hours": 3}))
            began.append(begin(work, source, IncidentKind.EMPTY, "well formed, and empty"))
    with archive.writing(NOW + timedelta(hours=1)) as work:
        ended = [end(work, source, IncidentKind.STALE) for _ in range(2)]
        again = begin(work, source, IncidentKind.STALE, "once more")
    assert began[2:] == [None] * 4
    assert ended == [began[0], None]
    assert again not in {None, *began}
    with archive.database.reading() as connection:
        rows = connection.execute(select(INCIDENT).order_by(INCIDENT.c.id)).all()
        types = connection.execute(select(EVENT.c.type).order_by(EVENT.c.seq)).scalars().all()
    assert [(row.kind, row.opened_at, row.ended_at) for row in rows] == [
        ("stale", NOW, NOW + timedelta(hours=1)),
        ("empty", NOW, None),
        ("stale", NOW + timedelta(hours=1), None),
    ]
    down, up = EventType.SOURCE_DOWN.value, EventType.SOURCE_UP.value
    assert types == [down, down, up, down]
