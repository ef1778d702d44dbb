"""What a release is known by besides its text, as words that the full-text index can hold.

`wire:x` or `issuer:"x y"` is thus answered by the same walk, newest first, as a word of the text. A
value becomes one token, a name one token a word, so that a run of its words is a phrase. All begin
with the field's name and a mark that no term of a text can hold: neither is ever taken for the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from news.document import document, fold_value
from news.release import Release
from storage.columns import storable

# Private use: no letter, mark or digit to the analyzer, and within a token to the index.
_MARK = "\ue000"
# The index splits at ASCII that is neither letter nor digit: such a character moves to private use.
_ASCII_APART = {code: chr(0xE100 + code) for code in range(128) if not chr(code).isalnum()}
_VALUES = ("wire", "kind", "lang", "ticker", "topic")
_NAMES = ("issuer", "place")
FIELDS = (*_VALUES, *_NAMES)
# By which language's stems the terms were made: no field of the query language, but asked of the index.
STEMS = "stems"
# Longer ones are cut, here and in a query alike: the evaluator tells them apart.
_VALUE_CHARS_MAX = 200


def field_words(release: Release) -> str:
    """The tokens of all fields of a release, space-joined."""
    return " ".join(_all_tokens(release))


def _all_tokens(release: Release) -> Iterator[str]:
    known = document(release)
    yield from field_phrase(STEMS, known.language)
    for field in _VALUES:
        for value in sorted(known.values(field)):
            yield from field_phrase(field, value)
    for field, name in _named(release):
        yield from field_phrase(field, fold_value(field, name))
        # Between two names stands a word of neither: no phrase runs from one into the next.
        yield f"{field}{_MARK}"


def _named(release: Release) -> Iterator[tuple[str, str]]:
    if release.issuer:
        yield "issuer", release.issuer
    if release.dateline is not None:
        for name in (
            release.dateline.place,
            release.dateline.city,
            release.dateline.region,
            release.dateline.country,
        ):
            if name:
                yield "place", name


def field_phrase(field: str, value: str) -> tuple[str, ...]:
    """The tokens that stand side by side where a release has `value`, folded, in `field`."""
    parts = value.split() if field in _NAMES else [value]
    return tuple(f"{field}{_MARK}{storable(part[:_VALUE_CHARS_MAX]).translate(_ASCII_APART)}" for part in parts)
