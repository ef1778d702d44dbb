"""What a feed says of when it changes: heard where it is sound, left aside where it is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cadence import Hints
from ingest.listing import Listing, read_listing
from ingest.page import Page
from ingest.timetable import TTL_MAX_S, skip_hours
from news.source import SourceKind

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def listing(said: str) -> Listing:
    feed = (
        '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>Wire</title>'
        f"{said}<item><title>One</title><link>https://wire.example/one</link></item></channel></rss>"
    )
    read = read_listing(SourceKind.FEED, "web", Page("https://wire.example/rss", feed.encode(), "text/xml", NOW))
    assert isinstance(read, Listing)
    return read


@pytest.mark.parametrize(
    ("said", "wait_s"),
    [
        ("", None),
        ("<ttl>30</ttl>", 1_800.0),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>99999</ttl>", TTL_MAX_S),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 3_600.0),
        ("<sy:updatePeriod> Hourly </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 900.0),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 3_600.0),
        ("<sy:updatePeriod>yearly</sy:updatePeriod>", TTL_MAX_S),
        ("<sy:updatePeriod>sometimes</sy:updatePeriod>", None),
        ("<ttl>60</ttl><sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 1_800.0),
    ],
)
def test_how_long_it_says_to_wait(said: str, wait_s: float | None) -> None:
    assert listing(said).ttl_s == wait_s


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("", set()),
        ("<skipHours><hour>3</hour><hour> 22 </hour></skipHours>", {3, 22}),
        ("<skipHours><hour>24</hour></skipHours>", {0}),
        ("<skipHours><hour>25</hour><hour>x</hour></skipHours>", set()),
        ("<skipHours>" + "".join(f"<hour>{n}</hour>" for n in range(24)) + "</skipHours>", set()),
        ("<hour>3</hour>", set()),
    ],
)
def test_the_hours_that_it_skips(said: str, hours: set[int]) -> None:
    assert listing(said).skip_hours == hours


@given(st.text(alphabet="<>/skipHourshour0123456789 ", max_size=400))
def test_whatever_stands_there_gives_hours_of_a_day(text: str) -> None:
    assert skip_hours(f"<skipHours>{text}</skipHours>") < set(range(24))


def test_what_was_said_is_kept_for_answers_without_a_body() -> None:
    said = Hints(fresh_s=1_800.0, skip_hours=frozenset({3, 22}))
    assert Hints.of_data({"came": 1.0, **said.as_data()}) == said
    assert Hints.of_data({}) == Hints() == Hints.of_data({"fresh_s": "x", "skip_hours": 5})
