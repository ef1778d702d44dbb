"""Times and days as wires write them: strict formats, and zone names through the zone database.

No general date parser is used: those read `CEST`, `BST` and `JST` as UTC and `ET` wrongly in July.
What is not one of these formats is None, never a guess. Years run from 1990 to 2100.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from news.release import Precision

YEAR_MIN = 1990
YEAR_MAX = 2100
_TEXT_CHARS_MAX = 100

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janv janvier januar enero ene gennaio gen janeiro januari jänner",
            "feb february févr février febr februar febrero febbraio fevereiro fev februari",
            "mar march mars märz marzo março maart mrt",
            "apr april avr avril abril abr aprile",
            "may mai mayo maggio mag maio mei",
            "jun june juin juni junio giugno giu junho",
            "jul july juil juillet juli julio luglio lug julho",
            "aug august août agosto ago augustus",
            "sep sept september septembre septiembre settembre set setembro",
            "oct october octobre oktober okt octubre ottobre ott outubro out",
            "nov november novembre noviembre novembro",
            "dec december déc décembre dezember dez diciembre dic dicembre dezembro desember",
        ),
        start=1,
    )
    for name in names.split()
}

# On a wire EST, EDT and ET all mean the clock on the wall in New York, whatever the season.
_ZONES = {
    "America/New_York": "et est edt eastern",
    "America/Chicago": "ct cst cdt central",
    "America/Denver": "mt mst mdt mountain",
    "America/Los_Angeles": "pt pst pdt pacific",
    "America/Anchorage": "akt akst akdt",
    "Pacific/Honolulu": "hst",
    "America/Halifax": "at ast adt atlantic",
    "America/St_Johns": "nst ndt",
    "America/Sao_Paulo": "brt brst",
    "UTC": "gmt utc ut z",
    "Europe/London": "bst",
    "Europe/Lisbon": "wet west",
    "Europe/Paris": "cet cest met mest mez mesz",
    "Europe/Athens": "eet eest",
    "Europe/Moscow": "msk",
    "Asia/Jerusalem": "idt",
    "Africa/Johannesburg": "sast",
    "Asia/Dubai": "gst",
    "Asia/Kolkata": "ist",
    "Asia/Bangkok": "ict",
    "Asia/Singapore": "sgt",
    "Asia/Hong_Kong": "hkt",
    "Asia/Shanghai": "beijing",
    "Asia/Tokyo": "jst",
    "Asia/Seoul": "kst",
    "Australia/Perth": "awst",
    "Australia/Sydney": "aet aest aedt",
    "Pacific/Auckland": "nzt nzst nzdt",
}
_ZONE_OF = {name: key for key, names in _ZONES.items() for name in names.split()}
# CST is China Standard Time where the wire itself sits in China.
_CHINA = {"Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Macau", "Asia/Chongqing"}


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment in UTC and how exactly it was written. A day stands as 00:00Z of that day."""

    at: datetime
    precision: Precision


def zone(name: str, *, default_zone: str = "UTC") -> tzinfo | None:
    """The zone that a wire means by `ET`, `EST`, `Eastern Standard Time`, `CEST` or `+0800`."""
    words = name.casefold().replace(".", "").split()
    # One word, or `eastern standard time`.
    if not words or (len(words) > 1 and words[-1] != "time"):
        return None
    if offset := _OFFSET.fullmatch(words[0]):
        return _fixed(offset)
    if words[0] == "cst" and default_zone in _CHINA:
        return ZoneInfo(default_zone)
    key = _ZONE_OF.get(words[0])
    return ZoneInfo(key) if key else None


def parse_stamp(text: str, *, default_zone: str) -> Stamp | None:
    """Read one time or day that stands alone in `text`.

    `default_zone` is an IANA name: the zone of a time that names none. A zone that is named but
    unknown makes the whole text unreadable. A day has no zone: it stands as 00:00Z of that day.
    """
    cleaned = " ".join(text.split()).strip(" ,.;|")
    if not cleaned or len(cleaned) > _TEXT_CHARS_MAX:
        return None
    for pattern, read in _FORMATS:
        match = pattern.fullmatch(cleaned)
        if match:
            return read(match, default_zone)
    return None


def parse_day(text: str) -> date | None:
    """The day that `text` states, in any of the formats that `parse_stamp` reads, without a time."""
    stamp = parse_stamp(text, default_zone="UTC")
    return stamp.at.date() if stamp and stamp.precision is Precision.DAY else None


def find_stamps(text: str, *, default_zone: str) -> Iterator[Stamp]:
    """The visible stamps with a time of day and a zone that stand anywhere in `text`, in order."""
    for match in _VISIBLE_ANYWHERE.finditer(text):
        stamp = parse_stamp(match[0], default_zone=default_zone)
        if stamp is not None:
            yield stamp


_MONTH = r"(?P<month>[^\W\d_]{3,10})\.?"
_WEEKDAY = r"(?:[^\W\d_]{2,10}\.?,?\s+)?"
_CLOCK = (
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?)?"
    r"\s?(?P<half>[ap]\.?\s?m\.?)?"
)
_ZONE = r"\s?\(?(?P<zone>[A-Za-z][A-Za-z.]{0,9}(?:\s(?:Standard|Daylight|Summer))?(?:\sTime)?|[+-]\d{2}:?\d{2}|Z)?\)?"
_AT = r"(?:,\s?|\s(?:at|um|à|a las|om)\s|\s-\s|\s|/)"
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})")
_MONTH_FIRST = rf"{_WEEKDAY}{_MONTH}\s?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})"
_DAY_FIRST = (
    rf"{_WEEKDAY}(?:le\s|den\s)?(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.)?[\s-](?:de\s)?{_MONTH},?"
    r"[\s-](?:de\s|del\s)?(?P<year>\d{4})"
)
_VISIBLE_ANYWHERE = re.compile(
    r"(?:[A-Z][a-z]{2,8}\.?\s\d{1,2},\s\d{4}|\d{1,2}\s[A-Z][a-z]{2,8}\.?,?\s\d{4}),?\s\d{1,2}:\d{2}\s?(?:[AaPp]\.?[Mm]\.?\s)?"
    r"(?:[A-Z]{2,4}\b|Eastern(?:\s\w+)?\sTime)"
)


