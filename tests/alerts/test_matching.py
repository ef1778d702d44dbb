"""The rule index against a naive reading of the language, written apart from the code under test.

The oracle knows nothing of analysed terms: it reads each zone with one regular expression, calls the
stemmer itself, and judges queries as nested tuples, which are also printed for the parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
import Stemmer
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.matching import RuleIndex
from alerts.matching.cases import Feature, Kind
from alerts.matching.shares import Shares
from news.document import ZONES, Document, document, document_from_terms
from news.query import QueryError, bound, evaluate, parse
from news.query.bound import AllOf, AnyOf, Begins, Bound, Everything, Field, Nothing, Phrases, Published
from news.release import Release, Zone, first_paragraph

Tree = tuple[Any, ...]
STEMMERS = {"en": Stemmer.Stemmer("english"), "de": Stemmer.Stemmer("german")}
HAN = "重庆市刀片电池"


@dataclass(frozen=True)
class Standing:
    """A run of rules may share a query; ids are ints and strings alike."""

    id: int | str
    query: str


@dataclass(frozen=True)
class Token:
    form: str
    stem: str
    start: int
    end: int
    glued: bool  # to the character before it, both Chinese


@dataclass(frozen=True)
class Found:
    zone: Zone
    first: int
    last: int
    chars: tuple[tuple[int, int], ...]


def tokens(text: str, language: str) -> list[Token]:
    stemmer = STEMMERS.get(language, STEMMERS["en"])
    read = []
    for match in re.finditer(rf"[{HAN}]|[A-Za-z]+", text):
        form = match[0]
        is_glued = form in HAN and match.start() > 0 and text[match.start() - 1] in HAN
        read.append(Token(form, stemmer.stemWord(form.lower()), match.start(), match.end(), is_glued))
    return read


def fits(wanted: list[Token], standing: list[Token], *, exact: bool, prefix: bool) -> bool:
    def same(want: Token, stand: Token) -> bool:
        if prefix:
            return stand.form.lower().startswith(want.form.lower())
        return stand.form == want.form if exact else stand.stem == want.stem

    pairs = list(zip(wanted, standing, strict=True))
    return all(same(*pair) for pair in pairs) and all(want.glued == stand.glued for want, stand in pairs[1:])


def runs(zone: Zone, text: str, language: str, words: str, *, exact: bool = False, prefix: bool = False) -> list[Found]:
    wanted, standing = tokens(words, language), tokens(text, language)
    found = []
    for at in range(len(standing) - len(wanted) + 1):
        part = standing[at : at + len(wanted)]
        if fits(wanted, part, exact=exact, prefix=prefix):
            found.append(Found(zone, at, at + len(wanted) - 1, ((part[0].start, part[-1].end),)))
    return found


class Oracle:
    def __init__(self, asked: Release) -> None:
        self.asked = asked
        self.tokens = {zone: tokens(asked.zone(zone), asked.language) for zone in Zone}
        self.whole = [(zone, 0, len(read)) for zone, read in self.tokens.items()]

    def judge(self, tree: Tree, windows: list[tuple[Zone, int, int]]) -> list[Found] | None:  # noqa: PLR0911 - one return per form reads best
        match tree:
            case ("and", *parts):
                judged = [self.judge(part, windows) for part in parts]
                return None if None in judged else [hit for hits in judged for hit in hits or []]
            case ("or", *parts):
                true = [hits for part in parts if (hits := self.judge(part, windows)) is not None]
                return [hit for hits in true for hit in hits] if true else None
            case ("not", part):
                return [] if self.judge(part, windows) is None else None
            case ("near", distance, ordered, left, right):
                return self.near(distance, ordered, self.judge(left, windows), self.judge(right, windows))
            case ("wire", slug):
                return [] if self.asked.wire == slug else None
            case ("zone", name, part):
                return self.judge(part, [self.window(name)])
            case ("first", count, part):
                return self.judge(part, self.first(count))
            case ("atleast", count, part):
                hits = self.judge(part, windows)
                return hits if hits and self.apart(hits) >= count else None
            case (kind, words):
                return self.words(kind, words, windows)
        raise AssertionError(tree)

    def words(self, kind: str, words: str, windows: list[tuple[Zone, int, int]]) -> list[Found] | None:
        hits = [
            hit
            for zone, first, stop in windows
            for hit in runs(
                zone, self.asked.zone(zone), self.asked.language, words, exact=kind == "exact", prefix=kind == "prefix"
            )
            if first <= hit.first and hit.last < stop
        ]
        return hits or None

    def window(self, name: str) -> tuple[Zone, int, int]:
        if name != "lead":
            return Zone(name), 0, len(self.tokens[Zone(name)])
        start, end = self.asked.lead_span or (0, 0)
        inside = [i for i, t in enumerate(self.tokens[Zone.BODY]) if start <= t.start and t.end <= end]
        return Zone.BODY, min(inside, default=0), max(inside, default=-1) + 1

    def first(self, count: int) -> list[tuple[Zone, int, int]]:
        every = [(zone, i) for zone in Zone for i in range(len(self.tokens[zone]))][:count]
        return [(zone, 0, sum(1 for z, _ in every if z is zone)) for zone in Zone]

    def near(
        self, distance: int, ordered: bool, left: list[Found] | None, right: list[Found] | None
    ) -> list[Found] | None:
        pairs = []
        for a in left or []:
            for b in right or []:
                gaps = [b.first - a.last] if ordered else [b.first - a.last, a.first - b.last]
                if a.zone is b.zone and any(0 < gap <= distance for gap in gaps):
                    pairs.append(Found(a.zone, min(a.first, b.first), max(a.last, b.last), a.chars + b.chars))
        return pairs or None

    def apart(self, hits: list[Found]) -> int:
        count, taken = 0, set[tuple[Zone, int]]()
        for hit in sorted(hits, key=lambda hit: hit.last):
            covered = {(hit.zone, i) for i in range(hit.first, hit.last + 1)}
            if not covered & taken:
                count += 1
                taken |= covered
        return count

    def spans(self, tree: Tree) -> list[tuple[Zone, int, int]] | None:
        hits = self.judge(tree, self.whole)
        if hits is None:
            return None
        spans: list[tuple[Zone, int, int]] = []
        for zone in Zone:
            for start, end in sorted({chars for hit in hits if hit.zone is zone for chars in hit.chars}):
                if spans and spans[-1][0] is zone and start < spans[-1][2]:
                    spans[-1] = (zone, spans[-1][1], max(end, spans[-1][2]))
                else:
                    spans.append((zone, start, end))
        return spans


def written(tree: Tree) -> str:  # noqa: PLR0911 - one return per form reads best
    match tree:
        case ("and", *parts):
            return "(" + " ".join(map(written, parts)) + ")"
        case ("or", *parts):
            return "(" + " OR ".join(map(written, parts)) + ")"
        case ("not", part):
            return f"-{written(part)}"
        case ("near", distance, ordered, left, right):
            return f"({written(left)} {'ONEAR' if ordered else 'NEAR'}/{distance} {written(right)})"
        case ("wire", slug):
            return f"wire:{slug}"
        case ("zone", name, part):
            return f"{name}:{written(part)}"
        case (("first" | "atleast") as name, count, part):
            return f"{name}/{count}:{written(part)}"
        case ("exact", words):
            return f'="{words}"'
        case ("prefix", words):
            return f"{words}*"
        case (_, words):
            return f'"{words}"' if " " in words else words
    raise AssertionError(tree)


VOCABULARY = [
    "battery",
    "batteries",
    "Battery",
    "blade",
    "blades",
    "Blade",
    "running",
    "Wagen",
    "the",
    "重庆",
    "庆市",
    "刀片",
    "片",
    "电池",
]
SEPARATORS = [" ", " ", " ", "-", ", ", "\n\n", "\u00a0", ""]
TEXTS = st.lists(st.tuples(st.sampled_from(VOCABULARY), st.sampled_from(SEPARATORS)), max_size=9).map(
    lambda pairs: "".join(word + separator for word, separator in pairs)
)
WORD = st.sampled_from([*VOCABULARY, "刀片电池", "庆"])
PLAIN = st.one_of(
    st.tuples(st.just("word"), WORD),
    st.tuples(st.just("phrase"), st.lists(WORD, min_size=2, max_size=3).map(" ".join)),
    st.tuples(st.just("exact"), st.lists(WORD, min_size=1, max_size=2).map(" ".join)),
    st.tuples(st.just("prefix"), st.sampled_from(["bat", "batterie", "runn", "blade", "重", "刀片"])),
)
CHOICE = st.one_of(PLAIN, st.lists(PLAIN, min_size=2, max_size=2).map(lambda parts: ("or", *parts)))
NEAR = st.tuples(st.just("near"), st.integers(1, 4), st.booleans(), CHOICE, CHOICE)
WITHIN = st.one_of(
    PLAIN,
    NEAR,
    st.tuples(st.just("atleast"), st.integers(1, 3), st.one_of(CHOICE, NEAR)),
    st.lists(PLAIN, min_size=2, max_size=2).map(lambda parts: ("and", *parts)),
)
LEAF = st.one_of(
    WITHIN,
    st.tuples(st.just("zone"), st.sampled_from([*(zone.value for zone in Zone), "lead"]), WITHIN),
    st.tuples(st.just("first"), st.integers(1, 8), WITHIN),
    st.tuples(st.just("wire"), st.sampled_from(["acme", "other"])),
)
QUERIES = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: ("and", *parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: ("or", *parts)),
        st.tuples(inner, inner).map(lambda pair: ("and", pair[0], ("not", pair[1]))),
    ),
    max_leaves=5,
)
RELEASES = st.builds(
    lambda wire, language, headline, subtitle, body, boilerplate: Release(
        wire=wire,
        language=language,
        headline=headline,
        subtitles=(subtitle,),
        body=body,
        lead_span=first_paragraph(body),
        boilerplate=boilerplate,
    ),
    st.sampled_from(["acme", "other"]),
    st.sampled_from(["en", "de", "zh", "und"]),
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
)


def holds(condition: Bound, asked: Document) -> bool:  # noqa: PLR0911 - one return per form reads best
    """The bound's meaning, word for word as `news.query.bound` states it."""
    match condition:
        case Everything():
            return True
        case Nothing():
            return False
        case AllOf(parts):
            return all(holds(part, asked) for part in parts)
        case AnyOf(parts):
            return any(holds(part, asked) for part in parts)
        case Field(name, value):
            return value in asked.values(name)
        case Published(after, before):
            at = asked.published_at
            return at is not None and (after is None or at >= after) and (before is None or at < before)
        case Begins(zones, letters):
            return any(word.startswith(letters) for zone in zones or ZONES for word in asked.words(zone))
        case Phrases(zones, alternatives, open_end):
            stored = asked.stored_terms()
            close = "" if open_end else " "
            texts = [f" {stored[zone]} " for zone in zones or ZONES]
            return any(f" {' '.join(terms)}{close}" in text for terms in alternatives for text in texts)


