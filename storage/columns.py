"""Column types that mean the same on every database, and the few kinds of columns that tables are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, ForeignKey, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC datetime, microseconds kept.

    SQLite has no time zones and would give naive times back; a naive time going in is a defect of
    the caller and refused.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        at = value.astimezone(UTC)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        if value is None:
            return None
        at: datetime = value
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


class Utf8(TypeDecorator[str]):
    """Text that a database can hold: pages and feeds bring lone surrogates and NULs, on which drivers break."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """`text` as every database can hold it, of the same length: lone surrogates and NUL become U+FFFD.

    UTF-8 holds no lone surrogate, and PostgreSQL's text no NUL.
    """
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    return text


# A 64-bit key everywhere; SQLite only makes a rowid of a column that is declared INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


def row_id() -> Any:
    return Field(default=None, sa_column=Column(Id, primary_key=True))


def ref(target: str, *, null: bool = False, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Id, ForeignKey(target), nullable=null, index=index))


def text(*, null: bool = False, unique: bool = False, index: bool = False, default: str | None = None) -> Any:
    column: Column[str] = Column(Utf8, nullable=null, unique=unique, index=index, server_default=default)
    return Field(default=default, sa_column=column)


def number(default: int = 0, *, index: bool = False) -> Any:
    column: Column[int] = Column(BigInteger, nullable=False, index=index, server_default=str(default))
    return Field(default=default, sa_column=column)


def instant(*, null: bool = False, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(UtcTime, nullable=null, index=index))


def json_object() -> Any:
    return Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
