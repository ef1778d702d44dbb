"""The stored releases that one at hand is compared with: those that share a key of it, a sentence, or a mark.

Looked for in the store commit, under the ingest lock: of two copies that come together the second sees the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import chain, islice
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Table, bindparam, func, literal_column, select, union_all

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

# So many keys are asked for at once, or a multiple of it: each number of them would be a statement of its own.
_STEP = 8
_EVER = (0, 1 << 62)
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
    near = _ids_within(around, WINDOW)
    shared: dict[int, set[str]] = {}
    sought = [(key, near if key.startswith("text:") else _EVER) for key in known_by.keys]
    for key, ids in zip(known_by.keys, _named(connection, sought), strict=True):
        for release_id in ids:
            shared.setdefault(release_id, set()).add(key)
    like = _alike(connection, known_by, around, marked=language != UNDETERMINED) if dedupe else _Alike()
    anchored, named, marked = like.anchored, like.named, like.marked
    asked = shared.keys() | anchored.keys() | named | marked
    if not asked:
        return ()
    rows = connection.execute(_ASKED.where(RELEASE.c.id.in_(asked)))
    found = [(row, _that_count(shared.get(row.id, set()), row.order_at, around)) for row in rows]
    return tuple(
        _candidate(row, held, anchored.get(row.id, 0))
        for row, held in found
        if held
        or row.id in anchored
        or row.id in named
        or (row.id in marked and row.language not in {language, UNDETERMINED})
    )


@dataclass(frozen=True, slots=True)
class _Alike:
    """Releases that share anchors, with how many; that replace or are replaced by name; that share marks."""

    anchored: Mapping[int, int] = field(default_factory=dict)
    named: AbstractSet[int] = frozenset()
    marked: AbstractSet[int] = frozenset()


def _alike(connection: Connection, known_by: Fingerprint, around: datetime, *, marked: bool) -> _Alike:
    """What all of a wire's releases say does not count."""
    copies, versions = _ids_within(around, COPY_WINDOW), _ids_within(around, VERSION_WINDOW)
    marks = known_by.marks + known_by.own_marks if marked else ()
    sought = [(key, copies) for key in known_by.anchors + known_by.replacing] + [(key, versions) for key in marks]
    found = iter(_anchored(connection, sought))
    anchored, named, of_marks = (
        most_shared(Counter(chain.from_iterable(islice(found, len(keys)))))
        for keys in (known_by.anchors, known_by.replacing, marks)
    )
    linked = [(f"url:{address}", _EVER) for address in (known_by.versions if marked else ())]
    return _Alike(anchored, named.keys(), of_marks.keys() | set(chain.from_iterable(_named(connection, linked))))


def _ids_within(around: datetime, window: timedelta) -> tuple[int, int]:
    """From which id, and below which one."""
    return day_of(around - window) << ID_BITS, (day_of(around + window) + 1) << ID_BITS


def _named(connection: Connection, sought: Sequence[tuple[str, tuple[int, int]]]) -> list[list[int]]:
    """By key, the newest releases that bear it."""
    return _each(connection, KEY, sought, CANDIDATES_MAX)


def _anchored(connection: Connection, sought: Sequence[tuple[int, tuple[int, int]]]) -> Iterator[list[int]]:
    """By key, the releases that hold it; none where many do."""
    for ids in _each(connection, DUP_KEY, sought, COMMON_MIN):
        yield ids if len(ids) < COMMON_MIN else []


def _each(
    connection: Connection, table: Table, sought: Sequence[tuple[str | int, tuple[int, int]]], limit: int
) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in sought]
    if not sought:
        return found
    count = -(-len(sought) // _STEP) * _STEP
    asked = [*sought, *((sought[0][0], (0, 0)) for _ in range(count - len(sought)))]
    given = {
        name: value
        for n, (key, (low, high)) in enumerate(asked)
        for name, value in ((f"key{n}", key), (f"low{n}", low), (f"high{n}", high))
    }
    for n, release_id in connection.execute(_all_at_once(table, count, limit), given):
        found[n].append(release_id)
    return found


@cache
def _all_at_once(table: Table, count: int, limit: int) -> CompoundSelect[Any]:
    """One statement for so many keys: as many statements cost six times as much."""
    return union_all(
        *(
            select(
                select(literal_column(str(n)).label("n"), table.c.release_id)
                .where(
                    table.c.key == bindparam(f"key{n}"),
                    table.c.release_id >= bindparam(f"low{n}"),
                    table.c.release_id < bindparam(f"high{n}"),
                )
                .order_by(table.c.release_id.desc())
                .limit(limit)
                .subquery()
            )
            for n in range(count)
        )
    )


def most_shared(counts: Mapping[int, int]) -> dict[int, int]:
    """The `ANCHORED_MAX` releases that share most, of equals the newest, each with how many."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], -pair[0]))[:ANCHORED_MAX])


def _that_count(keys: set[str], order_at: datetime, around: datetime) -> frozenset[str]:
    near = abs(order_at - around) <= WINDOW
    return frozenset(key for key in keys if near or not key.startswith("text:"))


def _candidate(row: Any, keys: frozenset[str], anchors: int) -> Candidate:  # noqa: ANN401 - a joined row
    return Candidate(
        id=row.id,
        story=row.story_id,
        wire=row.wire,
        revises=row.revises,
        keys=keys,
        anchors=anchors,
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
