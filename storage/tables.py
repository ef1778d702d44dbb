"""What is stored. The migrations build exactly these tables; a test compares the two.

Times are aware UTC (`UtcTime`). Release ids are `(UTC day of order_at) << 24 | n`, so that
newest-first is id order; every other id only names its row.

Some columns wait for digests, near-duplicates and imports: cheap in the first migration, dear later.
"""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    Column,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
)
from sqlalchemy import text as sql_text
from sqlmodel import Field, SQLModel

from storage.columns import Id, Utf8, instant, json_object, number, ref, row_id, text

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

METADATA = MetaData(naming_convention=NAMING)


def _held(name: str, column: str) -> Index:
    """An index of the rows that hold a value in a column which is almost always empty."""
    return Index(
        name, column, sqlite_where=sql_text(f"{column} IS NOT NULL"), postgresql_where=sql_text(f"{column} IS NOT NULL")
    )


# SQLite keeps a table with a text or compound key twice, once as its key; these it keeps once.
KEY_ONLY: dict[str, Any] = {"sqlite_with_rowid": False}


class Row(SQLModel):
    metadata = METADATA


class ArchiveInfo(Row, table=True):
    """One row. `uuid` goes into message ids, `analyzer_version` names the terms that answer.

    Releases with an id below `stale_below` may hold terms of an older analyzer (`storage.reindex`).
    """

    __tablename__ = "archive_info"
    id: int = row_id()
    uuid: str = text()
    analyzer_version: int = number(1)
    created_at: datetime = instant()
    stale_below: int = Field(default=0, sa_column=Column(Id, nullable=False, server_default="0"))


class IngestCounter(Row, table=True):
    """One row, updated first by every transaction that appends events or changes a rule.

    `forms_erased` goes up whenever word forms are deleted: who remembers which are stored forgets them.
    """

    __tablename__ = "ingest_counter"
    id: int = row_id()
    seq: int = number()
    rule_generation: int = number()
    forms_erased: int = number()


class DayCounter(Row, table=True):
    """The last `n` given to a release of that UTC day (days since 1970); never goes back."""

    __tablename__ = "day_counter"
    day: int = row_id()
    n: int = number()


class SourceRow(Row, table=True):
    __tablename__ = "source"
    id: int = row_id()
    name: str = text(unique=True)
    wire: str = text()
    kind: str = text()
    url: str = text()
    interval_s: float = Field(sa_column=Column(Float, nullable=False))
    alert_seed: int = number()
    enabled: int = number(1)
    trusted: int = number()
    origin: str = text(default="db")
    etag: str | None = text(null=True)
    last_modified: str | None = text(null=True)
    next_poll_at: datetime = instant(index=True)
    last_polled_at: datetime | None = instant(null=True)
    last_good_at: datetime | None = instant(null=True)
    failures: int = number()
    last_outcome: str = text(default="never polled")
    seeded: int = number()
    guids_collide: int = number()
    lease_until: datetime | None = instant(null=True)
    lease_holder: str | None = text(null=True)


class EntryRow(Row, table=True):
    """`key` is the URL's identity, else the guid, else a hash of the whole row."""

    __tablename__ = "entry"
    __table_args__ = (
        Index("uq_entry_source_id_key", "source_id", "key", unique=True),
        Index("ix_entry_state_retry_at", "state", "retry_at"),
    )
    id: int = row_id()
    source_id: int = ref("source.id")
    key: str = text()
    url: str | None = text(null=True)
    url_key: str | None = text(null=True, index=True)
    guid: str | None = text(null=True)
    title: str = text()
    summary: str = text(default="")
    stamp: datetime | None = instant(null=True)
    listed: dict[str, Any] = json_object()
    state: str = text()
    reason: str | None = text(null=True)
    origin: str = text()
    attempts: int = number()
    first_seen_at: datetime = instant()
    last_listed_at: datetime = instant(index=True)
    retry_at: datetime | None = instant(null=True)
    revisit_at: datetime | None = instant(null=True)
    revisits: int = number()
    release_id: int | None = ref("release.id", null=True, index=True)
    lease_until: datetime | None = instant(null=True)
    lease_holder: str | None = text(null=True)


