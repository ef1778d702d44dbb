"""The line that opens a release: where, when, by which wire.

    SPRINGFIELD, Ill., March 2, 2026 /SomeWire/ -- A company today ...
    SPRINGFIELD, Ill.--(SOME WIRE)--A company today ...

A dateline has a day, never a time of day, and may be older than publication.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from ingest.dates import parse_day
from ingest.places import split_place
from ingest.wires import WIRES
from news.release import Dateline

_OPENING_CHARS_MAX = 320
_PLACE_CHARS_MAX = 160

_DASH = r"[-‐‑‒–—―−]"
_S = r"\s{1,3}"
_DAY = (
    rf"(?:(?:le|den){_S})?(?:[^\W\d_]{{3,10}}\.?\s{{0,3}}\d{{1,2}}(?:st|nd|rd|th)?,?{_S}\d{{4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.)?(?:{_S}|-)(?:de{_S})?[^\W\d_]{{3,10}}\.?,?(?:{_S}|-)(?:del?{_S})?\d{{4}}"
    r"|\d{4}\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?日|\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4})"
)
_PLACE = rf"(?P<place>[^\W\d_][^|:()\[\]\n]{{0,{_PLACE_CHARS_MAX}}}?)"

_TAG_OF = tuple((re.compile("|".join(wire.tags), re.IGNORECASE), wire.slug) for wire in WIRES.values() if wire.tags)

_PLACE_DAY = rf"(?:{_PLACE}[\s,]*?)?[\s,]*(?P<day>{_DAY})?"
_LONG_DASH = rf"{_DASH}{{1,3}}"
_HASHTAG = rf"\#\w{{1,40}}\s*{_DASH}{{2}}"
# PLACE, DAY --   names no wire: the day and a dash or colon are what makes it a dateline.
_WITHOUT_WIRE = rf"{_PLACE}(?:[\s,]+|\s?{_DASH}{{1,2}}\s?)\(?(?P<day>{_DAY})\)?\s*(?:{_LONG_DASH}|:)\s+(?P<tag>)"
_OF_NONE = re.compile(_WITHOUT_WIRE, re.IGNORECASE)


@lru_cache(maxsize=128)
def _signs(more: tuple[str, ...]) -> tuple[re.Pattern[str], tuple[re.Pattern[str], ...]]:
    """What finds a tag of the wires and of `more`, and the shapes of a dateline that names one."""
    tags = "|".join((*(tag for wire in WIRES.values() for tag in wire.tags), *more))
    # A tag may go on: a wire's sub-services add their name to it.
    tag = rf"(?P<tag>(?:{tags})[\w .&'-]{{0,30}}?)"
    shapes = (
        # PLACE, DAY /TAG/ --   and   PLACE / TAG / DAY /   and   /TAG/ --
        rf"{_PLACE_DAY}\s*/\s?{tag}\s?/\s*(?:(?P<late_day>{_DAY})\s*/?\s*)?(?:{_LONG_DASH})?\s*",
        # PLACE, DAY (TAG) --   and   PLACE--(TAG - DAY) -   and   PLACE--(TAG)--#mark--   and   PLACE--(TAG)--DAY--
        (
            rf"{_PLACE_DAY},?\s*{_DASH}{{0,3}}\s*\(\s?{tag}\s*(?:{_DASH}{{1,2}}\s*(?P<late_day>{_DAY})\s*)?\)\s*"
            rf"(?:{_LONG_DASH}\s*(?:{_HASHTAG}|(?P<last_day>{_DAY})\s*{_LONG_DASH})?|:)?\s*"
        ),
        # PLACE - TAG - DAY -   and   PLACE, DAY - TAG -
        (
            rf"{_PLACE}(?:,\s*(?P<day>{_DAY}))?\s*{_LONG_DASH}\s*{tag}\s*"
            rf"(?:{_LONG_DASH}\s*(?P<late_day>{_DAY})\s*)?{_LONG_DASH}\s*"
        ),
    )
    return re.compile(tags, re.IGNORECASE), tuple(re.compile(shape, re.IGNORECASE) for shape in shapes)


def split_dateline(paragraph: str, tags: tuple[str, ...] = ()) -> tuple[Dateline, str] | None:
    """The dateline that opens `paragraph` and what follows it; None if it opens with none.

    `Dateline.text` is what stood there, with its spaces evened out. Dashes of every length and
    no-break spaces are all the same here. `tags` are regular expressions for more wires' names.
    """
    opening = paragraph[:_OPENING_CHARS_MAX]
    any_tag, of_a_wire = _signs(tags)
    shapes = of_a_wire if any_tag.search(opening) else ()
    for shape in (*shapes, _OF_NONE):
        match = shape.match(opening)
        dateline = _read(match, tagged=shape is not _OF_NONE) if match else None
        if match and dateline:
            return dateline, paragraph[match.end() :].lstrip()
    return None


def wire_of(tag: str) -> str | None:
    """The slug of the wire that a dateline's tag names (that of a sub-service too)."""
    for pattern, slug in _TAG_OF:
        if pattern.match(tag):
            return slug
    return None


def _read(match: re.Match[str], *, tagged: bool) -> Dateline | None:
    place = _evened(match["place"] or "").strip(" ,;-‐‑‒–—―−/") or None
    days = match.groupdict()
    on = _day(days.get("day") or days.get("late_day") or days.get("last_day") or "")
    if place is not None and not _reads_as_place(place, tagged=tagged):
        return None
    if not tagged and (place is None or on is None):
        return None
    city, region, country = split_place(place) if place else (None, None, None)
    return Dateline(
        text=_evened(match[0]),
        place=place,
        city=city,
        region=region,
        country=country,
        date=on,
        wire=_evened(match["tag"]) or None,
    )


def _reads_as_place(place: str, *, tagged: bool) -> bool:
    """A place begins with a capital and has few words; a sentence before a tag is no place."""
    words = place.split()
    capital = not place[0].islower()
    lower = sum(word[0].islower() for word in words)
    words_max, lower_max = (20, 4) if tagged else (8, 1)
    return capital and len(words) <= words_max and lower <= lower_max


def _day(text: str) -> date | None:
    return parse_day(_evened(text)) if text else None


def _evened(text: str) -> str:
    return " ".join(text.split())
