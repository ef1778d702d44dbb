"""Alternatives of a bound, each asked only of releases in a language of which it is the stem.

`took` is `to` in one language: without a word of the language it would let every English release through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from news.query.bound import AllOf, AnyOf, Bound, Field, Phrases
from storage.fields import STEMS

Runs = tuple[tuple[str, ...], ...]
# In any language.
_ANY: frozenset[str] = frozenset()


def spoken(bound: Phrases) -> Bound:
    """The same, with the languages said beside the alternatives."""
    by_languages: dict[frozenset[str], list[tuple[str, ...]]] = {}
    for run, languages in _each(bound):
        by_languages.setdefault(languages, []).append(run)
    return _any_of(
        _where(languages, Phrases(bound.zones, tuple(runs), bound.open_end)) for languages, runs in by_languages.items()
    )


def near(one: Phrases, other: Phrases, positions: int) -> Bound | None:
    """One near the other, both in the stems of one language; None where the two do not stand alike."""
    if one.zones != other.zones or one.open_end or other.open_end:
        return None
    told = [
        _where(languages, AllOf((Phrases(one.zones, (first,)), Phrases(one.zones, (second,))), positions))
        for first, second, languages in _pairs(one, other)
    ]
    return _any_of(told) if told else None


def _pairs(one: Phrases, other: Phrases) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], frozenset[str]]]:
    for first, firsts in _each(one):
        for second, seconds in _each(other):
            both = firsts & seconds if firsts and seconds else firsts | seconds
            if both or not (firsts or seconds):
                yield first, second, both


def _each(bound: Phrases) -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
    return zip(bound.alternatives, bound.languages or (_ANY,) * len(bound.alternatives), strict=True)


def _where(languages: frozenset[str], bound: Bound) -> Bound:
    if not languages:
        return bound
    return AllOf((bound, _any_of(Field(STEMS, language) for language in sorted(languages))))


def _any_of(parts: Iterable[Bound]) -> Bound:
    told = tuple(parts)
    return told[0] if len(told) == 1 else AnyOf(told)
