"""The archive as the rest of the program sees it: one way to write, many ways to ask."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select, update

from news.alert import Alert, Rule
from news.query.packs import TermPacks
from news.release import Release
from news.source import Event, EventType, Source
from storage import entries, outbox, reindex, rules, sources
from storage.checkpoints import note
from storage.database import Database, Durability
from storage.migrations import migrate, refuse_outdated
from storage.packs import own_packs, packs
from storage.rows import release_of
from storage.rules import ChannelSpec
from storage.tables import (
    ALERT,
    ARCHIVE,
    ATTEMPT,
    COUNTER,
    DELIVERY,
    ENTRY,
    EVENT,
    GAP,
    HELD,
    MESSAGE_ALERT,
    RAW,
    RELEASE,
    RULE,
    SOURCE,
    TALLY,
)
from storage.work import RuleChanges, Work, rules_since

EVENTS_KEPT = timedelta(days=30)
EVENTS_KEPT_MAX = 1_000_000
ENTRIES_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A release as it is stored. Times are aware UTC.

    `verdict` is what it was when it came (`new`, `copy`, `revision` …), and `why`.
    """

    id: int
    story_id: int
    release: Release
    origin: str
    revises: int | None
    superseded_by: int | None
    first_seen_at: datetime
    stored_at: datetime
    verdict: str
    why: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine:
    """A delivery as people read it: how often tried, when it ended, why not."""

    id: int
    alert_ids: tuple[int, ...]
    channel: str
    recipient: str
    key: str
    state: str
    attempts: int
    repeats: int
    due_at: datetime
    settled_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLine:
    n: int
    begun_at: datetime
    ended_at: datetime | None
    outcome: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLine:
    """A match that made no alert, and why."""

    rule: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """A source with how many of its entries stand in each state, and its open gaps."""

    source: Source
    entries: dict[str, int]
    gaps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RawLine:
    """The page a release was read from, decompressed."""

    url: str | None
    content_type: str | None
    fetched_at: datetime
    sha256: str
    body: bytes


