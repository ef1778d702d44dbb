"""Times and days as wires write them: strict formats, and zone names through the zone database.

No general date parser is used: those read `CEST`, `BST` and `JST` as UTC and `ET` wrongly in July.
What is not one of these formats is None, never a guess. Years run from 1990 to 2100.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ingest.clocks import is_standard, zone
from news.release import Precision

YEAR_MIN = 1990
YEAR_MAX = 2100
_TEXT_CHARS_MAX = 120
# A wire's clock may be ahead of ours, and a page may be stamped with the minute that is about to end.
_AHEAD_MAX = timedelta(minutes=10)

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janv janvier januar jän enero ene gennaio genn gen janeiro januari jänner",
            "feb february févr fév fevr fev février fevrier febr februar febrero febbraio fevereiro februari",
            "mar march mars märz maerz mrz marzo março marco maart mrt",
            "apr april avr avril abril abr aprile",
            "may mai mayo maggio magg mag maio mei maj",
            "jun june juin juni junio giugno giu junho",
            "jul july juil juill juillet juli julio luglio lug julho",
            "aug august août aout agosto ago ag augustus augusti",
            "sep sept september septembre septiembre setiembre settembre sett set setembro",
            "oct october octobre oktober okt octubre ottobre ott outubro out",
            "nov november novembre noviembre novembro",
            "dec december déc décembre decembre dezember dez diciembre dic dicembre dezembro desember des",
        ),
        start=1,
    )
    for name in names.split()
}

# Where the day stands before the month when both are numbers. Languages that write the year first,
# and English, which does both, are told by the wire's zone.
_DAY_LEADS_IN = frozenset("cs da de el es fi fr hu it nb nl nn no pl pt ro ru sv tr uk vi".split())  # noqa: SIM905
_DAY_LEADS_AT = ("Europe/", "Africa/", "Australia/", "Pacific/Auckland", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore")
_DAY_LEADS_AT_TOO = ("Asia/Hong_Kong", "Asia/Jakarta", "Asia/Kuala_Lumpur", "America/Sao_Paulo", "America/Mexico_City")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment in UTC and how exactly it was written. A day stands as 00:00Z of that day."""

    at: datetime
    precision: Precision


@dataclass(frozen=True, slots=True)
class _Custom:
    """What a text leaves open and its wire decides."""

    zone: str
    day_leads: bool | None


def parse_stamp(text: str, *, default_zone: str, language: str | None = None) -> Stamp | None:
    """Read one time or day that stands alone in `text`.

    `default_zone` is an IANA name: the zone of a time that names none. A zone that is named but
    unknown makes the whole text unreadable. A day has no zone: it stands as 00:00Z of that day.
    `4/6/2016` is read by the language where that tells, else by the zone; None where neither does.

    Of the hour that autumn repeats the first is meant, unless the zone's name says winter's clock;
    of the hour that spring leaves out, what winter's clock would show.
    """
    cleaned = " ".join(text.split()).strip(" ,.;|")
    if not cleaned or len(cleaned) > _TEXT_CHARS_MAX:
        return None
    custom = _Custom(default_zone, _day_leads(default_zone, language))
    for pattern, read in _FORMATS:
        match = pattern.fullmatch(cleaned)
        stamp = read(match, custom) if match else None
        if stamp is not None:
            return stamp
    return None


def parse_day(text: str, *, default_zone: str = "UTC", language: str | None = None) -> date | None:
    """The day that `text` states, in any of the formats that `parse_stamp` reads, without a time."""
    stamp = parse_stamp(text, default_zone=default_zone, language=language)
    return stamp.at.date() if stamp and stamp.precision is Precision.DAY else None


def find_stamps(text: str, *, default_zone: str) -> Iterator[Stamp]:
    """The visible stamps with a time of day and a zone that stand anywhere in `text`, in order."""
    for match in _VISIBLE_ANYWHERE.finditer(text):
        stamp = parse_stamp(match[0], default_zone=default_zone)
        if stamp is not None:
            yield stamp


def lies_ahead(stamp: Stamp, *, now: datetime, default_zone: str) -> bool:
    """Whether a stamp lies in the future. A day does if it is not yet that day in the wire's zone.

    Ten minutes are granted to the wire's clock.
    """
    if stamp.precision is Precision.DAY:
        return stamp.at.date() > (now + _AHEAD_MAX).astimezone(ZoneInfo(default_zone)).date()
    return stamp.at > now + _AHEAD_MAX


