"""What is polled and what was seen of it: sources, their rhythm, entries, gaps, incidents, subscriptions."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Float, ForeignKey, Index
from sqlmodel import Field

from storage.columns import Id, instant, json_object, number, ref, row_id, text
from storage.metadata import Row, index_of_held, table_of


class SourceRow(Row, table=True):
    """`interval_s` is kept to where `fixed`, else only asked for until the source's rhythm is known.

    `weight`: how much sooner than others it wants to be seen. `objective_s`: how late 95 of 100 releases may be
    seen, None as the settings say. `pace` is what the last polls left to the next (`ingest.cadence`), `health`
    what is remembered of them to tell whether it is well (`ingest.health`). `moved_to` is where it said for good that
    it went, `moved_polls` times in a row. `ways` are the user's own other addresses. Without `dedupe` its releases
    join no others' stories, and no others theirs.
    """

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
    fixed: int = number()
    weight: float = Field(default=1.0, sa_column=Column(Float, nullable=False, server_default="1"))
    objective_s: float | None = Field(default=None, sa_column=Column(Float, nullable=True))
    pace: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    health: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    moved_to: str | None = text(null=True)
    moved_polls: int = number()
    ways: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    dedupe: int = number(1)


class RhythmRow(Row, table=True):
    """When a source publishes, as learned from its past; `data` is as `ingest.rhythm` writes it."""

    __tablename__ = "rhythm"
    source_id: int = Field(sa_column=Column(Id, ForeignKey("source.id"), primary_key=True, autoincrement=False))
    fitted_at: datetime = instant()
    data: dict[str, Any] = json_object()


class EntryRow(Row, table=True):
    """`key` is the URL's identity, else the guid, else a hash of the whole row.

    `alert`: it was asked for with the wish to be told, whatever its origin. `revisit_at` makes a stored entry due
    again. `visited_at` is when its page was asked for last, and `page_etag` and `page_last_modified` are that page's
    validators, byte-exact. `missing_since` is when it was first not found there.
    """

    __tablename__ = "entry"
    __table_args__ = (
        Index("uq_entry_source_id_key", "source_id", "key", unique=True),
        Index("ix_entry_state_retry_at", "state", "retry_at"),
        index_of_held("ix_entry_revisit_at", "revisit_at"),
        index_of_held("ix_entry_missing_since", "missing_since"),
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
    visited_at: datetime | None = instant(null=True)
    page_etag: str | None = text(null=True)
    page_last_modified: str | None = text(null=True)
    alert: int = number()
    missing_since: datetime | None = instant(null=True)


class GapRow(Row, table=True):
    """From `opened_at` (the last poll that was read) to `closed_at` (the one that knew nothing of what it was shown).

    `state` is `open` or `closed`; `outcome` says how the overlap was proved or why it was not, `found` how many
    releases it brought, `ended_at` when. While open it is tried again at `retry_at`, after `attempts`.
    """

    __tablename__ = "gap"
    __table_args__ = (Index("ix_gap_state_retry_at", "state", "retry_at"),)
    id: int = row_id()
    source_id: int = ref("source.id", index=True)
    opened_at: datetime = instant()
    closed_at: datetime = instant()
    state: str = text(default="open")
    cause: str = text(default="no overlap")
    outcome: str | None = text(null=True)
    found: int = number()
    attempts: int = number()
    retry_at: datetime | None = instant(null=True)
    ended_at: datetime | None = instant(null=True)


class IncidentRow(Row, table=True):
    """Something wrong with a source, from `opened_at` until `ended_at`, told once as it begins and once as it ends.

    At most one of a `kind` is open for a source. `detail` is for people, `data` for programs.
    """

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_source_id_kind", "source_id", "kind"),)
    id: int = row_id()
    source_id: int = ref("source.id")
    kind: str = text()
    opened_at: datetime = instant(index=True)
    ended_at: datetime | None = instant(null=True)
    detail: str = text(default="")
    data: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    told_at: datetime | None = instant(null=True)
    end_told_at: datetime | None = instant(null=True)


class SubscriptionRow(Row, table=True):
    """A WebSub subscription of a source at the hub that its feed declared.

    `token` is in the address that the hub calls, `secret` signs what it sends. `state` is `wanted`, `asked`, `active`,
    `denied` or `ended`; `asked_at` is when the hub was asked last, `lease_until` when it forgets us.
    """

    __tablename__ = "subscription"
    source_id: int = Field(sa_column=Column(Id, ForeignKey("source.id"), primary_key=True, autoincrement=False))
    hub: str = text()
    topic: str = text()
    token: str = text(unique=True)
    secret: str = text()
    state: str = text()
    asked_at: datetime = instant()
    lease_until: datetime | None = instant(null=True)
    pushed_at: datetime | None = instant(null=True)
    failures: int = number()
    reason: str | None = text(null=True)


SOURCE = table_of(SourceRow)
RHYTHM = table_of(RhythmRow)
ENTRY = table_of(EntryRow)
GAP = table_of(GapRow)
INCIDENT = table_of(IncidentRow)
SUBSCRIPTION = table_of(SubscriptionRow)
