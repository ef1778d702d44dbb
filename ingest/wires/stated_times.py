"""Times that a described page states, in the format that its configuration names or in one that wires use."""

from __future__ import annotations

import re
from collections.abc import Iterable

from config import time_formats
from ingest.dates import MONTHS, Stamp, find_stamps, parse_stamp

_TEXT_CHARS_MAX = 300
_LABEL = re.compile(r"[^\d:|]{1,40}:\s+")
_BREAK = re.compile(r"\s+[|•·–—]\s+|\s*[|•]\s*")
_OPEN_ORDER = re.compile(r"(?<!\d)\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{2,4}(?!\d)")
_HOURS_OF_A_CLOCK = 12


def read_time(text: str, formats: Iterable[str], zone: str) -> Stamp | None:
    """The first time in `text` that one of the formats finds; without formats, one in a form that wires use.

    What no format finds is still read in those forms, if it does not leave the order of day and month open. `zone` is
    that of a time that names none.
    """
    text = text[:_TEXT_CHARS_MAX]
    patterns = [time_formats.compiled(one) for one in formats]
    for pattern in patterns:
        for found in pattern.finditer(text):
            stamp = _formatted(found, zone)
            if stamp is not None:
                return stamp
    if patterns and _OPEN_ORDER.search(text):
        return None
    return _as_wires_write(text, zone)


def _formatted(found: re.Match[str], zone: str) -> Stamp | None:
    said = found.groupdict()
    month = MONTHS.get(said["named_month"].casefold()) if said.get("named_month") else said.get("month")
    year = said.get("year") or f"20{said['short_year']}"
    if month is None:
        return None
    day = f"{year}-{int(month):02}-{int(said['day']):02}"
    if said.get("hour") is None:
        return parse_stamp(day, default_zone=zone)
    hour = _hour(int(said["hour"]), said.get("half"))
    clock = f"{hour:02}:{said['minute']}" + (f":{said['second']}" if said.get("second") else "")
    return parse_stamp(f"{day} {clock} {said.get('zone') or ''}", default_zone=zone)


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    return hour % _HOURS_OF_A_CLOCK + (_HOURS_OF_A_CLOCK if half[0] in "pP" else 0)


def _as_wires_write(text: str, zone: str) -> Stamp | None:
    """The time that is the whole text, a part of it between strokes, or stands behind a label; else one within it."""
    parts = [text, *_BREAK.split(text)]
    for part in parts:
        stamp = parse_stamp(part, default_zone=zone) or parse_stamp(_LABEL.sub("", part, count=1), default_zone=zone)
        if stamp is not None:
            return stamp
    return next(find_stamps(text, default_zone=zone), None)
