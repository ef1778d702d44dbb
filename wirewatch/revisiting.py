"""Pages that are stored, looked at again: what a look comes to, and the withdrawal that it may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from config.settings import Polling
from ingest.answers import NotModified
from ingest.retries import Trouble
from ingest.revisits import (
    CONFIRM_AFTER,
    MISSING_WITHIN,
    Again,
    Allowance,
    Withdrawn,
    after_failure,
    after_missing,
    hourly,
    next_look,
)
from news.release import Completeness, Kind, Origin
from news.source import Entry, EntryState, Visited
from news.verdict import Revision
from storage.archive import Archive
from storage.database import Database
from storage.keeping import Kept, keep, order_at
from storage.revisits import Look, Version, claim_revisits, looked, missing_beside, newest_version
from storage.work import Work
from wirewatch.prepared import Incoming, Prepared, prepare
from wirewatch.telling import Teller, tell

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A page asked for again that gave no text: `still` where it is unchanged, else `trouble` says why."""

    entry: Entry
    visited: Visited
    reason: str
    trouble: Trouble
    still: NotModified | None = None
    retry_after_s: float | None = None

    @property
    def name(self) -> str:
        return self.entry.listed.url or str(self.entry.id)


class Looks:
    """Claims the pages that are to be looked at again, within their share of what a host may be asked."""

    def __init__(self, polling: Polling) -> None:
        per_hour = hourly(polling.revisit_share, polling.per_host_hourly, polling.per_host_gap_s)
        self._off, self._allowance = per_hour == 0, Allowance(per_hour)

    def claim(self, database: Database, now: datetime, *, holder: str, lease: timedelta, limit: int) -> list[Entry]:
        if self._off:
            return []

        def spare(url: str) -> bool:
            return self._allowance.take(urlsplit(url).hostname or "", now)

        return claim_revisits(database, now, holder=holder, lease=lease, limit=limit, spare=spare)


def note_reading(work: Work, item: Prepared, kept: Kept) -> None:
    """Plan the next look at a page that was just read and stored, within the store commit."""
    entry, url = item.entry, item.entry.listed.url if item.entry else None
    if entry is None or url is None or item.release.completeness is not Completeness.FULL:
        return
    known = entry.visited if entry.visited and not kept.fresh else None
    filed_at = known.filed_at if known else order_at(item.release, item.incoming.seen_at)
    again_at = next_look(filed_at, work.now, name=url)
    looked(work, entry.id, Look(again_at=again_at, validators=item.incoming.validators))
    if entry.visited is not None:
        work.tally("look", "changed" if kept.fresh else "the same text")


def leave(
    archive: Archive, teller: Teller, look: Looked, now: datetime, caught_up: Callable[[Work, Prepared], Prepared]
) -> None:
    """The commit of a look that gave no text. What was stored stays; only a page that is gone for good is withdrawn."""
    withdrawal = _withdrawal(archive, teller, look, now) if look.trouble in CONFIRM_AFTER else None
    with archive.writing(now) as work:
        found, outcome = _found(work, look), look.reason.split(":")[0]
        release_id = None
        if isinstance(found, Withdrawn):
            release_id = _withdraw(work, teller, withdrawal, caught_up)
            outcome = "withdrawn" if release_id else "withdrawn before"
            again_at = next_look(look.visited.filed_at, now, name=look.name) if release_id else None
            found = Again(again_at, found.missing_since, counts=False)
        validators = (look.still.etag, look.still.last_modified) if look.still else None
        work.settle(look.entry.id, EntryState.STORED, reason=_reason(look, outcome), release_id=release_id)
        failed = found.counts and look.still is None
        looked(
            work,
            look.entry.id,
            Look(again_at=found.at, missing_since=found.missing_since, validators=validators, failed=failed),
        )
        work.tally("look", outcome)
    _log.info("looked_again", url=look.entry.listed.url, outcome=outcome)


def _found(work: Work, look: Looked) -> Again | Withdrawn:
    now = work.now
    if look.still is not None:
        return Again(next_look(look.visited.filed_at, now, name=look.name))
    if look.trouble in CONFIRM_AFTER:
        beside = missing_beside(work, look.entry, now - MISSING_WITHIN)
        return after_missing(look.visited, look.trouble, beside, now)
    return after_failure(
        look.visited, look.trouble, look.entry.attempts, now, name=look.name, retry_after_s=look.retry_after_s
    )


def _reason(look: Looked, outcome: str) -> str | None:
    return None if look.still else f"{outcome}: {look.reason}" if outcome.startswith("withdrawn") else look.reason


def _withdrawal(archive: Archive, teller: Teller, look: Looked, now: datetime) -> tuple[Version, Prepared] | None:
    """The newest version of the release as one taken back, ready to store; None where that is done."""
    with archive.database.reading() as connection:
        version = newest_version(connection, look.entry.release_id) if look.entry.release_id else None
    if version is None:
        return None
    taken_back = replace(version.release, kind=Kind.WITHDRAWAL)
    incoming = Incoming(release=taken_back, origin=Origin.LIVE, seen_at=now, entry=look.entry)
    return version, prepare(incoming, teller.watch, now)


def _withdraw(
    work: Work,
    teller: Teller,
    withdrawal: tuple[Version, Prepared] | None,
    caught_up: Callable[[Work, Prepared], Prepared],
) -> int | None:
    """Keep the withdrawal, and tell whoever was told of the release: to others what is gone is no news."""
    if withdrawal is None:
        return None
    version, prepared = withdrawal
    known = newest_version(work.connection, version.id)
    if known is None or known.id != version.id:
        return None
    verdict = Revision(of=version.first)
    kept = keep(work, prepared.to_keep(), verdict)
    if not kept.fresh:
        return None
    item, told = caught_up(work, prepared), work.ledger(kept.story_id)
    heard = [match for match in item.matches if match.rule_id in told]
    tell(work, item.rematched(item.generation, heard), kept, verdict, teller)
    return kept.release_id
