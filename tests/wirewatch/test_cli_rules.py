"""`rules`: typed right, and typed with mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine

FILE = """
[[rule]]
name = "written"
query = '"blade battery"'
to = ["terminal"]
[channel.terminal]
kind = "console"
"""


@pytest.fixture
def desk(cli: CommandLine) -> CommandLine:
    cli.configure(FILE)
    return cli


def test_a_rule_is_added_listed_shown_and_removed(desk: CommandLine) -> None:
    told = desk.done("rules", "add", "mine", "chongqing OR 重庆", "--to", "terminal").out
    assert told == "rule 'mine' watches from now on and tells terminal\n"
    rows = {rule["name"]: rule for rule in desk.done("rules", "list", "--json").json}
    assert (rows["mine"]["query"], rows["mine"]["channels"]) == ("chongqing OR 重庆", ["terminal"])
    assert (rows["mine"]["origin"], rows["written"]["origin"]) == ("db", "config")
    assert desk.done("rules", "show", "mine", "--json").json == rows["mine"]
    shown = desk.done("rules", "show", "mine").out
    assert "chongqing OR 重庆" in shown
    listed = desk.done("rules", "list").lines
    assert listed[0].split() == ["rule", "query", "to", "told", "from", "state"]
    assert listed[1].split() == ["mine", "chongqing", "OR", "重庆", "terminal", "at", "once", "here", "on"]
    assert desk.done("rules", "remove", "mine").out == "rule 'mine' removed; its alerts stay\n"
    assert [rule["name"] for rule in desk.done("rules", "list", "--json").json] == ["written"]


def test_a_rule_that_tells_nobody_is_said_to(desk: CommandLine) -> None:
    assert "nobody yet: its alerts are kept and shown" in desk.done("rules", "add", "mine", "chongqing").out


def test_no_rules_is_said_with_what_to_do(cli: CommandLine) -> None:
    cli.configure()
    ran = cli("rules", "list")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("no rules yet: wirewatch rules add")
    assert cli.done("rules", "list", "--json").json == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "x", "byd AND"), "the query cannot be read\nbyd AND\n       ^"),
        (("add", "x", ""), "the query cannot be read"),
        (("add", "x", "NOT byd"), "the query cannot be read"),
        (("add", "x", "byd after:2022-01-01"), "the query cannot be read\nbyd after:2022-01-01\n    ^"),
        (("add", "x", "byd", "--to", "termnal"), "there is no channel 'termnal'; did you mean terminal?"),
        (("add", "x", "byd", "--to", "pager"), "there is no channel 'pager'; known: terminal"),
        (("add", "", "byd"), "'' cannot be a name"),
        (("add", " x", "byd"), "' x' cannot be a name"),
        (("add", "x\x1b[2J", "byd"), "cannot be a name"),
        (("add", "written", "byd"), "rule 'written' exists already"),
        (("show", "nope"), "there is no rule 'nope'"),
        (("remove", "nope"), "there is no rule 'nope'"),
        (("remove", "written"), "rule 'written' stands in wirewatch.toml: remove it there"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_changed(desk: CommandLine, words: tuple[str, ...], told: str) -> None:
    before = desk.done("rules", "list", "--json").json
    assert told in desk.refused("rules", *words)
    assert desk.done("rules", "list", "--json").json == before


def test_a_name_is_free_again_once_its_rule_was_removed(desk: CommandLine) -> None:
    for query in ("one", "two"):
        desk.done("rules", "add", "mine", query)
        desk.done("rules", "remove", "mine")
    assert desk.done("rules", "list", "--json").json[0]["name"] == "written"


def test_rules_of_the_file_follow_the_file(desk: CommandLine) -> None:
    desk.done("rules", "add", "mine", "chongqing")
    [before] = [rule for rule in desk.done("rules", "list", "--json").json if rule["name"] == "written"]
    Path("wirewatch.toml").write_text(FILE.replace("blade battery", "solid state"), encoding="utf-8")
    [after] = [rule for rule in desk.done("rules", "list", "--json").json if rule["name"] == "written"]
    assert (after["query"], after["id"], after["uid"]) == ('"solid state"', before["id"], before["uid"])
    assert after["generation"] > before["generation"]
    desk.configure()
    assert [rule["name"] for rule in desk.done("rules", "list", "--json").json] == ["mine"]
