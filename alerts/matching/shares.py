"""How rare a feature is: the share of releases that have it. It bears on speed alone."""

from __future__ import annotations

from collections.abc import Mapping

from alerts.matching.cases import Feature, Kind
from news.stemming import UNDETERMINED, stem
from news.text import is_unspaced

_PAIR = 0.1  # of the releases that hold the rarer of two words, those that hold them side by side
_UNSPACED = 0.02
_PREFIX = 0.05
_ZONE = 0.1  # of the releases that hold a word, those that hold it in one given zone
_FIELDS = {"kind": 0.9, "lang": 0.6, "wire": 0.3, "topic": 0.05, "place": 0.02, "issuer": 0.005, "ticker": 0.002}

# Words that stand in so many of a hundred English press releases, counted on small wires of 2018 to
# 2026. Longer words are usually rarer, but not these.
_COMMON = {
    98: "the and of to in a for",
    90: "is on with by",
    80: "are as at from that it this",
    60: "an be has have its or our will their which about more can we was all through",
    40: "company companies contact include includes including information market not new one provide provides "
    "service services up us use used",
}
_KNOWN: dict[str, float] = {word: hundredth / 100 for hundredth, words in _COMMON.items() for word in words.split()}
_LONGEST = 16
_BY_LENGTH = tuple(0.9 * 0.6**length for length in range(_LONGEST + 1))
_WORDS_MAX = 100_000


class Shares:
    """`frequencies` gives the share of releases (0 to 1) that hold a term, as far as it was counted."""

    def __init__(self, frequencies: Mapping[str, float]) -> None:
        self._frequencies = frequencies
        self._words: dict[str, float] = {}

    def __call__(self, feature: Feature) -> float:
        kind, words, zone = feature
        if kind is Kind.RUN and len(words) == 1 and not zone:
            return self._word(words[0])
        if kind is Kind.FIELD:
            return _FIELDS.get(words[0], 1.0)
        if kind is Kind.PREFIX:
            share = _PREFIX
        elif kind is Kind.OPENING:
            share = _UNSPACED
        else:
            share = min(map(self._word, words)) * _PAIR ** (len(words) - 1)
        return share * _ZONE if zone else share

    def _word(self, word: str) -> float:
        known = self._words.get(word)
        if known is None:
            if len(self._words) >= _WORDS_MAX:
                self._words.clear()
            known = self._words[word] = self._counted(word)
        return known

    def _counted(self, word: str) -> float:
        """Where a word was not counted, short ones are held common."""
        counted = self._frequencies.get(stem(word, UNDETERMINED)) if self._frequencies else None
        if counted is None:
            counted = _KNOWN.get(word)
        if counted is None:
            counted = _UNSPACED if not word.isascii() and is_unspaced(word) else _BY_LENGTH[min(len(word), _LONGEST)]
        return counted
