"""`sources health` as it is typed and read, against a wire of one's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from command_line import CommandLine

from wirewatch import clock
from wirewatch.demo.newswire import FEED_PATH, Fault, LocalNewswire
from wirewatch.demo.releases import numbered

SOURCES = ("local/all", "walled")


@pytest.fixture
def wires() -> Iterator[dict[str, LocalNewswire]]:
    with LocalNewswire(clock=clock.now) as one, LocalNewswire(clock=clock.now) as two:
        yield dict(zip(SOURCES, (one, two), strict=True))


@pytest.fixture
def watching(cli: CommandLine, wires: dict[str, LocalNewswire]) -> CommandLine:
    """Two sources; the one brought 20 releases, five of them late, the other turns us away."""
    sources = "".join(
        f'[[source]]\nname = "{name}"\nwire = "prnewswire"\nurl = "{wire.feed_url}"\n' for name, wire in wires.items()
    )
    more = '[channel.here]\nkind = "console"\n[[rule]]\nname = "n"\nquery = "needle"\nto = ["here"]\n'
    cli.configure(f"[polling]\nper_host_gap_s = 0\n{sources}{more}")
    for n, wire in zip((0, 100), wires.values(), strict=True):
        wire.publish(numbered(n, words="needle"), clock.now() - timedelta(hours=1))
    cli("poll", "--json")
    for n in range(20):
        late = timedelta(minutes=30 if n < 5 else 1)
        wires["local/all"].publish(numbered(1 + n, words="needle" if n < 2 else "hay"), clock.now() - late)
    wires["walled"].fail(FEED_PATH, Fault(status=403))
    for _ in range(2):
        cli("poll", "--json")
    return cli


def test_each_source_stands_in_a_line(watching: CommandLine) -> None:
    ran = watching.done("sources", "health")
    head, one, two = ran.lines[:3]
    assert head.split()[:2] == ["source", "state"]
    assert one.split()[:2] == ["local/all", "gap"]
    assert re.search(r"\b3[01] min", one)
    assert two.split()[:2] == ["walled", "blocked"]
    assert "it turns us away: forbidden: HTTP 403" in two
    assert ran.lines[-1] == "p50, p95, p99: from the wire's stamp until it was seen, over 7 days."


def test_the_figures_are_told_to_programs(watching: CommandLine) -> None:
    one, two = watching.done("sources", "health", "--json", "--days", "2").json
    assert (one["name"], one["days"], one["releases"], one["missed"], one["open_gaps"]) == ("local/all", 2, 20, 0, 1)
    seen = one["stamp_to_seen"]
    assert seen["n"] == 20
    assert 60 <= seen["p50_s"] < 150
    assert seen["p95_s"] == pytest.approx(1_800, abs=90)
    assert (one["objective_s"], one["within_objective"]) == (180, 0.75)
    assert [each["kind"] for each in two["incidents"]] == ["blocked"]
    assert (two["well"], two["within_objective"]) == (False, None)


def test_one_source_is_told_at_length(watching: CommandLine) -> None:
    told = watching.done("sources", "health", "local/all").out
    for words in (
        "20 releases",
        "1 that stood before the first poll or were brought in, in no figure below",
        "75.0% were seen within 180 s of their stamps; 95% are wanted",
        "wire stamp → first seen",
        "matched → delivered",
        "By hour of the week, in local time",
        "the newest 21 releases",
        "No incident in 7 days",
    ):
        assert words in told
    found = watching.done("sources", "health", "local/all", "--json").json
    assert found["polls"] == {"read": 2, "not modified": 1}
    assert found["share_not_modified"] == pytest.approx(1 / 3)
    assert found["fields"]["body"] == {"before": None, "lately": 1.0}
    assert found["stations"]["stamp_to_delivered"]["n"] == 2
    assert sum(each["stamp_to_seen"]["n"] for each in found["hours"]) == 20


def test_a_source_in_trouble_tells_since_when_and_why(watching: CommandLine) -> None:
    told = watching.done("sources", "health", "walled", "--days", "1").out
    assert told.startswith("walled: blocked: it turns us away: forbidden: HTTP 403\n")
    assert "no release came" in told
    assert "3 polls, 0% of them not modified: 2 forbidden, 1 read" in told
    assert "lasts" in told


def test_mistakes_are_answered_with_what_was_meant(watching: CommandLine) -> None:
    assert watching.refused("sources", "health", "local") == "there is no source 'local'; did you mean local/all?"
    assert "--days" in watching("sources", "health", "--days", "0").err


def test_channels_tell_how_late_they_were(watching: CommandLine) -> None:
    [row] = watching.done("channels", "list", "--json").json
    assert (row["name"], row["sent"], row["dead"], row["days"]) == ("here", 2, 0, 7)
    assert row["stamp_to_delivered"]["p95_s"] == pytest.approx(1_800, abs=90)
    assert re.search(r"\b3[01] min", watching.done("channels", "list").lines[1])


def test_before_the_first_poll_and_without_sources_nothing_is_made_up(
    cli: CommandLine, wires: dict[str, LocalNewswire]
) -> None:
    cli.configure()
    ran = cli("sources", "health")
    assert (ran.code, ran.out) == (0, "")
    assert "no sources yet" in ran.err
    cli.configure(f'[[source]]\nname = "x"\nwire = "w"\nurl = "{wires["walled"].feed_url}"\n')
    [row] = cli.done("sources", "health", "--json").json
    assert (row["state"], row["well"], row["releases"]) == ("new", None, 0)
    assert "no release came" in cli.done("sources", "health", "x").out
