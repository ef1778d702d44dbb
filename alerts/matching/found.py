"""The features that a release has, of those that a lexicon knows, and where its words stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, repeat

import numpy as np

from alerts.matching.cases import Feature, Kind
from alerts.matching.keys import Ints
from alerts.matching.lexicon import ALWAYS, Lexicon
from news.document import ZONES, Document
from news.release import Zone

_GAP = ""  # no term: keeps the zones apart
PLACE_BITS = 26
PLACES = (1 << PLACE_BITS) - 1


@dataclass(frozen=True, slots=True)
class Found:
    """`numbers` of features, ascending, each once; `places` at which runs begin, in the same order.

    A place counts terms through all zones, with one between two zones; `firsts` are the places at
    which the zones begin. Feature `numbers[i]` has the places `starts[i]` to `starts[i + 1]`.
    """

    numbers: Ints
    starts: Ints
    places: Ints
    firsts: Ints

    def chain(self, gap: int) -> Ints:
        """The number and place of each find in one, ascending; `gap` further places between zones."""
        zones = np.searchsorted(self.firsts, self.places, side="right")
        numbers = np.repeat(self.numbers, np.diff(self.starts))
        return numbers << PLACE_BITS | (self.places + zones * gap)


def found_in(document: Document, lexicon: Lexicon) -> Found:
    """Everything in the document that the lexicon has a number for."""
    table = lexicon.table(document.language)
    terms: list[str] = []
    starts: list[int] = []
    for zone in ZONES:
        starts.append(len(terms))
        terms += document.zone(zone).terms
        terms.append(_GAP)
    firsts = np.array(starts)
    ids = np.fromiter(map(lexicon.ids.get, terms, repeat(-1)), np.int64, len(terms))
    ids[np.append(firsts[1:], len(terms)) - 1] = -1
    places, numbers = table.find(ids, firsts)
    placeless = np.array([ALWAYS, *_placeless(document, lexicon)], np.int64) << PLACE_BITS
    finds = np.sort(np.append(placeless, numbers.astype(np.int64) << PLACE_BITS | places))
    numbers_found = finds >> PLACE_BITS
    bounds = np.append(np.flatnonzero(np.append(True, numbers_found[1:] != numbers_found[:-1])), len(finds))
    return Found(numbers_found[bounds[:-1]], bounds, finds & PLACES, firsts)


def _placeless(document: Document, lexicon: Lexicon) -> Iterator[int]:
    """The numbers of what has no place: metadata and beginnings of words."""
    known = lexicon.placeless
    return (known[feature] for feature in _had(document, lexicon) if feature in known)


def _had(document: Document, lexicon: Lexicon) -> Iterator[Feature]:
    for name in lexicon.field_names:
        for value in document.values(name):
            yield Feature(Kind.FIELD, (name, value))
    for zone in lexicon.zones_by_kind[Kind.OPENING]:
        terms = {term for part in _zones(zone) for term in document.places(part) if not term.isascii()}
        for opening in {term[0] for term in terms}:
            yield Feature(Kind.OPENING, (opening,), zone)
    for zone in lexicon.zones_by_kind[Kind.PREFIX]:
        chunks = set(chain.from_iterable(document.zone(z).chunks() for z in _zones(zone)))
        for prefix in set(chain.from_iterable(map(lexicon.beginnings.__getitem__, chunks))):
            yield Feature(Kind.PREFIX, (prefix,), zone)


def _zones(name: str) -> tuple[Zone, ...]:
    return (Zone(name),) if name else ZONES
