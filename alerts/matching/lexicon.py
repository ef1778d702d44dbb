"""The features that rules are made of, numbered; and by language, where they are found again.

A rule's word stands for another term in each language of the analyzer. So its word is kept as it is,
and each language that a release was ever written in has a table of its own: from the keys of terms,
as that language gives them, to the features. Two words that are one term there (`battery` and
`batteries` in English) are twins.
"""

from __future__ import annotations

from array import array
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from alerts.matching.cases import Feature, Kind
from alerts.matching.growing import Column
from alerts.matching.keys import Ids, Ints, Keys, KeyTable, key_of, longer_runs, run_key, zone_key
from news.stemming import UNDETERMINED, stem
from news.text import chunk_words, is_unspaced

ALWAYS = 0  # the feature that every release has
_CHUNKS_MAX, _CHUNK_CHARS_MAX = 50_000, 40
_RUNS = (Kind.RUN, Kind.STANDING)
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
        begun = tuple(self._prefixes.intersection(w[:n] for w in chunk_words(chunk) for n in self._lengths))
        if len(chunk) <= _CHUNK_CHARS_MAX:
            if len(self) >= _CHUNKS_MAX:
                self.clear()
            self[chunk] = begun
        return begun


class _Other(NamedTuple):
    """`key` 0: that of its words, in the zone. `standing`: the terms of a run that is one in all languages."""

    key: int
    zone: str
    standing: tuple[str, ...]


class Lexicon:
    """Numbered features. Numbers count from 0, without gaps, in the order of coming."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._starts = array("i", [0])  # by feature, where its words begin in the next; of runs alone
        self._run_words = array("i")
        self._others: dict[int, _Other] = {}  # what is no run, or a run of one zone
        self._words: dict[str, int] = {}
        self._word_list: list[str] = []
        self._tables: dict[str, Table] = {}
        self.shapes: set[tuple[str, int]] = set()  # zones and lengths of runs
        self.zones_by_kind: dict[Kind, set[str]] = {kind: set() for kind in Kind}
        self.beginnings = Beginnings()
        self.field_names: set[str] = set()
        self.number(Feature(Kind.FIELD, ("", "")))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def number(self, feature: Feature) -> int:
        """The feature's number, a new one if it is new."""
        kind, words, zone = feature
        key = hash(words) if kind is Kind.RUN and not zone else hash((words, zone, kind.value))
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = len(self)
            self._take(feature)
        return known

    def run(self, words: tuple[str, ...]) -> int:
        """The number of a run of words in any zone."""
        known = self._numbers.get(hash(words))
        return self.number(Feature(Kind.RUN, words)) if known is None else known

    def _take(self, feature: Feature) -> None:
        kind, words, zone = feature
        if kind is not Kind.RUN or zone:
            self._others[len(self)] = self._other(feature)
        if kind is Kind.RUN:
            for word in words:
                self._run_words.append(self._word(word))
        self._starts.append(len(self._run_words))
        if kind in _RUNS:
            self.shapes.add((zone, len(words)))

    def _other(self, feature: Feature) -> _Other:
        kind, words, zone = feature
        self.zones_by_kind[kind].add(zone)
        if kind is Kind.PREFIX:
            self.beginnings.look_for(words[0])
        elif kind is Kind.FIELD:
            self.field_names.add(words[0])
        key = 0 if kind is Kind.RUN else zone_key(fixed_key(kind, words), zone)
        return _Other(key, zone, words if kind is Kind.STANDING else ())

    def extent(self, number: int) -> tuple[int, bool]:
        """How many places a run covers, 0 for what has none, and whether its last is cut.

        The last place of a run of characters without spaces is that of a character that may go on.
        """
        other = self._others.get(number)
        numbers = self._run_words[self._starts[number] : self._starts[number + 1]]
        words = other.standing if other and other.standing else [self._word_list[word] for word in numbers]
        is_cut = bool(words) and not words[-1].isascii() and is_unspaced(words[-1])
        return len(words) + is_cut, is_cut

    def _word(self, word: str) -> int:
        known = self._words.get(word)
        if known is None:
            known = self._words[word] = len(self._words)
            self._word_list.append(word)
        return known

    def table(self, language: str) -> Table:
        """Where the features are found in a release of an analyzer language; up to date."""
        language = _SAME_TABLE.get(language, language)
        known = self._tables.get(language)
        if known is None:
            known = self._tables[language] = Table(language)
        known.learn(self)
        return known

    def words_from(self, first: int) -> list[str]:
        """The words numbered `first` and after."""
        return self._word_list[first:]

    def keys_from(self, first: int, word_keys: Keys) -> Keys:
        """The keys of the features numbered `first` and after, in the language of `word_keys`."""
        starts = np.array(self._starts[first:], np.int64)
        words = np.array(self._run_words[int(starts[0]) :], np.int64)
        lengths = np.diff(starts)
        starts -= starts[0]
        keys = np.zeros(len(lengths), np.uint64)
        for length in set(lengths.tolist()) - {0}:
            these = np.flatnonzero(lengths == length)
            runs = word_keys[words[starts[these]]]
            for step in range(1, length):
                runs = longer_runs(runs, word_keys[words[starts[these] + step]])
            keys[these] = runs
        self._rekey(keys, first)
        return keys

    def _rekey(self, keys: Keys, first: int) -> None:
        for number in reversed(self._others):  # in the order of coming
            if number < first:
                break
            other = self._others[number]
            key = other.key or zone_key(int(keys[number - first]), other.zone)
            keys[number - first] = key

    def keep(self, numbers: Ints) -> Ids:
        """Forget all features but these, ascending; the new number of each old one, or -1."""
        renumbered = np.full(len(self), -1, np.int32)
        renumbered[numbers] = np.arange(len(numbers), dtype=np.int32)
        self._numbers = {key: int(renumbered[old]) for key, old in self._numbers.items() if renumbered[old] >= 0}
        self._others = {int(renumbered[old]): other for old, other in self._others.items() if renumbered[old] >= 0}
        runs = [self._run_words[self._starts[n] : self._starts[n + 1]] for n in numbers.tolist()]
        self._starts = array("i", (0, *accumulate(map(len, runs))))
        words = self._word_list
        self._words, self._word_list = {}, []
        self._run_words = array("i", (self._word(words[word]) for run in runs for word in run))
        self._tables.clear()
        return renumbered


