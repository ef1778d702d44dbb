"""`rules test|explain|edit|pause|resume`: what an analyst does with rules once there is an archive."""

from __future__ import annotations

from datetime import timedelta

import pytest
from command_line import LONG_AGO, CommandLine

from wirewatch import clock

FILE = """
[[rule]]
name = "written"
query = "gears"
[channel.terminal]
kind = "console"
"""
PRODUCTS = ("blade battery", "solid cells", "gears")


def days_ago(days: float) -> str:
    return (clock.now() - timedelta(days=days)).isoformat()


@pytest.fixture
def desk(cli: CommandLine) -> CommandLine:
    """Nine stories of the last nine days, one of them with a copy, and an old one."""
    cli.configure(FILE)
    cli.done("rules", "add", "mine", '"blade battery"', "--to", "terminal")
    rows = [
        {"headline": f"Chongqing makes {PRODUCTS[n % 3]} number {n}", "published_at": days_ago(n), "body": body(n)}
        for n in range(9)
    ]
    copy = {**rows[0], "url": "https://other.example/1", "wire": "other"}
    old = {"headline": "Chongqing makes blade batteries", "published_at": LONG_AGO, "body": body(99)}
    cli("ingest", cli.releases(*rows, copy, old))
    return cli


def body(number: int) -> str:
    return f"Plant {number * 37} is open. " + " ".join(f"unit{number}x{n}" for n in range(60))


def newest(desk: CommandLine, query: str) -> int:
    return int(desk.done("search", query, "--limit", "1", "--json").json["releases"][0]["id"])


def test_a_query_is_tried_on_the_last_days(desk: CommandLine) -> None:
    told = desk.done("rules", "test", "chongqing blade", "--days", "30", "--json").json
    assert (told["stories"], told["releases"], told["days"], told["complete"]) == (3, 4, 30, True)
    assert (told["a_day"], told["floods"]) == (0.1, False)
    assert len(told["by_day"]) == 30
    assert told["by_day"][0]["day"] == told["since"]
    assert sum(day["stories"] for day in told["by_day"]) == 3
    assert told["by_day"][-1]["stories"] == 1
    [newest_first, *_] = told["examples"]
    assert newest_first["headline"] == "Chongqing makes blade battery number 0"
    assert [match[3] for match in newest_first["matches"]] == ["Chongqing", "blade"]


def test_days_bound_what_is_tried(desk: CommandLine) -> None:
    assert desk.done("rules", "test", "blade", "--days", "2", "--json").json["stories"] == 1
    assert desk.done("rules", "test", "blade", "--days", "3660", "--json").json["stories"] == 4
    assert desk("rules", "test", "blade", "--days", "0").code == 2


def test_people_see_stories_bars_and_words(desk: CommandLine) -> None:
    lines = desk.done("rules", "test", '"blade battery"', "--days", "9").lines
    assert lines[0] == "3 stories in 9 days (and 1 further release of the same), 0.3 a day"
    assert "··▁··▁··▁" in lines[1]
    assert lines[3].endswith("Chongqing makes blade battery number 0")
    assert lines[4].strip() == "headline “blade battery”"


def test_nothing_found_is_said_and_is_no_error(desk: CommandLine) -> None:
    assert desk.done("rules", "test", "zeppelin").lines[0] == "0 stories in 90 days, 0.0 a day"


