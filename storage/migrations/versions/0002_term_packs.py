"""The users' own term packs."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def At() -> sa.types.TypeEngine[datetime]:  # noqa: N802 - stands where a type does
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "pack",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("origin", sa.Text(), server_default="config", nullable=False),
        sa.Column("changed_at", At(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pack")),
        sqlite_with_rowid=False,
    )
