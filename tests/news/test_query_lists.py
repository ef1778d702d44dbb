"""Lists of queries as people keep them for web alerts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.query import print_query
from news.query.lists import LINES_MAX, Listed, Refused, read_list


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("blade battery", "blade AND battery"),
        ('"blade battery" OR "solid state"', '"blade battery" OR "solid state"'),
        ("battery -tender", "battery AND NOT tender"),
        ("battery | cell", "battery OR cell"),
        ("intitle:chongqing", "headline:chongqing"),
        ("Intitle: chongqing battery", "headline:chongqing AND battery"),
        ('intitle:"blade battery"', 'headline:"blade battery"'),
        ("-intitle:chongqing battery", "NOT headline:chongqing AND battery"),
        ("allintitle: chongqing battery", "headline:(chongqing AND battery)"),
        ("acme allintext:chongqing plant", "acme AND body:(chongqing AND plant)"),
        ("intext:chongqing", "body:chongqing"),
        ("location:chongqing battery", 'place:"chongqing" AND battery'),
        ("lithium AROUND(5) battery", "lithium NEAR/5 battery"),
        ('"AROUND(5) intitle:x" battery', '"AROUND(5) intitle:x" AND battery'),
        ("重庆 OR 成都", "重庆 OR 成都"),
        ("“blade battery”", '"blade battery"'),
    ],
)
def test_a_line_is_taken_over_in_our_spelling(written: str, ours: str) -> None:
    (found,) = read_list(written)
    assert isinstance(found, Listed), found
    assert print_query(found.query) == ours
    assert found.name == " ".join(written.split())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("battery site:news.example", "wire:SLUG"),
        ("battery -site:news.example", "wire:SLUG"),
        ("battery SITE: news.example", "add the site as a source"),
        ("inurl:press battery", "headline:"),
        ("filetype:pdf battery", "leave it out"),
        ("battery source:acme", "wire:SLUG"),
        ('"battery', "never closed"),
        ("-tender", "not wanted"),
        ("battery after:2022-01-01", "for searches"),
    ],
)
def test_what_cannot_be_said_is_refused_with_a_hint(written: str, said: str) -> None:
    (found,) = read_list(written)
    assert isinstance(found, Refused)
    assert said in found.reason


def test_remarks_and_empty_lines_are_passed_over_and_lines_are_counted() -> None:
    found = read_list("\ufeff# my alerts\n\nbattery\r\n  # none\nsite:x\n  cell  \n")
    assert [(item.line, type(item)) for item in found] == [(3, Listed), (5, Refused), (6, Listed)]


def test_names_are_short_and_each_is_given_once() -> None:
    names = [item.name for item in read_list("battery\nBattery\nbattery\n" + "long " * 30) if isinstance(item, Listed)]
    assert names[:3] == ["battery", "Battery (2)", "battery (3)"]
    assert len(names[3]) <= 80


def test_a_list_is_read_only_so_far() -> None:
    found = read_list("x\n" * (LINES_MAX + 5))
    assert len(found) == LINES_MAX + 1
    assert isinstance(found[-1], Refused)


PIECES = [*'ab "“”:()-#\n\x00', "intitle:", "allintext:", "AROUND(3)", "site:"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_list_is_answered(text: str) -> None:
    for item in read_list(text):
        assert item.line >= 1
        assert isinstance(item, Listed) or item.reason
