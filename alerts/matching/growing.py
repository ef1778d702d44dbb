"""A flat array that grows at its end."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

_T = TypeVar("_T", bound=np.generic)


class Column(Generic[_T]):
    """`all` is a view of what it holds; it is good until the column grows."""

    def __init__(self, kind: type[_T]) -> None:
        self._room: NDArray[_T] = np.zeros(16, kind)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def all(self) -> NDArray[_T]:
        return self._room[: self._count]

    def extend(self, values: NDArray[_T]) -> None:
        needed = self._count + len(values)
        if needed > len(self._room):
            grown = np.zeros(max(needed, len(self._room) * 5 // 4), self._room.dtype)
            grown[: self._count] = self.all
            self._room = grown
        self._room[self._count : needed] = values
        self._count = needed
