"""The judge: whether a query is true of a release, and which words make it so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from news.alert import Match
from news.document import ZONES, Document, document
from news.query.bound import Bound
from news.query.tree import Hits, Query
from news.release import Release, Span, Zone


def evaluate(query: Query, asked: Release | Document) -> Match | None:
    """The match with its spans, `rule_id` empty; None if the query is not true of the release."""
    ready = asked if isinstance(asked, Document) else document(asked)
    hits = judge(query, ready)
    return None if hits is None else Match(rule_id="", spans=spans_of(ready, hits))


def judge(query: Query, asked: Document) -> Hits | None:
    """What makes the query true, by positions; None if it is not. `spans_of` tells where that is in the text."""
    return query.root.spans(asked, asked.whole())


def bound(query: Query) -> Bound:
    """A condition that every release fulfils of which the query is true."""
    return query.root.bound(None)


def spans_of(asked: Document, hits: Hits) -> tuple[Span, ...]:
    """The hits as offsets into the zones' strings, in zone order, those that overlap made one."""
    words: dict[Zone, set[tuple[int, int, bool]]] = {}
    for hit in hits:
        words.setdefault(hit.zone, set()).update(hit.words)
    spans: list[Span] = []
    for zone in filter(words.__contains__, ZONES):
        starts, ends = asked.offsets(zone)
        terms = asked.zone(zone).terms
        found = sorted(
            (starts[first], _cut_end(terms, starts, ends, last) if cut else ends[last])
            for first, last, cut in words[zone]
        )
        spans += [Span(zone, start, end) for start, end in _merged(found)]
    return tuple(spans)


def _cut_end(terms: Sequence[str], starts: Sequence[int], ends: Sequence[int], last: int) -> int:
    """Where the first character of the last term ends: where that of the next term begins."""
    if len(terms[last]) == 1 or starts[last + 1] <= starts[last]:
        return ends[last]
    return starts[last + 1]


def _merged(found: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
