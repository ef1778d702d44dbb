"""`migrate`: what waits to be brought to this program, and bringing it there."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from command_line import CommandLine

from news.text import ANALYZER_VERSION
from storage.database import Database
from storage.migrations import newest


@pytest.fixture
def older(cli: CommandLine) -> CommandLine:
    """Sixty releases whose terms an older analyzer made, of which today's makes others."""
    cli.configure()
    cli.done("ingest", cli.releases(*({"headline": f"Batteries {n}", "body": f"Skies of {n}."} for n in range(60))))
    asked(cli, "UPDATE archive_info SET analyzer_version = analyzer_version - 1")
    asked(cli, "UPDATE release SET analyzer_version = analyzer_version - 1")
    return cli


def asked(cli: CommandLine, sql: str) -> object:
    with closing(sqlite3.connect(cli.folder / "wirewatch.db")) as database, database:
        found = database.execute(sql).fetchone()
    return found and found[0]


def test_what_waits_is_told_and_left_as_it_is(older: CommandLine) -> None:
    for _ in range(2):
        ran = older("migrate", "--check")
        assert ran.code == 4
        assert "wirewatch.db: was analysed by an older wirewatch (analyzer" in ran.out
        assert ran.out.endswith("must be taken over before it is read; `wirewatch migrate` does it\n")
    assert older("migrate", "--check", "--json").json["up_to_date"] is False
    assert asked(older, "SELECT stale_below FROM archive_info") == 0


def test_it_is_brought_up_once(older: CommandLine) -> None:
    versions = f"{older.folder / 'wirewatch.db'}: tables of version {newest()}, analyzer {ANALYZER_VERSION}"
    assert older.done("migrate").lines == [versions, "60 releases analysed anew"]
    assert asked(older, "SELECT count(*) FROM release WHERE analyzer_version < 1") == 0
    assert older.done("migrate").lines == [versions, "nothing to do"]
    assert older.done("migrate", "--check").lines == [versions, "nothing to do"]
    told = older.done("migrate", "--check", "--json").json
    assert (told["up_to_date"], told["behind"], told["analyzer"]) == (True, 0, ANALYZER_VERSION)


def test_any_other_command_takes_over_and_leaves_the_index_for_later(older: CommandLine) -> None:
    assert len(older.done("search", "battery sky", "--json").json["releases"]) == 20
    ran = older("migrate", "--check")
    assert ran.code == 4
    assert ran.lines[1] == (
        "60 releases wait to be analysed anew; the daemon does it in the background, `wirewatch migrate` at once"
    )
    assert older.done("migrate", "--json").json["analysed"] == 60


def test_an_archive_of_a_newer_analyzer_is_refused(older: CommandLine) -> None:
    asked(older, "UPDATE archive_info SET analyzer_version = 99")
    for words in (("migrate",), ("migrate", "--check"), ("search", "sky")):
        assert "was analysed by a newer wirewatch (analyzer 99; " in older.refused(*words, code=4)
    assert asked(older, "SELECT analyzer_version FROM archive_info") == 99


def test_where_there_is_no_archive_yet_there_is_one_to_make(cli: CommandLine) -> None:
    cli.configure()
    (cli.folder / "wirewatch.db").unlink()
    ran = cli("migrate", "--check")
    assert (ran.code, ran.lines) == (
        4,
        [f"{cli.folder / 'wirewatch.db'}: there is no archive yet; `wirewatch migrate` does it"],
    )
    assert not (cli.folder / "wirewatch.db").exists()
    assert cli.done("migrate").lines[-1] == "nothing to do"


def test_the_doctor_tells_what_waits_and_mends_what_can_be_mended(older: CommandLine) -> None:
    told = older("doctor").out
    assert (
        "ok   index: 60 releases wait to be analysed anew by the daemon; searches are right meanwhile\n"
        "       → wirewatch migrate does it at once\n"
    ) in told
    assert "ok   mended: releases analysed anew: 60\n" in older("doctor", "--mend").out
    asked(older, "DELETE FROM release_terms")
    told = older("doctor").out
    assert (
        "BAD  database: 60 releases cannot be searched\n       → stop the daemon and run `wirewatch doctor --mend`\n"
    ) in told
    told = older("doctor", "--mend").out
    assert "ok   mended: releases made searchable again: 60\n" in told
    assert "ok   database: whole; 60 releases, 0 alerts\n" in told
    assert "ok   mended: nothing; no fault that can be mended was found\n" in older("doctor", "--mend").out
    assert len(older.done("search", "battery sky", "--limit", 100, "--json").json["releases"]) == 60


def test_beside_a_daemon_the_doctor_mends_nothing(older: CommandLine) -> None:
    asked(older, "DELETE FROM release_terms")
    database = Database(f"sqlite:///{older.folder / 'wirewatch.db'}")
    lock = database.instance_lock()
    assert "daemon" in older.refused("doctor", "--mend", code=4)
    lock.release()
    database.close()
