"""When a stored page is looked at again, and what a look that gives no text means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingest.retries import Trouble
from ingest.revisits import (
    CONFIRM_AFTER,
    FAILED_WAITS_S,
    HOUR,
    LOOK_JITTER,
    LOOKS,
    MISSING_FOR_MAX,
    MISSING_MAX,
    REST,
    Again,
    Allowance,
    Withdrawn,
    after_failure,
    after_missing,
    doubt,
    hourly,
    next_look,
    origin_of,
)
from news.release import Kind, Origin, Release
from news.source import Entry, EntryState, Listed, Visited

PAGE = "https://acme.example/1"
NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
spans = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3))
names = st.text(max_size=40)
troubles = st.sampled_from([trouble for trouble in Trouble if trouble not in CONFIRM_AFTER])
missing = st.sampled_from(list(CONFIRM_AFTER))


def entry(*, origin: Origin = Origin.LIVE, visited: Visited | None = None) -> Entry:
    return Entry(
        id=1,
        source_id=1,
        wire="acme-wire",
        listed=Listed(url=PAGE, guid=None, title="Acme"),
        state=EntryState.FETCHING,
        origin=origin,
        attempts=0,
        first_seen_at=NOW,
        visited=visited,
    )


def looks(name: str, late: timedelta) -> list[datetime]:
    """When a page filed under NOW is looked at, each look coming `late` after its time."""
    found, at = [], NOW
    while (at := next_look(NOW, at, name=name)) is not None:
        at += late
        found.append(at)
        assert len(found) <= len(LOOKS)
    return found


@given(names)
def test_a_page_read_at_once_is_looked_at_three_times_about_when_it_was_said(name: str) -> None:
    for look, at in zip(LOOKS, looks(name, timedelta(0)), strict=True):
        assert look <= at - NOW <= look * (1 + LOOK_JITTER)


@given(names, spans, spans)
def test_the_next_look_is_after_a_rest_and_not_after_the_last_one(name: str, filed: timedelta, late: timedelta) -> None:
    at = next_look(NOW - filed, NOW, name=name)
    if at is None:
        assert filed >= LOOKS[-1]
    else:
        assert NOW + REST <= at <= max(NOW + REST, NOW - filed + LOOKS[-1] * (1 + LOOK_JITTER))
    assert len(looks(name, late)) <= len(LOOKS)


def test_looks_that_were_not_to_be_had_in_time_are_not_made_up_for() -> None:
    assert len(looks("page", timedelta(hours=30))) == 1


def test_pages_of_one_burst_are_not_looked_at_together() -> None:
    at = sorted(looks(f"page {n}", timedelta(0))[0] for n in range(200))
    assert len({moment.replace(second=0, microsecond=0) for moment in at}) >= 2
    assert max(sum(other - moment < timedelta(seconds=1) for other in at if other >= moment) for moment in at) < 20


@given(troubles, st.integers(0, 20), spans, st.floats(0, 1e7))
def test_a_failed_look_says_nothing_of_the_release_and_asks_for_patience(
    trouble: Trouble, attempts: int, filed: timedelta, retry_after_s: float
) -> None:
    visited = Visited(NOW - filed, missing_since=NOW - HOUR)
    found = after_failure(visited, trouble, attempts, NOW, name="page", retry_after_s=retry_after_s)
    assert found.missing_since == visited.missing_since
    assert found.counts == (trouble is not Trouble.UNASKED)
    if found.at is None:
        assert filed >= LOOKS[-1]
    else:
        assert NOW + timedelta(minutes=1) <= found.at <= NOW + timedelta(days=3)
        assert found.at >= NOW + timedelta(seconds=min(retry_after_s, 86_400))


@given(troubles.filter(lambda trouble: trouble is not Trouble.UNASKED))
def test_failed_looks_come_to_an_end(trouble: Trouble) -> None:
    now, asked = NOW, 0
    while True:
        found = after_failure(Visited(NOW), trouble, asked, now, name="page")
        if found.at is None:
            break
        now, asked = found.at, asked + 1
    assert asked <= len(FAILED_WAITS_S) + len(LOOKS)


@given(missing, spans, st.integers(0, 10))
def test_a_page_is_withdrawn_only_when_it_is_missing_a_second_time_some_time_later(
    trouble: Trouble, ago: timedelta, beside: int
) -> None:
    first = after_missing(Visited(NOW), trouble, beside, NOW)
    assert first == Again(NOW + CONFIRM_AFTER[trouble], NOW)
    again = after_missing(Visited(NOW, missing_since=NOW - ago), trouble, beside, NOW)
    sure = ago >= CONFIRM_AFTER[trouble] and beside < MISSING_MAX
    assert isinstance(again, Withdrawn) == sure
    if isinstance(again, Again):
        assert again.missing_since == NOW - ago
        assert again.at is None or again.at > NOW


def test_where_many_pages_are_missing_the_site_changed_and_none_is_withdrawn() -> None:
    since = NOW - timedelta(hours=2)
    found = after_missing(Visited(NOW, missing_since=since), Trouble.NOT_FOUND, MISSING_MAX, NOW)
    assert isinstance(found, Again)
    late = after_missing(Visited(NOW, missing_since=NOW - MISSING_FOR_MAX), Trouble.NOT_FOUND, MISSING_MAX, NOW)
    assert late == Again(None, NOW - MISSING_FOR_MAX)


def read(**more: Any) -> Release:
    return Release(**{"wire": "acme-wire", "headline": "Acme opens a plant", "body": "Today.", **more})


def test_a_page_without_text_is_no_version_of_one_that_had_some() -> None:
    had, had_none = entry(visited=Visited(NOW)), entry(visited=Visited(NOW, bodied=False))
    assert doubt(had, read(), PAGE) is None
    assert str(doubt(had, read(body=" \n "), PAGE)).startswith("hollow:")
    assert doubt(had_none, read(body=""), PAGE) is None
    assert doubt(had, read(body="", kind=Kind.WITHDRAWAL), PAGE) is None
    assert doubt(entry(), read(body=""), PAGE) is None


def test_another_page_is_no_version_unless_the_wire_numbers_it() -> None:
    had = entry(visited=Visited(NOW))
    assert doubt(had, read(), f"{PAGE}?utm_source=feed") is None
    assert str(doubt(had, read(), "https://acme.example/all")).startswith("elsewhere:")
    assert doubt(had, read(release_number="301234567"), "https://acme.example/corrected") is None
    assert doubt(entry(), read(), "https://acme.example/all") is None


def test_what_is_read_again_of_a_seeding_is_news_and_of_history_it_is_not() -> None:
    assert origin_of(entry(origin=Origin.SEED)) is Origin.SEED
    assert origin_of(entry(origin=Origin.SEED, visited=Visited(NOW))) is Origin.LIVE
    assert origin_of(entry(origin=Origin.HISTORY, visited=Visited(NOW))) is Origin.HISTORY


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 3_000)), max_size=60), st.integers(1, 8))
def test_no_hour_has_more_looks_at_a_host_than_its_share(asked: list[tuple[str, float]], most: int) -> None:
    allowance, now, taken = Allowance(most), NOW, []
    for host, wait_s in asked:
        now += timedelta(seconds=wait_s)
        had = [at for name, at in taken if name == host and at > now - HOUR]
        assert allowance.take(host, now) == (len(had) < most)
        if len(had) < most:
            taken.append((host, now))


def test_the_share_is_of_what_a_host_may_be_asked() -> None:
    assert hourly(0.2, 1_800, 1.0) == 360
    assert hourly(0.2, 0, 2.0) == 360
    assert hourly(0.2, 0, 0.0) is None
    assert hourly(0.001, 100, 1.0) == 1
    assert hourly(0.0, 1_800, 1.0) == 0
