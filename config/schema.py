"""Which tables and keys the file may hold, read off the settings models."""

from __future__ import annotations

from config.fields import Table
from config.settings import (
    CatchUp,
    Cluster,
    Log,
    Mail,
    Network,
    Operator,
    Polling,
    Retention,
    Rule,
    Source,
    Storage,
    Web,
)

TABLES: dict[str, type[Table]] = {
    "storage": Storage,
    "retention": Retention,
    "polling": Polling,
    "network": Network,
    "web": Web,
    "mail": Mail,
    "operator": Operator,
    "catch_up": CatchUp,
    "cluster": Cluster,
    "log": Log,
}
LISTS: dict[str, type[Table]] = {"source": Source, "rule": Rule}
CHANNEL = "channel"
PACK = "pack"
TOP_LEVEL = (*TABLES, *LISTS, CHANNEL, PACK)

# Settings that may also be named by a file that holds them: `password_file` fills `password`.
FILE_SECRETS: dict[str, tuple[str, ...]] = {"storage": ("url",), "network": ("proxy",), "mail": ("password",)}
FILE_SUFFIX = "_file"


def keys_of(table: str) -> dict[str, str]:
    """The keys of a table or list as the file writes them → the model's field names."""
    model = TABLES.get(table) or LISTS[table]
    return {field.alias or name: name for name, field in model.model_fields.items()}


def writable_keys(table: str) -> tuple[str, ...]:
    """All that may stand in a table, with the `…_file` twins of its secrets."""
    return (*keys_of(table), *(f"{key}{FILE_SUFFIX}" for key in FILE_SECRETS.get(table, ())))


def bracketed(table: str) -> str:
    """A table's name as the file writes it."""
    if table == CHANNEL:
        return f"[{CHANNEL}.NAME]"
    return f"[[{table}]]" if table in LISTS else f"[{table}]"


def tables_with(key: str) -> list[str]:
    """Where a key belongs that was written outside any table, with the brackets."""
    return [bracketed(table) for table in (*TABLES, *LISTS) if key in writable_keys(table)]
