"""What goes by age, and its going: in small steps, each a short transaction of its own.

A release goes by the day of its id, which is that of its own time. Whether it goes is asked twice: in a
snapshot, which holds up nobody, and again in the transaction that takes it out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, delete, exists, false, func, null, or_, select, true

from news.alert import DeliveryState
from news.release import Zone
from news.source import EntryState
from storage.archive import Archive
from storage.chunks import chunks
from storage.removal import remove
from storage.tables import ALERT, CHECKPOINT, DAY, DELIVERY, ENTRY, MESSAGE_ALERT, RAW, RELEASE
from storage.tombstones import Reason
from storage.upsert import upsert
from storage.work import day_of

# Looked at in one snapshot, and taken out in one transaction.
LOOKED_AT = 500
RELEASES_A_STEP = 25
PAGES_A_STEP = 50
CHECKPOINT_NAME = "prune"
_IDS_A_DAY_BITS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """For how many days what is kept; None for ever. `wires` goes before `days`; `wire` alone is looked at."""

    days: int | None = None
    wires: Mapping[str, int | None] = field(default_factory=dict)
    raw_days: int | None = None
    keep_alerted: bool = True
    wire: str | None = None

    @property
    def asks(self) -> bool:
        """Whether anything is ever to go."""
        return any(days is not None for days in (self.days, self.raw_days, *self.wires.values()))

    def told(self) -> str:
        """The same text for the same policy."""
        return json.dumps([self.days, dict(self.wires), self.raw_days, self.keep_alerted, self.wire], sort_keys=True)


class Fate(StrEnum):
    """What becomes of a release, or why it stays."""

    GOES = "goes"
    YOUNG = "young"
    ALERTED = "its story alerted"
    UNTOLD = "a delivery of it is still to be sent"
    UNREAD = "its page is still to be read"


@dataclass(slots=True)
class Plan:
    """What would go, and why the others stay. `bytes` is about: text, terms and pages as they are stored.

    `pages_alone` are those that go earlier than their release.
    """

    releases: Counter[str] = field(default_factory=Counter)
    pages: int = 0
    bytes: int = 0
    oldest: date | None = None
    newest: date | None = None
    kept: Counter[Fate] = field(default_factory=Counter)
    pages_alone: int = 0
    bytes_alone: int = 0
    looked_at: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What one transaction took out: releases by wire, and pages that went alone."""

    releases: Mapping[str, int] = field(default_factory=dict)
    pages: int = 0


@dataclass(frozen=True, slots=True)
class _Bounds:
    """The policy on a day: of a wire, the id below which a release is old; -1 where none ever is."""

    others: int
    by_wire: Mapping[str, int]
    raw: int
    policy: Policy

    @property
    def top(self) -> int:
        return max(self.others, *self.by_wire.values(), -1)

    @property
    def lowest(self) -> int:
        """Below it no release will ever be old that is not now."""
        return min((bound for bound in (self.others, *self.by_wire.values()) if bound >= 0), default=-1)

    def old(self, id_: ColumnElement[int], wire: ColumnElement[str]) -> ColumnElement[bool]:
        named = [and_(wire == slug, id_ < bound) for slug, bound in self.by_wire.items()]
        return or_(false(), *named, and_(wire.not_in(list(self.by_wire)), id_ < self.others))

    def looked_at(self, wire: ColumnElement[str]) -> ColumnElement[bool]:
        return true() if self.policy.wire is None else wire == self.policy.wire


def _bounds(policy: Policy, now: datetime) -> _Bounds:
    def below(days: int | None) -> int:
        return -1 if days is None else max(-1, (day_of(now) - days) << _IDS_A_DAY_BITS)

    return _Bounds(
        others=below(policy.days),
        by_wire={slug: below(days) for slug, days in policy.wires.items()},
        raw=below(policy.raw_days),
        policy=policy,
    )


# ------------------------------------------------------------------ looking


def plan(archive: Archive, policy: Policy, now: datetime) -> Iterator[Plan]:
    """What `prune` would take out; the same plan, fuller, after each look, and at last whole."""
    bounds, found, last = _bounds(policy, now), Plan(), -1
    with archive.database.reading() as connection:
        asked = select(func.count()).select_from(RELEASE).where(bounds.looked_at(RELEASE.c.wire))
        found.kept[Fate.YOUNG] = int(connection.execute(asked).scalar_one())
    while True:
        with archive.database.reading() as connection:
            rows = _look(connection, bounds, last)
            going = [row for row in rows if row.fate == Fate.GOES]
            _weigh(connection, found, going)
            _weigh_pages(connection, found, [row.id for row in rows if row.fate != Fate.GOES], bounds)
        mine = [row for row in rows if row.fate is not None]
        found.kept[Fate.YOUNG] -= sum(1 for row in mine if row.fate != Fate.YOUNG)
        found.kept.update(Fate(row.fate) for row in mine if row.fate not in {Fate.GOES, Fate.YOUNG})
        found.looked_at += len(rows)
        yield found
        if not rows:
            break
        last = rows[-1].id
    with archive.database.reading() as connection:
        _weigh_pages_from(connection, found, max(bounds.top, 0), bounds)
    yield found