class ReleaseRow(Row, table=True):
    """`data` holds what no question is asked of. `off_day`: published on another day than its id's.

    `verdict` and `why` say how it came to its story, `related_to` which one it retells without joining
    it. The long columns stand last: SQLite reads a row up to the column that it is asked for.
    """

    __tablename__ = "release"
    __table_args__ = (
        Index("ix_release_off_day_published_at", "off_day", "published_at"),
        _held("ix_release_superseded_by", "superseded_by"),
        _held("ix_release_related_to", "related_to"),
    )
    id: int = row_id()
    wire: str = text()
    release_number: str | None = text(null=True)
    url: str | None = text(null=True)
    url_key: str | None = text(null=True, index=True)
    guid: str | None = text(null=True)
    issuer: str | None = text(null=True)
    language: str = text(default="und")
    kind: str = text(default="release")
    completeness: str = text(default="full")
    published_at: datetime | None = instant(null=True)
    time_precision: str = text(default="second")
    origin: str = text()
    revises: int | None = ref("release.id", null=True, index=True)
    superseded_by: int | None = ref("release.id", null=True)
    story_id: int = ref("story.id", index=True)
    verdict: str = text(default="new")
    why: str | None = text(null=True)
    related_to: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    identity: str = text()
    content: str = text()
    analyzer_version: int = number(1)
    source_id: int | None = ref("source.id", null=True)
    imported_id: str | None = text(null=True)
    order_at: datetime = instant()
    off_day: int = number()
    first_seen_at: datetime = instant()
    stored_at: datetime = instant()
    matched_at: datetime = instant()
    matched_generation: int = number()
    headline: str = text()
    subtitle: str = text(default="")
    dateline: str = text(default="")
    body: str = text(default="")
    boilerplate: str = text(default="")
    contact: str = text(default="")
    data: dict[str, Any] = json_object()


class ReleaseTerms(Row, table=True):
    """The analysed terms by zone, space-joined, one a position, and what is known besides them as words
    (`storage.fields`): what the full-text index covers.
    """

    __tablename__ = "release_terms"
    id: int = Field(default=None, sa_column=Column(Id, ForeignKey("release.id"), primary_key=True))
    headline: str = text(default="")
    subtitle: str = text(default="")
    dateline: str = text(default="")
    body: str = text(default="")
    boilerplate: str = text(default="")
    contact: str = text(default="")
    fields: str = text(default="")


class RawPage(Row, table=True):
    """The page as fetched, compressed by `codec`; `sha256` is of the bytes before compression."""

    __tablename__ = "raw_page"
    id: int = row_id()
    release_id: int = ref("release.id", index=True)
    url: str | None = text(null=True)
    content_type: str | None = text(null=True)
    fetched_at: datetime = instant()
    sha256: str = text()
    codec: str = text(default="zlib")
    size: int = number()
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class IdentityKey(Row, table=True):
    """What a release is known by; the same key may stand for a release and its revisions."""

    __tablename__ = "identity_key"
    __table_args__ = KEY_ONLY
    key: str = Field(sa_column=Column(Utf8, primary_key=True))
    release_id: int = Field(sa_column=Column(Id, ForeignKey("release.id"), primary_key=True, index=True))


class DupKey(Row, table=True):
    """Hashes of the sentences by which copies on other wires are looked for."""

    __tablename__ = "dup_key"
    __table_args__ = KEY_ONLY
    key: int = Field(sa_column=Column(Id, primary_key=True, autoincrement=False))
    release_id: int = Field(sa_column=Column(Id, ForeignKey("release.id"), primary_key=True, index=True))


class Tombstone(Row, table=True):
    """A key of a release that was pruned or erased: kept for good, so that it is not new again.

    `reason` is `pruned` or `erased`.
    """

    __tablename__ = "tombstone"
    __table_args__ = KEY_ONLY
    key: str = Field(sa_column=Column(Utf8, primary_key=True))
    release_id: int = Field(sa_column=Column(Id, nullable=False))
    at: datetime = instant()
    reason: str = text(default="pruned")


