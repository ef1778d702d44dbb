"""The stored releases that one at hand is compared with: those that share a key of it, a sentence, or a mark.

Looked for in the store commit, under the ingest lock: of two copies that come together the second sees the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from news.links import url_key
from news.release import Completeness, Kind
from news.stemming import UNDETERMINED
from news.verdict import Candidate, Edition, Fingerprint
from storage.tables import DUP_KEY, KEY, RELEASE, SOURCE
from storage.work import ID_BITS, day_of

# Candidates are looked for this far on both sides of a release's own time.
WINDOW = timedelta(days=14)
CANDIDATES_MAX = 60
# Copies are looked for this far: publishers of small wires bring a release up to seven weeks late.
COPY_WINDOW = timedelta(days=60)
# Translations come within three days of the original, and an id's day may be another than the stamp's.
VERSION_WINDOW = timedelta(days=4)
# A sentence that so many releases of the window share is a boilerplate, and leads to nothing.
COMMON_MIN = 30
ANCHORED_MAX = 12

_SHARING = (
    select(KEY.c.release_id)
    .where(KEY.c.key == bindparam("key"), KEY.c.release_id >= bindparam("low"), KEY.c.release_id < bindparam("high"))
    .order_by(KEY.c.release_id.desc())
    .limit(CANDIDATES_MAX)
)
_EVER = {"low": 0, "high": 1 << 62}
_ASKED = (
    select(RELEASE, func.coalesce(SOURCE.c.dedupe, 1).label("dedupe"))
    .outerjoin(SOURCE, SOURCE.c.id == RELEASE.c.source_id)
    .order_by(RELEASE.c.id)
)


_ANCHORED = (
    select(DUP_KEY.c.release_id)
    .where(
        DUP_KEY.c.key == bindparam("key"),
        DUP_KEY.c.release_id >= bindparam("low"),
        DUP_KEY.c.release_id < bindparam("high"),
    )
    .limit(COMMON_MIN)
)


def candidates(
    connection: Connection,
    known_by: Fingerprint,
    around: datetime,
    *,
    language: str = UNDETERMINED,
    dedupe: bool = True,
) -> tuple[Candidate, ...]:
    """The stored releases that share a key: by text only near `around`, by the others ever; or anchors or marks.

    Of each key the newest `CANDIDATES_MAX`, so that a text which an issuer sends every day does
    not crowd out the page's own number. Of those that share anchors within `COPY_WINDOW`, the
    `ANCHORED_MAX` that share most; as many that replace this one or are replaced by it, by the headline
    that is named; and as many in another language that share marks within `VERSION_WINDOW`. Without `dedupe`
    only those that share a key.
    """
    window = {"low": day_of(around - WINDOW) << ID_BITS, "high": (day_of(around + WINDOW) + 1) << ID_BITS}
    shared: dict[int, set[str]] = {}
    for key in known_by.keys:
        ids = connection.execute(_SHARING, {"key": key, **(window if key.startswith("text:") else _EVER)})
        for release_id in ids.scalars():
            shared.setdefault(release_id, set()).add(key)
    anchored: set[int] = set()
    marked: set[int] = set()
    if dedupe:
        anchored = _anchored(connection, known_by.anchors, around, COPY_WINDOW)
        anchored |= _anchored(connection, known_by.replacing, around, COPY_WINDOW)
        marked = set() if language == UNDETERMINED else _marked(connection, known_by, around)
    asked = shared.keys() | anchored | marked
    if not asked:
        return ()
    rows = connection.execute(_ASKED.where(RELEASE.c.id.in_(asked)))
    found = [(row, _that_count(shared.get(row.id, set()), row.order_at, around)) for row in rows]
    return tuple(
        _candidate(row, held)
        for row, held in found
        if held or row.id in anchored or (row.id in marked and row.language not in {language, UNDETERMINED})
    )


def _marked(connection: Connection, known_by: Fingerprint, around: datetime) -> set[int]:
    """Releases that share what a translation would hold, or that one of the two links to as to a version of it."""
    found = _anchored(connection, known_by.marks + known_by.own_marks, around, VERSION_WINDOW)
    for address in known_by.versions:
        found.update(connection.execute(_SHARING, {"key": f"url:{address}", **_EVER}).scalars())
    return found


def _anchored(connection: Connection, anchors: Sequence[int], around: datetime, within: timedelta) -> set[int]:
    """Releases that share anchors, those that share most; what all of a wire's releases say does not count."""
    low, high = day_of(around - within) << ID_BITS, (day_of(around + within) + 1) << ID_BITS
    shared: Counter[int] = Counter()
    for key in anchors:
        ids = connection.execute(_ANCHORED, {"key": key, "low": low, "high": high}).scalars().all()
        if len(ids) < COMMON_MIN:
            shared.update(ids)
    return most_shared(shared)


def most_shared(counts: Mapping[int, int]) -> set[int]:
    """The `ANCHORED_MAX` releases that share most, of equals the newest."""
    return {id_ for id_, _ in sorted(counts.items(), key=lambda pair: (-pair[1], -pair[0]))[:ANCHORED_MAX]}


def _that_count(keys: set[str], order_at: datetime, around: datetime) -> frozenset[str]:
    near = abs(order_at - around) <= WINDOW
    return frozenset(key for key in keys if near or not key.startswith("text:"))


def _candidate(row: Any, keys: frozenset[str]) -> Candidate:  # noqa: ANN401 - a joined row
    return Candidate(
        id=row.id,
        story=row.story_id,
        wire=row.wire,
        revises=row.revises,
        keys=keys,
        number=f"number:{row.wire}:{row.release_number}" if row.release_number else None,
        content=row.content,
        completeness=Completeness(row.completeness),
        published_at=row.published_at,
        order_at=row.order_at,
        text=f"{row.headline}\n\n{row.body}",
        kind=Kind(row.kind),
        dedupe=bool(row.dedupe),
        edition=Edition(
            language=row.language,
            address=row.url_key,
            versions=tuple(map(url_key, row.data.get("translations", ()))),
            issuer=row.issuer,
            codes=frozenset((*row.data.get("tickers", ()), *row.data.get("isins", ()))),
            links=tuple(row.data.get("links", ())),
        ),
    )
