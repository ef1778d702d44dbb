"""One source in a line of the desk: how it stands, how late it is, what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from alerts.plain import one_line
from wirewatch.standing import Standing, short
from wirewatch.web.views import Moment, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStrip:
    """`well` None before the first poll. `late` tells within which time 95 of 100 releases were seen."""

    name: str
    wire: str
    well: bool | None
    state: str
    why: str
    since: Moment | None
    outcome: str
    late: str
    missed: int
    last: Moment | None
    next: Moment
    waiting: int
    gaps: int
    others: tuple[str, ...]


def source_strip(standing: Standing, zone: tzinfo | None, *, now: datetime) -> SourceStrip:
    line, state = standing.line, standing.source.state
    named = next((each for each in standing.incidents if each.detail == standing.why), None)
    others = tuple(each.detail for each in standing.incidents if each is not named)
    return SourceStrip(
        name=one_line(standing.source.name, 80),
        wire=one_line(standing.source.wire, 40),
        well=standing.well,
        state=standing.state,
        why=one_line(standing.why, 240),
        since=moment(named.opened_at, zone, today=now) if named is not None else None,
        outcome=one_line(state.last_outcome, 160),
        late=f"95% seen within {short(standing.seen.p95)}" if standing.seen.n else "",
        missed=standing.figures.missed,
        last=moment(state.last_polled_at, zone, today=now) if state.last_polled_at else None,
        next=moment(state.next_poll_at, zone, today=now),
        waiting=sum(line.entries.get(name, 0) for name in ("due", "fetching", "waiting")),
        gaps=line.gaps,
        others=tuple(one_line(detail, 240) for detail in others),
    )
