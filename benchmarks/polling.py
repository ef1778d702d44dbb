"""How late releases are seen: `python -m benchmarks.polling --series FILE.csv.gz [--json] [--frontier]`.

The file has the columns feed,published_at. The real `next_poll` runs against it, minute by minute of the test weeks,
with rhythms fitted each night and a price found each hour from what the polls before had shown; nothing of what comes
later is known to it. Beside it, at as many requests: a timer (all its phases, pooled), and an oracle that was given the
rates, hours and minutes of the test weeks themselves. Nothing is drawn: the same file gives the same numbers.
"""

from __future__ import annotations

import argparse
import gzip
import heapq
import json
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from ingest.budget import Purse, demand
from ingest.cadence import LONGEST, PATIENCE, RETRY_SHARE, Hints, Pace, Terms, next_poll
from ingest.jitter import share
from ingest.retries import Trouble as Failure
from ingest.retries import poll_retry_at
from ingest.rhythm import DAYS, MINUTES, Rhythm, effective_times, fit, of_backlog

DAY_S, WEEK_S = 86_400.0, 604_800.0
PHASES = 30
RUN_IN_DAYS = 7
Floats = np.ndarray
Series = dict[str, list[float]]
SCENARIOS = ("cold-start", "lost-polls", "skewed-clocks", "no-stamps", "daylight-saving", "silent-week")
Policy = Callable[[Rhythm, Terms, float], float]


@dataclass(frozen=True)
class Knobs:
    patience: float = PATIENCE
    longest: float = LONGEST


FRONTIER = (
    Knobs(1e9, 1e9),
    *(Knobs(patience, LONGEST) for patience in (1e9, 8.0, 4.0, PATIENCE, 1.5, 0.7)),
    *(Knobs(PATIENCE, longest) for longest in (1e9, 3.0, 1.5)),
)


@dataclass(frozen=True)
class Trouble:
    """What goes wrong in a run. `lost`: the share of polls that fail. `skew_s`: how wrong stamps are, by feed."""

    lost: float = 0.0
    skew_s: float = 0.0
    stampless: float = 0.0
    cold: bool = False


@dataclass
class Outcome:
    """What a run gave: delays in seconds by feed, and requests by host and minute of the hour."""

    delays: dict[str, Floats] = field(default_factory=dict)
    requests: int = 0
    by_minute: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * MINUTES))
    days: list[int] = field(default_factory=list)

    @property
    def pooled(self) -> Floats:
        return np.concatenate(list(self.delays.values())) if self.delays else np.zeros(1)


@dataclass
class _Feed:
    name: str
    host: str
    times: list[float]
    rhythm: Rhythm
    seen: list[datetime]
    pace: Pace = field(default_factory=Pace)
    good_at: float = 0.0
    shown: int = 0
    failures: int = 0
    late: list[float] = field(default_factory=list)


