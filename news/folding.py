"""Folding: each character of a text as the one that counts for it, and the way back.

NFKC and case folding character by character, so that every folded character knows the stretch of
the original it came from. Marks join the character before them; superscripts and fractions become
words of their own; soft hyphens and other invisible characters vanish. Traditional Chinese
characters count as their simplified form, one for one: hiragana and katakana stay two.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from news.variants import VARIANTS

SEPARATORS = " '.,&-"  # what is left of all that is no letter, mark or digit; all but the space may join
_FOLDS_MAX = 65_536
_MARKS_MAX = 30  # as in Unicode's stream-safe format: normalising longer runs is quadratic

_COMBINES = "\ue000"  # joins the character before it
_UNFOLDS = "\ue001"  # becomes several characters, or none
_CLUSTER = re.compile(rf"[\s\S]?{_COMBINES}+|{_UNFOLDS}")

_GIVEN = {
    **dict.fromkeys("'’‘‛ʼʹ´′＇", "'"),
    **dict.fromkeys("-‐‑﹣－", "-"),
    **dict.fromkeys("™℠®©", " "),  # NFKC would write TM and SM on the name before them
    "\u200b": " ",  # a place where a line may break
    **dict(zip("髙﨑𠮷", "高崎吉", strict=True)),  # second forms in Japanese names, to which NFKC does nothing
    "İ": "i",  # case folding would leave a dot on its own
}
_INVISIBLE = re.compile("[\ufe00-\ufe0f\u180b-\u180d\U000e0100-\U000e01ef]")  # variation selectors
_UNVOICED = dict.fromkeys((0x3099, 0x309A))  # sound marks that found no kana to compose with
_JAMO = re.compile("[\u1160-\u11ff]")  # vowels and final consonants of Hangul: they compose

# Typographic characters that stand in otherwise plain English. str.replace on these few is ten times
# faster than translating a text with non-ASCII in it; the outcome is the same.
_COMMON = (
    *((c, "'") for c in "’‘"),
    *((c, " ") for c in "“”–—…•®™©\u00a0\u2003\u2009\u202f€£°·"),
)


class Origins(NamedTuple):
    """For each character of a folded text, the stretch of the original it came from."""

    first: Sequence[int]
    stop: Sequence[int]


class _Folds(dict[int, str]):
    """Code point → the one character it counts as, worked out when first met.

    Letters, marks and digits count as themselves, folded; `'.,&-` stay, for they may join; all else
    is a space. Where there is no one such character it is `_COMBINES` or `_UNFOLDS`.
    """

    def __missing__(self, point: int) -> str:
        folded = _fold(chr(point))
        if len(self) < _FOLDS_MAX:
            self[point] = folded
        return folded


def _fold(char: str) -> str:
    given = _GIVEN.get(char)
    if given is not None:
        return given
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category == "Cf" or _INVISIBLE.match(char):
        return _UNFOLDS
    if category[0] in "ZC":
        return " "
    return _COMBINES if category[0] == "M" else _fold_visible(_spell(char), category)


def _fold_visible(spelled: str, category: str) -> str:
    if len(spelled) != 1:
        return _UNFOLDS if category[0] in "LN" or any(map(str.isalnum, spelled)) else " "
    if _JAMO.match(spelled) or unicodedata.category(spelled)[0] == "M":
        return _COMBINES
    return spelled if spelled in SEPARATORS or unicodedata.category(spelled)[0] in "LN" else " "


def _spell(char: str) -> str:
    """One character in full; superscripts and fractions are words of their own."""
    if char in _GIVEN:
        return _GIVEN[char]
    if unicodedata.category(char) == "Cf" or _INVISIBLE.match(char):
        return ""
    spelled = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
    if unicodedata.decomposition(char).startswith(("<super>", "<fraction>")) and spelled[0].isdigit():
        return f" {spelled} "
    return "".join(VARIANTS.get(c, c) for c in spelled)


_FOLDS = _Folds()


def folded(text: str) -> tuple[str, Origins | None]:
    """The text in folded characters, and where each came from; None: each from its own place."""
    plain = text
    if not text.isascii():
        for typographic, common in _COMMON:
            plain = plain.replace(typographic, common)
    as_one = plain.translate(_FOLDS)
    if _COMBINES in as_one or _UNFOLDS in as_one:
        return _unfolded(text, as_one)
    return as_one, None


def _unfolded(text: str, as_one: str) -> tuple[str, Origins]:
    """Write out what does not stand for one character, keeping the way back."""
    parts: list[str] = []
    first, stop = array("L"), array("L")
    done = 0
    for cluster in _CLUSTER.finditer(as_one):
        start, end = cluster.span()
        parts.append(as_one[done:start])
        first.extend(range(done, start))
        stop.extend(range(done + 1, start + 1))
        spelled = _spelled(text[start : min(end, start + 1 + _MARKS_MAX)], as_one[start])
        parts.append(spelled)
        first.extend([start] * len(spelled))
        stop.extend([end] * len(spelled))
        done = end
    parts.append(as_one[done:])
    first.extend(range(done, len(as_one)))
    stop.extend(range(done + 1, len(as_one) + 1))
    return "".join(parts), Origins(first, stop)


@lru_cache(maxsize=4_096)
def _spelled(cluster: str, base: str) -> str:
    if base in SEPARATORS:
        return base  # marks without a letter to stand on
    spelled = unicodedata.normalize("NFKC", "".join(map(_spell, cluster)))
    spelled = spelled.translate(_UNVOICED)
    characters = [_FOLDS[ord(c)] for c in spelled]
    kept = "".join(c if f in (_COMBINES, _UNFOLDS) else f for c, f in zip(spelled, characters, strict=True))
    return kept if characters and characters[0] != _COMBINES else ""
