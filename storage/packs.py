"""The term packs that users made, as the database knows them: what `@name` means to every process alike."""

from __future__ import annotations

from sqlalchemy import Connection, select

from news.query.packs import PACKS, TermPacks, in_force
from storage.tables import PACK

# Where a pack comes from: the configuration file; once there, and kept since a rule made by a user
# still names it.
CONFIG, KEPT = "config", "kept"


def own_packs(connection: Connection) -> dict[str, tuple[tuple[str, ...], str]]:
    """(variants, origin) by name."""
    rows = connection.execute(select(PACK.c.name, PACK.c.terms, PACK.c.origin).order_by(PACK.c.name))
    return {row.name: (tuple(row.terms), row.origin) for row in rows}


def packs(connection: Connection) -> TermPacks:
    """The packs in force: those shipped, and in the place of those of the same name the users' own."""
    own = own_packs(connection)
    return in_force({name: variants for name, (variants, _) in own.items()}) if own else PACKS
