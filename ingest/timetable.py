"""What a feed says itself of when it changes. It is heard, and believed only so far: see `ingest.cadence`.

`ttl` and `skipHours` are of the RSS 2.0 specification (RSS Advisory Board); `updatePeriod` and `updateFrequency` are of
the syndication module of RSS 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

TTL_MAX_S = 86_400.0
_PERIODS_S = {
    "hourly": 3_600.0,
    "daily": 86_400.0,
    "weekly": 7 * 86_400.0,
    "monthly": 30 * 86_400.0,
    "yearly": 365 * 86_400.0,
}
_NUMBER = re.compile(r"[0-9]{1,9}")
_SKIP_HOURS = re.compile(r"<skipHours\b[^<>]{0,200}>(.{0,2000}?)</skipHours\s{0,20}>", re.IGNORECASE | re.DOTALL)
_HOUR = re.compile(r"<hour\b[^<>]{0,200}>\s{0,100}([0-9]{1,2})\s{0,100}</hour", re.IGNORECASE)
_HOURS = 24


def wait_s(feed: Mapping[str, Any]) -> float | None:
    """For how many seconds the feed says to wait, at most a day; the shorter where it says two things."""
    said = [each for each in (_ttl_s(dict.get(feed, "ttl")), _period_s(feed)) if each]  # type: ignore[call-overload]
    return min(*said, TTL_MAX_S) if said else None


def _ttl_s(minutes: object) -> float | None:
    number = _number(minutes)
    return number * 60.0 if number is not None else None


def _period_s(feed: Mapping[str, Any]) -> float | None:
    period = dict.get(feed, "sy_updateperiod")  # type: ignore[call-overload]
    each_s = _PERIODS_S.get(period.strip().lower()) if isinstance(period, str) else None
    if each_s is None:
        return None
    return each_s / (_number(dict.get(feed, "sy_updatefrequency")) or 1.0)  # type: ignore[call-overload]


def _number(stated: object) -> float | None:
    text = stated.strip() if isinstance(stated, str) else ""
    return float(text) if _NUMBER.fullmatch(text) else None


def skip_hours(text: str) -> frozenset[int]:
    """The hours of UTC in which the feed says that it brings nothing. One that names them all says nothing.

    Some count from 1 to 24: the last hour is then midnight's.
    """
    found = _SKIP_HOURS.search(text)
    hours = {int(hour) for hour in _HOUR.findall(found[1])} if found else set()
    skipped = frozenset(hour % _HOURS for hour in hours if hour <= _HOURS)
    return skipped if len(skipped) < _HOURS else frozenset()
