"""What is stored. The migrations build exactly these tables; a test compares the two.

Times are aware UTC (`UtcTime`). Release ids are `(UTC day of order_at) << 24 | n`, so that
newest-first is id order; every other id only names its row.

What stands watch has its tables in `storage.alert_tables`, what is polled in `storage.source_tables`;
all are named here.

Some columns wait for digests, near-duplicates and imports: cheap in the first migration, dear later.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String
from sqlmodel import Field

from storage.alert_tables import ALERT, ATTEMPT, CHANNEL, DELIVERY, HELD, MESSAGE, MESSAGE_ALERT, PACK, RULE
from storage.columns import Id, Utf8, instant, json_object, number, ref, row_id, text
from storage.metadata import KEY_ONLY, METADATA, Row, index_of_held, table_of
from storage.source_tables import ENTRY, GAP, INCIDENT, RHYTHM, SOURCE, SUBSCRIPTION

__all__ = [
    "ABSENCE",
    "ALERT",
    "ARCHIVE",
    "ATTEMPT",
    "CHANNEL",
    "CHECKPOINT",
    "COUNTER",
    "DAY",
    "DELIVERY",
    "DUP_KEY",
    "ENTRY",
    "EVENT",
    "GAP",
    "HELD",
    "INCIDENT",
    "KEY",
    "MESSAGE",
    "MESSAGE_ALERT",
    "METADATA",
    "PACK",
    "RAW",
    "RELEASE",
    "RHYTHM",
    "RULE",
    "SOURCE",
    "STORY",
    "STORY_APART",
    "SUBSCRIPTION",
    "TALLY",
    "TERMS",
    "TOMBSTONE",
    "WORD_FORM",
]


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


class ReleaseRow(Row, table=True):
    """`data` holds what no question is asked of. `off_day`: published on another day than its id's.

    `verdict` and `why` say how it came to its story, `related_to` which one it retells without joining
    it. The long columns stand last: SQLite reads a row up to the column that it is asked for.
    """

    __tablename__ = "release"
    __table_args__ = (
        Index("ix_release_off_day_published_at", "off_day", "published_at"),
        index_of_held("ix_release_superseded_by", "superseded_by"),
        index_of_held("ix_release_related_to", "related_to"),
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
    """A word as it was written, folded, and the term it is indexed under.

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


class AbsenceRow(Row, table=True):
    """A stretch in which nobody watched; `alerts` counts what was told together for it."""

    __tablename__ = "absence"
    id: int = row_id()
    gone_at: datetime = instant()
    back_at: datetime = instant()
    cause: str = text()
    alerts: int = number()


class StoryRow(Row, table=True):
    """`id` is that of the release which opened it; `merged_into` answers for one that was joined."""

    __tablename__ = "story"
    __table_args__ = (index_of_held("ix_story_merged_into", "merged_into"),)
    id: int = row_id()
    head_id: int = Field(sa_column=Column(Id, nullable=False))
    opened_at: datetime = instant()
    merged_into: int | None = Field(default=None, sa_column=Column(Id, nullable=True))


class StoryApartRow(Row, table=True):
    """Two stories that somebody set apart by hand, the lower id first: no release that resembles both joins them."""

    __tablename__ = "story_apart"
    __table_args__ = KEY_ONLY
    low_id: int = Field(sa_column=Column(Id, primary_key=True, autoincrement=False))
    high_id: int = Field(sa_column=Column(Id, primary_key=True, autoincrement=False, index=True))
    at: datetime = instant()


class EventRow(Row, table=True):
    """What happened, in commit order; `seq` is never given twice."""

    __tablename__ = "event"
    seq: int = row_id()
    at: datetime = instant(index=True)
    type: str = text()
    data: dict[str, Any] = json_object()


class TallyRow(Row, table=True):
    """How often each named reason came up, by UTC day: rejects, holds, refusals, gaps."""

    __tablename__ = "tally"
    __table_args__ = KEY_ONLY
    day: int = Field(sa_column=Column(Id, primary_key=True, autoincrement=False))
    what: str = Field(sa_column=Column(String(40), primary_key=True))
    reason: str = Field(sa_column=Column(String(80), primary_key=True))
    n: int = number()


class FillRow(Row, table=True):
    """Of the releases of a source that are filed under a UTC day, how many have a field; of the empty field, all."""

    __tablename__ = "fill"
    __table_args__ = KEY_ONLY
    day: int = Field(sa_column=Column(Id, primary_key=True, autoincrement=False))
    source_id: int = Field(sa_column=Column(Id, primary_key=True, autoincrement=False))
    field: str = Field(sa_column=Column(String(40), primary_key=True))
    n: int = number()


ABSENCE = table_of(AbsenceRow)
ARCHIVE = table_of(ArchiveInfo)
COUNTER = table_of(IngestCounter)
DAY = table_of(DayCounter)
RELEASE = table_of(ReleaseRow)
TERMS = table_of(ReleaseTerms)
RAW = table_of(RawPage)
KEY = table_of(IdentityKey)
DUP_KEY = table_of(DupKey)
TOMBSTONE = table_of(Tombstone)
WORD_FORM = table_of(WordForm)
CHECKPOINT = table_of(Checkpoint)
STORY = table_of(StoryRow)
STORY_APART = table_of(StoryApartRow)
EVENT = table_of(EventRow)
TALLY = table_of(TallyRow)
FILL = table_of(FillRow)
