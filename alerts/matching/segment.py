"""The many rules, merged and never changed; and the few that came since."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alerts.matching.found import Found
from alerts.matching.keys import Ids, Ints
from alerts.matching.ledger import Ledger
from alerts.matching.rows import NOTHING_ELSE, PROVED, Rows, plain_rows, spread


class Segment:
    """Rows in the order of their anchors. Those proved by their anchor alone are kept apart, as slots."""

    def __init__(self, rows: Rows) -> None:
        order = np.argsort(rows.anchor, kind="stable")
        is_plain = (rows.extra == PROVED) & (rows.first == NOTHING_ELSE)
        plain, checked = order[is_plain[order]], order[~is_plain[order]]
        self._plain_slots = rows.slot[plain]
        self._plain_starts = _starts(rows.anchor[plain])
        self._rows = rows.picked(checked)
        self._starts = _starts(self._rows.anchor)

    def __len__(self) -> int:
        return len(self._plain_slots) + len(self._rows)

    def rows(self) -> Rows:
        """All rows, as they were given but for their order."""
        counts = np.diff(self._plain_starts)
        anchors = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        return plain_rows(anchors, self._plain_slots).joined(self._rows)

    def plainly(self, numbers: Ints) -> tuple[Ids, Ints]:
        """The slots proved by the features alone, and how many by each."""
        at, counts = _ranges(self._plain_starts, numbers)
        return self._plain_slots[at], counts

    def checked(self, present: NDArray[np.uint8], found: Found) -> tuple[Rows, Ints, Ints]:
        at, _ = _ranges(self._starts, found.numbers)
        return self._rows, *self._rows.true_of(at, present, found)


def _starts(anchors: Ids) -> Ids:
    """Where the rows of each anchor begin, up to one past the last anchor."""
    last = int(anchors[-1]) if len(anchors) else -1
    return np.searchsorted(anchors, np.arange(last + 2)).astype(np.int32)


def _ranges(starts: Ids, numbers: Ints) -> tuple[Ints, Ints]:
    """The rows of these anchors, and how many each has."""
    counts = np.zeros(len(numbers), np.int64)
    known = numbers[: int(np.searchsorted(numbers, len(starts) - 1))]
    counts[: len(known)] = starts[known + 1] - starts[known]
    return spread(starts[known], counts[: len(known)]), counts


class Recent:
    """Rows by anchor in a dictionary, to which single rules are added."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self._rows = Ledger().rows()
        self._at: dict[int, list[int]] = {}

    def __len__(self) -> int:
        return len(self._rows) + len(self.ledger)

    def rows(self) -> Rows:
        return self._rows.joined(self.ledger.rows())

    def file(self) -> None:
        """Make what stands in the ledger ready to be found."""
        if not len(self.ledger):
            return
        known = len(self._rows)
        self._rows, self.ledger = self.rows(), Ledger()
        for row, anchor in enumerate(self._rows.anchor[known:].tolist(), known):
            self._at.setdefault(anchor, []).append(row)

    def checked(self, present: NDArray[np.uint8], found: Found) -> tuple[Rows, Ints, Ints]:
        """The rows, those of them that are true, and those that the evaluator must be asked about."""
        anchors = self._at.keys() & set(found.numbers.tolist()) if self._at else ()
        at = np.array([row for anchor in anchors for row in self._at[anchor]], np.int64)
        return self._rows, *self._rows.true_of(at, present, found)
