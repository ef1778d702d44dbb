"""`prune`: what would go, what goes, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from command_line import CommandLine

from wirewatch import clock

RULE = '[[rule]]\nname = "needles"\nquery = "needle"\n'


@pytest.fixture
def years(cli: CommandLine) -> CommandLine:
    """Ten releases of two wires, one every hundred days; the oldest of them alerted."""
    now = clock.now()
    cli.configure(RULE)
    cli.done(
        "ingest",
        cli.releases(
            *(
                {
                    "wire": ("acme", "west")[n % 2],
                    "body": f"Number {n} of them. " + ("A needle." if n == 9 else ""),
                    "published_at": (now - timedelta(days=100 * n)).isoformat(),
                }
                for n in range(10)
            )
        ),
    )
    return cli


def test_where_nothing_is_set_it_says_how_to_set_it(years: CommandLine) -> None:
    for words in (("prune",), ("prune", "--dry-run"), ("prune", "--drop-alerted")):
        said = years.refused(*words)
        assert said.startswith("nothing says how long releases are to be kept, so all of them are. Write `days = 730`")
    assert "releases of west are" in years.refused("prune", "--wire", "west")
    assert "wirewatch prune --days 730 --wire west --dry-run" in years.refused("prune", "--wire", "west")


def test_a_dry_run_tells_what_would_go_and_why_the_rest_stays(years: CommandLine) -> None:
    text = years.done("prune", "--days", 250, "--dry-run").out
    assert text.splitlines()[0].startswith("would go: 6 releases (acme 3, west 3), 0 pages, about ")
    assert "stay: 3 not old enough; 1 of a story that alerted (--drop-alerted lets them go)" in text
    told = years.done("prune", "--days", 250, "--dry-run", "--json").json
    assert (told["dry_run"], told["releases"], told["by_wire"]) == (True, 6, {"acme": 3, "west": 3})
    assert told["kept"] == {"young": 3, "alerted": 1}
    assert told["oldest"] == str((clock.now() - timedelta(days=800)).date())
    assert told["newest"] == str((clock.now() - timedelta(days=300)).date())
    assert len(years.done("search", "number OR needle", "--json").json["releases"]) == 10


def test_what_is_old_goes_and_does_not_come_back(years: CommandLine) -> None:
    assert years.done("prune", "--days", 250).lines == [
        "gone: 6 releases (acme 3, west 3)",
        "the file keeps its size: what is free in it is used again",
    ]
    assert years.done("prune", "--days", 250).lines == ["nothing is old enough; --dry-run says why each stays"]
    assert years.done("ingest", "releases.jsonl").lines[0] == "0 releases stored, 10 known already, 0 alerts"
    assert years.done("prune", "--days", 250, "--drop-alerted", "--json").json == {
        "dry_run": False,
        "releases": 1,
        "by_wire": {"west": 1},
        "pages_alone": 0,
    }
    assert years.done("alerts", "list", "--json").json == []


def test_the_file_says_what_goes_and_an_option_for_once_something_else(years: CommandLine) -> None:
    years.configure(
        f'{RULE}[retention]\ndays = 250\nkeep_alerted = false\nwires = {{ west = "forever" }}\n'
        '[[source]]\nname = "w"\nwire = "west"\nurl = "https://west.example/feed"\n'
    )
    assert years.done("prune", "--dry-run", "--json").json["by_wire"] == {"acme": 3}
    assert years.done("prune", "--days", 50, "--dry-run", "--json").json["by_wire"] == {"acme": 4}
    assert years.done("prune", "--wire", "west", "--days", 850, "--dry-run", "--json").json["by_wire"] == {"west": 1}
    assert "releases of west are" in years.refused("prune", "--wire", "west")
    assert years.done("prune", "--json").json["by_wire"] == {"acme": 3}


def test_pages_go_alone(cli: CommandLine) -> None:
    cli.configure()
    text = "ACME CITY, March 2, 2020 -- Acme opens a plant.\n\n" + "It employs four hundred people. " * 20
    (cli.folder / "page.txt").write_text(f"Acme Opens a Plant\n\n{text}")
    cli("ingest", "--wire", "text", "page.txt")
    found = cli.done("search", "acme", "--json").json["releases"][0]["id"]
    told = cli.done("prune", "--raw-days", 30, "--dry-run").out
    assert "would go: 1 page of releases whose text stays, " in told
    assert cli.done("prune", "--raw-days", 30).lines[0] == "gone: 0 releases; 1 page of releases whose text stays"
    assert "no page is kept" in cli.refused("releases", "show", found, "--raw", code=1)
    assert cli.done("releases", "show", found)


@pytest.mark.parametrize("words", [("--days", 0), ("--days", -3), ("--raw-days", 0), ("--days", "soon"), ("--days",)])
def test_days_that_are_none_are_refused(years: CommandLine, words: tuple[object, ...]) -> None:
    ran = years("prune", *words)
    assert (ran.code, ran.out) == (2, "")
    assert words[0] in ran.err


def test_a_wire_that_is_misspelt_is_told(years: CommandLine) -> None:
    said = years.refused("prune", "--wire", "wset", "--days", 30)
    assert said == "no release of a wire 'wset' is stored; did you mean west?"
