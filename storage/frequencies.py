"""How common the terms of the stored releases are: by it the rule index files rules under rare ones."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select

from news.release import Zone
from storage.database import Database
from storage.tables import TERMS

SAMPLE_MAX = 2_000
# Fewer releases tell less than the lengths of words do.
SAMPLE_MIN = 200
TERMS_MAX = 50_000
_CHUNK = 100


def term_shares(database: Database, *, sample: int = SAMPLE_MAX) -> dict[str, float]:
    """The share (0 to 1) of the newest `sample` releases that hold a term; empty where too few are stored.

    At most `TERMS_MAX`, the commonest; those in a single release are left out.
    """
    counts: Counter[str] = Counter()
    read, last = 0, None
    columns = [TERMS.c[zone.value] for zone in Zone]
    while read < sample:
        some = select(TERMS.c.id, *columns).order_by(TERMS.c.id.desc()).limit(min(_CHUNK, sample - read))
        with database.reading() as connection:
            rows = connection.execute(some if last is None else some.where(TERMS.c.id < last)).all()
        if not rows:
            break
        for row in rows:
            counts.update({term for zone in row[1:] for term in zone.split()})
        read, last = read + len(rows), rows[-1].id
    if read < SAMPLE_MIN:
        return {}
    return {term: count / read for term, count in counts.most_common(TERMS_MAX) if count > 1}
