"""The term packs that users made, as the database knows them: what `@name` means to every process alike."""

from __future__ import annotations

from sqlalchemy import Connection

from news.query.packs import PACKS, TermPacks

# Where a pack comes from: the configuration file; once there, and kept since a rule made by a user
# still names it.
CONFIG, KEPT = "config", "kept"


def own_packs(connection: Connection) -> dict[str, tuple[tuple[str, ...], str]]:  # noqa: ARG001 - the table is to come
    """(variants, origin) by name."""
    return {}


def packs(connection: Connection) -> TermPacks:  # noqa: ARG001 - the table is to come
    """The packs in force: those shipped, and in the place of those of the same name the users' own."""
    return PACKS
