"""Errors that a person can mend, and input made to hurt."""

from __future__ import annotations

import pytest
from effort import steps
from hypothesis import given
from hypothesis import strategies as st

from news.query import Query, QueryError, parse, print_query


@pytest.mark.parametrize(
    ("query", "column", "said"),
    [
        ("", 1, "empty"),
        ("   ", 1, "empty"),
        ("-a", 1, "not wanted"),
        ("NOT a", 1, "not wanted"),
        ("-a -b", 1, "not wanted"),
        ("a OR NOT b", 6, "not wanted"),
        ("headline:(NOT a)", 11, "not wanted"),
        ("(a", 1, "never closed"),
        ("a b)", 4, "closes nothing"),
        ("()", 2, "between ( and )"),
        ('a "b', 3, "never closed"),
        ("a ”b", 3, "never closed"),
        ("a AND", 6, "after AND"),
        ("a AND OR b", 7, "after AND"),
        ("OR a", 1, "before OR"),
        ("headlin:x", 1, "did you mean headline:?"),
        ("a tickr:x", 3, "did you mean ticker:?"),
        ("NASDAQ:BYDDY", 1, "ticker:NASDAQ:"),
        ("https://a.b", 1, "quotation marks"),
        ("headline:", 10, "after headline"),
        ("headline:-a", 10, "-headline:"),
        ("headline:(body:a)", 1, "cannot stand within"),
        ("headline:(a wire:b)", 1, "cannot stand within"),
        ("headline/3:a", 1, "takes no number"),
        ("first:a", 1, "needs a number"),
        ("first/:a", 1, "number"),
        ("first/0:a", 1, "between 1 and"),
        ("first/9999999:a", 1, "digits"),
        ("a NEAR b", 3, "NEAR/5"),
        ("a NEAR/0 b", 3, "between 1 and 100"),
        ("a NEAR/5 (b c)", 3, "joins words"),
        ("a NEAR/5 headline:b", 3, "joins words"),
        ("atleast/2:(a b)", 1, "counts words"),
        ("wire:", 6, "expected a value"),
        ("kind:(a OR b)", 6, "(kind:a OR kind:b)"),
        ("kind:corection", 1, "did you mean kind:correction?"),
        ("after:2022", 1, "year first"),
        ("after:2022-13-01", 1, "year first"),
        ("ab*", 1, "3 letters"),
        ("*abc", 1, "only at the end"),
        ("b*d", 2, "only at the end"),
        ("= a", 1, "expected a word after ="),
        ("& b", 1, "before &"),
        ("a OR %", 7, "after OR"),
        ("%", 1, "empty"),
        ("汉OR", 4, "after OR"),
        ("a - b", 3, "no letter or digit"),
        ('"…"', 1, "no letter or digit"),
    ],
)
def test_errors_name_the_column_and_the_remedy(query: str, column: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    error = caught.value
    assert error.column == column
    assert said in f"{error.message} {error.hint}"


def test_the_caret_stands_under_the_column() -> None:
    with pytest.raises(QueryError) as caught:
        parse("battery headlin:x")
    assert caught.value.pointed("battery headlin:x").splitlines() == [
        "battery headlin:x",
        "        ^",
        "there is no field headlin:",
        "did you mean headline:?",
    ]


def test_the_caret_reaches_far_into_a_long_query_and_under_wide_characters() -> None:
    query = "battery " * 100 + "headlin:x"
    with pytest.raises(QueryError) as caught:
        parse(query)
    line, under, *_ = caught.value.pointed(query).splitlines()
    assert line[under.index("^") :] == "headlin:x"
    with pytest.raises(QueryError) as caught:
        parse("重庆 (")
    assert caught.value.pointed("重庆 (").splitlines()[1].startswith("\u3000\u3000 ")


def test_lower_case_operators_are_words_with_a_hint() -> None:
    assert parse("a and b") == parse("a AND and AND b")
    assert "the operator is AND" in parse("a and b").hints[0]
    assert parse("a AND b").hints == ()


HOSTILE = {
    "words": "battery " * 125_000,
    "parentheses": "(" * 100_000,
    "few parentheses": "(" * 19_000,
    "closed parentheses": "(" * 9_000 + "a" + ")" * 9_000,
    "quotes": '"' * 100_000,
    "few quotes": '"' * 19_999,
    "quoted letters": '"a' * 9_000,
    "or": "a OR " * 200_000,
    "few or": "a OR " * 3_999 + "a",
    "not": "NOT " * 4_900 + "a",
    "minus": "-a" * 9_999,
    "zones": "headline:" * 2_200 + "a",
    "near": "a NEAR/5 " * 2_200 + "a",
    "emoji": "😀" * 19_000,
    "surrogates": "\ud800" * 19_000,
    "nul": "\x00" * 19_000,
    "stars": "*" * 19_000,
    "slashes": "first/" * 3_000,
    "colons": "a:" * 9_000,
    "han": "重" * 20_000,
    "operators within han": "重庆OR" * 5_000,
    "operators and commas within han": "重AND、or" * 2_500,
    "operators within a megabyte": "重庆OR成都" * 200_000,
    "two hundred thousand ORs": "a OR " * 200_000,
    "many ORs": "a OR " * 4_000,
    "signs": "% " * 10_000,
    "ampersands": "& " * 10_000,
    "zero width": "a\u200bb " * 5_000,
    "bidi": "a\u202eb " * 5_000,
    "NUL": "a\x00b " * 5_000,
    "ligatures": "ﷺ " * 9_000,
    "full width": "ＡＢ " * 6_000,
    "wide operators": "ＯＲ" * 10_000,
    "packs": "@chongqing " * 1_800,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_is_answered_at_once(text: str) -> None:
    answer = read(text)
    # Some 20 million of Python's steps a second on a slow machine: what is quadratic in a megabyte takes billions.
    assert steps(lambda: read(text)) < 4_000_000
    assert not isinstance(answer, QueryError) or 1 <= answer.column <= len(text) + 1


def test_limits_are_generous_enough_for_a_long_list() -> None:
    names = [f'"company {n}"' for n in range(1_000)]
    assert len(parse(" OR ".join(names)).root.parts()) == 1_000
    with pytest.raises(QueryError, match="more than 1,000 terms"):
        parse(" OR ".join([*names, "x"]))


SYNTAX = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *"ab1 ()\"-=*:/|&!'.重“”「」：（、%@",
                "OR",
                "ＮＯＴ",
                "重庆AND",
                " AND ",
                " NOT ",
                " NEAR/2 ",
                "headline:",
                "first/3:",
                "wire:",
            ]
        ),
        st.characters(),
    ),
    max_size=24,
).map("".join)
PIECES = (
    'a|"b c"|=D|abc*|重庆|(|)|AND|OR|NOT|-e|NEAR/2|ONEAR/3|headline:f|body:(|first/9:g|atleast/2:(|wire:w'
    '|issuer:"x y"|after:2022-01-01|lang:zh|lead:h*|="k l"|-(|m-n|重庆OR|OR成都|重NOT京|ＡＮＤ|&|%'
)
FORMS = st.lists(st.sampled_from(PIECES.split("|")), min_size=1, max_size=14).map(" ".join)


def read(text: str) -> Query | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error


@given(st.one_of(SYNTAX, FORMS))
def test_what_parses_prints_and_parses_to_the_same(text: str) -> None:
    query = read(text)
    if isinstance(query, QueryError):
        assert 1 <= query.column <= len(text) + 1
        assert query.pointed(text)
        return
    printed = print_query(query)
    assert parse(printed) == query
    assert print_query(parse(printed)) == printed
