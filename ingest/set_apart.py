"""Parts of a release that its layout sets apart from the text: dateline, boilerplate, contact."""

from __future__ import annotations

from dataclasses import replace

from ingest.clipping import Clipping
from ingest.datelines import split_dateline
from ingest.dates import parse_day
from ingest.places import split_place
from ingest.zones import Zones
from news.release import Dateline

_PLACE_CHARS_MAX = 160


def set_apart_dateline(text: str) -> Dateline | None:
    """The dateline that a layout names: by its shape, else as a day or a place; None where there is none."""
    if not text:
        return None
    found = split_dateline(text) or split_dateline(f"{text} -- ")
    if found is not None:
        return replace(found[0], text=text)
    day = parse_day(text)
    place = None if day else text.rstrip(" ,:-–—")[:_PLACE_CHARS_MAX]
    city, region, country = split_place(place) if place else (None, None, None)
    return Dateline(text=text, place=place, city=city, region=region, country=country, date=day)


def with_set_apart(zones: Zones, clipping: Clipping) -> Zones:
    """The zones with what the layout sets apart, behind what the text itself holds of them."""
    if not clipping.boilerplate and not clipping.contact:
        return zones
    return replace(
        zones,
        boilerplate=(*zones.boilerplate, *clipping.boilerplate),
        contact=(*zones.contact, *clipping.contact),
    )
