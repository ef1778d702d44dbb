"""`rules add --digest`, `silence` and their kin: how a rule's alerts are told, as typed by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from command_line import CommandLine

BERLIN = """
[channel.desk]
kind = "console"
zone = "Europe/Berlin"
quiet = "22:00-07:00"

[[rule]]
name = "written"
query = "kites"
to = ["desk"]
digest = "Weekly@mon 8:00"
at_most_hourly = 5
"""


def test_a_digest_is_asked_for_shown_with_its_next_run_and_taken_back(cli: CommandLine) -> None:
    cli.configure(BERLIN)
    told = cli.done("rules", "add", "mine", "solar", "--to", "desk", "--digest", "daily@8:00", "--urgent").out
    assert told == "rule 'mine' watches from now on and tells desk, daily@08:00; urgent\n"
    shown = cli.done("rules", "show", "mine").out
    assert "daily@08:00; urgent" in shown
    assert "08:00 Europe/Berlin" in shown
    row = cli.done("rules", "show", "mine", "--json").json
    assert (row["digest"], row["at_most_hourly"], row["urgent"]) == ("daily@08:00", None, True)
    cli.done("rules", "edit", "mine", "--digest", "none", "--at-most", "3", "--not-urgent")
    assert "at once, 3 in an hour at most" in cli.done("rules", "show", "mine").out
    cli.done("rules", "edit", "mine", "--at-most", "0")
    assert "told   at once\n" in cli.done("rules", "show", "mine").out


def test_what_the_file_says_is_shown_and_carried_out_and_in_again(cli: CommandLine) -> None:
    cli.configure(BERLIN)
    row = cli.done("rules", "show", "written", "--json").json
    assert (row["digest"], row["at_most_hourly"], row["urgent"]) == ("weekly@mon 08:00", 5, False)
    for form in ("jsonl", "toml"):
        file = cli.folder / f"rules.{form}"
        file.write_text(cli.done("rules", "export", "--format", form).out, encoding="utf-8")
        assert "weekly@mon 08:00" in file.read_text(encoding="utf-8")
    text = (cli.folder / "rules.jsonl").read_text(encoding="utf-8")
    lines = [json.dumps(json.loads(line) | {"name": "again"}) for line in text.splitlines()]
    (cli.folder / "again.jsonl").write_text("\n".join(lines), encoding="utf-8")
    cli.done("rules", "import", str(cli.folder / "again.jsonl"))
    again = cli.done("rules", "show", "again", "--json").json
    assert (again["digest"], again["at_most_hourly"]) == ("weekly@mon 08:00", 5)


def test_a_rule_is_silenced_with_an_end_and_a_reason_also_one_of_the_file(cli: CommandLine) -> None:
    cli.configure(BERLIN)
    told = cli.done("rules", "silence", "written", "--for", "2h", "--reason", "trade fair").out
    assert told.startswith("rule 'written' tells nobody until ")
    assert "silenced until" in cli.done("rules", "list").out
    assert "trade fair" in cli.done("rules", "show", "written").out
    assert cli.done("rules", "show", "written", "--json").json["silence_reason"] == "trade fair"
    cli.configure(BERLIN + "\n# changed\n")
    assert "trade fair" in cli.done("rules", "show", "written").out
    until = (datetime.now(UTC) + timedelta(days=3)).replace(hour=8, minute=30).astimezone(timezone(timedelta(hours=5)))
    told = cli.done("rules", "silence", "written", "--until", f"{until:%Y-%m-%dT%H:%M%z}").out
    assert "08:30 UTC" in told
    assert cli.done("rules", "unsilence", "written").out == "rule 'written' tells again\n"
    assert "silenced" not in cli.done("rules", "list").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "x", "solar", "--digest", "often"), "--digest 'often' is no schedule; write hourly"),
        (("add", "x", "solar", "--digest", "weekly@8:00"), "names no day (mon, tue"),
        (("silence", "written"), "say how long: --for 2h"),
        (("silence", "written", "--for", "2h", "--until", "2030-01-01T00:00Z"), "say how long"),
        (("silence", "written", "--for", "soon"), "--for 'soon' is no time: write 30m, 2h or 7d"),
        (("silence", "written", "--for", "999d"), "ends in the future, and within a year"),
        (("silence", "written", "--until", "2020-01-01T00:00Z"), "ends in the future"),
        (("silence", "written", "--until", "2030-01-01T00:00"), "names no zone: write 2030-01-01T00:00Z"),
        (
            ("add", "x", "solar", "--at-most", "1001"),
            "--at-most 1001 is too many: write a number up to 1,000, or 0 for all",
        ),
        (("silence", "writen", "--for", "2h"), "there is no rule 'writen'; did you mean written?"),
        (("edit", "written", "--digest", "none"), "stands in"),
    ],
)
def test_a_mistake_is_named(cli: CommandLine, words: tuple[str, ...], told: str) -> None:
    cli.configure(BERLIN)
    assert told in cli.refused("rules", *words)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('zone = "Berlin"', "is no time zone; write one such as Europe/Berlin"),
        ('quiet = "at night"', "write 22:00-07:00"),
    ],
)
def test_a_channels_hours_are_checked(cli: CommandLine, line: str, told: str) -> None:
    cli.configure(f'[channel.desk]\nkind = "console"\n{line}\n')
    assert told in cli.refused("channels", "test", "desk")
    cli.done("rules", "add", "x", "solar", "--to", "desk", "--digest", "daily@08:00")
    assert told in cli.refused("rules", "show", "x")
