"""JSON as strangers write it: halves of characters, and what is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.json_text import read_json
from ingest.language import detect
from ingest.page import Page
from ingest.parse import read
from news.release import Release

PAGE = (
    "<html><head><title>Halden</title><script type='application/ld+json'>"
    '{"@type": "NewsArticle", "headline": "Halden %s opens", "datePublished": "2026-03-02T08:00:00Z"}'
    "</script></head><body><article><p>" + "Halden Instruments opened a plant in Dayton today, it said. " * 6
)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (r'"a\ud800b"', "a\ufffdb"),
        (r'"\udfff\ud83d\ude00\ud83d"', "\ufffd😀\ufffd"),
        (r'"\uD83D\uDE00"', "😀"),
        (r'{"\ud800": ["\udc00x"]}', {"\ufffd": ["\ufffdx"]}),
        ('"tab\tin it"', "tab\tin it"),
    ],
)
def test_half_a_character_is_replaced_and_a_whole_one_kept(written: str, read_as: object) -> None:
    assert read_json(written) == read_as


@given(st.recursive(st.text() | st.integers() | st.booleans() | st.none(), st.lists, max_leaves=8))
def test_what_is_whole_is_read_as_json_reads_it(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert read_json(text) == value


@pytest.mark.parametrize("text", ["", "{", "nope", '"\\ud800'])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_json(text)


def test_a_page_whose_data_holds_halves_is_a_release_that_can_be_stored() -> None:
    found = read(Page("https://halden.example/news/1", (PAGE % r"\ud800\udfff\ud800").encode()))
    assert isinstance(found, Release)
    assert found.headline == "Halden \U000103ff\ufffd opens"
    found.headline.encode()


def test_a_language_is_told_of_a_text_with_halves() -> None:
    assert detect("Halden Instruments opened a plant \ud800 in Dayton today, the company said there.") == "en"
