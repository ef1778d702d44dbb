"""Gaps: stretches of time in which a source may have shown what no poll saw."""

from __future__ import annotations

from sqlalchemy import insert

from news.source import EventType, Gap
from storage.tables import GAP
from storage.work import Work


def open_gap(work: Work, gap: Gap) -> None:
    """Record that releases may have come and gone unseen."""
    row = insert(GAP).values(source_id=gap.source_id, opened_at=gap.opened_at, closed_at=gap.closed_at, cause=gap.cause)
    id_ = work.connection.execute(row.returning(GAP.c.id)).scalar_one()
    work.event(EventType.GAP_OPENED, gap=id_, source=gap.source_id)
    work.tally("gap", "no overlap")
