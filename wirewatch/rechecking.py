"""All stored pages tried again with today's parsers: per wire, which fields they lost and which they gained.

Nothing is changed. What was read then is what the archive says now; `wirewatch.reparse` reads a page again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.wires import SHIPPED, Roster
from news.release import Precision, Release
from storage.archive import Archive
from storage.pages import Within, page_before_newest
from wirewatch.reparse import Fate, Reading, look

PAGES_MAX = 100_000
WORSE_MAX = 10_000
# Text may move between the zones; that much of it may go or come without being called a loss or a gain.
TEXT_SHARE = 0.1
TEXT, PRECISE_TIME = "text", "precise time"
_ZONES = ("body", "boilerplate", "contact")
# What says nothing of how well a page is read.
_LEFT = frozenset({"wire", "url", "lead", "links", "kind", "completeness", "time_precision", "published_at_source"})
_BAD = frozenset({Fate.REJECTED, Fate.POORER})
_EMPTY: tuple[object, ...] = (None, "", "und", [], {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A page read then and now: fields that are gone, that are there now, and that say something else."""

    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(slots=True)
class WireCheck:
    """The pages of one wire. `worse` are those that lost a field, their text, or are no release any more."""

    pages: int = 0
    worse: int = 0
    better: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    gained: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)

    def add(self, reading: Reading, found: Compared) -> None:
        self.pages += 1
        self.fates[reading.fate.value] += 1
        self.lost.update(found.lost)
        self.gained.update(found.gained)
        self.changed.update(found.changed)
        self.worse += is_worse(reading, found)
        self.better += bool(found.gained) and not is_worse(reading, found)


@dataclass(slots=True)
class Check:
    """`wires` by slug. `worst` are the pages that read worse, oldest first, at most `WORSE_MAX`."""

    wires: dict[str, WireCheck] = field(default_factory=dict)
    worst: list[tuple[Reading, Compared]] = field(default_factory=list)

    def add(self, reading: Reading) -> None:
        found = compared(reading)
        self.wires.setdefault(reading.known.wire, WireCheck()).add(reading, found)
        if is_worse(reading, found) and len(self.worst) < WORSE_MAX:
            self.worst.append((reading, found))

    @property
    def pages(self) -> int:
        return sum(each.pages for each in self.wires.values())

    @property
    def worse(self) -> int:
        return sum(each.worse for each in self.wires.values())


def check(archive: Archive, within: Within, *, pages: int, roster: Roster = SHIPPED) -> Iterator[list[Reading]]:
    """Read the newest so many pages again, oldest first, some at a time. CPU work; blocks its thread."""
    after = page_before_newest(archive.database, within, pages)
    yield from look(archive, within, roster, after=after)


def is_worse(reading: Reading, found: Compared) -> bool:
    return reading.fate in _BAD or bool(found.lost)


def compared(reading: Reading) -> Compared:
    """What a page lost and gained. One that is no release any more lost everything, and is told by its fate alone."""
    if reading.read is None:
        return Compared()
    told = {name: each for name, each in reading.changes.items() if name not in _LEFT and name not in _ZONES}
    lost = [name for name, (before, after) in told.items() if not _is_empty(before) and _is_empty(after)]
    gained = [name for name, (before, after) in told.items() if _is_empty(before) and not _is_empty(after)]
    for name, step in _steps(reading):
        (lost if step < 0 else gained).append(name)
    zones = [name for name in _ZONES if name in reading.changes]
    changed = [name for name in (*told, *zones) if name not in lost and name not in gained]
    return Compared(lost=tuple(lost), gained=tuple(gained), changed=tuple(changed))


def _steps(reading: Reading) -> Iterator[tuple[str, int]]:
    """The text as a whole, and how exact the time is: -1 for what is less than it was, 1 for more."""
    before, after = _words(reading.known), _words(reading.read) if reading.read else 0
    if abs(after - before) > TEXT_SHARE * max(before, 1):
        yield TEXT, 1 if after > before else -1
    times = reading.changes.get("time_precision")
    if times is not None and "published_at" in reading.changes and Precision.DAY.value in times:
        yield PRECISE_TIME, -1 if times[1] == Precision.DAY.value else 1


def _words(release: Release) -> int:
    return sum(len(getattr(release, zone).split()) or len(getattr(release, zone)) for zone in _ZONES)


def _is_empty(value: object) -> bool:
    if isinstance(value, Mapping):
        return not any(value.values())
    return value in _EMPTY


def wire_json(found: WireCheck) -> dict[str, Any]:
    return {
        "pages": found.pages,
        "worse": found.worse,
        "better": found.better,
        **{fate.value: found.fates[fate.value] for fate in Fate if fate is not Fate.OVERTAKEN},
        "lost": dict(found.lost.most_common()),
        "gained": dict(found.gained.most_common()),
        "otherwise": dict(found.changed.most_common()),
    }


def page_json(reading: Reading, found: Compared) -> dict[str, Any]:
    known = reading.known
    return {
        "id": reading.release_id,
        "wire": known.wire,
        "headline": known.headline,
        "url": known.url,
        "fate": reading.fate.value,
        "lost": list(found.lost),
        "gained": list(found.gained),
    }
