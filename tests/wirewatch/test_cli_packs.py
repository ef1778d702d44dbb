"""A user's own term packs, from the file to everything that reads a query."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import CommandLine

PACKS = '[pack]\nRivals = ["Acme Motors", "艾克米", "Globex"]\n'
CHANNEL = '[channel.terminal]\nkind = "console"\n'


@pytest.fixture
def desk(cli: CommandLine) -> CommandLine:
    cli.configure(PACKS + CHANNEL)
    return cli


def texts(desk: CommandLine, *bodies: str) -> list[int]:
    """Store releases; their ids, oldest first."""
    desk.done("ingest", desk.releases(*({"body": body, "headline": "News"} for body in bodies)), "--json")
    return sorted(row["id"] for row in desk.done("search", "news", "--json").json["releases"])


def found(desk: CommandLine, query: str) -> set[int]:
    return {row["id"] for row in desk("search", query, "--json").json["releases"]}


def alerted(desk: CommandLine) -> set[int]:
    return {row["release"]["id"] for row in desk.done("alerts", "list", "--json").json}


def test_packs_are_listed_with_where_they_come_from(desk: CommandLine) -> None:
    ran = desk.done("packs", "list")
    assert any(line.split()[:3] == ["@rivals", "file", "3"] for line in ran.lines)
    assert any(line.split()[:2] == ["@chongqing", "shipped"] for line in ran.lines)
    rows = {row["name"]: row for row in desk.done("packs", "list", "--json").json}
    assert rows["rivals"] == {"name": "rivals", "origin": "config", "terms": ["Acme Motors", "艾克米", "Globex"]}


def test_a_pack_is_shown_term_by_term(desk: CommandLine) -> None:
    assert desk.done("packs", "show", "@Rivals").lines == ["Acme Motors", "艾克米", "Globex"]
    assert desk.done("packs", "show", "rivals", "--json").json["origin"] == "config"
    assert desk.refused("packs", "show", "rivls") == "there is no term pack 'rivls'; did you mean rivals?"


def test_a_search_finds_every_variant_and_names_a_misspelt_pack(desk: CommandLine) -> None:
    first, second, third = texts(desk, "Acme Motor opens a plant.", "GLOBEX said no.", "Initech says so.")
    assert found(desk, "@rivals") == {first, second}
    assert found(desk, "news -@rivals") == {third}
    assert "there is no term pack @rivls\ndid you mean @rivals?" in desk.refused("search", "@rivls")


def test_an_alert_and_a_search_agree_before_and_after_a_pack_changes(desk: CommandLine) -> None:
    desk.done("rules", "add", "Rivals", "@rivals")
    texts(desk, "Acme Motors opens a plant.", "Initech opens one.")
    assert alerted(desk) == found(desk, "@rivals")
    assert len(alerted(desk)) == 1
    before = alerted(desk)
    desk.configure(PACKS.replace('"Globex"', '"Initech"') + CHANNEL)
    file = desk.releases(
        {"body": "Initech again.", "url": "https://acme.example/a"},
        {"body": "Globex alone.", "url": "https://acme.example/b"},
        name="later.jsonl",
    )
    desk.done("ingest", file, "--json")
    [new] = alerted(desk) - before
    assert new in found(desk, "@rivals")
    assert len(found(desk, "@rivals")) == 3, "a search is a rule run backwards: it finds the earlier one, too"


def test_a_rule_of_the_file_may_name_a_pack(desk: CommandLine) -> None:
    desk.configure(f'{PACKS}{CHANNEL}[[rule]]\nname = "r"\nquery = "headline:@rivals"\n')
    desk.done("ingest", desk.releases({"headline": "Globex grows"}, {"headline": "Nobody shrinks"}), "--json")
    assert alerted(desk) == found(desk, "headline:@rivals") != set()


def test_what_a_rule_would_do_and_why_is_told_with_packs(desk: CommandLine) -> None:
    [release] = texts(desk, "Globex opens a plant.")
    assert desk.done("rules", "test", "@rivals", "--days", 3000, "--json").json["stories"] == 1
    told = desk.done("rules", "explain", "@rivals", release, "--json").json
    assert told["matches"] is True
    assert [text[-1] for text in told["explanation"]["found"]] == ["Globex"]
    desk.done("rules", "add", "Rivals", "@rivals")
    assert desk.done("rules", "explain", "Rivals", release, "--json").json["matches"] is True
    assert "+0 −0" in desk.done("rules", "edit", "Rivals", "--query", "@rivals OR plant").out
    assert "no term pack @rivl" in desk.refused("rules", "edit", "Rivals", "--query", "@rivl")


def test_rules_in_files_may_name_packs_of_the_configuration_and_their_own(desk: CommandLine) -> None:
    samples = 'must_match = ["Globex"]\nmust_not_match = ["Globex, Initech"]\n'
    text = f'[[rule]]\nname = "r"\nquery = "@rivals -@ours"\n{samples}'
    Path("rules.toml").write_text(f'[pack]\nours = ["Initech"]\n{text}', encoding="utf-8")
    assert desk.done("rules", "check", "rules.toml").out == "1 rule, 2 samples, 0 failed\n"
    ran = desk("rules", "import", "rules.toml")
    assert ran.code == 2
    assert "there is no term pack @ours" in ran.err
    Path("rules.toml").write_text(f'[pack]\nours = ["@rivals"]\n{text}', encoding="utf-8")
    assert "[pack] ours holds" in desk.refused("rules", "check", "rules.toml")


def test_an_export_carries_the_packs_that_its_rules_name(desk: CommandLine) -> None:
    desk.configure(PACKS.replace("Globex", 'Globex", "O\'Neill') + 'unused = ["x"]\n' + CHANNEL)
    desk.done("rules", "add", "Rivals", "@rivals")
    desk.done("rules", "add", "Plain", "plant")
    exported = desk.done("rules", "export", "--format", "toml").out
    assert exported.startswith('[pack]\n"rivals" = ["Acme Motors", "艾克米", "Globex", "O\'Neill"]\n\n[[rule]]\n')
    assert "unused" not in exported
    Path("out.toml").write_text(exported, encoding="utf-8")
    desk.configure("")
    assert desk.done("rules", "check", "out.toml").out == "2 rules, 0 samples, 0 failed\n"
    ran = desk("rules", "export")
    assert [json.loads(line)["query"] for line in ran.lines] == ["plant", "@rivals"]
    assert "--format toml exports them too" in ran.err


def test_a_pack_taken_from_the_file_stays_while_a_rule_made_here_names_it(desk: CommandLine) -> None:
    desk.done("rules", "add", "Rivals", "@rivals")
    desk.configure(CHANNEL)
    ran = desk("packs", "list", "--json")
    assert ran.code == 0
    assert "pack_kept" in ran.err
    assert {row["name"]: row["origin"] for row in ran.json}["rivals"] == "kept"
    [release] = texts(desk, "Globex opens a plant.")
    assert alerted(desk) == {release} == found(desk, "@rivals")
    desk.done("rules", "remove", "Rivals")
    assert "rivals" not in {row["name"] for row in desk.done("packs", "list", "--json").json}


def test_match_knows_the_packs_of_the_file(desk: CommandLine) -> None:
    Path("rules.jsonl").write_text('{"id": 1, "query": "@rivals"}\n', encoding="utf-8")
    ran = desk("match", "--rules", "rules.jsonl", "--releases", desk.releases({"body": "Globex"}, {"body": "none"}))
    assert ran.code == 0
    assert [json.loads(line)["release"] for line in ran.lines] == ["outside-1"]