class WordForm(Row, table=True):
    """A word as it was written, folded, and the term it is indexed under, where the two differ.

    By it a prefix of what was written becomes terms: `skie*` asks for `sky`.
    """

    __tablename__ = "word_form"
    __table_args__ = KEY_ONLY
    form: str = Field(sa_column=Column(Utf8, primary_key=True))
    term: str = Field(sa_column=Column(Utf8, primary_key=True))


class Checkpoint(Row, table=True):
    """How far a piece of long work has come, by its name: it goes on from there after a crash."""

    __tablename__ = "checkpoint"
    __table_args__ = KEY_ONLY
    name: str = Field(sa_column=Column(Utf8, primary_key=True))
    data: dict[str, Any] = json_object()
    at: datetime = instant()


class StoryRow(Row, table=True):
    """`id` is that of the release which opened it; `merged_into` answers for one that was joined."""

    __tablename__ = "story"
    __table_args__ = (_held("ix_story_merged_into", "merged_into"),)
    id: int = row_id()
    head_id: int = Field(sa_column=Column(Id, nullable=False))
    opened_at: datetime = instant()
    merged_into: int | None = Field(default=None, sa_column=Column(Id, nullable=True))


class PackRow(Row, table=True):
    """A user's term pack, by its name without the `@`; `terms` are words and phrases."""

    __tablename__ = "pack"
    __table_args__ = KEY_ONLY
    name: str = Field(sa_column=Column(Utf8, primary_key=True))
    terms: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    origin: str = text(default="config")
    changed_at: datetime = instant()


class RuleRow(Row, table=True):
    """A removed rule keeps its row: its alerts still name it."""

    __tablename__ = "rule"
    id: int = row_id()
    uid: str = text(unique=True)
    name: str = text(index=True)
    query: str = text()
    channels: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    paused: int = number()
    origin: str = text(default="db")
    generation: int = number(index=True)
    created_at: datetime = instant()
    changed_at: datetime = instant()
    removed_at: datetime | None = instant(null=True)


class ChannelRow(Row, table=True):
    """`settings` carries references to secrets (`env:NAME`, `file:PATH`), never a secret."""

    __tablename__ = "channel"
    name: str = Field(sa_column=Column(String(200), primary_key=True))
    kind: str = text()
    settings: dict[str, Any] = json_object()
    origin: str = text(default="db")
    changed_at: datetime = instant()


class AlertRow(Row, table=True):
    """Unique by rule × story × occasion. The query, spans and stamps are those of the firing.

    `unmatched_at`: since when the text that completed a teaser no longer makes the rule true.
    """

    __tablename__ = "alert"
    __table_args__ = (Index("uq_alert_rule_id_story_id_occasion", "rule_id", "story_id", "occasion", unique=True),)
    id: int = row_id()
    rule_id: int = ref("rule.id")
    story_id: int = Field(sa_column=Column(Id, nullable=False, index=True))
    occasion: str = text()
    release_id: int = ref("release.id", index=True)
    rule_name: str = text()
    rule_query: str = text()
    matched: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    stamped_at: datetime | None = instant(null=True)
    seen_at: datetime = instant()
    stored_at: datetime = instant()
    matched_at: datetime = instant()
    made_at: datetime = instant(index=True)
    unmatched_at: datetime | None = instant(null=True)
    seq: int = number()


class HeldRow(Row, table=True):
    """A match that made no alert, with the reason's name: final, and replayable by a search."""

    __tablename__ = "held"
    __table_args__ = KEY_ONLY
    rule_id: int = Field(sa_column=Column(Id, ForeignKey("rule.id"), primary_key=True))
    release_id: int = Field(sa_column=Column(Id, ForeignKey("release.id"), primary_key=True, index=True))
    reason: str = text()
    at: datetime = instant()


