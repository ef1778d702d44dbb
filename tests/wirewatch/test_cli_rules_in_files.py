"""`rules check|import|export`: rules kept as files."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from command_line import CommandLine, Ran

CHANNEL = '[channel.terminal]\nkind = "console"\n'


@pytest.fixture
def desk(cli: CommandLine) -> CommandLine:
    cli.configure(CHANNEL)
    return cli


def file(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def stored(desk: CommandLine) -> dict[str, tuple[str, list[str], bool]]:
    rows = desk.done("rules", "list", "--json").json
    return {row["name"]: (row["query"], row["channels"], row["paused"]) for row in rows}


SAMPLES = """
[[rule]]
name = "Blade"
query = '"blade battery" -tender'
must_match = ["New blade batteries are here", { headline = "Blade-battery plant" }]
must_not_match = ["Tender for a blade battery"]
"""


def check(desk: CommandLine, text: str, name: str = "rules.toml") -> Ran:
    return desk("rules", "check", file(name, text))


def test_rules_that_do_as_they_say_pass(desk: CommandLine) -> None:
    ran = check(desk, SAMPLES)
    assert (ran.code, ran.out) == (0, "1 rule, 3 samples, 0 failed\n")


def test_a_sample_answered_wrongly_is_named_with_the_reason(desk: CommandLine) -> None:
    text = SAMPLES.replace('"New blade', '"a battery blade", "New blade').replace('"Tender', '"blade battery", "Tender')
    ran = check(desk, text)
    assert (ran.code, ran.lines) == (
        1,
        [
            (
                'Blade: must_match 1 (“a battery blade”): it is not found; "blade battery": '
                "its words are there, but not side by side"
            ),
            "Blade: must_not_match 1 (“blade battery”): it is found by “blade battery”",
            "1 rule, 5 samples, 2 failed",
        ],
    )
    told = desk("rules", "check", "rules.toml", "--json")
    assert told.code == 1
    assert [(row["rule"], row["wanted"], row["sample"]) for row in told.json["failed"]] == [
        ("Blade", "must_match", 1),
        ("Blade", "must_not_match", 1),
    ]


def test_samples_are_read_in_their_own_language(desk: CommandLine) -> None:
    row = {
        "name": "Werk",
        "query": "Haus",
        "must_match": ["In der Stadt werden in diesem Jahr viele neue Häuser gebaut, sagte die Ministerin gestern."],
    }
    assert check(desk, json.dumps(row, ensure_ascii=False), "rules.jsonl").code == 0


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("r.toml", "[[rule]]\nname = 'x'\nquery = 'headlin:y'", "did you mean headline:?"),
        ("r.toml", "[[rule]]\nname = 'x'\nqery = 'y'", "'qery' is no key of a rule"),
        ("r.toml", "[[rule]]\nname = 'x'", "query is missing"),
        ("r.toml", "[[rule]]\nname = 3\nquery = 'x'", "name must be text"),
        ("r.toml", "[[rule]]\nname = ' x'\nquery = 'x'", "neither begins nor ends with a space"),
        ("r.toml", "[[rule]]\nname = 'x'\nquery = 'x'\nmust_match = 'y'", "must be a list of texts"),
        ("r.toml", "[[rule]]\nname = 'x'\nquery = 'x after:2022-01-01'", "for searches, not for rules"),
        ("r.toml", "[[rule]]\nname = 'x'\nquery = 'x'\nto = [1]", "names of channels"),
        ("r.toml", "[[rule]]\nname = 'x'\nquery = 'x'\npaused = 'no'", "true or false"),
        ("r.jsonl", "{", "no JSON"),
        ("r.jsonl", "[]", "a rule is an object"),
        ("r.txt", "battery site:acme.example", "wire:SLUG"),
    ],
)
def test_a_rule_that_cannot_be_read_is_named(desk: CommandLine, name: str, text: str, told: str) -> None:
    ran = desk("rules", "check", file(name, text))
    assert ran.code == 2
    assert told in ran.err
    assert ran.err.startswith(name)


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("r.toml", b"[[rule", "is no TOML"),
        ("r.toml", b"rule = 3", "[[rule]] tables"),
        ("r.txt", b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(desk: CommandLine, name: str, body: bytes, told: str) -> None:
    Path(name).write_bytes(body)
    assert told in desk.refused("rules", "check", name)
    assert told in desk.refused("rules", "import", name)


def test_a_file_that_is_not_there_is_refused(desk: CommandLine) -> None:
    assert "cannot be read" in desk.refused("rules", "check", "nowhere.toml")


LIST = '# alerts\n"blade battery" OR 刀片电池\nintitle:chongqing -tender\nbattery site:news.example\n'


def test_a_list_of_queries_is_taken_over_as_far_as_it_can_be(desk: CommandLine) -> None:
    ran = desk("rules", "import", file("alerts.txt", LIST), "--to", "terminal")
    assert (ran.code, ran.out) == (2, "2 added, 0 changed, 0 known already, 1 refused\n")
    assert ran.err.startswith("alerts.txt:4: site: ")
    assert stored(desk) == {
        '"blade battery" OR 刀片电池': ('"blade battery" OR 刀片电池', ["terminal"], False),
        "intitle:chongqing -tender": ("headline:chongqing AND NOT tender", ["terminal"], False),
    }
    assert desk("rules", "import", "alerts.txt").out == "0 added, 0 changed, 2 known already, 1 refused\n"


def test_a_dry_run_does_nothing(desk: CommandLine) -> None:
    ran = desk("rules", "import", file("alerts.txt", LIST), "--dry-run")
    assert ran.out == "2 would be added, 0 would be changed, 0 known already, 1 refused\n"
    assert stored(desk) == {}


def test_another_query_under_a_known_name_is_refused_unless_it_is_to_replace(desk: CommandLine) -> None:
    desk.done("rules", "add", "mine", "battery", "--to", "terminal")
    name = file("rules.jsonl", '{"name": "mine", "query": "cell"}\n')
    assert "add --replace to change it" in desk("rules", "import", name).err
    assert desk("rules", "import", name, "--replace").out == "0 added, 1 changed, 0 known already, 0 refused\n"
    assert stored(desk) == {"mine": ("cell", ["terminal"], False)}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"name": "a", "query": "x", "to": ["termnal"]}], "did you mean terminal?"),
        ([{"name": "a", "query": "x"}, {"name": "a", "query": "y"}], "already taken at rules.jsonl:1"),
    ],
)
def test_what_cannot_stand_in_the_archive_is_refused(desk: CommandLine, rows: list[object], told: str) -> None:
    name = file("rules.jsonl", "\n".join(map(json.dumps, rows)))
    ran = desk("rules", "import", name)
    assert ran.code == 2
    assert told in ran.err


def test_an_unknown_channel_for_all_is_refused_before_anything_is_done(desk: CommandLine) -> None:
    assert "did you mean terminal?" in desk.refused("rules", "import", file("a.txt", "x\ny\n"), "--to", "termnal")
    assert stored(desk) == {}


ODD = {
    "plain": "battery",
    "phrase": '"blade battery" -tender',
    "both quotes": '"blade battery" OR don\'t',
    "backslash \\ “and” 重庆": "a\\b OR 重庆",
    'quoted "name"': "@chongqing",
}


@pytest.mark.parametrize("form", ["jsonl", "toml"])
def test_what_is_exported_is_imported_as_it_was(desk: CommandLine, form: str) -> None:
    for name, query in ODD.items():
        desk.done("rules", "add", name, query, "--to", "terminal")
    desk.done("rules", "pause", "plain")
    before = stored(desk)
    name = file(f"rules.{form}", desk.done("rules", "export", "--format", form).out)
    assert desk.done("rules", "import", name).out == f"0 added, 0 changed, {len(ODD)} known already, 0 refused\n"
    for rule in ODD:
        desk.done("rules", "remove", rule)
    assert desk.done("rules", "import", name).out == f"{len(ODD)} added, 0 changed, 0 known already, 0 refused\n"
    assert stored(desk) == before


def test_an_export_is_a_piece_of_configuration(desk: CommandLine) -> None:
    desk.done("rules", "add", "mine", '"blade battery"', "--to", "terminal")
    text = desk.done("rules", "export", "--format", "toml").out
    assert tomllib.loads(text) == {"rule": [{"name": "mine", "query": '"blade battery"', "to": ["terminal"]}]}
    desk.done("rules", "remove", "mine")
    desk.configure(text + CHANNEL)
    assert stored(desk) == {"mine": ('"blade battery"', ["terminal"], False)}


def test_an_unknown_format_is_refused(desk: CommandLine) -> None:
    assert "neither jsonl nor toml" in desk.refused("rules", "export", "--format", "xml")