def wires(archive: Archive) -> list[str]:
    """The wires of which a release is stored; reads every release once."""
    with archive.database.reading() as connection:
        return list(connection.execute(select(RELEASE.c.wire).distinct().order_by(RELEASE.c.wire)).scalars())


def _look(connection: Connection, bounds: _Bounds, last: int) -> list[Any]:
    """The next releases that may be old, by id: (id, wire, fate); no fate where they are not looked at."""
    some = (
        select(RELEASE.c.id, RELEASE.c.wire, RELEASE.c.story_id)
        .where(RELEASE.c.id > last, RELEASE.c.id < bounds.top)
        .order_by(RELEASE.c.id)
        .limit(LOOKED_AT)
        .subquery()
    )
    return _fates(connection, bounds, some, true())


def _fates(connection: Connection, bounds: _Bounds, some: Any, chosen: ColumnElement[bool]) -> list[Any]:  # noqa: ANN401 - `release`, or a part of it
    fate = case(
        (~bounds.looked_at(some.c.wire), null()),
        (~bounds.old(some.c.id, some.c.wire), Fate.YOUNG.value),
        (_alerted(some.c.story_id) if bounds.policy.keep_alerted else false(), Fate.ALERTED.value),
        (_untold(some.c.id), Fate.UNTOLD.value),
        (_unread(some.c.id), Fate.UNREAD.value),
        else_=Fate.GOES.value,
    )
    return list(
        connection.execute(select(some.c.id, some.c.wire, fate.label("fate")).where(chosen).order_by(some.c.id))
    )


def _alerted(story_id: ColumnElement[int]) -> ColumnElement[bool]:
    """An alert was made of a member of the story as it is now: it shows where else the story stands."""
    member = RELEASE.alias()
    return exists().where(member.c.story_id == story_id, ALERT.c.release_id == member.c.id)


