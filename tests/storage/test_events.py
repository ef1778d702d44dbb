"""Events: what happened, in commit order, under numbers that are never given twice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from shelf import NOW, release, store

from news.source import EventType
from news.verdict import Copy
from storage import archive as archive_module
from storage.archive import Archive


def test_seqs_rise_in_commit_order_also_under_many_writers(archive: Archive) -> None:
    def write(name: str) -> None:
        for number in range(15):
            with archive.writing(NOW) as work:
                work.event(EventType.RULE_CHANGED, who=name, number=number)
                work.event(EventType.RULE_CHANGED, who=name, number=number)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = archive.events(0)
    seqs = [event.seq for event in events]
    assert len(events) == 120
    assert seqs == sorted(set(seqs))
    assert max(seqs) == archive.last_seq()
    # The two of one commit stand side by side: no other came between.
    assert all(one.data == other.data for one, other in zip(events[::2], events[1::2], strict=True))
    for name in "abcd":
        assert [event.data["number"] for event in events if event.data["who"] == name][::2] == list(range(15))


def test_work_that_is_rolled_back_leaves_no_event_and_no_row(archive: Archive) -> None:
    before = archive.last_seq()
    with pytest.raises(ZeroDivisionError), archive.writing(NOW) as work:  # noqa: PT012 - what is undone is a block
        work.event(EventType.RULE_CHANGED)
        raise ZeroDivisionError
    assert archive.events(0) == []
    assert archive.last_seq() == before


def test_a_release_rolled_back_alone_takes_its_event_along_and_its_seq_is_skipped(archive: Archive) -> None:
    with archive.writing(NOW) as work:
        first = work.event(EventType.RULE_CHANGED, kept=1)
        with pytest.raises(ZeroDivisionError), work.savepoint():  # noqa: PT012 - what is undone is a block
            work.event(EventType.RULE_CHANGED, kept=0)
            raise ZeroDivisionError
        last = work.event(EventType.RULE_CHANGED, kept=2)
    assert [event.seq for event in archive.events(0)] == [first, last]
    assert last > first + 1


def test_seqs_start_at_the_time_and_go_on_from_there(archive: Archive, url: str) -> None:
    micros = int(NOW.timestamp() * 1_000_000)
    assert archive.last_seq() == micros
    store(archive, release())
    used = archive.last_seq()
    archive.close()
    later = Archive.open(url, now=NOW + timedelta(seconds=1))
    assert later.last_seq() == micros + 1_000_000
    later.close()
    # A clock that was set back, or a burst above one event a microsecond, never lowers it.
    earlier = Archive.open(url, now=NOW - timedelta(days=1))
    assert earlier.last_seq() == micros + 1_000_000 > used
    earlier.close()


def test_a_restored_copy_never_gives_a_seq_again(archive: Archive, url: str) -> None:
    with archive.database.writing() as connection:
        connection.exec_driver_sql("UPDATE ingest_counter SET seq = 5")  # as an old backup has it
    archive.close()
    restored = Archive.open(url, now=NOW)
    assert restored.last_seq() == int(NOW.timestamp() * 1_000_000)
    restored.close()


def test_events_are_read_from_a_seq_on(archive: Archive) -> None:
    first, second = store(archive, release("One")), None
    mark = archive.last_seq()
    second = store(archive, release("Two"), Copy(of=first.release_id, why="the same text"))
    after = archive.events(mark)
    assert [(event.type, event.data["release"]) for event in after] == [(EventType.RELEASE_STORED, second.release_id)]
    assert after[0].data["copy_of"] == first.release_id
    assert after[0].at == NOW
    assert archive.events(archive.last_seq()) == []
    assert len(archive.events(0, limit=1)) == 1


def test_old_events_are_dropped_and_the_rest_kept(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        store(archive, release(f"Release {number}"), now=NOW + timedelta(days=number * 10))
    archive.tidy(NOW + timedelta(days=50))
    assert [event.at for event in archive.events(0)] == [NOW + timedelta(days=days) for days in (20, 30, 40, 50)]
    monkeypatch.setattr(archive_module, "EVENTS_KEPT_MAX", 2)
    archive.tidy(NOW + timedelta(days=50))
    assert [event.at for event in archive.events(0)] == [NOW + timedelta(days=days) for days in (40, 50)]
    assert archive.first_seq() == archive.events(0)[0].seq
    assert archive.last_seq() > archive.first_seq()
