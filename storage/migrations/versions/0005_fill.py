"""How well the pages of each source are read, counted by day: what a redesign is noticed by."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def Id() -> sa.types.TypeEngine[int]:  # noqa: N802 - stands where a type does
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "fill",
        sa.Column("day", Id(), autoincrement=False, nullable=False),
        sa.Column("source_id", Id(), autoincrement=False, nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("n", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("day", "source_id", "field", name=op.f("pk_fill")),
        sqlite_with_rowid=False,
    )
