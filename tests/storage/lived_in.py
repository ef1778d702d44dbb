"""An archive as years leave it, drawn at random: stories, versions, alerts, pages and entries, some of them open."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta
from typing import Any

from shelf import NOW, a_rule, add_source, alert_of, list_rows, listed, release, store, tell
from sqlalchemy import Connection, insert, select, update

from news.alert import DeliveryState
from news.release import Completeness, Release
from news.source import EntryState
from news.verdict import Copy, New, Revision, Verdict
from storage.archive import Archive
from storage.keeping import Kept, Raw
from storage.tables import (
    ALERT,
    ATTEMPT,
    DELIVERY,
    DUP_KEY,
    ENTRY,
    MESSAGE,
    MESSAGE_ALERT,
    RELEASE,
    STORY,
    STORY_APART,
)

WIRES = ("acme-wire", "blade-wire", "west-wire")
DAYS = 60


def fill(archive: Archive, draw: random.Random, count: int = 40) -> list[int]:
    """Returns the ids of the releases."""
    rule, source = a_rule(archive), add_source(archive)
    kept: list[tuple[Kept, Release]] = []
    for number in range(count):
        kept.append(_one(archive, draw, number, kept, source_id=source.id))
        item, of = kept[-1]
        with archive.writing(NOW) as work:
            if draw.random() < 0.5:
                work.hold(rule, item.release_id, "seed")
            if draw.random() < 0.5:
                row = {"key": draw.randrange(1 << 40), "release_id": item.release_id}
                work.connection.execute(insert(DUP_KEY).values(row))
        if draw.random() < 0.3:
            _alert(archive, draw, item, rule, number)
        if draw.random() < 0.7:
            _entry(archive, draw, item, of, source)
    ids = list(dict.fromkeys(item.release_id for item, _ in kept))
    with archive.writing(NOW) as work:
        _relate(work.connection, draw, ids)
    return ids


def _one(
    archive: Archive, draw: random.Random, number: int, kept: list[tuple[Kept, Release]], source_id: int
) -> tuple[Kept, Release]:
    verdict: Verdict = New()
    older, first = draw.choice(kept) if kept else (None, None)
    wire, page = draw.choice(WIRES), number
    if older and first and draw.random() < 0.3:
        verdict = Copy(of=older.release_id, why="the same text")
    elif older and first and draw.random() < 0.4:
        with archive.database.reading() as connection:
            revises = connection.execute(select(RELEASE.c.revises).where(RELEASE.c.id == older.release_id)).scalar()
        verdict = Revision(of=revises or older.release_id, stale=draw.random() < 0.3)
        wire = first.wire
    of = release(
        f"Acme opens plant {number}",
        f"A plant, number {number}. " + "It employs four hundred people. " * 6,
        wire=wire,
        url=f"https://acme.example/news/{page}",
        guid=f"acme-{page}",
        release_number=draw.choice((None, str(1000 + page))),
        completeness=draw.choice((Completeness.FULL, Completeness.FULL, Completeness.TEASER)),
        published_at=draw.choice((NOW - timedelta(days=draw.randrange(DAYS)),) * 5 + (None,)),
    )
    seen = NOW - timedelta(days=draw.randrange(3))
    raw = Raw(url=of.url, content_type="text/html", fetched_at=seen, body=b"<p>plant " + str(number).encode())
    stored = store(archive, of, verdict, seen=seen, raw=draw.choice((raw, None)), source_id=source_id)
    return stored, of


def _alert(archive: Archive, draw: random.Random, item: Kept, rule: int, number: int) -> None:
    keys = [f"k{number}-{n}" for n in range(draw.randrange(3))]
    alert = tell(archive, alert_of(item, rule, occasion=draw.choice(("first", f"copy:{number}"))), *keys)
    with archive.writing(NOW) as work:
        connection = work.connection
        for id_ in connection.execute(select(DELIVERY.c.id).where(DELIVERY.c.key.in_(keys))).scalars().all():
            state = draw.choice((DeliveryState.SENT, DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.DUE))
            connection.execute(update(DELIVERY).where(DELIVERY.c.id == id_).values(state=state.value))
            connection.execute(insert(ATTEMPT).values(delivery_id=id_, n=1, begun_at=NOW))
        others = connection.execute(select(MESSAGE.c.id)).scalars().all()
        if alert and others and draw.random() < 0.3:  # a digest tells of several
            row = {"message_id": draw.choice(others), "alert_id": alert}
            if not connection.execute(select(MESSAGE_ALERT).filter_by(**row)).first():
                connection.execute(insert(MESSAGE_ALERT).values(row))


def _entry(archive: Archive, draw: random.Random, item: Kept, of: Release, source: Any) -> None:
    list_rows(archive, source, listed(item.release_id, url=f"{of.url}?entry=1"))
    state = draw.choice((EntryState.STORED,) * 5 + (EntryState.WAITING, EntryState.GAVE_UP))
    with archive.writing(NOW) as work:
        last = work.connection.execute(select(ENTRY.c.id).order_by(ENTRY.c.id.desc())).scalar()
        values = {"state": state.value, "release_id": item.release_id}
        work.connection.execute(update(ENTRY).where(ENTRY.c.id == last).values(values))


def _relate(connection: Connection, draw: random.Random, ids: list[int]) -> None:
    """Some retell others, and some stories were joined to others."""
    for id_ in draw.sample(ids, 5):
        connection.execute(update(RELEASE).where(RELEASE.c.id == id_).values(related_to=draw.choice(ids)))
    stories = connection.execute(select(STORY.c.id)).scalars().all()
    into = dict(zip(draw.sample(stories, 4), draw.sample(stories, 4), strict=True))
    for story, other in into.items():
        if other not in into and story != other:
            connection.execute(update(RELEASE).where(RELEASE.c.story_id == story).values(story_id=other))
            connection.execute(update(STORY).where(STORY.c.id == story).values(merged_into=other))
    low, high = sorted(draw.sample(stories, 2))
    connection.execute(insert(STORY_APART).values(low_id=low, high_id=high, at=NOW))


def faults(archive: Archive) -> list[str]:
    """What names something that is not there, or is not as it is stored at first; foreign keys apart."""
    with archive.database.reading() as connection:
        releases = {row.id: row for row in connection.execute(select(RELEASE))}
        stories = {row.id: row for row in connection.execute(select(STORY))}
        alerts = connection.execute(select(ALERT.c.id)).scalars().all()
        told = connection.execute(select(MESSAGE_ALERT.c.message_id)).scalars().all()
        messages = connection.execute(select(MESSAGE.c.id)).scalars().all()
    found = [
        f"{row.id} retells {row.related_to}" for row in releases.values() if row.related_to not in {None, *releases}
    ]
    members = defaultdict(set)
    for row in releases.values():
        members[row.story_id].add(row.id)
    for story in stories.values():
        if story.merged_into is None and story.head_id not in members[story.id]:
            found.append(f"story {story.id} has head {story.head_id} of {members[story.id]}")
        if story.merged_into not in {None, *stories}:
            found.append(f"story {story.id} went into {story.merged_into}")
    found += [f"message {id_} tells nothing" for id_ in messages if id_ not in told]
    return found + _of_versions(releases) + ([] if alerts or not told else ["messages without alerts"])


def _of_versions(releases: dict[int, Any]) -> list[str]:
    chains = defaultdict(list)
    for row in releases.values():
        chains[row.revises or row.id].append(row)
    found = []
    for first, chain in chains.items():
        if first not in {row.id for row in chain}:
            found.append(f"{chain} have no first")
        newest = [row.id for row in chain if row.superseded_by is None]
        if len(newest) != 1 or {row.superseded_by for row in chain} - {None} - set(newest):
            found.append(f"of {[row.id for row in chain]} {newest} are superseded by none")
    return found
