"""Incidents that are not told yet, and notices in the outbox."""

from __future__ import annotations

from datetime import timedelta

from shelf import NOW, add_source

from news.alert import MessageKind, Sent
from news.notice import Notice, NoticeType, Trouble
from news.source import IncidentKind
from storage import outbox
from storage.archive import Archive
from storage.incidents import begin, end
from storage.notices import last_told_at, mark_told, notices, open_troubles, put, untold
from storage.outbox import Address

LATER = NOW + timedelta(hours=1)
TROUBLE = Trouble(source="acme-feed", kind=IncidentKind.STALE, since=NOW, detail="nothing for 3 h")
NOTICE = Notice(type=NoticeType.DOWN, subject="s", sentence="t", advice="a", troubles=(TROUBLE,))


def ask(archive: Archive):
    with archive.database.reading() as connection:
        return [(each.trouble.source, each.trouble.until, each.begun) for each in untold(connection)]


def test_a_beginning_and_an_end_are_untold_until_they_are_marked(archive: Archive) -> None:
    source = add_source(archive).id
    with archive.writing(NOW) as work:
        first = begin(work, source, IncidentKind.STALE, "nothing for 3 h")
    assert first is not None
    assert ask(archive) == [("acme-feed", None, False)]
    with archive.writing(NOW) as work:
        mark_told(work, {first}, ())
    assert ask(archive) == []
    with archive.database.reading() as connection:
        assert open_troubles(connection) == [TROUBLE]
    with archive.writing(LATER) as work:
        end(work, source, IncidentKind.STALE)
    assert ask(archive) == [("acme-feed", LATER, True)]
    with archive.writing(LATER) as work:
        mark_told(work, (), {first})
    assert ask(archive) == []
    with archive.database.reading() as connection:
        assert open_troubles(connection) == []


def test_a_notice_is_delivered_as_anything_else_is_and_comes_back_as_it_was_written(archive: Archive) -> None:
    with archive.database.reading() as connection:
        assert last_told_at(connection) is None
    with archive.writing(NOW) as work:
        put(work, NOTICE, [Address(channel="mail", recipient=f"{n}@a.example", key=f"k{n}", thread="t") for n in "ab"])
        put(work, NOTICE, [])
    claimed = outbox.claim_deliveries(archive.database, NOW, holder="me", lease=timedelta(minutes=1), room={"mail": 1})
    [delivery] = claimed
    assert (delivery.message.kind, delivery.message.notice, delivery.message.alerts) == (
        MessageKind.NOTICE,
        NOTICE,
        (),
    )
    with archive.writing(NOW) as work:
        outbox.settle(work, delivery, Sent(), None)
    with archive.database.reading() as connection:
        assert last_told_at(connection) == NOW
        found = notices(connection, 5)
        assert [(line.notice, line.sent, line.deliveries) for line in found] == [(NOTICE, 0, 0), (NOTICE, 1, 2)]
        assert [line.id for line in notices(connection, 5, cursor=found[0].id)] == [found[1].id]
    assert [line.alert_ids for line in archive.deliveries()] == [(), ()]
