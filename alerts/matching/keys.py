"""Pairs of numbers as keys of 64 bits, and a hash table of them that is asked by the thousand.

Nothing here is a digest: two keys are equal only if what they stand for is the same, so that no two
words, however they were chosen, are ever taken for each other.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Keys: TypeAlias = NDArray[np.uint64]
Ints: TypeAlias = NDArray[np.int64]
Ids: TypeAlias = NDArray[np.int32]

_STEP = np.uint64(0x9E3779B97F4A7C15)  # an odd number without a pattern: 2⁶⁴ over the golden ratio
_RIGHT_BITS = 32
_SLOTS_MIN = 64
_ROOM = 3  # slots per key, at least
_ONE_BY_ONE_MAX = 64


def pair_keys(left: Ints, right: Ints) -> Keys:
    """A key for each pair, its own and not 0. `left` is below 2³¹, `right` below 2³² - 1."""
    return (left << _RIGHT_BITS | right + 1).view(np.uint64)


def distinct(numbers: Ids) -> Ids:
    """Each once, ascending; for some thousands thrice as fast as NumPy's own."""
    ordered = np.sort(numbers)
    is_first = np.ones(len(ordered), np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    once: Ids = ordered[is_first]
    return once


class KeyTable:
    """Key, which is not 0, → id, by open addressing in two flat arrays."""

    def __init__(self, keys: Keys, ids: Ids) -> None:
        self._build(keys, ids)

    def _build(self, keys: Keys, ids: Ids) -> None:
        slots = _SLOTS_MIN
        while slots < _ROOM * len(keys):
            slots *= 2
        self._shift = np.uint64(64 - slots.bit_length() + 1)
        self._keys = np.zeros(slots, np.uint64)
        self._ids = np.full(slots, -1, np.int32)
        self._count = len(keys)
        at = _homes(keys, self._shift)
        while len(keys):
            free = self._ids[at] < 0
            self._ids[at[free]] = ids[free]
            left = self._ids[at] != ids  # the slot was taken, or went to another in the same turn
            self._keys[at[~left]] = keys[~left]
            keys, ids, at = keys[left], ids[left], (at[left] + 1) & (slots - 1)

    def add(self, keys: Keys, ids: Ids) -> None:
        """Keys that are not in the table."""
        if len(keys) <= _ONE_BY_ONE_MAX and _ROOM * (self._count + len(keys)) <= len(self._keys):
            homes = _homes(keys, self._shift)
            for key, id_, home in zip(keys.tolist(), ids.tolist(), homes.tolist(), strict=True):
                self._put(key, id_, home)
            return
        held = self._ids >= 0
        self._build(np.concatenate((self._keys[held], keys)), np.concatenate((self._ids[held], ids)))

    def _put(self, key: int, id_: int, at: int) -> None:
        last = len(self._keys) - 1
        while self._ids[at] >= 0:
            at = (at + 1) & last
        self._keys[at], self._ids[at] = key, id_
        self._count += 1

    def find(self, keys: Keys) -> tuple[Ints, Ids]:
        """Which of the keys are known, by their index, ascending; and the id of each."""
        last = len(self._keys) - 1
        at = _homes(keys, self._shift)
        standing = self._keys[at]
        index = np.flatnonzero(standing != 0)
        found, sought, at = standing[index] == keys[index], keys[index], at[index]
        other = np.flatnonzero(~found)
        while len(other):
            at[other] = (at[other] + 1) & last
            standing = self._keys[at[other]]
            same = standing == sought[other]
            found[other] = same
            other = other[(standing != 0) & ~same]
        return index[found], self._ids[at[found]]


def _homes(keys: Keys, shift: np.uint64) -> Ints:
    """The slots at which keys are looked for first."""
    return (keys * _STEP >> shift).astype(np.int64)
