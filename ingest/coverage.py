"""Whether two polls of a source overlap. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from news.source import Gap, PollState


def overlap(source_id: int, state: PollState, known: Sequence[bool], *, now: datetime) -> Gap | None:
    """The gap between the last good poll and this one; None where they overlap.

    `state` is the source's before this poll, and `known` tells of each row shown now whether it was
    known already. A window that rolls shows the newest rows only: if none of them is known, rows
    may have come and gone unseen. Where nothing was read before, or nothing is shown now, there is
    nothing to compare.
    """
    if state.last_good_at is None or not known or any(known):
        return None
    if state.last_good_at >= now:
        return None
    return Gap(source_id=source_id, opened_at=state.last_good_at, closed_at=now)