def _day_leads(default_zone: str, language: str | None) -> bool | None:
    """Whether a day stands before its month in numbers; None where nobody can tell."""
    if language in _DAY_LEADS_IN or default_zone.startswith((*_DAY_LEADS_AT, *_DAY_LEADS_AT_TOO)):
        return True
    return False if default_zone.startswith("America/") else None


_MONTH = r"(?P<month>[^\W\d_]{2,10})\.?"
_WEEKDAY = r"(?:[^\W\d_]{2,10}\.?,?\s+)?"
_CJK_WEEKDAY = r"(?:\s?[(（]?(?:星期.|周.|週.|[月火水木金土日]曜?日?|[월화수목금토일](?:요일)?)[)）]?)?"
_HALF_BEFORE = "上午|下午|中午|凌晨|早上|晚上|午前|午後|오전|오후"
_CLOCK = (
    rf"(?P<before>{_HALF_BEFORE})?\s?(?P<hour>\d{{1,2}})"
    r"(?:\s?[:：.h時时点點시]\s?(?P<minute>\d{2})(?:\s?[:：分분]\s?(?P<second>\d{2})(?:[.,]\d{1,9})?)?)?"
    r"\s?(?:[時时点點시分분秒]|(?:h|Uhr|hrs?\.?|hours|horas|uur)(?![^\W\d_]))?\s?(?P<half>[ap]\.?\s?m\.?|noon|midnight)?"
)
_ZONE = (
    r"\s?[(（]?(?P<zone>(?:UTC|GMT)\s?[+\-−]\s?\d{1,2}(?::?\d{2})?|[+\-−]\d{2}:?\d{2}|Z"
    r"|[^\W\d_][^\d()（）\[\]|;,]{0,39}?)?[)）]?"
)
_AT = r"(?!\d)\s?(?:[,|•·@/–—-]\s?)?(?:(?:at|um|à|às|a las|alle(?:\sore)?|ore|om|klo|kl\.?)\s)?"
_YEAR = r"(?P<year>\d{4})"
_MONTH_FIRST = rf"{_WEEKDAY}{_MONTH},?[\s-]?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[,.]?[\s-]+{_YEAR}"
_DAY_FIRST = (
    r"(?:[^\W\d_]{1,10}\.?,?\s+){0,2}(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|°|\.)?[\s/-]?(?:de\s|of\s)?"
    rf"{_MONTH},?[\s/-](?:de\s|del\s)?{_YEAR}"
)
_NUMBER_DOTS = rf"{_WEEKDAY}(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?{_YEAR}"
_VISIBLE_ANYWHERE = re.compile(
    r"(?:[A-Z][a-z]{2,8}\.?\s\d{1,2},\s\d{4}|\d{1,2}\s[A-Z][a-z]{2,8}\.?,?\s\d{4}),?\s(?:at\s)?\d{1,2}:\d{2}\s?(?:[AaPp]\.?[Mm]\.?\s)?"
    r"(?:[A-Z]{2,4}\b|(?:Eastern|Central|Mountain|Pacific)(?:\s\w+)?\sTime)"
)


def _iso(match: re.Match[str], custom: _Custom) -> Stamp | None:
    return _stamp(match, int(match["month"]), custom)


def _named(match: re.Match[str], custom: _Custom) -> Stamp | None:
    month = MONTHS.get(match["month"].casefold())
    return _stamp(match, month, custom) if month else None


def _slashed(match: re.Match[str], custom: _Custom) -> Stamp | None:
    first, last = int(match["first"]), int(match["last"])
    day_leads = custom.day_leads
    if day_leads is None and (first > 12) != (last > 12):  # noqa: PLR2004  a year has twelve months
        day_leads = first > last
    if day_leads is None:
        return None
    day, month = (first, last) if day_leads else (last, first)
    return _stamp(match, month, custom, day=day)


def _rfc822(match: re.Match[str], custom: _Custom) -> Stamp | None:
    month = MONTHS.get(match["month"].casefold())
    year = int(match["year"])
    if year < 100:  # noqa: PLR2004  RFC 822 wrote years with two digits
        year += 1900 if year >= YEAR_MIN % 100 else 2000
    return _stamp(match, month, custom, year=year) if month else None


