"""Two answers of a source overlap, or there is a gap: told from a simulated wire that knows the truth."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from effort import steps
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.coverage import (
    ODD_FOR,
    TRY_WAITS_S,
    Compared,
    Proof,
    compare,
    sight_after,
    try_again_at,
)
from news.showing import SeenRow, ShownRow, Sight

NOW = datetime(2026, 9, 9, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Wire:
    """A source with a rolling window, and what a careful reader remembers of it.

    `skew` is how far its stamps are off; `stamped` false shows none; `shuffled` keeps no order; `pinned` rows stand
    on top for good; `days` makes it show what is younger than that, `rows` at most so many.
    """

    rows: int = 20
    days: float | None = None
    skew: timedelta = timedelta()
    stamped: bool = True
    shuffled: bool = False
    now: datetime = NOW
    published: list[tuple[str, str, datetime]] = field(default_factory=list)
    pinned: list[str] = field(default_factory=list)
    restamped: dict[str, datetime] = field(default_factory=dict)
    prefix: str = ""
    # The reader.
    sight: Sight | None = None
    seen: dict[str, tuple[datetime, datetime | None, str]] = field(default_factory=dict)
    missed: set[str] = field(default_factory=set)
    chance: random.Random = field(default_factory=lambda: random.Random(5))  # noqa: S311

    def publish(self, many: int = 1, *, over: timedelta = MINUTE, title: str = "Release") -> None:
        for _ in range(many):
            self.now += over / many
            n = len(self.published)
            self.published.append((f"r{n}", f"{title} {n}", self.now))
            self.missed.add(f"r{n}")

    def take_down(self, *keys: str) -> None:
        self.published = [row for row in self.published if row[0] not in keys]
        self.missed -= set(keys)

    def window(self) -> list[ShownRow]:
        at = {key: self.restamped.get(key, when) for key, _, when in self.published}
        newest = sorted(self.published, key=lambda row: at[row[0]], reverse=True)
        if self.days is not None:
            newest = [row for row in newest if self.now - at[row[0]] < timedelta(days=self.days)]
        top = [row for row in self.published if row[0] in self.pinned]
        rest = [row for row in newest if row[0] not in self.pinned]
        shown = (top + rest)[: self.rows]
        if self.shuffled:
            self.chance.shuffle(shown)
        return [self._row(key, title, at[key]) for key, title, _ in shown]

    def _row(self, key: str, title: str, at: datetime) -> ShownRow:
        stamp = (at + self.skew).replace(second=0, microsecond=0) if self.stamped else None
        return ShownRow(key=self.prefix + key, title=title, stamp=stamp)

    def poll(self, after: timedelta = MINUTE, answer: list[ShownRow] | None = None) -> Compared:
        self.now += after
        rows = self.window() if answer is None else answer
        shown = [self._known(row) for row in rows]
        found = compare(self.sight, shown, now=self.now)
        for row in rows:
            first, stamp, title = self.seen.get(row.key, (self.now, row.stamp, row.title))
            self.seen[row.key] = (first, stamp, title)
            self.missed.discard(row.key.removeprefix(self.prefix))
        if found.stands:
            order = sorted(rows, key=lambda row: -self.seen[row.key][0].timestamp())
            self.sight = replace(
                sight_after(self.sight, shown, now=self.now),
                rows=tuple(
                    SeenRow(key=row.key, title=row.title, stamp=row.stamp, first_seen_at=self.seen[row.key][0])
                    for row in order
                ),
            )
        return found

    def _known(self, row: ShownRow) -> ShownRow:
        if row.key not in self.seen or (self.sight is not None and self.seen[row.key][0] > self.sight.at):
            return row
        first, stamp, _ = self.seen[row.key]
        return replace(row, known=True, first_seen_at=first, restamped=stamp != row.stamp)


def seeded(**more: object) -> Wire:
    wire = Wire(**more)  # type: ignore[arg-type]
    wire.publish(60, over=timedelta(hours=10))
    assert wire.poll().proof is Proof.FIRST
    wire.missed.clear()
    return wire


# ---------------------------------------------------------------- the truth, at random

wires = st.fixed_dictionaries(
    {
        "rows": st.sampled_from([1, 2, 3, 5, 10, 20, 50]),
        "skew": st.sampled_from([timedelta(), timedelta(hours=-5), timedelta(hours=5), timedelta(minutes=-3)]),
        "stamped": st.booleans(),
        "shuffled": st.booleans(),
    }
)


@given(of=wires, seed=st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_every_row_that_rolled_by_unseen_lies_in_a_gap_and_no_gap_is_without_reason(of: dict, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    wire = seeded(chance=chance, **of)
    for _ in range(25):
        count = chance.choice([0, 0, 0, 1, 2, 3, wire.rows - 1, wire.rows, wire.rows + 1, 3 * wire.rows])
        read_at = wire.sight.at if wire.sight else NOW
        wire.publish(count, over=timedelta(minutes=chance.choice([1, 10, 120, 1_000])))
        lost_before = set(wire.missed)
        found = wire.poll(timedelta(seconds=chance.choice([1, 60, 3_600])))
        lost = wire.missed & lost_before
        if lost:
            assert found.gap, f"{len(lost)} of {count} rolled by unseen: {found}"
            assert found.opened_at == read_at
        if found.gap:
            # A gap too many may be told where any row may be the newest, and where one may be held for the future's.
            doubtful = (wire.shuffled and not wire.stamped) or (wire.skew > MINUTE and count >= wire.rows - 2)
            assert count >= wire.rows or doubtful, f"{count} new rows in a window of {wire.rows}: {found}"
        wire.missed.clear()


@given(seed=st.integers(0, 2**32), stamped=st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_row_that_stays_on_top_or_comes_back_hides_no_gap(seed: int, *, stamped: bool) -> None:
    chance = random.Random(seed)  # noqa: S311
    wire = seeded(chance=chance, stamped=stamped)
    for _ in range(20):
        wire.pinned = [f"r{chance.randrange(len(wire.published) - 3)}"] if chance.random() < 0.5 else []
        wire.poll()
        wire.missed.clear()
        count = chance.choice([0, 1, 5, 15, 25, 60])
        again = chance.choice(wire.published)[0]
        wire.publish(count, over=timedelta(minutes=30))
        if stamped and chance.random() < 0.5:
            wire.restamped[again] = wire.now - timedelta(minutes=2)
        found = wire.poll()
        if wire.missed:
            assert found.gap
        if found.gap:
            assert count >= 15
        wire.missed.clear()


@given(seed=st.integers(0, 2**32), skew=st.sampled_from([-5, 0, 5]))
@settings(max_examples=25, deadline=None)
def test_a_source_that_shows_what_is_young_may_fall_silent_for_days(seed: int, skew: int) -> None:
    """As news sitemaps do: two days of rows, fewer or none at a weekend, whatever the clock of its stamps."""
    chance = random.Random(seed)  # noqa: S311
    wire = Wire(rows=500, days=2, skew=timedelta(hours=skew), chance=chance)
    for _ in range(12):
        wire.publish(8, over=timedelta(hours=4))
        wire.poll()
    wire.missed.clear()
    for _ in range(150):
        wire.publish(chance.choice([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4]), over=timedelta(minutes=20))
        found = wire.poll(timedelta(minutes=chance.choice([5, 30, 120])))
        assert not wire.missed
        assert not found.gap, found


# ---------------------------------------------------------------- what happens to sources


def test_a_window_that_rolled_over_opens_a_gap_since_the_last_answer() -> None:
    wire = seeded()
    read_at = wire.now
    wire.publish(60)
    assert wire.poll() == Compared(Proof.NONE, opened_at=read_at)
    wire.publish(3)
    assert wire.poll().proof is Proof.OVERLAP


def test_a_gap_during_a_gap_begins_where_the_other_ends() -> None:
    wire = seeded()
    wire.publish(60)
    wire.poll()
    ended = wire.now
    wire.publish(60)
    assert wire.poll().opened_at == ended


def test_a_pinned_row_hides_no_gap_on_the_first_day() -> None:
    wire = seeded()
    wire.pinned = ["r59"]
    wire.poll()
    wire.publish(60, over=timedelta(minutes=30))
    assert wire.poll().gap


def test_a_row_of_the_future_hides_no_gap() -> None:
    wire = seeded()
    wire.publish(1)
    wire.restamped["r60"] = wire.now + timedelta(days=1)
    assert not wire.poll().gap
    wire.publish(60)
    assert wire.poll().gap


def test_a_redesign_with_other_addresses_is_no_gap_and_hides_none() -> None:
    for rolled, gap in ((5, False), (19, False), (60, True)):
        wire = seeded()
        wire.publish(rolled)
        wire.prefix = "new/"
        assert wire.poll().gap is gap, rolled


def test_a_redesign_that_rewrites_titles_too_is_known_by_its_stamps() -> None:
    wire = seeded()
    wire.prefix = "new/"
    wire.published = [(key, f"{title} | Acme", at) for key, title, at in wire.published]
    assert wire.poll().proof is Proof.REACHES_BACK


def test_titles_that_recur_prove_nothing() -> None:
    wire = seeded()
    wire.published = [(key, "Form 8.3 - Acme plc", at) for key, _, at in wire.published]
    wire.poll()
    wire.publish(60, title="")
    wire.published = [(key, "Form 8.3 - Acme plc", at) for key, _, at in wire.published]
    assert wire.poll().gap


@pytest.mark.parametrize("gone", [1, 2])
def test_releases_taken_down_are_no_gap(gone: int) -> None:
    wire = seeded()
    wire.publish(15)
    wire.take_down(*[f"r{59 - n}" for n in range(gone)])
    assert not wire.poll().gap


def test_an_empty_answer_is_no_gap_and_hides_none() -> None:
    wire = seeded()
    read_at = wire.now
    assert wire.poll(answer=[]) == Compared(Proof.NOTHING_SHOWN, stands=False)
    assert not wire.poll().gap
    wire.poll(answer=[])
    wire.publish(60)
    assert wire.poll().opened_at == read_at + 2 * MINUTE


def test_yesterdays_copy_is_no_gap_and_is_not_compared_with() -> None:
    wire = seeded()
    old = wire.window()
    wire.publish(15)
    wire.poll()
    read_at = wire.now
    assert wire.poll(answer=old) == Compared(Proof.NOTHING_NEW, stands=False)
    wire.publish(60)
    assert wire.poll().opened_at == read_at


def test_a_short_answer_shown_complete_again_is_no_gap() -> None:
    wire = seeded()
    assert not wire.poll(answer=wire.window()[:2]).gap
    wire.publish(1)
    assert not wire.poll().gap


def test_an_error_told_as_a_row_is_waited_for_and_becomes_a_gap_if_it_lasts() -> None:
    wire = seeded()
    read_at = wire.now
    assert wire.poll(answer=error(1)) == Compared(Proof.ODD, stands=False)
    assert wire.poll(answer=error(1)).proof is Proof.ODD
    assert wire.poll(after=ODD_FOR, answer=error(2)).opened_at == read_at


def test_an_error_told_as_a_row_now_and_then_is_no_gap() -> None:
    wire = seeded()
    for _ in range(5):
        wire.poll(answer=error(1))
        wire.publish(3)
        assert not wire.poll().gap


def error(n: int) -> list[ShownRow]:
    return [ShownRow(key=f"error {n}", title="Bridge returned error 500", stamp=None)]


def test_a_source_that_was_empty_at_first_shows_its_first_rows_without_a_gap() -> None:
    wire = Wire()
    wire.poll()
    wire.publish(3)
    assert wire.poll().proof is Proof.NOT_FULL
    other = Wire()
    other.poll()
    other.publish(60)
    assert other.poll().gap
    older = Wire()
    older.publish(60, over=timedelta(days=30))
    older.poll(answer=[])
    assert older.poll().proof is Proof.REACHES_BACK


def test_one_row_twice_is_one_row() -> None:
    wire = seeded()
    assert not wire.poll(answer=[*wire.window(), *wire.window()]).gap
    assert wire.sight is not None
    assert wire.sight.window == 20


def test_a_feed_of_one_row_cannot_prove_that_nothing_came_between() -> None:
    wire = seeded(rows=1)
    assert not wire.poll().gap
    wire.publish(1)
    assert wire.poll().gap


def test_a_row_that_was_erased_is_known() -> None:
    wire = seeded(rows=1)
    wire.publish(1)
    [row] = wire.window()
    assert not wire.poll(answer=[replace(row, known=True)]).gap


def test_a_clock_that_went_back_makes_no_gap_of_negative_length() -> None:
    wire = seeded()
    wire.publish(60)
    wire.now = NOW
    assert compare(wire.sight, wire.window(), now=NOW).opened_at == NOW


def test_tries_grow_apart_and_end() -> None:
    waits = []
    for tries in range(1, len(TRY_WAITS_S) + 1):
        at = try_again_at(tries, NOW)
        assert at is not None
        waits.append(at - NOW)
    assert waits == sorted(waits)
    assert try_again_at(len(TRY_WAITS_S) + 1, NOW) is None


def test_a_window_of_thousands_is_compared_in_no_time() -> None:
    """Ten times the rows may cost little more than ten times as much."""

    def cost(rows: int) -> int:
        wire = Wire(rows=rows)
        wire.publish(rows, over=timedelta(days=7))
        wire.poll()
        wire.publish(rows * 6 // 10, over=timedelta(days=1))
        shown = [wire._known(row) for row in wire.window()]
        assert not compare(wire.sight, shown, now=wire.now).gap
        return steps(lambda: compare(wire.sight, shown, now=wire.now))

    assert cost(4_000) < 13 * cost(400)
