"""`parse`, `ingest`, `search` and `match`: what they print, and the exit codes that scripts rely on."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine

PAGES = Path(__file__).resolve().parents[1] / "golden" / "wires"
TEXT = b"""ACME OPENS A NEEDLE PLANT

SPRINGFIELD, Ill., March 2, 2026 /PRNewswire/ -- Acme Corp. today opened a plant for needles of every kind.

The plant stands in Springfield and employs two hundred people, the company said on Monday.
"""


@pytest.mark.parametrize("page", sorted(PAGES.glob("*/*.html")), ids=lambda page: page.stem)
def test_parse_prints_one_object_that_names_the_release(cli: CommandLine, page: Path) -> None:
    wanted = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    found = cli.done("parse", page, "--fetched-at", "2026-01-01T00:00:00Z").json
    assert found["headline"] == wanted.get("headline", wanted.get("release", {}).get("headline"))
    assert found["body"]


def test_parse_reads_plain_text_from_standard_input(cli: CommandLine) -> None:
    found = cli.done("parse", "-", "--wire", "text", stdin=TEXT).json
    assert found["headline"] == "ACME OPENS A NEEDLE PLANT"
    assert (found["dateline"]["city"], found["dateline"]["date"]) == ("SPRINGFIELD", "2026-03-02")


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"", "empty"),
        (b"<html><body><h1>404 Not Found</h1></body></html>", "error-page"),
        (b"<html><title>Just a moment...</title><body>Verify you are human</body></html>", "blocked"),
        (b"\x00\x01\x02" * 50, "unreadable"),
    ],
)
def test_parse_rejects_with_a_reason_and_code_3(cli: CommandLine, page: bytes, reason: str) -> None:
    ran = cli("parse", "-", stdin=page)
    assert (ran.code, ran.json["reject"], ran.err) == (3, reason, "")
    assert set(ran.json) == {"reject", "excerpt"}


def test_parse_says_what_it_cannot_read(cli: CommandLine) -> None:
    assert cli.refused("parse", "nope.html") == "nope.html cannot be read: No such file or directory"
    assert cli.refused("parse", ".") == ". is a folder; name a saved page in it"
    Path("page.html").write_bytes(TEXT)
    assert "did you mean prnewswire?" in cli.refused("parse", "page.html", "--wire", "prnewswier")
    assert "is no ISO 8601 time" in cli.refused("parse", "page.html", "--fetched-at", "yesterday")


def test_ingest_stores_matches_and_tells(cli: CommandLine) -> None:
    cli.configure('[[rule]]\nname = "n"\nquery = "needle"\nto = ["here"]\n[channel.here]\nkind = "console"\n')
    file = cli.releases({"body": "A needle."}, {"body": "Nothing."})
    ran = cli.done("ingest", file)
    assert "[n] Headline 1" in ran.out
    assert ran.lines[-2:] == ["2 releases stored, 0 known already, 1 alert", "deliveries: 1 sent"]
    assert cli.done("ingest", file).out == "0 releases stored, 2 known already, 0 alerts\n"
    assert cli.done("ingest", file, "--json").json == {
        "stored": 0,
        "known": 2,
        "rejected": [],
        "failed": [],
        "alerts": 0,
        "deliveries": {},
    }


def test_ingest_takes_saved_pages_and_keeps_them(cli: CommandLine) -> None:
    cli.configure()
    Path("page.txt").write_bytes(TEXT)
    assert (
        cli.done("ingest", "page.txt", "--wire", "text", "--url", "https://acme.example/n")
        .lines[0]
        .startswith("1 release")
    )
    [found] = cli.done("search", "needle", "--json").json["releases"]
    assert found["url"] == "https://acme.example/n"
    assert cli.done("releases", "show", found["id"], "--raw").out.encode() == TEXT


def test_ingest_names_each_bad_line_and_stores_the_good_ones(cli: CommandLine) -> None:
    cli.configure()
    file = cli.releases({})
    with file.open("a", encoding="utf-8") as opened:
        opened.write('no JSON\n[1]\n{"headline": 5}\n{"headline": "x", "published_at": "soon"}\n\n')
    ran = cli.done("ingest", file)
    assert ran.lines[0] == "1 release stored, 0 known already, 0 alerts"
    assert [line.split(": ", 2)[:2] for line in ran.lines[1:]] == [["rejected", f"{file}:{n}"] for n in (2, 3, 4, 5)]
    assert "published_at: 'soon' is no ISO 8601 time" in ran.lines[-1]


def test_ingest_of_nothing_but_rejects_ends_with_3(cli: CommandLine) -> None:
    cli.configure()
    Path("page.html").write_text("<html><h1>404 Not Found</h1></html>", encoding="utf-8")
    ran = cli("ingest", "page.html")
    assert ran.code == 3
    assert ran.lines[1].startswith("rejected: page.html: error-page: ")


def test_ingest_refuses_what_it_cannot_take(cli: CommandLine) -> None:
    cli.configure()
    file = cli.releases({})
    assert "is not there" in cli.refused("ingest", "nope.html")
    assert "is a folder" in cli.refused("ingest", ".")
    assert "one page" in cli.refused("ingest", file, file, "--url", "https://acme.example")
    assert "no parser of its own" in cli.refused("ingest", file, "--wire", "nosuch")


@pytest.fixture
def history(cli: CommandLine) -> CommandLine:
    cli.configure()
    rows = [
        {"headline": f"Needle {n}", "published_at": f"2026-03-0{n}T10:00:00Z", "wire": "acme" if n % 2 else "other"}
        for n in range(1, 8)
    ]
    rows.append({"headline": "=HYPERLINK(1)", "body": "A formula.", "issuer": "+49 30 1234", "language": "de"})
    cli.done("ingest", cli.releases(*rows))
    return cli


def headlines(found: dict[str, Any]) -> list[str]:
    return [release["headline"] for release in found["releases"]]


def test_search_finds_newest_first_and_pages(history: CommandLine) -> None:
    first = history.done("search", "needle", "--limit", 3, "--json").json
    assert headlines(first) == ["Needle 7", "Needle 6", "Needle 5"]
    second = history.done("search", "needle", "--limit", 3, "--json", "--cursor", first["cursor"]).json
    assert headlines(second) == ["Needle 4", "Needle 3", "Needle 2"]
    last = history.done("search", "needle", "--limit", 3, "--json", "--cursor", second["cursor"]).json
    assert (headlines(last), last["cursor"]) == (["Needle 1"], None)
    assert first["releases"][0]["matches"] == [["headline", 0, 6]]


def test_search_is_narrowed_by_options(history: CommandLine) -> None:
    asked = ("search", "needle", "--json")
    assert headlines(history.done(*asked, "--since", "2026-03-06").json) == ["Needle 7", "Needle 6"]
    assert headlines(history.done(*asked, "--until", "2026-03-03").json) == ["Needle 2", "Needle 1"]
    assert headlines(history.done(*asked, "--wire", "other", "--since", "2026-03-04").json) == ["Needle 6", "Needle 4"]
    assert headlines(history.done("search", "formula", "--lang", "de", "--json").json) == ["=HYPERLINK(1)"]
    either = history.done("search", "needle OR formula", "--wire", "other", "--json").json
    assert len(headlines(either)) == 3, "an option narrows the whole query, not its last word"


def test_search_by_company_security_and_kind(cli: CommandLine) -> None:
    cli.configure()
    cli.done(
        "ingest",
        cli.releases(
            {"headline": "One", "issuer": "Acme Blade Corp.", "tickers": ["NASDAQ:ACME"]},
            {"headline": "Two", "issuer": "Other Ltd.", "kind": "correction"},
        ),
    )
    for options, found in {
        ("--issuer", "acme blade"): ["One"],
        ("--ticker", "ACME"): ["One"],
        ("--ticker", "NASDAQ:ACME"): ["One"],
        ("--kind", "correction"): ["Two"],
        ("--heads",): ["Two", "One"],
    }.items():
        assert headlines(cli.done("search", "body", *options, "--json").json) == found, options


def test_facets_count_what_a_query_finds(history: CommandLine) -> None:
    told = history.done("search", "needle", "--limit", 1, "--facets", "--json").json
    assert told["count"] == {"value": 7, "exact": True}
    assert told["facets"]["wire"] == [{"value": "acme", "count": 4}, {"value": "other", "count": 3}]
    assert [day["value"] for day in told["facets"]["day"]] == [f"2026-03-0{n}" for n in range(7, 0, -1)]
    text = history.done("search", "formula", "--facets").out
    assert "\n1 release\n  wire:     acme (1)\n" in text


def test_by_relevance_a_headline_comes_before_a_boilerplate(cli: CommandLine) -> None:
    cli.configure()
    cli.done(
        "ingest",
        cli.releases(
            {"headline": "In passing", "body": "Text.", "boilerplate": "About us: a needle."},
            {"headline": "Needle opens", "body": "A needle.", "published_at": "2026-03-01T10:00:00Z"},
            {"headline": "Other", "body": "A needle."},
        ),
    )
    found = cli.done("search", "needle", "--order", "relevance", "--json").json
    assert headlines(found) == ["Needle opens", "Other", "In passing"]
    assert (found["cursor"], found["chosen_from"]) == (None, 3)


def test_search_that_finds_nothing_ends_with_1(history: CommandLine) -> None:
    ran = history("search", "haystack")
    assert (ran.code, ran.out, ran.err) == (1, "", "nothing found\n")
    ran = history("search", "haystack", "--json")
    assert (ran.code, ran.json) == (1, {"releases": [], "cursor": None})
    ran = history("search", "haystack", "--format", "csv")
    assert (ran.code, ran.lines) == (1, ["id,published,wire,issuer,headline,url"])


def test_a_bad_query_is_shown_with_a_caret_under_the_column(history: CommandLine) -> None:
    told = history.refused("search", "needle AND (battery").splitlines()
    assert told[:2] == ["the query cannot be read", "needle AND (battery"]
    assert set(told[2][:-1]) <= {" "}
    assert told[2].endswith("^")
    assert len(told) >= 4


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--since", "yesterday"), "--since 'yesterday' cannot be read; write a day, year first: 2022-09-30"),
        (("--until", "2026-13-01"), "--until '2026-13-01' cannot be read"),
        (("--lang", 'de"'), "--lang"),
        (("--format", "xml"), "--format 'xml' is none of table, json, jsonl, csv"),
        (("--order", "relevant"), "there is no order 'relevant'; did you mean relevance?"),
        (("--kind", "corection"), "--kind 'corection' cannot be read"),
        (("--order", "relevance", "--cursor", "7"), "leave the cursor out"),
    ],
)
def test_a_bad_option_is_named(history: CommandLine, options: tuple[str, str], told: str) -> None:
    assert told in history.refused("search", "needle", *options)


def test_search_as_json_lines_and_as_a_table(history: CommandLine) -> None:
    lines = history.done("search", "needle", "--format", "jsonl", "--limit", 2, "--order", "newest").lines
    assert [json.loads(line)["headline"] for line in lines] == ["Needle 7", "Needle 6"]
    ran = history("search", "needle", "--limit", 2)
    assert ran.err.startswith("more: add --cursor ")
    assert [line.split()[-2:] for line in ran.lines[1:]] == [["Needle", "7"], ["Needle", "6"]]
    assert [line for line in ran.lines if line != line.rstrip()] == []


def test_csv_is_no_formula_to_a_spreadsheet(history: CommandLine) -> None:
    [row] = csv.DictReader(io.StringIO(history.done("search", "formula", "--format", "csv").out))
    assert (row["headline"], row["issuer"]) == ("'=HYPERLINK(1)", "'+49 30 1234")


def test_match_prints_a_line_for_each_match_and_the_cost_on_standard_error(cli: CommandLine) -> None:
    releases = cli.releases({"id": "r1", "body": "A needle."}, {"id": "r2", "headline": "Batteries"})
    Path("rules.jsonl").write_text(
        '{"id": 7, "query": "needle"}\n\n{"id": "b", "query": "battery"}\n', encoding="utf-8"
    )
    ran = cli("match", "--rules", "rules.jsonl", "--releases", releases)
    assert [json.loads(line) for line in ran.lines] == [
        {"release": "r1", "rule": 7, "spans": [["body", 2, 8]]},
        {"release": "r2", "rule": "b", "spans": [["headline", 0, 9]]},
    ]
    cost = json.loads(ran.err)
    assert (ran.code, cost["rules"], cost["releases"], cost["matches"]) == (0, 2, 2, 2)
    assert {"build_s", "match_s", "memory_mb"} <= set(cost)
    assert not list(Path().rglob("*.db"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "rules.jsonl:2: no JSON"),
        ("[]", "rules.jsonl:2: no JSON object"),
        ('{"query": "a"}', "rules.jsonl:2: a rule is an object with an id and a query"),
        ('{"id": 2, "query": "a AND"}', "rules.jsonl:2: rule 2\na AND\n     ^"),
    ],
)
def test_match_names_file_and_line_of_a_bad_rule(cli: CommandLine, line: str, told: str) -> None:
    Path("rules.jsonl").write_text(f'{{"id": 1, "query": "a"}}\n{line}\n', encoding="utf-8")
    assert cli.refused("match", "--rules", "rules.jsonl", "--releases", cli.releases({})).startswith(told)


def test_match_names_what_it_cannot_read(cli: CommandLine) -> None:
    Path("rules.jsonl").write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in cli.refused("match", "--rules", "rules.jsonl", "--releases", cli.releases({}))
    assert "cannot be read" in cli.refused("match", "--rules", "nope.jsonl", "--releases", cli.releases({}))
