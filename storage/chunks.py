"""Long lists for `IN (…)`: a statement takes some 32,000 variables at most, and less elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

_T = TypeVar("_T")
CHUNK = 1_000


def chunks(values: Sequence[_T], size: int = CHUNK) -> Iterator[Sequence[_T]]:
    """`values` in order, cut into pieces of at most `size`; nothing of nothing."""
    for at in range(0, len(values), size):
        yield values[at : at + size]
