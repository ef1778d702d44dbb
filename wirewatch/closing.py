"""Digests and bundles that are due: closed to further alerts and given the ids that receivers see."""

from __future__ import annotations

from datetime import datetime

import structlog

from alerts.gating import FIRST
from alerts.keys import digest_key, thread_key
from storage import bundles
from storage.archive import Archive
from storage.bundles import Closing, Member

AT_ONCE = 50

_log = structlog.get_logger(__name__)


def close_due(archive: Archive, now: datetime) -> int:
    """Close what is due now, in one short commit; returns how many messages. Asks first without the write lock."""
    with archive.database.reading() as connection:
        if not bundles.is_open(connection, now):
            return 0
    uuid = archive.uuid()
    with archive.writing(now) as work:
        due = bundles.closings(work, AT_ONCE)
        for closing in due:
            bundles.close(work, closing, _ids(uuid, closing))
    for closing in due:
        _log.info("told_together", period=closing.period, alerts=len(closing.members))
    return len(due)


def _ids(uuid: str, closing: Closing) -> dict[int, tuple[str, str]]:
    """By delivery its key and thread."""
    members = [(each.rule_uid, each.release_identity, lasting(each)) for each in closing.members]
    return {
        id_: (
            digest_key(archive_uid=uuid, period=closing.period, members=members, channel=channel, recipient=recipient),
            thread_key(archive_uid=uuid, story_identity=closing.period, channel=channel, recipient=recipient),
        )
        for id_, channel, recipient in closing.deliveries
    }


def lasting(member: Member) -> str:
    """A revision is named by its text, not by its row: the key must outlive a restore."""
    return FIRST if member.occasion == FIRST else f"{member.occasion.partition(':')[0]}:{member.content}"
