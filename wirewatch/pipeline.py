"""The journey of one release, on one page.

    due sources → fetch → entries → [ poll commit ]
    due entries → fetch page → parse → fingerprint, match → [ store commit ] → deliver → [ settle ]

Each bracket is one short write transaction; fetching, parsing, matching and sending stand outside.
A process that dies between two brackets loses nothing: what was leased is due again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import structlog

from alerts.catching_up import CatchUp
from alerts.delivery import deliver, next_attempt
from ingest import moves, revisits
from ingest.answers import Blocked, Fetched, FetchFailed, NotModified
from ingest.fetch import Fetcher
from ingest.listing import Listing, is_index, read_listing
from ingest.page import Page
from ingest.parse import parse, release_from_listed
from ingest.retries import Trouble, give_up, page_retry_at, poll_retry_at, trouble_of, trouble_of_reject
from ingest.wires import SHIPPED, Roster
from news.alert import Delivery, Outcome
from news.links import url_key
from news.release import Origin, Reject, RejectReason, Release
from news.source import Entry, EntryState, Source, Visited
from storage.archive import Archive
from storage.database import StorageError
from storage.entries import known, list_entries
from storage.keeping import Kept, Raw, keep, order_at
from storage.outbox import settle
from storage.sources import PollEnd, end_poll
from storage.tombstones import Gone, gone, settle_gone
from storage.work import RuleChanges, Work
from wirewatch.clock import Clock
from wirewatch.covering import cover
from wirewatch.indexed import follow
from wirewatch.judging import judged
from wirewatch.pacing import Pacing
from wirewatch.prepared import Incoming, Prepared, prepare
from wirewatch.presence import Presence
from wirewatch.revisiting import Looked, leave, note_reading
from wirewatch.switchboard import Switchboard
from wirewatch.telling import Teller, tell
from wirewatch.watch import Watch, caught_up
from wirewatch.websub import take_note
from wirewatch.wellbeing import heed

BATCH_MAX = 50
# With more changed rules than this, matching again outside beats holding the ingest lock.
CHANGES_INSIDE_MAX = 1_000
SEND_TIMEOUT_S = 60.0
_NOT_YET = frozenset({RejectReason.BLOCKED, RejectReason.ERROR_PAGE})

T = TypeVar("T")


class Commit(Protocol):
    """Runs a blocking write off the event loop, and answers what it answers."""

    async def __call__(self, write: Callable[..., T], /, *given: Any) -> T: ...  # noqa: ANN401 - whatever it takes


_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Unread:
    """An entry whose page gave no release. `final`: asking again will not help. `trouble` is the kind of failure.

    `still`: it was read before, and is what it was.
    """

    entry: Entry
    reason: str
    final: bool
    retry_after_s: float | None = None
    trouble: Trouble = Trouble.UNREADABLE
    still: NotModified | None = None


class Pipeline:
    """Runs the steps and the commits between them; decides nothing itself."""

    def __init__(
        self,
        *,
        archive: Archive,
        fetcher: Fetcher,
        watch: Watch,
        channels: Switchboard,
        now: Clock,
        page_wait_s: float,
        keep_raw: bool = True,
        hubs: bool = False,
        catch_up: CatchUp | None = None,
        roster: Roster = SHIPPED,
        pacing: Pacing,
    ) -> None:
        self._archive, self._fetcher, self._watch = archive, fetcher, watch
        self._channels, self._now = channels, now
        self._page_wait = timedelta(seconds=page_wait_s)
        self._keep_raw, self._hubs, self._roster = keep_raw, hubs, roster
        self.pacing = pacing
        self._teller = Teller(watch, channels, archive.uuid(), catch_up or CatchUp())

    def attended_by(self, presence: Presence) -> None:
        """From now on what comes late is told with regard to when nobody watched."""
        self._teller = replace(self._teller, presence=presence)

    # ---------------------------------------------------------------- poll

    async def poll(self, source: Source, *, commit: Commit = asyncio.to_thread) -> int:
        """Ask one source what it shows; returns how many entries became due. `commit` runs what blocks."""
        state, (url, trusted), asked_at = source.state, moves.asked_at(source), self._now()
        answer = await self._fetcher.fetch(
            url, etag=state.etag, last_modified=state.last_modified, trusted=trusted, asker=source.id
        )
        listing: Listing | Reject | None = None
        if isinstance(answer, Fetched):
            page = Page(answer.final_url, answer.body, answer.content_type, answer.fetched_at)
            listing = await asyncio.to_thread(read_listing, source.kind, source.wire, page, source.fields, self._roster)
            if is_index(listing):
                answer, listing = await follow(self._fetcher, source, answer, trusted=trusted)
        return await commit(self._poll_commit, source, answer, listing, asked_at)

    def _poll_commit(
        self,
        source: Source,
        answer: Fetched | NotModified | Blocked | FetchFailed,
        listing: Listing | Reject | None,
        asked_at: datetime,
    ) -> int:
        now = self._now()
        self.pacing.count(source, answer)
        if not isinstance(answer, Fetched) or not isinstance(listing, Listing):
            end = replace(
                _poll_without_listing(source, answer, listing, now, self.pacing.retry_interval_s(source)),
                asked_at=asked_at,
            )
            with self._archive.writing(now) as work:
                if isinstance(answer, NotModified):
                    then = self.pacing.after_poll(work, source, answer, None)
                    end = replace(end, next_poll_at=then.at, pace=then.pace)
                end_poll(work, source, end)
                heed(work, source, end, answer)
            _log.info("polled", source=source.name, outcome=end.outcome)
            return 0
        collide = source.state.guids_collide or listing.guids_collide
        listed = tuple(replace(row, guid=None) for row in listing.entries) if collide else listing.entries
        url_keys = [url_key(row.url) if row.url else None for row in listed]
        with self._archive.writing(now) as work:
            self._teller.awake(work)
            seen = known(work, source, listed, url_keys)
            move = moves.after_listing(source, answer, seen.flags)
            covered = cover(work, source, listed, seen)
            origin = Origin.LIVE if source.state.seeded else Origin.SEED
            due = list_entries(work, source, listed, url_keys, seen.keys, origin=origin)
            fresh = [row for row, is_known in zip(listed, seen.flags, strict=True) if not is_known]
            then = self.pacing.after_poll(work, source, answer, listing, fresh)
            end = PollEnd(
                outcome=f"ok: {len(listed)} listed, {due} new",
                ok=True,
                read=True,
                next_poll_at=then.at,
                pace=then.pace,
                etag=answer.etag,
                last_modified=answer.last_modified,
                guids_collide=collide,
                move=move,
                asked_at=asked_at,
            )
            end_poll(work, source, end)
            if self._hubs:
                take_note(work, source, answer, listing)
            heed(work, source, end, answer, listing=listing, seen=seen)
            for reject in listing.rejects:
                work.tally("row", reject.reason.value)
        _log.info("polled", source=source.name, listed=len(listed), new=due, overlap=covered.proof.value)
        if move.to is not None and move != source.state.move:
            _log.warning("source_moved", source=source.name, to=move.to, polls=move.polls, adopted=move.adopted)
        return due

    def poll_broke(self, source: Source, error: Exception) -> None:
        """End a poll that raised, so that the next one does not depend on this one's success."""
        now = self._now()
        interval_s = self.pacing.retry_interval_s(source)
        at = poll_retry_at(Trouble.UNREADABLE, source.state.failures, interval_s, now, name=source.name)
        end = PollEnd(outcome=f"internal: {type(error).__name__}", ok=False, read=False, next_poll_at=at)
        with self._archive.writing(now) as work:
            end_poll(work, source, end)
            heed(work, source, end)

    # ---------------------------------------------------------------- read

    async def read(self, entry: Entry) -> Prepared | Unread:
        """Fetch the page of an entry and make it ready to store."""
        if entry.listed.url is None:
            release = release_from_listed(entry.wire, entry.listed)
            return await asyncio.to_thread(self._prepare_entry, entry, release, None)
        etag, last_modified = (entry.page_etag, entry.page_last_modified) if _vouched(entry) else (None, None)
        answer = await self._fetcher.fetch(
            entry.listed.url, etag=etag, last_modified=last_modified, trusted=entry.trusted
        )
        match answer:
            case Fetched():
                page = Page(answer.final_url, answer.body, answer.content_type, answer.fetched_at)
                return await asyncio.to_thread(self._parse_entry, entry, page, (answer.etag, answer.last_modified))
            case NotModified():
                asked = bool(etag or last_modified)
                why = "unchanged" if asked else "unasked 304"
                return Unread(entry, why, final=False, still=answer if asked else None)
            case Blocked():
                return Unread(entry, f"{answer.reason.value}: {answer.detail}", final=True)
            case FetchFailed():
                why, after_s = f"{answer.reason.value}: {answer.detail}", answer.retry_after_s
                return Unread(entry, why, final=False, retry_after_s=after_s, trouble=trouble_of(answer))

    def _parse_entry(self, entry: Entry, page: Page, validators: tuple[str | None, str | None]) -> Prepared | Unread:
        release = parse(page, wire=entry.wire, listed=entry.listed, roster=self._roster)
        if isinstance(release, Reject):
            why, final = f"{release.reason.value}: {release.excerpt}", release.reason not in _NOT_YET
            return Unread(entry, why, final=final, trouble=trouble_of_reject(release.reason))
        if (doubt := revisits.doubt(entry, release, page.url or "")) is not None:
            return Unread(entry, doubt, final=False)
        raw = Raw(
            url=page.url,
            content_type=page.content_type,
            fetched_at=page.fetched_at or self._now(),
            body=page.body,
            wire=entry.wire,
            listed=entry.listed,
        )
        return self._prepare_entry(entry, release, raw, validators)

    def _prepare_entry(
        self, entry: Entry, release: Release, raw: Raw | None, validators: tuple[str | None, str | None] = (None, None)
    ) -> Prepared:
        incoming = Incoming(
            release=release,
            origin=revisits.origin_of(entry),
            # Another text is seen when it is read, not when its address was.
            seen_at=entry.first_seen_at if entry.visited is None or raw is None else raw.fetched_at,
            entry=entry,
            raw=raw if self._keep_raw else None,
            validators=validators,
        )
        return prepare(incoming, self._watch, self._now())

    def prepare(self, incoming: Incoming) -> Prepared:
        """Fingerprint and match a release that came some other way than by an entry."""
        return prepare(incoming, self._watch, self._now())

    def leave_unread(self, unread: Unread) -> None:
        """Settle an entry without its page: it waits, or is given up, and is told as a teaser meanwhile."""
        now, entry = self._now(), unread.entry
        if entry.visited is not None:
            leave(self._archive, self._teller, _looked(unread, entry.visited), now, self._caught_up)
            return
        rejected = unread.final and unread.reason.split(":")[0] in set(RejectReason)
        at = page_retry_at(
            entry.attempts,
            entry.first_seen_at,
            now,
            self._page_wait,
            retry_after_s=unread.retry_after_s,
            trouble=unread.trouble,
        )
        teaser = None if rejected or entry.release_id else self._teaser(unread, now, at)
        with self._archive.writing(now) as work:
            release_id = entry.release_id
            if teaser is not None:
                stored = self._store_one(work, self._caught_up(work, teaser), settle_entry=False)
                if isinstance(stored, Gone):
                    return
                release_id = stored.release_id
            if rejected:
                work.settle(entry.id, EntryState.REJECTED, reason=unread.reason)
            elif unread.final or give_up(entry.attempts, unread.trouble):
                work.settle(entry.id, EntryState.GAVE_UP, reason=unread.reason, release_id=release_id)
            else:
                work.settle(
                    entry.id,
                    EntryState.WAITING,
                    reason=unread.reason,
                    release_id=release_id,
                    retry_at=at,
                    counts=unread.trouble is not Trouble.UNASKED,
                )
        _log.info("unread", url=entry.listed.url, reason=unread.reason[:120], teaser=teaser is not None)

    def _teaser(self, unread: Unread, now: datetime, retry_at: datetime) -> Prepared | None:
        """What the source itself said of a release whose page we cannot have in time, once that is clear."""
        entry = unread.entry
        deadline = entry.first_seen_at + self._page_wait
        if not (unread.final or give_up(entry.attempts, unread.trouble) or now >= deadline or retry_at > deadline):
            return None
        if not entry.listed.title.strip():
            return None
        return self._prepare_entry(entry, release_from_listed(entry.wire, entry.listed), None)

    # --------------------------------------------------------------- store

    def store(self, batch: Sequence[Prepared]) -> list[Kept | Gone | None]:
        """The store commit of whatever is ready, at most `BATCH_MAX`. One that raises is rejected alone: None.

        Raises:
            StorageError: nothing of the batch was stored; its entries keep their lease and come again.
        """
        while True:
            with self._archive.writing(self._now()) as work:
                changes = work.rules_since(min(item.generation for item in batch))
                if len(changes.live) <= CHANGES_INSIDE_MAX:
                    kept = [self._store_safely(work, self._caught_up(work, item)) for item in batch]
                    break
            self._watch.adopt(changes)
            batch = [prepare(item.incoming, self._watch, self._now()) for item in batch]
        self._watch.adopt(changes)
        return kept

    def _caught_up(self, work: Work, item: Prepared) -> Prepared:
        changes: RuleChanges = work.rules_since(item.generation)
        if changes.generation == item.generation:
            return item
        self._watch.adopt(work.rules_since(self._watch.generation))
        return item.rematched(changes.generation, caught_up(item.document, item.matches, changes))

    def _store_safely(self, work: Work, item: Prepared) -> Kept | Gone | None:
        try:
            with work.savepoint():
                return self._store_one(work, item)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 - one bad release must not hold up the others
            _log.exception("store_failed", url=item.release.url, error=type(error).__name__)
            if item.entry is not None:
                work.settle(item.entry.id, EntryState.REJECTED, reason=f"internal: {type(error).__name__}")
            return None

    def _store_one(self, work: Work, item: Prepared, *, settle_entry: bool = True) -> Kept | Gone:
        found = judged(work, item)
        around = order_at(item.release, item.incoming.seen_at)
        before = gone(work, item.fingerprint, found, completeness=item.release.completeness, around=around)
        if before is not None:
            settle_gone(work, item.entry.id if item.entry else None, before, item.fingerprint.keys)
            return before
        kept = keep(work, item.to_keep(), found)
        if kept.fresh or _wakes(work, item, kept):
            tell(work, item, kept, found, self._teller)
        if settle_entry and item.entry is not None:
            work.settle(item.entry.id, EntryState.STORED, release_id=kept.release_id)
            note_reading(work, item, kept)
        return kept

    # ------------------------------------------------------------- deliver

    async def send(self, delivery: Delivery) -> tuple[Delivery, Outcome]:
        """Send one message to one recipient, once."""
        channel = self._channels[delivery.channel]
        return delivery, await deliver(delivery, channel, timeout_s=SEND_TIMEOUT_S)

    def settle(self, sent: Sequence[tuple[Delivery, Outcome]]) -> None:
        """Write down how attempts ended, all in one commit."""
        now = self._now()
        with self._archive.writing(now) as work:
            for delivery, outcome in sent:
                attempt = delivery.attempts + 1
                state = settle(work, delivery, outcome, next_attempt(attempt, outcome, now, random.random))
                reason = getattr(outcome, "reason", None)
                _log.info("delivery", channel=delivery.channel, state=state.value, attempt=attempt, reason=reason)

    def refresh_rules(self) -> None:
        """Take over rules and channels that others changed; a matter of cost: the store commit asks anyway."""
        self._watch.adopt(self._archive.rules_since(self._watch.generation))
        self._channels.refresh()


