"""What every table of the archive has in common: one metadata, one way to name keys and indexes."""

from typing import Any, cast

from sqlalchemy import Index, MetaData, Table
from sqlalchemy import text as sql_text
from sqlmodel import SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

METADATA = MetaData(naming_convention=NAMING)


def index_of_held(name: str, column: str) -> Index:
    """An index of the rows that hold a value in a column which is almost always empty."""
    return Index(
        name, column, sqlite_where=sql_text(f"{column} IS NOT NULL"), postgresql_where=sql_text(f"{column} IS NOT NULL")
    )


# SQLite keeps a table with a text or compound key twice, once as its key; these it keeps once.
KEY_ONLY: dict[str, Any] = {"sqlite_with_rowid": False}


class Row(SQLModel):
    metadata = METADATA


def table_of(row: type[Row]) -> Table:
    """The table as statements name it: SQLAlchemy Core, typed, without an object per row."""
    return cast("Table", row.__table__)  # type: ignore[attr-defined]
