"""The spans of features in one release, worked out once however many rules share them."""

from __future__ import annotations

from itertools import chain

from alerts.matching.found import Found
from alerts.matching.lexicon import Lexicon
from news.document import ZONES, Document
from news.query.evaluate import spans_of
from news.query.tree import Hit
from news.release import Span

Spans = tuple[Span, ...]
_ORDER = {zone: number for number, zone in enumerate(ZONES)}


class Marks:
    def __init__(self, document: Document, found: Found, lexicon: Lexicon) -> None:
        self._document = document
        self._found = found
        self._lexicon = lexicon
        self._firsts = found.firsts.tolist()
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
            known = self._single[number] = spans_of(self._document, self._hits(number))
        return known

    def _hits(self, number: int) -> list[Hit]:
        covers, is_cut = self._lexicon.extent(number)
        hits: list[Hit] = []
        zone = 0
        for place in self._found.places_of(number) if covers else ():
            while zone + 1 < len(ZONES) and place >= self._firsts[zone + 1]:
                zone += 1
            first = place - self._firsts[zone]
            last = first + covers - 1
            hits.append(Hit(ZONES[zone], first, last, ((first, last, is_cut),)))
        return hits


def _merged(spans: chain[Span]) -> Spans:
    merged: list[Span] = []
    for span in sorted(set(spans), key=lambda span: (_ORDER[span.zone], span.start, span.end)):
        before = merged[-1] if merged else None
        if before is not None and before.zone is span.zone and span.start < before.end:
            merged[-1] = Span(span.zone, before.start, max(before.end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
