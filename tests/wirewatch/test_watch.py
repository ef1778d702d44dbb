"""The rules that stand watch follow the term packs they name, whatever the index knew before."""

from __future__ import annotations

import pytest

from news.alert import Rule
from news.document import document
from news.query import evaluate, parse
from news.query.packs import TermPacks, in_force
from news.release import Release
from storage.work import RuleChanges
from wirewatch.watch import Watch, caught_up

QUERIES = ("@rivals", "plant @rivals", "headline:@rivals", "plant -@rivals", "@rivals NEAR/3 plant", "plant OR @rivals")
RULES = tuple(Rule(id=n, uid=str(n), name=str(n), query=query, channels=()) for n, query in enumerate(QUERIES, 1))
ASKED = [
    document(Release(wire="w", headline=headline, body=body))
    for headline in ("Acme grows", "Globex grows", "News")
    for body in ("A plant of Acme.", "A plant of Globex.", "A plant.", "Globex")
]
BEFORE, AFTER = in_force({"rivals": ("Acme",)}), in_force({"rivals": ("Globex", "Initech")})


def watching(*changes: RuleChanges) -> Watch:
    watch = Watch()
    for change in changes:
        watch.adopt(change)
    return watch


FIRST = RuleChanges(1, RULES, (), BEFORE)
SECOND = RuleChanges(2, RULES, (), AFTER)


@pytest.mark.parametrize(("changes", "truth"), [((FIRST,), BEFORE), ((FIRST, SECOND), AFTER), ((SECOND, FIRST), AFTER)])
def test_the_index_goes_by_the_newest_packs(changes: tuple[RuleChanges, ...], truth: TermPacks) -> None:
    watch = watching(*changes)
    for asked in ASKED:
        wanted = {rule.id: evaluate(parse(rule.query, truth), asked) for rule in RULES}
        found = {match.rule_id: match.spans for match in watch.match(asked)[1]}
        assert found == {rule_id: match.spans for rule_id, match in wanted.items() if match is not None}


def test_a_release_matched_before_a_pack_changed_is_put_right() -> None:
    watch = watching(FIRST)
    for asked in ASKED:
        generation, early = watch.match(asked)
        assert generation == 1
        assert caught_up(asked, early, SECOND) == watching(SECOND).match(asked)[1]


def test_where_a_rule_was_true_of_an_earlier_text_goes_by_the_packs_of_now() -> None:
    watch = watching(FIRST, SECOND)
    earlier = Release(wire="w", headline="Globex and Acme")
    spans = watch.spans_in(RULES[0], earlier)
    assert spans is not None
    assert [earlier.headline[span.start : span.end] for span in spans] == ["Globex"]


def test_a_rule_whose_pack_is_gone_stands_no_more_and_stops_no_other() -> None:
    watch = watching(FIRST, RuleChanges(2, RULES, (), in_force({})))
    assert len(watch) == 0
    watch.adopt(RuleChanges(3, RULES, (), AFTER))
    assert len(watch) == len(RULES)
