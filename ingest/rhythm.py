"""When a source publishes, as learned from when it published: a rate, and its shape over the week and the hour.

The rate expected at a moment is the product of three numbers, after Sia, Cho and Cho (TKDE 2007): entries per second
of late, how this hour of a weekday or a weekend compares with the mean hour, and how this minute compares with the
mean minute. Hours and minutes are those of the source's own time zone, so a daylight-saving change moves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

DAYS = 28
HALF_LIFE_DAYS = 20.0
HOURS = 48
MINUTES = 60
DAY_S = 86_400.0
SATURDAY = 5
# As if so many entries more had come, evenly: what a few entries say of a profile is mostly chance.
HOUR_PRIOR = 10.0
MINUTE_PRIOR = 100.0
# No hour and no minute is ever taken to be quite dead.
PROFILE_MIN = 0.05
# Hours that together hold so little of a source's entries may be left to wait, where enough were seen to know.
QUIET_SHARE = 0.04
QUIET_ENTRIES_MIN = 300
# What share of a week an hour of `Rhythm.hours` stands for.
SHARES = (5 / 168,) * 24 + (2 / 168,) * 24
# A rate is never taken to be zero: one entry in so many days may come from any source.
RARE_DAYS = 60.0
_FLAT_HOURS = (1.0,) * HOURS
_FLAT_MINUTES = (1.0,) * MINUTES
_FORMAT = 1


@dataclass(frozen=True)
class Rhythm:
    """`rate` is entries per second over the week, decayed. `hours`: 24 of a weekday, then 24 of a weekend day.

    Both profiles are ratios to the mean: `hours` over a week, `minutes` over an hour. `entries` is how many it was
    learned from, 0 for a guess.
    """

    rate: float
    zone: str = "UTC"
    hours: tuple[float, ...] = _FLAT_HOURS
    minutes: tuple[float, ...] = _FLAT_MINUTES
    entries: int = 0

    @cached_property
    def minutes_so_far(self) -> tuple[float, ...]:
        """The sum of `minutes` before each minute, and before the next hour."""
        sums = [0.0]
        for each in self.minutes:
            sums.append(sums[-1] + each)
        return tuple(sums)

    @cached_property
    def quiet(self) -> frozenset[int]:
        """The hours of `hours` that hold hardly any of the entries: together `QUIET_SHARE` of them at most."""
        if self.entries < QUIET_ENTRIES_MIN:
            return frozenset()
        shares = sorted((ratio * SHARES[hour], hour) for hour, ratio in enumerate(self.hours))
        found, held = set(), 0.0
        for share, hour in shares:
            held += share
            if held > QUIET_SHARE:
                break
            found.add(hour)
        return frozenset(found)

    def walk(self, start_s: float) -> Iterator[tuple[float, float, bool]]:
        """One minute after another from an epoch second on: its end, its entries per second, if its hour is quiet."""
        zone = zone_of(self.zone)
        at_s, minutes, rate = start_s, self.minutes, self.rate
        while True:
            local = datetime.fromtimestamp(at_s, zone)
            hour = _hour_of_week(local)
            hourly, quiet = rate * self.hours[hour], hour in self.quiet
            at_s += 60.0 - local.second - local.microsecond / 1e6
            yield at_s, hourly * minutes[local.minute], quiet
            for minute in range(local.minute + 1, MINUTES):
                at_s += 60.0
                yield at_s, hourly * minutes[minute], quiet

    def expected(self, start: datetime, end: datetime) -> float:
        """How many entries come between two instants, on the whole."""
        at_s, end_s = start.timestamp(), end.timestamp()
        zone, sums, total = zone_of(self.zone), self.minutes_so_far, 0.0
        while at_s < end_s:
            local = datetime.fromtimestamp(at_s, zone)
            into = local.minute + (local.second + local.microsecond / 1e6) / 60.0
            until = min(60.0, into + (end_s - at_s) / 60.0)
            hourly = self.rate * self.hours[_hour_of_week(local)] * 60.0
            total += hourly * (_so_far(sums, until) - _so_far(sums, into))
            at_s += max((until - into) * 60.0, 1e-6)
        return total

    def as_data(self) -> dict[str, Any]:
        """What `of_data` reads again."""
        return {
            "format": _FORMAT,
            "rate": self.rate,
            "zone": self.zone,
            "hours": [round(each, 4) for each in self.hours],
            "minutes": [round(each, 4) for each in self.minutes],
            "entries": self.entries,
        }


def of_data(data: Mapping[str, Any]) -> Rhythm | None:
    """The rhythm that was written so; None where it is of another format or no rhythm."""
    try:
        hours, minutes = tuple(map(float, data["hours"])), tuple(map(float, data["minutes"]))
        found = Rhythm(float(data["rate"]), str(data["zone"]), hours, minutes, int(data["entries"]))
        zone_of(found.zone)
    except (KeyError, TypeError, ValueError, OSError):
        return None
    sound = len(hours) == HOURS and len(minutes) == MINUTES and all(0 < each < math.inf for each in (*hours, *minutes))
    return found if data.get("format") == _FORMAT and sound and 0 < found.rate < math.inf else None


def fit(
    times: Iterable[datetime],
    *,
    now: datetime,
    zone: str = "UTC",
    known_since: datetime | None = None,
    days: float = DAYS,
    half_life_days: float = HALF_LIFE_DAYS,
) -> Rhythm:
    """Learn a rhythm from effective times before `now`, those of the last weeks; older and later ones do not count.

    Entries count half after two weeks. `known_since` is when the source began to be watched, where that is less than
    four weeks ago: a rate is entries by the time in which they could be seen.
    """
    start = max(now - timedelta(days=days), known_since or now - timedelta(days=days))
    where, decay = zone_of(zone), math.log(2) / (half_life_days * DAY_S)
    hours, minutes, total, entries, now_s = [0.0] * HOURS, [0.0] * MINUTES, 0.0, 0, now.timestamp()
    for at in times:
        if not start <= at <= now:
            continue
        local = at.astimezone(where)
        weight = math.exp(-decay * (now_s - at.timestamp()))
        hours[_hour_of_week(local)] += weight
        minutes[local.minute] += weight
        total += weight
        entries += 1
    watched_s = max(now_s - start.timestamp(), DAY_S / 24)
    exposure = (1.0 - math.exp(-decay * watched_s)) / decay
    rate = total / exposure + 1 / (RARE_DAYS * DAY_S)
    return Rhythm(rate, zone, _hour_profile(hours), _minute_profile(minutes, total), entries)


def of_backlog(stamps: Iterable[datetime], *, now: datetime, zone: str = "UTC") -> Rhythm | None:
    """A first guess from what a source shows at its first answer; None where two stamps at least are not to be had.

    The feed of a source reaches back as far as its rate is low, so its span tells the rate. The profiles stay flat.
    """
    known = sorted({at for at in stamps if at <= now})
    if len(known) <= 1:
        return None
    span_s = max((now - known[0]).total_seconds(), 60.0)
    return Rhythm(len(known) / span_s, zone)


def effective_times(
    stamps: Sequence[datetime | None], *, last_good_at: datetime | None, now: datetime
) -> tuple[datetime, ...]:
    """When entries that a poll saw first were published, as far as we can know it.

    A stamp counts where it lies between the last good poll and now; a skewed clock or a listing without times says
    nothing, and such entries are spread evenly over that interval. Without an earlier poll only stamps count.
    """
    sound = [at for at in stamps if at is not None and at <= now and (last_good_at is None or at > last_good_at)]
    if last_good_at is None:
        return tuple(sound)
    odd = len(stamps) - len(sound)
    step = (now - last_good_at) / odd if odd else timedelta()
    return tuple(sound) + tuple(last_good_at + step * (i + 0.5) for i in range(odd))


@lru_cache(maxsize=512)
def zone_of(name: str) -> Any:  # noqa: ANN401 - a tzinfo; UTC's own is quicker than zoneinfo's
    """Raises: KeyError: no zone has that name (zoneinfo's error is one)."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _hour_of_week(local: datetime) -> int:
    return local.hour + (24 if local.weekday() >= SATURDAY else 0)


def _so_far(sums: Sequence[float], minute: float) -> float:
    whole = min(int(minute), MINUTES - 1)
    return sums[whole] + (sums[whole + 1] - sums[whole]) * (minute - whole)


def _hour_profile(counts: Sequence[float]) -> tuple[float, ...]:
    """Ratios to the mean hour of a week, smoothed a little over the hours beside."""
    total = sum(counts)
    smooth = [0.0] * HOURS
    for day in (0, 24):
        for hour in range(24):
            near = counts[day + (hour - 1) % 24], counts[day + hour], counts[day + (hour + 1) % 24]
            smooth[day + hour] = 0.15 * near[0] + 0.7 * near[1] + 0.15 * near[2]
    ratios = [
        max((count + HOUR_PRIOR * share) / ((total + HOUR_PRIOR) * share), PROFILE_MIN)
        for count, share in zip(smooth, SHARES, strict=True)
    ]
    mean = sum(ratio * share for ratio, share in zip(ratios, SHARES, strict=True))
    return tuple(ratio / mean for ratio in ratios)


def _minute_profile(counts: Sequence[float], total: float) -> tuple[float, ...]:
    share = 1 / MINUTES
    ratios = [max((n + MINUTE_PRIOR * share) / ((total + MINUTE_PRIOR) * share), PROFILE_MIN) for n in counts]
    mean = sum(ratios) / MINUTES
    return tuple(ratio / mean for ratio in ratios)
