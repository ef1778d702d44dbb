"""What a word is, and where it stands."""

from __future__ import annotations

import re
import unicodedata

import pytest
from effort import steps
from hypothesis import given
from hypothesis import strategies as st

from news.stemming import UNSTEMMED, analyzer_language, languages, stem
from news.text import alternatives, analyze, sought

ODD = (
    "aBe sS.,'’&-0123½²™ﬁéÉe\u0301\u0327İıßяйи\u0306重庆慶が\u3099ｶﾞ한국ㅏ\u1161\u00ad\u200b\u200d\ufe0f😀\ud800\x00\n١กิ"
)
NASTY = st.text(st.one_of(st.sampled_from(ODD), st.characters()), max_size=40)


def cut(text: str, language: str = "en") -> list[tuple[str, str]]:
    terms = analyze(text, language)
    return [(term, text[s:e]) for term, s, e in zip(terms.terms, terms.starts, terms.ends, strict=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("batteries", ["batteri"]),
        ("Chongqing's BYD’s", ["chongq", "byd"]),
        ("blade-battery", ["blade", "batteri"]),
        ("blade\u00a0battery blade\u2011battery blade\nbattery", ["blade", "batteri"] * 3),
        ("world–class world—class world/class world_class", ["world", "class"] * 4),
        ("U.S. U.S u.s.-based U.S.'s", ["us", "us", "us", "base", "us"]),
        ("the end. Next", ["the", "end", "next"]),
        ("AT&T AT&T's R&D-led Procter&Gamble Q & A", ["at＆t", "at＆t", "r＆d", "led", "procter", "gambl", "q", "a"]),
        ("1,000 1000 1'000 1.000.000 1.000,50", ["1000", "1000", "1000", "1000000", "1000·50"]),
        ("3.5 3,5 35 v3.5.1", ["3·5", "3·5", "35", "v3", "5·1"]),
        ("in 2021,2022 and 9,2022", ["in", "2021", "2022", "and", "9", "2022"]),
        ("3.5mm 1990s' 1990's 5G H100s", ["3·5mm", "1990s", "1990", "5g", "h100s"]),
        ("e-commerce ecommerce E‑Mail", ["ecommerc", "ecommerc", "email"]),
        ("don't O'Reilly 'tis", ["dont", "oreilli", "tis"]),
        ("ＢＹＤ １，０００", ["byd", "1000"]),
        ("oﬃce ﬁnance", ["offic", "financ"]),
        ("Battery™ Battery® m² CO₂ 5½", ["batteri", "batteri", "m", "2", "co2", "5", "1", "2"]),
        ("bat\u00adtery a\u200bb", ["batteri", "a", "b"]),
        ("café cafe\u0301 cafe", ["cafe", "cafe", "cafe"]),
        ("Ørsted Łódź straße", ["orst", "lodz", "strass"]),
        ("й и\u0306 и", ["й", "й", "и"]),
        ("١٢٣", ["123"]),
        ("1\ufe0f\u20e3 😀 \u0301x", ["1", "x"]),
        ("", []),
        ("…—–•", []),
    ],
)
def test_english_words(text: str, expected: list[str]) -> None:
    assert analyze(text, "en").terms == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("重庆", ["重庆", "庆"]),
        ("重", ["重"]),
        ("刀片电池", ["刀片", "片电", "电池", "池"]),
        ("重庆，刀片", ["重庆", "庆", "刀片", "片"]),
        ("5G网络BYD", ["5g", "网络", "络", "byd"]),
        ("ﾊﾞｯﾃﾘｰ", ["バッ", "ッテ", "テリ", "リー", "ー"]),
        ("か\u3099", ["が"]),
        ("배터리", ["배터", "터리", "리"]),
        ("ไทย", ["ไท", "ทย", "ย"]),
    ],
)
def test_scripts_without_spaces_become_bigrams_and_the_last_character(text: str, expected: list[str]) -> None:
    assert analyze(text, "zh").terms == expected


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("battery", "batteries", "en"),
        ("Batterie", "Batterien", "de"),
        ("Häuser", "Haus", "de"),
        ("batería", "baterías", "es"),
        ("información", "informaciones", "es"),
        ("véhicule", "véhicules", "fr"),
        ("l’usine", "l'usine", "fr"),
        ("veicolo", "veicoli", "it"),
        ("машина", "машины", "ru"),
        ("ΜΠΑΤΑΡΊΑ", "μπαταρία", "el"),
        ("battery", "batteries", "zh"),
        ("battery", "batteries", "und"),
        ("battery", "batteries", "ja-JP"),
    ],
)
def test_inflections_are_one_word_in_their_language(one: str, other: str, language: str) -> None:
    assert analyze(one, language).terms == analyze(other, language).terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In Chongqing's U.S. office", ["In", "Chongqing", "U.S.", "office"]),
        ("the oﬃce, ﬁne", ["the", "oﬃce", "ﬁne"]),
        ("ＢＹＤ　“blade-battery”", ["ＢＹＤ", "blade", "battery"]),
        ("cafe\u0301\u00a0bar", ["cafe\u0301", "bar"]),
        ("bat\u00adteries\u00ad end", ["bat\u00adteries", "end"]),
        ("\u0301x ½", ["x", "½", "½"]),
        ("L'Oréal 1,000 AT&T's", ["L", "Oréal", "1,000", "AT&T"]),
        ("在ｶﾞﾗｽ", ["在ｶﾞ", "ｶﾞﾗ", "ﾗｽ", "ｽ"]),
        ("straße İstanbul", ["straße", "İstanbul"]),
    ],
)
def test_offsets_cut_the_words_as_they_were_written(text: str, expected: list[str]) -> None:
    assert [form for _, form in cut(text)] == expected


