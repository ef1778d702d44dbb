"""What a release is among those that are stored; asked in the store commit."""

from __future__ import annotations

from functools import partial

from ingest.dedupe import verdict
from news.verdict import Verdict
from storage.candidates import candidates
from storage.keeping import order_at
from storage.reindex import renew
from storage.work import Work
from wirewatch.prepared import Prepared, analysed


def judged(work: Work, item: Prepared) -> Verdict:
    """The verdict over all that it may be a version, a copy or a translation of, each analysed as it is."""
    dedupe = item.entry is None or item.entry.dedupe
    asked = partial(
        candidates,
        work.connection,
        item.fingerprint,
        order_at(item.release, item.incoming.seen_at),
        language=item.release.language,
        dedupe=dedupe,
    )
    found = asked()
    if found and renew(work, [row.id for row in found], analysed):
        found = asked()
    return verdict(item.release, item.fingerprint, found, dedupe=dedupe)
