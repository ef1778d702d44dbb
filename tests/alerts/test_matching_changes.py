"""The rule index while rules come and go, in many languages: always what a walk over all rules says."""

from __future__ import annotations

import gc
import random
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts.matching import RuleIndex
from alerts.matching.cases import Feature, cases_of
from alerts.matching.cases import Kind as FeatureKind
from alerts.matching.forms import form_of
from alerts.matching.growing import Column
from alerts.matching.keys import KeyTable, distinct
from alerts.matching.lexicon import Lexicon
from alerts.matching.shares import Shares
from news.alert import Match
from news.document import document
from news.query import QueryError, evaluate, parse
from news.release import Dateline, Kind, Release, first_paragraph


@dataclass(frozen=True)
class Standing:
    id: int | str
    query: str


# Words that are one in some languages and two in others, numbers that some group by points, and
# scripts that some languages stem and others leave alone.
WORDS = [
    *("battery", "batteries", "Battery", "run", "running", "news", "new", "université", "universités", "universites"),
    *("Häuser", "Haus", "haus", "batería", "baterías", "città", "citta", "новость", "новости", "1.000", "1000", "3,5"),
    *("R&D", "U.S.", "e-commerce", "ecommerce", "blade-battery", "don't", "l'usine", "重庆", "重慶", "重", "庆市"),
    *("刀片电池", "ブレード", "블레이드", "co2", "and", "near"),
]
LANGUAGES = ["en", "de", "fr", "es", "it", "ru", "zh-Hans", "ja", "el", "und", "xx"]
TEXT = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)
RELEASE = st.builds(
    lambda wire, language, headline, body, boilerplate, issuer: Release(
        wire=wire,
        language=language,
        headline=headline,
        body=body,
        lead_span=first_paragraph(body),
        boilerplate=boilerplate,
        issuer=issuer,
        tickers=("NASDAQ:ACME",),
        dateline=Dateline(place="Springfield, Ill.", city="Springfield", text="Springfield --"),
        kind=Kind.CORRECTION,
    ),
    st.sampled_from(["acme", "other"]),
    st.sampled_from(LANGUAGES),
    TEXT,
    st.lists(TEXT, max_size=2).map("\n\n".join),
    TEXT,
    st.sampled_from(["Acme Battery Works", None]),
)
TERM = st.one_of(
    st.sampled_from([word for word in WORDS if word not in {"and", "near"}]),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(lambda words: f'"{" ".join(words)}"'),
)
PLACED = st.one_of(TERM, TERM, st.tuples(TERM, TERM).map(lambda pair: f"({pair[0]} OR {pair[1]})"))
WITHIN = st.one_of(
    PLACED,
    st.tuples(PLACED, st.sampled_from(["NEAR/2", "ONEAR/3", "NEAR/9"]), PLACED).map(
        lambda three: f"({' '.join(three)})"
    ),
)
LEAF = st.one_of(
    WITHIN,
    TERM.map(lambda term: f"={term}"),
    st.sampled_from(["bat*", "batt*", "универ*", "новост*", "重*", "刀片*", "blade-bat*", "e-com*"]),
    st.tuples(st.sampled_from(["headline", "body", "lead", "boilerplate", "first/4", "atleast/2"]), WITHIN).map(
        ":".join
    ),
    st.sampled_from(["wire:acme", "lang:zh", "issuer:battery", "ticker:acme", "place:springfield", "kind:correction"]),
    st.sampled_from(["@chongqing", "@blade-battery"]),
)
QUERY = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(" ".join),
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: f"({' OR '.join(parts)})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} -({pair[1]}))"),
        st.tuples(inner, inner).map(lambda pair: f"{pair[0]} NOT (NOT {pair[1]})"),
    ),
    max_leaves=6,
)


