"""Each clause says why it is true or what it lacked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from effort import steps
from hypothesis import given
from hypothesis import strategies as st

from news.query import QueryError, evaluate, parse
from news.query.explain import Explained, explain
from news.release import Release, Zone

ASKED = Release(
    wire="acme-wire",
    headline="Chongqing builds blade batteries",
    body="Blade makers of Chongqing, and a very long list of words before the battery.\n\nAVATR 11 and 重庆.",
    lead_span=(0, 20),
    published_at=datetime(2022, 9, 9, tzinfo=UTC),
    tickers=("NASDAQ:ACME",),
    language="en",
)


def leaves(told: Explained) -> list[Explained]:
    return [leaf for part in told.parts for leaf in leaves(part)] if told.parts else [told]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("chonqing", "no “chonqing”; nearest: chongqing"),
        ("gigafactory", "not in the text"),
        ("电池", "not in the text"),
        ("gigafac*", "no word begins so"),
        ("headline:avatr", "only elsewhere: body"),
        ("lead:battery", "only elsewhere: headline, body"),
        ("=Avatr", "only written otherwise: AVATR"),
        ('"blade chongqing"', "its words are there, but not side by side"),
        ('"blade makers Chengdu"', "no “Chengdu”"),
        ("@chengdu", "none of its 4 variants is there"),
        ("wire:other", "wire is acme-wire"),
        ("ticker:other", "ticker is NASDAQ:ACME"),
        ("lang:zh", "lang is en"),
        ("kind:update", "kind is release"),
        ("issuer:acme", "the release has no issuer"),
        ("after:2023-01-01", "published 2022-09-09T00:00:00Z"),
    ],
)
def test_a_false_clause_says_what_it_lacked(query: str, why: str) -> None:
    told = explain(parse(query), ASKED)
    assert not told.true
    assert [leaf.why for leaf in leaves(told)] == [why]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("makers ONEAR/5 blade", "only in the other order"),
        ("headline:(blade NEAR/1 chongqing)", "nearest: 2 words apart"),
        ("builds NEAR/5 makers", "never in the same zone"),
        ("atleast/5:chongqing", "only 2 times"),
        ("makers -chongqing", "it is there"),
        ("contact:chongqing", "it is empty"),
    ],
)
def test_a_false_clause_with_parts_says_what_they_do_not(query: str, why: str) -> None:
    told = explain(parse(query), ASKED)
    assert not told.true
    assert why in "\n".join(told.lines())


def test_a_true_clause_shows_the_words() -> None:
    told = explain(parse('chongqing "blade battery" -tender'), ASKED)
    assert told.true
    assert [(text.zone, text.text) for text in told.parts[0].found] == [
        (Zone.HEADLINE, "Chongqing"),
        (Zone.BODY, "Chongqing"),
    ]
    assert list(told.lines()) == [
        '✓ chongqing AND "blade battery" AND NOT tender',
        "  ✓ chongqing – headline “Chongqing”, body “Chongqing”",
        '  ✓ "blade battery" – headline “blade batteries”',
        "  ✓ NOT tender",
        "    ✗ tender – not in the text",
    ]


def test_programs_get_the_same_tree() -> None:
    told = explain(parse("headline:chongqing"), ASKED).told()
    assert told["true"] is True
    assert told["parts"] == [
        {"clause": "chongqing", "true": True, "found": [["headline", 0, 9, "Chongqing"]], "why": None, "parts": []}
    ]


PIECES = (
    "chongqing|blade|=AVATR|batter*|重庆|(|)|AND|OR|NOT|-tender|NEAR/2|ONEAR/3|headline:blade|body:(|first/9:makers"
    '|atleast/2:(|wire:acme-wire|"blade battery"|after:2022-01-01|lang:zh|lead:blade|@chongqing|="Blade"'
)


@given(st.lists(st.sampled_from(PIECES.split("|")), min_size=1, max_size=14).map(" ".join))
def test_the_explanation_agrees_with_the_judge(text: str) -> None:
    try:
        query = parse(text)
    except QueryError:
        return
    match = evaluate(query, ASKED)
    told = explain(query, ASKED)
    assert told.true == (match is not None)
    assert match is None or [tuple(found[:3]) for found in told.found] == [tuple(span) for span in match.spans]


def test_a_long_query_on_a_long_release_is_explained_in_bounded_time() -> None:
    """For each term the words of the release are looked through once, and no more."""

    def cost(terms: int, words: int) -> int:
        query = parse(" OR ".join(f"wrd{n}x" for n in range(terms)))
        body = " ".join(f"word{n}" for n in range(words))
        return steps(lambda: explain(query, Release(wire="w", headline="", body=body, language="en")))

    few = cost(20, 500)
    assert cost(200, 500) < 12 * few
    assert cost(20, 5_000) < 12 * few
