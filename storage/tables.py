"""What is stored. The migrations build exactly these tables; a test compares the two.

Times are aware UTC (`UtcTime`). Release ids are `(UTC day of order_at) << 24 | n`, so that
newest-first is id order; every other id only names its row.

Some columns wait for digests, near-duplicates and imports: cheap in the first migration, dear later.
"""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)
from sqlmodel import Field, SQLModel

from storage.columns import UtcTime, Utf8

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

METADATA = MetaData(naming_convention=NAMING)

# A 64-bit key everywhere; SQLite only makes a rowid of a column that is declared INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


# SQLite keeps a table with a text or compound key twice, once as its key; these it keeps once.
KEY_ONLY: dict[str, Any] = {"sqlite_with_rowid": False}


class Row(SQLModel):
    metadata = METADATA


def _id() -> Any:
    return Field(default=None, sa_column=Column(Id, primary_key=True))


def _ref(target: str, *, null: bool = False, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Id, ForeignKey(target), nullable=null, index=index))


def _text(*, null: bool = False, unique: bool = False, index: bool = False, default: str | None = None) -> Any:
    column: Column[str] = Column(Utf8, nullable=null, unique=unique, index=index, server_default=default)
    return Field(default=default, sa_column=column)


def _int(default: int = 0, *, null: bool = False) -> Any:
    return Field(default=default, sa_column=Column(BigInteger, nullable=null, server_default=str(default)))


def _at(*, null: bool = False, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(UtcTime, nullable=null, index=index))


def _json() -> Any:
    return Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class ArchiveInfo(Row, table=True):
    """One row. `uuid` goes into message ids, `analyzer_version` names the terms that answer."""

    __tablename__ = "archive_info"
    id: int = _id()
    uuid: str = _text()
    analyzer_version: int = _int(1)
    created_at: datetime = _at()


class IngestCounter(Row, table=True):
    """One row, updated first by every transaction that appends events or changes a rule."""

    __tablename__ = "ingest_counter"
    id: int = _id()
    seq: int = _int()
    rule_generation: int = _int()


class DayCounter(Row, table=True):
    """The last `n` given to a release of that UTC day (days since 1970); never goes back."""

    __tablename__ = "day_counter"
    day: int = _id()
    n: int = _int()


class SourceRow(Row, table=True):
    __tablename__ = "source"
    id: int = _id()
    name: str = _text(unique=True)
    wire: str = _text()
    kind: str = _text()
    url: str = _text()
    interval_s: float = Field(sa_column=Column(Float, nullable=False))
    alert_seed: int = _int()
    enabled: int = _int(1)
    trusted: int = _int()
    origin: str = _text(default="db")
    etag: str | None = _text(null=True)
    last_modified: str | None = _text(null=True)
    next_poll_at: datetime = _at(index=True)
    last_polled_at: datetime | None = _at(null=True)
    last_good_at: datetime | None = _at(null=True)
    failures: int = _int()
    last_outcome: str = _text(default="never polled")
    seeded: int = _int()
    guids_collide: int = _int()
    lease_until: datetime | None = _at(null=True)
    lease_holder: str | None = _text(null=True)


class EntryRow(Row, table=True):
    """`key` is the URL's identity, else the guid, else a hash of the whole row."""

    __tablename__ = "entry"
    __table_args__ = (
        Index("uq_entry_source_id_key", "source_id", "key", unique=True),
        Index("ix_entry_state_retry_at", "state", "retry_at"),
    )
    id: int = _id()
    source_id: int = _ref("source.id")
    key: str = _text()
    url: str | None = _text(null=True)
    url_key: str | None = _text(null=True, index=True)
    guid: str | None = _text(null=True)
    title: str = _text()
    summary: str = _text(default="")
    stamp: datetime | None = _at(null=True)
    listed: dict[str, Any] = _json()
    state: str = _text()
    reason: str | None = _text(null=True)
    origin: str = _text()
    attempts: int = _int()
    first_seen_at: datetime = _at()
    last_listed_at: datetime = _at(index=True)
    retry_at: datetime | None = _at(null=True)
    revisit_at: datetime | None = _at(null=True)
    revisits: int = _int()
    release_id: int | None = _ref("release.id", null=True, index=True)
    lease_until: datetime | None = _at(null=True)
    lease_holder: str | None = _text(null=True)


