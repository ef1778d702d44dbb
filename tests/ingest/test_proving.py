"""What pages further back say of a gap: told from a simulated listing that knows what is missing."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.proving import Found, Judged, judge
from news.source import Gap

BEGAN = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
ENDED = BEGAN + timedelta(minutes=30)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
GAP = Gap(source_id=1, opened_at=BEGAN, closed_at=ENDED)


def before(minutes: float = 5, **more: object) -> Found:
    at = BEGAN - minutes * MINUTE
    return Found(**{"stamp": at, "seen_at": at, "mine": True, **more})  # type: ignore[arg-type]


def unseen(minutes: float = 5, **more: object) -> Found:
    return Found(**{"stamp": BEGAN + minutes * MINUTE, "seen_at": None, "mine": False, **more})  # type: ignore[arg-type]


def polled(minutes: float = 29) -> Found:
    return Found(BEGAN + minutes * MINUTE, ENDED, mine=True)


def told(*rows: Found, ordered: bool = True, lag_s: float = 0) -> Judged:
    return judge(rows, GAP, ordered=ordered, lag_s=lag_s)


def test_a_row_from_before_below_what_is_missing_closes_the_gap() -> None:
    found = told(polled(), unseen(9), unseen(4), before(1), before(2))
    assert found == Judged((1, 2), "a row known from before", reaches_back=True)


def test_nothing_missing_closes_it_too() -> None:
    assert told(polled(), before(1)).proof == "a row known from before"


def test_a_row_pinned_to_the_top_closes_nothing() -> None:
    assert told(before(500), polled(), unseen(9), unseen(4)).proof is None
    assert told(before(500), polled(), polled(28)).proof is None
    assert told(before(500), polled(), unseen(9), before(1)) == Judged(
        (2,), "a row known from before", reaches_back=True
    )


def test_without_stamps_a_run_of_known_rows_closes_and_one_on_top_does_not() -> None:
    bare = {"stamp": None}
    assert told(before(**bare), *[unseen(**bare)] * 9).proof is None
    assert told(*[unseen(**bare)] * 9, *[before(**bare)] * 3, *[unseen(**bare)] * 9).news == tuple(range(9))
    assert told(*[unseen(**bare)] * 9, before(**bare)).proof == "a row known from before"


def test_rows_older_than_the_gap_close_it_by_a_margin_and_not_alone() -> None:
    old = [unseen(-70), unseen(-80), unseen(-90)]
    assert told(unseen(4), *old) == Judged((0,), "rows older than it", reaches_back=False)
    assert told(unseen(4), *old[:2]).proof is None
    assert told(unseen(4), unseen(-10), unseen(-20), unseen(-30)).proof is None


def test_whole_days_are_no_moments() -> None:
    midnight = BEGAN.replace(hour=0)
    morning = Gap(source_id=1, opened_at=BEGAN.replace(hour=10), closed_at=ENDED)
    rows = [unseen(stamp=midnight)] * 5 + [unseen(stamp=midnight - timedelta(days=1))] * 3
    # West of the date line it is still yesterday.
    assert judge(rows, morning, ordered=True, lag_s=0).proof is None
    assert judge(rows, GAP, ordered=True, lag_s=0) == Judged((0, 1, 2, 3, 4), "rows older than it", reaches_back=False)


def test_a_clock_that_lags_closes_nothing_too_soon() -> None:
    late = [unseen(n - 300) for n in (25, 20, 15, 10)]
    assert told(*late, lag_s=5 * 3_600) == Judged((0, 1, 2, 3), None, reaches_back=False)


def test_what_came_after_the_gap_is_left_to_the_next_poll() -> None:
    assert told(unseen(31), polled(), unseen(9), before()).news == (2,)
    assert told(unseen(31), unseen(9), before()).news == (0, 1)


def test_an_old_row_that_nobody_saw_is_not_of_the_gap() -> None:
    assert told(unseen(-2_000), unseen(9), before()).news == (1,)


def test_what_another_source_brought_since_is_no_news_and_no_proof() -> None:
    others = Found(BEGAN + MINUTE, BEGAN + 2 * MINUTE, mine=False)
    assert told(unseen(9), others) == Judged((0,), None, reaches_back=False)


def test_a_page_without_order_proves_nothing_by_itself() -> None:
    found = told(before(500), unseen(9), unseen(-500), unseen(stamp=None), before(), ordered=False)
    assert found == Judged((1,), None, reaches_back=True)


def test_an_empty_page_says_nothing() -> None:
    assert told() == Judged((), None, reaches_back=False)


def pages(rows: Sequence[Found], size: int) -> Iterator[Sequence[Found]]:
    for at in range(0, len(rows), size):
        yield rows[at : at + size]


@given(
    missing=st.integers(0, 80),
    shown=st.integers(1, 30),
    known=st.integers(1, 30),
    size=st.sampled_from([1, 2, 5, 25, 100]),
    pinned=st.integers(0, 2),
    lag_h=st.sampled_from([0, 0, 5]),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=300, deadline=None)
def test_every_missing_row_is_found_before_a_gap_is_closed(
    *, missing: int, shown: int, known: int, size: int, pinned: int, lag_h: int, seed: int
) -> None:
    """A listing of all: what the closing poll saw, what nobody saw, what was seen before, what is older than all."""
    chance = random.Random(seed)  # noqa: S311
    lag = timedelta(hours=lag_h)

    def stamp(at: datetime) -> datetime:
        return (at - lag).replace(second=0)

    moments = sorted((chance.random() * 29 for _ in range(missing + shown)), reverse=True)
    rows = [Found(stamp(BEGAN + m * MINUTE), ENDED if n < shown else None, n < shown) for n, m in enumerate(moments)]
    rows += [Found(stamp(BEGAN - n * 3 * MINUTE), BEGAN - n * MINUTE, mine=True) for n in range(1, known + 1)]
    rows += [Found(stamp(BEGAN - (100 + n) * MINUTE), None, mine=False) for n in range(200)]
    if size > pinned + 1:
        rows = [before(5_000)] * pinned + rows
    brought = 0
    for page in pages(rows, size):
        found = judge(page, GAP, ordered=True, lag_s=lag.total_seconds())
        brought += len(found.news)
        if found.proof is not None:
            break
    else:
        pytest.fail("never closed")
    assert brought == missing
