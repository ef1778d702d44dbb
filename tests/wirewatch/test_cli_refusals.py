"""What keeps the program from running is told in one line, with what to do, and an exit code."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from command_line import CommandLine

from storage.engines.sqlite import InstanceLock


@pytest.mark.parametrize("words", [("run",), ("search", "needle"), ("rules", "list")], ids=lambda words: words[0])
def test_a_database_of_a_newer_version_is_left_untouched(cli: CommandLine, words: tuple[str, ...]) -> None:
    database = cli.configure().with_name("wirewatch.db")
    cli.done("rules", "add", "n", "needle")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = database.read_bytes()
    told = cli.refused(*words, code=4)
    assert told.startswith(f"{database}: was written by a newer wirewatch (version 9999; this one knows ")
    assert "Nothing was touched." in told
    assert database.read_bytes() == before


def test_the_doctor_tells_of_a_database_that_cannot_be_used(cli: CommandLine) -> None:
    database = cli.configure().with_name("wirewatch.db")
    database.write_text("This is a letter to my aunt, and no database at all. " * 50, encoding="utf-8")
    ran = cli("doctor")
    assert ran.code == 4
    assert f"BAD  database: {database}: the file is not a SQLite database" in ran.out


def as_a_letter(database: Path) -> None:
    database.write_text("This is a letter to my aunt, and no database at all. " * 50, encoding="utf-8")


def as_somebody_elses(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE aunts (name TEXT)")


def as_a_folder(database: Path) -> None:
    database.mkdir()


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        (as_a_letter, "the file is not a SQLite database"),
        (as_somebody_elses, "holds tables that wirewatch did not make; name another file"),
        (as_a_folder, "cannot be opened"),
    ],
)
@pytest.mark.parametrize("command", ["run", "poll"])
def test_what_is_no_database_of_ours_is_refused(
    cli: CommandLine, spoilt: Callable[[Path], None], told: str, command: str
) -> None:
    database = cli.configure('[[source]]\nuse = "prnewswire/all"\n').with_name("wirewatch.db")
    database.unlink()
    spoilt(database)
    said = cli.refused(command, code=4)
    assert told in said
    assert "\n" not in said


def test_a_folder_that_is_a_file_holds_no_database(cli: CommandLine) -> None:
    (cli.folder / "file").touch()
    cli.configure('[storage]\nurl = "sqlite:///file/house.db"\n')
    assert "cannot be opened: does the folder exist" in cli.refused("rules", "list", code=4)


@pytest.mark.parametrize("command", ["run", "poll"])
def test_a_second_daemon_on_one_database_is_told(cli: CommandLine, command: str) -> None:
    database = cli.configure('[[source]]\nuse = "prnewswire/all"\n').with_name("wirewatch.db")
    lock = InstanceLock(database)
    try:
        told = cli.refused(command, code=4)
    finally:
        lock.release()
    holder = f"another wirewatch daemon (process {os.getpid()}) runs on this database"
    assert told == f"{database}: {holder}. Stop it first, or give this one its own storage.url."


def test_a_port_that_is_taken_is_named(cli: CommandLine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        Path("wirewatch.toml").write_text(f"[web]\nport = {port}\n", encoding="utf-8")
        told = cli("run")
    assert told.code == 4
    assert f"127.0.0.1:{port} cannot be listened on (Address already in use); set another [web] port" in told.err
