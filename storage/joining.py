"""Stories that turn out to be one: the one that was opened first takes in the others."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update

from news.source import EventType
from storage.tables import RELEASE, STORY
from storage.work import Work

# By likeness a story takes in no more; what resembles so many releases is a template that nobody saw through.
MEMBERS_MAX = 200


def join(work: Work, releases: Sequence[int]) -> int:
    """Make one story of those that the releases are in, and answer its id; the alerts of all of them count as its own.

    `alert.story_id` is never rewritten: what was told of a story is told by the releases that are in it.
    """
    members = select(RELEASE.c.story_id).where(RELEASE.c.id.in_(releases))
    found = work.connection.execute(
        select(STORY.c.id).where(STORY.c.id.in_(members)).order_by(STORY.c.opened_at, STORY.c.id)
    )
    kept, *others = found.scalars().all()
    for other in others:
        if _size(work, kept) + _size(work, other) > MEMBERS_MAX:
            work.tally("incident", "a story with too many releases")
            continue
        work.connection.execute(update(RELEASE).where(RELEASE.c.story_id == other).values(story_id=kept))
        into = (STORY.c.id == other) | (STORY.c.merged_into == other)
        work.connection.execute(update(STORY).where(into).values(merged_into=kept))
        work.event(EventType.STORY_JOINED, story=kept, joined=other)
    return int(kept)


def _size(work: Work, story: int) -> int:
    return int(work.connection.execute(select(func.count()).where(RELEASE.c.story_id == story)).scalar_one())
