"""The first archive: sources and entries, releases and stories, rules, alerts and the outbox."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INDEXED = ("headline", "subtitle", "dateline", "body", "boilerplate", "contact", "fields")


def Id() -> sa.types.TypeEngine[int]:  # noqa: N802 - stands where a type does
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def At() -> sa.types.TypeEngine[datetime]:  # noqa: N802 - stands where a type does
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    _sources()
    _releases()
    _rules_and_alerts()
    _ledgers()
    _full_text()
    _first_rows()


def _sources() -> None:
    op.create_table(
        "source",
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("wire", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("interval_s", sa.Float(), nullable=False),
        sa.Column("alert_seed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("enabled", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("trusted", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("origin", sa.Text(), server_default="db", nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("next_poll_at", At(), nullable=False),
        sa.Column("last_polled_at", At(), nullable=True),
        sa.Column("last_good_at", At(), nullable=True),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_outcome", sa.Text(), server_default="never polled", nullable=False),
        sa.Column("seeded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("guids_collide", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lease_until", At(), nullable=True),
        sa.Column("lease_holder", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("name", name=op.f("uq_source_name")),
    )
    op.create_index(op.f("ix_source_next_poll_at"), "source", ["next_poll_at"], unique=False)


def _releases() -> None:
    op.create_table(
        "story",
        sa.Column("id", Id(), nullable=False),
        sa.Column("head_id", Id(), nullable=False),
        sa.Column("opened_at", At(), nullable=False),
        sa.Column("merged_into", Id(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story")),
    )
    op.create_table(
        "release",
        sa.Column("id", Id(), nullable=False),
        sa.Column("wire", sa.Text(), nullable=False),
        sa.Column("release_number", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("url_key", sa.Text(), nullable=True),
        sa.Column("guid", sa.Text(), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), server_default="und", nullable=False),
        sa.Column("kind", sa.Text(), server_default="release", nullable=False),
        sa.Column("completeness", sa.Text(), server_default="full", nullable=False),
        sa.Column("published_at", At(), nullable=True),
        sa.Column("time_precision", sa.Text(), server_default="second", nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("revises", Id(), nullable=True),
        sa.Column("superseded_by", Id(), nullable=True),
        sa.Column("story_id", Id(), nullable=False),
        sa.Column("verdict", sa.Text(), server_default="new", nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("related_to", Id(), nullable=True),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("analyzer_version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("source_id", Id(), nullable=True),
        sa.Column("imported_id", sa.Text(), nullable=True),
        sa.Column("order_at", At(), nullable=False),
        sa.Column("off_day", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("first_seen_at", At(), nullable=False),
        sa.Column("stored_at", At(), nullable=False),
        sa.Column("matched_at", At(), nullable=False),
        sa.Column("matched_generation", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("subtitle", sa.Text(), server_default="", nullable=False),
        sa.Column("dateline", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("boilerplate", sa.Text(), server_default="", nullable=False),
        sa.Column("contact", sa.Text(), server_default="", nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["revises"], ["release.id"], name=op.f("fk_release_revises")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_release_source_id")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_release_story_id")),
        sa.ForeignKeyConstraint(["superseded_by"], ["release.id"], name=op.f("fk_release_superseded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
    )
    op.create_index("ix_release_off_day_published_at", "release", ["off_day", "published_at"], unique=False)
    op.create_index(op.f("ix_release_revises"), "release", ["revises"], unique=False)
    op.create_index(op.f("ix_release_story_id"), "release", ["story_id"], unique=False)
    op.create_index(op.f("ix_release_url_key"), "release", ["url_key"], unique=False)
    op.create_table(
        "entry",
        sa.Column("id", Id(), nullable=False),
        sa.Column("source_id", Id(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("url_key", sa.Text(), nullable=True),
        sa.Column("guid", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("stamp", At(), nullable=True),
        sa.Column("listed", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("first_seen_at", At(), nullable=False),
        sa.Column("last_listed_at", At(), nullable=False),
        sa.Column("retry_at", At(), nullable=True),
        sa.Column("revisit_at", At(), nullable=True),
        sa.Column("revisits", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("release_id", Id(), nullable=True),
        sa.Column("lease_until", At(), nullable=True),
        sa.Column("lease_holder", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_entry_release_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_entry_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
    )
    op.create_index(op.f("ix_entry_last_listed_at"), "entry", ["last_listed_at"], unique=False)
    op.create_index(op.f("ix_entry_release_id"), "entry", ["release_id"], unique=False)
    op.create_index("ix_entry_state_retry_at", "entry", ["state", "retry_at"], unique=False)
    op.create_index(op.f("ix_entry_url_key"), "entry", ["url_key"], unique=False)
    op.create_index("uq_entry_source_id_key", "entry", ["source_id", "key"], unique=True)
    op.create_table(
        "release_terms",
        sa.Column("id", Id(), nullable=False),
        sa.Column("headline", sa.Text(), server_default="", nullable=False),
        sa.Column("subtitle", sa.Text(), server_default="", nullable=False),
        sa.Column("dateline", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("boilerplate", sa.Text(), server_default="", nullable=False),
        sa.Column("contact", sa.Text(), server_default="", nullable=False),
        sa.Column("fields", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["id"], ["release.id"], name=op.f("fk_release_terms_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_terms")),
    )
    op.create_table(
        "raw_page",
        sa.Column("id", Id(), nullable=False),
        sa.Column("release_id", Id(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("fetched_at", At(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("codec", sa.Text(), server_default="zlib", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_raw_page_release_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_page")),
    )
    op.create_index(op.f("ix_raw_page_release_id"), "raw_page", ["release_id"], unique=False)
    op.create_table(
        "identity_key",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("release_id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_identity_key_release_id")),
        sa.PrimaryKeyConstraint("key", "release_id", name=op.f("pk_identity_key")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_identity_key_release_id"), "identity_key", ["release_id"], unique=False)
    op.create_table(
        "dup_key",
        sa.Column("key", Id(), autoincrement=False, nullable=False),
        sa.Column("release_id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_dup_key_release_id")),
        sa.PrimaryKeyConstraint("key", "release_id", name=op.f("pk_dup_key")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_dup_key_release_id"), "dup_key", ["release_id"], unique=False)
    op.create_table(
        "tombstone",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("release_id", Id(), nullable=False),
        sa.Column("at", At(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tombstone")),
        sqlite_with_rowid=False,
    )


def _rules_and_alerts() -> None:
    op.create_table(
        "rule",
        sa.Column("id", Id(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("paused", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("origin", sa.Text(), server_default="db", nullable=False),
        sa.Column("generation", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", At(), nullable=False),
        sa.Column("changed_at", At(), nullable=False),
        sa.Column("removed_at", At(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule")),
        sa.UniqueConstraint("uid", name=op.f("uq_rule_uid")),
    )
    op.create_index(op.f("ix_rule_generation"), "rule", ["generation"], unique=False)
    op.create_index(op.f("ix_rule_name"), "rule", ["name"], unique=False)
    op.create_table(
        "channel",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("origin", sa.Text(), server_default="db", nullable=False),
        sa.Column("changed_at", At(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channel")),
    )
    op.create_table(
        "alert",
        sa.Column("id", Id(), nullable=False),
        sa.Column("rule_id", Id(), nullable=False),
        sa.Column("story_id", Id(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("release_id", Id(), nullable=False),
        sa.Column("rule_name", sa.Text(), nullable=False),
        sa.Column("rule_query", sa.Text(), nullable=False),
        sa.Column("matched", sa.JSON(), nullable=False),
        sa.Column("stamped_at", At(), nullable=True),
        sa.Column("seen_at", At(), nullable=False),
        sa.Column("stored_at", At(), nullable=False),
        sa.Column("matched_at", At(), nullable=False),
        sa.Column("made_at", At(), nullable=False),
        sa.Column("unmatched_at", At(), nullable=True),
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_alert_release_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"], name=op.f("fk_alert_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_made_at"), "alert", ["made_at"], unique=False)
    op.create_index(op.f("ix_alert_release_id"), "alert", ["release_id"], unique=False)
    op.create_index(op.f("ix_alert_story_id"), "alert", ["story_id"], unique=False)
    op.create_index("uq_alert_rule_id_story_id_occasion", "alert", ["rule_id", "story_id", "occasion"], unique=True)
    op.create_table(
        "held",
        sa.Column("rule_id", Id(), nullable=False),
        sa.Column("release_id", Id(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", At(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_held_release_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"], name=op.f("fk_held_rule_id")),
        sa.PrimaryKeyConstraint("rule_id", "release_id", name=op.f("pk_held")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_held_release_id"), "held", ["release_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", Id(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=True),
        sa.Column("made_at", At(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(op.f("ix_message_bundle"), "message", ["bundle"], unique=False)
    op.create_table(
        "message_alert",
        sa.Column("message_id", Id(), nullable=False),
        sa.Column("alert_id", Id(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_message_alert_alert_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_message_alert_message_id")),
        sa.PrimaryKeyConstraint("message_id", "alert_id", name=op.f("pk_message_alert")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_message_alert_alert_id"), "message_alert", ["alert_id"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", Id(), nullable=False),
        sa.Column("message_id", Id(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("repeats", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("due_at", At(), nullable=False),
        sa.Column("settled_at", At(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("remote_id", sa.Text(), nullable=True),
        sa.Column("lease_until", At(), nullable=True),
        sa.Column("lease_holder", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_delivery_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_key")),
    )
    op.create_index("ix_delivery_state_due_at", "delivery", ["state", "due_at"], unique=False)
    op.create_index(
        "uq_delivery_message_id_channel_recipient", "delivery", ["message_id", "channel", "recipient"], unique=True
    )
    op.create_table(
        "attempt",
        sa.Column("id", Id(), nullable=False),
        sa.Column("delivery_id", Id(), nullable=False),
        sa.Column("n", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("begun_at", At(), nullable=False),
        sa.Column("ended_at", At(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_attempt_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_delivery_id"), "attempt", ["delivery_id"], unique=False)


def _ledgers() -> None:
    op.create_table(
        "archive_info",
        sa.Column("id", Id(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("analyzer_version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", At(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_info")),
    )
    op.create_table(
        "ingest_counter",
        sa.Column("id", Id(), nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rule_generation", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingest_counter")),
    )
    op.create_table(
        "day_counter",
        sa.Column("day", Id(), nullable=False),
        sa.Column("n", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_counter")),
    )
    op.create_table(
        "event",
        sa.Column("seq", Id(), nullable=False),
        sa.Column("at", At(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_at"), "event", ["at"], unique=False)
    op.create_table(
        "gap",
        sa.Column("id", Id(), nullable=False),
        sa.Column("source_id", Id(), nullable=False),
        sa.Column("opened_at", At(), nullable=False),
        sa.Column("closed_at", At(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_gap_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap")),
    )
    op.create_index(op.f("ix_gap_source_id"), "gap", ["source_id"], unique=False)
    op.create_table(
        "tally",
        sa.Column("day", Id(), autoincrement=False, nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("n", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("day", "what", "reason", name=op.f("pk_tally")),
        sqlite_with_rowid=False,
    )


def _full_text() -> None:
    """An index over the stored terms, not over the text: one analyzer, both directions.

    Terms hold no ASCII but lower-case letters and digits, so `ascii` splits at the spaces alone.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE release_fts (id bigint PRIMARY KEY REFERENCES release, lexemes tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_release_fts_lexemes ON release_fts USING gin (lexemes)")
        # By default the planner knows the hundred commonest lexemes: too few to tell a common word from a rare one.
        op.execute("ALTER TABLE release_fts ALTER COLUMN lexemes SET STATISTICS 1000")
        return
    columns = ", ".join(INDEXED)
    op.execute(
        f"CREATE VIRTUAL TABLE release_fts USING fts5({columns}, "
        "content='release_terms', content_rowid='id', tokenize='ascii', prefix='2 3')"
    )


def _first_rows() -> None:
    made = op.get_context().opts["now"].isoformat(sep=" ", timespec="microseconds").removesuffix("+00:00")
    op.execute(
        f"INSERT INTO archive_info (id, uuid, analyzer_version, created_at) VALUES (1, '{uuid.uuid4()}', 1, '{made}')"  # noqa: S608 - made here
    )
    op.execute("INSERT INTO ingest_counter (id, seq, rule_generation) VALUES (1, 0, 0)")