def _stamp(
    match: re.Match[str], month: int, custom: _Custom, *, year: int | None = None, day: int | None = None
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
    return _moment(parts, on, custom.zone)


def _moment(parts: dict[str, str | None], on: date, default_zone: str) -> Stamp | None:
    named = (parts.get("zone") or parts.get("zone_first") or "").strip()
    where = zone(named, default_zone=default_zone) if named else ZoneInfo(default_zone)
    half = parts.get("half") or parts.get("before")
    hour = _hour(int(parts["hour"] or 0), half)
    # Without minutes it takes an a.m. or p.m. to make a number an hour.
    if where is None or hour is None or (parts.get("minute") is None and not half):
        return None
    second = parts.get("second")
    try:
        clock = time(hour, int(parts.get("minute") or 0), min(int(second or 0), 59), fold=int(is_standard(named)))
    except ValueError:
        return None
    at = datetime.combine(on, clock, where)
    # In the hour that spring leaves out both names mean winter's clock, which is there the first fold.
    if _is_left_out(at):
        at = at.replace(fold=0)
    return Stamp(at.astimezone(UTC), Precision.SECOND if second is not None else Precision.MINUTE)


def _is_left_out(at: datetime) -> bool:
    return at.astimezone(UTC).astimezone(at.tzinfo).replace(tzinfo=None) != at.replace(tzinfo=None)


def _hour(hour: int, half: str | None) -> int | None:
    """The hour of twenty-four. A Chinese `下午13:30` has both; an English `13:10 PM` is a slip."""
    if half is None:
        return hour
    is_late = half.casefold()[0] in "p下晚" or half in ("午後", "오후", "中午") or half.casefold() == "noon"
    if hour > 12 or hour == 0:  # noqa: PLR2004  a clock face has twelve hours
        return hour if half[0] > "\u2e80" and (hour == 0 or is_late) else None
    if half == "中午" and hour >= 11:  # noqa: PLR2004  noon begins before twelve in Chinese
        return hour
    return hour % 12 + (12 if is_late else 0)


_ISO_DAY = rf"{_YEAR}-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}})"
_ISO_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"

_COMPACT_DAY = r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
_COMPACT_CLOCK = r"T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?P<zone>Z|[+-]\d{4})?"
_CJK_DAY = rf"{_YEAR}\s?[年년]\s?(?P<month>\d{{1,2}})\s?[月월]\s?(?P<day>\d{{1,2}})\s?[日号號일]{_CJK_WEEKDAY}"
_CJK_ZONE = r"(?:[(（]?(?P<zone_first>[^\W\d_]{2,6}(?:时间|時間|시간))[)）]?\s?)?"
_PLAIN_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_YEAR_FIRST = r"(?P<year>\d{4})(?:/(?P<month>\d{1,2})/|\.\s?(?P<month_too>\d{1,2})\.\s?)(?P<day>\d{1,2})\.?"
_YEAR_LAST = r"(?P<first>\d{1,2})/(?P<last>\d{1,2})/(?P<year>\d{4})"
_RFC822_DAY = r"(?:[a-z]{3,9},\s?)?(?P<day>\d{1,2})\s(?P<month>[a-z]{3,9})\s(?P<year>\d{4}|\d{2})"
_CLOCK_FIRST = rf"{_CLOCK}{_ZONE}(?:\s?[,|•·–—-]\s?|\s)(?:on\s|am\s|le\s)?"


def _year_first(match: re.Match[str], custom: _Custom) -> Stamp | None:
    return _stamp(match, int(match["month"] or match["month_too"]), custom)


_Read = Callable[[re.Match[str], _Custom], Stamp | None]
_FORMATS: tuple[tuple[re.Pattern[str], _Read], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), read)
    for pattern, read in (
        (rf"{_ISO_DAY}(?:(?:T|,?\s){_ISO_CLOCK}{_ZONE})?", _iso),
        (rf"{_COMPACT_DAY}(?:{_COMPACT_CLOCK})?", _iso),
        (rf"{_CJK_DAY}(?:\s?,?\s?{_CJK_ZONE}{_CLOCK}{_ZONE})?", _iso),
        (rf"{_YEAR_FIRST}(?:,?\s{_CLOCK}{_ZONE})?", _year_first),
        (rf"{_YEAR_LAST}(?:{_AT}{_CLOCK}{_ZONE})?", _slashed),
        (rf"{_NUMBER_DOTS}(?:{_AT}{_CLOCK}{_ZONE})?", _iso),
        (rf"{_RFC822_DAY}\s{_PLAIN_CLOCK}(?:\s(?P<zone>[a-z]{{1,4}}|[+-]\d{{4}}))?", _rfc822),
        (rf"{_MONTH_FIRST}(?:{_AT}{_CLOCK}{_ZONE})?", _named),
        (rf"{_DAY_FIRST}(?:{_AT}{_CLOCK}{_ZONE})?", _named),
        (rf"{_CLOCK_FIRST}{_MONTH_FIRST}", _named),
        (rf"{_CLOCK_FIRST}{_DAY_FIRST}", _named),
    )
)
