"""What stands watch and what it said: packs, rules, channels, alerts, messages, deliveries."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, String
from sqlmodel import Field

from storage.columns import Id, Utf8, instant, json_object, number, ref, row_id, text
from storage.metadata import KEY_ONLY, Row, table_of


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
    telling: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))
    silenced_until: datetime | None = instant(null=True)
    silence_reason: str | None = text(null=True)
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

    `unmatched_at`: since when the rule is no longer true of the text that it told of.
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
    """`bundle` names the open digest or bundle that further alerts join until it is due; NULL once it is closed.

    `notice` is what is told to the operator where `kind` is `notice`: such a message has no alerts. Of a digest or
    bundle it says why they are told together.
    """

    __tablename__ = "message"
    id: int = row_id()
    kind: str = text()
    bundle: str | None = text(null=True, index=True)
    made_at: datetime = instant()
    notice: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))


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


PACK = table_of(PackRow)
RULE = table_of(RuleRow)
CHANNEL = table_of(ChannelRow)
ALERT = table_of(AlertRow)
HELD = table_of(HeldRow)
MESSAGE = table_of(MessageRow)
MESSAGE_ALERT = table_of(MessageAlert)
DELIVERY = table_of(DeliveryRow)
ATTEMPT = table_of(AttemptRow)
