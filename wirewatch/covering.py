"""Within the poll commit: does this answer of a source overlap the one before it?"""

from __future__ import annotations

from collections.abc import Sequence

from ingest.coverage import Compared, compare, sight_after
from news.source import Gap, Listed, Source
from storage.entries import Known
from storage.gaps import open_gap
from storage.sights import last_sight, note_sight, shown_rows
from storage.work import Work


def cover(work: Work, source: Source, listed: Sequence[Listed], known: Known) -> Compared:
    """Compare with the last answer, open a gap if there is one, and note what the next must overlap.

    To be called before the rows are listed. What a source shows at its first poll, or at the first from another
    address, is compared with nothing.
    """
    before = last_sight(work.connection, source.id) if source.state.seeded else None
    shown = shown_rows(work.connection, source.id, listed, known, before)
    found = compare(before, shown, now=work.now)
    if found.gap and found.opened_at is not None:
        open_gap(work, Gap(source_id=source.id, opened_at=found.opened_at, closed_at=work.now))
    if found.stands:
        note_sight(work, source.id, sight_after(before, shown, now=work.now))
    return found