@settings(max_examples=400, deadline=None)
@given(RELEASES, QUERIES)
def test_the_evaluator_agrees_with_a_naive_reading(asked: Release, tree: Tree) -> None:
    match = evaluate(parse(written(tree)), asked)
    assert (None if match is None else [tuple(span) for span in match.spans]) == Oracle(asked).spans(tree)


@settings(max_examples=150, deadline=None)
@given(st.lists(RELEASES, min_size=1, max_size=3), st.lists(QUERIES, min_size=1, max_size=12), st.data())
def test_the_index_agrees_with_a_naive_reading(releases: list[Release], trees: list[Tree], data: st.DataObject) -> None:
    index = RuleIndex(Standing(number, written(tree)) for number, tree in enumerate(trees))
    removed = data.draw(st.sets(st.integers(0, len(trees) - 1)))
    changed = data.draw(st.dictionaries(st.integers(0, len(trees) - 1), QUERIES, max_size=3))
    for number in removed:
        index.remove(number)
    for number, tree in changed.items():
        index.add(Standing(number, written(tree)))
    standing = {n: tree for n, tree in enumerate(trees) if n not in removed} | changed
    assert len(index) == len(standing)
    for asked in releases:
        oracle = Oracle(asked)
        expected = [(n, spans) for n in sorted(standing) if (spans := oracle.spans(standing[n])) is not None]
        assert [(m.rule_id, [tuple(span) for span in m.spans]) for m in index.match(asked)] == expected
        assert index.matching(asked) == [n for n, _ in expected]


