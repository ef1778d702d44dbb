"""The full-text index over the stored terms, written once per commit.

FTS5 writes out what it holds in memory at every savepoint: told row by row between savepoints, the
index is a segment per release and costs three times as much. What a commit has to tell it is
therefore kept until the end, in the order of the ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, text

from news.release import Zone

INDEXED = (*(zone.value for zone in Zone), "fields")
_COLUMNS = ", ".join(INDEXED)
_VALUES = ", ".join(f":{column}" for column in INDEXED)
_INSERT = text(f"INSERT INTO release_fts (rowid, {_COLUMNS}) VALUES (:id, {_VALUES})")  # noqa: S608 - our columns
# With external content the old terms must be told again, exactly, for the index to forget them.
_DELETE = text(
    f"INSERT INTO release_fts (release_fts, rowid, {_COLUMNS}) VALUES ('delete', :id, {_VALUES})"  # noqa: S608 - our columns
)


class Change(NamedTuple):
    """New terms of a release, by column; `old` are those the index knows of it, None if it knows none."""

    release_id: int
    new: Mapping[str, str]
    old: Mapping[str, str] | None


def write(connection: Connection, changes: list[Change]) -> None:
    """Bring the index to the terms as they now stand."""
    # The sort is stable: of two changes to one release the later knows the earlier's terms as old.
    for change in sorted(changes, key=lambda change: change.release_id):
        if change.old is not None:
            connection.execute(_DELETE, {"id": change.release_id, **change.old})
        connection.execute(_INSERT, {"id": change.release_id, **change.new})
