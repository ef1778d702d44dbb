"""Taking releases out of the archive with all that hangs on them, and mending what named them.

What is left names nothing that is gone: the next version of a release becomes the first, the newest
left is superseded by none, a story has another head or goes too. Alerts of other members keep the
story that they were written with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, or_, select, update

from storage.chunks import chunks
from storage.engines.contract import INDEXED
from storage.heads import settle_heads
from storage.tables import (
    ALERT,
    ATTEMPT,
    DELIVERY,
    DUP_KEY,
    ENTRY,
    HELD,
    KEY,
    MESSAGE,
    MESSAGE_ALERT,
    RAW,
    RELEASE,
    STORY,
    TERMS,
)
from storage.tombstones import Reason, lay
from storage.work import EPOCH, Work

_MERGED_DEEP_MAX = 100


def remove(work: Work, release_ids: Sequence[int], reason: Reason) -> None:
    """Take these releases out, within the caller's transaction; their tombstones stay.

    Entries that pointed to them keep their state: what a source still lists is not due again.
    """
    for ids in chunks(release_ids):
        lay(work, ids, reason)
        _remove_alerts(work.connection, ids)
        strip(work, ids)
        work.connection.execute(delete(HELD).where(HELD.c.release_id.in_(ids)))
        work.connection.execute(update(ENTRY).where(ENTRY.c.release_id.in_(ids)).values(release_id=None))
        _unindex(work, ids)
        part(work.connection, ids)
        stories = set(work.connection.execute(select(RELEASE.c.story_id).where(RELEASE.c.id.in_(ids))).scalars())
        work.connection.execute(delete(RELEASE).where(RELEASE.c.id.in_(ids)))
        settle_stories(work.connection, stories)


def strip(work: Work, ids: Sequence[int]) -> None:
    """Delete what a release was known and looked for by, and the pages it was read from."""
    for table in (RAW, KEY, DUP_KEY):
        work.connection.execute(delete(table).where(table.c.release_id.in_(ids)))


def _unindex(work: Work, ids: Sequence[int]) -> None:
    work.write_rows()
    for row in work.connection.execute(select(TERMS).where(TERMS.c.id.in_(ids))):
        work.index(row.id, None, old={name: getattr(row, name) for name in INDEXED})
    work.write_index()
    work.connection.execute(delete(TERMS).where(TERMS.c.id.in_(ids)))


def _remove_alerts(connection: Connection, release_ids: Sequence[int]) -> None:
    """Delete the alerts, and the messages that told of nothing else."""
    alerts = list(connection.execute(select(ALERT.c.id).where(ALERT.c.release_id.in_(release_ids))).scalars())
    for ids in chunks(alerts):
        told = select(MESSAGE_ALERT.c.message_id).where(MESSAGE_ALERT.c.alert_id.in_(ids)).distinct()
        messages = list(connection.execute(told).scalars())
        connection.execute(delete(MESSAGE_ALERT).where(MESSAGE_ALERT.c.alert_id.in_(ids)))
        for some in chunks(messages):
            _remove_messages(connection, some)
        connection.execute(delete(ALERT).where(ALERT.c.id.in_(ids)))


def _remove_messages(connection: Connection, message_ids: Sequence[int]) -> None:
    others = exists().where(MESSAGE_ALERT.c.message_id == MESSAGE.c.id)
    empty = list(connection.execute(select(MESSAGE.c.id).where(MESSAGE.c.id.in_(message_ids), ~others)).scalars())
    deliveries = select(DELIVERY.c.id).where(DELIVERY.c.message_id.in_(empty))
    connection.execute(delete(ATTEMPT).where(ATTEMPT.c.delivery_id.in_(deliveries)))
    connection.execute(delete(DELIVERY).where(DELIVERY.c.message_id.in_(empty)))
    connection.execute(delete(MESSAGE).where(MESSAGE.c.id.in_(empty)))


# ------------------------------------------------------------------ versions


def part(connection: Connection, ids: Sequence[int]) -> None:
    """Part these releases from the versions of theirs that stay, and from what retells them."""
    connection.execute(update(RELEASE).where(RELEASE.c.related_to.in_(ids)).values(related_to=None))
    for versions in _chains(connection, ids):
        _mend_versions(connection, [row for row in versions if row.id not in set(ids)])
    connection.execute(update(RELEASE).where(RELEASE.c.id.in_(ids)).values(revises=None, superseded_by=None))


def _chains(connection: Connection, ids: Sequence[int]) -> Iterator[list[Any]]:
    """All versions of each release that one of `ids` is a version of, where there are several."""
    rows = connection.execute(select(RELEASE.c.id, RELEASE.c.revises).where(RELEASE.c.id.in_(ids))).all()
    firsts = list({row.revises or row.id for row in rows})
    columns = (RELEASE.c.id, RELEASE.c.revises, RELEASE.c.superseded_by, RELEASE.c.published_at)
    versions = connection.execute(
        select(*columns).where(or_(RELEASE.c.id.in_(firsts), RELEASE.c.revises.in_(firsts))).order_by(RELEASE.c.id)
    )
    chains: defaultdict[int, list[Any]] = defaultdict(list)
    for row in versions:
        chains[row.revises or row.id].append(row)
    yield from (chain for chain in chains.values() if len(chain) > 1)


def _mend_versions(connection: Connection, left: Sequence[Any]) -> None:
    """The first of those that are left is the first version, and one is superseded by none."""
    if not left:
        return
    first = left[0].id
    standing = [row for row in left if row.superseded_by is None]
    newest = max(standing or left, key=lambda row: (row.published_at or EPOCH, row.id)).id
    changed = [
        {
            "b_id": row.id,
            "b_revises": None if row.id == first else first,
            "b_newer": None if row.id == newest else newest,
        }
        for row in left
    ]
    mended = update(RELEASE).where(RELEASE.c.id == bindparam("b_id"))
    connection.execute(mended.values(revises=bindparam("b_revises"), superseded_by=bindparam("b_newer")), changed)


# ------------------------------------------------------------------- stories


def settle_stories(connection: Connection, story_ids: Collection[int]) -> None:
    """Give each story whose members changed its head anew; an empty one goes."""
    settle_heads(connection, story_ids)
    member = RELEASE.c.story_id == STORY.c.id
    for ids in chunks(list(story_ids)):
        empty = select(STORY.c.id).where(STORY.c.id.in_(ids), ~exists().where(member))
        _remove_stories(connection, list(connection.execute(empty).scalars()))


def _remove_stories(connection: Connection, ids: Sequence[int]) -> None:
    """With those that were joined to them: they would answer with a story that is not there."""
    for _ in range(_MERGED_DEEP_MAX):
        if not ids:
            return
        joined = list(connection.execute(select(STORY.c.id).where(STORY.c.merged_into.in_(ids))).scalars())
        connection.execute(delete(STORY).where(STORY.c.id.in_(ids)))
        ids = joined