@settings(max_examples=200, deadline=None)
@given(RELEASES, QUERIES)
def test_bounds_are_necessary(asked: Release, tree: Tree) -> None:
    query = parse(written(tree))
    if evaluate(query, asked) is not None:
        assert holds(bound(query), document(asked))


@settings(max_examples=100, deadline=None)
@given(RELEASES, QUERIES)
def test_stored_terms_answer_as_the_text_does(asked: Release, tree: Tree) -> None:
    query = parse(written(tree))
    rebuilt = document_from_terms(asked, document(asked).stored_terms())
    assert evaluate(query, rebuilt) == evaluate(query, asked)


def test_a_bound_can_fail() -> None:
    asked = document(Release(wire="acme", headline="a blade and a battery"))
    assert not holds(bound(parse('"blade battery"')), asked)
    assert not holds(bound(parse("wire:other")), asked)
    assert holds(bound(parse('"and a battery"')), asked)


ASKED = Release(wire="acme", headline="Blade batteries from 重庆市", language="en")


def test_matches_come_by_ascending_id_numbers_first() -> None:
    rules = [Standing(n, "battery") for n in ("b", 10, "a", 9)]
    assert [match.rule_id for match in RuleIndex(rules).match(ASKED)] == [9, 10, "a", "b"]


def test_a_rule_without_anything_to_file_it_under_is_asked_every_time() -> None:
    index = RuleIndex([Standing(1, "batterie*"), Standing(2, "nothing OR -tender blade"), Standing(3, "kind:release")])
    assert index.matching(ASKED) == [1, 2, 3]


