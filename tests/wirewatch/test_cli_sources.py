"""`sources`, `poll` and `doctor` against a wire of one's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from command_line import CommandLine

from storage.engines.sqlite import InstanceLock
from wirewatch import clock
from wirewatch.demo.newswire import FEED_PATH, Fault, LocalNewswire
from wirewatch.demo.releases import numbered


@pytest.fixture
def wire() -> Iterator[LocalNewswire]:
    with LocalNewswire(clock=clock.now) as running:
        yield running


def watching(wire: LocalNewswire) -> str:
    return f"""
[polling]
per_host_gap_s = 0
[[source]]
name = "local"
wire = "prnewswire"
url = "{wire.feed_url}"
[[rule]]
name = "n"
query = "needle"
to = ["here"]
[channel.here]
kind = "console"
"""


def test_poll_asks_once_stores_and_alerts(cli: CommandLine, wire: LocalNewswire) -> None:
    cli.configure(watching(wire))
    wire.publish(numbered(0, words="needle"))
    assert cli.done("poll").lines == ["1 release stored, 0 known already, 0 alerts"]
    wire.publish(numbered(1, words="needle"))
    ran = cli("poll", "local", "--json")
    assert "[n] Example Holding No. 1" in ran.err, "a console channel must not print among the JSON"
    assert (ran.json["stored"], ran.json["alerts"], ran.json["failed"]) == (1, 1, [])
    [row] = cli.done("sources", "list", "--json").json
    assert (row["name"], row["failures"], row["open_gaps"]) == ("local", 0, 0)
    assert row["entries"] == {"stored": 2}
    assert "ok: 2 listed, 1 new" in cli.done("sources", "list").out
    assert "ok   sources: local: ok: 2 listed, 1 new" in cli.done("doctor").out


def test_a_poll_that_fails_says_why_and_ends_with_4(cli: CommandLine, wire: LocalNewswire) -> None:
    cli.configure(watching(wire))
    wire.fail(FEED_PATH, Fault(status=503))
    ran = cli("poll")
    assert ran.code == 4
    assert ran.lines[-1] == "failed: local: server-error: HTTP 503"
    ran = cli("doctor")
    assert ran.code == 4
    assert "BAD  sources: local: 1 failure in a row: server-error: HTTP 503" in ran.out


def test_poll_knows_its_sources(cli: CommandLine, wire: LocalNewswire) -> None:
    cli.configure(watching(wire))
    assert cli.refused("poll", "locl") == "there is no source 'locl'; did you mean local?"


def test_the_doctor_says_whether_the_daemon_runs(cli: CommandLine, wire: LocalNewswire) -> None:
    cli.configure(watching(wire))
    cli.done("sources", "list", "--json")
    lock = InstanceLock(cli.folder / "wirewatch.db")
    try:
        assert "ok   daemon: running" in cli.done("doctor").out
    finally:
        lock.release()
    assert "ok   daemon: not running" in cli.done("doctor").out


def test_a_source_is_added_by_address_or_from_the_catalogue(cli: CommandLine) -> None:
    cli.configure()
    told = cli.done(
        "sources", "add", "https://newsroom.example/feed.xml", "--name", "acme", "--interval", "60", "--unseen"
    ).out
    assert told == "source 'acme' (web, feed) will be polled every 60 s: https://newsroom.example/feed.xml\n"
    cli.done("sources", "add", "globenewswire/public-companies")
    told = cli.done("sources", "add", "https://www.newsroom.example/other.xml", "--unseen").out
    assert told.startswith(
        "source 'newsroom.example' (web, feed) will be polled every 120 s, and by its rhythm once that is known: "
    )
    rows = {row["name"]: row for row in cli.done("sources", "list", "--json").json}
    assert set(rows) == {"acme", "globenewswire/public-companies", "newsroom.example"}
    assert rows["globenewswire/public-companies"]["wire"] == "globenewswire"
    assert (rows["acme"]["interval_s"], rows["acme"]["last_outcome"]) == (60, "never polled")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("prnewswire/al",), "'prnewswire/al' is no address and no catalogue entry; did you mean prnewswire/all?"),
        (("nothing-like-it",), "no catalogue entry; known: "),
        (("ftp://acme.example/feed",), "is no web address that can be polled"),
        (("https://acme.example/feed", "--kind", "page"), "--kind 'page' is none of feed, listing"),
        (("https://acme.example/feed", "--name", ""), "'' cannot be a name"),
        (("https://acme.example/feed", "--name", "acme", "--unseen"), "a source named 'acme' exists already"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_added(cli: CommandLine, words: tuple[str, ...], told: str) -> None:
    cli.configure()
    cli.done("sources", "add", "https://newsroom.example/feed.xml", "--name", "acme", "--unseen")
    assert told in cli.refused("sources", "add", *words)
    assert len(cli.done("sources", "list", "--json").json) == 1


def test_a_source_that_a_user_adds_may_not_lead_into_the_operators_network_unless_allowed(
    cli: CommandLine, wire: LocalNewswire
) -> None:
    cli.configure()
    cli.done("sources", "add", wire.feed_url, "--name", "inside", "--wire", "prnewswire", "--unseen")
    ran = cli("poll")
    assert (ran.code, wire.requests()) == (4, [])
    assert "private-address" in ran.lines[-1]
    by_name = wire.feed_url.replace("127.0.0.1", "localhost")
    for allow, address in (("127.0.0.0/8", wire.feed_url), ("localhost", by_name)):
        cli.configure(f'[network]\nallow = ["{allow}"]\n[polling]\nper_host_gap_s = 0\n')
        cli.done("sources", "add", address, "--name", allow, "--wire", "prnewswire", "--unseen")
        cli.done("poll", allow)
    assert len(wire.requests(FEED_PATH)) == 2


def test_the_doctor_names_every_problem_with_its_mend(cli: CommandLine) -> None:
    cli.configure('[[rule]]\nname = "n"\nquery = "needle"\n')
    ran = cli("doctor")
    assert ran.code == 4
    assert "BAD  sources: none\n       → add a [[source]]" in ran.out
    found = cli("doctor", "--json").json
    assert {row["check"] for row in found} >= {"configuration", "database", "disk", "daemon", "sources", "rules"}
    assert [row for row in found if not row["ok"] and not row["mend"]] == []


def test_the_doctor_without_a_configuration_says_how_to_get_one(cli: CommandLine) -> None:
    ran = cli("doctor")
    assert ran.code == 4
    assert ran.lines[0] == "BAD  configuration: no wirewatch.toml"
    assert "wirewatch init" in ran.lines[1]
