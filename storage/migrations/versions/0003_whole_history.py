"""What a history of years needs: word forms for prefixes, tombstones with a reason, work that can go on.

`stale_below` marks every release that is stored so far: none has its word forms yet. The indexes let a
release go without a look at every other for whether it is named there.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INDEXED = ("headline", "subtitle", "dateline", "body", "boilerplate", "contact", "fields")


def Id() -> sa.types.TypeEngine[int]:  # noqa: N802 - stands where a type does
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def At() -> sa.types.TypeEngine[datetime]:  # noqa: N802 - stands where a type does
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("archive_info", sa.Column("stale_below", Id(), server_default="0", nullable=False))
    op.execute("UPDATE archive_info SET stale_below = (SELECT coalesce(max(id) + 1, 0) FROM release)")
    op.add_column("ingest_counter", sa.Column("forms_erased", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("tombstone", sa.Column("reason", sa.Text(), server_default="pruned", nullable=False))
    op.create_table(
        "word_form",
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("form", "term", name=op.f("pk_word_form")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "checkpoint",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", At(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_checkpoint")),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "sqlite":
        # The index of prefixes took a fifth of the archive; word forms answer them.
        columns = ", ".join(INDEXED)
        op.execute("DROP TABLE release_fts")
        op.execute(
            f"CREATE VIRTUAL TABLE release_fts USING fts5({columns}, "
            "content='release_terms', content_rowid='id', tokenize='ascii')"
        )
        op.execute("INSERT INTO release_fts (release_fts) VALUES ('rebuild')")
    for table, column in (("release", "superseded_by"), ("release", "related_to"), ("story", "merged_into")):
        held = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], sqlite_where=held, postgresql_where=held)
