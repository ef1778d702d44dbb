"""What of a page is history, what is left to polls and gaps, and how far a walk is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from news.source import Gap, Listed, PollState, Source, SourceKind
from storage.backfills import Backfill, Stand
from wirewatch.backfill import GAP_MARGIN, POLLS_BRING, Border, Place, border, place_of
from wirewatch.backfill_order import progress_of
from wirewatch.lookback import Showing

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ORDER = Backfill(source_id=1, since=NOW - 30 * DAY, until=None, alert=False, began_at=NOW)
SHOWN = Showing("listing", "https://w.example/?page=1", 1, ordered=True, rows=())


def source(*, seeded: bool = True) -> Source:
    state = PollState(next_poll_at=NOW, last_polled_at=NOW, seeded=seeded)
    return Source(
        id=1, name="local", wire="acme-wire", kind=SourceKind.FEED, url="https://w.example/feed", interval_s=60,
        alert_seed=False, trusted=True, state=state,
    )  # fmt: skip


def at(stamp: datetime | None) -> Listed:
    return Listed(url="https://w.example/1.html", guid=None, title="", stamp=stamp)


def test_all_is_history_to_a_source_that_was_never_polled() -> None:
    bound = border(source(seeded=False), None, ())
    assert bound.is_history(NOW)
    assert place_of(at(None), ORDER, SHOWN, bound, below_known=False) is Place.WANTED


def test_what_is_from_before_the_first_poll_or_long_before_the_last_is_history() -> None:
    bound = border(source(), None, ())
    assert bound.is_history(NOW - POLLS_BRING - HOUR)
    assert not bound.is_history(NOW - POLLS_BRING)
    just_added = border(source(), NOW - 2 * HOUR, ())
    assert just_added.is_history(NOW - 2 * HOUR - GAP_MARGIN - timedelta(seconds=1))
    assert not just_added.is_history(NOW - 2 * HOUR)


def test_what_falls_in_an_open_gap_is_left_to_it() -> None:
    gap = Gap(source_id=1, opened_at=NOW - 10 * DAY, closed_at=NOW - 9 * DAY)
    bound = Border(NOW, (gap,))
    assert place_of(at(NOW - 9.5 * DAY), ORDER, SHOWN, bound, below_known=True) is Place.LEFT
    assert place_of(at(NOW - 8 * DAY), ORDER, SHOWN, bound, below_known=False) is Place.WANTED


@pytest.mark.parametrize(("below_known", "place"), [(False, Place.LEFT), (True, Place.WANTED)])
def test_a_row_without_a_stamp_is_history_below_what_was_known(below_known: bool, place: Place) -> None:
    assert place_of(at(None), ORDER, SHOWN, Border(NOW - DAY), below_known=below_known) is place


def test_a_row_without_a_stamp_is_as_old_as_its_page_says() -> None:
    shown = replace(SHOWN, url="https://w.example/sitemap-2025-12.xml", ordered=False)
    assert place_of(at(None), ORDER, shown, Border(NOW - DAY), below_known=False) is Place.WANTED


def test_days_are_bounds_and_a_stamp_of_change_is_none_above() -> None:
    order = replace(ORDER, until=NOW - 10 * DAY)
    assert place_of(at(order.since), order, SHOWN, Border(None), below_known=False) is Place.WANTED
    assert place_of(at(order.since - HOUR), order, SHOWN, Border(None), below_known=False) is Place.OUTSIDE
    assert place_of(at(order.until), order, SHOWN, Border(None), below_known=False) is Place.OUTSIDE
    changed = replace(SHOWN, exact=False)
    assert place_of(at(order.until), order, changed, Border(None), below_known=False) is Place.WANTED


def test_progress_goes_with_the_days_walked_and_the_pages_read() -> None:
    assert progress_of(ORDER, 0, NOW) == 0.0
    half = replace(ORDER, back_to=NOW - 15 * DAY, listed=100)
    assert progress_of(half, 0, NOW) == pytest.approx(0.5)
    assert progress_of(half, 50, NOW) == pytest.approx(0.25)
    assert progress_of(replace(half, back_to=NOW - 90 * DAY), 0, NOW) == 1.0
    assert progress_of(replace(half, stand=Stand.DONE), 0, NOW) == 1.0
