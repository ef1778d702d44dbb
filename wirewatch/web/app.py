"""The application: pages, interface, errors and headers put together."""

import asyncio
from collections.abc import Callable
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles

from wirewatch.away import away_line
from wirewatch.troubles import Condition
from wirewatch.web import api, hubs, problems, views
from wirewatch.web.guards import KnownHosts, SafeHeaders
from wirewatch.web.parameters import Cursor, ReleaseId
from wirewatch.web.reading import Reads
from wirewatch.web.sources import Health
from wirewatch.web.strips import source_strip
from wirewatch.web.templating import html
from wirewatch.websub import Callbacks

RELEASES_SHOWN = 60
ALERTS_SHOWN = 20
_STATIC = Path(__file__).parent / "static"


def create_app(
    reads: Reads,
    *,
    clock: Callable[[], datetime],
    zone: tzinfo | None = None,
    stopping: asyncio.Event | None = None,
    hosts: frozenset[str] | None = None,
    condition: Callable[[], Condition] = Condition,
    callbacks: Callbacks | None = None,
    objective_s: float = 180.0,
) -> FastAPI:
    """The dashboard over an archive. `clock` gives aware UTC; times are told in `zone` (None: the machine's own).

    Streams end once `stopping` is set: a server that is to stop would wait for them. `hosts` are the
    host names that requests may name, see `guards.hosts_served`; None: any. `condition` is how the daemon
    beside it finds the archive. `callbacks` answer the hubs of feeds; None: they are not let in.
    `objective_s` is that of sources which have none of their own.
    """
    app = FastAPI(title="Wirewatch", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    health = Health(objective_s)
    routes = api.router(reads, clock=clock, stopping=stopping or asyncio.Event(), health=health)
    app.include_router(routes, prefix="/api/v1")
    if callbacks is not None:
        app.include_router(hubs.router(callbacks))
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.add_middleware(KnownHosts, hosts=hosts)
    app.add_middleware(SafeHeaders)
    problems.install(app)
    _add_pages(app, reads, clock, zone, health)
    _add_health(app, reads, condition)
    return app


def _add_pages(app: FastAPI, reads: Reads, clock: Callable[[], datetime], zone: tzinfo | None, health: Health) -> None:
    @app.get("/", include_in_schema=False)
    def home(before: Cursor = None) -> HTMLResponse:
        return html("home.html", **_home(reads, zone, clock(), before, health))

    @app.get("/releases/{release_id}", include_in_schema=False)
    def release(release_id: ReleaseId) -> HTMLResponse:
        now, stored = clock(), reads.release(release_id)
        if stored is None:
            raise HTTPException(404, f"There is no release {release_id}.")
        fired = reads.alerts(ALERTS_SHOWN, release_id=release_id)
        cards = [views.alert_card(alert, reads.deliveries(alert_id=alert.id), zone, now=now) for alert in fired]
        story = [other for other in reads.story(stored.story_id) if other.id != release_id]
        return html(
            "release.html",
            page=views.release_page(stored, fired, zone, now=now),
            alerts=cards,
            story=[views.release_row(other, zone, now=now, alerted=False) for other in story],
        )


def _home(reads: Reads, zone: tzinfo | None, now: datetime, before: int | None, health: Health) -> dict[str, Any]:
    # Read first: an event that comes while the lists are read is told again rather than missed.
    seq = reads.last_seq()
    fired = reads.alerts(ALERTS_SHOWN) if before is None else []
    alerted = {alert.release_id for alert in fired}
    stored = reads.latest(RELEASES_SHOWN, before)
    return {
        "seq": seq,
        "counts": reads.counts(),
        "sources": [source_strip(each, zone, now=now) for each in health.standings(reads, now)],
        "away": away_line(reads.database, now, zone, local=True),
        "alerts": [views.alert_card(alert, reads.deliveries(alert_id=alert.id), zone, now=now) for alert in fired],
        "releases": [views.release_row(item, zone, now=now, alerted=item.id in alerted) for item in stored],
        "older": stored[-1].id if len(stored) == RELEASES_SHOWN else None,
        "is_first_page": before is None,
    }


def _add_health(app: FastAPI, reads: Reads, condition: Callable[[], Condition]) -> None:
    @app.get("/healthz")
    async def alive() -> dict[str, Any]:
        """The process answers: to start it anew would mend nothing. What troubles it is told."""
        return {"status": "alive", **_told(condition())}

    @app.get("/readyz")
    def ready() -> Response:
        """The archive answers and takes what is new; 503 where it does not."""
        found = condition()
        status = 503 if found.trouble else 200
        answer = {"status": "in trouble" if found.trouble else "ready", **_told(found), "seq": reads.last_seq()}
        return JSONResponse(answer, status)


def _told(condition: Condition) -> dict[str, Any]:
    trouble = {"trouble": condition.trouble} if condition.trouble else {}
    return trouble | ({"warnings": list(condition.warnings)} if condition.warnings else {})
