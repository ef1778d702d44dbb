"""The HTTP interface under `/api/v1`. Listings go newest first, by cursor; events oldest first, by seq."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from alerts.channels.webhook_body import webhook_data
from news.alert import Alert
from news.query import QueryError
from news.release import iso, release_to_json
from news.source import Event
from storage.archive import DeliveryLine, Stored
from storage.search import Hit
from wirewatch.clock import lasting
from wirewatch.faults import UserError
from wirewatch.history import ask, narrowed
from wirewatch.story_told import story_json, told_story
from wirewatch.web.gap_routes import add_gaps
from wirewatch.web.parameters import EVENTS_MAX, Asked, Cursor, EventLimit, LastEventId, Limit, ReleaseId, Seq, SeqOrNow
from wirewatch.web.reading import Reads
from wirewatch.web.sources import Health, add_sources
from wirewatch.web.watch_api import add_watch

# So long a search takes before it answers with what it has.
SEARCH_S = 5.0
STREAMS_MAX = 100
STREAM_TICK_S = 0.4
HEARTBEAT_S = 15.0
_NOT_LISTED = ("body", "boilerplate", "contact")


def router(reads: Reads, *, clock: Callable[[], datetime], stopping: asyncio.Event, health: Health) -> APIRouter:
    routes = APIRouter()
    _add_releases(routes, reads)
    _add_alerts(routes, reads)
    add_sources(routes, reads, clock, health)
    add_gaps(routes, reads)
    _add_events(routes, reads, stopping)
    add_watch(routes, reads)
    return routes


def release_json(stored: Stored, *, whole: bool) -> dict[str, Any]:
    """The object of `wirewatch parse` with what became of it; a listing leaves the long zones out."""
    told = release_to_json(stored.release)
    for name in () if whole else _NOT_LISTED:
        del told[name]
    return {
        "id": stored.id,
        "story": stored.story_id,
        "origin": stored.origin,
        "revises": stored.revises,
        "superseded_by": stored.superseded_by,
        "first_seen_at": iso(stored.first_seen_at),
        "stored_at": iso(stored.stored_at),
        **told,
    }


def alert_json(alert: Alert, deliveries: list[DeliveryLine]) -> dict[str, Any]:
    """The webhook's `data` with the deliveries as they stand."""
    return {
        **webhook_data(alert),
        "made_at": iso(alert.made_at),
        "deliveries": [delivery_json(line) for line in sorted(deliveries, key=lambda line: line.id)],
    }


def delivery_json(line: DeliveryLine) -> dict[str, Any]:
    """`at` is when it settled; null while it is under way."""
    return {
        "channel": line.channel,
        "recipient": line.recipient,
        "status": line.state,
        "attempts": line.attempts,
        "at": iso(line.settled_at),
    }


def event_json(event: Event) -> dict[str, Any]:
    return {"seq": event.seq, "at": iso(event.at), "type": event.type.value, "data": event.data}


