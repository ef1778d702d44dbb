"""What the operator is told of incidents, when, and in what words."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.notices import WORDS, Manners, state, telling
from news.notice import NoticeType, Trouble
from news.source import IncidentKind

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
MANNERS = Manners(wait=timedelta(minutes=1), at_most_every=timedelta(minutes=5))


@dataclass(frozen=True)
class Incident:
    id: int
    trouble: Trouble
    begun: bool = False


def incident(number=1, *, kind=IncidentKind.DOWN, ago_s=120, over_s=None, begun=False, source=None, detail="timeout"):
    until = NOW - timedelta(seconds=over_s) if over_s is not None else None
    since = NOW - timedelta(seconds=ago_s)
    name = source or f"acme-{number}"
    return Incident(number, Trouble(source=name, kind=kind, since=since, until=until, detail=detail), begun)


def told(*incidents, last_at=None):
    return telling(incidents, now=NOW, last_at=last_at, manners=MANNERS)


def test_every_kind_of_incident_has_its_words():
    assert set(WORDS) == set(IncidentKind)
    for words in WORDS.values():
        assert words.is_so
        assert words.is_over
        assert words.are_so
        assert words.advice.endswith(".")


def test_a_beginning_is_told_with_what_to_do():
    [notice] = told(incident()).notices
    assert (notice.type, notice.subject) == (NoticeType.DOWN, "acme-1 is down")
    assert notice.sentence == "acme-1 is down. Noticed 2 Mar 2026, 14:28 UTC: timeout."
    assert "wirewatch sources list" in notice.advice
    assert told(incident()).begun == {1}
    assert told(incident()).ended == set()


def test_an_end_is_told_with_how_long_it_lasted():
    found = told(incident(ago_s=7_500, over_s=90, begun=True))
    [notice] = found.notices
    assert (notice.type, notice.subject) == (NoticeType.UP, "acme-1 answers again after 2 hours 3 minutes")
    assert notice.advice == ""
    assert (found.begun, found.ended) == (set(), {1})


def test_a_gap_has_a_type_of_its_own():
    assert [notice.type for notice in told(incident(kind=IncidentKind.GAP), incident(2)).notices] == [
        NoticeType.DOWN,
        NoticeType.GAP,
    ]


def test_what_is_young_waits_for_others_and_then_all_go_together():
    assert told(incident(ago_s=59)) == told()
    found = told(*(incident(n, ago_s=60 if n == 7 else 1) for n in range(30)))
    [notice] = found.notices
    assert notice.subject == "30 sources are down"
    assert len(notice.troubles) == 30
    assert "acme-0, acme-1, acme-2 and 27 more" in notice.sentence
    assert found.begun == set(range(30))


def test_after_a_notice_the_next_one_waits():
    assert told(incident(), last_at=NOW - timedelta(minutes=4)) == told()
    assert told(incident(), last_at=NOW - timedelta(minutes=5)).notices


def test_what_was_over_before_anybody_was_told_is_not_told_and_done():
    found = told(incident(ago_s=30, over_s=5))
    assert found.notices == ()
    assert (found.begun, found.ended) == ({1}, {1})


def test_sources_with_different_troubles_are_in_trouble():
    mixed = told(incident(1), incident(2, kind=IncidentKind.STALE)).notices[0]
    assert mixed.subject == "2 sources are in trouble"
    assert "acme-1 and acme-2" in mixed.sentence
    both = told(incident(1, source="a"), incident(2, source="a", kind=IncidentKind.STALE)).notices[0]
    assert both.subject == "a is in trouble"


def test_one_row_says_what_is_so_and_what_is_over():
    assert state(incident().trouble) == "is down, noticed 2 Mar 2026, 14:28 UTC"
    assert state(incident(over_s=60).trouble) == "answers again after 1 minute"


KINDS = st.sampled_from(list(IncidentKind))
INCIDENTS = st.lists(
    st.builds(
        lambda number, kind, ago, over, begun: incident(
            number, kind=kind, ago_s=ago, over_s=min(over, ago) if over is not None else None, begun=begun
        ),
        st.integers(0, 9),
        KINDS,
        st.integers(0, 600),
        st.none() | st.integers(0, 600),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda each: each.id,
)


@given(INCIDENTS)
def test_each_beginning_and_each_end_is_told_once_however_often_it_is_asked(drawn):
    """Apply what was told, ask again: nothing is left that could be told, and nothing was told for nothing."""
    open_ = [each for each in drawn if not (each.begun and each.trouble.until is None)]
    found = telling(open_, now=NOW, last_at=None, manners=Manners(wait=timedelta(0), at_most_every=timedelta(0)))
    assert found.begun == {each.id for each in open_ if not each.begun}
    assert found.ended == {each.id for each in open_ if each.trouble.until is not None}
    spoken = [trouble for notice in found.notices for trouble in notice.troubles]
    brief = [each for each in open_ if not each.begun and each.trouble.until is not None]
    assert len(spoken) == len(open_) - len(brief)


@pytest.mark.parametrize("hostile", ["a\r\nBcc: x@example.org", "\u202eacme", "x" * 900])
def test_a_hostile_name_is_one_short_line(hostile):
    [notice] = told(incident(source=hostile, detail=hostile)).notices
    assert "\n" not in notice.subject + notice.sentence
    assert len(notice.subject) < 200