class ReleaseRow(Row, table=True):
    """`data` holds what no question is asked of. `off_day`: published on another day than its id's.

    `wire_key` is the wire as queries compare it. `verdict` and `why` say how it came to its story,
    `related_to` which one it retells without joining it.
    """

    __tablename__ = "release"
    __table_args__ = (Index("ix_release_off_day_published_at", "off_day", "published_at"),)
    id: int = _id()
    wire: str = _text()
    wire_key: str = _text(index=True)
    release_number: str | None = _text(null=True)
    url: str | None = _text(null=True)
    url_key: str | None = _text(null=True, index=True)
    guid: str | None = _text(null=True)
    headline: str = _text()
    subtitle: str = _text(default="")
    dateline: str = _text(default="")
    body: str = _text(default="")
    boilerplate: str = _text(default="")
    contact: str = _text(default="")
    issuer: str | None = _text(null=True)
    language: str = _text(default="und")
    kind: str = _text(default="release")
    completeness: str = _text(default="full")
    published_at: datetime | None = _at(null=True)
    time_precision: str = _text(default="second")
    data: dict[str, Any] = _json()
    origin: str = _text()
    revises: int | None = _ref("release.id", null=True, index=True)
    superseded_by: int | None = _ref("release.id", null=True)
    story_id: int = _ref("story.id", index=True)
    verdict: str = _text(default="new")
    why: str | None = _text(null=True)
    related_to: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    identity: str = _text()
    content: str = _text()
    analyzer_version: int = _int(1)
    source_id: int | None = _ref("source.id", null=True)
    imported_id: str | None = _text(null=True)
    order_at: datetime = _at()
    off_day: int = _int()
    first_seen_at: datetime = _at()
    stored_at: datetime = _at()
    matched_at: datetime = _at()
    matched_generation: int = _int()


class ReleaseTerms(Row, table=True):
    """The analysed terms by zone, space-joined, one a position; what the full-text index covers."""

    __tablename__ = "release_terms"
    id: int = Field(default=None, sa_column=Column(Id, ForeignKey("release.id"), primary_key=True))
    headline: str = _text(default="")
    subtitle: str = _text(default="")
    dateline: str = _text(default="")
    body: str = _text(default="")
    boilerplate: str = _text(default="")
    contact: str = _text(default="")


class RawPage(Row, table=True):
    """The page as fetched, compressed by `codec`; `sha256` is of the bytes before compression."""

    __tablename__ = "raw_page"
    id: int = _id()
    release_id: int = _ref("release.id", index=True)
    url: str | None = _text(null=True)
    content_type: str | None = _text(null=True)
    fetched_at: datetime = _at()
    sha256: str = _text()
    codec: str = _text(default="zlib")
    size: int = _int()
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
    """A key of a release that was pruned or erased: kept for good, so that it is not new again."""

    __tablename__ = "tombstone"
    __table_args__ = KEY_ONLY
    key: str = Field(sa_column=Column(Utf8, primary_key=True))
    release_id: int = Field(sa_column=Column(Id, nullable=False))
    at: datetime = _at()


class StoryRow(Row, table=True):
    """`id` is that of the release which opened it; `merged_into` answers for one that was joined."""

    __tablename__ = "story"
    id: int = _id()
    head_id: int = Field(sa_column=Column(Id, nullable=False))
    opened_at: datetime = _at()
    merged_into: int | None = Field(default=None, sa_column=Column(Id, nullable=True))


class RuleRow(Row, table=True):
    """A removed rule keeps its row: its alerts still name it."""

    __tablename__ = "rule"
    id: int = _id()
    uid: str = _text(unique=True)
    name: str = _text(index=True)
    query: str = _text()
    channels: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    paused: int = _int()
    origin: str = _text(default="db")
    generation: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, index=True))
    created_at: datetime = _at()
    changed_at: datetime = _at()
    removed_at: datetime | None = _at(null=True)


