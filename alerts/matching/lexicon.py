"""The features that rules are made of, numbered; and by language, where they are found again.

A rule's word stands for another term in each language of the analyzer. So its word is kept as it is,
and each language that a release was ever written in has a table of its own: from terms, as that
language gives them, to the features.

Words and terms are strings and numbered here, all of them once. Whatever is looked up after that is
looked up by these numbers.
"""

from __future__ import annotations

from array import array

import numpy as np

from alerts.matching.cases import Feature, Kind
from alerts.matching.keys import Ids, Ints
from alerts.matching.table import Runs, Table
from news.stemming import UNDETERMINED, stem
from news.text import chunk_words, is_unspaced

ALWAYS = 0  # the feature that every release has
_NONE = -1
_CHUNKS_MAX, _CHUNK_CHARS_MAX = 50_000, 40
_RUNS = (Kind.RUN, Kind.STANDING)
_PAIR = 2
_ID_BITS = 32
_SAME_TABLE = {"en": UNDETERMINED}  # what is of no language is stemmed as English


class Beginnings(dict[str, tuple[str, ...]]):
    """Chunk of folded text → the prefixes looked for with which its words begin, remembered while there is room."""

    def __init__(self) -> None:
        super().__init__()
        self._prefixes: set[str] = set()
        self._lengths: set[int] = set()

    def look_for(self, prefix: str) -> None:
        self._prefixes.add(prefix)
        self._lengths.add(len(prefix))
        if self:
            self.clear()

    def __missing__(self, chunk: str) -> tuple[str, ...]:
        shortest = min(self._lengths, default=0)
        words = [word for word in chunk_words(chunk) if len(word) >= shortest]
        begun = tuple(self._prefixes.intersection(word[:n] for word in words for n in self._lengths))
        if len(chunk) <= _CHUNK_CHARS_MAX:
            if len(self) >= _CHUNKS_MAX:
                self.clear()
            self[chunk] = begun
        return begun