class Archive:
    """A migrated database. Reads are snapshots; `writing` is the only way to change anything."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def open(cls, url: str, *, now: datetime, durability: Durability = "FULL", read_only: bool = False) -> Archive:
        """Open and, where needed, create or upgrade.

        `read_only` neither takes the write lock nor needs the right to write; it creates and upgrades nothing.

        Raises:
            OutdatedError: `read_only`, and there is no archive, or one of an older program.
            StorageError: see `storage.database.Database`, `storage.migrations.migrate` and
                `storage.reindex.answer`.
        """
        database = Database(url, durability=durability, read_only=read_only)
        archive = cls(database)
        try:
            if read_only:
                refuse_outdated(database)
                reindex.refuse_other(database)
                return archive
            if database.path is not None:
                _make_folder(database.path)
            migrate(database, now)
            archive._take_over(now)
        except BaseException:
            archive.close()
            raise
        return archive

    def close(self) -> None:
        self.database.close()

    def _take_over(self, now: datetime) -> None:
        """Answer by this program's analyzer. Let no seq be given twice, also after a restore."""
        floor = int(now.timestamp() * 1_000_000)
        with self.database.writing() as connection:
            reindex.answer(connection, self.database.place)
            connection.execute(update(COUNTER).where(COUNTER.c.seq < floor).values(seq=floor))

    @contextmanager
    def writing(self, now: datetime) -> Iterator[Work]:
        """One write transaction under the ingest lock; everything within is kept, or nothing."""
        with self.database.writing() as connection:
            work = Work(self.database, connection, now)
            yield work
            work.finish()
        work.committed()

    # ------------------------------------------------------------------ releases

    def release(self, release_id: int) -> Stored | None:
        with self.database.reading() as connection:
            row = connection.execute(
                select(RELEASE, SOURCE.c.name.label("source_name"))
                .outerjoin(SOURCE, SOURCE.c.id == RELEASE.c.source_id)
                .where(RELEASE.c.id == release_id)
            ).first()
        return stored_of(row, source=row.source_name) if row else None

    def latest(self, limit: int, cursor: int | None = None) -> list[Stored]:
        """Releases newest first (by id), those with an id below `cursor`."""
        query = select(RELEASE).order_by(RELEASE.c.id.desc()).limit(limit)
        if cursor is not None:
            query = query.where(RELEASE.c.id < cursor)
        with self.database.reading() as connection:
            return [stored_of(row) for row in connection.execute(query)]

    def raw(self, release_id: int) -> RawLine | None:
        """The newest page that was kept of a release."""
        with self.database.reading() as connection:
            row = connection.execute(
                select(RAW).where(RAW.c.release_id == release_id).order_by(RAW.c.id.desc())
            ).first()
        if row is None:
            return None
        return RawLine(
            url=row.url,
            content_type=row.content_type,
            fetched_at=row.fetched_at,
            sha256=row.sha256,
            body=zlib.decompress(row.body),
        )

    def story(self, story_id: int) -> list[Stored]:
        """The members of a story, first stored first."""
        with self.database.reading() as connection:
            rows = connection.execute(select(RELEASE).where(RELEASE.c.story_id == story_id).order_by(RELEASE.c.id))
            return [stored_of(row) for row in rows]

    # -------------------------------------------------------------------- alerts

    def alerts(self, limit: int, cursor: int | None = None, *, release_id: int | None = None) -> list[Alert]:
        """Alerts newest first, of one release if asked for; `cursor` is the id of the last one seen."""
        query = select(ALERT.c.id).order_by(ALERT.c.id.desc()).limit(limit)
        if release_id is not None:
            query = query.where(ALERT.c.release_id == release_id)
        if cursor is not None:
            query = query.where(ALERT.c.id < cursor)
        with self.database.reading() as connection:
            ids = list(connection.execute(query).scalars())
            found = outbox.load_alerts(connection, ids)
        return sorted(found, key=lambda alert: -alert.id)

    def alert(self, alert_id: int) -> Alert | None:
        with self.database.reading() as connection:
            found = outbox.load_alerts(connection, [alert_id])
        return found[0] if found else None

    def held(self, release_id: int) -> list[HeldLine]:
        """The matches of a release that made no alert."""
        with self.database.reading() as connection:
            rows = connection.execute(
                select(RULE.c.name, HELD.c.reason, HELD.c.at)
                .join(RULE, RULE.c.id == HELD.c.rule_id)
                .where(HELD.c.release_id == release_id)
                .order_by(RULE.c.name)
            )
            return [HeldLine(rule=row.name, reason=row.reason, at=row.at) for row in rows]

    def deliveries(
        self, *, limit: int = 100, cursor: int | None = None, state: str | None = None, alert_id: int | None = None
    ) -> list[DeliveryLine]:
        """Deliveries newest first, of one state or one alert if asked for."""
        query = select(DELIVERY).order_by(DELIVERY.c.id.desc()).limit(limit)
        if cursor is not None:
            query = query.where(DELIVERY.c.id < cursor)
        if state is not None:
            query = query.where(DELIVERY.c.state == state)
        if alert_id is not None:
            messages = select(MESSAGE_ALERT.c.message_id).where(MESSAGE_ALERT.c.alert_id == alert_id)
            query = query.where(DELIVERY.c.message_id.in_(messages))
        with self.database.reading() as connection:
            rows = list(connection.execute(query))
            alert_ids = outbox.alerts_told(connection, [row.message_id for row in rows])
        return [_delivery_line(row, alert_ids.get(row.message_id, [])) for row in rows]

    def attempts(self, delivery_id: int) -> list[AttemptLine]:
        with self.database.reading() as connection:
            rows = connection.execute(select(ATTEMPT).where(ATTEMPT.c.delivery_id == delivery_id).order_by(ATTEMPT.c.n))
            return [
                AttemptLine(
                    n=row.n, begun_at=row.begun_at, ended_at=row.ended_at, outcome=row.outcome, reason=row.reason
                )
                for row in rows
            ]

    # ----------------------------------------------------------- rules, channels

    def rules(self) -> list[Rule]:
        with self.database.reading() as connection:
            return rules.rules(connection)

    def rules_since(self, generation: int) -> RuleChanges:
        """The rules changed after `generation`."""
        with self.database.reading() as connection:
            return rules_since(connection, generation, rules.generation(connection))

    def rule_named(self, name: str) -> Rule | None:
        with self.database.reading() as connection:
            return rules.rule_named(connection, name)

    def packs(self) -> TermPacks:
        """The term packs that `@name` asks for: those shipped and the users' own."""
        with self.database.reading() as connection:
            return packs(connection)

    def own_packs(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """(variants, origin) of the users' own packs, by name; see `storage.packs.own_packs`."""
        with self.database.reading() as connection:
            return own_packs(connection)

    def channels(self) -> list[ChannelSpec]:
        with self.database.reading() as connection:
            return rules.channels(connection)

    # ------------------------------------------------------------------- sources

    def sources(self) -> list[SourceLine]:
        with self.database.reading() as connection:
            found = sources.sources(connection)
            states: dict[int, dict[str, int]] = {}
            for row in connection.execute(
                select(ENTRY.c.source_id, ENTRY.c.state, func.count()).group_by(ENTRY.c.source_id, ENTRY.c.state)
            ):
                states.setdefault(row[0], {})[row[1]] = row[2]
            gaps: dict[int, int] = {}
            for row in connection.execute(
                select(GAP.c.source_id, func.count()).where(GAP.c.state == "open").group_by(GAP.c.source_id)
            ):
                gaps[row[0]] = row[1]
        return [
            SourceLine(source=source, entries=states.get(source.id, {}), gaps=gaps.get(source.id, 0))
            for source in found
        ]

    def unread(self) -> int:
        """How many entries are still to be fetched or retried."""
        with self.database.reading() as connection:
            return entries.waiting_entries(connection)

    # -------------------------------------------------------- events and counts

    def events(self, after: int, limit: int = 500) -> list[Event]:
        """What happened after seq `after`, oldest first."""
        with self.database.reading() as connection:
            rows = connection.execute(select(EVENT).where(EVENT.c.seq > after).order_by(EVENT.c.seq).limit(limit))
            return [Event(seq=row.seq, at=row.at, type=EventType(row.type), data=row.data) for row in rows]

    def first_seq(self) -> int:
        """The oldest event that is still kept; 0 where there is none."""
        with self.database.reading() as connection:
            return int(connection.execute(select(func.min(EVENT.c.seq))).scalar() or 0)

    def last_seq(self) -> int:
        with self.database.reading() as connection:
            return int(connection.execute(select(COUNTER.c.seq)).scalar_one())

    def uuid(self) -> str:
        with self.database.reading() as connection:
            return str(connection.execute(select(ARCHIVE.c.uuid)).scalar_one())

    def counts(self) -> dict[str, int]:
        """Releases, alerts, deliveries and repeats: how much there is of each."""
        with self.database.reading() as connection:
            return {
                "releases": int(connection.execute(select(func.count()).select_from(RELEASE)).scalar_one()),
                "alerts": int(connection.execute(select(func.count()).select_from(ALERT)).scalar_one()),
                "deliveries": int(connection.execute(select(func.count()).select_from(DELIVERY)).scalar_one()),
                "repeats": int(connection.execute(select(func.coalesce(func.sum(DELIVERY.c.repeats), 0))).scalar_one()),
            }

    def tallies(self, since_day: int) -> list[tuple[str, str, int]]:
        """(what, reason, how often) summed since a UTC day (days since 1970), most frequent first."""
        total = func.sum(TALLY.c.n)
        with self.database.reading() as connection:
            rows = connection.execute(
                select(TALLY.c.what, TALLY.c.reason, total)
                .where(TALLY.c.day >= since_day)
                .group_by(TALLY.c.what, TALLY.c.reason)
                .order_by(total.desc())
            )
            return [(row[0], row[1], int(row[2])) for row in rows]

    # --------------------------------------------------------------- maintenance

    def probe(self, now: datetime) -> None:
        """Write something small, to see whether it can be done."""
        with self.writing(now) as work:
            note(work.connection, "probe", {}, now)

    def tidy(self, now: datetime) -> None:
        """Drop events and settled entries that nobody needs any more; let the database keep its house."""
        with self.database.writing() as connection:
            newest = connection.execute(select(func.max(EVENT.c.seq))).scalar() or 0
            nth = connection.execute(
                select(EVENT.c.seq).order_by(EVENT.c.seq.desc()).offset(EVENTS_KEPT_MAX).limit(1)
            ).scalar()
            connection.execute(delete(EVENT).where((EVENT.c.at < now - EVENTS_KEPT) | (EVENT.c.seq <= (nth or 0))))
            entries.forget_entries(connection, now - ENTRIES_KEPT)
        if newest:
            self.database.backend.tidy(self.database.engine)


def _make_folder(path: Path) -> None:
    # A folder that cannot be made shows as "cannot be opened" at the first statement.
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return


def stored_of(row: Any, *, source: str | None = None, release: Release | None = None) -> Stored:  # noqa: ANN401 - a row of `release`
    """`release`: that of the row, where it has been read already."""
    return Stored(
        id=row.id,
        story_id=row.story_id,
        release=release or release_of(row),
        origin=row.origin,
        revises=row.revises,
        superseded_by=row.superseded_by,
        first_seen_at=row.first_seen_at,
        stored_at=row.stored_at,
        verdict=row.verdict,
        why=row.why,
        source=source,
    )


def _delivery_line(row: Any, alert_ids: Sequence[int]) -> DeliveryLine:  # noqa: ANN401 - a row of `delivery`
    return DeliveryLine(
        id=row.id,
        alert_ids=tuple(alert_ids),
        channel=row.channel,
        recipient=row.recipient,
        key=row.key,
        state=row.state,
        attempts=row.attempts,
        repeats=row.repeats,
        due_at=row.due_at,
        settled_at=row.settled_at,
        reason=row.reason,
    )