@given(NASTY, st.sampled_from(languages()))
def test_any_text_gives_terms_that_an_index_can_hold(text: str, language: str) -> None:
    found = analyze(text, language)
    assert len(found.terms) == len(found.starts) == len(found.ends)
    for term, start, end in zip(found.terms, found.starts, found.ends, strict=True):
        assert re.fullmatch(r"(?:[a-z0-9]|[^\x00-\x7f])+", term)
        assert term.encode().split() == [term.encode()]
        assert 0 <= start < end <= len(text)


@given(NASTY)
def test_words_stand_at_the_same_places_in_every_language(text: str) -> None:
    counts = {len(analyze(text, language).terms) for language in (*languages(), UNSTEMMED)}
    assert len(counts) == 1


@given(NASTY, NASTY)
def test_a_space_parts_words_and_nothing_reaches_across(left: str, right: str) -> None:
    both = analyze(f"{left} {right}", "en")
    assert both.terms == analyze(left, "en").terms + analyze(right, "en").terms
    alone = analyze(right, "en")
    count = len(alone.terms)
    assert [s - len(left) - 1 for s in both.starts][len(both.terms) - count :] == list(alone.starts)


PLAIN = st.text(st.sampled_from(list("aBcé éＡｂﬁ'’-.,&  12重庆ｶﾞが")), max_size=30)


@given(PLAIN)
def test_each_cut_is_that_word_alone(text: str) -> None:
    for term, form in cut(text):
        assert analyze(form, "en").terms[0] == term


@given(PLAIN)
def test_unicode_forms_of_one_text_have_the_same_terms(text: str) -> None:
    expected = analyze(text, "en").terms
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert analyze(unicodedata.normalize(form, text), "en").terms == expected


def test_what_a_phrase_asks_for() -> None:
    assert sought("重庆", "zh") == (("重庆",), False, 2, True)
    assert sought("刀片电池", "zh") == (("刀片", "片电", "电池"), False, 4, True)
    assert sought("重", "zh") == (("重",), True, 1, True)
    assert sought("重庆 BYD", "zh") == (("重庆", "庆", "byd"), False, 3, False)
    assert sought("BYD 重", "zh") == (("byd", "重"), True, 2, True)
    assert sought("blade batteries", "en") == (("blade", "batteri"), False, 2, False)


def test_alternatives_hold_what_any_language_asks_for() -> None:
    sequences, spoken, open_end = alternatives("blade batteries")
    assert not open_end
    assert len(sequences) == len(set(sequences)) == len(spoken)
    for language in languages():
        at = sequences.index(sought("blade batteries", language).terms)
        assert not spoken[at] or language in spoken[at]
    assert [not each for each in spoken].count(True) == 1
    assert alternatives("重庆") == ((("重庆",),), (frozenset(),), False)
    assert sought("running", "zxx").terms in alternatives("running").sequences


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en-US", "en"),
        ("ZH-Hant", "und"),
        ("nb", "no"),
        ("pt_BR", "pt"),
        ("", "und"),
        ("klingon", "und"),
        ("xx", "und"),
    ],
)
def test_the_analyzer_language_of_a_tag(tag: str, expected: str) -> None:
    assert analyzer_language(tag) == expected


def test_no_script_is_stemmed_by_the_stemmer_of_another() -> None:
    assert stem("батареи", "en") == "батареи"
    assert stem("batteries", "ru") == stem("batteries", "en")


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10**6,
        "\u0301\u0327" * 500_000,
        "1.1." * 250_000,
        "a&" * 500_000,
        "a'" * 500_000,
        "重" * 10**6,
        "\ud800\x00" * 10**5,
    ],
)
def test_a_megabyte_of_anything_is_read_in_linear_time(text: str) -> None:
    def cost(characters: int) -> int:
        return steps(lambda: analyze(text[:characters], "de"))

    assert len(analyze(text, "de").starts) <= len(text)
    assert cost(20_000) < 12 * cost(2_000)
