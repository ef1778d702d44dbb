"""When to ask again, by the kind of failure."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.answers import UNASKED, Blocked, BlockReason, FetchFailed, FetchReason
from ingest.retries import (
    DAY_S,
    JITTER,
    POLL_BACKOFF,
    RETRY_AFTER_MAX_S,
    Trouble,
    give_up,
    page_retry_at,
    poll_retry_at,
    trouble_of,
    trouble_of_reject,
)
from news.release import RejectReason

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def poll_waits_s(trouble: Trouble, count: int = 40, *, interval_s: float = 120.0, name: str = "acme") -> list[float]:
    return [
        (poll_retry_at(trouble, failures, interval_s, NOW, name=name) - NOW).total_seconds()
        for failures in range(count)
    ]


def failure(reason: FetchReason) -> FetchFailed:
    return FetchFailed(url="https://h.example/", reason=reason)


def test_every_failure_has_a_kind() -> None:
    assert {trouble_of(failure(reason)) for reason in UNASKED} == {Trouble.UNASKED}
    asked = {reason: trouble_of(failure(reason)) for reason in FetchReason if reason not in UNASKED}
    assert Trouble.UNASKED not in asked.values()
    kinds = {
        *asked.values(),
        trouble_of_reject(RejectReason.BLOCKED),
        *(trouble_of(Blocked(url="", reason=r)) for r in BlockReason),
    }
    assert kinds | {Trouble.UNASKED} == set(Trouble)
    assert set(POLL_BACKOFF) == set(Trouble) - {Trouble.UNASKED}


def test_what_passes_is_tried_again_sooner_than_what_was_meant() -> None:
    third = {trouble: poll_waits_s(trouble, 3)[-1] for trouble in POLL_BACKOFF}
    assert third[Trouble.TIMEOUT] < third[Trouble.TLS] < third[Trouble.FORBIDDEN] < third[Trouble.GONE]
    most = {trouble: max(poll_waits_s(trouble, 25)) for trouble in POLL_BACKOFF}
    assert most[Trouble.TIMEOUT] < most[Trouble.SERVER] < most[Trouble.NOT_FOUND] < most[Trouble.WALL]


def test_what_is_gone_or_long_missing_is_looked_at_once_a_day() -> None:
    assert poll_waits_s(Trouble.GONE)[0] >= 3_600
    for trouble in (Trouble.GONE, Trouble.NOT_FOUND):
        assert DAY_S <= poll_waits_s(trouble)[-1] <= DAY_S * (1 + JITTER)
    # It is missing for more than a day before we say that it is missing for long.
    assert sum(poll_waits_s(Trouble.NOT_FOUND, 30)) > DAY_S


@given(
    st.sampled_from(sorted(set(Trouble))),
    st.integers(0, 10_000),
    st.floats(1, 7 * DAY_S),
    st.none() | st.floats(0, 10 * DAY_S),
    st.text(max_size=20),
)
def test_a_wait_is_bounded_and_never_shorter_than_the_host_said(
    trouble: Trouble, failures: int, interval_s: float, retry_after_s: float | None, name: str
) -> None:
    at = poll_retry_at(trouble, failures, interval_s, NOW, name=name, retry_after_s=retry_after_s)
    wait_s = (at - NOW).total_seconds()
    assert wait_s >= min(retry_after_s or 0.0, RETRY_AFTER_MAX_S) - 1e-5
    assert wait_s <= max(interval_s, DAY_S) * (1 + JITTER) + 1e-5
    assert at == poll_retry_at(trouble, failures, interval_s, NOW, name=name, retry_after_s=retry_after_s)
    if trouble is not Trouble.UNASKED:
        assert wait_s >= interval_s - 1e-5, "a failing source is never asked more often than a good one"


@given(st.sampled_from(sorted(POLL_BACKOFF)), st.floats(1, 3_600))
def test_waits_never_shrink_but_by_jitter(trouble: Trouble, interval_s: float) -> None:
    waits = poll_waits_s(trouble, interval_s=interval_s)
    assert all(later >= before / (1 + JITTER) - 1e-5 for before, later in itertools.pairwise(waits))


def test_those_who_failed_together_do_not_come_back_together() -> None:
    for after_s in (None, 600.0):
        at = {
            poll_retry_at(Trouble.SERVER, 0, 120.0, NOW, name=f"source {n}", retry_after_s=after_s) for n in range(100)
        }
        assert len(at) == 100
        assert timedelta(seconds=15) < max(at) - min(at) <= timedelta(seconds=120 * JITTER)


def test_a_page_waits_by_its_kind_of_failure() -> None:
    def first_s(trouble: Trouble) -> float:
        return (page_retry_at(0, NOW, NOW, 10 * MINUTE, trouble=trouble) - NOW).total_seconds()

    assert (first_s(Trouble.TIMEOUT), first_s(Trouble.NOT_FOUND)) == (5, 5)
    assert (first_s(Trouble.THROTTLED), first_s(Trouble.FORBIDDEN)) == (30, 60)
    assert (give_up(2, Trouble.GONE), give_up(2, Trouble.NOT_FOUND)) == (True, False)


def test_a_page_is_looked_at_when_it_must_be_told_but_not_before_the_host_said() -> None:
    seen = NOW - MINUTE / 2
    assert page_retry_at(3, seen, NOW, MINUTE) == seen + MINUTE
    hour = page_retry_at(3, seen, NOW, MINUTE, retry_after_s=3_600, trouble=Trouble.THROTTLED)
    assert hour == NOW + 60 * MINUTE


@pytest.mark.parametrize("for_s", [3.0, 900.0])
def test_a_page_that_was_not_asked_for_waits_no_longer_than_until_it_must_be_told(for_s: float) -> None:
    at = page_retry_at(0, NOW, NOW, MINUTE, retry_after_s=for_s, trouble=Trouble.UNASKED)
    assert at == NOW + timedelta(seconds=min(for_s, 60))
    late = page_retry_at(0, NOW - MINUTE, NOW, MINUTE, retry_after_s=for_s, trouble=Trouble.UNASKED)
    assert late == NOW + timedelta(seconds=for_s)
    assert not give_up(10_000, Trouble.UNASKED)
