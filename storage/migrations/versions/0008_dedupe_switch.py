"""Sources whose releases stay out of all stories but their own."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("source", sa.Column("dedupe", sa.BigInteger(), server_default="1", nullable=False))
