"""`sources gaps` as a newcomer types it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from command_line import CommandLine

from news.source import Gap
from storage.archive import Archive
from storage.gaps import close_gap, count_found, leave_open, open_gap
from wirewatch.gapwords import bounds, lasting

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


@pytest.fixture
def gappy(cli: CommandLine) -> CommandLine:
    """Two sources; one has a gap that was closed and one that is open."""
    cli.configure()
    for name in ("acme", "other"):
        cli.done("sources", "add", f"https://{name}.example/feed.xml", "--name", name, "--unseen")
    archive = Archive.open(f"sqlite:///{cli.folder / 'wirewatch.db'}", now=NOW)
    with archive.writing(NOW) as work:
        [source_id] = [line.source.id for line in archive.sources() if line.source.name == "acme"]
        for minutes in (300, 17):
            gap = Gap(source_id=source_id, opened_at=NOW - timedelta(minutes=minutes), closed_at=NOW)
            gap = Gap(source_id=source_id, opened_at=gap.opened_at, closed_at=NOW, id=open_gap(work, gap))
            if minutes == 300:
                count_found(work, gap.id, 41)
                close_gap(work, gap, "a row known from before, listing page 3")
            else:
                leave_open(work, gap, "listing: forbidden: HTTP 403", NOW + timedelta(minutes=1), incident=False)
    archive.close()
    return cli


def test_what_is_open_is_told_in_one_line(gappy: CommandLine) -> None:
    told = gappy.done("sources", "gaps").lines
    assert told[0].split()[0] == "source"
    assert len(told) == 2
    for word in ("acme", "17 min", "open", "0 releases", "1×", "listing: forbidden: HTTP 403"):
        assert word in told[1]


def test_all_shows_what_was_closed_and_what_it_brought(gappy: CommandLine) -> None:
    told = gappy.done("sources", "gaps", "acme", "--all").out
    assert "5 h" in told
    assert "closed" in told
    assert "41 releases" in told
    [newest, oldest] = gappy.done("sources", "gaps", "--all", "--json").json
    assert (newest["state"], newest["attempts"], newest["seconds"], newest["ended_at"]) == ("open", 1, 1020, None)
    assert (oldest["state"], oldest["found"], oldest["outcome"]) == (
        "closed",
        41,
        "a row known from before, listing page 3",
    )


def test_nothing_to_show_says_so(gappy: CommandLine) -> None:
    ran = gappy("sources", "gaps", "other")
    assert (ran.out, ran.err) == ("", "no open gaps of other; --all shows those that were closed\n")
    ran = gappy("sources", "gaps", "other", "--all")
    assert ran.err == "no gaps of other: every poll overlapped the one before\n"


def test_a_name_that_is_none_is_refused_with_a_suggestion(gappy: CommandLine) -> None:
    assert gappy.refused("sources", "gaps", "acmee") == "there is no source 'acmee'; did you mean acme?"


def test_a_gap_is_tried_again_when_asked(gappy: CommandLine) -> None:
    [before] = gappy.done("sources", "gaps", "--json").json
    ran = gappy("sources", "gaps", "acme", "--retry", "--json")
    assert ran.err == "1 open gap will be tried by the daemon now\n"
    assert ran.json[0]["retry_at"] != before["retry_at"]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (40, "40 s"),
        (60, "1 min"),
        (1_020, "17 min"),
        (3_600, "1 h"),
        (11_100, "3 h 5 min"),
        (187_200, "2 d 4 h"),
    ],
)
def test_spans_are_told_by_their_greatest_units(seconds: int, told: str) -> None:
    assert lasting(timedelta(seconds=seconds)) == told


def test_the_day_is_named_twice_only_where_there_are_two() -> None:
    assert bounds(NOW - timedelta(minutes=17), NOW) == "2026-03-02 14:13–14:30"
    assert bounds(NOW - timedelta(days=1), NOW) == "2026-03-01 14:30 – 2026-03-02 14:30"
