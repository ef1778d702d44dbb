"""An objective that is missed, and pages that are read worse than before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.slips import Drop, Fill, Lateness, drops, is_late, lateness


def test_an_objective_is_missed_below_95_and_met_again_at_97_of_100() -> None:
    assert [is_late(Lateness(n, 100), was=False) for n in (94, 95, 96)] == [True, False, False]
    assert [is_late(Lateness(n, 100), was=True) for n in (94, 96, 97)] == [True, True, False]


def test_of_fewer_than_20_releases_nothing_is_told() -> None:
    assert [is_late(Lateness(0, 19), was=was) for was in (False, True)] == [False, True]
    assert is_late(Lateness(0, 20), was=False)
    assert Lateness(0, 0).share == 1


@given(st.lists(st.floats(-1e6, 1e6), max_size=50), st.floats(1, 1e5))
def test_what_was_seen_early_was_seen_in_time(late_s: list[float], objective_s: float) -> None:
    found = lateness(late_s, objective_s)
    assert found.n == len(late_s)
    assert found.within == len([late for late in late_s if late <= objective_s])


def test_a_field_that_is_suddenly_missing_is_a_redesign() -> None:
    before = Fill(500, {"body": 498, "tickers": 200, "issuer": 450})
    assert drops(before, Fill(20, {"body": 0, "tickers": 7, "issuer": 18})) == (Drop("body", 0.996, 0.0),)
    assert drops(before, Fill(20, {"body": 20, "tickers": 2, "issuer": 18})) == (), "chance"
    assert [drop.field for drop in drops(before, Fill(60, {"body": 60, "issuer": 30}))] == ["tickers", "issuer"]


def test_of_few_releases_no_redesign_is_told() -> None:
    assert drops(Fill(99, {"body": 99}), Fill(20, {"body": 0})) == ()
    assert drops(Fill(100, {"body": 100}), Fill(19, {"body": 0})) == ()
    assert drops(Fill(100, {"body": 100}), Fill(0, {})) == ()


@given(st.integers(100, 400), st.integers(20, 200), st.data())
def test_what_is_as_before_is_no_drop(n: int, m: int, data: st.DataObject) -> None:
    having = data.draw(st.integers(0, n))
    recent = -(-having * m // n)
    assert drops(Fill(n, {"body": having}), Fill(m, {"body": recent})) == ()
