"""The features that a release has, of those that a lexicon knows, and where its words stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from alerts.matching.cases import Kind
from alerts.matching.keys import Ints, Keys, longer_runs, zone_key, zone_keys
from alerts.matching.lexicon import ALWAYS, Lexicon, fixed_key
from news.document import ZONES, Document
from news.release import Zone

_GAP = "\0"  # no term: keeps the zones apart
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
    terms: list[str] = []
    firsts: list[int] = []
    for zone in ZONES:
        firsts.append(len(terms))
        terms += document.zone(zone).terms
        terms.append(_GAP)
    hashes = np.fromiter(map(hash, terms), np.int64, len(terms)).view(np.uint64)
    runs = list(_runs(hashes, firsts, lexicon.shapes))
    single = np.array([*_single_keys(document, lexicon)], np.uint64)
    keys = np.concatenate([single, *(run for run, _ in runs)])
    places = np.concatenate([np.zeros(len(single), np.int64), *(place for _, place in runs)])
    index, numbers = lexicon.table(document.language).find(keys)
    finds = np.sort(np.append(numbers.astype(np.int64) << PLACE_BITS | places[index], ALWAYS))
    numbers = finds >> PLACE_BITS
    starts = np.append(np.flatnonzero(np.append(True, numbers[1:] != numbers[:-1])), len(finds))
    return Found(numbers[starts[:-1]], starts, finds & PLACES, np.array(firsts))


def _runs(hashes: Keys, firsts: list[int], shapes: set[tuple[str, int]]) -> Iterator[tuple[Keys, Ints]]:
    """The keys of the runs of each shape, and the places at which they begin."""
    longest = max((length for _, length in shapes), default=0)
    runs, places = hashes, np.arange(len(hashes))
    stops = [*(first - 1 for first in firsts[1:]), len(hashes) - 1]
    for length in range(1, longest + 1):
        if length > 1:
            runs = longer_runs(runs[:-1], hashes[length - 1 :])
        if ("", length) in shapes:
            yield runs, places[: len(runs)]
        for zone, first, stop in zip(ZONES, firsts, stops, strict=True):
            if (zone.value, length) in shapes and stop - first >= length:
                within = slice(first, stop - length + 1)
                yield zone_keys(runs[within], zone.value), places[within]


def _single_keys(document: Document, lexicon: Lexicon) -> Iterator[int]:
    """The keys of what has no place: metadata and beginnings of words."""
    for name in lexicon.field_names:
        for value in document.values(name):
            yield fixed_key(Kind.FIELD, (name, value))
    for zone in lexicon.zones_by_kind[Kind.OPENING]:
        terms = {term for part in _zones(zone) for term in document.places(part) if not term.isascii()}
        for opening in {term[0] for term in terms}:
            yield zone_key(fixed_key(Kind.OPENING, (opening,)), zone)
    for zone in lexicon.zones_by_kind[Kind.PREFIX]:
        begun = map(
            lexicon.beginnings.__getitem__, chain.from_iterable(document.zone(z).chunks() for z in _zones(zone))
        )
        for prefix in set(chain.from_iterable(begun)):
            yield zone_key(fixed_key(Kind.PREFIX, (prefix,)), zone)


def _zones(name: str) -> tuple[Zone, ...]:
    return (Zone(name),) if name else ZONES
