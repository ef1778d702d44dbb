"""What a month on a wire brings, drawn from a seed: when releases come, what is corrected, and every trouble.

All of it is a matter of time alone, not of who asks how often: each policy of polling meets the same month.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from wirewatch.demo.releases import EASTERN, SampleRelease, numbered

# Midnight in New York, on a Monday; the clocks there go forward on the seventh day.
START = datetime(2026, 3, 2, 5, tzinfo=UTC)
DAY_S = 86_400.0
NEEDLE = "needle"

# Releases on a weekday by its hour there, as the wires have them: mornings before the bell, evenings after it.
_HOURS = (1, 1, 1, 1, 2, 5, 12, 26, 30, 24, 14, 10, 9, 9, 8, 8, 24, 10, 5, 3, 2, 2, 1, 1)
_WEEKEND = 0.12
# Minutes of the hour that have more than their share.
_MINUTES = {0: 20.0, 30: 9.0, 5: 5.0, 15: 5.0, 45: 3.0, 1: 3.0}
BURST = 200
BURST_S = 120.0
FEED_ROOM = 20
# So many others may be stamped around a release whose own stamp is wrong: else it might never be in the feed.
_CROWD_MAX = 10


class Kind(StrEnum):
    """What may be wrong for a while."""

    DOWN = "down"
    UNAVAILABLE = "unavailable"
    SILENT = "silent"
    THROTTLED = "throttled"
    STALE = "stale"
    DOUBLED = "doubled"
    BARRED = "barred"


@dataclass(frozen=True, slots=True)
class Spell:
    """Seconds after the start. `rest_s`: for how long the wire wants to be left alone."""

    kind: Kind
    start_s: float
    end_s: float
    rest_s: float = 0.0
    as_date: bool = False

    def covers(self, at_s: float) -> bool:
        return self.start_s <= at_s < self.end_s

    @property
    def hides(self) -> bool:
        """What is published meanwhile cannot be read."""
        return self.kind not in {Kind.DOUBLED, Kind.BARRED}


@dataclass(frozen=True, slots=True)
class Publication:
    """`stamp_s` differs from `at_s` where the wire's stamp is wrong."""

    at_s: float
    stamp_s: float
    release: SampleRelease
    burst: bool = False

    @property
    def number(self) -> str:
        return self.release.number


@dataclass(frozen=True, slots=True)
class Correction:
    """Another text under the same address; `told` if the feed shows it as news again."""

    at_s: float
    release: SampleRelease
    told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    seed: int
    days: float
    publications: tuple[Publication, ...]
    corrections: tuple[Correction, ...]
    spells: tuple[Spell, ...]
    bursts_s: tuple[float, ...]
    # When our own machine is off.
    away: tuple[tuple[float, float], ...]
    redesign_s: float
    moves: bool
    blips: float = 0.015
    alerting: frozenset[str] = field(default_factory=frozenset)

    @property
    def end_s(self) -> float:
        return self.days * DAY_S

    def calm(self) -> frozenset[str]:
        """Numbers of what was published outside bursts, while our machine was on and the wire well."""
        troubles = [*self.away, *((spell.start_s, spell.end_s + spell.rest_s) for spell in self.spells if spell.hides)]
        return frozenset(
            each.number
            for each in self.publications
            if not each.burst and not any(since <= each.at_s < until for since, until in troubles)
        )


def draw(seed: int, days: float = 30.0, *, real_sockets: bool = False) -> Month:
    """`real_sockets`: without what takes real time to wait for."""
    chance = random.Random(f"month {seed}")
    away = _away(chance, days)
    spells = tuple(_spells(chance, days))
    if real_sockets:
        spells = tuple(spell for spell in spells if spell.kind not in {Kind.SILENT, Kind.DOWN})
    bursts = tuple(sorted(_bursts(chance, days, spells, away)))
    publications = _numbered(chance, sorted([*_ordinary(chance, days), *_of_bursts(chance, bursts)]))
    return Month(
        seed=seed,
        days=days,
        publications=tuple(publications),
        corrections=tuple(_corrections(chance, publications, days)),
        spells=spells,
        bursts_s=bursts,
        away=away,
        redesign_s=(days / 2 + chance.uniform(-0.05, 0.05) * days) * DAY_S,
        moves=chance.random() < 0.5,
        alerting=frozenset(each.number for each in publications if NEEDLE in each.release.body),
    )


def _ordinary(chance: random.Random, days: float) -> Iterator[tuple[float, bool]]:
    """(seconds after the start, of a burst), until four hours before the end, so that all can be read."""
    minutes = [_MINUTES.get(minute, 0.7) for minute in range(60)]
    for hour in range(int(days * 24) - 4):
        local = (START + timedelta(hours=hour)).astimezone(EASTERN)
        mean = _HOURS[local.hour] * 0.75 * (_WEEKEND if local.weekday() >= 5 else 1.0)
        for _ in range(_poisson(chance, mean)):
            minute = chance.choices(range(60), minutes)[0]
            yield hour * 3_600.0 + minute * 60.0 + chance.uniform(0, 59.9), False


