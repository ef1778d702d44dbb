"""Stories that turn out to be one: the one that was opened first takes in the others."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from news.source import EventType
from storage.tables import RELEASE, STORY, STORY_APART
from storage.work import Work

# By likeness a story takes in no more; what resembles so many releases is a template that nobody saw through.
MEMBERS_MAX = 200


def join(work: Work, releases: Sequence[int]) -> int:
    """Make one story of those that the releases are in, and answer its id; the alerts of all of them count as its own.

    `alert.story_id` is never rewritten: what was told of a story is told by the releases that are in it. The first of
    the releases is the one that is most alike: a story that was set apart from its own by hand stays apart.
    """
    together = _together(work, releases)
    kept = opened_first(work, together)
    for other in together:
        if other == kept:
            continue
        if _size(work, kept) + _size(work, other) > MEMBERS_MAX:
            work.tally("incident", "a story with too many releases")
            continue
        take_in(work, kept, other)
    return kept


def take_in(work: Work, kept: int, other: int) -> None:
    """All that is in `other` is in `kept` from now on, and what either was set apart from is so from both."""
    work.connection.execute(update(RELEASE).where(RELEASE.c.story_id == other).values(story_id=kept))
    into = (STORY.c.id == other) | (STORY.c.merged_into == other)
    work.connection.execute(update(STORY).where(into).values(merged_into=kept))
    foes = apart_from(work.connection, other)
    work.connection.execute(
        delete(STORY_APART).where(or_(STORY_APART.c.low_id == other, STORY_APART.c.high_id == other))
    )
    for foe in foes - {kept} - apart_from(work.connection, kept):
        set_apart(work, kept, foe)
    work.event(EventType.STORY_JOINED, story=kept, joined=other)


def set_apart(work: Work, one: int, other: int) -> None:
    low, high = sorted((one, other))
    work.connection.execute(insert(STORY_APART).values(low_id=low, high_id=high, at=work.now))


def apart_from(connection: Connection, story: int) -> set[int]:
    """The stories that were set apart from this one by hand."""
    rows = connection.execute(
        select(STORY_APART.c.low_id, STORY_APART.c.high_id).where(
            or_(STORY_APART.c.low_id == story, STORY_APART.c.high_id == story)
        )
    )
    return {low if high == story else high for low, high in rows}


def _together(work: Work, releases: Sequence[int]) -> list[int]:
    """The stories of the releases, in their order, without those that are set apart from one before them."""
    rows = work.connection.execute(select(RELEASE.c.id, RELEASE.c.story_id).where(RELEASE.c.id.in_(releases)))
    story_of = {row.id: int(row.story_id) for row in rows}
    found: list[int] = []
    for story in dict.fromkeys(story_of[release] for release in releases if release in story_of):
        if not apart_from(work.connection, story).intersection(found):
            found.append(story)
    return found


def opened_first(work: Work, stories: Sequence[int]) -> int:
    found = select(STORY.c.id).where(STORY.c.id.in_(stories)).order_by(STORY.c.opened_at, STORY.c.id).limit(1)
    return int(work.connection.execute(found).scalar_one())


def _size(work: Work, story: int) -> int:
    return int(work.connection.execute(select(func.count()).where(RELEASE.c.story_id == story)).scalar_one())
