"""The line that opens a release: where, when, by which wire.

    SPRINGFIELD, Ill., March 2, 2026 /SomeWire/ -- A company today ...
    SPRINGFIELD, Ill.--(SOME WIRE)--A company today ...
    某社北京7月8日电

A dateline has a day, never a time of day that counts, and may be older than publication.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import lru_cache

from ingest.dateline_shapes import DAY_OF_YEAR, OF_NONE, OF_SOME_WIRE, SETS_OFF, WITHOUT_DAY, of_wires
from ingest.dates import MONTHS, parse_day
from ingest.places import is_place_part, split_place, stands_alone
from ingest.wires import WIRES
from news.release import Dateline

_OPENING_CHARS_MAX = 320
_DAY_ALONE_WORDS_AFTER = 8
_LOWER_WORDS_MAX = 4

_TAG_OF = tuple(
    (re.compile("|".join(wire.tags), re.IGNORECASE), wire.slug, wire.zone) for wire in WIRES.values() if wire.tags
)
_DIGIT = re.compile(r"\d")
_SHORT_YEAR = re.compile(r"^(\d{1,2}/\d{1,2})/(\d{2})$")
_BEFORE_AND_AFTER = " ,;，、-‐‑‒–—―−－/|·"
# Words in small letters that names of places hold.
_JOINING_WORDS = """
a am an and auf aux bei d da das de dei del della den der des di die do dos du e ed el en et i im in la le les los lès
main near o of on op ob près s sous sul sur the u und under upon v van von y zu
"""
_JOINTS = frozenset(_JOINING_WORDS.split())
# A sentence, a label or a heading begins so, never a place.
_NO_PLACE = re.compile(
    r"(?:on|in|since|by|until|till|through|from|as of|dated?|during|at|after|before|between|for|and|to|with|am|vom|seit"
    r"|bis|ab|im|zum|le|du|depuis|el|desde|il|dal|em|posted|published|updated?|released?|effective|today|yesterday"
    r"|when|this|that|these|the|ended|ending|last|next|press|news|media|veröffentlicht|stand|publié|publicado|date"
    r"|issued|deadline|quarter|year|q[1-4]|fy|embargo\w*|immediate|contact|source|photo|version|results?)\b"
    r"|.*\b(?:immediate release|ended|ending|press release|sofortige|results|release date|corp|inc|ltd|llc|plc"
    r"|group|company|university|association|foundation|institute|conference|announce\w*|statement|report|declared"
    r"|said)\b"
    r"|(?:mon|tues?|wednes|wed|thurs?|fri|satur|sat|sun)(?:day)?\b|(?:montag|dienstag|mittwoch|donnerstag|freitag"
    r"|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes"
    r"|sábado|domingo)\b",
    re.IGNORECASE,
)


def split_dateline(paragraph: str, tags: tuple[str, ...] = ()) -> tuple[Dateline, str] | None:
    """The dateline that opens `paragraph` and what follows it; None if it opens with none.

    `Dateline.text` is what stood there, with its spaces evened out. Dashes of every length and
    no-break spaces are all the same here. A day without a year leaves `date` empty: see `dated`. `tags` are
    regular expressions for more wires' names.
    """
    found = _opening(paragraph[:_OPENING_CHARS_MAX], tags)
    return (found[0], paragraph[found[1] :].lstrip()) if found else None


@lru_cache(maxsize=256)  # on its way to a release, the beginning of a text is asked several times
def _opening(opening: str, tags: tuple[str, ...]) -> tuple[Dateline, int] | None:
    """The dateline and where it ends."""
    any_tag, shapes = of_wires(tags)
    if SETS_OFF.search(opening) and any_tag.search(opening):
        for shape in shapes:
            match = shape.match(opening)
            dateline = _read(match, words_max=20, lower_max=4) if match and match["tag"] else None
            if match and dateline:
                return dateline, match.end()
    match, dateline = _of_no_known_wire(opening)
    return (dateline, match.end()) if match and dateline else None


def dated(dateline: Dateline, near: date) -> Dateline:
    """`dateline` with its day in the year that brings it closest to `near`, where it states none."""
    found = None if dateline.date else DAY_OF_YEAR.search(dateline.text)
    while found is not None:
        word = found["month_word"] or found["word_later"]
        month = MONTHS.get(word.casefold()) if word else int(found["month"])
        day = int(found["day"] or found["day_first"] or found["cjk_day"])
        days = [on for year in (near.year - 1, near.year, near.year + 1) if month and (on := _on(year, month, day))]
        if days:
            return replace(dateline, date=min(days, key=lambda on: abs((on - near).days)))
        found = DAY_OF_YEAR.search(dateline.text, found.end())
    return dateline


def wire_of(tag: str) -> str | None:
    """The slug of the wire that a dateline's tag names (that of a sub-service too)."""
    return next((slug for pattern, slug, _ in _TAG_OF if pattern.match(tag)), None)


