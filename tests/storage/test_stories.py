"""Stories joined and split by hand, and what later copies make of that."""

from __future__ import annotations

from datetime import timedelta

import pytest
from shelf import NOW, a_rule, alert_of, release, store
from sqlalchemy import select

from news.source import EventType
from news.verdict import Copy, Joins, Revision
from storage.archive import Archive
from storage.joining import apart_from
from storage.keeping import Kept
from storage.outbox import queue
from storage.stories import StoryError, merge, split, stories, story_named
from storage.tables import STORY


def stored(archive: Archive, number: int, verdict: object = None, **more: object) -> Kept:
    new = release(f"Plant {number}", url=f"https://acme.example/{number}", **more)
    return store(archive, new, *([verdict] if verdict else []), now=NOW + timedelta(minutes=number))


def members(archive: Archive, story: int) -> list[int]:
    return [member.id for member in archive.story(story)]


def told(archive: Archive, kept: Kept, rule: int) -> int | None:
    with archive.writing(NOW) as work:
        return queue(work, alert_of(kept, rule), [], due_at=NOW)


def test_two_stories_become_one_and_what_was_told_stays_told(archive: Archive) -> None:
    one, other = stored(archive, 1), stored(archive, 2)
    rule, second = a_rule(archive), a_rule(archive, "second")
    assert told(archive, one, rule)
    assert told(archive, other, second)
    with archive.writing(NOW) as work:
        assert merge(work, other.story_id, one.story_id) == one.story_id
        assert work.ledger(one.story_id) == {rule: frozenset({"first"}), second: frozenset({"first"})}
    assert members(archive, one.story_id) == [one.release_id, other.release_id]
    with archive.database.reading() as connection:
        assert story_named(connection, other.story_id) == one.story_id
        assert [line.members for line in stories(connection, 10)] == [2]
    assert [event.type for event in archive.events(0)][-1] is EventType.STORY_JOINED
    with archive.writing(NOW) as work, pytest.raises(StoryError, match="one story already"):
        merge(work, one.story_id, one.story_id)


def test_a_release_leaves_its_story_with_its_versions_and_its_alerts(archive: Archive) -> None:
    first = stored(archive, 1)
    copy = stored(archive, 2, Copy(of=first.release_id, why="the same text"))
    revision = stored(archive, 3, Revision(of=copy.release_id))
    rule = a_rule(archive)
    assert told(archive, copy, rule)
    with archive.writing(NOW) as work:
        assert split(work, revision.release_id) == (first.story_id, copy.release_id)
        assert work.ledger(first.story_id) == {}
        assert work.ledger(copy.release_id) == {rule: frozenset({"first"})}
    assert members(archive, first.story_id) == [first.release_id]
    assert members(archive, copy.release_id) == [copy.release_id, revision.release_id]
    with archive.database.reading() as connection:
        assert apart_from(connection, first.story_id) == {copy.release_id}
        assert apart_from(connection, copy.release_id) == {first.story_id}
    assert [event.type for event in archive.events(0)][-1] is EventType.STORY_SPLIT


def test_where_the_one_that_opened_it_is_taken_out_the_others_go(archive: Archive) -> None:
    first = stored(archive, 1)
    copies = [stored(archive, n, Copy(of=first.release_id, why="the same text")) for n in (2, 3)]
    with archive.writing(NOW) as work:
        assert split(work, first.release_id) == (first.story_id, copies[0].release_id)
    assert members(archive, first.story_id) == [first.release_id]
    assert members(archive, copies[0].release_id) == [copy.release_id for copy in copies]


def test_what_is_alone_cannot_be_split_and_nothing_is_changed(archive: Archive) -> None:
    alone = stored(archive, 1)
    revision = stored(archive, 2, Revision(of=alone.release_id))
    with pytest.raises(StoryError, match="alone in its story"), archive.writing(NOW) as work:
        split(work, revision.release_id)
    assert members(archive, alone.story_id) == [alone.release_id, revision.release_id]


