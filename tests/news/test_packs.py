"""Term packs: one name for all the ways in which a thing is written."""

from __future__ import annotations

import pytest

from news.query import QueryError, evaluate, parse, print_query
from news.query.packs import PACKS
from news.query.scanner import TERMS_MAX
from news.release import Release


def found(query: str, text: str, language: str = "en") -> list[str] | None:
    match = evaluate(parse(query), Release(wire="w", headline="", body=text, language=language))
    return None if match is None else [text[s.start : s.end] for s in match.spans]


@pytest.mark.parametrize(
    ("query", "text", "language", "expected"),
    [
        ("@chongqing", "in Chongqing's centre", "en", ["Chongqing"]),
        ("@chongqing", "wartime Chungking", "en", ["Chungking"]),
        ("@Chongqing", "在重慶舉行", "zh-Hant", ["重慶"]),
        ("＠chongqing", "在重庆举行", "zh", ["重庆"]),
        ("@chongqing", "in Chengdu", "en", None),
        ("@guangzhou", "広州モーターショー", "ja", ["広州"]),
        ("@blade-battery", "blade batteries", "en", ["blade batteries"]),
        ("@blade-battery", "搭載刀片電池", "zh-Hant", ["刀片電池"]),
        ("@solid-state-battery", "Festkörperbatterien", "de", ["Festkörperbatterien"]),
        ("@new-energy-vehicle", "véhicules à énergie nouvelle", "fr", ["véhicules à énergie nouvelle"]),
        ("@rare-earths", "las tierras raras", "es", ["tierras raras"]),
        ("@semiconductor -@chongqing", "a semiconductor plant", "en", ["semiconductor"]),
        ("@semiconductor -@chongqing", "a semiconductor plant in Chongqing", "en", None),
        ("@blade-battery NEAR/5 @chongqing", "blade batteries from Chongqing", "en", ["blade batteries", "Chongqing"]),
        ("body:@chongqing", "Chongqing", "en", ["Chongqing"]),
        ("headline:@chongqing", "Chongqing", "en", None),
        ("atleast/2:@chongqing", "Chongqing, 重庆", "en", ["Chongqing", "重庆"]),
        ("atleast/2:@chongqing", "Chongqing", "en", None),
    ],
)
def test_a_pack_stands_where_a_word_may(query: str, text: str, language: str, expected: list[str] | None) -> None:
    assert found(query, text, language) == expected


@pytest.mark.parametrize("name", PACKS)
def test_each_shipped_pack_finds_each_of_its_variants(name: str) -> None:
    for variant in PACKS[name]:
        for language in ("und", "en", "de", "fr", "zh", "ja"):
            assert found(f"@{name}", f"Now {variant} here", language), variant


def test_no_pack_names_a_variant_twice() -> None:
    assert all(len(set(variants)) == len(variants) for variants in PACKS.values())


def test_the_printer_keeps_the_name() -> None:
    query = parse("battery AND (@Chongqing OR @chengdu)")
    assert print_query(query) == "battery AND (@chongqing OR @chengdu)"
    assert parse(print_query(query)) == query


def test_packs_of_ones_own_replace_those_shipped() -> None:
    own = {"rivals": ("Acme Motors", "Globex"), "x_1": ("solo",)}
    query = parse("@rivals OR @x_1", own)
    asked = Release(wire="w", headline="GLOBEX and the acme motor")
    match = evaluate(query, asked)
    assert match is not None
    assert [asked.headline[s.start : s.end] for s in match.spans] == ["GLOBEX", "acme motor"]
    assert print_query(query) == "@rivals OR @x_1"
    with pytest.raises(QueryError, match="no term pack @chongqing"):
        parse("@chongqing", own)


@pytest.mark.parametrize(
    ("query", "column", "said"),
    [
        ("@chonqing", 1, "did you mean @chongqing?"),
        ("battery @wuhan", 9, 'for the text write "@wuhan"'),
        ("@wuhan", 1, "@chengdu"),
        ("-@chongqing", 1, "not wanted"),
        ("@", 1, "no letter or digit"),
    ],
)
def test_an_unknown_pack_is_named_with_a_suggestion(query: str, column: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert caught.value.column == column
    assert said in f"{caught.value.message} {caught.value.hint}"


def test_an_address_is_no_pack() -> None:
    assert found("press@acme.example", "write to press@acme.example") == ["press@acme.example"]
    assert found("@acme.example", "write to press@acme.example") == ["acme.example"]


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"p": ()}, "1 to 200 variants, not 0"),
        ({"p": ("x",) * 201}, "not 201"),
        ({"p": ("…",)}, "no word"),
        ({"p": ('a "b"',)}, "no word or phrase"),
    ],
)
def test_a_pack_that_cannot_be_used_is_refused(own: dict[str, tuple[str, ...]], said: str) -> None:
    with pytest.raises(QueryError, match="the pack @p") as caught:
        parse("a @p", own)
    assert caught.value.column == 3
    assert said in caught.value.message


def test_packs_together_are_bounded() -> None:
    own = {"p": ("x",) * 200}
    parse("@p " * (TERMS_MAX // 200), own)
    with pytest.raises(QueryError, match="more than 1,000 variants"):
        parse("@p " * (TERMS_MAX // 200 + 1), own)