def fixed_key(kind: Kind, words: tuple[str, ...]) -> int:
    """The key of a feature that is no run of words, without its zone."""
    return run_key(words) if kind is Kind.STANDING else key_of((int(kind), *words))


class Table:
    """The features of a lexicon by their keys in one language."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._word_keys: Column[np.uint64] = Column(np.uint64)
        self._twins: Column[np.int32] = Column(np.int32)  # by feature: another of the same key, or -1
        self._keys = KeyTable(np.zeros(0, np.uint64), np.zeros(0, np.int32))

    def learn(self, lexicon: Lexicon) -> None:
        """Take in what was added to the lexicon since."""
        known = len(self._twins)
        if known == len(lexicon):
            return
        words = lexicon.words_from(len(self._word_keys))
        hashes = [hash(_term(word, self._language)) for word in words]
        self._word_keys.extend(np.array(hashes, np.int64).view(np.uint64))
        keys = lexicon.keys_from(known, self._word_keys.all)
        self._twins.extend(np.full(len(keys), -1, np.int32))
        self._file(keys, np.arange(known, len(lexicon), dtype=np.int32))

    def _file(self, keys: Keys, numbers: Ids) -> None:
        order = np.argsort(keys, kind="stable")
        keys, numbers = keys[order], numbers[order]
        twins = self._twins.all
        is_first = np.append(True, keys[1:] != keys[:-1])
        twins[numbers[:-1][~is_first[1:]]] = numbers[1:][~is_first[1:]]
        at = np.flatnonzero(is_first)
        firsts, lasts, keys = numbers[at], numbers[np.append(at[1:], len(numbers)) - 1], keys[at]
        known, heads = self._keys.find(keys)
        # A group whose key is known goes between its head and the head's twins.
        twins[lasts[known]] = twins[heads]
        twins[heads] = firsts[known]
        is_new = np.ones(len(keys), bool)
        is_new[known] = False
        self._keys.add(keys[is_new], firsts[is_new])

    def find(self, keys: Keys) -> tuple[Ints, Ids]:
        """Pairs of a key, by its index, and a feature that has it; in no order."""
        index, numbers = self._keys.find(keys)
        all_index, all_numbers = [index], [numbers]
        while len(numbers):
            twins = self._twins.all[numbers]
            more = twins >= 0
            index, numbers = index[more], twins[more]
            all_index.append(index)
            all_numbers.append(numbers)
        return np.concatenate(all_index), np.concatenate(all_numbers)


def _term(word: str, language: str) -> str:
    return word if is_unspaced(word) else stem(word, language)
