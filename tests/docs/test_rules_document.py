"""docs/rules.md tells the truth: each example is run, each form is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from news.query import QueryError, evaluate, parse
from news.query.operators import OPERATORS, atleast, first, near
from news.query.packs import OWN_MAX, PACKS, VARIANTS_MAX, in_force, read_packs
from news.query.parser import DEPTH_MAX
from news.query.scanner import PHRASE_CHARS_MAX, QUERY_CHARS_MAX, TERMS_MAX
from news.release import Kind, Release, release_from_json
from wirewatch import rulecheck
from wirewatch.cli import app
from wirewatch.rulefiles import FileRule, read_rules

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```example\n(.*?)^```", DOCUMENT, flags=re.MULTILINE | re.DOTALL)
EXAMPLES = [dict(re.findall(r"^(\w+): +(.+)$", row, flags=re.MULTILINE)) for b in BLOCKS for row in b.split("\n\n")]
TABLES = [tomllib.loads(b) for b in re.findall(r"^```toml\n(.*?)^```", DOCUMENT, flags=re.MULTILINE | re.DOTALL)]
OWN, FAULTS = read_packs(next(table["pack"] for table in TABLES if "pack" in table))
KNOWN = in_force(OWN)
QUERIES = {example["query"] for example in EXAMPLES}
RENAMED = {"text": "body"}


def release(example: dict[str, str]) -> Release:
    row: dict[str, object] = {"language": "en", "headline": ""}
    for key, value in example.items():
        match key:
            case "query" | "found" | "error":
                continue
            case "published":
                row["published_at"] = f"{value}T00:00:00Z"
            case "place":
                row["dateline"] = {"text": "", "place": value}
            case "topic":
                row["topics"] = {"raw": [value]}
            case "ticker":
                row["tickers"] = [value]
            case _:
                row[RENAMED.get(key, key)] = value
    return release_from_json(row)


def test_the_examples_are_found() -> None:
    assert len(EXAMPLES) >= 60
    assert all("query" in example and ("found" in example or "error" in example) for example in EXAMPLES)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if "found" in e], ids=lambda e: f"{e['query']} → {e['found']}")
def test_an_example_finds_what_it_says(example: dict[str, str]) -> None:
    asked = release(example)
    match = evaluate(parse(example["query"], KNOWN), asked)
    if match is None:
        assert example["found"] == "nothing"
        return
    words = [asked.zone(span.zone)[span.start : span.end] for span in match.spans]
    assert ("; ".join(words) or "no word") == example["found"]


@pytest.mark.parametrize("example", [e for e in EXAMPLES if "error" in e], ids=lambda e: e["query"])
def test_a_refusal_reads_as_it_says(example: dict[str, str]) -> None:
    with pytest.raises(QueryError) as caught:
        parse(example["query"], KNOWN)
    assert str(caught.value) == example["error"]


@pytest.mark.parametrize("name", OPERATORS)
def test_each_form_is_there_with_an_example(name: str) -> None:
    operator = OPERATORS[name]
    assert f"| `{operator.spelling}` |" in DOCUMENT
    assert operator.example in QUERIES


FIELDS = [field for operator in OPERATORS.values() for field in operator.names]
INFIXES = [infix for operator in OPERATORS.values() for infix in operator.infixes]


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_is_named_and_used(field: str) -> None:
    assert re.search(rf"`{field}[:/]", DOCUMENT)
    assert any(re.search(rf"(?<![\w]){field}[:/]", query) for query in QUERIES)


@pytest.mark.parametrize("infix", INFIXES)
def test_each_infix_is_used(infix: str) -> None:
    assert any(f" {infix}/" in query for query in QUERIES)


def test_each_pack_and_kind_is_named_and_no_other() -> None:
    shipped = DOCUMENT[DOCUMENT.index("Shipped packs:") :].split("\n\n")[0]
    assert set(re.findall(r"`@([\w-]+)`", shipped)) == set(PACKS)
    kinds = re.search(r"Kinds are (.+?)\.", DOCUMENT, flags=re.DOTALL)
    assert kinds is not None
    assert set(re.findall(r"\w+", kinds[1].replace(" and ", " "))) == {kind.value for kind in Kind}


def test_the_limits_are_those_of_the_code() -> None:
    table = DOCUMENT[DOCUMENT.index("## Limits") :].split("|---|---|\n")[1].split("\n\n")[0]
    assert dict(re.findall(r"^\| (.+?) \| (.+?) \|$", table, flags=re.MULTILINE)) == {
        "characters in a query": f"{QUERY_CHARS_MAX:,}",
        "terms in a query, and variants of term packs": f"{TERMS_MAX:,}",
        "characters in one word or phrase": f"{PHRASE_CHARS_MAX}",
        "term packs of your own": f"{OWN_MAX}",
        "words and phrases in a term pack": f"{VARIANTS_MAX}",
        "levels of parentheses": f"{DEPTH_MAX}",
        "NEAR": f"1 to {near.DISTANCE_MAX} words",
        "`first/n`": f"1 to {first.WORDS_MAX:,} words",
        "`atleast/n`": f"1 to {atleast.TIMES_MAX:,} times",
    }


def test_the_links_within_the_document_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^\w\s-]", "", heading).strip().lower().replace(" ", "-")
        for heading in re.findall(r"^## (.+)$", DOCUMENT, flags=re.MULTILINE)
    }
    assert set(re.findall(r"\(#([\w-]+)\)", DOCUMENT)) == headings


def test_the_samples_of_the_rules_file_are_answered_as_it_says(tmp_path: Path) -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```", DOCUMENT, flags=re.MULTILINE | re.DOTALL)
    [block] = [block for block in blocks if "rule" in tomllib.loads(block)]
    file = tmp_path / "rules.toml"
    file.write_text(block, encoding="utf-8")
    (rule,) = read_rules(file)
    assert isinstance(rule, FileRule)
    assert rulecheck.check(rule) == []


def test_the_packs_that_are_shown_can_be_used() -> None:
    assert FAULTS == []
    assert any(f"@{name}" in query for name in OWN for query in QUERIES)


def test_every_command_that_is_shown_exists() -> None:
    packs = get_command(app).commands["packs"].commands
    assert set(re.findall(r"`wirewatch\spacks\s(\w+)", DOCUMENT)) == set(packs)
    group = get_command(app).commands["rules"].commands
    shown = re.findall(r"^wirewatch rules (\w+)", DOCUMENT, flags=re.MULTILINE)
    assert set(shown) <= set(group)
    assert {"test", "explain", "check", "import", "export", "edit", "pause", "resume"} <= set(shown)
