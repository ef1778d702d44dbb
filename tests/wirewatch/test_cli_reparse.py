"""`reparse`: what a user is told of pages that are read otherwise today."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from command_line import CommandLine

PAGES = Path(__file__).resolve().parents[1] / "golden" / "wires"


@pytest.fixture
def misread(cli: CommandLine) -> CommandLine:
    """Two releases with their pages, one of them misread, and one that came without a page."""
    cli.configure()
    for page in ("globenewswire/article-2023.html", "prnewswire/column-2015.html"):
        cli.done("ingest", PAGES / page)
    cli.done("ingest", cli.releases({"headline": "Without a page"}))
    with closing(sqlite3.connect(cli.folder / "wirewatch.db")) as database, database:
        database.execute("UPDATE release SET issuer = 'Wrong', body = 'Menu' || char(10) || body WHERE wire LIKE 'g%'")
    return cli


def test_what_would_change_is_told_as_a_diff(misread: CommandLine) -> None:
    for _ in range(2):
        lines = misread.done("reparse").lines
        assert "  globenewswire  Marlow Pumps Buys a Foundry in Leeds" in lines[0]
        assert "  issuer: Wrong → Marlow Pumps" in lines
        assert lines[lines.index("  body:") + 1] == "    - Menu"
        assert lines[-4:] == [
            "2 pages read again: 1 would change, 1 the same",
            lines[-3],
            "  left as they are, without a stored page: 1 release",
            "nothing was changed; --apply does it",
        ]
        assert lines[-3].startswith("  issuer 1, ")


def test_it_is_applied_and_then_the_same(misread: CommandLine) -> None:
    assert "2 pages read again: 1 corrected, 1 the same" in misread.done("reparse", "--apply").lines
    assert "2 pages read again: 0 would change, 2 the same" in misread.done("reparse").lines


def test_as_json_and_within_a_wire(misread: CommandLine) -> None:
    told = misread.done("reparse", "--json", "--wire", "globenewswire", "--since", "2023-01-01").json
    assert (told["applied"], told["pages"], told["changed"]) == (False, 1, 1)
    assert told["changes"][0]["changes"]["issuer"] == {"stored": "Wrong", "read": "Marlow Pumps"}
    told = misread.done("reparse", "--json", "--wire", "prnewswire", "--limit", 0).json
    assert (told["pages"], told["same"], told["changes"]) == (1, 1, [])


def test_what_cannot_be_meant_is_refused(misread: CommandLine) -> None:
    assert misread.refused("reparse", "--wire", "prnewswir") == (
        "no release of a wire 'prnewswir' is stored; did you mean prnewswire?"
    )
    assert misread.refused("reparse", "--since", "monday") == "--since 'monday' is no day, such as 2026-03-02"