def walked(rules: dict[int | str, str], asked: Release) -> list[Match]:
    found = []
    for rule_id, query in rules.items():
        match = evaluate(parse(query), asked)
        if match is not None:
            found.append(Match(rule_id=rule_id, spans=match.spans))
    return sorted(found, key=lambda match: (isinstance(match.rule_id, str), match.rule_id))


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_rules_that_come_and_go_are_found_as_by_a_walk(data: st.DataObject) -> None:
    ids = st.sampled_from([*range(-3, 12), 2**70, "a", "b"])
    merge_after = data.draw(st.sampled_from([0, 3, 2_000]))
    with patch("alerts.matching.index._RECENT_MIN", merge_after):
        first = data.draw(st.dictionaries(ids, QUERY, max_size=12))
        index = RuleIndex(Standing(rule_id, query) for rule_id, query in first.items())
        rules = dict(first)
        for _ in range(data.draw(st.integers(1, 5))):
            for rule_id in data.draw(st.lists(ids, max_size=5)):
                if rule_id in rules and data.draw(st.booleans()):
                    del rules[rule_id]
                    index.remove(rule_id)
                else:
                    rules[rule_id] = data.draw(QUERY)
                    index.add(Standing(rule_id, rules[rule_id]))
            asked = data.draw(RELEASE)
            expected = walked(rules, asked)
            assert index.match(asked) == expected
            assert index.matching(document(asked)) == [match.rule_id for match in expected]
            assert len(index) == len(rules)


def _refusal(read: Callable[[str], object], text: str) -> tuple[object, ...]:
    try:
        read(text)
    except QueryError as error:
        return error.args or (str(error),)
    return ()


@example('"battery"-')
@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.sampled_from([*WORDS[:8], *' ()"-=*:/&|@', "AND", "OR", "NOT", "NEAR/2", "重庆", "headline:"])).map(
        "".join
    )
)
def test_a_form_is_what_parsing_says(text: str) -> None:
    refused = _refusal(parse, text)
    assert _refusal(lambda text: form_of(text, Shares({})), text) == refused
    if refused:
        return
    query = parse(text)
    asked = Release(wire="acme", language="en", headline="Battery run", body="run battery 重庆 new batteries running")
    match = evaluate(query, asked)
    assert RuleIndex([Standing(1, text)]).match(asked) == (
        [] if match is None else [Match(rule_id=1, spans=match.spans)]
    )


def test_queries_of_one_form_are_parsed_once() -> None:
    form, runs = form_of('battery ("blade battery" OR 重庆市) -tender', Shares({}))
    other, _ = form_of('lithium ("a b c" OR chongqing) -mining', Shares({}))
    assert form is other
    assert runs == [("battery",), ("blade", "battery"), ("重庆", "庆市"), ("tender",)]


@pytest.mark.parametrize(
    "query",
    [
        " ".join(f"(a{n} OR b{n})" for n in range(20)),  # a million combinations
        " OR ".join(f"(x{n} y{n})" for n in range(150)),
        "-(" + " ".join(f"a{n}" for n in range(40)) + ") b1 -(b2 c2) -(d1 d2 d3) -(e1 e2 e3)",
        "(" + " OR ".join(f"p{n}" for n in range(90)) + ") NEAR/3 (" + " OR ".join(f"q{n}" for n in range(90)) + ")",
    ],
)
def test_a_query_makes_a_bounded_number_of_cases(query: str) -> None:
    assert len(cases_of(parse(query).root, Shares({}))) <= 200
    asked = Release(wire="acme", headline=" ".join(f"b{n} x{n} y{n} p{n} q{n}" for n in range(25)))
    assert (RuleIndex([Standing(1, query)]).matching(asked) == [1]) == (evaluate(parse(query), asked) is not None)


def test_many_rules_are_found_as_by_a_walk() -> None:
    draw = random.Random(7)  # noqa: S311 - a test's rules, not a secret
    words = [f"{a}{b}" for a in ("bat", "lit", "ore", "cel", "mine") for b in ("tery", "hium", "s", "ing", "ed", "er")]
    shapes = [
        "{}",
        "{} {}",
        '"{} {}"',
        "{} OR {}",
        "{} -{}",
        "{} NEAR/3 {}",
        "{} ({} OR {})",
        "headline:{}",
        '"{} {} {}"',
    ]
    rules = {n: draw.choice(shapes).format(*draw.choices(words, k=3)) for n in range(4_000)}
    index = RuleIndex(Standing(n, query) for n, query in rules.items())
    assert len(index._segment) > 4_000
    for number in [number for number in rules if number % 3]:
        index.remove(number)
        del rules[number]
    for _ in range(8):
        asked = Release(
            wire="acme", headline=" ".join(draw.choices(words, k=5)), body=" ".join(draw.choices(words, k=9))
        )
        assert index.match(asked) == walked(dict(rules), asked)
    assert index._roster.gone <= 2_000  # so many removals are worth a merge