def read_series(path: Path) -> Series:
    """Epoch seconds by feed, in order."""
    opened = gzip.open if path.suffix == ".gz" else open
    found: dict[str, list[float]] = defaultdict(list)
    with opened(path, "rt", encoding="utf-8") as file:
        next(file)
        for line in file:
            # A feed's address may hold commas that nobody quoted.
            name, _, told = line.strip().rpartition(",")
            at = datetime.fromisoformat(told)
            found[name.strip('"')].append((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    return {name: sorted(times) for name, times in sorted(found.items())}


def _seen_late(at: Floats, phase: float, every_s: float, lost: float, name: str) -> Floats:
    late = (phase - at) % every_s
    for _ in range(20 if lost else 0):
        polls = at + late
        missed = np.array([share(f"{name} {each:.1f}") < lost for each in polls], dtype=bool)
        if not missed.any():
            break
        late = late + every_s * missed
    return late


@dataclass(frozen=True)
class _Span:
    """From when the polls run, from when they count, until when; epoch seconds."""

    start_s: float
    test_s: float
    end_s: float


class Run:
    """One deterministic simulation of all feeds from `start_s` to `end_s`; counted from `test_s` on."""

    def __init__(
        self,
        series: Series,
        span: _Span,
        *,
        budget_s: float,
        knobs: Knobs,
        trouble: Trouble | None = None,
        zone: str = "UTC",
        floor_s: float = 20.0,
        ceiling_s: float = 3_600.0,
    ) -> None:
        self.start_s, self.test_s, self.end_s = span.start_s, span.test_s, span.end_s
        self.budget_s, self.trouble, self.zone = budget_s, trouble or Trouble(), zone
        self.terms = {
            name: Terms(
                price=1.0,
                budget_s=budget_s,
                floor_s=floor_s,
                ceiling_s=ceiling_s,
                patience=knobs.patience,
                longest=knobs.longest,
            )
            for name in series
        }
        self.feeds = [self._feed(name, times) for name, times in series.items()]
        self.outcome = Outcome()

    def _feed(self, name: str, times: list[float]) -> _Feed:
        shown = bisect_right(times, self.start_s)
        now = _utc(self.start_s)
        host = urlsplit(name).netloc or name
        if self.trouble.cold:
            backlog = [_utc(at) for at in times[max(0, shown - 20) : shown]]
            rhythm = of_backlog(backlog, now=now, zone=self.zone) or Rhythm(1 / DAY_S, self.zone)
            return _Feed(name, host, times, rhythm, backlog, good_at=self.start_s, shown=shown)
        seen = [_utc(at) for at in times[:shown] if at > self.start_s - DAYS * DAY_S]
        rhythm = fit(seen, now=now, zone=self.zone, known_since=_utc(times[0]))
        return _Feed(name, host, times, rhythm, seen, good_at=self.start_s, shown=shown)

    def learned(self) -> Outcome:
        """The policy as it runs in the house: nightly fits, a price each hour."""
        allowed = len(self.feeds) * 3600.0 / self.budget_s
        purse, spent, hour_s, night_s = Purse(), 0, self.start_s + 3600.0, self.start_s + DAY_S
        wanted = demand((feed.rhythm, self.terms[feed.name]) for feed in self.feeds)
        planned = purse.aim(allowed)
        price = wanted.price_for(planned / 3600.0)
        queue = [(self.start_s + self.budget_s * share(f.name), i) for i, f in enumerate(self.feeds)]
        heapq.heapify(queue)
        while queue and queue[0][0] < self.end_s:
            at_s, index = heapq.heappop(queue)
            while at_s >= hour_s:
                purse = purse.after_hour(spent=spent, planned=planned, allowed=allowed)
                if hour_s >= night_s:
                    self._refit(night_s)
                    wanted = demand((feed.rhythm, self.terms[feed.name]) for feed in self.feeds)
                    night_s += DAY_S
                planned, spent = purse.aim(allowed), 0
                price = wanted.price_for(planned / 3600.0)
                hour_s += 3600.0
            spent += 1
            next_s = self._poll(self.feeds[index], at_s, price, burst=True)
            heapq.heappush(queue, (next_s, index))
        return self._ended()

    def priced(self, rhythms: dict[str, Rhythm], price: float, policy: Policy | None) -> Outcome:
        """Known rhythms and one price throughout: what an oracle does."""
        self.outcome = Outcome()
        for feed in self.feeds:
            feed.rhythm, feed.late = rhythms[feed.name], []
            feed.good_at, feed.shown = self.start_s, bisect_right(feed.times, self.start_s)
            at_s = self.start_s + self.budget_s * share(feed.name)
            while at_s < self.end_s:
                at_s = self._poll(feed, at_s, price, burst=False, policy=policy)
        return self._ended()

    def _poll(self, feed: _Feed, at_s: float, price: float, *, burst: bool, policy: Policy | None = None) -> float:
        now, counted = _utc(at_s), at_s >= self.test_s
        if counted:
            self.outcome.requests += 1
            self.outcome.by_minute[feed.host][int(at_s // 60) % 60] += 1
        terms = replace(self.terms[feed.name], price=price)
        if self.trouble.lost and share(f"{feed.name} {at_s}") < self.trouble.lost:
            feed.failures += 1
            wait_s = RETRY_SHARE * self.budget_s
            return poll_retry_at(Failure.TIMEOUT, feed.failures - 1, wait_s, now, name=feed.name).timestamp()
        feed.failures = 0
        upto = bisect_right(feed.times, at_s, feed.shown)
        fresh = feed.times[feed.shown : upto]
        if burst:
            since = _utc(feed.good_at)
            stamps = [self._stamp(feed.name, each) for each in fresh]
            feed.seen.extend(effective_times(stamps, last_good_at=since, now=now))
            feed.pace = feed.pace.after(feed.rhythm, since, now, len(fresh))
        feed.late.extend(at_s - each for each in fresh if each >= self.test_s)
        feed.good_at, feed.shown = at_s, upto
        if policy is not None:
            return policy(feed.rhythm, terms, at_s)
        return next_poll(feed.rhythm, feed.pace if burst else Pace(), terms, Hints(), now).timestamp()

    def _stamp(self, name: str, at_s: float) -> datetime | None:
        if self.trouble.stampless and share(name) < self.trouble.stampless:
            return None
        skew_s = self.trouble.skew_s * (2 * share(name) - 1) if self.trouble.skew_s else 0.0
        return _utc(at_s + skew_s)

    def _refit(self, at_s: float) -> None:
        now, since = _utc(at_s), _utc(at_s - DAYS * DAY_S)
        for feed in self.feeds:
            feed.seen = [each for each in feed.seen if each > since]
            known = _utc(self.start_s) if self.trouble.cold else _utc(feed.times[0])
            if self.trouble.cold:
                known = min([known, *feed.seen])
            feed.rhythm = fit(feed.seen, now=now, zone=self.zone, known_since=known)

    def _ended(self) -> Outcome:
        for feed in self.feeds:
            last = [self.end_s - each for each in feed.times[feed.shown :] if self.test_s <= each < self.end_s]
            self.outcome.delays[feed.name] = np.array(feed.late + last)
        return self.outcome


def timer(series: Series, test_s: float, end_s: float, every_s: float, lost: float = 0.0) -> Outcome:
    """A fixed interval, all phases of it pooled; with the requests of one. A lost poll is made up for by the next."""
    out = Outcome(requests=int(len(series) * (end_s - test_s) / every_s))
    phases = (np.arange(PHASES) + 0.5) * every_s / PHASES
    for name, times in series.items():
        at = np.array([each for each in times if test_s <= each < end_s])
        out.delays[name] = np.concatenate([_seen_late(at, phase, every_s, lost, name) for phase in phases])
    return out


def oracle(run: Run, series: Series, *, ours: bool) -> Outcome:
    """Rates of the test weeks, known beforehand, at the price that takes as many requests as the budget has.

    It polls by the closed form alone, just after minutes of 2.5 times the usual (`ours` false), or as we do.
    """
    rhythms = {name: _known(times, run.test_s, run.end_s, run.zone) for name, times in series.items()}
    budget = len(series) * (run.end_s - run.test_s) / run.budget_s
    wanted = demand((rhythms[feed.name], run.terms[feed.name]) for feed in run.feeds)
    aim, out = budget, Outcome()
    for _ in range(5):
        price = wanted.price_for(aim / (run.end_s - run.test_s))
        out = run.priced(rhythms, price, None if ours else _closed_form)
        if abs(out.requests / budget - 1) < 0.002:
            break
        aim *= budget / out.requests
    return out


def _closed_form(rhythm: Rhythm, terms: Terms, at_s: float) -> float:
    """√(2θ/rate), snapped to the end of the next busy minute within 1.5 of it."""
    sums = rhythm.minutes_so_far
    waiting, last_s, wait_s, spike_s = 0.0, at_s, 0.0, 0.0
    for end_s, rate, _ in rhythm.walk(at_s):
        length_s, past_s = end_s - last_s, end_s - at_s
        if not wait_s and ((waiting + rate * length_s) * past_s / 2 >= terms.price or past_s >= terms.ceiling_s):
            wait_s = min(_root(waiting, rate, last_s - at_s, terms.price), past_s)
        waiting += rate * length_s
        minute = int((end_s - 30) // 60) % 60
        if not spike_s and sums[minute + 1] - sums[minute] >= 2.5 and past_s > terms.floor_s:
            spike_s = past_s
        last_s = end_s
        if spike_s or (wait_s and past_s > 1.5 * wait_s):
            break
    if not wait_s:
        wait_s = next(end - at_s for end, _, _ in rhythm.walk(at_s) if _reached(rhythm, terms, at_s, end))
    snapped = spike_s + 2.0 if spike_s and spike_s <= min(1.5 * wait_s, terms.ceiling_s) else wait_s
    return at_s + min(max(snapped, terms.floor_s), terms.ceiling_s)


def _reached(rhythm: Rhythm, terms: Terms, at_s: float, end_s: float) -> bool:
    past_s = end_s - at_s
    return past_s >= terms.ceiling_s or rhythm.expected(_utc(at_s), _utc(end_s)) * past_s / 2 >= terms.price


def _root(waiting: float, rate: float, past_s: float, price: float) -> float:
    """Where (waiting + rate·x)·(past + x)/2 is the price, as seconds after the poll."""
    a, b, c = rate, waiting + rate * past_s, waiting * past_s - 2 * price
    return past_s + max((-b + math.sqrt(max(b * b - 4 * a * c, 0.0))) / (2 * a), 0.0)


def _known(times: list[float], start_s: float, end_s: float, zone: str) -> Rhythm:
    """A rhythm from just these weeks, all of them alike."""
    inside = [_utc(each) for each in times if start_s <= each < end_s]
    return fit(inside, now=_utc(end_s), zone=zone, days=(end_s - start_s) / DAY_S, half_life_days=1e6)


def _utc(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)


def figures(out: Outcome, fixed: Outcome, known: Outcome | None, series_floor: int = 20) -> dict[str, Any]:
    """The ratios that are judged, and what they are made of (minutes)."""
    ours, theirs = out.pooled, fixed.pooled
    worst = max(
        (
            (float(np.percentile(late, 99) / np.percentile(fixed.delays[name], 99)), name)
            for name, late in out.delays.items()
            if len(late) >= series_floor
        ),
        default=(0.0, ""),
    )
    hosts = {host: max(minutes) / (sum(minutes) / MINUTES) for host, minutes in out.by_minute.items()}
    fleet = [sum(minutes[i] for minutes in out.by_minute.values()) for i in range(MINUTES)]
    report = {
        "mean_vs_fixed": ours.mean() / theirs.mean(),
        "p95_vs_fixed": np.percentile(ours, 95) / np.percentile(theirs, 95),
        "p99_vs_fixed": np.percentile(ours, 99) / np.percentile(theirs, 99),
        "mean_vs_oracle": ours.mean() / known.pooled.mean() if known else None,
        "requests_vs_budget": out.requests / fixed.requests,
        "peak_minute_vs_mean": max(hosts.values()),
        "worst_source_vs_fixed": worst[0],
        "worst_source": worst[1],
        "peak_minute_of_all_hosts_vs_mean": max(fleet) / (sum(fleet) / MINUTES),
        "mean_minutes": ours.mean() / 60,
        "p95_minutes": np.percentile(ours, 95) / 60,
        "p99_minutes": np.percentile(ours, 99) / 60,
        "fixed_mean_minutes": theirs.mean() / 60,
        "fixed_p99_minutes": np.percentile(theirs, 99) / 60,
        "releases": len(ours),
        "requests": out.requests,
    }
    if known:
        report["oracle_mean_vs_fixed"] = known.pooled.mean() / theirs.mean()
        report["oracle_p99_vs_fixed"] = np.percentile(known.pooled, 99) / np.percentile(theirs, 99)
        report["oracle_requests_vs_budget"] = known.requests / fixed.requests
    return {
        key: round(float(value), 4) if isinstance(value, float | np.floating) else value
        for key, value in report.items()
    }


def _span(series: Series, options: argparse.Namespace) -> _Span:
    first = min(times[0] for times in series.values())
    test_s = math.floor(first / DAY_S) * DAY_S + (options.train_weeks * 7 + options.skip_days) * DAY_S
    end_s = min(max(times[-1] for times in series.values()), test_s + options.test_weeks * WEEK_S)
    if end_s <= test_s:
        raise SystemExit("The file ends before its test weeks begin: ask for fewer --train-weeks.")
    return _Span(test_s if options.cold else test_s - RUN_IN_DAYS * DAY_S, test_s, end_s)


def main() -> None:
    options = _options()
    series = read_series(options.series)
    if options.feeds:
        series = dict(list(series.items())[:: max(1, len(series) // options.feeds)])
    span = _span(series, options)
    series, trouble = _troubled(series, span, options)
    if options.frontier:
        rows = [_row(series, span, options, Trouble(), knobs, oracled=False) for knobs in FRONTIER]
        print(json.dumps(rows) if options.json else _frontier(rows))
        return
    report = _row(series, span, options, trouble, Knobs(), oracled=True)
    print(json.dumps(report, indent=None if options.json else 1))


def _row(
    series: Series, span: _Span, options: argparse.Namespace, trouble: Trouble, knobs: Knobs, *, oracled: bool
) -> dict[str, Any]:
    common = {"budget_s": options.budget_minutes * 60.0, "zone": options.zone}
    fixed = timer(series, span.test_s, span.end_s, options.budget_minutes * 60.0, trouble.lost)
    known = None
    if oracled:
        whole = replace(span, start_s=span.test_s)
        known = oracle(Run(series, whole, knobs=Knobs(1e9, 1e9), **common), series, ours=False)
    out = Run(series, span, knobs=knobs, trouble=trouble, **common).learned()
    return {"patience": knobs.patience, "longest": knobs.longest, **figures(out, fixed, known)}


def _troubled(series: Series, span: _Span, options: argparse.Namespace) -> tuple[Series, Trouble]:
    """The scenario asked for: what happens to the feeds, and what to the polls."""
    match options.scenario:
        case "silent-week":
            gone = (span.test_s + WEEK_S, span.test_s + 2 * WEEK_S)
            series = {name: [at for at in times if not gone[0] <= at < gone[1]] for name, times in series.items()}
        case "daylight-saving":
            changed = span.test_s + WEEK_S
            series = {name: [at if at < changed else at - 3600.0 for at in times] for name, times in series.items()}
            series = {name: sorted(times) for name, times in series.items()}
    return series, {
        "lost-polls": Trouble(lost=0.1),
        "skewed-clocks": Trouble(skew_s=7200.0),
        "no-stamps": Trouble(stampless=0.5),
        "cold-start": Trouble(cold=True),
    }.get(options.scenario, Trouble())


def _frontier(rows: list[dict[str, Any]]) -> str:
    keys = ("patience", "longest", "mean_vs_fixed", "p95_vs_fixed", "p99_vs_fixed", "worst_source_vs_fixed")
    lines = ["| " + " | ".join(keys) + " |", "|" + "---|" * len(keys)]
    return "\n".join([*lines, *("| " + " | ".join(f"{row[key]:g}" for key in keys) + " |" for row in rows)])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.polling", description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=Path, required=True)
    parser.add_argument("--budget-minutes", type=float, default=15.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--train-weeks", type=int, default=4)
    parser.add_argument("--test-weeks", type=int, default=8)
    parser.add_argument("--skip-days", type=int, default=0)
    parser.add_argument("--feeds", type=int, default=0)
    parser.add_argument("--zone", default="UTC")
    parser.add_argument("--scenario", choices=SCENARIOS)
    parser.add_argument("--frontier", action="store_true", help="mean against tail, by patience and longest wait")
    options = parser.parse_args()
    options.cold = options.scenario == "cold-start"
    return options


if __name__ == "__main__":
    main()
