"""How the alerts of a rule are told: digests, throttles, urgency, silences."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("rule", sa.Column("telling", sa.JSON(), nullable=True))
    op.add_column("rule", sa.Column("silenced_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rule", sa.Column("silence_reason", sa.Text(), nullable=True))