def _untold(release_id: ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(
        ALERT.c.release_id == release_id,
        MESSAGE_ALERT.c.alert_id == ALERT.c.id,
        DELIVERY.c.message_id == MESSAGE_ALERT.c.message_id,
        DELIVERY.c.state.in_([DeliveryState.DUE.value, DeliveryState.SENDING.value]),
    )


def _unread(release_id: ColumnElement[int]) -> ColumnElement[bool]:
    under_way = [EntryState.DUE.value, EntryState.WAITING.value, EntryState.FETCHING.value]
    return exists().where(ENTRY.c.release_id == release_id, ENTRY.c.state.in_(under_way))


def _weigh(connection: Connection, found: Plan, going: Sequence[Any]) -> None:
    if not going:
        return
    found.releases.update(row.wire for row in going)
    found.oldest = found.oldest or _day(going[0].id)
    found.newest = _day(going[-1].id)
    ids = [row.id for row in going]
    text = sum((func.length(RELEASE.c[zone.value]) for zone in Zone), start=func.length(RELEASE.c.headline) * 0)
    chars = connection.execute(select(func.sum(text)).where(RELEASE.c.id.in_(ids))).scalar() or 0
    pages = connection.execute(select(func.count(), func.sum(func.length(RAW.c.body))).where(RAW.c.release_id.in_(ids)))
    count, size = pages.one()
    found.pages += int(count)
    # The text is stored as it is written, and once more as terms.
    found.bytes += 2 * int(chars) + int(size or 0)


def _weigh_pages(connection: Connection, found: Plan, ids: Sequence[int], bounds: _Bounds) -> None:
    """Pages that go though their release, one of these, stays."""
    for some in chunks([id_ for id_ in ids if id_ < bounds.raw]):
        _add_pages(connection, found, bounds, RAW.c.release_id.in_(some))


def _weigh_pages_from(connection: Connection, found: Plan, first: int, bounds: _Bounds) -> None:
    _add_pages(connection, found, bounds, and_(RAW.c.release_id >= first, RAW.c.release_id < bounds.raw))


def _add_pages(connection: Connection, found: Plan, bounds: _Bounds, chosen: ColumnElement[bool]) -> None:
    asked = select(func.count(), func.sum(func.length(RAW.c.body))).join(RELEASE, RELEASE.c.id == RAW.c.release_id)
    count, size = connection.execute(asked.where(chosen, bounds.looked_at(RELEASE.c.wire))).one()
    found.pages_alone += int(count)
    found.bytes_alone += int(size or 0)


def _day(release_id: int) -> date:
    return datetime.fromtimestamp((release_id >> _IDS_A_DAY_BITS) * 86_400, UTC).date()


# ------------------------------------------------------------------- taking out


def prune(archive: Archive, policy: Policy, now: datetime) -> Iterator[Step]:
    """Take out what is old; yields after each transaction, so that the caller can let others write.

    Killed or left at any point it has done whole steps, and the next run goes on behind them.
    """
    bounds = _bounds(policy, now)
    with archive.database.reading() as connection:
        place = _found_place(connection, bounds)
    while True:
        with archive.database.reading() as connection:
            rows = _look(connection, bounds, place.last)
        going = [row.id for row in rows if row.fate == Fate.GOES]
        for some in chunks(going, RELEASES_A_STEP):
            yield _take_out(archive, bounds, some, now)
        place.pass_by(rows, bounds)
        if going or not rows:
            _write_place(archive, place, now)
        if not rows:
            break
    yield from _take_pages(archive, bounds, now)


def _take_out(archive: Archive, bounds: _Bounds, ids: Sequence[int], now: datetime) -> Step:
    with archive.writing(now) as work:
        rows = _fates(work.connection, bounds, RELEASE, RELEASE.c.id.in_(ids))
        going = [row for row in rows if row.fate == Fate.GOES]
        remove(work, [row.id for row in going], Reason.PRUNED)
        by_wire = Counter(row.wire for row in going)
        for wire, n in by_wire.items():
            work.tally("pruned", wire, n)
    return Step(releases=by_wire)


def _take_pages(archive: Archive, bounds: _Bounds, now: datetime) -> Iterator[Step]:
    """Pages alone, oldest first."""
    last = -1
    asked = (
        select(RAW.c.id, RAW.c.release_id)
        .join(RELEASE, RELEASE.c.id == RAW.c.release_id)
        .where(RAW.c.release_id < bounds.raw, bounds.looked_at(RELEASE.c.wire))
        .order_by(RAW.c.release_id)
        .limit(PAGES_A_STEP)
    )
    while bounds.raw > 0:
        with archive.database.reading() as connection:
            pages = connection.execute(asked.where(RAW.c.release_id >= last)).all()
        if not pages:
            return
        with archive.writing(now) as work:
            work.connection.execute(delete(RAW).where(RAW.c.id.in_([page.id for page in pages])))
            work.tally("pruned", "page", len(pages))
        last = pages[-1].release_id
        yield Step(pages=len(pages))


@dataclass(slots=True)
class _Place:
    """How far a run has come: everything up to `last` was looked at, and what lies below `limit` is decided for good.

    `by_day` is how many releases of each day were ever stored when the run began: where one more was
    stored since, the next run looks again.
    """

    last: int
    limit: int
    policy: str
    by_day: Mapping[int, int]

    def pass_by(self, rows: Sequence[Any], bounds: _Bounds) -> None:
        waiting = [row.id for row in rows if row.fate in {Fate.UNTOLD, Fate.UNREAD}]
        self.limit = min([self.limit, *waiting])
        self.last = rows[-1].id if rows else bounds.top - 1

    def data(self) -> dict[str, Any]:
        settled = max(min(self.last + 1, self.limit), 0) >> _IDS_A_DAY_BITS
        return {"policy": self.policy, "settled": settled, "stored": _stored(self.by_day, settled)}


def _stored(by_day: Mapping[int, int], before: int) -> int:
    return sum(n for day, n in by_day.items() if day < before)


def _found_place(connection: Connection, bounds: _Bounds) -> _Place:
    policy = bounds.policy.told()
    by_day: dict[int, int] = {row.day: row.n for row in connection.execute(select(DAY.c.day, DAY.c.n))}
    place = _Place(last=-1, limit=bounds.lowest, policy=policy, by_day=by_day)
    data = connection.execute(select(CHECKPOINT.c.data).where(CHECKPOINT.c.name == CHECKPOINT_NAME)).scalar()
    if data and data["policy"] == policy and data["stored"] == _stored(by_day, data["settled"]):
        place.last = (data["settled"] << _IDS_A_DAY_BITS) - 1
    return place


def _write_place(archive: Archive, place: _Place, now: datetime) -> None:
    data = place.data()
    with archive.database.writing() as connection:
        row = upsert(connection.dialect.name, CHECKPOINT).values(name=CHECKPOINT_NAME, data=data, at=now)
        values = {"data": row.excluded.data, "at": row.excluded.at}
        connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))
