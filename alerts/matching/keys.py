"""Features as numbers of 64 bits, and a hash table of them that is asked by the thousand.

A term's number is Python's own hash of it, which nobody outside the process can foresee: two of the
2⁶⁴ being equal by chance or by design is not provided for.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Keys: TypeAlias = NDArray[np.uint64]
Ints: TypeAlias = NDArray[np.int64]
Ids: TypeAlias = NDArray[np.int32]

_BITS = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15  # an odd number without a pattern: 2⁶⁴ over the golden ratio
_ZONE_STEP = 0xD6E8FEB86659FD93
_STEP_KEY, _ZONE_STEP_KEY = np.uint64(_STEP), np.uint64(_ZONE_STEP)
_SLOTS_MIN = 64
_ROOM = 3  # slots per key, at least
_ONE_BY_ONE_MAX = 64


def key_of(thing: object) -> int:
    """0 stands for none."""
    return (hash(thing) & _BITS) or 1


def run_key(words: tuple[str, ...]) -> int:
    """The key of terms side by side; `longer_runs` gives the same for many."""
    key = 0
    for word in words:
        key = key * _STEP + hash(word) & _BITS
    return key or 1


def zone_key(key: int, zone: str) -> int:
    """The key of a feature within a zone."""
    return (key * _ZONE_STEP + hash(zone)) & _BITS if zone else key


def zone_keys(keys: Keys, zone: str) -> Keys:
    return keys * _ZONE_STEP_KEY + np.uint64(hash(zone) & _BITS) if zone else keys


def longer_runs(runs: Keys, following: Keys) -> Keys:
    """The keys of runs one term longer: of each run and the term that follows it."""
    return runs * _STEP_KEY + following


def distinct(numbers: Ids) -> Ids:
    """Each once, ascending; for some thousands thrice as fast as NumPy's own."""
    ordered = np.sort(numbers)
    is_first = np.ones(len(ordered), np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    once: Ids = ordered[is_first]
    return once


class KeyTable:
    """Key → id, by open addressing in two flat arrays."""

    def __init__(self, keys: Keys, ids: Ids) -> None:
        self._build(keys, ids)

    def _build(self, keys: Keys, ids: Ids) -> None:
        slots = _SLOTS_MIN
        while slots < _ROOM * len(keys):
            slots *= 2
        self._mask = np.uint64(slots - 1)
        self._keys = np.zeros(slots, np.uint64)
        self._ids = np.full(slots, -1, np.int32)
        self._count = len(keys)
        at = (keys & self._mask).astype(np.int64)
        while len(keys):
            free = self._ids[at] < 0
            self._ids[at[free]] = ids[free]
            left = self._ids[at] != ids  # the slot was taken, or went to another in the same turn
            self._keys[at[~left]] = keys[~left]
            keys, ids, at = keys[left], ids[left], (at[left] + 1) & (slots - 1)

    def add(self, keys: Keys, ids: Ids) -> None:
        """Keys that are not in the table."""
        if len(keys) <= _ONE_BY_ONE_MAX and _ROOM * (self._count + len(keys)) <= len(self._keys):
            for key, id_ in zip(keys.tolist(), ids.tolist(), strict=True):
                self._put(key, id_)
            return
        held = self._ids >= 0
        self._build(np.concatenate((self._keys[held], keys)), np.concatenate((self._ids[held], ids)))

    def _put(self, key: int, id_: int) -> None:
        last = len(self._keys) - 1
        at = key & last
        while self._ids[at] >= 0:
            at = (at + 1) & last
        self._keys[at], self._ids[at] = key, id_
        self._count += 1

    def find(self, keys: Keys) -> tuple[Ints, Ids]:
        """Which of the keys are known, by their index, ascending; and the id of each."""
        last = len(self._keys) - 1
        at = (keys & self._mask).astype(np.int64)
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
