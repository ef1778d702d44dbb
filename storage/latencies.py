"""How late releases are, station by station: wire stamp → first seen → stored → matched → delivered.

Honest figures: they count releases whose stamp tells the time of day and that came while we watched (live, or found
later in a gap); how many had no such stamp is told beside them. Revisions and what stood before the first poll are
counted apart. Waits below zero, where a clock is wrong, are counted apart and left out of the percentiles.

Everything is read by the range of ids of its days, newest first, and at most `ROWS_MAX` rows of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import Connection, select

from news.alert import DeliveryState, MessageKind
from news.release import Origin, Precision
from storage.tables import ALERT, DELIVERY, MESSAGE, MESSAGE_ALERT, RELEASE
from storage.work import day_of

ROWS_MAX = 200_000
# Found so long after its stamp a release still counts as seen in the window in which it was found.
FOUND_LATE = timedelta(days=7)
_ID_BITS = 24
_WATCHED = (Origin.LIVE.value, Origin.GAP.value)
_FIRST = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of `n` waits, in seconds, what 50, 95 and 99 of 100 did not exceed (nearest rank) and the longest.

    None where there are none. `negative` waits are not among the `n`.
    """

    n: int = 0
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    worst: float | None = None
    negative: int = 0


def spread(waits: Iterable[float]) -> Spread:
    every = list(waits)
    some = sorted(wait for wait in every if wait >= 0)
    if not some:
        return Spread(negative=len(every))
    p50, p95, p99 = (some[ceil(share * len(some)) - 1] for share in (0.5, 0.95, 0.99))
    return Spread(n=len(some), p50=p50, p95=p95, p99=p99, worst=some[-1], negative=len(every) - len(some))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One release as it was seen; `late_s` from its stamp, None where that does not tell the time of day."""

    source_id: int
    origin: str
    revision: bool
    seen_at: datetime
    late_s: float | None
    stored_s: float

    @property
    def watched(self) -> bool:
        return self.origin in _WATCHED and not self.revision


@dataclass(slots=True, kw_only=True)
class SourceLatency:
    """The waits of a source's releases.

    `releases` came while we watched; of them `unstamped` have no time of day, and `missed` no poll saw: the back-fill
    of a gap found them. `apart` stood before the first poll or were brought in.
    """

    releases: int = 0
    unstamped: int = 0
    missed: int = 0
    revisions: int = 0
    apart: int = 0
    late_s: list[float] = field(default_factory=list)
    stored_s: list[float] = field(default_factory=list)
    matched_s: list[float] = field(default_factory=list)
    delivered_s: list[float] = field(default_factory=list)
    whole_s: list[float] = field(default_factory=list)

    def spreads(self) -> dict[str, Spread]:
        """By the stretch of the way."""
        return {
            "stamp_to_seen": spread(self.late_s),
            "seen_to_stored": spread(self.stored_s),
            "stored_to_matched": spread(self.matched_s),
            "matched_to_delivered": spread(self.delivered_s),
            "stamp_to_delivered": spread(self.whole_s),
        }


@dataclass(slots=True, kw_only=True)
class ChannelLatency:
    """The waits of the alerts that a channel was given.

    `gathered` went in a message that was meant to wait; `dead` never arrived, `waiting` has not yet.
    """

    sent: int = 0
    gathered: int = 0
    dead: int = 0
    waiting: int = 0
    unstamped: int = 0
    delivered_s: list[float] = field(default_factory=list)
    whole_s: list[float] = field(default_factory=list)

    def spreads(self) -> dict[str, Spread]:
        return {"matched_to_delivered": spread(self.delivered_s), "stamp_to_delivered": spread(self.whole_s)}


def releases_seen(connection: Connection, *, since: datetime, source_id: int | None = None) -> Iterator[Seen]:
    """The releases of sources filed since then, the newest `ROWS_MAX`."""
    return _read(connection, since, source_id, RELEASE.c.order_at >= since)


def lately_seen(connection: Connection, *, since: datetime) -> Iterator[Seen]:
    """The releases first seen since then, however late: up to `FOUND_LATE` after their stamps."""
    return _read(connection, since - FOUND_LATE, None, RELEASE.c.first_seen_at >= since)


def _read(connection: Connection, since: datetime, source_id: int | None, which: Any) -> Iterator[Seen]:  # noqa: ANN401 - a condition
    columns = ("source_id", "origin", "revises", "published_at", "time_precision", "first_seen_at", "stored_at")
    query = (
        select(*(RELEASE.c[name] for name in columns))
        .where(RELEASE.c.id >= day_of(since) << _ID_BITS, RELEASE.c.source_id.is_not(None), which)
        .order_by(RELEASE.c.id.desc())
        .limit(ROWS_MAX)
    )
    if source_id is not None:
        query = query.where(RELEASE.c.source_id == source_id)
    for row in connection.execute(query):
        stamp = row.published_at if row.time_precision != Precision.DAY.value else None
        yield Seen(
            source_id=row.source_id,
            origin=row.origin,
            revision=row.revises is not None,
            seen_at=row.first_seen_at,
            late_s=None if stamp is None else (row.first_seen_at - stamp).total_seconds(),
            stored_s=(row.stored_at - row.first_seen_at).total_seconds(),
        )


def of_sources(seen: Iterable[Seen]) -> dict[int, SourceLatency]:
    """By source: from the stamp until it was stored."""
    found: dict[int, SourceLatency] = {}
    for release in seen:
        mine = found.setdefault(release.source_id, SourceLatency())
        if not release.watched:
            mine.revisions += release.revision
            mine.apart += not release.revision
            continue
        mine.releases += 1
        mine.missed += release.origin == Origin.GAP.value
        mine.stored_s.append(release.stored_s)
        if release.late_s is None:
            mine.unstamped += 1
        else:
            mine.late_s.append(release.late_s)
    return found


def source_latencies(
    connection: Connection, *, since: datetime, source_id: int | None = None
) -> dict[int, SourceLatency]:
    """By source, over the releases filed and the alerts made since then."""
    found = of_sources(releases_seen(connection, since=since, source_id=source_id))
    for alert in _alerts(connection, since, source_id):
        wait_s = (alert.matched_at - alert.stored_at).total_seconds()
        found.setdefault(alert.source_id, SourceLatency()).matched_s.append(wait_s)
    for told in _deliveries(connection, since, source_id):
        if told.source_id is None or not _went_at_once(told):
            continue
        mine = found.setdefault(told.source_id, SourceLatency())
        mine.delivered_s.append((told.settled_at - told.matched_at).total_seconds())
        if told.stamped_at is not None:
            mine.whole_s.append((told.settled_at - told.stamped_at).total_seconds())
    return found


def channel_latencies(connection: Connection, *, since: datetime) -> dict[str, ChannelLatency]:
    """By channel, over the alerts made since then."""
    found: dict[str, ChannelLatency] = {}
    for told in _deliveries(connection, since, None):
        mine = found.setdefault(told.channel, ChannelLatency())
        mine.dead += told.state == DeliveryState.DEAD.value
        mine.waiting += told.state in {DeliveryState.DUE.value, DeliveryState.SENDING.value}
        if told.state != DeliveryState.SENT.value:
            continue
        mine.sent += 1
        if not _went_at_once(told):
            mine.gathered += 1
            continue
        mine.delivered_s.append((told.settled_at - told.matched_at).total_seconds())
        if told.stamped_at is None:
            mine.unstamped += 1
        else:
            mine.whole_s.append((told.settled_at - told.stamped_at).total_seconds())
    return found


def _went_at_once(told: Any) -> bool:  # noqa: ANN401 - a joined row
    return bool(
        told.state == DeliveryState.SENT.value and told.settled_at is not None and told.kind == MessageKind.SINGLE.value
    )


def _alerts(connection: Connection, since: datetime, source_id: int | None) -> Sequence[Any]:
    query = (
        select(ALERT.c.stored_at, ALERT.c.matched_at, RELEASE.c.source_id)
        .join(RELEASE, RELEASE.c.id == ALERT.c.release_id)
        .where(*_of_watched(since, source_id), RELEASE.c.source_id.is_not(None))
    )
    return connection.execute(query.order_by(ALERT.c.id.desc()).limit(ROWS_MAX)).all()


def _deliveries(connection: Connection, since: datetime, source_id: int | None) -> Sequence[Any]:
    query = (
        select(
            ALERT.c.stamped_at,
            ALERT.c.matched_at,
            RELEASE.c.source_id,
            MESSAGE.c.kind,
            DELIVERY.c.channel,
            DELIVERY.c.state,
            DELIVERY.c.settled_at,
        )
        .join(RELEASE, RELEASE.c.id == ALERT.c.release_id)
        .join(MESSAGE_ALERT, MESSAGE_ALERT.c.alert_id == ALERT.c.id)
        .join(MESSAGE, MESSAGE.c.id == MESSAGE_ALERT.c.message_id)
        .join(DELIVERY, DELIVERY.c.message_id == MESSAGE.c.id)
        .where(*_of_watched(since, source_id))
    )
    return connection.execute(query.order_by(ALERT.c.id.desc()).limit(ROWS_MAX)).all()


def _of_watched(since: datetime, source_id: int | None) -> list[Any]:
    """The first alerts, made since then, of releases that came while we watched."""
    which = [ALERT.c.made_at >= since, ALERT.c.occasion == _FIRST, RELEASE.c.origin.in_(_WATCHED)]
    return which if source_id is None else [*which, RELEASE.c.source_id == source_id]
