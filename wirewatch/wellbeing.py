"""Within the poll commit: what a poll says of its source's health becomes incidents that begin or end."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.answers import Blocked, Fetched, FetchFailed, NotModified
from ingest.health import AT_POLLS, NOT_MODIFIED, RECENT, Poll, judge, memory_from, newest_first, stored_memory
from ingest.listing import Listing
from news.source import Source
from storage.entries import Known
from storage.health import remember, remembered
from storage.incidents import begin, end, ended_since, kinds_open
from storage.sources import PollEnd
from storage.work import Work

_READ = "read"


def heed(
    work: Work,
    source: Source,
    ended: PollEnd,
    answer: Fetched | NotModified | Blocked | FetchFailed | None = None,
    *,
    listing: Listing | None = None,
    seen: Known | None = None,
) -> None:
    """Begin and end the source's incidents by how a poll ended; `listing` and `seen` are what was read, if it was."""
    rows: Sequence[str] | None = None
    if listing is not None and seen is not None:
        rows = newest_first(listing.entries, seen.keys)
    poll = Poll(
        at=work.now,
        outcome=_word(ended),
        detail=ended.outcome,
        good=ended.ok,
        rows=rows,
        new=seen.flags.count(False) if seen is not None else 0,
        age_s=answer.age_s if isinstance(answer, Fetched) else None,
        silent=work.now - source.state.last_good_at if source.state.last_good_at else None,
    )
    open_ = kinds_open(work.connection, source.id) & AT_POLLS
    recent = ended_since(work.connection, source.id, work.now - RECENT) if open_ else None
    found = judge(memory_from(remembered(work.connection, source.id)), poll, open_=open_, recent=recent)
    remember(work, source.id, stored_memory(found.memory))
    for kind in found.ends:
        end(work, source.id, kind)
    for trouble in found.begins:
        begin(work, source.id, trouble.kind, trouble.detail)


def _word(ended: PollEnd) -> str:
    """How a poll ended, in a word or two that can be counted."""
    if not ended.ok:
        return ended.outcome.split(":")[0][:40]
    return _READ if ended.read else NOT_MODIFIED
