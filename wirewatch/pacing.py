"""When each source is polled next: its rhythm, the price of a request, and what the last polls left behind, joined.

Rhythms are fitted anew each night from stored times, the price is found each hour; both are stored, so that a start
goes on where the last run stopped. Until a source's rhythm is known it is polled by its first interval.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import structlog

from config.settings import Polling
from ingest.answers import Blocked, FetchAnswer, Fetched, FetchFailed, NotModified
from ingest.budget import Demand, Purse, demand, purse_of
from ingest.cadence import RETRY_SHARE, Hints, Terms, even_price, next_poll, pace_of
from ingest.listing import Listing
from ingest.rhythm import DAYS, Rhythm, effective_times, fit, of_backlog, of_data
from news.source import Listed, Source
from storage.archive import Archive
from storage.checkpoints import note, noted
from storage.rhythms import EntryTime, entry_times, first_seen, fitted_at, store_rhythms, stored_rhythms
from storage.sources import sources
from storage.work import Work
from wirewatch.clock import Clock

PRICE_EVERY_S = 3_600.0
LEARN_EVERY_S = 1_800.0
FIT_AFTER = timedelta(hours=23)
# A source that began lately is fitted anew this often: its first guess is from one answer.
FIT_YOUNG_AFTER = timedelta(hours=6)
YOUNG_ENTRIES = 100
# The note that holds the price and what was spent.
NOTE = "cadence"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Next:
    """When to poll next, and the pace to store with it (None: as it was)."""

    at: datetime
    pace: Mapping[str, Any] | None = None


class Pacing:
    """What every poll commit asks, and the daemon's jobs that keep its answers true."""

    def __init__(self, archive: Archive, polling: Polling, zones: Mapping[str, str], now: Clock) -> None:
        self._archive, self._polling, self._zones, self._now = archive, polling, zones, now
        self._rhythms: dict[int, Rhythm] | None = None
        self._price: float | None = None
        self._purse, self._planned, self._spent = Purse(), 0.0, 0
        self._priced_at: datetime | None = None

    @property
    def price_now(self) -> float | None:
        """What a request is worth, in seconds waited by entries; None until one was found."""
        return self._price

    # ------------------------------------------------------------------ the poll commit

    def count(self, source: Source, answer: FetchAnswer) -> None:
        """A poll was answered or failed: it is spent from the budget, unless nothing was sent."""
        asked = answer.asked if isinstance(answer, FetchFailed) else not isinstance(answer, Blocked)
        self._spent += asked and not source.fixed

    def after_poll(
        self,
        work: Work,
        source: Source,
        answer: Fetched | NotModified,
        listing: Listing | None,
        fresh: Sequence[Listed] = (),
    ) -> Next:
        """When a source is polled next that was just polled well; `fresh` are the rows never seen before."""
        if source.fixed:
            return Next(work.now + timedelta(seconds=source.interval_s))
        rhythm = self._known(work).get(source.id)
        if rhythm is None:
            rhythm = self._begun(work, source, listing)
        if rhythm is None:
            return Next(work.now + timedelta(seconds=source.interval_s))
        pace = pace_of(source.state.pace)
        if source.state.last_good_at is not None:
            pace = pace.after(rhythm, source.state.last_good_at, work.now, len(fresh) if source.state.seeded else 0)
        said = Hints.of_data(source.state.pace)
        if listing is not None:
            said = Hints(fresh_s=listing.ttl_s, skip_hours=listing.skip_hours)
        hints = replace(said, fresh_s=answer.max_age_s or said.fresh_s)
        at = next_poll(rhythm, pace, self._terms(source, rhythm), hints, work.now)
        return Next(at, {**pace.as_data(), **said.as_data()})

    def retry_interval_s(self, source: Source) -> float:
        """What a failed poll is first tried again after."""
        if source.fixed:
            return source.interval_s
        return max(self._polling.floor_s, min(source.interval_s, RETRY_SHARE * self._polling.budget_s))

    def _begun(self, work: Work, source: Source, listing: Listing | None) -> Rhythm | None:
        """The first guess, from what a source shows at its first answer."""
        if listing is None:
            return None
        stamps = [row.stamp for row in listing.entries if row.stamp is not None]
        found = of_backlog(stamps, now=work.now, zone=self._zone(source))
        if found is not None:
            store_rhythms(work, [(source.id, found.as_data())])
            self._known(work)[source.id] = found
        return found

    def _terms(self, source: Source, rhythm: Rhythm) -> Terms:
        terms = Terms(
            price=self._price or 1.0,
            budget_s=self._polling.budget_s,
            floor_s=self._polling.floor_s,
            ceiling_s=max(self._polling.ceiling_s, self._polling.floor_s),
            weight=source.weight,
            fixed_s=source.interval_s if source.fixed else None,
        )
        return terms if self._price else even_price(rhythm, terms)

    def _known(self, work: Work) -> dict[int, Rhythm]:
        if self._rhythms is None:
            return self._load(stored_rhythms(work.connection), noted(work.connection, NOTE))
        return self._rhythms

    def _load(self, stored: Mapping[int, Mapping[str, Any]], told: Mapping[str, Any] | None) -> dict[int, Rhythm]:
        known = {id_: found for id_, data in stored.items() if (found := of_data(data)) is not None}
        self._rhythms = known
        if told is not None:
            self._price = told.get("price")
            self._purse, self._planned = purse_of(told.get("purse")), float(told.get("planned") or 0.0)
        return known

    def _zone(self, source: Source) -> str:
        return self._zones.get(source.wire, "UTC")

    # ------------------------------------------------------------------ the daemon's jobs

    async def price(self) -> None:
        """Find the price anew, from what was spent since the last time."""
        await asyncio.to_thread(self._price_anew)

    def _price_anew(self) -> None:
        now = self._now()
        with self._archive.database.reading() as connection:
            watched = sources(connection)
            if self._rhythms is None:
                self._load(stored_rhythms(connection), noted(connection, NOTE))
        following = [source for source in watched if not source.fixed]
        wanted = self._demand(following)
        if wanted is None:
            return
        allowed = len(following) * 3_600.0 / self._polling.budget_s
        since, self._priced_at = self._priced_at, now
        spent, self._spent = self._spent, 0
        if since is not None and self._planned:
            hours = max((now - since).total_seconds() / 3_600.0, 1e-3)
            self._purse = self._purse.after_hour(spent=spent / hours, planned=self._planned, allowed=allowed)
        self._planned = self._purse.aim(allowed)
        self._price = wanted.price_for(self._planned / 3_600.0)
        with self._archive.writing(now) as work:
            told = {"price": self._price, "planned": self._planned, "purse": self._purse.as_data()}
            note(work.connection, NOTE, told, now)
        _log.info("request_priced", price=round(self._price, 3), planned_an_hour=round(self._planned, 1), spent=spent)

    def _demand(self, following: Sequence[Source]) -> Demand | None:
        known = self._rhythms or {}
        if not any(each.id in known for each in following):
            return None  # a price for guesses alone would be paid for an hour by whoever turns out to be busy
        flat = Rhythm(1.0 / 86_400.0)
        return demand((known.get(each.id, flat), self._terms(each, known.get(each.id, flat))) for each in following)

    async def learn(self) -> None:
        """Fit the rhythms whose time has come, a source at a time."""
        learned = 0
        for source in await asyncio.to_thread(self._due):
            learned += await asyncio.to_thread(self._learn_one, source)
            await asyncio.sleep(0)
        if learned:
            _log.info("rhythms_learned", sources=learned)
            await self.price()

    def _due(self) -> list[Source]:
        now = self._now()
        with self._archive.database.reading() as connection:
            watched, fitted = sources(connection), fitted_at(connection)
            if self._rhythms is None:
                self._load(stored_rhythms(connection), noted(connection, NOTE))
        return [each for each in watched if each.state.seeded and self._is_due(each, fitted.get(each.id), now)]

    def _is_due(self, source: Source, fitted: datetime | None, now: datetime) -> bool:
        known = (self._rhythms or {}).get(source.id)
        young = known is None or known.entries < YOUNG_ENTRIES
        return fitted is None or now - fitted >= (FIT_YOUNG_AFTER if young else FIT_AFTER)

    def _learn_one(self, source: Source) -> bool:
        now = self._now()
        since = now - timedelta(days=DAYS)
        times: list[EntryTime] = []
        with self._archive.database.reading() as connection:
            began = first_seen(connection, source.id)
            while step := entry_times(connection, source.id, since, after=times[-1].id if times else 0):
                times.extend(step)
        found = learned(times, now=now, zone=self._zone(source), began=began)
        if found is None:
            return False
        with self._archive.writing(now) as work:
            store_rhythms(work, [(source.id, found.as_data())])
        if self._rhythms is not None:
            self._rhythms[source.id] = found
        return True


def learned(times: Sequence[EntryTime], *, now: datetime, zone: str, began: datetime | None) -> Rhythm | None:
    """A rhythm from stored times; None without any. What the first answer showed reaches back as far as it says."""
    came: list[datetime] = []
    before: datetime | None = None
    for seen_at, group in groupby(sorted(times, key=lambda each: each.first_seen_at), lambda each: each.first_seen_at):
        rows = list(group)
        stood = [row.stamp for row in rows if not row.live]
        came.extend(effective_times(stood, last_good_at=None, now=seen_at))
        fresh = [row.stamp for row in rows if row.live]
        if fresh:
            earliest = seen_at - timedelta(hours=1)
            came.extend(effective_times(fresh, last_good_at=max(before or earliest, earliest), now=seen_at))
        before = seen_at
    known_since = min([*came, *([began] if began else [])], default=None)
    return fit(came, now=now, zone=zone, known_since=known_since) if came else None