def _page(items: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    return {"items": items, "next_cursor": items[-1]["id"] if len(items) == limit else None}


def _add_releases(routes: APIRouter, reads: Reads) -> None:
    @routes.get("/releases")
    def releases(asked: Annotated[Asked, Query()]) -> dict[str, Any]:
        """The newest releases of which the query is true, within the filters; `cursor` goes on from the page before.

        `partial`: the time was up, and more may follow however few there are. `facets` counts them, too.
        """
        if not asked.narrows:
            return _page(
                [release_json(stored, whole=False) for stored in reads.latest(asked.limit, asked.cursor)], asked.limit
            )
        return _search(reads, asked)

    @routes.get("/releases/{release_id}")
    def release(release_id: ReleaseId) -> dict[str, Any]:
        stored = reads.release(release_id)
        if stored is None:
            raise HTTPException(404, f"There is no release {release_id}.")
        return release_json(stored, whole=True)

    @routes.get("/stories/{story_id}")
    def story(story_id: ReleaseId) -> dict[str, Any]:
        """A story by its id, by that of one it took in, or by that of any release in it."""
        found = told_story(reads, story_id)
        if found is None:
            raise HTTPException(404, f"There is no story {story_id}.")
        return {**story_json(found), "merged_into": found.id if found.id != story_id else None}


def _search(reads: Reads, asked: Asked) -> dict[str, Any]:
    try:
        query = narrowed(asked.q, asked.filters(), reads.packs())
        found = ask(
            reads,
            query,
            limit=asked.limit,
            cursor=asked.cursor,
            heads=asked.heads,
            order=asked.order,
            facets=asked.facets,
            left=lasting(SEARCH_S),
        )
    except QueryError as error:
        raise HTTPException(400, f"q: {error.pointed(asked.q or '')}") from None
    except UserError as error:
        raise HTTPException(400, str(error)) from None
    return found.told(hit_json, items="items", next_="next_cursor")


def hit_json(hit: Hit) -> dict[str, Any]:
    """A release of a listing, with where the query is true of it."""
    return {**release_json(hit.stored, whole=False), "matches": [list(span) for span in hit.match.spans]}


def _add_alerts(routes: APIRouter, reads: Reads) -> None:
    @routes.get("/alerts")
    def alerts(limit: Limit = 50, cursor: Cursor = None) -> dict[str, Any]:
        """The newest alerts, each with its deliveries."""
        found = reads.alerts(limit, cursor)
        return _page([alert_json(alert, reads.deliveries(alert_id=alert.id)) for alert in found], limit)


def _add_events(routes: APIRouter, reads: Reads, stopping: asyncio.Event) -> None:
    streams = asyncio.Semaphore(STREAMS_MAX)

    @routes.get("/events")
    def events(after: Seq = 0, limit: EventLimit = 100) -> dict[str, Any]:
        """What happened after seq `after`, oldest first. `reset`: that seq is too old, or of another archive."""
        last = reads.last_seq()
        lost = _is_lost(reads, after, last)
        found = [] if lost else reads.events(after, limit)
        return {"items": [event_json(event) for event in found], "last_seq": last, "reset": lost}

    @routes.get("/stream")
    async def stream(
        after: SeqOrNow = None,
        last_event_id: LastEventId = "",
    ) -> StreamingResponse:
        """Server-sent events by seq, from `after` or the Last-Event-ID on, else from now on."""
        if streams.locked():
            raise HTTPException(503, "Too many streams are open.", {"retry-after": "10"})
        start = int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() else after
        return StreamingResponse(
            _followed(reads, start, streams, stopping),
            media_type="text/event-stream",
            headers={"x-accel-buffering": "no"},
        )


def _is_lost(reads: Reads, after: int, last: int) -> bool:
    """Whether nobody can tell what came after `after`: it is of another archive, or too long ago.

    0 asks for all that is kept, and is never lost.
    """
    return after > last or 0 < after < reads.first_seq() - 1


async def _followed(
    reads: Reads, after: int | None, streams: asyncio.Semaphore, stopping: asyncio.Event
) -> AsyncIterator[str]:
    """Each event as it is stored; a comment every HEARTBEAT_S, so that a dead reader is noticed."""
    async with streams:
        last = await run_in_threadpool(reads.last_seq)
        lost = after is not None and await run_in_threadpool(_is_lost, reads, after, last)
        if lost:
            yield f"id: {last}\nevent: reset\ndata: {{}}\n\n"
        seq = last if after is None or lost else after
        yield "retry: 2000\n\n"
        quiet_s = 0.0
        while not stopping.is_set():
            found = await run_in_threadpool(reads.events, seq, EVENTS_MAX)
            for event in found:
                seq = event.seq
                yield f"id: {seq}\ndata: {json.dumps(event_json(event))}\n\n"
            quiet_s = 0.0 if found else quiet_s + STREAM_TICK_S
            if quiet_s >= HEARTBEAT_S:
                quiet_s = 0.0
                yield ": still here\n\n"
            await _pause(stopping)


async def _pause(stopping: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(STREAM_TICK_S):
            await stopping.wait()
    except TimeoutError:
        return
