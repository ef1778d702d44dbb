"""How each source stands: in a word, in figures, and at length. What the command and the desk show."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Protocol

from ingest import slips
from ingest.health import NOT_MODIFIED, memory_from, outcomes
from news.release import iso
from news.source import IncidentKind, Source
from storage.archive import SourceLine
from storage.database import Database
from storage.fills import FIELDS, Filled, filled, filled_lately
from storage.health import remembered
from storage.incidents import Incident, incidents
from storage.latencies import ChannelLatency, SourceLatency, Spread, of_sources, releases_seen, source_latencies, spread

DAYS = 7
# A source whose time came so long ago is polled by nobody.
OVERDUE = timedelta(minutes=10)
# The figures of a list are counted anew after so long, for everybody who asks.
FIGURES_KEPT_S = 60.0

_WORDS = {
    IncidentKind.DOWN: "down",
    IncidentKind.BLOCKED: "blocked",
    IncidentKind.EMPTY: "empty",
    IncidentKind.OLD_COPY: "old copy",
    IncidentKind.STALE: "silent",
    IncidentKind.GAP: "gap",
    IncidentKind.DRIFT: "read worse",
    IncidentKind.LATE: "late",
}
"""By how much it matters: the first that applies names the state."""


class Asked(Protocol):
    """As much of the archive as is asked here."""

    @property
    def database(self) -> Database: ...

    def sources(self) -> list[SourceLine]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A source, its state in a word, why in words (empty where it is well), its open incidents and its figures.

    `well` None: it was not polled yet. `figures` are of the last `days`; `objective_s` is the one that holds for it.
    """

    line: SourceLine
    state: str
    why: str
    well: bool | None
    incidents: tuple[Incident, ...]
    figures: SourceLatency
    seen: Spread
    days: int
    objective_s: float

    @property
    def source(self) -> Source:
        return self.line.source

    @property
    def within(self) -> float | None:
        """The share of the stamped releases that was seen within the objective; None without releases."""
        found = slips.lateness(self.figures.late_s, self.objective_s)
        return found.share if found.n else None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourOfWeek:
    """The releases stamped in an hour of the week, Monday 0; `seen` from stamp to first seen."""

    weekday: int
    hour: int
    seen: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Closely:
    """One source at length. `outcomes` is of the last `days` of polls, `fill` of releases before and lately."""

    standing: Standing
    stations: dict[str, Spread]
    hours: tuple[HourOfWeek, ...]
    outcomes: Counter[str]
    fill: tuple[Filled, Filled]
    drops: tuple[slips.Drop, ...]
    past: tuple[Incident, ...]


@dataclass(slots=True)
class Figures:
    """The figures of all sources, kept for a while: counting them reads every release of the days."""

    monotonic: Callable[[], float]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: dict[int, tuple[float, dict[int, SourceLatency]]] = field(default_factory=dict)

    def of(self, database: Database, *, days: int, now: datetime) -> dict[int, SourceLatency]:
        with self._lock:
            counted_at, found = self._kept.get(days, (0.0, None))
            if found is None or self.monotonic() - counted_at > FIGURES_KEPT_S:
                found = latencies(database, days=days, now=now)
                self._kept = {days: (self.monotonic(), found)}
            return found


def latencies(database: Database, *, days: int, now: datetime) -> dict[int, SourceLatency]:
    """From stamp to stored, by source; alerts are left aside."""
    with database.reading() as connection:
        return of_sources(releases_seen(connection, since=now - timedelta(days=days)))


def standings(
    asked: Asked, *, now: datetime, objective_s: float, days: int = DAYS, figures: Figures | None = None
) -> list[Standing]:
    """Every source that is polled, by name. `objective_s` is for those that have none of their own."""
    lines = asked.sources()
    with asked.database.reading() as connection:
        lasting = incidents(connection, since=now, open_only=True)
    counted = (
        figures.of(asked.database, days=days, now=now)
        if figures is not None
        else latencies(asked.database, days=days, now=now)
    )
    return [
        _standing(
            line,
            [each for each in lasting if each.source_id == line.source.id],
            counted.get(line.source.id, SourceLatency()),
            now=now,
            days=days,
            objective_s=objective_s,
        )
        for line in lines
    ]


def closely(
    asked: Asked, line: SourceLine, *, now: datetime, objective_s: float, days: int = DAYS, zone: tzinfo | None = UTC
) -> Closely:
    """One source at length; hours of the week are those of `zone` (None: the machine's own)."""
    source, since = line.source, now - timedelta(days=days)
    with asked.database.reading() as connection:
        figures = source_latencies(connection, since=since, source_id=source.id).get(source.id, SourceLatency())
        hours = _by_hour(releases_seen(connection, since=since, source_id=source.id), zone)
        found = incidents(connection, since=since, source_id=source.id)
        memory = memory_from(remembered(connection, source.id))
        week = now - slips.RECENT
        recent = filled_lately(connection, since=week, until=now, each=slips.RECENT_MAX, source_id=source.id)
        before = filled(connection, since=week - slips.BEFORE, until=week, source_id=source.id)
    lasting = [each for each in found if each.ended_at is None]
    fill = (before.get(source.id, Filled()), recent.get(source.id, Filled()))
    was, lately = (slips.Fill(each.n, each.having) for each in fill)
    return Closely(
        standing=_standing(line, lasting, figures, now=now, days=days, objective_s=objective_s),
        stations=figures.spreads(),
        hours=hours,
        outcomes=outcomes(memory, days=days, now=now),
        fill=fill,
        drops=slips.drops(was, lately),
        past=tuple(found),
    )


