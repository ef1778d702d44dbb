from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alerts.gating import Fire, Held, HeldReason, gate
from alerts.passages import passages
from news.alert import Match, Rule, Telling
from news.release import Kind, Origin, Release, Span, Zone
from news.verdict import Completes, Copy, Joins, New, Revision, Same, Translation

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
RULE = Rule(id=1, uid="u-1", name="Kites", query="kite", channels=("desk",))
BODY = "The mill sells a kite. Sales rose 5 percent.\n\nAcme Corp. of Springfield, Ill., makes rope, too."
BEFORE = Release(wire="w", headline="Mill sells kites", body=BODY, lead_span=(0, 44))
KITE = (Span(Zone.BODY, 17, 21),)


def decide(verdict, *, fired=(), after=BEFORE, before=BEFORE, spans=KITE, rule=RULE, **more):
    asked = {"origin": Origin.LIVE, "alert_seed": False, "release_id": 77, "now": NOW} | more
    match = Match(rule_id=1, spans=spans)
    return gate(rule=rule, match=match, verdict=verdict, fired=frozenset(fired), after=after, before=before, **asked)


@pytest.mark.parametrize("verdict", [New(), Same(1), Completes(1), Revision(1), Copy(1, "text")])
def test_a_rule_that_has_not_fired_fires_first_whatever_the_verdict(verdict):
    assert decide(verdict) == Fire("first")


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (Copy(1, "text"), "same-story"),
        (Completes(1), "already-fired"),
        (Same(1), "already-fired"),
        (New(), "already-fired"),
        (Revision(1), "unchanged-revision"),
        (Revision(1, stale=True), "stale-revision"),
    ],
)
def test_a_rule_that_has_fired_is_held_with_a_reason(verdict, reason):
    assert decide(verdict, fired=["first"]) == Held(HeldReason(reason))


@pytest.mark.parametrize("verdict", [Copy(1, "text"), Translation(1, "text"), Joins((1, 2), "text")])
def test_a_rule_that_wants_every_copy_is_told_of_each_by_itself(verdict):
    every = replace(RULE, telling=Telling(every_copy=True))
    assert decide(verdict, fired=["first"], rule=every) == Fire("copy:77")
    assert decide(verdict, rule=every) == Fire("first")
    assert decide(New(), fired=["first"], rule=every) == Held(HeldReason.ALREADY_FIRED)


def test_a_withdrawal_wakes_rules_that_rest_and_told_of_the_release_and_no_others():
    gone = replace(BEFORE, kind=Kind.WITHDRAWAL)
    for resting in (replace(RULE, paused=True), replace(RULE, silenced_until=datetime(2027, 1, 1, tzinfo=UTC))):
        assert decide(Revision(1), fired=["first"], after=gone, rule=resting) == Fire("withdrawal:77")
        assert isinstance(decide(Revision(1), after=gone, rule=resting), Held)
        assert isinstance(decide(Revision(1), fired=["first"], rule=resting), Held)
    assert decide(Revision(1, stale=True), fired=["first"], after=gone) == Held(HeldReason.STALE_REVISION)


@pytest.mark.parametrize(
    ("headline", "body", "told"),
    [
        ("CORRECTION: Mill sells kites", BODY, False),
        ("CORRECTION: Mill sells ropes", BODY, True),
        ("Mill sells kites", BODY.replace("5 percent", "6 percent"), True),
        ("Mill sells kites", BODY.replace("makes rope", "made rope"), False),
    ],
)
def test_the_headline_behind_its_mark_and_any_figure_count_as_told(headline, body, told):
    after = replace(BEFORE, headline=headline, body=body)
    expected = Fire("revision:77") if told else Held(HeldReason.UNCHANGED_REVISION)
    assert decide(Revision(1), fired=["first"], after=after) == expected


def test_a_stale_revision_never_fires_not_even_first():
    assert decide(Revision(1, stale=True)) == Held(HeldReason.STALE_REVISION)


