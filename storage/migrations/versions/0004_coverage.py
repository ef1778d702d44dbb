"""What keeps watch over coverage: rhythms, gaps with an outcome, incidents, subscriptions, re-visits."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def Id() -> sa.types.TypeEngine[int]:  # noqa: N802 - stands where a type does
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def At() -> sa.types.TypeEngine[datetime]:  # noqa: N802 - stands where a type does
    return sa.DateTime(timezone=True)


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def columns_added() -> dict[str, tuple[sa.Column[Any], ...]]:
    return {
        "source": (
            number("fixed"),
            sa.Column("weight", sa.Float(), server_default="1", nullable=False),
            sa.Column("objective_s", sa.Float(), nullable=True),
            sa.Column("pace", sa.JSON(), nullable=True),
            sa.Column("health", sa.JSON(), nullable=True),
            sa.Column("moved_to", sa.Text(), nullable=True),
            number("moved_polls"),
            sa.Column("ways", sa.JSON(), nullable=True),
        ),
        "entry": (
            sa.Column("visited_at", At(), nullable=True),
            sa.Column("page_etag", sa.Text(), nullable=True),
            sa.Column("page_last_modified", sa.Text(), nullable=True),
            number("alert"),
            sa.Column("missing_since", At(), nullable=True),
        ),
        "gap": (
            sa.Column("cause", sa.Text(), server_default="no overlap", nullable=False),
            sa.Column("outcome", sa.Text(), nullable=True),
            number("found"),
            number("attempts"),
            sa.Column("retry_at", At(), nullable=True),
            sa.Column("ended_at", At(), nullable=True),
        ),
        "message": (sa.Column("notice", sa.JSON(), nullable=True),),
    }


def upgrade() -> None:
    for table, columns in columns_added().items():
        for column in columns:
            op.add_column(table, column)
    for name in ("revisit_at", "missing_since"):
        op.create_index(
            f"ix_entry_{name}",
            "entry",
            [name],
            sqlite_where=sa.text(f"{name} IS NOT NULL"),
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )
    op.create_index("ix_gap_state_retry_at", "gap", ["state", "retry_at"])
    # Until now it said when a page was looked at again; from now on, when it is to be.
    op.execute("UPDATE entry SET visited_at = revisit_at, revisit_at = NULL WHERE revisit_at IS NOT NULL")
    op.create_table(
        "rhythm",
        sa.Column("source_id", Id(), autoincrement=False, nullable=False),
        sa.Column("fitted_at", At(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_rhythm_source_id")),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_rhythm")),
    )
    op.create_table(
        "incident",
        sa.Column("id", Id(), nullable=False),
        sa.Column("source_id", Id(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("opened_at", At(), nullable=False),
        sa.Column("ended_at", At(), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("data", sa.JSON(), nullable=True),
        sa.Column("told_at", At(), nullable=True),
        sa.Column("end_told_at", At(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_incident_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index("ix_incident_source_id_kind", "incident", ["source_id", "kind"])
    op.create_index(op.f("ix_incident_opened_at"), "incident", ["opened_at"])
    op.create_table(
        "absence",
        sa.Column("id", Id(), nullable=False),
        sa.Column("gone_at", At(), nullable=False),
        sa.Column("back_at", At(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        number("alerts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_table(
        "subscription",
        sa.Column("source_id", Id(), autoincrement=False, nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", At(), nullable=False),
        sa.Column("lease_until", At(), nullable=True),
        sa.Column("pushed_at", At(), nullable=True),
        number("failures"),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_subscription_source_id")),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("token", name=op.f("uq_subscription_token")),
    )
