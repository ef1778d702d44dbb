"""Stories that were set apart by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def Id() -> sa.types.TypeEngine[int]:  # noqa: N802 - stands where a type does
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "story_apart",
        sa.Column("low_id", Id(), autoincrement=False, nullable=False),
        sa.Column("high_id", Id(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("low_id", "high_id", name=op.f("pk_story_apart")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_story_apart_high_id"), "story_apart", ["high_id"])
