"""Tables of queries and what they find."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from news.document import document, document_from_terms
from news.query import QueryError, bound, evaluate, parse, print_query, refuse_dates
from news.query.bound import AllOf, AnyOf, Begins, Field, Phrases, Published
from news.query.operators import OPERATORS
from news.release import Dateline, Kind, Release, Topics, Zone, first_paragraph

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "real"


def release(body: str = "", language: str = "en", **zones: object) -> Release:
    fields: dict[str, object] = {"wire": "acme-wire", "headline": "", **zones}
    return Release(body=body, lead_span=first_paragraph(body), language=language, **fields)  # type: ignore[arg-type]


def found(query: str, asked: Release) -> list[str] | None:
    match = evaluate(parse(query), asked)
    return None if match is None else [asked.zone(s.zone)[s.start : s.end] for s in match.spans]


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("battery", "New batteries, one Battery.", ["batteries", "Battery"]),
        ("battery", "No cells here", None),
        (
            '"blade battery"',
            "the blade battery, the blade\u00a0batteries and Blade-Battery",
            ["blade battery", "blade\u00a0batteries", "Blade-Battery"],
        ),
        ('"blade battery"', "a blade\nbattery", ["blade\nbattery"]),
        ('"blade battery"', "battery blade; blade and battery", None),
        ("blade-battery", "the blade battery", ["blade battery"]),
        ("“blade battery”", "the blade battery", ["blade battery"]),
        ("«blade battery»", "the blade battery", ["blade battery"]),
        ("blade AND battery", "battery of the blade", ["battery", "blade"]),
        ("blade battery", "battery of the blade", ["battery", "blade"]),
        ("blade && battery", "battery of the blade", ["battery", "blade"]),
        ("blade OR battery", "a battery", ["battery"]),
        ("blade || battery", "a battery", ["battery"]),
        ("a OR b AND c", "a", ["a"]),
        ("(a OR b) AND c", "a", None),
        ("battery NOT blade", "a battery", ["battery"]),
        ("battery NOT blade", "a blade battery", None),
        ("battery -blade", "a blade battery", None),
        ("battery –blade", "a blade battery", None),
        ("battery AND NOT (blade OR cell)", "a battery cell", None),
        ("battery !blade", "a battery", ["battery"]),
        ("NOT NOT battery", "a battery", []),
        ("battery OR blade battery", "blade battery", ["blade", "battery"]),
        ('battery OR "blade battery"', "blade battery", ["blade battery"]),
        ("（battery　OR　blade）", "a battery", ["battery"]),
        ("and", "this and that", ["and"]),
        ("1000", "some 1,000 units", ["1,000"]),
        ("3.5", "3.5 not 35", ["3.5"]),
        ("US", "in the U.S. now", ["U.S."]),
        ("U.S.", "the US market", ["US"]),
        ("AT&T", "AT&T's network", ["AT&T"]),
        ("cafe", "Le Café", ["Café"]),
        ("ecommerce", "an e-commerce site", ["e-commerce"]),
        ("12:30", "at 12:30 today", ["12:30"]),
        ("машина", "новые машины", None),
    ],
)
def test_words_phrases_and_booleans(query: str, text: str, expected: list[str] | None) -> None:
    assert found(query, release(text)) == expected


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("重庆", "在重庆市举行", ["重庆"]),
        ("重庆", "重要庆祝", None),
        ("重庆", "多重，庆祝", None),
        ("重庆", "多重 庆祝", None),
        ("重庆", "多重\n\n庆祝", None),
        ("庆", "重庆市和重庆", ["庆", "庆"]),
        ("刀片电池", "比亚迪刀片电池安全", ["刀片电池"]),
        ("刀片电池", "刀片，电池", None),
        ('"刀片 电池"', "刀片，电池", ["刀片，电池"]),
        ('"重庆 BYD"', "在重庆 BYD 工厂", ["重庆 BYD"]),
        ('"BYD 重"', "BYD重庆工厂", ["BYD重"]),
        ("BYD重庆", "BYD重庆工厂", ["BYD重庆"]),
        ("5G网络", "在5G网络中", ["5G网络"]),
        ("重*", "在重庆市", ["重"]),
        ("重庆*", "在重庆市", ["重庆"]),
        ("ガラス", "板ｶﾞﾗｽ製", ["ｶﾞﾗｽ"]),
        ("배터리", "새로운 배터리를", ["배터리"]),
        ("「刀片电池」", "刀片电池", ["刀片电池"]),
        ("＝重庆", "在重庆市", ["重庆"]),
    ],
)
def test_scripts_without_spaces(query: str, text: str, expected: list[str] | None) -> None:
    assert found(query, release(text, "zh")) == expected


@pytest.mark.parametrize(
    ("query", "text", "language", "expected"),
    [
        ("Batterie", "neue Batterien", "de", ["Batterien"]),
        ("vehículo", "los vehículos", "es", ["vehículos"]),
        ("véhicule", "les véhicules", "fr", ["véhicules"]),
        ("usine", "l’usine", "fr", ["usine"]),
        ("veicolo", "i veicoli", "it", ["veicoli"]),
        ("машина", "новые машины", "ru", ["машины"]),
    ],
)
def test_stems_by_the_language_of_the_release(query: str, text: str, language: str, expected: list[str]) -> None:
    assert found(query, release(text, language)) == expected


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("=AVATR", "Avatr, AVATR's", ["AVATR"]),
        ('="Blade Battery"', "Blade-Battery, blade battery, Blade Batteries", ["Blade-Battery"]),
        ("=battery", "Batteries", None),
        ("=1000", "1,000", None),
        ("=café", "cafe\u0301 cafe", ["cafe\u0301"]),
        ("batter*", "batteries battering bat", ["batteries", "battering"]),
        ("batterie*", "batteries battery", ["batteries"]),
        ("blade-batter*", "blade batteries", ["blade batteries"]),
        ("changan NEAR/3 huawei", "Huawei, CATL and Changan", ["Huawei", "Changan"]),
        ("changan NEAR/2 huawei", "Huawei, CATL and Changan", None),
        ("changan ONEAR/3 huawei", "Huawei, CATL and Changan", None),
        ("huawei ONEAR/3 changan", "Huawei, CATL and Changan", ["Huawei", "Changan"]),
        ("a NEAR/1 a", "a", None),
        ("a NEAR/1 a", "a a", ["a", "a"]),
        ("(a OR b) NEAR/2 c NEAR/2 d", "b x c d", ["b", "c", "d"]),
        ("a NEAR/2 (b NEAR/1 c)", "a x c b", ["a", "c", "b"]),
        ("first/2:battery", "one two battery", None),
        ("first/3:battery", "one two battery", ["battery"]),
        ("atleast/2:battery", "battery batteries", ["battery", "batteries"]),
        ("atleast/3:battery", "battery batteries", None),
        ('atleast/2:"a a"', "a a a", None),
        ('atleast/2:"a a"', "a a a a", ["a a a a"]),
        ("body:(one AND two)", "one two", ["one", "two"]),
        ("body:(one -two)", "one two", None),
    ],
)
def test_the_other_forms(query: str, text: str, expected: list[str] | None) -> None:
    assert found(query, release(text)) == expected


ZONED = release(
    "Alpha leads.\n\nAlpha follows with beta.",
    headline="Alpha headline",
    subtitles=("Alpha one", "alpha two"),
    dateline=Dateline(text="ALPHA CITY, March 2 --", place="Alpha City", city="ALPHA CITY", country="Freedonia"),
    boilerplate="About Alpha",
    contact="Alpha desk",
    issuer="Acme Alpha Holdings, Inc.",
    tickers=("NASDAQ:ACME",),
    topics=Topics(raw=("Auto Parts",), medtop=("medtop:04000000",)),
    kind=Kind.CORRECTION,
    published_at=datetime(2022, 9, 9, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("query", "zones"),
    [
        ("alpha", ["headline", "subtitle", "subtitle", "dateline", "body", "body", "boilerplate", "contact"]),
        ("headline:alpha", ["headline"]),
        ("HEADLINE: alpha", ["headline"]),
        ("subtitle:alpha", ["subtitle", "subtitle"]),
        ("dateline:alpha", ["dateline"]),
        ("body:alpha", ["body", "body"]),
        ("lead:alpha", ["body"]),
        ("boilerplate:alpha", ["boilerplate"]),
        ("contact:alpha", ["contact"]),
        ("alpha -contact:alpha", None),
        ("lead:beta", None),
        ('"headline alpha"', None),
        ("headline NEAR/1 alpha", ["headline", "headline"]),
        ("first/3:alpha", ["headline", "subtitle"]),
        ("first/4:(alpha AND one)", ["headline", "subtitle", "subtitle"]),
        ("atleast/2:subtitle:alpha", ["subtitle", "subtitle"]),
    ],
)
def test_zones(query: str, zones: list[str] | None) -> None:
    match = evaluate(parse(query), ZONED)
    assert (None if match is None else [span.zone.value for span in match.spans]) == zones


def test_the_leads_spans_are_offsets_into_the_body() -> None:
    asked = release("First one.\n\nThe news is alpha.\n\nalpha", headline="x")
    start = asked.body.index("The news")
    asked = Release(wire="w", headline="x", body=asked.body, lead_span=(start, start + len("The news is alpha.")))
    match = evaluate(parse("lead:alpha"), asked)
    assert match is not None
    assert [tuple(span) for span in match.spans] == [(Zone.BODY, 24, 29)]


@pytest.mark.parametrize(
    ("query", "true"),
    [
        ("wire:acme-wire", True),
        ("wire:ACME-Wire", True),
        ("wire:acme", False),
        ("issuer:acme", True),
        ('issuer:"alpha holdings"', True),
        ('issuer:"acme holdings"', False),
        ("ticker:NASDAQ:ACME", True),
        ("ticker:acme", True),
        ("ticker:nasdaq", False),
        ("lang:en", True),
        ("lang:zh", False),
        ("topic:“auto parts”", True),
        ("topic:medtop:04000000", True),
        ("place:alpha", True),
        ("place:freedonia", True),
        ("kind:correction", True),
        ("kind:release", False),
        ("after:2022-09-09", True),
        ("after:2022-09-10", False),
        ("before:2022-09-09", False),
        ("before:2022-09-10", True),
    ],
)
def test_metadata_gives_truth_and_no_span(query: str, true: bool) -> None:
    match = evaluate(parse(query), ZONED)
    assert (match is not None) == true
    assert match is None or match.spans == ()


def test_a_language_also_names_its_variants() -> None:
    asked = release("x", "zh-Hans-CN")
    assert [evaluate(parse(f"lang:{tag}"), asked) is not None for tag in ("zh", "zh-Hans", "zh-CN")] == [
        True,
        True,
        False,
    ]


def test_a_release_without_a_time_is_neither_after_nor_before() -> None:
    assert evaluate(parse("after:1970-01-01 OR before:9999-01-01"), release("x")) is None


def test_dates_are_refused_in_a_rule() -> None:
    with pytest.raises(QueryError) as caught:
        refuse_dates(parse("battery AND after:2022-01-01"))
    assert caught.value.column == 13


def test_stored_terms_answer_as_the_text_does() -> None:
    stored = document(ZONED).stored_terms()
    rebuilt = document_from_terms(ZONED, stored)
    for query in ("alpha", "lead:alpha", "first/4:alpha", '"alpha follows"', "=ALPHA", "foll*"):
        assert evaluate(parse(query), rebuilt) == evaluate(parse(query), ZONED)


def test_terms_stored_of_another_text_are_found_out() -> None:
    rebuilt = document_from_terms(ZONED, {Zone.HEADLINE: "alpha"})
    with pytest.raises(ValueError, match="headline: 1 stored terms, but the text has 2"):
        evaluate(parse("alpha"), rebuilt)


def test_bounds_say_what_a_release_must_have() -> None:
    assert bound(parse("重庆 -tender")) == Phrases(None, (("重庆",),))
    assert bound(parse("headline:重")) == Phrases(frozenset({Zone.HEADLINE}), (("重",),), open_end=True)
    assert bound(parse("lead:重庆")) == Phrases(frozenset({Zone.BODY}), (("重庆",),))
    assert bound(parse("重庆 wire:x")) == AllOf((Phrases(None, (("重庆",),)), Field("wire", "x")))
    assert bound(parse("重庆 OR 1000")) == AnyOf((Phrases(None, (("重庆",),)), Phrases(None, (("1000",),))))
    assert bound(parse("重庆 batter*")) == AllOf((Phrases(None, (("重庆",),)), Begins(None, "batter")))
    assert bound(parse("headline:öko-fabrik*")) == Begins(frozenset({Zone.HEADLINE}), "fabrik")
    assert bound(parse("after:2022-01-01")) == Published(after=datetime(2022, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)
def test_each_operators_example_parses_and_prints(operator: object) -> None:
    query = parse(operator.example)  # type: ignore[attr-defined]
    assert parse(print_query(query)) == query


def test_the_blade_battery_of_chongqing() -> None:
    path = SHARED / "prnewswire" / "chongqing-icv-nev.2022-09-09.txt"
    if not path.exists():
        pytest.skip("the shared material is not beside this checkout")
    asked = release(path.read_text(encoding="utf-8"))
    assert found('"blade battery"', asked) == ["blade battery", "blade batteries"]
    match = evaluate(parse('"blade battery"'), asked)
    assert match is not None
    assert asked.body[match.spans[0].end] == ","
    assert len(found("Chongqing", asked) or ()) == asked.body.lower().count("chongqing") - asked.body.count(
        "iChongqing"
    )