def _iso(match: re.Match[str], default_zone: str) -> Stamp | None:
    return _stamp(match, int(match["month"]), default_zone)


def _named(match: re.Match[str], default_zone: str) -> Stamp | None:
    month = MONTHS.get(match["month"].casefold())
    return _stamp(match, month, default_zone) if month else None


def _slashed(match: re.Match[str], default_zone: str) -> Stamp | None:
    """`4/6/2016`: month first on an American wire; elsewhere only where the numbers leave no choice."""
    first, second = int(match["first"]), int(match["last"])
    if default_zone.startswith("America/"):
        return _stamp(match, first, default_zone, day=second)
    if first > 12 and second <= 12:  # noqa: PLR2004  a year has twelve months
        return _stamp(match, second, default_zone, day=first)
    return None


def _rfc822(match: re.Match[str], default_zone: str) -> Stamp | None:
    month = MONTHS.get(match["month"].casefold())
    year = int(match["year"])
    if year < 100:  # noqa: PLR2004  RFC 822 wrote years with two digits
        year += 1900 if year >= YEAR_MIN % 100 else 2000
    return _stamp(match, month, default_zone, year=year) if month else None


def _stamp(
    match: re.Match[str], month: int, default_zone: str, *, year: int | None = None, day: int | None = None
) -> Stamp | None:
    parts = match.groupdict()
    try:
        on = date(year or int(parts["year"]), month, day or int(parts["day"]))
    except ValueError:
        return None
    if not YEAR_MIN <= on.year <= YEAR_MAX:
        return None
    if parts.get("hour") is None:
        return Stamp(datetime.combine(on, time(), UTC), Precision.DAY)
    return _moment(parts, on, default_zone)


def _moment(parts: dict[str, str | None], on: date, default_zone: str) -> Stamp | None:
    named = parts.get("zone")
    where = zone(named, default_zone=default_zone) if named else ZoneInfo(default_zone)
    hour = _hour(int(parts["hour"] or 0), parts.get("half"))
    # Without minutes it takes an a.m. or p.m. to make a number an hour.
    if where is None or hour is None or (parts.get("minute") is None and not parts.get("half")):
        return None
    second = parts.get("second")
    try:
        clock = time(hour, int(parts.get("minute") or 0), min(int(second or 0), 59))
    except ValueError:
        return None
    at = datetime.combine(on, clock, where).astimezone(UTC)
    return Stamp(at, Precision.SECOND if second is not None else Precision.MINUTE)


def _hour(hour: int, half: str | None) -> int | None:
    if half is None:
        return hour
    if not 1 <= hour <= 12:  # noqa: PLR2004  a clock face has twelve hours
        return None
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _fixed(offset: re.Match[str]) -> tzinfo | None:
    minutes = int(offset["hours"]) * 60 + int(offset["minutes"])
    if minutes > 18 * 60:
        return None
    return timezone(timedelta(minutes=minutes if offset["sign"] == "+" else -minutes))


_ISO_DAY = r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"
_ISO_CLOCK = r"(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
_ISO_ZONE = r"\s?(?P<zone>Z|[+-]\d{2}:?\d{2}|[A-Za-z]{2,5})?"

_COMPACT_DAY = r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
_COMPACT_CLOCK = r"T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?P<zone>Z|[+-]\d{4})?"
_CHINESE_DAY = r"(?P<year>\d{4})\s?年\s?(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?日"
_PLAIN_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_YEAR_FIRST = r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})"
_YEAR_LAST = r"(?P<first>\d{1,2})/(?P<last>\d{1,2})/(?P<year>\d{4})"
_RFC822_DAY = r"(?:[a-z]{3,9},\s?)?(?P<day>\d{1,2})\s(?P<month>[a-z]{3,9})\s(?P<year>\d{4}|\d{2})"

_FORMATS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], Stamp | None]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), read)
    for pattern, read in (
        (rf"{_ISO_DAY}(?:(?:T|\s){_ISO_CLOCK}{_ISO_ZONE})?", _iso),
        (rf"{_COMPACT_DAY}(?:{_COMPACT_CLOCK})?", _iso),
        (rf"{_CHINESE_DAY}(?:\s?{_PLAIN_CLOCK})?", _iso),
        (rf"{_YEAR_FIRST}(?:\s{_CLOCK}{_ZONE})?", _iso),
        (rf"{_YEAR_LAST}(?:,?\s{_CLOCK}{_ZONE})?", _slashed),
        (rf"{_RFC822_DAY}\s{_PLAIN_CLOCK}(?:\s(?P<zone>[a-z]{{1,4}}|[+-]\d{{4}}))?", _rfc822),
        (rf"{_MONTH_FIRST}(?:{_AT}{_CLOCK}{_ZONE})?", _named),
        (rf"{_DAY_FIRST}(?:{_AT}{_CLOCK}{_ZONE})?", _named),
    )
)
