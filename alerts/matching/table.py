"""The features of a lexicon as they are found in one language.

A run of terms is a node of a tree: its last term below the node of those before it, and below that a
zone, if it is asked of one. The node of a lone term is the term's id; all others are numbered apart.
Two features that are one run in this language (`battery` and `batteries` in English) are twins.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from alerts.matching.growing import Column
from alerts.matching.keys import Ids, Ints, KeyTable, pair_keys
from news.document import ZONES

_LONGER = 1 << 30  # added to the number of a node that is not a lone term's
_ZONE = 1 << 31  # added to the number of a zone, which is no id
_NONE = -1
_ZONE_NUMBERS = {zone.value: number for number, zone in enumerate(ZONES)}


class Runs(NamedTuple):
    """Features from number `first` on; the words of `first + i` from `starts[i]` to `starts[i + 1]`.

    Words are ids; what is no run has none. `zones` has the zones of the features that are asked of
    one. `standing` are those of terms which no language stems.
    """

    first: int
    starts: Ints
    words: Ints
    zones: dict[int, str]
    standing: Collection[int]


class Table:
    """Terms by their ids → features."""

    def __init__(self) -> None:
        self._terms: Column[np.int32] = Column(np.int32)  # by the id of a word: that of its term
        self.words = 0  # how many it has learnt
        self._nodes = KeyTable(np.zeros(0, np.uint64), np.zeros(0, np.int32))
        self._node_count = 0
        self._longest = 0  # in terms, of the runs
        self._of_terms: Column[np.int32] = Column(np.int32)  # the feature that is this lone term, or -1
        self._of_nodes: Column[np.int32] = Column(np.int32)
        self._zones = np.zeros(len(ZONES), np.bool_)  # those of which features are asked
        self._twins: Column[np.int32] = Column(np.int32)  # by feature: another of the same run, or -1

    @property
    def features(self) -> int:
        """How many it has learnt."""
        return len(self._twins)

    def learn(self, words: Sequence[int], terms: Sequence[int], runs: Runs) -> None:
        """Take in words, their terms in this language, and the features that were made of them."""
        self.words += len(words)
        highest = max(max(words, default=0), max(terms, default=0), int(runs.words.max(initial=0)))
        for column in (self._terms, self._of_terms):
            column.extend(np.full(max(0, highest + 1 - len(column)), _NONE, np.int32))
        self._terms.all[words] = terms
        nodes = self._entered(runs)
        numbers = np.arange(runs.first, runs.first + len(nodes), dtype=np.int32)
        self._twins.extend(np.full(len(nodes), _NONE, np.int32))
        is_lone = (nodes >= 0) & (nodes < _LONGER)
        is_longer = nodes >= _LONGER
        self._file(self._of_terms, nodes[is_lone], numbers[is_lone])
        self._file(self._of_nodes, nodes[is_longer] - _LONGER, numbers[is_longer])

    def _entered(self, runs: Runs) -> Ints:
        """The nodes of these features, those that were not there made; -1 for what is no run."""
        lengths = np.diff(runs.starts)
        terms = self._terms.all[runs.words].astype(np.int64)
        is_standing = np.isin(np.arange(len(lengths)) + runs.first, [*runs.standing])
        terms = np.where(np.repeat(is_standing, lengths), runs.words, terms)
        nodes = np.full(len(lengths), _NONE, np.int64)
        self._longest = max(self._longest, int(lengths.max(initial=0)))
        for depth in range(self._longest):
            these = np.flatnonzero(lengths > depth)
            term = terms[runs.starts[these] + depth]
            nodes[these] = self._below(nodes[these], term) if depth else term
        zoned = np.array([*runs.zones], np.int64) - runs.first
        zones = np.array([_ZONE_NUMBERS[zone] for zone in runs.zones.values()], np.int64)
        nodes[zoned] = self._below(nodes[zoned], zones + _ZONE)
        self._zones[zones] = True
        return nodes

    def _below(self, nodes: Ints, terms: Ints) -> Ints:
        """The nodes below these, those that were not there made."""
        keys, back = np.unique(pair_keys(nodes, terms), return_inverse=True)
        known, numbers = self._nodes.find(keys)
        below = np.full(len(keys), _NONE, np.int64)
        below[known] = numbers
        new = np.flatnonzero(below < 0)
        below[new] = np.arange(self._node_count, self._node_count + len(new))
        self._nodes.add(keys[new], below[new].astype(np.int32))
        self._node_count += len(new)
        self._of_nodes.extend(np.full(len(new), _NONE, np.int32))
        return below[back] + _LONGER

    def _file(self, heads: Column[np.int32], at: Ints, numbers: Ids) -> None:
        """Put each feature before those that have its run already."""
        order = np.argsort(at, kind="stable")
        at, numbers = at[order], numbers[order]
        is_same = at[1:] == at[:-1]
        self._twins.all[numbers[1:][is_same]] = numbers[:-1][is_same]
        firsts, lasts = np.append(True, ~is_same)[: len(at)], np.append(~is_same, True)[: len(at)]
        self._twins.all[numbers[firsts]] = heads.all[at[firsts]]
        heads.all[at[lasts]] = numbers[lasts]

    def find(self, ids: Ints, firsts: Ints) -> tuple[Ints, Ids]:
        """Pairs of the place at which a run begins and a feature that it is; in no order.

        `ids` are those of the terms through all zones, -1 for a term that has none, between two zones
        and at the end; `firsts` the places at which the zones begin.
        """
        places, nodes = (np.concatenate(parts) for parts in zip(*self._runs(ids), strict=True))
        zoned_places, zoned = self._zoned(places, nodes, firsts)
        heads = self._heads(nodes)
        return self._with_twins(np.append(places, zoned_places), np.append(heads, self._of_nodes.all[zoned]))

    def _heads(self, nodes: Ints) -> Ids:
        """The feature that each node is, or -1."""
        is_longer = nodes >= _LONGER
        lone = np.minimum(nodes, len(self._of_terms) - 1)  # beyond are terms of other languages alone
        heads = np.where(nodes == lone, self._of_terms.all[lone], _NONE)
        heads[is_longer] = self._of_nodes.all[nodes[is_longer] - _LONGER]
        return heads

    def _runs(self, ids: Ints) -> Iterator[tuple[Ints, Ints]]:
        """Places and nodes of the lone terms, of the runs of two terms, and so on."""
        places = np.flatnonzero(ids >= 0)
        nodes = ids[places]
        yield places, nodes
        for length in range(1, self._longest):
            following = ids[places + length]
            goes_on = np.flatnonzero(following >= 0)
            index, numbers = self._nodes.find(pair_keys(nodes[goes_on], following[goes_on]))
            places, nodes = places[goes_on][index], numbers.astype(np.int64) + _LONGER
            yield places, nodes

    def _zoned(self, places: Ints, nodes: Ints, firsts: Ints) -> tuple[Ints, Ids]:
        """Of the runs, those that features ask of their zones: the places, and the nodes by their own count."""
        if not self._zones.any():
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        zones = np.searchsorted(firsts, places, side="right") - 1
        asked = np.flatnonzero(self._zones[zones])
        index, numbers = self._nodes.find(pair_keys(nodes[asked], zones[asked] + _ZONE))
        return places[asked[index]], numbers

    def _with_twins(self, places: Ints, heads: Ids) -> tuple[Ints, Ids]:
        is_feature = np.flatnonzero(heads >= 0)
        places, numbers = places[is_feature], heads[is_feature]
        all_places, all_numbers = [places], [numbers]
        while len(numbers):
            numbers = self._twins.all[numbers]
            is_feature = np.flatnonzero(numbers >= 0)
            places, numbers = places[is_feature], numbers[is_feature]
            all_places.append(places)
            all_numbers.append(numbers)
        return np.concatenate(all_places), np.concatenate(all_numbers)
