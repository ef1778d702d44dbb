"""Named notes that outlive the process: where long work stands, which file was read, which daemon runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from storage.tables import CHECKPOINT
from storage.upsert import upsert


def note(connection: Connection, name: str, data: Mapping[str, Any], now: datetime) -> None:
    """Write a note, in the place of one of that name; within the caller's transaction."""
    row = upsert(connection.dialect.name, CHECKPOINT).values(name=name, data=dict(data), at=now)
    changed = {"data": row.excluded.data, "at": row.excluded.at}
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=changed))


def noted(connection: Connection, name: str) -> Mapping[str, Any] | None:
    """What was noted last under that name; None if nothing was."""
    data: Mapping[str, Any] | None = connection.execute(
        select(CHECKPOINT.c.data).where(CHECKPOINT.c.name == name)
    ).scalar()
    return data


def noted_under(connection: Connection, beginning: str) -> dict[str, Mapping[str, Any]]:
    """The notes whose names begin so, by name; `beginning` is of letters and colons."""
    asked = select(CHECKPOINT.c.name, CHECKPOINT.c.data).where(CHECKPOINT.c.name.like(f"{beginning}%"))
    rows = connection.execute(asked)
    return {row.name: row.data for row in rows}


def forget(connection: Connection, name: str) -> None:
    """Delete the note of that name, if there is one."""
    connection.execute(delete(CHECKPOINT).where(CHECKPOINT.c.name == name))
