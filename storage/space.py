"""Is there room on the disk? Asked before it is full."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

# Below 200 MB, on a small disk below a twentieth of it. An upgrade wants twice the archive, and says so itself.
FREE_BYTES_MIN = 200 * 2**20
FREE_SHARE_MIN = 0.05


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes that are free for this user, and how many there are in all."""

    free: int
    total: int

    @property
    def wanted(self) -> int:
        """Below so many bytes it is time to make room."""
        return min(FREE_BYTES_MIN, int(self.total * FREE_SHARE_MIN))

    @property
    def low(self) -> bool:
        return self.free < self.wanted

    def told(self) -> str:
        return f"{self.free / 2**20:,.0f} MB free of {self.total / 2**20:,.0f} MB"


def space_beside(path: Path) -> Space | None:
    """The room on the disk of that file; None where nobody can tell."""
    try:
        found = shutil.disk_usage(path.parent)
    except OSError:
        return None
    return Space(found.free, found.total)
