"""`INSERT … ON CONFLICT`: the databases spell it alike, and SQLAlchemy has one class for each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite


def upsert(dialect: str, table: Table) -> Any:  # noqa: ANN401 - the two share no type that has on_conflict
    """An insert that has `on_conflict_do_nothing` and `on_conflict_do_update`, for the dialect of that name."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