def test_a_merge_forgets_words_that_no_rule_uses() -> None:
    with patch("alerts.matching.index._RECENT_MIN", 0):
        index = RuleIndex(Standing(n, f'"word{n} blade" -other{n}') for n in range(200))
        asked = Release(wire="acme", headline="word7 blade, word190 blade")
        assert index.matching(asked) == [7, 190]
        for number in range(10, 200):
            index.remove(number)
        assert index.matching(asked) == [7]
        assert len(index._lexicon) < 30
        index.add(Standing(190, '"word190 blade"'))
        assert index.matching(asked) == [7, 190]


@given(st.lists(st.integers(1, 400), max_size=200), st.lists(st.integers(1, 400), max_size=200))
def test_a_key_table_is_a_dictionary(first: list[int], then: list[int]) -> None:
    known = {key: number for number, key in enumerate(dict.fromkeys([*first, *then]))}
    keys = np.array([*known], np.uint64) << np.uint64(4)  # so that many want the same slot
    ids = np.arange(len(keys), dtype=np.int32)
    cut = len(set(first))
    table = KeyTable(keys[:cut], ids[:cut])
    table.add(keys[cut:], ids[cut:])
    asked = np.arange(1, 500, dtype=np.uint64) << np.uint64(4)
    index, found = table.find(asked)
    assert dict(zip((asked[index] >> np.uint64(4)).tolist(), found.tolist(), strict=True)) == known


@given(st.lists(st.lists(st.integers(-5, 5), max_size=40), max_size=6))
def test_a_column_keeps_what_it_was_given(parts: list[list[int]]) -> None:
    column: Column[np.int32] = Column(np.int32)
    for part in parts:
        column.extend(np.array(part, np.int32))
    every = [value for part in parts for value in part]
    assert column.all.tolist() == every
    assert distinct(column.all).tolist() == sorted(set(every))


def test_a_lexicon_numbers_from_the_feature_that_every_release_has() -> None:
    assert len(Lexicon()) == 1


SQUEEZED_BITS = 3


@pytest.mark.parametrize("seed", range(3))
def test_what_digests_alike_is_never_taken_for_the_same(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    for name in ("keys", "lexicon", "table", "found"):
        squeezed = lambda thing: hash(thing) & (1 << SQUEEZED_BITS) - 1  # noqa: E731 - stands in for a builtin
        monkeypatch.setattr(f"alerts.matching.{name}.hash", squeezed, raising=False)
    monkeypatch.setattr("alerts.matching.keys._homes", lambda keys, _: (keys & np.uint64(7)).astype(np.int64))
    draw = random.Random(seed)  # noqa: S311 - a test's rules, not a secret
    words = [f"{a}{b}" for a in ("bat", "lit", "ore", "cel") for b in ("tery", "hium", "s", "ing", "er")] + [
        "重庆",
        "电池",
    ]
    shapes = ["{}", '"{} {}"', '"{} {} {}"', "{} -{}", "{} NEAR/2 {}", "headline:{}", 'body:"{} {}"', "{} -wire:acme"]
    shapes += ["{}* {}", "boilerplate:{}*", "atleast/2:{}", "issuer:{}", "={}"]
    rules: dict[int | str, str] = {n: draw.choice(shapes).format(*draw.choices(words, k=3)) for n in range(400)}
    index = RuleIndex(Standing(n, query) for n, query in rules.items())
    for language in ("en", "zh", "de", "en"):
        asked = Release(
            wire=draw.choice(["acme", "other"]),
            language=language,
            headline=" ".join(draw.choices(words, k=4)),
            body=" ".join(draw.choices(words, k=12)),
            issuer=draw.choice(words),
        )
        assert index.match(asked) == walked(rules, asked)
        for n in range(len(rules), len(rules) + 30):
            rules[n] = draw.choice(shapes).format(*draw.choices(words, k=3))
            index.add(Standing(n, rules[n]))


class Alike(str):
    """A word whose hash is that of every other."""

    __slots__ = ()
    __hash__ = lambda self: 0  # type: ignore[assignment]  # noqa: E731 - the shortest way to say it


def test_a_lexicon_tells_features_apart_by_what_they_are() -> None:
    words = [Alike(f"w{n}") for n in range(12)]
    runs = [(a,) for a in words] + [(a, b) for a in words for b in words] + [(a, a, b) for a in words for b in words]
    features = [Feature(kind, run, zone) for kind in FeatureKind for run in runs[::5] for zone in ("", "headline")]
    lexicon = Lexicon()
    numbers = [*map(lexicon.run, runs), *map(lexicon.number, features)]
    assert numbers == [*map(lexicon.run, runs), *map(lexicon.number, features)]
    distinct_features = {(FeatureKind.RUN, run, "") for run in runs} | {tuple(feature) for feature in features}
    assert sorted(set(numbers)) == [*range(1, 1 + len(distinct_features))]


def _held_by_index() -> int:
    """Bytes, without what is remembered of words and queries: that is bounded by itself."""
    parts = ("growing", "keys", "ledger", "lexicon", "roster", "rows", "segment", "table")
    filters = [tracemalloc.Filter(inclusive=True, filename_pattern=f"*/matching/{part}.py") for part in parts]
    return sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces(filters).traces)


