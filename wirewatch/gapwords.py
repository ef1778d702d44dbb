"""Gaps in words and in JSON, as the command line and the HTTP interface show them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from news.release import iso
from storage.gaps import GapLine

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def gap_json(line: GapLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "source": line.source,
        "opened_at": iso(line.opened_at),
        "closed_at": iso(line.closed_at),
        "seconds": round((line.closed_at - line.opened_at).total_seconds()),
        "state": line.state,
        "cause": line.cause,
        "outcome": line.outcome,
        "found": line.found,
        "attempts": line.attempts,
        "retry_at": iso(line.retry_at),
        "ended_at": iso(line.ended_at),
    }


def lasting(span: timedelta) -> str:
    """`40 s`, `17 min`, `3 h 5 min`, `2 d 4 h`: the two greatest units, seconds only where there is nothing greater."""
    left = max(0, round(span.total_seconds()))
    if left < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{left} s"
    parts: list[str] = []
    for unit, seconds in _UNITS[:-1]:
        many, left = divmod(left, seconds)
        if many or parts:
            parts.append(f"{many} {unit}" if many else "")
    return " ".join(part for part in parts[:2] if part)


def bounds(since: datetime, until: datetime) -> str:
    """`2026-03-02 14:02–14:19`, with the second day where it is another; in the zone that both are given in."""
    if since.date() == until.date():
        return f"{since:%Y-%m-%d %H:%M}–{until:%H:%M}"
    return f"{since:%Y-%m-%d %H:%M} – {until:%Y-%m-%d %H:%M}"
