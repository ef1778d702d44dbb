"""One write transaction of the archive, from the ingest lock to the commit.

Everything that appends an event or changes a rule begins here: the first statement takes the ingest
lock by updating the one row of `ingest_counter`, so that two copies of a release which arrive
together see each other, and events stand in commit order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, bindparam, insert, select, update

from news.alert import Rule
from news.links import url_key
from news.query.packs import PACKS, TermPacks
from news.release import Completeness, Kind, Origin
from news.source import EntryState, EventType
from news.stemming import UNDETERMINED
from news.verdict import Candidate, Edition, Fingerprint
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
    DUP_KEY,
    ENTRY,
    EVENT,
    HELD,
    KEY,
    RELEASE,
    RULE,
    SOURCE,
    TALLY,
)
from storage.upsert import upsert

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

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
REASON_CHARS_MAX = 500


# A release id is its day and a number within it.
ID_BITS = 24
IDS_A_DAY_MAX = (1 << ID_BITS) - 1


# Built once: putting such a statement together costs more than running it.
_EVENT_INSERT = insert(EVENT)
_SHARING = (
    select(KEY.c.release_id)
    .where(KEY.c.key == bindparam("key"), KEY.c.release_id >= bindparam("low"), KEY.c.release_id < bindparam("high"))
    .order_by(KEY.c.release_id.desc())
    .limit(CANDIDATES_MAX)
)
_EVER = {"low": 0, "high": 1 << 62}


_ANCHORED = (
    select(DUP_KEY.c.release_id)
    .where(
        DUP_KEY.c.key == bindparam("key"),
        DUP_KEY.c.release_id >= bindparam("low"),
        DUP_KEY.c.release_id < bindparam("high"),
    )
    .limit(COMMON_MIN)
)


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

    def candidates(
        self, known_by: Fingerprint, around: datetime, *, language: str = UNDETERMINED
    ) -> tuple[Candidate, ...]:
        """The stored releases that share a key: by text only near `around`, by the others ever; or anchors or marks.

        Of each key the newest `CANDIDATES_MAX`, so that a text which an issuer sends every day does
        not crowd out the page's own number. Of those that share anchors within `COPY_WINDOW`, the
        `ANCHORED_MAX` that share most; as many that replace this one or are replaced by it, by the headline
        that is named; and as many in another language that share marks within `VERSION_WINDOW`.
        """
        window = {"low": day_of(around - WINDOW) << 24, "high": (day_of(around + WINDOW) + 1) << 24}
        shared: dict[int, set[str]] = {}
        for key in known_by.keys:
            ids = self.connection.execute(_SHARING, {"key": key, **(window if key.startswith("text:") else _EVER)})
            for release_id in ids.scalars():
                shared.setdefault(release_id, set()).add(key)
        anchored = self._anchored(known_by.anchors, around, COPY_WINDOW)
        anchored |= self._anchored(known_by.replacing, around, COPY_WINDOW)
        marked = set() if language == UNDETERMINED else self._marked(known_by, around)
        asked = shared.keys() | anchored | marked
        if not asked:
            return ()
        rows = self.connection.execute(select(RELEASE).where(RELEASE.c.id.in_(asked)).order_by(RELEASE.c.id))
        found = [(row, _that_count(shared.get(row.id, set()), row.order_at, around)) for row in rows]
        return tuple(
            _candidate(row, held)
            for row, held in found
            if held or row.id in anchored or (row.id in marked and row.language not in {language, UNDETERMINED})
        )

    def _marked(self, known_by: Fingerprint, around: datetime) -> set[int]:
        """Releases that share what a translation would hold, or that one of the two links to as to a version of it."""
        found = self._anchored(known_by.marks + known_by.own_marks, around, VERSION_WINDOW)
        for address in known_by.versions:
            found.update(self.connection.execute(_SHARING, {"key": f"url:{address}", **_EVER}).scalars())
        return found

    def _anchored(self, anchors: Sequence[int], around: datetime, within: timedelta) -> set[int]:
        """Releases that share anchors, those that share most; what all of a wire's releases say does not count."""
        low, high = day_of(around - within) << ID_BITS, (day_of(around + within) + 1) << ID_BITS
        shared: Counter[int] = Counter()
        for key in anchors:
            ids = self.connection.execute(_ANCHORED, {"key": key, "low": low, "high": high}).scalars().all()
            if len(ids) < COMMON_MIN:
                shared.update(ids)
        return most_shared(shared)

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
        edition=Edition(
            language=row.language,
            address=row.url_key,
            versions=tuple(map(url_key, row.data.get("translations", ()))),
            issuer=row.issuer,
            codes=frozenset((*row.data.get("tickers", ()), *row.data.get("isins", ()))),
            links=tuple(row.data.get("links", ())),
        ),
    )