def _wakes(work: Work, item: Prepared, kept: Kept) -> bool:
    """Whether a live poll, or the filling of a gap, was beaten to a release by another source's seeding."""
    entry = item.entry
    if entry is None or entry.origin not in {Origin.LIVE, Origin.GAP} or entry.release_id is not None:
        return False
    return work.wakes(kept.release_id, entry.source_id)


def _vouched(entry: Entry) -> bool:
    """Whether an unchanged page would say nothing new: one that was missing is asked for whole."""
    return entry.visited is not None and entry.visited.missing_since is None


def _looked(unread: Unread, visited: Visited) -> Looked:
    return Looked(
        entry=unread.entry,
        visited=visited,
        reason=unread.reason,
        trouble=unread.trouble,
        still=unread.still,
        retry_after_s=unread.retry_after_s,
    )


def _poll_without_listing(
    source: Source,
    answer: Fetched | NotModified | Blocked | FetchFailed,
    listing: Listing | Reject | None,
    now: datetime,
    retry_s: float,
) -> PollEnd:
    if isinstance(answer, NotModified):
        return PollEnd(outcome="not modified", ok=True, read=False, next_poll_at=now)
    after_s, trouble = None, Trouble.UNREADABLE
    if isinstance(listing, Reject):
        outcome, trouble = f"{listing.reason.value}: {listing.excerpt}", trouble_of_reject(listing.reason)
    elif isinstance(answer, FetchFailed):
        outcome, after_s, trouble = f"{answer.reason.value}: {answer.detail}", answer.retry_after_s, trouble_of(answer)
    elif isinstance(answer, Blocked):
        outcome, trouble = f"{answer.reason.value}: {answer.detail}", trouble_of(answer)
    else:
        outcome = "unread"
    at = poll_retry_at(trouble, source.state.failures, retry_s, now, name=source.name, retry_after_s=after_s)
    counts = trouble is not Trouble.UNASKED
    move = moves.after_failure(source.state) if counts else None
    return PollEnd(outcome=outcome, ok=False, read=False, counts=counts, move=move, next_poll_at=at)
