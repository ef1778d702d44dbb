"""Which other addresses may show what a source no longer shows. Pure; all times aware UTC.

Days in addresses are of the wire's own calendar, and its clock is not asked: a day of margin on either side holds for
every zone and every change of the clocks.
"""

from __future__ import annotations

import math
import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from config.catalogue import feed_at
from ingest.sitemaps import Child
from news.links import url_key
from news.source import NO_WAYS, Listed, Source, SourceKind, Ways

MARGIN = timedelta(days=1)
# A burst may push many pages of known rows past a walk; so many in a row are not passed but the end, ever the same.
STANDSTILLS_MAX = 20
_YEAR_MIN = 1990
_PAGE = "{page}"
_DATED = ("{day}", "{month}", "{year}")
_FIRST_PAGE = re.compile(r"(?<=[?&])(page|pageno|pg|paged|p)=1(?=&|\Z)", re.IGNORECASE)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DAY = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d{2})[-_/.]?(?P<month>0[1-9]|1[0-2])[-_/.]?(?P<day>[0-3]\d)(?!\d)")
_MONTH = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d{2})[-_/.](?P<month>0[1-9]|1[0-2])(?!\d)")
_NAMED = re.compile(
    rf"(?<![a-z])(?P<name>{'|'.join(f'{m[:3]}(?:{m[3:]})?' for m in _MONTHS)})[-_/. ](?P<year>(?:19|20)\d{{2}})(?!\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Way:
    """One way back. `name` is told to people; `template` holds `{page}` or days, or neither."""

    name: str
    kind: SourceKind
    template: str

    @property
    def dated(self) -> bool:
        return any(mark in self.template for mark in _DATED)

    @property
    def paged(self) -> bool:
        return _PAGE in self.template

    def page(self, number: int) -> str:
        """The address of that page, from 1; of a way without pages, its only one."""
        return self.template.replace(_PAGE, str(number))


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of some calendar, both included."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        """Nothing of this period was published before."""
        return datetime.combine(self.first, time(), UTC) - MARGIN

    @property
    def ends(self) -> datetime:
        """Nothing of this period was published from here on."""
        return datetime.combine(self.last, time(), UTC) + timedelta(days=1) + MARGIN


@dataclass(frozen=True, slots=True)
class Span:
    """What a walk is for: rows from `since` on, and before `until`; None is without a bound."""

    since: datetime | None = None
    until: datetime | None = None

    def is_later(self, period: Period) -> bool:
        return self.until is not None and period.begins >= self.until

    def is_over(self, period: Period) -> bool:
        """Whether all in these days is older than is wanted."""
        return self.since is not None and period.ends <= self.since


def ways_back(source: Source) -> tuple[Way, ...]:
    """The ways of a source, cheapest first: other feeds, listing pages, sitemaps.

    What the user said of one sort goes before what the catalogue knows of it. A listing page that says of itself to be
    the first is followed by others.
    """
    own, known = source.ways, _known(source.url)
    listing = own.listing or known.listing or _numbered(source)
    return (
        *_ways("feed", SourceKind.FEED, [url for url in own.feeds or known.feeds if url != source.url]),
        *_ways("listing", SourceKind.LISTING, [listing] if listing else []),
        *_ways("sitemap", SourceKind.SITEMAP, own.sitemaps or known.sitemaps),
    )


def _known(url: str) -> Ways:
    feed = feed_at(url)
    return feed.ways if feed is not None else NO_WAYS


def _numbered(source: Source) -> str | None:
    if source.kind is not SourceKind.LISTING or not _FIRST_PAGE.search(source.url):
        return None
    return _FIRST_PAGE.sub(rf"\1={_PAGE}", source.url, count=1)


def _ways(name: str, kind: SourceKind, templates: Sequence[str]) -> Iterator[Way]:
    for number, template in enumerate(templates, start=1):
        yield Way(name if number == 1 else f"{name} {number}", kind, template)


# ------------------------------------------------------------------ days in addresses


def period_of(url: str) -> Period | None:
    """The days that an address names: `2021-02-03`, `2021-02`, `2021/02`, `Feb_2021`; None where it names none."""
    try:
        if (found := _DAY.search(url)) is not None:
            day = date(int(found["year"]), int(found["month"]), int(found["day"]))
            return Period(day, day)
        if (found := _MONTH.search(url)) is not None:
            return _month(int(found["year"]), int(found["month"]))
        if (found := _NAMED.search(url)) is not None:
            return _month(int(found["year"]), _month_number(found["name"]))
    except ValueError:  # the 31st of February
        return None
    return None


def _month_number(name: str) -> int:
    return next(n for n, month in enumerate(_MONTHS, start=1) if month.startswith(name.lower()))


def _month(year: int, month: int) -> Period:
    return Period(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def dated_addresses(way: Way, *, newest: datetime, oldest: datetime | None) -> Iterator[tuple[str, Period]]:
    """A dated way's addresses from `newest` back to `oldest`, with the days each holds; without it, to 1990."""
    steps = _days_back if "{day}" in way.template else _months_back if "{month}" in way.template else _years_back
    for period in steps((newest + MARGIN).date()):
        if period.first.year < _YEAR_MIN or (oldest is not None and period.ends <= oldest):
            return
        yield _filled(way.template, period.first), period


def _filled(template: str, day: date) -> str:
    parts = {"{year}": f"{day:%Y}", "{month}": f"{day:%m}", "{day}": f"{day:%d}"}
    for mark, part in parts.items():
        template = template.replace(mark, part)
    return template


def _days_back(day: date) -> Iterator[Period]:
    while True:
        yield Period(day, day)
        day -= timedelta(days=1)


def _months_back(day: date) -> Iterator[Period]:
    while True:
        yield _month(day.year, day.month)
        day = day.replace(day=1) - timedelta(days=1)


def _years_back(day: date) -> Iterator[Period]:
    for year in range(day.year, 0, -1):
        yield Period(date(year, 1, 1), date(year, 12, 31))


def newest_sitemap_first(children: Sequence[Child]) -> list[tuple[Child, Period | None]]:
    """What an index names, with the days in each name: those that say nothing of their age first, as they stood."""
    dated = [(child, period_of(child.url)) for child in children]
    return sorted(dated, key=lambda pair: _age_key(*pair))


def _age_key(child: Child, period: Period | None) -> float:
    if period is not None:
        return -period.ends.timestamp()
    return -child.changed_at.timestamp() if child.changed_at is not None else -math.inf


# ------------------------------------------------------------------ pages that shift


@dataclass(slots=True)
class Leaf:
    """Turns listing pages, the newest rows first, while rows are put above them.

    What is put above pushes rows on to later pages: they are shown again, none is passed over. Real listings show their
    last page again beyond their end.
    """

    number: int = 1
    _seen: set[str] = field(default_factory=set)
    _size: int = 0
    _last: tuple[str, ...] = ()
    _repeats: int = 0
    _standstills: int = 0

    def turn(self, rows: Sequence[Listed]) -> int | None:
        """The number of the page after this one with these rows; None where the pages have come to their end.

        A full page that comes again is not yet the end: exactly one page of rows may have been put above it.
        """
        keys = tuple(row_key(row) for row in rows)
        self._size = max(self._size, len(keys))
        self._repeats = self._repeats + 1 if keys == self._last else 0
        self._standstills = self._standstills + 1 if self._seen.issuperset(keys) else 0
        self._seen.update(keys)
        self._last = keys
        over = self._repeats > 1 or (self._repeats and len(keys) < self._size)
        if not keys or over or self._standstills >= STANDSTILLS_MAX:
            return None
        self.number += 1
        return self.number


def row_key(row: Listed) -> str:
    """What a row is known again by within one walk."""
    return url_key(row.url) if row.url else row.guid or f"{row.title}\n{row.stamp_text}"


def all_older(rows: Sequence[Listed], than: datetime) -> bool:
    """Whether every row has a stamp, and one before that."""
    return bool(rows) and all(row.stamp is not None and row.stamp < than for row in rows)


def newest_first(rows: Sequence[Listed]) -> tuple[tuple[Listed, ...], bool]:
    """The rows by their stamps, those without at the end as they stood; and whether all have one."""
    stamped = sorted((row for row in rows if row.stamp is not None), key=_stamp, reverse=True)
    return (*stamped, *(row for row in rows if row.stamp is None)), len(stamped) == len(rows)


def _stamp(row: Listed) -> datetime:
    return row.stamp or datetime.min.replace(tzinfo=UTC)