def test_a_later_copy_of_both_joins_the_one_it_resembles_most_and_leaves_them_two(archive: Archive) -> None:
    first = stored(archive, 1)
    copy = stored(archive, 2, Copy(of=first.release_id, why="the same text"))
    with archive.writing(NOW) as work:
        split(work, copy.release_id)
    later = stored(archive, 3, Joins(of=(copy.release_id, first.release_id), why="the same text"))
    assert later.story_id == copy.release_id
    assert members(archive, first.story_id) == [first.release_id]
    assert members(archive, copy.release_id) == [copy.release_id, later.release_id]


def test_a_third_story_that_joins_one_of_them_does_not_join_the_other(archive: Archive) -> None:
    first = stored(archive, 1)
    copy = stored(archive, 2, Copy(of=first.release_id, why="the same text"))
    third = stored(archive, 3)
    with archive.writing(NOW) as work:
        split(work, copy.release_id)
    bridge = stored(archive, 4, Joins(of=(third.release_id, copy.release_id), why="the same text"))
    both = bridge.story_id
    with archive.database.reading() as connection:
        assert apart_from(connection, both) == {first.story_id}
    again = stored(archive, 5, Joins(of=(bridge.release_id, first.release_id), why="the same text"))
    assert again.story_id == both
    assert members(archive, first.story_id) == [first.release_id]


def test_a_split_is_undone_by_a_merge_and_copies_join_again(archive: Archive) -> None:
    first = stored(archive, 1)
    copy = stored(archive, 2, Copy(of=first.release_id, why="the same text"))
    with archive.writing(NOW) as work:
        left, new = split(work, copy.release_id)
    with archive.writing(NOW) as work:
        assert merge(work, left, new) == first.story_id
    assert members(archive, first.story_id) == [first.release_id, copy.release_id]
    with archive.database.reading() as connection:
        assert apart_from(connection, first.story_id) == set()
        assert story_named(connection, new) == first.story_id
    with archive.writing(NOW) as work:
        assert split(work, copy.release_id) == (first.story_id, copy.release_id)
    with archive.database.reading() as connection:
        rows = {row.id: row.merged_into for row in connection.execute(select(STORY))}
    assert rows == {first.story_id: None, copy.release_id: None}


def test_an_id_leads_to_where_its_release_is_after_joining_and_splitting(archive: Archive) -> None:
    one, two, three = (stored(archive, number) for number in (1, 2, 3))
    with archive.writing(NOW) as work:
        merge(work, two.story_id, three.story_id)
        merge(work, one.story_id, two.story_id)
        split(work, one.release_id)
    with archive.database.reading() as connection:
        named = [story_named(connection, kept.release_id) for kept in (one, two, three)]
    assert named == [one.story_id, two.story_id, two.story_id]
    assert members(archive, two.story_id) == [two.release_id, three.release_id]


def test_the_list_is_newest_first_in_pages_and_says_what_is_in_each(archive: Archive) -> None:
    kept = [stored(archive, n) for n in range(1, 6)]
    stored(archive, 6, Copy(of=kept[0].release_id, why="the same text"), wire="other-wire", language="zh")
    told(archive, kept[0], a_rule(archive))
    with archive.database.reading() as connection:
        page = stories(connection, 2)
        assert [line.id for line in page] == [kept[4].story_id, kept[3].story_id]
        assert [line.id for line in stories(connection, 9, page[-1].id)] == [item.story_id for item in kept[2::-1]]
        [line] = stories(connection, 9, several=True)
        assert stories(connection, 9, since_id=kept[4].story_id + 1) == []
        assert [each.id for each in stories(connection, 9, until_id=kept[1].story_id)] == [kept[0].story_id]
    assert (line.members, line.alerts, line.wires) == (2, 1, ("acme-wire", "other-wire"))
    assert (line.languages, line.headline, line.head_id) == (("en", "zh"), "Plant 1", kept[0].release_id)
    assert line.last_at == NOW + timedelta(minutes=6)


def test_a_story_that_is_not_there(archive: Archive) -> None:
    with archive.database.reading() as connection:
        assert story_named(connection, 42) is None
