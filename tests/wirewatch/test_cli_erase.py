"""`releases erase`: what goes for good, what stays, and what is refused."""

from __future__ import annotations

import pytest
from command_line import CommandLine

from wirewatch.faults import FOUND_NOTHING

NEEDLE = {"body": "A needle in Zwickau."}
HAY = {"headline": "Other news", "body": "Plain hay."}
RULE = '[[rule]]\nname = "needles"\nquery = "needle"\n'


@pytest.fixture
def two(cli: CommandLine) -> CommandLine:
    """A release that alerted, and one that did not."""
    cli.configure(RULE)
    cli.done("ingest", cli.releases(NEEDLE, HAY))
    return cli


def ids(cli: CommandLine, query: str) -> list[int]:
    return [each["id"] for each in cli.done("search", query, "--json").json["releases"]]


def test_nothing_is_erased_unasked(two: CommandLine) -> None:
    (hay,) = ids(two, "hay")
    assert "say --yes" in two.refused("releases", "erase", hay)
    assert ids(two, "hay") == [hay]


def test_a_release_goes_with_its_words_and_the_rest_stays(two: CommandLine) -> None:
    (hay,), (needle,) = ids(two, "hay"), ids(two, "needle")
    said = two.done("releases", "erase", hay, "--yes").lines
    assert said[0] == f"erased: 1 release ({hay})"
    assert two("search", "hay").code == FOUND_NOTHING
    assert ids(two, "needle") == [needle]
    assert "erased before" in two.done("releases", "erase", hay, "--yes").out


def test_an_alert_stays_without_what_it_quoted(two: CommandLine) -> None:
    (needle,) = ids(two, "needle")
    told = two.done("releases", "erase", needle, "--yes", "--vacuum", "--json").json
    assert (told["erased"], told["alerts_kept_of"]) == ([needle], [needle])
    assert two("search", "zwickau").code == FOUND_NOTHING
    (alert,) = two.done("alerts", "list", "--json").json
    assert alert["rule"]["name"] == "needles"
    assert b"Zwickau" not in two.folder.joinpath("wirewatch.db").read_bytes()


def test_it_does_not_come_back(two: CommandLine) -> None:
    (hay,) = ids(two, "hay")
    two.done("releases", "erase", hay, "--yes")
    two.done("ingest", two.releases(NEEDLE, HAY))
    assert two("search", "hay").code == FOUND_NOTHING


def test_an_unknown_release_is_named(two: CommandLine) -> None:
    assert "there is no release 17" in two.refused("releases", "erase", 17, "--yes", code=FOUND_NOTHING)
