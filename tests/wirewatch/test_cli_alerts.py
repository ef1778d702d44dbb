"""`alerts`, `releases` and `deliveries`: what came of it all, for people and for programs."""

from __future__ import annotations

import pytest
from command_line import CommandLine

from wirewatch.demo.inbox import REFUSE, LocalInbox


@pytest.fixture
def told(cli: CommandLine) -> CommandLine:
    """Two alerts made and shown, one release besides."""
    cli.configure(
        """
[[rule]]
name = "needles"
query = "needle"
to = ["here"]
[[rule]]
name = "quiet"
query = "headline:first"
[channel.here]
kind = "console"
"""
    )
    cli.done(
        "ingest",
        cli.releases(
            {"headline": "The first\x1b[31m headline", "body": "A needle is in the hay.\n\nAnother paragraph."},
            {"headline": "The second", "body": "Nothing."},
        ),
    )
    return cli


def test_alerts_are_listed_newest_first_with_what_matched(told: CommandLine) -> None:
    rows = told.done("alerts", "list", "--json").json
    assert [row["rule"]["name"] for row in rows] == ["quiet", "needles"]
    assert rows[1]["matches"] == [["body", 2, 8, "needle"]]
    assert set(rows[1]["latency"]) == {"stamped", "seen", "stored", "matched"}
    lines = told.done("alerts", "list").lines
    assert lines[0].split() == ["id", "made", "rule", "headline", "matched", "late"]
    assert "needles" in lines[2]
    assert told.done("alerts", "list", "--limit", 1, "--json").json == rows[:1]
    assert told.done("alerts", "list", "--cursor", rows[0]["id"], "--json").json == rows[1:]


def test_an_alert_is_shown_with_its_passages_and_deliveries(told: CommandLine) -> None:
    needles, quiet = 1, 2
    text = told.done("alerts", "show", needles).out
    assert "A *needle* is in the hay." in text
    assert "here" in text
    assert "\x1b" not in text
    whole = told.done("alerts", "show", needles, "--json").json
    assert [(line["channel"], line["status"], line["attempts"]) for line in whole["deliveries"]] == [
        ("here", "sent", 1)
    ]
    ran = told("alerts", "show", quiet)
    assert (ran.code, ran.err) == (0, "sent to nobody: its rule names no channel\n")


def test_a_release_is_shown_for_people_and_for_programs(told: CommandLine) -> None:
    [found] = told.done("search", "needle", "--json").json["releases"]
    text = told.done("releases", "show", found["id"]).out
    assert "A needle is in the hay." in text
    assert "\x1b" not in text
    whole = told.done("releases", "show", found["id"], "--json").json
    assert (whole["id"], whole["origin"], whole["held"]) == (found["id"], "file", [])
    assert whole["story"] == {"id": found["id"], "members": [found["id"]]}
    assert whole["body"] == "A needle is in the hay.\n\nAnother paragraph."


def test_deliveries_are_listed_by_state(told: CommandLine) -> None:
    [row] = told.done("deliveries", "list", "--json").json
    assert (row["status"], row["channel"], row["recipient"], row["alerts"]) == ("sent", "here", "console", [1])
    assert told.done("deliveries", "list", "--state", "dead", "--json").json == []
    assert told("deliveries", "list", "--state", "dead").err == "no deliveries that are dead\n"
    assert told.refused("deliveries", "list", "--state", "gone") == "--state 'gone' is none of due, sending, sent, dead"
    assert told.done("deliveries", "list").lines[0].split()[:5] == ["id", "alerts", "channel", "recipient", "state"]


def test_a_dead_delivery_is_told_by_the_doctor_and_tried_again_by_hand(cli: CommandLine) -> None:
    with LocalInbox() as inbox:
        cli.configure(
            f"""
[mail]
host = "{inbox.host}"
port = {inbox.port}
tls = "none"
from = "watch@example.org"
[channel.mail]
kind = "email"
to = "desk@example.org"
[[rule]]
name = "n"
query = "needle"
to = ["mail"]
"""
        )
        inbox.answer(REFUSE)
        assert cli.done("ingest", cli.releases({"body": "A needle."})).lines[1] == "deliveries: 1 dead"
        [dead] = cli.done("deliveries", "list", "--state", "dead", "--json").json
        assert dead["reason"] == "message: 550 5.1.1 No such mailbox"
        ran = cli("doctor")
        assert ran.code == 4
        assert "BAD  deliveries: 1 delivery given up" in ran.out
        assert cli.done("deliveries", "retry", dead["id"]).out == f"delivery {dead['id']} is due now\n"
        cli.done("ingest", cli.releases({"body": "Nothing.", "url": "https://acme.example/2"}, name="other.jsonl"))
        [sent] = cli.done("deliveries", "list", "--json").json
        assert (sent["status"], sent["key"], sent["attempts"]) == ("sent", dead["key"], 2)
        assert [message.message_id.strip("<>").split("@")[0] for message in inbox.messages()] == [dead["key"]]
        assert "is not there, was sent, or is under way" in cli.refused("deliveries", "retry", dead["id"])


def test_what_is_not_there_is_said_to_be_and_ends_with_1(told: CommandLine) -> None:
    assert told.refused("alerts", "show", 99, code=1) == "there is no alert 99; see `wirewatch alerts list`"
    assert told.refused("releases", "show", 99, code=1) == "there is no release 99; see `wirewatch search`"
    [found] = told.done("search", "second", "--json").json["releases"]
    assert told.refused("releases", "show", found["id"], "--raw", code=1).startswith("no page is kept")


def test_an_empty_archive_says_so(cli: CommandLine) -> None:
    cli.configure()
    assert cli("alerts", "list").err == "no alerts yet\n"
    assert cli("deliveries", "list").err == "no deliveries yet\n"
    assert cli.done("alerts", "list", "--json").json == cli.done("deliveries", "list", "--json").json == []