class ChannelRow(Row, table=True):
    """`settings` carries references to secrets (`env:NAME`, `file:PATH`), never a secret."""

    __tablename__ = "channel"
    name: str = Field(sa_column=Column(String(200), primary_key=True))
    kind: str = _text()
    settings: dict[str, Any] = _json()
    origin: str = _text(default="db")
    changed_at: datetime = _at()


class AlertRow(Row, table=True):
    """Unique by rule × story × occasion. The query, spans and stamps are those of the firing.

    `unmatched_at`: since when the text that completed a teaser no longer makes the rule true.
    """

    __tablename__ = "alert"
    __table_args__ = (Index("uq_alert_rule_id_story_id_occasion", "rule_id", "story_id", "occasion", unique=True),)
    id: int = _id()
    rule_id: int = _ref("rule.id")
    story_id: int = Field(sa_column=Column(Id, nullable=False, index=True))
    occasion: str = _text()
    release_id: int = _ref("release.id", index=True)
    rule_name: str = _text()
    rule_query: str = _text()
    matched: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    stamped_at: datetime | None = _at(null=True)
    seen_at: datetime = _at()
    stored_at: datetime = _at()
    matched_at: datetime = _at()
    made_at: datetime = _at(index=True)
    unmatched_at: datetime | None = _at(null=True)
    seq: int = _int()


class HeldRow(Row, table=True):
    """A match that made no alert, with the reason's name: final, and replayable by a search."""

    __tablename__ = "held"
    __table_args__ = KEY_ONLY
    rule_id: int = Field(sa_column=Column(Id, ForeignKey("rule.id"), primary_key=True))
    release_id: int = Field(sa_column=Column(Id, ForeignKey("release.id"), primary_key=True, index=True))
    reason: str = _text()
    at: datetime = _at()


class MessageRow(Row, table=True):
    """`bundle` names the open digest or bundle that further alerts join until it is due."""

    __tablename__ = "message"
    id: int = _id()
    kind: str = _text()
    bundle: str | None = _text(null=True, index=True)
    made_at: datetime = _at()


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
    id: int = _id()
    message_id: int = _ref("message.id")
    channel: str = _text()
    recipient: str = _text()
    key: str = _text(unique=True)
    thread: str = _text()
    state: str = _text()
    attempts: int = _int()
    repeats: int = _int()
    due_at: datetime = _at()
    settled_at: datetime | None = _at(null=True)
    reason: str | None = _text(null=True)
    remote_id: str | None = _text(null=True)
    lease_until: datetime | None = _at(null=True)
    lease_holder: str | None = _text(null=True)


class AttemptRow(Row, table=True):
    """One try; `outcome` is `lost` where the process died before it learnt the end."""

    __tablename__ = "attempt"
    id: int = _id()
    delivery_id: int = _ref("delivery.id", index=True)
    n: int = _int()
    begun_at: datetime = _at()
    ended_at: datetime | None = _at(null=True)
    outcome: str | None = _text(null=True)
    reason: str | None = _text(null=True)


class EventRow(Row, table=True):
    """What happened, in commit order; `seq` is never given twice."""

    __tablename__ = "event"
    seq: int = _id()
    at: datetime = _at(index=True)
    type: str = _text()
    data: dict[str, Any] = _json()


class GapRow(Row, table=True):
    __tablename__ = "gap"
    id: int = _id()
    source_id: int = _ref("source.id", index=True)
    opened_at: datetime = _at()
    closed_at: datetime = _at()
    state: str = _text(default="open")


class TallyRow(Row, table=True):
    """How often each named reason came up, by UTC day: rejects, holds, refusals, gaps."""

    __tablename__ = "tally"
    __table_args__ = KEY_ONLY
    day: int = Field(sa_column=Column(Id, primary_key=True, autoincrement=False))
    what: str = Field(sa_column=Column(String(40), primary_key=True))
    reason: str = Field(sa_column=Column(String(80), primary_key=True))
    n: int = _int()


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
DUP_KEY = _table(DupKey)
TOMBSTONE = _table(Tombstone)
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
