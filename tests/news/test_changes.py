"""What a correction changed, word by word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.changes import TOKENS_MAX, Edit, changes, figures

NEWS = "Halden opened a plant in Dayton.\n\nIt cost nine million dollars.\n\nForty people work there."


def said(before: str, after: str) -> list[tuple[str, str]]:
    return [(place.removed, place.added) for place in changes(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (NEWS, NEWS, []),
        (NEWS, NEWS.replace("\n\n", "\n").replace(" ", "  "), []),
        (NEWS, NEWS.replace("nine", "ten"), [("nine", "ten")]),
        (NEWS, NEWS.replace("nine", "ten").replace("Forty", "Fifty"), [("nine", "ten"), ("Forty", "Fifty")]),
        (NEWS, NEWS + "\n\nMore will follow.", [("", "More will follow.")]),
        (NEWS, NEWS.replace("\n\nForty people work there.", ""), [("Forty people work there.", "")]),
        ("Halden opens", "Halden, Inc. opens", [("Halden", "Halden, Inc.")]),
        ("重庆发布了新车", "重庆发布了旧车", [("新", "旧")]),
        ("", "Something", [("", "Something")]),
        ("Something", "", [("Something", "")]),
    ],
)
def test_the_places_that_differ(before: str, after: str, found: list[tuple[str, str]]) -> None:
    assert said(before, after) == found


def test_a_place_stands_among_its_words() -> None:
    before = " ".join(f"word{n}" for n in range(100))
    [place] = changes(before, before.replace("word50 ", "other "))
    shown = "".join(piece.text for piece in place.pieces if piece.edit is not Edit.REMOVED)
    assert shown.startswith("word42 ")
    assert "word49 other word51" in shown
    assert shown.rstrip().endswith("word58")


@given(st.text(max_size=300), st.text(max_size=300))
def test_the_later_text_can_be_read_off_where_all_of_it_is_shown(before: str, after: str) -> None:
    for place in changes(before, after):
        assert place.removed or place.added
    assert not changes(after, after)


@given(
    st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=12),
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=12),
)
def test_what_was_removed_stood_there_and_what_was_added_stands_there(before: list[str], after: list[str]) -> None:
    old, new = " ".join(before), " ".join(after)
    for place in changes(old, new):
        kept_and = {edit: "".join(p.text for p in place.pieces if p.edit in {Edit.KEPT, edit}) for edit in Edit}
        assert kept_and[Edit.REMOVED] in old
        assert kept_and[Edit.ADDED] in new


def test_what_is_too_long_is_only_said_to_stand_in_the_place_of_the_other() -> None:
    old, new = ("a " * TOKENS_MAX, "b " * TOKENS_MAX)
    assert said(old, new) == [(old.strip(), new.strip())]


def test_the_figures_that_changed() -> None:
    assert figures("Up 4.5% to 1,200 in 2026", "Up 5.4% to 1,200 in 2026") == (("4.5",), ("5.4",))
    assert figures("9 of 9", "9 of 10") == (("9",), ("10",))
    assert figures("none", "none at all") == ((), ())
