"""Which release stands for its story, as members come, go, are corrected, and wires are trusted."""

from __future__ import annotations

from datetime import timedelta

from shelf import NOW, a_rule, alert_of, ids_found, release, store, tell

from news.verdict import Copy, Joins, Revision
from storage.archive import Archive
from storage.erasure import erase
from storage.heads import head_of, heads_among, settle_heads, trust, trusted
from storage.keeping import Kept
from storage.stories import merge, split

SAME = "the same text"


def stored(archive: Archive, wire: str, verdict: object = None, *, minute: int = 0, seen: int | None = None) -> Kept:
    """A release of that wire, stored at a minute and seen then, unless it was at another."""
    of = release(f"Plant of {wire} {minute}", wire=wire, url=f"https://{wire}.example/{minute}")
    at = NOW + timedelta(minutes=minute)
    given = [verdict] if verdict else []
    return store(archive, of, *given, now=at, seen=at if seen is None else NOW + timedelta(minutes=seen))


def head(archive: Archive, kept: Kept) -> int | None:
    with archive.database.reading() as connection:
        return head_of(connection, kept.story_id)


def trusting(archive: Archive, *wires: str) -> None:
    with archive.writing(NOW) as work:
        trust(work, wires)


def test_the_one_that_was_seen_first_stands_for_the_story(archive: Archive) -> None:
    first = stored(archive, "a")
    stored(archive, "b", Copy(of=first.release_id, why=SAME), minute=2)
    assert head(archive, first) == first.release_id
    early = stored(archive, "c", Copy(of=first.release_id, why=SAME), minute=3, seen=-1)
    assert head(archive, first) == early.release_id
    assert ids_found(archive, "plant", heads=True) == [early.release_id]


def test_a_wire_that_is_trusted_more_takes_its_place_and_gives_it_back(archive: Archive) -> None:
    trusting(archive, "best", "good")
    first = stored(archive, "a")
    good = stored(archive, "good", Copy(of=first.release_id, why=SAME), minute=1)
    assert head(archive, first) == good.release_id
    best = stored(archive, "best", Copy(of=first.release_id, why=SAME), minute=2)
    stored(archive, "good", Copy(of=first.release_id, why=SAME), minute=3)
    assert head(archive, first) == best.release_id
    trusting(archive, "good")
    assert head(archive, first) == good.release_id
    trusting(archive)
    assert head(archive, first) == first.release_id
    with archive.database.reading() as connection:
        assert trusted(connection) == ()


def test_a_correction_takes_the_place_of_what_it_corrects_and_of_nothing_else(archive: Archive) -> None:
    first = stored(archive, "a")
    copy = stored(archive, "b", Copy(of=first.release_id, why=SAME), minute=1)
    stored(archive, "b", Revision(of=copy.release_id), minute=2)
    assert head(archive, first) == first.release_id
    mended = stored(archive, "a", Revision(of=first.release_id), minute=3)
    stored(archive, "a", Revision(of=first.release_id, stale=True), minute=4)
    assert head(archive, first) == mended.release_id


def test_joined_and_split_stories_are_headed_anew(archive: Archive) -> None:
    trusting(archive, "best")
    one, other = stored(archive, "a"), stored(archive, "best", minute=1)
    bridge = stored(archive, "c", Joins(of=(one.release_id, other.release_id), why=SAME), minute=2)
    assert head(archive, bridge) == other.release_id
    with archive.writing(NOW) as work:
        left, new = split(work, other.release_id)
    with archive.database.reading() as connection:
        assert (head_of(connection, left), head_of(connection, new)) == (one.release_id, other.release_id)
        assert heads_among(connection, [one.release_id, other.release_id, bridge.release_id]) == {
            one.release_id,
            other.release_id,
        }
    with archive.writing(NOW) as work:
        merge(work, left, new)
    assert head(archive, one) == other.release_id


def test_what_was_erased_stands_for_a_story_only_where_nothing_else_is_left(archive: Archive) -> None:
    first = stored(archive, "a")
    tell(archive, alert_of(first, a_rule(archive)), "k1")
    copy = stored(archive, "b", Copy(of=first.release_id, why=SAME), minute=1)
    erase(archive, [first.release_id], NOW)
    assert head(archive, first) == copy.release_id
    erase(archive, [copy.release_id], NOW)
    assert head(archive, first) == first.release_id


def test_a_story_that_nothing_is_in_keeps_what_it_has(archive: Archive) -> None:
    one, other = stored(archive, "a"), stored(archive, "b", minute=1)
    with archive.writing(NOW) as work:
        merge(work, one.story_id, other.story_id)
        settle_heads(work.connection, [other.story_id])
    assert head(archive, other) == other.release_id
