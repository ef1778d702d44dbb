"""Reading stored pages again with today's parsers: what would change, and putting it in the place of what stands.

A correction of our own reading, not a revision of the wire's: nobody is alerted and no story regrouped.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ingest.page import Page
from ingest.parse import parse
from ingest.wires import SHIPPED, Roster
from news.release import Completeness, Reject, Release, release_to_json
from news.source import Listed
from storage.archive import Archive
from storage.checkpoints import forget, note, noted
from storage.keeping import Correction, correct, over
from storage.pages import StoredPage, Within, pages_after, unpacked
from storage.rows import as_stored
from wirewatch import clock, version
from wirewatch.prepared import analysed

STEP = 10
# After a step others may write for as long as it took, and a moment at least.
REST_S = 0.02
NAME = "reparse"


class Fate(StrEnum):
    """What today's parsers make of a stored page."""

    SAME = "same"
    CHANGED = "changed"
    REJECTED = "rejected"  # no longer a release
    POORER = "poorer"  # a teaser where there was a text
    DAMAGED = "damaged"  # the page is not what was fetched
    OVERTAKEN = "overtaken"  # rewritten or gone between reading and writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One page read again. `changes` are the fields of `wirewatch parse` that differ: (as stored, as read)."""

    release_id: int
    known: Release
    fate: Fate
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    read: Release | None = None
    wire: str | None = None
    listed: Listed | None = None


@dataclass(slots=True)
class Tally:
    """How many pages came to each fate, and how often each field changed."""

    fates: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)

    def add(self, readings: Sequence[Reading]) -> None:
        for reading in readings:
            self.fates[reading.fate.value] += 1
            if reading.fate is Fate.CHANGED:
                self.fields.update(reading.changes.keys())


def reread(page: StoredPage, roster: Roster = SHIPPED) -> Reading:
    """Read one stored page with today's parsers. CPU work; never raises for what a page holds."""
    known = page.known
    body = unpacked(page.packed)
    if body is None:
        return Reading(release_id=page.release_id, known=known, fate=Fate.DAMAGED)
    asked = Page(page.url, body, page.content_type, page.fetched_at)
    readings = [_read(page, asked, listed, roster) for listed in page.listings]
    # Where it is forgotten what the page was read with, that reading is believed which changes least.
    return min(readings, key=lambda each: (each.read is None, len(each.changes)))


def _read(page: StoredPage, asked: Page, listed: Listed | None, roster: Roster) -> Reading:
    found, known = parse(asked, wire=page.wire, listed=listed, roster=roster), page.known
    if isinstance(found, Reject):
        return Reading(release_id=page.release_id, known=known, fate=Fate.REJECTED)
    read = over(known, as_stored(found))
    before, after = release_to_json(known), release_to_json(read)
    changes = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    fate = Fate.SAME if read == known else Fate.CHANGED
    if known.completeness is Completeness.FULL and read.completeness is not Completeness.FULL:
        fate = Fate.POORER
    return Reading(
        release_id=page.release_id,
        known=known,
        fate=fate,
        changes=changes,
        read=found,
        wire=page.wire,
        listed=listed,
    )


def look(
    archive: Archive, within: Within, roster: Roster = SHIPPED, *, after: int | None = None
) -> Iterator[list[Reading]]:
    """Read all of these pages again, some at a time, and change nothing; `after`: of releases with higher ids."""
    last = -1 if after is None else after
    while pages := pages_after(archive.database, last, STEP, within):
        yield [reread(page, roster) for page in pages]
        last = pages[-1].release_id


def _asked(within: Within) -> dict[str, Any]:
    """What a run must have in common with the one it goes on with; other parsers begin anew."""
    since, until = (at.isoformat() if at else None for at in (within.since, within.until))
    return {"wire": within.wire, "since": since, "until": until, "program": version()}


def stopped_at(archive: Archive, within: Within) -> int | None:
    """The last release that an unfinished run of the same words came to; None where there is none."""
    with archive.database.reading() as connection:
        told = noted(connection, NAME)
    return int(told["last"]) if told and told["asked"] == _asked(within) else None


def apply(
    archive: Archive, within: Within, *, after: int | None = None, roster: Roster = SHIPPED
) -> Iterator[list[Reading]]:
    """Read again the pages of releases with an id above `after`, and correct what is read otherwise today.

    Each step is one short transaction, which notes how far it came. Blocks its thread, with rests.

    Raises:
        StorageError: the archive cannot be written; what was done stays, and `stopped_at` tells how far.
    """
    last = -1 if after is None else after
    while True:
        began = clock.monotonic()
        pages = pages_after(archive.database, last, STEP, within)
        if not pages:
            break
        last = pages[-1].release_id
        yield _applied(archive, [reread(page, roster) for page in pages], {"asked": _asked(within), "last": last})
        time.sleep(max(REST_S, clock.monotonic() - began))
    with archive.database.writing() as connection:
        forget(connection, NAME)


def _applied(archive: Archive, readings: list[Reading], done: Mapping[str, Any]) -> list[Reading]:
    better = [(each, _correction(each, each.read)) for each in readings if each.fate is Fate.CHANGED and each.read]
    now = clock.now()
    with archive.writing(now) as work:
        late = {each.release_id for each, told in better if not correct(work, each.release_id, each.known, told)}
        note(work.connection, NAME, done, now)
    return [
        Reading(release_id=each.release_id, known=each.known, fate=Fate.OVERTAKEN) if each.release_id in late else each
        for each in readings
    ]


def _correction(reading: Reading, read: Release) -> Correction:
    analysis = analysed(over(reading.known, as_stored(read)))
    return Correction(release=read, analysis=analysis, wire=reading.wire, listed=reading.listed)
