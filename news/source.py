"""Where releases come from: sources, what they list, and what was seen of them.

Three types in a chain: what the source said (`Listed`), what is stored of it (`Entry`), and what is
to be written next (`EntryState` with its reason). All times are aware UTC datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from news.release import Origin

# So many good answers in a row at the address that a source says it moved to for good, and it is polled there.
MOVED_AFTER = 10


class SourceKind(StrEnum):
    FEED = "feed"
    LISTING = "listing"
    SITEMAP = "sitemap"
    API = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Other addresses that show a source's rows, maybe older ones; trusted as far as the source is.

    In `listing`, `{page}` is the number of the page, from 1. In `sitemaps` it is too, or `{year}`, `{month}` and
    `{day}` name the days that one holds.
    """

    listing: str | None = None
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.listing or self.feeds or self.sitemaps)


NO_WAYS = Ways()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiFields:
    """Where a JSON interface's rows stand in its answer, and what in a row says what: paths such as `data.articles`.

    An empty one says nothing, of `items` that the answer is the list. `zone` is the IANA zone of times that name none.
    """

    items: str = ""
    title: str = "title"
    url: str = "url"
    id: str = ""
    time: str = ""
    summary: str = ""
    content: str = ""
    issuer: str = ""
    language: str = ""
    topics: str = ""
    tickers: str = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Move:
    """Where a source said for good that it went, and how often it answered well there; 0: as another feed does."""

    to: str | None = None
    polls: int = 0

    @property
    def adopted(self) -> bool:
        """Whether it is polled there."""
        return self.polls >= MOVED_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class PollState:
    """What the last polls of a source left behind.

    `etag` and `last_modified` are byte-exact as received. `seeded` is true from the first poll that
    was read well: what a source showed then has origin `seed`. Once `guids_collide` is true the
    source's guids identify nothing, for good: flipping back would double entries. `pace` is what the
    last polls left to the next (`ingest.cadence`).
    """

    etag: str | None = None
    last_modified: str | None = None
    next_poll_at: datetime
    last_polled_at: datetime | None = None
    last_good_at: datetime | None = None
    failures: int = 0
    last_outcome: str = "never polled"
    seeded: bool = False
    guids_collide: bool = False
    pace: Mapping[str, Any] = field(default_factory=dict)
    move: Move = Move()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One polled address of a wire. `trusted`: written in the configuration file by the operator.

    It is polled every `interval_s` seconds where `fixed`; else that holds only until its rhythm is known. `weight`: how
    much sooner than others it wants to be seen, 1 for most. `objective_s`: within how many seconds 95 of 100 of its
    releases are to be seen, None as the settings say. `ways` are the user's own; the catalogue may know more. `fields`
    are a JSON interface's. Without `dedupe` its releases join no others' stories, and no others theirs.
    """

    id: int
    name: str
    wire: str
    kind: SourceKind
    url: str
    interval_s: float
    alert_seed: bool
    trusted: bool
    state: PollState
    fixed: bool = False
    weight: float = 1.0
    objective_s: float | None = None
    ways: Ways = NO_WAYS
    fields: ApiFields | None = None
    dedupe: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One row of a feed, listing page or sitemap, as the source said it.

    `url` is canonical. `stamp_text` is the source's own words for `stamp`; `updated` is a later change, where one is
    stated. `content` is the text of the release, as far as the source carries it, beside its `summary`. `issuer` is
    the company, `author` who wrote it, `identifier` the number that the publisher gave it, `enclosures` the addresses
    of its files.
    """

    url: str | None
    guid: str | None
    title: str
    summary: str = ""
    stamp: datetime | None = None
    stamp_text: str = ""
    issuer: str | None = None
    language: str | None = None
    tickers: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    content: str = ""
    updated: datetime | None = None
    author: str | None = None
    isins: tuple[str, ...] = ()
    identifier: str | None = None
    enclosures: tuple[str, ...] = ()


class EntryState(StrEnum):
    DUE = "due"
    FETCHING = "fetching"
    STORED = "stored"
    REJECTED = "rejected"
    WAITING = "waiting"
    GAVE_UP = "gave-up"


@dataclass(frozen=True, slots=True)
class Visited:
    """What is known of a page that was read in full: the time its release is filed under, whether that had a body,
    and since when the page is not found, if it is not.
    """

    filed_at: datetime
    bodied: bool = True
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A stored row of a source, claimed for work. `attempts` counts fetches that failed so far; `trusted` and `dedupe`
    are the source's.

    `page_etag` and `page_last_modified` are the validators of its page, where it was read before. `alert`: whoever
    asked for it wants to be told of it, whatever its origin. `visited` is None until its page was read: a teaser's
    was not.
    """

    id: int
    source_id: int
    wire: str
    listed: Listed
    state: EntryState
    origin: Origin
    attempts: int
    first_seen_at: datetime
    release_id: int | None = None
    trusted: bool = False
    dedupe: bool = True
    page_etag: str | None = None
    page_last_modified: str | None = None
    alert: bool = False
    visited: Visited | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch of time in which a source may have shown entries that no poll saw. `id` is 0 until it is stored."""

    source_id: int
    opened_at: datetime
    closed_at: datetime
    cause: str = "no overlap"
    id: int = 0
    attempts: int = 0


class SubscriptionState(StrEnum):
    WANTED = "wanted"
    ASKED = "asked"
    ACTIVE = "active"
    DENIED = "denied"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A source's subscription at the hub that its feed declares; see `storage.source_tables.SubscriptionRow`."""

    source_id: int
    hub: str
    topic: str
    token: str
    secret: str = field(repr=False)
    state: SubscriptionState
    asked_at: datetime
    lease_until: datetime | None = None
    pushed_at: datetime | None = None
    failures: int = 0
    reason: str | None = None


class IncidentKind(StrEnum):
    """What may be wrong with a source. The operator is told once as it begins and once as it ends."""

    DOWN = "down"
    BLOCKED = "blocked"
    EMPTY = "empty"
    STALE = "stale"
    OLD_COPY = "old-copy"
    LATE = "late"
    DRIFT = "drift"
    GAP = "gap"


class EventType(StrEnum):
    RELEASE_STORED = "release.stored"
    RELEASE_COMPLETED = "release.completed"
    RELEASE_REVISED = "release.revised"
    RELEASE_WITHDRAWN = "release.withdrawn"
    RELEASE_REREAD = "release.reread"
    STORY_JOINED = "story.joined"
    STORY_SPLIT = "story.split"
    ALERT_MADE = "alert.made"
    DELIVERY_SETTLED = "delivery.settled"
    GAP_OPENED = "gap.opened"
    GAP_CLOSED = "gap.closed"
    SOURCE_DOWN = "source.down"
    SOURCE_UP = "source.up"
    SOURCE_MOVED = "source.moved"
    RULE_CHANGED = "rule.changed"
    WATCH_RETURNED = "watch.returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, in commit order. `seq` never repeats, not even after a restore."""

    seq: int
    at: datetime
    type: EventType
    data: dict[str, Any] = field(default_factory=dict)