@pytest.mark.parametrize("origin", list(Origin))
def test_each_origin_fires_or_is_held_under_its_own_name(origin):
    expected = Fire("first") if origin in {Origin.LIVE, Origin.GAP, Origin.FILE} else Held(HeldReason(origin.value))
    assert decide(New(), origin=origin) == expected


def test_a_seed_fires_where_the_source_was_asked_to_and_no_other_origin_does():
    assert decide(New(), origin=Origin.SEED, alert_seed=True) == Fire("first")
    assert decide(New(), origin=Origin.HISTORY, alert_seed=True) == Held(HeldReason.HISTORY)


def test_a_paused_rule_and_one_without_channels_are_held():
    assert decide(New(), rule=replace(RULE, paused=True)) == Held(HeldReason.PAUSED)
    assert decide(New(), rule=replace(RULE, channels=())) == Fire("first")


@pytest.mark.parametrize(
    ("old", "new", "fires"),
    [
        ("sells a kite.", "sells a blue kite.", True),
        ("sells a kite. Sales", "sells a\n  kite.   Sales", False),
        ("rose 5 percent", "fell 5 percent", False),
        ("makes rope", "makes twine", False),
    ],
)
def test_a_revision_fires_only_if_the_matched_sentence_changed(old, new, fires):
    body = BODY.replace(old, new)
    at = body.index("kite")
    after = replace(BEFORE, body=body)
    told = decide(Revision(1), fired=["first"], after=after, spans=(Span(Zone.BODY, at, at + 4),))
    assert told == (Fire("revision:77") if fires else Held(HeldReason.UNCHANGED_REVISION))


def test_a_revision_with_another_headline_fires():
    after = replace(BEFORE, headline="Mill sells no kites")
    assert decide(Revision(1), fired=["first"], after=after) == Fire("revision:77")


def test_a_revision_whose_earlier_version_is_unknown_fires():
    assert decide(Revision(1), fired=["first"], before=None) == Fire("revision:77")


def test_a_matched_sentence_that_was_taken_out_counts_where_the_earlier_match_is_known():
    before = replace(BEFORE, body=BODY + "\n\nThe kite is cheap.")
    gone = (*KITE, Span(Zone.BODY, len(BODY) + 6, len(BODY) + 10))
    assert decide(Revision(1), fired=["first"], before=before) == Held(HeldReason.UNCHANGED_REVISION)
    assert decide(Revision(1), fired=["first"], before=before, before_spans=gone) == Fire("revision:77")


def test_a_rule_on_metadata_alone_is_told_when_the_lead_changes():
    body = BODY.replace("rose", "fell")
    after = replace(BEFORE, body=body)
    assert decide(Revision(1), fired=["first"], after=after, spans=()) == Fire("revision:77")
    rope = replace(BEFORE, body=BODY.replace("rope", "twine"))
    assert decide(Revision(1), fired=["first"], after=rope, spans=()) == Held(HeldReason.UNCHANGED_REVISION)


def test_a_withdrawal_fires_though_nothing_else_changed_and_once():
    after = replace(BEFORE, kind=Kind.WITHDRAWAL)
    assert decide(Revision(1), fired=["first"], after=after) == Fire("withdrawal:77")
    assert decide(Revision(1), fired=["first", "withdrawal:77"], after=after) == Held(HeldReason.ALREADY_FIRED)


def test_passages_are_whole_sentences_past_abbreviations():
    rope = BODY.index("rope")
    assert passages(BEFORE, (Span(Zone.BODY, rope, rope + 4),)) == (
        "Acme Corp. of Springfield, Ill., makes rope, too.",
    )


def test_a_span_over_two_sentences_gives_both():
    assert passages(BEFORE, (Span(Zone.BODY, 17, 28),)) == ("The mill sells a kite. Sales rose 5 percent.",)
