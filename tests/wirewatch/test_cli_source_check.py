"""`sources check`: all parsers tried again on stored pages, told wire by wire and field by field."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from command_line import CommandLine

PAGES = Path(__file__).resolve().parents[1] / "golden" / "wires"
FILES = ("globenewswire/article-2023.html", "prnewswire/column-2015.html", "cnw/section-2023-fr.html")


@pytest.fixture
def stored(cli: CommandLine) -> CommandLine:
    """Three releases with their pages, and one that came without."""
    cli.configure()
    for page in FILES:
        cli.done("ingest", PAGES / page)
    cli.done("ingest", cli.releases({"headline": "Without a page"}))
    return cli


def tamper(cli: CommandLine, *statements: str) -> None:
    """Let the archive say that pages were read otherwise than they are today."""
    with closing(sqlite3.connect(cli.folder / "wirewatch.db")) as database, database:
        for statement in statements:
            assert database.execute(statement).rowcount == 1


def test_what_reads_as_it_did_is_well(stored: CommandLine) -> None:
    lines = stored.done("sources", "check").lines
    assert [line.split()[:3] for line in lines[1:4]] == [
        ["cnw", "1", "1"],
        ["globenewswire", "1", "1"],
        ["prnewswire", "1", "1"],
    ]
    assert lines[4].startswith("3 pages read again, 0 worse than before; nothing was changed")


def test_what_a_page_lost_and_gained_is_told_for_each_wire_and_the_exit_code_says_so(stored: CommandLine) -> None:
    tamper(
        stored,
        """UPDATE release SET data = json_set(data, '$.isins', json('["DE0007164600"]')) WHERE wire = 'cnw'""",
        "UPDATE release SET issuer = NULL WHERE wire = 'globenewswire'",
        "UPDATE release SET body = body || char(10) || body || body WHERE wire = 'prnewswire'",
    )
    ran = stored("sources", "check", "--json")
    wires = ran.json["wires"]
    assert (ran.code, ran.json["pages"], ran.json["worse"]) == (1, 3, 2)
    assert (wires["cnw"]["lost"], wires["cnw"]["worse"]) == ({"isins": 1}, 1)
    assert (wires["globenewswire"]["gained"], wires["globenewswire"]["better"]) == ({"issuer": 1}, 1)
    assert wires["prnewswire"]["lost"] == {"text": 1}
    assert [page["lost"] for page in ran.json["pages_worse"]] == [["text"], ["isins"]]
    told = stored("sources", "check", "--limit", 1)
    assert told.code == 1
    assert "  shown: 1 of 2 that read worse; --limit shows more" in told.lines
    stored.done("sources", "check", "--wire", "globenewswire")


def test_a_page_that_is_no_release_any_more_is_worse(stored: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.wires.globenewswire.clip", lambda *_: None)
    monkeypatch.setattr("ingest.parse._clip", lambda *_: None)
    ran = stored("sources", "check", "--wire", "globenewswire")
    assert ran.code == 1
    assert "no release any more 1" in ran.out


def test_only_the_newest_pages_are_read_where_so_many_are_asked_for(stored: CommandLine) -> None:
    assert stored("sources", "check", "--json", "--pages", 2).json["pages"] == 2
    assert set(stored("sources", "check", "--json", "--pages", 1).json["wires"]) == {"globenewswire"}


def test_an_archive_without_pages_says_so(cli: CommandLine) -> None:
    cli.configure()
    ran = cli("sources", "check")
    assert (ran.code, ran.out, ran.err) == (0, "", "no page is stored: nothing to read again\n")
    assert cli.refused("sources", "check", "--wire", "acme").startswith("no release of a wire 'acme' is stored")
    assert cli.refused("sources", "check", "--since", "monday") == "--since 'monday' is no day, such as 2026-03-02"
