"""A story as it is told on the command line and by the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from news.alert import Alert
from news.release import iso
from storage.archive import Stored
from storage.database import Database
from storage.heads import head_of
from storage.joining import apart_from
from storage.stories import story_named

ALERTS_MAX = 1_000

_PARTS = {"new": "first", "copy": "copy", "joins": "copy", "revision": "revision", "erased": "erased"}


class Reads(Protocol):
    """What is asked of the archive here."""

    @property
    def database(self) -> Database: ...

    def story(self, story_id: int) -> list[Stored]: ...

    def alerts(self, limit: int, cursor: int | None = None, *, release_id: int | None = None) -> list[Alert]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryTold:
    """`members` in the order of their storing, `head` the one that stands for it; `alerts` are theirs; `apart_from`
    other stories.
    """

    id: int
    head: Stored
    members: tuple[Stored, ...]
    alerts: tuple[Alert, ...]
    apart_from: tuple[int, ...]

    @property
    def first_seen_at(self) -> datetime:
        return min(member.first_seen_at for member in self.members)


def part_of(member: Stored, head: Stored) -> str:
    """What a release is in its story: `first`, `copy`, `revision` …, whether a later text stands for it, or it for all.

    That it is the head is told where it is not plain: of the first it is.
    """
    part = _PARTS.get(member.verdict, member.verdict)
    if member.superseded_by is not None:
        return f"{part}, superseded"
    return f"{part}, head" if member.id == head.id and part != "first" else part


def told_story(reads: Reads, id_: int) -> StoryTold | None:
    """The story of that id, the one that took it in, or the one that the release of that id is in; None: neither."""
    with reads.database.reading() as connection:
        id_of_story = story_named(connection, id_)
        apart = sorted(apart_from(connection, id_of_story)) if id_of_story is not None else []
        head_id = None if id_of_story is None else head_of(connection, id_of_story)
    members = [] if id_of_story is None else reads.story(id_of_story)
    if id_of_story is None or not members:
        return None
    head = next((member for member in members if member.id == head_id), members[0])
    alerts = [alert for member in members for alert in reads.alerts(ALERTS_MAX, release_id=member.id)]
    return StoryTold(id=id_of_story, head=head, members=tuple(members), alerts=tuple(alerts), apart_from=tuple(apart))


def story_json(story: StoryTold) -> dict[str, Any]:
    """`lag_s` is by the first sights."""
    members = story.members
    return {
        "id": story.id,
        "headline": story.head.release.headline,
        "head_id": story.head.id,
        "wires": sorted({member.release.wire for member in members}),
        "languages": sorted({member.release.language for member in members if member.release.language}),
        "members": [
            {
                "id": member.id,
                "wire": member.release.wire,
                "url": member.release.url,
                "headline": member.release.headline,
                "language": member.release.language,
                "kind": member.release.kind.value,
                "verdict": member.verdict,
                "why": member.why,
                "revises": member.revises,
                "superseded_by": member.superseded_by,
                "first_seen_at": iso(member.first_seen_at),
                "lag_s": round((member.first_seen_at - story.first_seen_at).total_seconds(), 3),
            }
            for member in members
        ],
        "alerts": [
            {"id": alert.id, "rule": alert.rule_name, "occasion": alert.occasion, "release": alert.release_id}
            for alert in story.alerts
        ],
        "apart_from": list(story.apart_from),
    }
