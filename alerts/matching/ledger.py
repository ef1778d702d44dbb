"""Rows as they come in, one by one."""

from __future__ import annotations

from array import array

import numpy as np

from alerts.matching.rows import NOTHING_ELSE, Nearness, Rows, plain_rows


class Ledger:
    def __init__(self) -> None:
        self._plain_anchors, self._plain_slots = array("i"), array("i")
        self._anchors, self._slots, self._firsts, self._extras = array("i"), array("i"), array("i"), array("i")
        self._rest_counts = array("i")
        self._rests = array("i")
        self._near = array("i")

    def __len__(self) -> int:
        return len(self._plain_slots) + len(self._slots)

    def enter_plain(self, slot: int, anchor: int) -> None:
        """A row that its anchor alone proves."""
        self._plain_anchors.append(anchor)
        self._plain_slots.append(slot)

    def enter(self, slot: int, anchor: int, checks: list[int], extra: int | Nearness) -> None:
        """`checks` are features doubled, and what is `extra`, as rows have them."""
        self._anchors.append(anchor)
        self._slots.append(slot)
        self._firsts.append(checks[0] if checks else NOTHING_ELSE)
        self._rest_counts.append(max(0, len(checks) - 1))
        if len(checks) > 1:
            self._rests.extend(checks[1:])
        if isinstance(extra, Nearness):
            self._extras.append(len(self._near) // len(extra))
            self._near.extend(extra)
        else:
            self._extras.append(extra)

    def rows(self) -> Rows:
        """Those proved by their anchors first."""
        counts = np.array(self._rest_counts, np.int32)
        checked = Rows(
            np.array(self._anchors, np.int32),
            np.array(self._slots, np.int32),
            np.array(self._firsts, np.int32),
            np.cumsum(counts, dtype=np.int32) - counts,
            counts,
            np.array(self._extras, np.int32),
            np.array(self._rests, np.int32),
            np.array(self._near, np.int32).reshape(-1, len(Nearness._fields)),
        )
        plain = plain_rows(np.array(self._plain_anchors, np.int32), np.array(self._plain_slots, np.int32))
        return plain.joined(checked)