def _of_no_known_wire(opening: str) -> tuple[re.Match[str] | None, Dateline | None]:
    for sign, shape in OF_SOME_WIRE:
        match = shape.match(opening) if sign in opening else None
        dateline = _read(match, words_max=10, lower_max=0) if match and _is_signed(match) else None
        if dateline:
            return match, dateline
    for shape in OF_NONE if _DIGIT.search(opening) else ():
        match = shape.match(opening)
        dateline = _read(match, words_max=8, lower_max=0) if match else None
        if match and dateline and dateline.date and (dateline.place or _tells_on(opening[match.end() :])):
            return match, dateline
    match = WITHOUT_DAY.match(opening)
    return (match, _read(match, words_max=6, lower_max=0)) if match and _is_known(match["place"]) else (None, None)


def _is_signed(match: re.Match[str]) -> bool:
    """Whether a place or a day stands by the tag, or the tag all alone between its dashes."""
    parts = match.groupdict()
    has_tag = bool(parts.get("tag") or parts.get("tag_too") or parts.get("last_day"))
    return has_tag or bool((parts.get("place") or parts.get("later_place")) and parts.get("day"))


def _is_known(place: str) -> bool:
    """Whether a place without a day is one beyond doubt: `STAMFORD, Conn.`, `LONDON`."""
    city, comma, rest = place.partition(",")
    if not comma:
        return stands_alone(city)
    return all(is_place_part(part) for part in rest.split(",")) and len(city.split()) <= 4  # noqa: PLR2004  SALT LAKE CITY


def _tells_on(rest: str) -> bool:
    return len(rest.split()) >= _DAY_ALONE_WORDS_AFTER


def _read(match: re.Match[str], *, words_max: int, lower_max: int) -> Dateline | None:
    parts = match.groupdict()
    place = _evened(parts.get("place") or parts.get("later_place") or "").strip(_BEFORE_AND_AFTER) or None
    if place and DAY_OF_YEAR.fullmatch(place) and not parts.get("day"):
        place = None
    tag = _evened(parts.get("tag") or parts.get("tag_too") or "") or None
    if place is not None and not _reads_as_place(place, words_max=words_max, lower_max=lower_max):
        return None
    days = (parts.get(name) for name in ("day", "late_day", "last_day", "day_at"))
    city, region, country = split_place(place) if place else (None, None, None)
    return Dateline(
        text=_evened(match[0]),
        place=place,
        city=city,
        region=region,
        country=country,
        date=_day(next((day for day in days if day), ""), tag),
        wire=tag,
    )


def _reads_as_place(place: str, *, words_max: int, lower_max: int) -> bool:
    """A place begins with a capital and has few words; a sentence before a tag is no place.

    `lower_max` words may begin with a small letter, besides those that join names (`Frankfurt am Main`).
    """
    words = place.split()
    lower = [word for word in words if word[0].islower()]
    strange = sum(word.strip(".,") not in _JOINTS for word in lower)
    if place[0].islower() or len(words) > words_max or strange > lower_max or len(lower) > _LOWER_WORDS_MAX:
        return False
    return lower_max > 0 or not (_NO_PLACE.match(place) or any(map(str.isdigit, words[0])))


def _day(text: str, tag: str | None) -> date | None:
    if not text:
        return None
    zone = next((zone for pattern, _, zone in _TAG_OF if tag and pattern.match(tag)), "UTC")
    return parse_day(_SHORT_YEAR.sub(r"\1/20\2", _evened(text)), default_zone=zone)


def _on(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _evened(text: str) -> str:
    return " ".join(text.split())
