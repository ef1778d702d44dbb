"""Stories as they are looked at, and joined and split by hand. What hands decide, later copies do not undo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from news.source import EventType
from storage.database import StorageError
from storage.heads import settle_heads
from storage.joining import opened_first, set_apart, take_in
from storage.tables import ALERT, RELEASE, STORY
from storage.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLine:
    """A story in a list. `members` counts its releases, `alerts` what was told of it; `wires` and `languages` sorted.

    `last_at` is when the last of them was first seen.
    """

    id: int
    head_id: int
    headline: str
    opened_at: datetime
    last_at: datetime
    members: int
    alerts: int
    wires: tuple[str, ...]
    languages: tuple[str, ...]


class StoryError(StorageError):
    """What was asked of a story cannot be done; the message says why."""


def stories(
    connection: Connection,
    limit: int,
    cursor: int | None = None,
    *,
    since_id: int | None = None,
    until_id: int | None = None,
    several: bool = False,
) -> list[StoryLine]:
    """Stories, those opened last first; `cursor` is the id of the last one seen.

    `since_id` and `until_id` bound the ids, which begin with the day. `several`: only those of two releases or more.
    """
    query = select(STORY).where(STORY.c.merged_into.is_(None)).order_by(STORY.c.id.desc()).limit(limit)
    if since_id is not None:
        query = query.where(STORY.c.id >= since_id)
    for below in (cursor, until_id):
        query = query if below is None else query.where(STORY.c.id < below)
    if several:
        many = select(RELEASE.c.story_id).group_by(RELEASE.c.story_id).having(func.count() > 1)
        query = query.where(STORY.c.id.in_(many))
    return [_line(connection, row) for row in connection.execute(query).all()]


def story_named(connection: Connection, id_: int) -> int | None:
    """The story that the release of that id is in; without such a release, the story of that id, or what took it in.

    A story bears the id of the release that opened it. Where that one is now is what counts: after a split it may be
    elsewhere than the others that its story was joined with.
    """
    of_release = connection.execute(select(RELEASE.c.story_id).where(RELEASE.c.id == id_)).scalar()
    if of_release is not None:
        return int(of_release)
    row = connection.execute(select(STORY.c.id, STORY.c.merged_into).where(STORY.c.id == id_)).first()
    return None if row is None else int(row.id if row.merged_into is None else row.merged_into)


def merge(work: Work, one: int, other: int) -> int:
    """Make one story of two, by hand; answers its id, that of the one opened first. What both told stays told.

    Raises:
        StoryError: they are one already.
    """
    if one == other:
        raise StoryError("they are one story already")
    kept = opened_first(work, (one, other))
    take_in(work, kept, other if kept == one else one)
    settle_heads(work.connection, [kept])
    return kept


def split(work: Work, release_id: int) -> tuple[int, int]:
    """Take a release, with all its versions, out of its story; answers the ids of the story left and the new one.

    The two are set apart: no release that resembles both makes them one again. Alerts stay with their releases, and
    nothing is told anew.

    Raises:
        StoryError: there is nothing else in the story.
    """
    row = work.connection.execute(
        select(RELEASE.c.story_id, RELEASE.c.revises, RELEASE.c.id).where(RELEASE.c.id == release_id)
    ).one()
    first = row.revises if row.revises is not None else row.id
    family = func.coalesce(RELEASE.c.revises, RELEASE.c.id) == first
    in_story = RELEASE.c.story_id == row.story_id
    # The story keeps its name with the release that opened it; who stays and who goes is the same to everybody else.
    opener = select(RELEASE.c.id).where(in_story, family, RELEASE.c.id == row.story_id)
    goes = ~family if work.connection.execute(opener).first() is not None else family
    leaving = list(work.connection.execute(select(RELEASE.c.id).where(in_story, goes).order_by(RELEASE.c.id)).scalars())
    staying = work.connection.execute(select(func.count()).where(in_story, ~goes)).scalar_one()
    if not leaving or not staying:
        raise StoryError("it is alone in its story, with its own versions")
    new = int(leaving[0])
    work.connection.execute(delete(STORY).where(STORY.c.id == new, STORY.c.merged_into.is_not(None)))
    opened_at = work.connection.execute(select(RELEASE.c.stored_at).where(RELEASE.c.id == new)).scalar_one()
    work.connection.execute(insert(STORY).values(id=new, head_id=new, opened_at=opened_at, merged_into=None))
    work.connection.execute(update(RELEASE).where(in_story, goes).values(story_id=new))
    settle_heads(work.connection, [row.story_id, new])
    set_apart(work, row.story_id, new)
    work.event(EventType.STORY_SPLIT, story=row.story_id, new=new)
    return int(row.story_id), new


def _line(connection: Connection, story: Any) -> StoryLine:  # noqa: ANN401 - a row of `story`
    of_it = RELEASE.c.story_id == story.id
    members = connection.execute(
        select(RELEASE.c.id, RELEASE.c.headline, RELEASE.c.wire, RELEASE.c.language, RELEASE.c.first_seen_at)
        .where(of_it)
        .order_by(RELEASE.c.id)
    ).all()
    told = select(func.count()).select_from(ALERT).join(RELEASE, RELEASE.c.id == ALERT.c.release_id).where(of_it)
    head = next((row for row in members if row.id == story.head_id), members[0] if members else None)
    return StoryLine(
        id=story.id,
        head_id=head.id if head else story.head_id,
        headline=head.headline if head else "",
        opened_at=story.opened_at,
        last_at=max((row.first_seen_at for row in members), default=story.opened_at),
        members=len(members),
        alerts=int(connection.execute(told).scalar_one()),
        wires=tuple(sorted({row.wire for row in members})),
        languages=tuple(sorted({row.language for row in members if row.language})),
    )