def _poisson(chance: random.Random, mean: float) -> int:
    count, past = 0, chance.expovariate(1.0)
    while past < mean:
        count += 1
        past += chance.expovariate(1.0)
    return count


def _bursts(
    chance: random.Random, days: float, spells: tuple[Spell, ...], away: tuple[tuple[float, float], ...]
) -> Iterator[float]:
    """By day, by night, behind a feed that says it has not changed, while we are away, and elsewhere."""
    last = days - 0.5
    yield (int(chance.uniform(0.5, last)) * 24 + chance.choice((8, 9, 16))) * 3_600.0
    yield (int(chance.uniform(0.3, last)) * 24 + chance.choice((2, 3, 22))) * 3_600.0 + 300
    stale = [spell for spell in spells if spell.kind is Kind.STALE]
    yield chance.choice(stale).start_s + 120
    yield chance.uniform(*away[0])
    for _ in range(round(days / 15)):
        yield chance.uniform(0.1, last) * DAY_S


def _of_bursts(chance: random.Random, bursts: tuple[float, ...]) -> Iterator[tuple[float, bool]]:
    for start_s in bursts:
        yield from ((start_s + chance.uniform(0, BURST_S), True) for _ in range(BURST))


def _numbered(chance: random.Random, times: list[tuple[float, bool]]) -> list[Publication]:
    found = []
    for n, (at_s, burst) in enumerate(times, start=100):
        release = numbered(n, words="The needle is in this one." if chance.random() < 0.08 else "")
        crowd = sum(abs(other - at_s) < 1_200 for other, _ in times[max(0, n - 200) : n])
        skewed = chance.random() < 0.02 and crowd <= _CROWD_MAX
        skew_s = chance.uniform(-420, 420) if skewed else 0.0
        found.append(Publication(at_s, at_s + skew_s, release, burst))
    return found


def _corrections(chance: random.Random, publications: list[Publication], days: float) -> Iterator[Correction]:
    for each in publications:
        if chance.random() < 0.015:
            after_s = chance.choice((240.0, 1_500.0, 9_000.0, 40_000.0)) * chance.uniform(0.8, 1.4)
            if each.at_s + after_s < (days - 1.3) * DAY_S:
                changed = "in all, after a recount that took the staff a whole night and found a crate more,"
                body = each.release.body.replace("in all,", changed)
                yield Correction(each.at_s + after_s, replace(each.release, body=body), chance.random() < 0.5)


def _away(chance: random.Random, days: float) -> tuple[tuple[float, float], ...]:
    """One day of a month in which our machine is off, less in less; and a start anew on the same day as a throttle."""
    start_s = chance.uniform(0.62, 0.68) * days * DAY_S
    return ((start_s, start_s + min(DAY_S, days * DAY_S / 8)),)


def _spells(chance: random.Random, days: float) -> Iterator[Spell]:
    def some(kind: Kind, a_month: float, low_s: float, high_s: float, **more: float | bool) -> Iterator[Spell]:
        for _ in range(max(1, round(a_month * days / 30))):
            start_s = _working_hour(chance, days)
            yield Spell(kind, start_s, start_s + chance.uniform(low_s, high_s), **more)  # type: ignore[arg-type]

    outage_s = chance.uniform(0.25, 0.35) * days * DAY_S
    length_s = min(DAY_S, days * DAY_S / 8)
    kinds = (Kind.DOWN, Kind.UNAVAILABLE, Kind.SILENT)
    for n, kind in enumerate(chance.sample(kinds, 3)):
        yield Spell(kind, outage_s + n * length_s / 3, outage_s + (n + 1) * length_s / 3)
    yield from some(Kind.THROTTLED, 8, 20, 90, rest_s=float(chance.choice((90, 300, 900))))
    yield from some(Kind.THROTTLED, 4, 20, 90, rest_s=600.0, as_date=True)
    yield from some(Kind.UNAVAILABLE, 6, 120, 1_500, rest_s=180.0)
    yield from some(Kind.DOWN, 4, 600, 5_400)
    yield from some(Kind.SILENT, 3, 120, 900)
    yield from some(Kind.STALE, 8, 600, 2_400)
    yield from some(Kind.DOUBLED, 8, 3_600, 14_400)
    yield from some(Kind.BARRED, 3, 3_600, 7_200)


def _working_hour(chance: random.Random, days: float) -> float:
    """Between six and six in New York, not in the first two hours nor in the last quarter of a day."""
    while True:
        at_s = (int(chance.uniform(0, days)) * 24 + chance.uniform(6, 18)) * 3_600.0
        if 7_200 < at_s < (days - 0.3) * DAY_S:
            return at_s
