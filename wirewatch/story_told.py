"""A story as it is told on the command line and by the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from news.alert import Alert
from news.release import iso
from storage.archive import Stored

_PARTS = {"new": "first", "copy": "copy", "joins": "copy", "revision": "revision", "erased": "erased"}


def part_of(member: Stored) -> str:
    """What a release is in its story: `first`, `copy`, `revision` …, and whether a later text stands for it."""
    part = _PARTS.get(member.verdict, member.verdict)
    return f"{part}, superseded" if member.superseded_by is not None else part


def lag(after: timedelta) -> str:
    """`–`, `41 s`, `12 min`, `3 h`, `2 d`: how long after the first of its story a release was seen."""
    seconds = after.total_seconds()
    if seconds < 1:
        return "–"
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def story_json(story: int, members: Sequence[Stored], alerts: Sequence[Alert], apart: Sequence[int]) -> dict[str, Any]:
    """`members` in the order of their storing. `lag_s` is by the first sights."""
    first = min(member.first_seen_at for member in members)
    return {
        "id": story,
        "headline": members[0].release.headline,
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
                "lag_s": round((member.first_seen_at - first).total_seconds(), 3),
            }
            for member in members
        ],
        "alerts": [
            {"id": alert.id, "rule": alert.rule_name, "occasion": alert.occasion, "release": alert.release_id}
            for alert in alerts
        ],
        "apart_from": list(apart),
    }