def test_only_rules_that_features_leave_open_are_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("alerts.matching.index.evaluate", lambda query, _: asked.append(query.text))
    rules = ["battery", '"blade battery"', "blade -tender", "庆", "headline:blade", "blade NEAR/3 重庆市", "batter*"]
    index = RuleIndex(Standing(n, query) for n, query in enumerate(rules))
    assert index.matching(ASKED) == [*range(len(rules))]
    assert asked == []
    index = RuleIndex(Standing(n, query) for n, query in enumerate(["=Blade", "=Cell", "atleast/2:battery blade"]))
    index.matching(ASKED)
    assert sorted(asked) == ["=Blade", "atleast/2:battery blade"]


def test_the_rarest_feature_is_the_one_to_file_a_rule_under() -> None:
    feature = Feature(Kind.RUN, ("chongqing",))
    counted = Shares({"chongq": 0.9, "blade": 0.001})
    assert counted(feature) > counted(Feature(Kind.RUN, ("blade",)))
    assert Shares({})(feature) < Shares({})(Feature(Kind.RUN, ("the",)))
    assert Shares({})(Feature(Kind.RUN, ("blade", "battery"))) < Shares({})(Feature(Kind.RUN, ("battery",)))


def test_what_was_removed_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.matching.index._RECENT_MIN", 10)
    rules = [
        Standing(n, query) for n, query in enumerate(["battery", '"blade battery"', "庆", "wire:acme", "bat* x"] * 10)
    ]
    index = RuleIndex(rules)
    for rule in rules:
        index.remove(rule.id)
    assert index.matching(ASKED) == []
    assert len(index) == len(index._segment) == len(index._recent) == 0
    assert len(index._lexicon) == 1  # the feature that every release has


def test_removing_an_unknown_rule_is_a_surprise() -> None:
    with pytest.raises(KeyError):
        RuleIndex().remove(1)


@pytest.mark.parametrize("query", ["battery AND", "battery after:2022-01-01"])
def test_a_wrong_query_is_refused_by_name_and_changes_nothing(query: str) -> None:
    index = RuleIndex([Standing(7, "battery")])
    with pytest.raises(QueryError) as caught:
        index.add(Standing(7, query))
    assert caught.value.__notes__ == ["rule 7"]
    assert index.matching(ASKED) == [7]
