"""Finding runs of terms that stand side by side."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from news.document import Document, Window
from news.query.bound import Bound, Nothing, Phrases
from news.query.tree import Hit, Hits, Windows
from news.release import Zone
from news.text import Sought, alternatives, sought

PHRASE_CHARS_MAX = 500

# As many as a large rule set has words, so that asking a rule again costs no analysis; some 20 MB.
_SOUGHT_MAX = 100_000


@lru_cache(maxsize=_SOUGHT_MAX)
def sought_in(text: str, language: str) -> Sought:
    """`sought`, remembered: each rule is asked of thousands of releases."""
    return sought(text, language)


def bound_of(text: str, zones: frozenset[Zone] | None) -> Bound:
    """What holds of every release in which `text` is found, whatever its language."""
    sequences, languages, open_end = alternatives(text)
    if not sequences:
        return Nothing()
    return Phrases(zones, sequences, open_end, languages if any(languages) else ())


def find(document: Document, windows: Windows, run: Sought) -> Hits:
    """Every place in the windows where the terms of `run` stand side by side, in order."""
    if not run.terms:
        return []
    further = run.positions - 1
    hits: Hits = []
    for window in windows:
        zone, first, stop = window
        starts = _starts(document, window, run)
        hits += [
            Hit(zone, at, at + further, ((at, at + further, run.cut),)) for at in starts if first <= at < stop - further
        ]
    return hits


def _starts(document: Document, window: Window, run: Sought) -> Iterable[int]:
    """Where the run stands in the window's zone, within the window or not."""
    if not run.open_end:
        return document.standing(window.zone, run.terms)
    terms, closed, last = document.zone(window.zone).terms, run.terms[:-1], run.terms[-1]
    if not closed:
        return (i for i in range(window.first, window.stop) if terms[i].startswith(last))
    after = len(closed)
    return (
        at
        for at in document.standing(window.zone, closed)
        if at + after < len(terms) and terms[at + after].startswith(last)
    )
