"""Which tables and keys the file may hold, read off the settings models."""

from __future__ import annotations

from config.fields import Table
from config.newsrooms import Layout, Newsroom, Rows
from config.settings import (
    CatchUp,
    Cluster,
    Inbox,
    Log,
    Mail,
    Network,
    Operator,
    Polling,
    Retention,
    Rule,
    Source,
    Storage,
    Stories,
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
    "stories": Stories,
    "inbox": Inbox,
    "cluster": Cluster,
    "log": Log,
}
LISTS: dict[str, type[Table]] = {"source": Source, "rule": Rule, "wire": Newsroom}
# What stands within an entry of a list: `[[wire.layout]]`, `[wire.listing]`.
WITHIN: dict[tuple[str, str], type[Table]] = {("wire", "layout"): Layout, ("wire", "listing"): Rows}
# By which key an entry is called, and may stand only once.
CALLED_BY = {"wire": "slug"}
CHANNEL = "channel"
PACK = "pack"
TOP_LEVEL = (*TABLES, *LISTS, CHANNEL, PACK)

# Settings that may also be named by a file that holds them: `password_file` fills `password`.
FILE_SECRETS: dict[str, tuple[str, ...]] = {"storage": ("url",), "network": ("proxy",), "mail": ("password",)}
FILE_SUFFIX = "_file"


def keys_of(table: str) -> dict[str, str]:
    """The keys of a table or list as the file writes them → the model's field names."""
    return _keys(TABLES.get(table) or LISTS[table])


def writable_keys(table: str) -> tuple[str, ...]:
    """All that may stand in a table, with the `…_file` twins of its secrets."""
    return (*keys_of(table), *(f"{key}{FILE_SUFFIX}" for key in FILE_SECRETS.get(table, ())))


def keys_at(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """All that may stand beside the key at `path`; nothing where that is not known."""
    names = [part for part in path[:-1] if isinstance(part, str)]
    if len(names) > 1:
        return tuple(_keys(WITHIN[(names[0], names[1])])) if (names[0], names[1]) in WITHIN else ()
    return writable_keys(names[0]) if names and (names[0] in TABLES or names[0] in LISTS) else ()


def _keys(model: type[Table]) -> dict[str, str]:
    return {field.alias or name: name for name, field in model.model_fields.items()}


def bracketed(table: str) -> str:
    """A table's name as the file writes it."""
    if table == CHANNEL:
        return f"[{CHANNEL}.NAME]"
    return f"[[{table}]]" if table in LISTS else f"[{table}]"


def tables_with(key: str) -> list[str]:
    """Where a key belongs that was written outside any table, with the brackets."""
    return [bracketed(table) for table in (*TABLES, *LISTS) if key in writable_keys(table)]
