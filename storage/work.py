"""One write transaction of the archive, from the ingest lock to the commit.

Everything that appends an event or changes a rule begins here: the first statement takes the ingest
lock by updating the one row of `ingest_counter`, so that two copies of a release which arrive
together see each other, and events stand in commit order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, bindparam, insert, select, update

from news.alert import Rule
from news.query.packs import PACKS, TermPacks
from news.release import Origin
from news.source import EntryState, EventType
from storage.columns import storable
from storage.database import Database
from storage.engines.contract import Change
from storage.errors import StorageError
from storage.forms import Form, forget_forms, write_forms
from storage.packs import packs
from storage.rows import rule_of
from storage.tables import (
    ALERT,
    ARCHIVE,
    COUNTER,
    DAY,
    ENTRY,
    EVENT,
    HELD,
    RELEASE,
    RULE,
    SOURCE,
    TALLY,
)
from storage.upsert import upsert

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

REASON_CHARS_MAX = 500
# A release id is its day and a number within it.
ID_BITS = 24
IDS_A_DAY_MAX = (1 << ID_BITS) - 1


# Built once: putting such a statement together costs more than running it.
_EVENT_INSERT = insert(EVENT)
# Of a day, the last number that was given.
_GIVEN = select(DAY.c.n).where(DAY.c.day == bindparam("day"))


@cache
def _day_set(dialect: str) -> Any:  # noqa: ANN401 - see `upsert`
    row = upsert(dialect, DAY)
    return row.on_conflict_do_update(index_elements=["day"], set_={"n": row.excluded.n})


@cache
def _tally_bump(dialect: str) -> Any:  # noqa: ANN401 - see `upsert`
    row = upsert(dialect, TALLY).values({name: bindparam(name) for name in ("day", "what", "reason", "n")})
    added = TALLY.c.n + row.excluded.n
    return row.on_conflict_do_update(index_elements=["day", "what", "reason"], set_={"n": added})


def day_of(at: datetime) -> int:
    """Whole UTC days since 1970."""
    return (at.astimezone(UTC) - EPOCH).days


@dataclass(frozen=True, slots=True)
class RuleChanges:
    """The rules as changed since a generation; `gone` are removed or paused ones.

    `packs` are those in force at `generation`; a rule that names one which changed is changed itself.
    """

    generation: int
    live: tuple[Rule, ...]
    gone: tuple[int, ...]
    packs: TermPacks = PACKS


class Work:
    """A unit of work: the only way to write releases, alerts and events. `now` is its one time."""

    def __init__(self, database: Database, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self._database = database
        self.now = now
        locked = connection.execute(
            update(COUNTER)
            .values(seq=COUNTER.c.seq)
            .returning(COUNTER.c.seq, COUNTER.c.rule_generation, COUNTER.c.forms_erased)
        ).one()
        self._seq_before: int = locked.seq
        self._seq: int = locked.seq
        self._to_index: list[Change] = []
        # By statement: rows that nothing in this transaction reads, written together at its end.
        self._rows: dict[Insert, list[dict[str, Any]]] = {}
        # By day: the last number given to a release of it.
        self._given: dict[int, int] = {}
        self._forms: set[Form] = set()
        self._forms_erased: int = locked.forms_erased
        self._answering: int | None = None
        self.rule_generation: int = locked.rule_generation

    def finish(self) -> None:
        """Write what waits, the full-text index and the counters; the last thing before the commit."""
        self.write_index()
        self.write_rows()
        if self._given:
            rows = [{"day": day, "n": n} for day, n in self._given.items()]
            self.connection.execute(_day_set(self.dialect), rows)
        self._forms = self._database.known_forms.new_ones(self._forms, self._forms_erased)
        write_forms(self.connection, self._forms)
        if self._seq != self._seq_before:
            self.connection.execute(update(COUNTER).values(seq=self._seq))

    def committed(self) -> None:
        """What this process may remember now that all of it is kept."""
        self._database.known_forms.committed(self._forms)

    def write_index(self) -> None:
        """Bring the full-text index to what `index` was told so far: before a release goes, its terms must."""
        # In id order; the sort is stable: of two changes to one release the later knows the earlier's terms as old.
        changes = sorted(self._to_index, key=lambda change: change.release_id)
        self._to_index.clear()
        self._database.backend.full_text.write(self.connection, changes)

    def write_rows(self) -> None:
        """Write the rows that wait: before they are read or changed."""
        for statement, rows in self._rows.items():
            self.connection.execute(statement, rows)
        self._rows.clear()

    def write_later(self, statement: Insert, row: dict[str, Any]) -> None:
        """Insert a row at the end, or by `write_rows`: many at once cost a fraction of as many statements."""
        self._rows.setdefault(statement, []).append(row)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done within, and only that, if it raises. A seq used within is not reused."""
        # A full or failing disk is the operator's to mend, not the release's fault.
        mark, rows = len(self._to_index), {statement: len(waiting) for statement, waiting in self._rows.items()}
        try:
            with self._database.plain_errors(), self.connection.begin_nested():
                yield
        except BaseException:
            del self._to_index[mark:]
            for statement, waiting in self._rows.items():
                del waiting[rows.get(statement, 0) :]
            raise

    @property
    def dialect(self) -> str:
        """The database's name, as `upsert` wants it."""
        return self.connection.dialect.name

    @property
    def next_seq(self) -> int:
        """The seq that the next event will have."""
        return self._seq + 1

    def event(self, type_: EventType, **data: Any) -> int:  # noqa: ANN401 - whatever JSON holds
        """Append an event; its data name rows by id. Returns its seq."""
        self._seq += 1
        self.write_later(_EVENT_INSERT, {"seq": self._seq, "at": self.now, "type": type_.value, "data": data})
        return self._seq

    def next_release_id(self, at: datetime) -> int:
        """The next id of the day of `at`; the day's counter is kept in the same transaction.

        Raises:
            StorageError: the day's ids are used up; the next would be the following day's.
        """
        day = day_of(at)
        if day not in self._given:
            self._given[day] = self.connection.execute(_GIVEN, {"day": day}).scalar() or 0
        if self._given[day] >= IDS_A_DAY_MAX:
            raise StorageError(f"{IDS_A_DAY_MAX:,} releases are stored of {at:%Y-%m-%d}, and no id is left for another")
        self._given[day] += 1
        return (day << ID_BITS) | self._given[day]

    def tally(self, what: str, reason: str, n: int = 1) -> None:
        """Count a named reason for today: nothing that is dropped, held or refused goes uncounted."""
        today = {"day": day_of(self.now), "what": what[:40], "reason": storable(reason[:80]), "n": n}
        self.connection.execute(_tally_bump(self.dialect), today)

    def index(self, release_id: int, terms: Mapping[str, str] | None, *, old: Mapping[str, str] | None = None) -> None:
        """Let a release be found by these terms from this commit on, no longer by the `old` ones; None: not at all."""
        self._to_index.append(Change(release_id, terms, old))

    def forms(self, pairs: Iterable[Form]) -> None:
        """Let prefixes of these words find their terms from this commit on."""
        self._forms.update(pairs)

    def forget_forms(self, pairs: Iterable[Form]) -> None:
        """Delete pairs that no release holds any more; every process that remembers them forgets what it knows."""
        forget_forms(self.connection, pairs)
        self._forms_erased += 1
        self.connection.execute(update(COUNTER).values(forms_erased=self._forms_erased))

    def analysed_by(self, version: int) -> None:
        """Let no terms in that the index does not answer by.

        Raises:
            StorageError: they are of another version of the analyzer than the archive's.
        """
        if self._answering is None:
            self._answering = int(self.connection.execute(select(ARCHIVE.c.analyzer_version)).scalar_one())
        if version != self._answering:
            raise StorageError(
                f"{self._database.place}: another version of wirewatch has taken the archive over (analyzer "
                f"{self._answering}; this process has {version}). Nothing was stored: stop this one, start the other."
            )

    def archive_uuid(self) -> str:
        return str(self.connection.execute(select(ARCHIVE.c.uuid)).scalar_one())

    def rules_since(self, generation: int) -> RuleChanges:
        """The rules changed after `generation`, as they are now."""
        if generation == self.rule_generation:
            return RuleChanges(generation, (), ())
        return rules_since(self.connection, generation, self.rule_generation)

    def ledger(self, story_id: int) -> dict[int, frozenset[str]]:
        """By rule, the occasions already told of this story: alerts whose release is now a member."""
        rows = self.connection.execute(
            select(ALERT.c.rule_id, ALERT.c.occasion)
            .join(RELEASE, RELEASE.c.id == ALERT.c.release_id)
            .where(RELEASE.c.story_id == story_id)
        )
        fired: dict[int, set[str]] = {}
        for row in rows:
            fired.setdefault(row.rule_id, set()).add(row.occasion)
        return {rule: frozenset(occasions) for rule, occasions in fired.items()}

    def alerts_seed(self, source_id: int) -> bool:
        """Whether the source was asked to alert on what it shows at its first poll."""
        return bool(self.connection.execute(select(SOURCE.c.alert_seed).where(SOURCE.c.id == source_id)).scalar())

    def wakes(self, release_id: int, source_id: int) -> bool:
        """Make a release live that another source showed at its seeding; False if it is none of those."""
        row = update(RELEASE).where(
            RELEASE.c.id == release_id, RELEASE.c.origin == Origin.SEED.value, RELEASE.c.source_id != source_id
        )
        return self.connection.execute(row.values(origin=Origin.LIVE.value)).rowcount > 0

    def story_identity(self, story_id: int) -> str:
        """The identity key of the release that opened the story; where that one is gone, of the first that is left."""
        known = select(RELEASE.c.identity).where(RELEASE.c.story_id == story_id, RELEASE.c.identity != "")
        identity = self.connection.execute(known.order_by(RELEASE.c.id != story_id, RELEASE.c.id).limit(1)).scalar()
        return str(identity or f"story:{story_id}")

    def hold(self, rule_id: int, release_id: int, reason: str) -> None:
        """Record that a match made no alert, and why. The first reason stands."""
        row = upsert(self.dialect, HELD).values(rule_id=rule_id, release_id=release_id, reason=reason, at=self.now)
        self.connection.execute(row.on_conflict_do_nothing())
        self.tally("held", reason)

    def settle(
        self,
        entry_id: int,
        state: EntryState,
        *,
        reason: str | None = None,
        release_id: int | None = None,
        retry_at: datetime | None = None,
        counts: bool = True,
    ) -> None:
        """End the lease of an entry, and of every other entry that waits for the same page.

        A page that was read for a seeding does not settle an entry that may alert. Waiting is after an attempt,
        unless it does not count.
        """
        values: dict[str, Any] = {
            "state": state.value,
            "reason": reason[:REASON_CHARS_MAX] if reason else None,
            "retry_at": retry_at,
            "lease_until": None,
            "lease_holder": None,
        }
        if release_id is not None:
            values["release_id"] = release_id
        if state is EntryState.WAITING and counts:
            values["attempts"] = ENTRY.c.attempts + 1
        entry = self.connection.execute(select(ENTRY.c.url_key, ENTRY.c.origin).where(ENTRY.c.id == entry_id)).first()
        same_page = ENTRY.c.id == entry_id
        if entry is not None and entry.url_key is not None:
            open_states = (EntryState.DUE.value, EntryState.WAITING.value, EntryState.FETCHING.value)
            served = [Origin.SEED.value] if entry.origin == Origin.SEED.value else [origin.value for origin in Origin]
            others = ENTRY.c.state.in_(open_states) & ENTRY.c.origin.in_(served)
            same_page = same_page | ((ENTRY.c.url_key == entry.url_key) & others)
        self.connection.execute(update(ENTRY).where(same_page).values(**values))
        if state in {EntryState.REJECTED, EntryState.GAVE_UP}:
            self.tally(state.value, (reason or "unnamed").split(":")[0])


def rules_since(connection: Connection, generation: int, upto: int) -> RuleChanges:
    """The rules whose generation is above `generation`, read within the caller's transaction."""
    rows = connection.execute(select(RULE).where(RULE.c.generation > generation)).all()
    live = tuple(rule_of(row) for row in rows if row.removed_at is None and not row.paused)
    gone = tuple(row.id for row in rows if row.removed_at is not None or row.paused)
    return RuleChanges(upto, live, gone, packs(connection))
