"""A month on a wire with every trouble, drawn from a seed: what is stored, what was missed, how politely, how late.

The real daemon lives through it in simulated time, beside timers of 15 and 60 minutes that read the feed alone, as
feed readers do. Each promise is checked against the wire's own record; the exit code is 4 if one does not hold.
"""

from __future__ import annotations

import argparse
import json
import secrets
import statistics
import sys
import time
from collections.abc import Iterable
from typing import Any

from benchmarks._month import Month, draw
from benchmarks._month_checks import Finding, examined
from benchmarks._month_watch import TimerEnd, by_timer, lived
from wirewatch import logs

TIMERS_S = (900.0, 3_600.0)
_IN_THE_TABLE = frozenset({"lateness_s", "lateness_in_calm_s", "missed_share"})


def live(month: Month, *, over_http: bool = False, polling: str = "") -> Finding:
    """The daemon's month, examined."""
    with lived(month, over_http=over_http, polling=polling) as end:
        return examined(end)


def run(seed: int, days: float) -> dict[str, Any]:
    month = draw(seed, days)
    began = time.process_time()
    ours = live(month)
    told: dict[str, Any] = {
        "seed": seed,
        "days": days,
        "published": len(month.publications),
        "bursts": len(month.bursts_s),
        "cpu_s": round(time.process_time() - began, 1),
        "ours": {**ours.figures, **_lateness(month, ours.late_s)},
        "broken": ours.broken,
    }
    for every_s in TIMERS_S:
        told[f"timer_{every_s / 60:.0f}_min"] = _timer(month, by_timer(month, every_s))
    return told


def _timer(month: Month, end: TimerEnd) -> dict[str, Any]:
    ordinary = {each.number for each in month.publications if not each.burst}
    return {
        "polls": end.polls,
        "missed": len(end.missed),
        "missed_share": round(len(end.missed) / len(month.publications), 4),
        "missed_outside_bursts": len(end.missed & ordinary),
        "missed_in_calm": len(end.missed & month.calm()),
        **_lateness(month, end.late_s),
    }


def _lateness(month: Month, late_s: dict[str, float]) -> dict[str, dict[str, float]]:
    """Of all that came, and of what came out in calm: outages alone make the tail of the first."""
    calm = month.calm()
    return {
        "lateness_s": spread(late_s.values()),
        "lateness_in_calm_s": spread(late for number, late in late_s.items() if number in calm),
    }


def spread(of: Iterable[float]) -> dict[str, float]:
    """Mean, median and tail, in seconds."""
    values = sorted(of)
    if len(values) < 2:
        return {}
    at = statistics.quantiles(values, n=100, method="inclusive")
    return {
        "mean": round(statistics.fmean(values), 1),
        "p50": round(at[49], 1),
        "p95": round(at[94], 1),
        "p99": round(at[98], 1),
    }


def shown(told: dict[str, Any]) -> str:
    rows = [("", "feed polls", "missed", "mean", "p50", "p95", "p99")]
    for name, title in (("ours", "Wirewatch"), ("timer_15_min", "every 15 min"), ("timer_60_min", "every 60 min")):
        found = told[name]
        missed = f"{found['missed']} ({found['missed_share']:.1%})"
        rows.append((title, str(found["polls"]), missed, *_minutes(found["lateness_s"])))
        rows.append(("in calm", "", str(found.get("missed_in_calm", "")), *_minutes(found["lateness_in_calm_s"])))
    table = "\n".join("  " + "".join(f"{cell:>15}" for cell in row) for row in rows)
    ours = {name: value for name, value in told["ours"].items() if name not in _IN_THE_TABLE}
    lines = [
        f"seed {told['seed']}, {told['days']:g} days, {told['published']} releases, {told['bursts']} bursts of 200",
        f"{table}   (minutes late, of those seen)",
        *(f"  {name}: {value}" for name, value in ours.items()),
        *(f"BROKEN {line}" for line in told["broken"]),
    ]
    return "\n".join(lines)


def _minutes(late: dict[str, float]) -> list[str]:
    return [f"{late[which] / 60:.1f}" for which in ("mean", "p50", "p95", "p99")] if late else ["-"] * 4


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--seed", type=int, help="live through that month again")
    options.add_argument("--days", type=float, default=30.0)
    chosen = options.parse_args()
    seed = chosen.seed if chosen.seed is not None else secrets.randbelow(10**6)
    print(f"seed {seed}", file=sys.stderr)
    logs.set_up(level="error")
    told = run(seed, chosen.days)
    print(json.dumps(told) if chosen.json else shown(told))
    return 4 if told["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