def test_a_rule_that_would_flood_is_warned_of(desk: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wirewatch.backtest.FLOOD_A_DAY", 0.5)
    ran = desk("rules", "test", "chongqing", "--days", "9")
    assert "warning: 1 alerts a day are more than a person reads" in ran.err
    assert desk.done("rules", "test", "chongqing", "--days", "9", "--json").json["floods"] is True


def test_a_query_is_tried_with_its_hints_and_refused_with_a_caret(desk: CommandLine) -> None:
    assert "the operator is AND" in desk("rules", "test", "blade and battery").err
    assert "^" in desk.refused("rules", "test", "headlin:x")
    assert "after: is for searches" in desk.refused("rules", "test", "x after:2022-01-01")


def test_a_match_is_explained_with_what_came_of_it(desk: CommandLine) -> None:
    release = newest(desk, '"blade battery"')
    told = desk.done("rules", "explain", "mine", release, "--json").json
    assert (told["rule"], told["release"], told["matches"]) == ("mine", release, True)
    assert told["explanation"]["found"] == [["headline", 16, 29, "blade battery"]]
    kinds = {row["what"] for row in told["became"]}
    assert kinds <= {"alert", "held"}
    assert kinds
    lines = desk.done("rules", "explain", "mine", release).lines
    assert lines[1] == '✓ "blade battery" – headline “blade battery”'
    assert lines[2].startswith(("alert ", "held "))


def test_an_alert_is_explained_with_its_deliveries(desk: CommandLine) -> None:
    release = min(hit["id"] for hit in desk.done("search", '"blade battery"', "--json").json["releases"])
    [row] = desk.done("rules", "explain", "mine", release, "--json").json["became"]
    assert (row["what"], row["occasion"]) == ("alert", "first")
    assert [line["channel"] for line in row["deliveries"]] == ["terminal"]


def test_what_does_not_match_says_why(desk: CommandLine) -> None:
    release = newest(desk, "solid")
    told = desk.done("rules", "explain", "mine", release, "--json").json
    assert (told["matches"], told["became"]) == (False, [])
    assert told["explanation"]["why"] == "no “blade”; no “battery”"
    assert desk.done("rules", "explain", "mine", release).lines[-1] == "nothing came of it: no alert, nothing held"


def test_a_query_may_stand_for_a_rule(desk: CommandLine) -> None:
    release = newest(desk, "solid")
    lines = desk.done("rules", "explain", "solid headline:gears", release).lines
    assert lines[1:] == [
        "✗ solid AND headline:gears",
        "  ✓ solid – headline “solid”",
        "  ✗ headline:gears",
        "    ✗ gears – not in the text",
    ]


def test_a_release_that_is_not_there_cannot_be_explained(desk: CommandLine) -> None:
    assert "there is no release 5" in desk.refused("rules", "explain", "mine", 5, code=1)


def test_an_edited_rule_keeps_its_id_and_shows_what_it_gains_and_loses(desk: CommandLine) -> None:
    before = desk.done("rules", "show", "mine", "--json").json
    lines = desk.done("rules", "edit", "mine", "--query", '"solid cells" OR "number 0"', "--name", "ours").lines
    assert lines[:2] == ["rule 'ours' changed", "in the last 90 days: +3 −2 stories, now 4"]
    assert lines[2].startswith("  + ")
    assert lines[-1].startswith("  − ")
    after = desk.done("rules", "show", "ours", "--json").json
    assert (after["id"], after["uid"], after["channels"]) == (before["id"], before["uid"], ["terminal"])
    assert after["query"] == '"solid cells" OR "number 0"'
    assert after["generation"] > before["generation"]


def test_a_paused_rule_is_resumed(desk: CommandLine) -> None:
    assert desk.done("rules", "pause", "mine").out == "rule 'mine' is paused\n"
    assert desk.done("rules", "show", "mine", "--json").json["paused"] is True
    assert desk.done("rules", "resume", "mine").out == "rule 'mine' watches from now on\n"
    assert desk.done("rules", "show", "mine", "--json").json["paused"] is False


def test_a_paused_rule_makes_no_alert(desk: CommandLine) -> None:
    desk.done("rules", "pause", "mine")
    before = len(desk.done("alerts", "list", "--json").json)
    desk("ingest", desk.releases({"headline": "A blade battery", "body": body(7_777)}, name="more.jsonl"))
    assert len(desk.done("alerts", "list", "--json").json) == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("edit", "mine"), "nothing to change"),
        (("edit", "nope", "--query", "x"), "there is no rule 'nope'"),
        (("edit", "mnie", "--query", "x"), "did you mean mine?"),
        (("edit", "mine", "--query", "x AND"), "the query cannot be read\nx AND\n     ^"),
        (("edit", "mine", "--query", "x after:2022-01-01"), "after: is for searches"),
        (("edit", "mine", "--to", "termnal"), "did you mean terminal?"),
        (("edit", "mine", "--name", "written"), "rule 'written' exists already"),
        (("edit", "mine", "--name", " x"), "cannot be a name"),
        (("edit", "written", "--query", "x"), "stands in wirewatch.toml"),
        (("pause", "written"), "stands in wirewatch.toml"),
        (("resume", "nope"), "there is no rule 'nope'"),
    ],
)
def test_a_mistaken_change_is_named_and_nothing_is_changed(
    desk: CommandLine, words: tuple[str, ...], told: str
) -> None:
    before = desk.done("rules", "list", "--json").json
    assert told in desk.refused("rules", *words)
    assert desk.done("rules", "list", "--json").json == before