class Lexicon:
    """Numbered features. Numbers count from 0, without gaps, in the order of coming."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.ids: dict[str, int] = {}  # of words and terms
        self._strings: list[str] = []  # by id
        self._alone = array("i")  # by id: the feature of that word, in any zone
        self._pairs: dict[int, int] = {}  # likewise of two words
        self._others: dict[Feature, int] = {}  # all other runs
        self.placeless: dict[Feature, int] = {}  # what is no run
        self._starts = array("i", [0])  # by feature, where its words begin in the next; of runs alone
        self._run_words = array("i")
        self._words = array("i")  # the ids of words that a language may stem, each once
        self._is_word = bytearray()  # by id
        self._zones: dict[int, str] = {}  # of the runs that are asked of one
        self._standing: set[int] = set()  # runs of terms, which no language stems
        self._tables: dict[str, Table] = {}
        self._look_for_placeless()
        self.number(Feature(Kind.FIELD, ("", "")))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def number(self, feature: Feature) -> int:
        """The feature's number, a new one if it is new."""
        kind, words, zone = feature
        if kind is Kind.RUN and not zone:
            return self.run(words)
        known = (self._others if kind in _RUNS else self.placeless).get(feature)
        return self._take(feature) if known is None else known

    def run(self, words: tuple[str, ...]) -> int:
        """The number of a run of words in any zone."""
        known: int | None
        if len(words) == 1:
            at = self.ids.get(words[0])
            known = None if at is None or self._alone[at] == _NONE else self._alone[at]
        elif len(words) == _PAIR:
            known = self._pairs.get(self.ids.get(words[0], _NONE) << _ID_BITS | self.ids.get(words[1], _NONE))
        else:
            known = self._others.get(Feature(Kind.RUN, words))
        return self._take(Feature(Kind.RUN, words)) if known is None else known

    def _take(self, feature: Feature) -> int:
        number = len(self)
        if feature.kind in _RUNS:
            self._take_run(feature, number)
        else:
            self.placeless[feature] = number
            self._look_for(feature)
        self._starts.append(len(self._run_words))
        return number

    def _take_run(self, feature: Feature, number: int) -> None:
        kind, words, zone = feature
        ids = [*map(self._word if kind is Kind.RUN else self.id, words)]
        self._run_words.extend(ids)
        if kind is Kind.STANDING:
            self._standing.add(number)
        if zone:
            self._zones[number] = zone
        if kind is Kind.STANDING or zone or len(ids) > _PAIR:
            self._others[feature] = number
        elif len(ids) == _PAIR:
            self._pairs[ids[0] << _ID_BITS | ids[1]] = number
        else:
            self._alone[ids[0]] = number

    def _word(self, word: str) -> int:
        known = self.id(word)
        if not self._is_word[known]:
            self._is_word[known] = True
            self._words.append(known)
        return known

    def id(self, string: str) -> int:
        """The id of a word or term, a new one if it is new."""
        known = self.ids.get(string)
        if known is None:
            known = self.ids[string] = len(self._strings)
            self._strings.append(string)
            self._alone.append(_NONE)
            self._is_word.append(False)
        return known

    def extent(self, number: int) -> tuple[int, bool]:
        """How many places a run covers, 0 for what has none, and whether its last is cut.

        The last place of a run of characters without spaces is that of a character that may go on.
        """
        words = self._run_words[self._starts[number] : self._starts[number + 1]]
        last = self._strings[words[-1]] if words else ""
        is_cut = bool(words) and not last.isascii() and is_unspaced(last)
        return len(words) + is_cut, is_cut

    def table(self, language: str) -> Table:
        """Where the features are found in a release of an analyzer language; up to date."""
        language = _SAME_TABLE.get(language, language)
        known = self._tables.get(language)
        if known is None:
            known = self._tables[language] = Table()
        if known.features < len(self):
            words = self._words[known.words :]
            terms = [self.id(_term(self._strings[word], language)) for word in words]
            known.learn(words, terms, self._runs_from(known.features))
        return known

    def _runs_from(self, first: int) -> Runs:
        starts = np.array(self._starts[first:], np.int64)
        words = np.array(self._run_words[int(starts[0]) :], np.int64)
        zones = {number: zone for number, zone in self._zones.items() if number >= first}
        return Runs(first, starts - starts[0], words, zones, {n for n in self._standing if n >= first})

    def forget_placeless(self, used: Ints) -> None:
        """Look no more for metadata and beginnings of words that are not among these features, ascending."""
        numbers = np.fromiter(self.placeless.values(), np.int64, len(self.placeless))
        is_used = np.isin(numbers, used)
        if not is_used.all():
            kept = zip(self.placeless.items(), is_used.tolist(), strict=True)
            self.placeless = dict(pair for pair, stays in kept if stays)
            self._look_for_placeless()

    def _look_for_placeless(self) -> None:
        self.zones_by_kind: dict[Kind, set[str]] = {kind: set() for kind in Kind}
        self.beginnings = Beginnings()
        self.field_names: set[str] = set()
        for feature in self.placeless:
            self._look_for(feature)

    def _look_for(self, feature: Feature) -> None:
        kind, words, zone = feature
        self.zones_by_kind[kind].add(zone)
        if kind is Kind.PREFIX:
            self.beginnings.look_for(words[0])
        elif kind is Kind.FIELD:
            self.field_names.add(words[0])

    def keep(self, numbers: Ints) -> Ids:
        """Forget all features but these, ascending and with ALWAYS; the new number of each old one, or -1."""
        renumbered = np.full(len(self), _NONE, np.int32)
        renumbered[numbers] = np.arange(len(numbers), dtype=np.int32)
        known = {number: feature for feature, number in (self._others | self.placeless).items()}
        strings, starts, run_words = self._strings, self._starts, self._run_words
        self._begin()
        for number in numbers.tolist()[1:]:
            feature = known.get(number)
            if feature is None:
                words = run_words[starts[number] : starts[number + 1]]
                feature = Feature(Kind.RUN, tuple([strings[word] for word in words]))
            self._take(feature)
        return renumbered


def _term(word: str, language: str) -> str:
    return word if is_unspaced(word) else stem(word, language)
