"""What the interface tells of sources and of channels: how they stand, and how late they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from news.release import iso
from storage.archive import SourceLine
from storage.latencies import channel_latencies
from wirewatch import clock as system
from wirewatch.standing import (
    DAYS,
    Figures,
    Standing,
    channel_json,
    closely,
    closely_json,
    standing_json,
    standings,
)
from wirewatch.web.reading import Reads

Days = Annotated[int, Query(ge=1, le=90)]


@dataclass(frozen=True, slots=True)
class Health:
    """What standings are judged by: the objective of sources that have none of their own, and figures kept a while."""

    objective_s: float
    figures: Figures = field(default_factory=lambda: Figures(system.monotonic))

    def standings(self, reads: Reads, now: datetime, days: int = DAYS) -> list[Standing]:
        return standings(reads, now=now, objective_s=self.objective_s, days=days, figures=self.figures)


def source_json(line: SourceLine) -> dict[str, Any]:
    source, state = line.source, line.source.state
    return {
        "name": source.name,
        "wire": source.wire,
        "kind": source.kind.value,
        "url": source.url,
        "interval_s": source.interval_s,
        "fixed": source.fixed,
        "weight": source.weight,
        "objective_s": source.objective_s,
        "dedupe": source.dedupe,
        "seeded": state.seeded,
        "last_polled_at": iso(state.last_polled_at),
        "last_good_at": iso(state.last_good_at),
        "next_poll_at": iso(state.next_poll_at),
        "last_outcome": state.last_outcome,
        "failures": state.failures,
        "entries": line.entries,
        "gaps": line.gaps,
    }


def add_sources(routes: APIRouter, reads: Reads, clock: Callable[[], datetime], health: Health) -> None:
    @routes.get("/sources")
    def sources(days: Days = DAYS) -> dict[str, Any]:
        """Every source that is polled, with its health in figures of the last `days`, a minute old at most."""
        now = clock()
        found = health.standings(reads, now, days)
        return {"now": iso(now), "items": [{**source_json(s.line), "health": standing_json(s)} for s in found]}

    @routes.get("/sources/{name:path}")
    def source(name: str, days: Days = DAYS) -> dict[str, Any]:
        """One source at length; the hours of the week are those of UTC."""
        now = clock()
        lines = {line.source.name: line for line in reads.sources()}
        if name not in lines:
            raise HTTPException(404, f"There is no source {name!r}.")
        found = closely(reads, lines[name], now=now, objective_s=health.objective_s, days=days)
        return {"now": iso(now), **source_json(lines[name]), "health": closely_json(found)}

    @routes.get("/channels")
    def channels(days: Days = DAYS) -> dict[str, Any]:
        """How late each channel that was given anything in the last `days` told of it."""
        now = clock()
        with reads.database.reading() as connection:
            found = channel_latencies(connection, since=now - timedelta(days=days))
        items = [{"name": name, **channel_json(each)} for name, each in sorted(found.items())]
        return {"now": iso(now), "days": days, "items": items}
