"""When a page that is stored is looked at again, and what it means that it reads otherwise or is gone. Pure.

A wire mends and withdraws releases at their own addresses and tells nobody; only a second look finds that. Most
corrections come soon, hence 10 minutes, an hour and a day after publication.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.jitter import share
from ingest.retries import RETRY_AFTER_MAX_S, Trouble
from news.links import url_key
from news.release import Kind, Origin, Release
from news.source import Entry, Visited

LOOKS = (timedelta(minutes=10), timedelta(hours=1), timedelta(days=1))
# A look is later by up to so much of its time: what was published together is not looked at together.
LOOK_JITTER = 0.2
# No page is looked at sooner than that after it was read.
REST = timedelta(minutes=2)
# After the first, second, … look that failed; then the next look that is planned stands.
FAILED_WAITS_S = (300.0, 1_800.0, 7_200.0, 21_600.0)
UNASKED_WAIT_S = 60.0
# A page that is not found is withdrawn once it is not found again so much later: servers stumble.
CONFIRM_AFTER = {Trouble.NOT_FOUND: timedelta(minutes=30), Trouble.GONE: timedelta(minutes=5)}
# Where so many other pages of the source went missing within a day, it is the site that changed.
MISSING_MAX = 3
MISSING_WITHIN = timedelta(days=1)
CROWD_WAIT = timedelta(hours=6)
MISSING_FOR_MAX = timedelta(days=3)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Again:
    """Nothing is known but when to look again; None: no more. `missing_since`: since when it is not found.

    `counts`: whether this was an attempt.
    """

    at: datetime | None
    missing_since: datetime | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The page is gone for good."""

    missing_since: datetime


def next_look(filed_at: datetime, now: datetime, *, name: str) -> datetime | None:
    """When the page of that name, whose release is filed under `filed_at`, is looked at next; None if no more."""
    for turn, look in enumerate(LOOKS):
        at = filed_at + look * (1.0 + LOOK_JITTER * share(name, turn))
        if at > now:
            return max(at, now + REST)
    return None


def after_failure(
    visited: Visited, trouble: Trouble, attempts: int, now: datetime, *, name: str, retry_after_s: float | None = None
) -> Again:
    """What a look that gave no page means: nothing of the release. It is tried again, never before the host said."""
    stated_s = min(retry_after_s or 0.0, RETRY_AFTER_MAX_S)
    if trouble is Trouble.UNASKED:
        return Again(now + timedelta(seconds=max(UNASKED_WAIT_S, stated_s)), visited.missing_since, counts=False)
    if attempts < len(FAILED_WAITS_S):
        return Again(now + timedelta(seconds=max(FAILED_WAITS_S[attempts], stated_s)), visited.missing_since)
    at = next_look(visited.filed_at, now, name=name)
    return Again(max(at, now + timedelta(seconds=stated_s)) if at else None, visited.missing_since)


def after_missing(visited: Visited, trouble: Trouble, missing_beside: int, now: datetime) -> Again | Withdrawn:
    """What a 404 or 410 means for a page that was there.

    `missing_beside`: how many other pages of its source went missing within `MISSING_WITHIN`.
    """
    since, confirm = visited.missing_since, CONFIRM_AFTER[trouble]
    if since is None:
        return Again(now + confirm, now)
    if now < since + confirm:
        return Again(since + confirm, since)
    if missing_beside < MISSING_MAX:
        return Withdrawn(since)
    return Again(now + CROWD_WAIT if now < since + MISSING_FOR_MAX else None, since)


def doubt(entry: Entry, release: Release, final_url: str) -> str | None:
    """Why a second reading of a page is no other version of its release; None if it may be one.

    A page without the text it had is half served, or redesigned. An address that leads to another one, where no number
    of the wire says that a release is there, leads to a home page or a list.
    """
    visited, url = entry.visited, entry.listed.url
    if visited is None or url is None:
        return None
    if visited.bodied and not release.body.strip() and release.kind is not Kind.WITHDRAWAL:
        return "hollow: the page has no text any more"
    if release.release_number is None and url_key(final_url) != url_key(url):
        return "elsewhere: the address leads to another page"
    return None


def origin_of(entry: Entry) -> Origin:
    """What is read of a page that was read before is news, even where its first reading was a seeding."""
    return Origin.LIVE if entry.visited is not None and entry.origin is Origin.SEED else entry.origin


def hourly(share_of_budget: float, per_host_hourly: int, per_host_gap_s: float) -> int | None:
    """How many looks a host has in any hour: a share of all that may be asked of it. None: no limit."""
    if not share_of_budget:
        return 0
    limit = float(per_host_hourly) if per_host_hourly else 3_600.0 / per_host_gap_s if per_host_gap_s else None
    return None if limit is None else max(1, int(limit * share_of_budget))


class Allowance:
    """Looks at each host in the last hour, at most `hourly`; None: no limit. Of one process, in memory."""

    def __init__(self, hourly: int | None) -> None:
        self._hourly = hourly
        self._taken: dict[str, deque[datetime]] = {}

    def take(self, host: str, now: datetime) -> bool:
        """Take one look at the host, if there is one left."""
        if self._hourly is None:
            return True
        self._taken = {name: taken for name, taken in self._taken.items() if taken and taken[-1] > now - HOUR}
        taken = self._taken.setdefault(host, deque())
        while taken and taken[0] <= now - HOUR:
            taken.popleft()
        if len(taken) >= self._hourly:
            return False
        taken.append(now)
        return True
