"""What will stop the watch one day if nobody sees to it, in sentences for the log, `doctor` and `/readyz`."""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import LOG_BYTES_MAX, Database
from storage.space import space_beside

# So long the log grows only where somebody has been reading for all that time.
LOG_BYTES_ODD = 4 * LOG_BYTES_MAX


@dataclass(frozen=True, slots=True)
class Condition:
    """How the archive stands: what is wrong with it now (None: nothing), and what may come to be."""

    trouble: str | None = None
    warnings: tuple[str, ...] = ()


def warnings(database: Database) -> dict[str, str]:
    """By the name of the trouble; empty where there is none. What comes before the colon stays the same."""
    found: dict[str, str] = {}
    if database.path is None:
        return found
    space = space_beside(database.path)
    if space is not None and space.low:
        found["disk_nearly_full"] = (
            f"the disk is nearly full: {space.told()} beside {database.path.name}; "
            f"make room, at least {space.wanted / 2**20:,.0f} MB: a full disk stops the watch"
        )
    if (held := database.log_bytes()) > LOG_BYTES_ODD:
        found["log_grows"] = (
            f"the log of changes cannot be cut: {database.path.name}-wal has {held / 2**20:,.0f} MB, "
            "because a program has been reading for long and does not end; end it, and the log shrinks by itself"
        )
    return found
