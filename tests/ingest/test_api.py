"""JSON interfaces of newsrooms: rows by fields that are told, and fields that are guessed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.api import at, guess_fields, read_api
from ingest.page import Page
from ingest.rows import Listing
from news.release import Reject, RejectReason, iso
from news.source import ApiFields, Listed

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
    max_leaves=20,
)


def page(data: object) -> Page:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return Page("https://newsroom.example/api", body, "application/json", NOW)


def only(row: dict[str, Any], **fields: str) -> Listed:
    listing = read_api(page([row]), ApiFields(**fields))
    assert isinstance(listing, Listing), listing
    assert len(listing.entries) == 1, listing
    return listing.entries[0]


def test_a_row_is_what_its_fields_say() -> None:
    row = {
        "head": "Halden &amp; Sons <b>open</b>",
        "links": [{"web": "/r/1?utm_source=api"}],
        "key": 17,
        "when": "Nov 1, 2026 9:30 AM",
        "text": "<p>One.</p><p>Two.</p>",
        "by": {"name": "Halden"},
        "tags": "Energy, Batteries",
        "symbols": ["NYSE: HLDN", "none"],
        "lang": "en",
    }
    found = only(
        row, title="head", url="links.0.web", id="key", time="when", content="text", issuer="by", topics="tags",
        tickers="symbols", language="lang", zone="America/New_York",
    )  # fmt: skip
    assert (found.title, found.url, found.guid) == ("Halden & Sons open", "https://newsroom.example/r/1", "17")
    assert iso(found.stamp) == "2026-11-01T14:30:00Z", "the clock went back that morning"
    assert (found.content, found.summary) == ("One.\n\nTwo.", "One.\n\nTwo.")
    assert (found.issuer, found.topics, found.tickers) == ("Halden", ("Energy", "Batteries"), ("NYSE:HLDN",))


@pytest.mark.parametrize("said", [1793543400, "1793543400", 1793543400000, "1793543400000"])
def test_seconds_and_milliseconds_are_times(said: object) -> None:
    assert iso(only({"title": "t", "url": "/1", "at": said}, time="at").stamp) == "2026-11-01T14:30:00Z"


@pytest.mark.parametrize(
    ("data", "fields", "reason"),
    [
        (b"", {}, RejectReason.EMPTY),
        (b"{", {}, RejectReason.UNREADABLE),
        (b"[" * 100_000, {}, RejectReason.UNREADABLE),
        ({"data": []}, {}, RejectReason.UNREADABLE),
        ({"data": {"items": 3}}, {"items": "data.items"}, RejectReason.UNREADABLE),
    ],
)
def test_what_has_no_list_where_it_should_is_a_reject(
    data: object, fields: dict[str, str], reason: RejectReason
) -> None:
    found = read_api(page(data), ApiFields(**fields))
    assert isinstance(found, Reject)
    assert found.reason is reason


def test_rows_without_title_or_address_are_counted() -> None:
    rows = [{"title": "a", "url": "/1"}, {"title": "b"}, {"url": "/3"}, 3, None, {"title": "c", "url": "javascript:1"}]
    found = read_api(page(rows), ApiFields())
    assert isinstance(found, Listing)
    assert ([row.title for row in found.entries], len(found.rejects)) == (["a"], 5)


def test_fields_are_guessed_from_the_longest_list_of_releases() -> None:
    few = [{"name": "menu", "url": "/m"}]
    many = [{"Headline": "t", "ReleaseUrl": "/r", "ReleaseDateTime": "2026-11-01"}] * 3
    found = guess_fields({"nav": few, "result": {"items": many}, "n": [1, 2, 3, 4]})
    assert found is not None
    assert (found.items, found.title, found.url, found.time) == (
        "result.items",
        "Headline",
        "ReleaseUrl",
        "ReleaseDateTime",
    )
    assert guess_fields({"items": [{"title": "no address"}]}) is None
    assert guess_fields([1, "a", None]) is None


@given(JSON, st.text(max_size=12))
@example([], "²")
@example([], "9" * 5_000)
def test_no_answer_and_no_path_raises(data: object, path: str) -> None:
    at(data, path)
    guess_fields(data)
    read_api(page(json.dumps(data).encode()), ApiFields(items=path, title="a", url="b", time="c"))