class MessageRow(Row, table=True):
    """`bundle` names the open digest or bundle that further alerts join until it is due."""

    __tablename__ = "message"
    id: int = row_id()
    kind: str = text()
    bundle: str | None = text(null=True, index=True)
    made_at: datetime = instant()


class MessageAlert(Row, table=True):
    __tablename__ = "message_alert"
    __table_args__ = KEY_ONLY
    message_id: int = Field(sa_column=Column(Id, ForeignKey("message.id"), primary_key=True))
    alert_id: int = Field(sa_column=Column(Id, ForeignKey("alert.id"), primary_key=True, index=True))


class DeliveryRow(Row, table=True):
    """One message to one recipient of one channel; `repeats` counts attempts whose end nobody saw."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("uq_delivery_message_id_channel_recipient", "message_id", "channel", "recipient", unique=True),
        Index("ix_delivery_state_due_at", "state", "due_at"),
    )
    id: int = row_id()
    message_id: int = ref("message.id")
    channel: str = text()
    recipient: str = text()
    key: str = text(unique=True)
    thread: str = text()
    state: str = text()
    attempts: int = number()
    repeats: int = number()
    due_at: datetime = instant()
    settled_at: datetime | None = instant(null=True)
    reason: str | None = text(null=True)
    remote_id: str | None = text(null=True)
    lease_until: datetime | None = instant(null=True)
    lease_holder: str | None = text(null=True)


class AttemptRow(Row, table=True):
    """One try; `outcome` is `lost` where the process died before it learnt the end."""

    __tablename__ = "attempt"
    id: int = row_id()
    delivery_id: int = ref("delivery.id", index=True)
    n: int = number()
    begun_at: datetime = instant()
    ended_at: datetime | None = instant(null=True)
    outcome: str | None = text(null=True)
    reason: str | None = text(null=True)


class EventRow(Row, table=True):
    """What happened, in commit order; `seq` is never given twice."""

    __tablename__ = "event"
    seq: int = row_id()
    at: datetime = instant(index=True)
    type: str = text()
    data: dict[str, Any] = json_object()


class GapRow(Row, table=True):
    __tablename__ = "gap"
    id: int = row_id()
    source_id: int = ref("source.id", index=True)
    opened_at: datetime = instant()
    closed_at: datetime = instant()
    state: str = text(default="open")


class TallyRow(Row, table=True):
    """How often each named reason came up, by UTC day: rejects, holds, refusals, gaps."""

    __tablename__ = "tally"
    __table_args__ = KEY_ONLY
    day: int = Field(sa_column=Column(Id, primary_key=True, autoincrement=False))
    what: str = Field(sa_column=Column(String(40), primary_key=True))
    reason: str = Field(sa_column=Column(String(80), primary_key=True))
    n: int = number()


def _table(row: type[Row]) -> Table:
    return cast("Table", row.__table__)  # type: ignore[attr-defined]


# The same tables as statements name them: SQLAlchemy Core, typed, without an object per row.
ARCHIVE = _table(ArchiveInfo)
COUNTER = _table(IngestCounter)
DAY = _table(DayCounter)
SOURCE = _table(SourceRow)
ENTRY = _table(EntryRow)
RELEASE = _table(ReleaseRow)
TERMS = _table(ReleaseTerms)
RAW = _table(RawPage)
KEY = _table(IdentityKey)
PACK = _table(PackRow)
DUP_KEY = _table(DupKey)
TOMBSTONE = _table(Tombstone)
WORD_FORM = _table(WordForm)
CHECKPOINT = _table(Checkpoint)
STORY = _table(StoryRow)
RULE = _table(RuleRow)
CHANNEL = _table(ChannelRow)
ALERT = _table(AlertRow)
HELD = _table(HeldRow)
MESSAGE = _table(MessageRow)
MESSAGE_ALERT = _table(MessageAlert)
DELIVERY = _table(DeliveryRow)
ATTEMPT = _table(AttemptRow)
EVENT = _table(EventRow)
GAP = _table(GapRow)
TALLY = _table(TallyRow)