def _standing(
    line: SourceLine,
    lasting: Sequence[Incident],
    figures: SourceLatency,
    *,
    now: datetime,
    days: int,
    objective_s: float,
) -> Standing:
    state, why, well = _state(line, lasting, now)
    return Standing(
        line=line,
        state=state,
        why=why,
        well=well,
        incidents=tuple(lasting),
        figures=figures,
        seen=spread(figures.late_s),
        days=days,
        objective_s=line.source.objective_s or objective_s,
    )


def _state(line: SourceLine, lasting: Sequence[Incident], now: datetime) -> tuple[str, str, bool | None]:
    """A word, a sentence, and whether all is well."""
    state = line.source.state
    for kind, word in _WORDS.items():
        for each in lasting:
            if each.kind is kind:
                return word, each.detail, False
    if now - state.next_poll_at > OVERDUE:
        return "not polled", "its time has come and nobody asks it: is the daemon running?", False
    if state.last_polled_at is None:
        return "new", "it was not polled yet", None
    if state.failures:
        return "failing", state.last_outcome, False
    if line.gaps:
        times = "one stretch" if line.gaps == 1 else f"{line.gaps} stretches"
        return "gap", f"for {times} of time it is not known what it showed", False
    return "well", "", True


def _by_hour(seen: Iterable[Any], zone: tzinfo | None) -> tuple[HourOfWeek, ...]:
    waits: dict[tuple[int, int], list[float]] = {}
    for one in seen:
        if one.watched and one.late_s is not None:
            at = (one.seen_at - timedelta(seconds=one.late_s)).astimezone(zone)
            waits.setdefault((at.weekday(), at.hour), []).append(one.late_s)
    return tuple(HourOfWeek(weekday=day, hour=hour, seen=spread(late)) for (day, hour), late in sorted(waits.items()))


def standing_json(standing: Standing) -> dict[str, Any]:
    """What a listing tells of a source's health."""
    figures = standing.figures
    return {
        "state": standing.state,
        "why": standing.why or None,
        "well": standing.well,
        "days": standing.days,
        "releases": figures.releases,
        "unstamped": figures.unstamped,
        "missed": figures.missed,
        "stamp_to_seen": spread_json(standing.seen),
        "objective_s": standing.objective_s,
        "within_objective": standing.within,
        "incidents": [incident_json(each) for each in standing.incidents],
    }


def closely_json(found: Closely) -> dict[str, Any]:
    """A source's health at length; hours of the week as they were asked for."""
    polls, figures = found.outcomes.total(), found.standing.figures
    before, lately = found.fill
    return {
        **standing_json(found.standing),
        "revisions": figures.revisions,
        "apart": figures.apart,
        "stations": {name: spread_json(each) for name, each in found.stations.items()},
        "hours": [
            {"weekday": each.weekday, "hour": each.hour, "stamp_to_seen": spread_json(each.seen)}
            for each in found.hours
        ],
        "polls": dict(found.outcomes),
        "share_not_modified": found.outcomes[NOT_MODIFIED] / polls if polls else None,
        "fields": {name: {"before": _share(before, name), "lately": _share(lately, name)} for name in FIELDS},
        "fields_of": {"before": before.n, "lately": lately.n},
        "drift": [asdict(drop) for drop in found.drops],
        "past_incidents": [incident_json(each) for each in found.past],
    }


def _share(counted: Filled, name: str) -> float | None:
    return counted.having[name] / counted.n if counted.n else None


def spread_json(found: Spread) -> dict[str, Any]:
    """Seconds; null where there are no waits."""
    return {
        "n": found.n,
        "p50_s": found.p50,
        "p95_s": found.p95,
        "p99_s": found.p99,
        "worst_s": found.worst,
        "negative": found.negative,
    }


def channel_json(found: ChannelLatency) -> dict[str, Any]:
    """How late a channel told of what it was given; `gathered` were meant to wait, and are in no figure."""
    told = {"sent": found.sent, "waiting": found.waiting, "dead": found.dead, "gathered": found.gathered}
    return {**told, **{name: spread_json(each) for name, each in found.spreads().items()}}


def incident_json(each: Incident) -> dict[str, Any]:
    return {
        "id": each.id,
        "kind": each.kind.value,
        "opened_at": iso(each.opened_at),
        "ended_at": iso(each.ended_at),
        "detail": each.detail,
        "data": dict(each.data) or None,
    }


def short(seconds: float | None) -> str:
    """`45 s`, `183 s`, `7.2 min`, `1.5 h`, `3 d`; `–` for None."""
    if seconds is None:
        return "–"
    for unit, size_s, least in (("d", 86_400.0, 2), ("h", 3_600.0, 2), ("min", 60.0, 5)):
        if seconds >= least * size_s:
            return f"{seconds / size_s:.1f} {unit}" if seconds < 10 * size_s else f"{seconds / size_s:.0f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004 - two digits tell enough
