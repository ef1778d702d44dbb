"""Traditional and simplified script find each other, character for character."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.document import Document, document
from news.folding import folded
from news.query import evaluate, parse
from news.release import Release
from news.text import analyze
from news.variants import VARIANTS

CJK = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "cjk"
# Two words for one country, not two forms of one character.
OTHER_WORDS = {"義大利", "意大利"}


def found(query: str, text: str, language: str = "zh") -> list[str] | None:
    match = evaluate(parse(query), Release(wire="w", headline="", body=text, language=language))
    return None if match is None else [text[s.start : s.end] for s in match.spans]


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("重庆", "重慶"),
        ("刀片电池", "刀片電池"),
        ("广州", "廣州"),
        ("新能源汽车", "新能源汽車"),
        ("自动驾驶", "自動駕駛"),
        ("半导体", "半導體"),
        ("台湾", "臺灣"),
        ("台湾", "台灣"),
        ("账户", "帳戶"),
        ("计划", "計劃"),
        ("计划", "計畫"),
        ("随着", "隨著"),
        ("复苏", "復甦"),
        ("了解", "瞭解"),
        ("只有", "祇有"),
        ("皇后", "皇后"),
        ("后来", "後來"),
        ("干部", "幹部"),
        ("干燥", "乾燥"),
        ("头发", "頭髮"),
        ("发展", "發展"),
        ("面条", "麵條"),
        ("里面", "裡面"),
        ("里面", "裏面"),
        ("卫星", "衞星"),
        ("车", "車"),
        ("𪠟", "㓄"),
    ],
)
def test_each_script_finds_the_other(simplified: str, traditional: str) -> None:
    for query in (simplified, traditional):
        for text in (simplified, traditional):
            assert found(query, f"在{text}。") == [text]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("カメラ", "かめら"),
        ("大象", "大像"),
        ("重庆", "重新"),
        ("=重庆", "在重慶"),
        ("=重慶", "在重庆"),
        ("未来", "末来"),
        ("已", "己"),
    ],
)
def test_what_differs_stays_apart(query: str, text: str) -> None:
    assert found(query, text) is None


def test_width_is_folded_with_the_script() -> None:
    assert found("カメラ", "新型ｶﾒﾗを発表", "ja") == ["ｶﾒﾗ"]
    assert found("5G網絡", "在５Ｇ网络中") == ["５Ｇ网络"]


def test_a_metadata_name_is_folded_too() -> None:
    asked = Release(wire="w", headline="x", issuer="長安汽車股份有限公司", language="zh-Hant")
    assert evaluate(parse("issuer:长安汽车股份有限公司"), asked) is not None


def test_the_table_is_one_character_for_one_and_ends_where_it_points() -> None:
    assert len(VARIANTS) > 4_000
    assert all(len(one) == len(other) == 1 for one, other in VARIANTS.items())
    assert not set(VARIANTS) & set(VARIANTS.values())
    assert not any("\u3040" <= char <= "\u30ff" for char in VARIANTS)


@given(st.text(st.sampled_from([*VARIANTS, *VARIANTS.values(), *"aé，。 1が"]), max_size=30))
def test_offsets_stay_exact_and_folding_twice_changes_nothing(text: str) -> None:
    once, origins = folded(text)
    assert origins is None
    assert len(once) == len(text)
    assert folded(once) == (once, None)
    terms = analyze(text, "zh")
    assert all(analyze(text[s:e], "zh").terms[0] == t for t, s, e in zip(*_columns(terms), strict=True))


def _columns(terms: object) -> tuple[list[str], list[int], list[int]]:
    return terms.terms, list(terms.starts), list(terms.ends)  # type: ignore[attr-defined]


@cache
def pairs() -> dict[str, tuple[str, str]]:
    file = CJK / "traditional-simplified-pairs.tsv"
    if not file.exists():
        pytest.skip("the shared material is not beside this checkout")
    rows = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines())
    return {name: (traditional, simplified) for name, traditional, simplified in rows}


@cache
def asked(text: str) -> Document:
    return document(Release(wire="w", headline="", body=text, language="zh"))


def test_every_keyword_is_found_in_its_sentences_in_both_scripts() -> None:
    sentences = pairs()
    questions = 0
    missed = set()
    for line in (CJK / "keywords.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for name in filter(sentences.__contains__, row["substring"]):
            for form in forms(row["keyword"], *sentences[name]):
                for text in sentences[name]:
                    questions += 1
                    if evaluate(parse(f'"{form}"'), asked(text)) is None:
                        missed.add(form)
    assert questions > 30_000
    assert missed <= OTHER_WORDS


def forms(keyword: str, *scripts: str) -> set[str]:
    """The keyword as it stands in the sentence in either script."""
    at = next((text.find(keyword) for text in scripts if keyword in text), -1)
    return {text[at : at + len(keyword)] for text in scripts} if at >= 0 else {keyword}