def test_rules_that_are_gone_leave_next_to_nothing_to_look_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """5,000 beginnings of words and as many issuers, in five crowds, beside rules that stay."""
    monkeypatch.setattr("alerts.matching.index._RECENT_MIN", 100)
    staying = [
        Standing(f"stays {n}", query) for n, query in enumerate(["batt*", "issuer:acme", "headline:rec* x", "gone"])
    ]
    index = RuleIndex(staying)
    asked = Release(wire="acme", headline="Battery recall x", body="a word and another", issuer="Acme")
    held = []
    tracemalloc.start()
    try:
        for crowd in range(5):
            numbers = range(crowd * 1_000, (crowd + 1) * 1_000)
            rules = [Standing(n, query) for n in numbers for query in (f"begin{n}*",)]
            rules += [Standing(n + 50_000, f"issuer:issuer{n} word{n}") for n in numbers]
            for rule in rules:
                index.add(rule)
            assert index.matching(asked) == [rule.id for rule in staying[:3]]
            for rule in rules:
                index.remove(rule.id)
            assert index.matching(asked) == [rule.id for rule in staying[:3]]
            gc.collect()
            held.append(_held_by_index())
    finally:
        tracemalloc.stop()
    lexicon = index._lexicon
    assert max(len(lexicon), len(lexicon.placeless), len(lexicon.ids), len(lexicon.beginnings._prefixes)) < 250
    assert held[4] < held[1] + 50_000


def test_a_few_that_are_gone_among_many_are_not_looked_for_after_a_merge() -> None:
    with patch("alerts.matching.index._RECENT_MIN", 10):
        index = RuleIndex(Standing(n, f'"word{n} blade"') for n in range(1_000))
        for n in range(1_000, 1_100):
            index.add(Standing(n, f"begin{n}* ticker:t{n}"))
        asked = Release(wire="acme", headline="begin1003 word7 blade", tickers=("T1003",))
        assert index.matching(asked) == [7, 1003]
        for n in range(1_000, 1_100):
            index.remove(n)
        assert index.matching(asked) == [7]
        assert not index._lexicon.beginnings._prefixes
        assert index._lexicon.field_names == {""}
        index.add(Standing(1_003, "begin1003* ticker:t1003"))
        assert index.matching(asked) == [7, 1003]


def test_rules_that_come_and_go_unasked_are_merged_away() -> None:
    with patch("alerts.matching.index._RECENT_MIN", 10):
        index = RuleIndex([Standing("stays", "battery")])
        for n in range(500):
            index.add(Standing(n, f"begin{n}*"))
            index.remove(n)
        assert index._roster.gone <= 12
        assert len(index._recent) <= 12
        assert len(index._lexicon) <= 30
