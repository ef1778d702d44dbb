"""Cases as rows of numbers, checked against a release many at a time.

A row says: once the release has its anchor, this rule is true if the release also has, or lacks,
these features, and keeps this distance. `first` and `rests` hold a feature's number doubled, plus one
where the release must lack it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alerts.matching.found import PLACE_BITS, PLACES, Found
from alerts.matching.keys import Ids, Ints
from alerts.matching.lexicon import ALWAYS
from news.query.operators.near import DISTANCE_MAX

PROVED = -1  # in `extra`: nothing else is to be asked
ASK = -2  # the evaluator must decide
NOTHING_ELSE = ALWAYS << 1
_ZONE_GAP = DISTANCE_MAX + 1


class Nearness(NamedTuple):
    """`words` below 0: in this order."""

    left: int
    left_length: int
    right: int
    right_length: int
    words: int


@dataclass(frozen=True, slots=True)
class Rows:
    """`extra`: PROVED, ASK, or the row of `near`. `rests` from `rest_at`, `rest_count` of them."""

    anchor: Ids
    slot: Ids
    first: Ids
    rest_at: Ids
    rest_count: Ids
    extra: Ids
    rests: Ids
    near: Ids  # of shape (n, 5)

    def __len__(self) -> int:
        return len(self.anchor)

    def picked(self, rows: Ints) -> Rows:
        """These rows, in this order, with only the rests and distances that they need."""
        counts = self.rest_count[rows]
        extra = self.extra[rows]
        is_near = extra >= 0
        near = self.near[extra[is_near]]
        extra[is_near] = np.arange(len(near), dtype=np.int32)
        return Rows(
            self.anchor[rows],
            self.slot[rows],
            self.first[rows],
            (np.cumsum(counts) - counts).astype(np.int32),
            counts,
            extra,
            self.rests[spread(self.rest_at[rows], counts)],
            near,
        )

    def joined(self, other: Rows) -> Rows:
        extra = np.where(other.extra >= 0, other.extra + len(self.near), other.extra).astype(np.int32)
        return Rows(
            np.concatenate((self.anchor, other.anchor)),
            np.concatenate((self.slot, other.slot)),
            np.concatenate((self.first, other.first)),
            np.concatenate((self.rest_at, other.rest_at + np.int32(len(self.rests)))),
            np.concatenate((self.rest_count, other.rest_count)),
            np.concatenate((self.extra, extra)),
            np.concatenate((self.rests, other.rests)),
            np.concatenate((self.near, other.near)),
        )

    def features(self) -> Ids:
        """The numbers of all features that the rows name, ascending, each once."""
        of_near = self.near[:, (0, 2)].ravel()
        return np.unique(np.concatenate((self.anchor, self.first >> 1, self.rests >> 1, of_near)))

    def renumbered(self, numbers: Ids) -> Rows:
        """The same rows after the features were given other numbers."""
        near = self.near.copy()
        near[:, (0, 2)] = numbers[near[:, (0, 2)]]
        return replace(
            self,
            anchor=numbers[self.anchor],
            first=numbers[self.first >> 1] << 1 | self.first & 1,
            rests=numbers[self.rests >> 1] << 1 | self.rests & 1,
            near=near,
        )

    def had(self, rows: Ints) -> tuple[Ids, Ids]:
        """Pairs of a slot and a feature that it has, over these rows."""
        counts = self.rest_count[rows]
        others = np.concatenate((self.first[rows], self.rests[spread(self.rest_at[rows], counts)]))
        slots = np.concatenate((self.slot[rows], np.repeat(self.slot[rows], counts)))
        has = others & 1 == 0
        return np.concatenate((self.slot[rows], slots[has])), np.concatenate((self.anchor[rows], others[has] >> 1))

    def true_of(self, rows: Ints, present: NDArray[np.uint8], found: Found) -> tuple[Ints, Ints]:
        """Of these rows, whose anchors the release has: those that are true, and those to be asked."""
        first = self.first[rows]
        rows = rows[present[first >> 1] != (first & 1)]
        rows = self._with_rests(rows, present)
        extra = self.extra[rows]
        kept = rows[extra == PROVED]
        near = np.flatnonzero(extra >= 0)
        if len(near):
            kept = np.concatenate((kept, rows[near[_nearby(self.near[extra[near]], found)]]))
        return kept, rows[extra == ASK]

    def _with_rests(self, rows: Ints, present: NDArray[np.uint8]) -> Ints:
        """The rows whose rests hold."""
        counts = self.rest_count[rows]
        for depth in range(int(counts.max(initial=0))):
            has_more = counts > depth
            rest = self.rests[self.rest_at[rows[has_more]] + depth]
            holds = ~has_more
            holds[has_more] = present[rest >> 1] != (rest & 1)
            rows, counts = rows[holds], counts[holds]
        return rows


def plain_rows(anchors: Ids, slots: Ids) -> Rows:
    """Rows that are proved by their anchors alone."""
    none, nothing = np.zeros(len(slots), np.int32), np.zeros(0, np.int32)
    return Rows(anchors, slots, none + NOTHING_ELSE, none, none, none + PROVED, nothing, nothing.reshape(0, 5))


def spread(starts: NDArray[np.integer], counts: NDArray[np.integer]) -> Ints:
    """The numbers from each start on, as many as its count, one after the other."""
    ends = np.cumsum(counts, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - ends + counts, counts) + np.arange(total)


def _nearby(distances: Ids, found: Found) -> Ints:
    """The indexes of the distances that are kept somewhere, each once or twice."""
    left, left_length, right, right_length, words = distances.T.astype(np.int64)
    free = np.flatnonzero(words > 0)  # either may be the first
    index = np.append(np.arange(len(words)), free)
    earlier, lengths = np.append(left, right[free]), np.append(left_length, right_length[free])
    later, words = np.append(right, left[free]), np.abs(words)[index]
    at = np.searchsorted(found.numbers, earlier)
    counts = found.starts[at + 1] - found.starts[at]
    which = np.repeat(np.arange(len(index)), counts)
    chain = found.chain(_ZONE_GAP)
    ends = (chain[spread(found.starts[at], counts)] & PLACES) + lengths[which] - 1
    sought = (later[which] << PLACE_BITS) + ends
    following = chain[np.minimum(np.searchsorted(chain, sought, side="right"), len(chain) - 1)]
    near: Ints = index[which[(following > sought) & (following <= sought + words[which])]]
    return near
