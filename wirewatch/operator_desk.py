"""Tells the operator, and nobody else, that a source is in trouble: once as it begins, once as it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from alerts.keys import notice_key, thread_key
from alerts.notices import Manners, Telling, telling
from news.notice import Notice, Trouble
from storage import notices
from storage.outbox import Address
from storage.work import Work
from wirewatch import clock
from wirewatch.assemble import House

OPERATOR_EVERY_S = 5.0

_log = structlog.get_logger(__name__)


class OperatorDesk:
    """Turns untold incidents into notices, in one commit with the note that they are told.

    With no channel under [operator] they stay untold, and are shown in the log, by `doctor` and on the dashboard: who
    names a channel later is told of what is wrong then.
    """

    def __init__(self, house: House) -> None:
        asked = house.settings.operator
        self._archive, self._channels = house.archive, house.channels
        self._to = tuple(dict.fromkeys(asked.to))
        self._manners = Manners(
            wait=timedelta(seconds=asked.wait_s), at_most_every=timedelta(seconds=asked.at_most_every_s)
        )
        self._logged: dict[tuple[int, bool], None] = {}

    async def tell(self) -> None:
        await asyncio.to_thread(self.tell_due, clock.now())

    def tell_due(self, now: datetime) -> int:
        """Tell what is due; returns how many notices were made. Asks first without the write lock."""
        with self._archive.database.reading() as connection:
            found = notices.untold(connection)
            due = self._due(found, notices.last_told_at(connection), now)
        self._log(found)
        if not (due.begun or due.ended):
            return 0
        with self._archive.writing(now) as work:
            # Asked again: between the two looks another incident may have ended.
            due = self._due(notices.untold(work.connection), notices.last_told_at(work.connection), now)
            for notice in due.notices:
                notices.put(work, notice, self._addresses(work, notice))
            notices.mark_told(work, due.begun, due.ended)
        return len(due.notices)

    def _due(self, found: Sequence[notices.Untold], last_at: datetime | None, now: datetime) -> Telling:
        if self._to:
            return telling(found, now=now, last_at=last_at, manners=self._manners)
        # Nobody is there to tell: what is over is settled, what lasts waits for somebody.
        over = frozenset(each.id for each in found if each.trouble.until is not None)
        return Telling(begun=over, ended=over)

    def _addresses(self, work: Work, notice: Notice) -> list[Address]:
        uuid = work.archive_uuid()
        troubles = [_named(trouble) for trouble in notice.troubles]
        # What began first gives the thread: the end of a trouble stands under its beginning.
        thread = _first(troubles)
        addresses = []
        for name in self._to:
            channel = self._channels.find(name)
            if channel is None:
                work.tally("refused", f"no channel named {name}")
                continue
            for recipient in channel.recipients:
                to = {"archive_uid": uuid, "channel": name, "recipient": recipient}
                key = notice_key(type_=notice.type.value, troubles=troubles, **to)
                addresses.append(
                    Address(
                        channel=name,
                        recipient=recipient,
                        key=key,
                        thread=thread_key(story_identity=f"operator {thread}", **to),
                    )
                )
        return addresses

    def _log(self, found: Sequence[notices.Untold]) -> None:
        """Each beginning and each end once, also where it is told elsewhere."""
        news = {(each.id, each.trouble.until is not None): each.trouble for each in found}
        for at, trouble in news.items():
            if at in self._logged:
                continue
            what = "source_well_again" if trouble.until else "source_in_trouble"
            _log.warning(what, source=trouble.source, kind=trouble.kind.value, detail=trouble.detail[:200])
        self._logged = dict.fromkeys(news)


def _first(troubles: Sequence[tuple[str, str, str]]) -> str:
    since, source, kind = min((since, source, kind) for source, kind, since in troubles)
    return f"{source} {kind} {since}"


def _named(trouble: Trouble) -> tuple[str, str, str]:
    """By names that outlive a restore."""
    return trouble.source, trouble.kind.value, trouble.since.isoformat()
