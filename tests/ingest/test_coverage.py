from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.coverage import overlap
from news.source import Gap, PollState

NOW = datetime(2026, 9, 9, 12, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=15)
READ = PollState(next_poll_at=NOW, last_polled_at=NOW - timedelta(minutes=5), last_good_at=BEFORE, seeded=True)


def test_a_poll_that_knows_none_of_its_rows_opens_a_gap_since_the_last_good_one() -> None:
    assert overlap(7, READ, [False] * 20, now=NOW) == Gap(source_id=7, opened_at=BEFORE, closed_at=NOW)


@pytest.mark.parametrize("known", [[True], [False, False, True], [True] * 20])
def test_one_known_row_is_an_overlap(known: list[bool]) -> None:
    assert overlap(7, READ, known, now=NOW) is None


def test_nothing_shown_or_nothing_read_before_is_no_gap() -> None:
    assert overlap(7, READ, [], now=NOW) is None
    assert overlap(7, PollState(next_poll_at=NOW), [False] * 20, now=NOW) is None


def test_a_clock_that_went_back_opens_no_gap() -> None:
    assert overlap(7, READ, [False], now=BEFORE) is None
