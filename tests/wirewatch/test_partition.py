"""Stories of releases in memory: what the store commit makes of them, whatever their order."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from news.release import Release
from news.verdict import Copy, Joins, New, Revision
from tests.ingest.test_likeness import prose
from wirewatch.partition import Partition

AT = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
NEWS = prose(1, sentences=20)


def told(
    number: int, body: str, *, wire: str = "", days: float = 0, headline: str = "Halden mends its streets"
) -> Release:
    return Release(
        wire=wire or f"wire-{number}",
        headline="Halden mends its streets",
        body=body,
        url=f"https://w{number}.example/{number}",
        published_at=AT + timedelta(days=days),
        language="en",
    )


def stories(releases: list[Release]) -> set[frozenset[str | None]]:
    partition = Partition()
    for release in releases:
        partition.add(release)
    found: dict[object, set[str | None]] = {}
    for row, release in zip(partition.told(range(len(releases))), releases, strict=True):
        found.setdefault(row["story"], set()).add(release.url)
    return {frozenset(members) for members in found.values()}


def test_a_release_that_is_like_two_stories_makes_them_one():
    """The first half and the second half share nothing; the whole has both."""
    paragraphs = NEWS.split("\n\n")
    first, second = "\n\n".join(paragraphs[:3]), "\n\n".join(paragraphs[3:])
    partition = Partition()
    assert partition.add(told(1, first)) == partition.add(told(2, second)) == New()
    assert partition.add(told(3, prose(7))) == New()
    joined = partition.add(told(4, NEWS))
    assert isinstance(joined, Joins)
    assert set(joined.of) == {0, 1}
    assert [row["story"] for row in partition.told("abcd")] == ["a", "a", "c", "a"]


def test_the_same_wires_same_text_on_a_later_day_is_a_revision_and_within_the_day_a_copy():
    partition = Partition()
    partition.add(told(1, NEWS, wire="w"))
    assert isinstance(partition.add(told(2, NEWS, wire="w", days=0.5)), Copy)
    again = partition.add(told(3, NEWS, wire="w", days=5))
    assert again == Revision(of=0, why="sent again on a later day")
    assert partition.add(told(4, NEWS, wire="w", days=-5)) == Revision(
        of=0, stale=True, why="sent again on a later day"
    )


def test_two_months_later_it_is_another_story():
    assert len(stories([told(1, NEWS), told(2, NEWS, days=61)])) == 2
    assert len(stories([told(1, NEWS), told(2, NEWS, days=48)])) == 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.data())
def test_the_stories_do_not_hang_on_the_order_of_arrival(seed: int, data: st.DataObject):
    draw = random.Random(seed)  # noqa: S311 - a stated seed
    releases = []
    for story in range(4):
        news = prose(seed + story, sentences=16)
        for _ in range(draw.randrange(1, 4)):
            paragraphs = news.split("\n\n")
            keep = draw.choice([len(paragraphs), len(paragraphs), 3, 2])
            at = draw.randrange(len(paragraphs) - keep + 1)
            body = "\n\n".join(paragraphs[at : at + keep])
            number = len(releases)
            headline = draw.choice([f"Halden mends street {story}", f"Streets of {story} mended by Halden"])
            releases.append(replace(told(number, body, days=draw.uniform(0, 10)), headline=headline))
    shuffled = data.draw(st.permutations(releases))
    assert stories(shuffled) == stories(releases)


def test_the_command_sorts_a_file_and_names_the_line_that_is_none(tmp_path, cli):
    file = tmp_path / "releases.jsonl"
    rows = [
        {"id": "a", "headline": "Halden mends its streets", "text": NEWS, "published_on": "2026-03-02"},
        {"id": "b", "headline": "Other news", "body": prose(9), "published_at": "2026-03-02T10:00:00Z"},
        {"id": "c", "wire": "x", "headline": "Streets mended", "body": NEWS, "published_at": "2026-03-03T10:00:00Z"},
    ]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    done = cli("dedupe", str(file))
    assert done.code == 0
    sorted_ = [json.loads(line) for line in done.out.splitlines()]
    assert [(row["id"], row["verdict"], row["of"], row["story"]) for row in sorted_] == [
        ("a", "new", [], "a"),
        ("b", "new", [], "b"),
        ("c", "copy", ["a"], "a"),
    ]
    file.write_text('{"id": "a", "headline": 7}', encoding="utf-8")
    done = cli("dedupe", str(file))
    assert done.code == 2
    assert "releases.jsonl:1: headline: expected a string" in done.err
