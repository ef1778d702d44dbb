"""What counts as late, whose fault that is, and what is told together because of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.catching_up import CatchUp, Late, Waits, late, waits
from alerts.gating import Fire, Held, gate
from news.alert import Absence, AbsenceCause, Match, Reason, Rule
from news.release import Origin, Precision, Release
from news.verdict import New

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
AWAY = Absence(gone_at=NOW - timedelta(hours=6), back_at=NOW - timedelta(minutes=10), cause=AbsenceCause.ASLEEP)
POLICY = CatchUp()
SEEN = NOW - timedelta(minutes=9)


def release(hours_ago=None, precision=Precision.SECOND):
    at = None if hours_ago is None else NOW - timedelta(hours=hours_ago)
    return Release(wire="w", headline="x", body="y", published_at=at, time_precision=precision)


def asked(hours_ago, *, absence=AWAY, origin=Origin.LIVE, seen=SEEN, precision=Precision.SECOND):
    return late(release(hours_ago, precision), origin, seen, absence, POLICY)


def test_what_came_while_we_were_away_is_late_and_ours():
    assert asked(5) == Late(absence=AWAY)
    assert asked(1.5) == Late(absence=AWAY)


@pytest.mark.parametrize("hours_ago", [0.9, 0.1, 0, -2])
def test_what_is_younger_than_the_threshold_is_not_late(hours_ago):
    assert asked(hours_ago) is None


def test_what_is_old_for_another_reason_is_late_but_not_ours():
    assert asked(5, absence=None) == Late(absence=None)
    assert asked(9) == Late(absence=None), "it came long before we went"
    short = Absence(gone_at=NOW - timedelta(minutes=20), back_at=SEEN, cause=AbsenceCause.STOPPED)
    assert asked(5, absence=short) == Late(absence=None)


@pytest.mark.parametrize("origin", list(Origin))
def test_only_what_comes_from_a_wire_now_can_be_late(origin):
    assert (asked(5, origin=origin) is not None) is (origin in {Origin.LIVE, Origin.GAP})


def test_what_was_seen_before_and_read_after_counts_as_seen_at_the_return():
    assert asked(6.1, seen=AWAY.gone_at - timedelta(minutes=1)) == Late(absence=AWAY)


def test_without_a_time_of_day_it_came_in_the_middle_of_the_absence():
    assert asked(None) == Late(absence=AWAY)
    assert asked(None, absence=None) is None
    assert asked(8, precision=Precision.DAY) == Late(absence=AWAY)
    assert asked(8, precision=Precision.DAY, absence=None) is None


def test_a_digest_goes_out_a_while_after_the_return():
    found = waits("u", Late(absence=AWAY), POLICY, AWAY.back_at + timedelta(seconds=3))
    assert found is not None
    assert found.bundle == f"away:{AWAY.gone_at.isoformat()}"
    assert found.due_at == AWAY.back_at + timedelta(minutes=5, seconds=3)


def test_late_ones_for_another_reason_go_at_once_until_they_are_too_many():
    assert waits("u", Late(absence=None, told_singly=19), POLICY, NOW) is None
    found = waits("u", Late(absence=None, told_singly=20), POLICY, NOW)
    assert found is not None
    assert (found.bundle, found.due_at) == ("late:u", NOW + POLICY.wait)
    assert waits("u", None, POLICY, NOW) is None


RULE = Rule(id=1, uid="u-1", name="Kites", query="kite", channels=("desk",))


def decide(lateness, origin=Origin.LIVE, fired=()):
    return gate(
        rule=RULE,
        match=Match(rule_id=1),
        origin=origin,
        alert_seed=False,
        verdict=New(),
        release_id=7,
        after=release(5),
        before=None,
        fired=frozenset(fired),
        now=NOW,
        lateness=lateness,
        catch_up=POLICY,
    )


def test_the_gate_sets_when_and_with_whom():
    assert decide(None) == Fire("first")
    told = decide(Late(absence=AWAY))
    bundle = f"away:{AWAY.gone_at.isoformat()}"
    assert told == Fire("first", Waits(bundle=bundle, due_at=NOW + POLICY.wait, reason=Reason.AWAY))
    assert decide(Late(absence=None)) == Fire("first")
    assert isinstance(decide(Late(absence=AWAY), origin=Origin.SEED), Held)
    assert isinstance(decide(Late(absence=AWAY), fired=["first"]), Held)


HOURS = st.floats(-48, 48)


@given(HOURS | st.none(), HOURS, st.floats(0, 48), st.floats(0, 30), st.sampled_from(list(Precision)))
def test_what_is_young_is_never_kept_waiting(published, seen, gone, back, precision):
    """Whatever the stamps and clocks: a release that bears a time and is fresh is told at once."""
    absence = Absence(
        gone_at=NOW - timedelta(hours=gone + back), back_at=NOW - timedelta(hours=back), cause=AbsenceCause.STOPPED
    )
    at = NOW - timedelta(hours=seen)
    found = late(release(published, precision), Origin.LIVE, at, absence, POLICY)
    if found is not None and published is not None and precision is not Precision.DAY:
        assert max(at, absence.back_at) - (NOW - timedelta(hours=published)) > POLICY.older_than
    if found is not None and found.absence is not None:
        assert found.absence == absence
