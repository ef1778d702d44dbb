"""The spans of features in one release, worked out once however many rules share them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import chain

from alerts.matching.found import Found
from alerts.matching.lexicon import Lexicon
from news.document import ZONES, Document
from news.query.evaluate import spans_of
from news.query.tree import Hit
from news.release import Span, Zone

Spans = tuple[Span, ...]
_ORDER = {zone: number for number, zone in enumerate(ZONES)}


class Marks:
    def __init__(self, document: Document, found: Found, lexicon: Lexicon) -> None:
        self._document = document
        self._lexicon = lexicon
        self._firsts: list[int] = found.firsts.tolist()
        self._at: dict[int, int] = {number: at for at, number in enumerate(found.numbers.tolist())}
        self._starts: list[int] = found.starts.tolist()
        self._places: list[int] = found.places.tolist()
        self._offsets: dict[Zone, tuple[Sequence[int], Sequence[int]]] = {}
        self._single: dict[int, Spans] = {}
        self._joined: dict[tuple[int, ...], Spans] = {}

    def spans(self, numbers: tuple[int, ...]) -> Spans:
        """The spans of these features together, in zone order, those that overlap made one."""
        if len(numbers) == 1:
            return self._of(numbers[0])
        known = self._joined.get(numbers)
        if known is None:
            known = self._joined[numbers] = _merged(chain.from_iterable(map(self._of, numbers)))
        return known

    def _of(self, number: int) -> Spans:
        known = self._single.get(number)
        if known is None:
            known = self._single[number] = self._read(number)
        return known

    def _read(self, number: int) -> Spans:
        covers, is_cut = self._lexicon.extent(number)
        if not covers:
            return ()
        at = self._at[number]
        stands = [self._stand(place) for place in self._places[self._starts[at] : self._starts[at + 1]]]
        if is_cut:
            hits = [Hit(zone, i, i + covers - 1, ((i, i + covers - 1, True),)) for zone, i in stands]
            return spans_of(self._document, hits)
        spans: list[Span] = []
        for zone, first in stands:
            starts, ends = self._offsets.get(zone) or self._located(zone)
            spans.append(Span(zone, starts[first], ends[first + covers - 1]))
        return tuple(spans) if covers == 1 else _merged(spans)

    def _located(self, zone: Zone) -> tuple[Sequence[int], Sequence[int]]:
        located = self._offsets[zone] = self._document.offsets(zone)
        return located

    def _stand(self, place: int) -> tuple[Zone, int]:
        """A place as a zone and a position within it."""
        at = bisect_right(self._firsts, place) - 1
        return ZONES[at], place - self._firsts[at]


def _merged(spans: Iterable[Span]) -> Spans:
    merged: list[Span] = []
    for span in sorted(set(spans), key=lambda span: (_ORDER[span.zone], span.start, span.end)):
        before = merged[-1] if merged else None
        if before is not None and before.zone is span.zone and span.start < before.end:
            merged[-1] = Span(span.zone, before.start, max(before.end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
