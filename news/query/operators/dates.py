"""`after:2022-01-01`, `before:2022-02-01`: published_at ≥ that day 00:00Z; < that day 00:00Z.

For searches; a rule watches what is yet to come and refuses them. A release without a time of
publication is neither after nor before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import ClassVar

from news.document import Document
from news.query.bound import Bound, Published
from news.query.errors import QueryError
from news.query.tree import Binding, Clause, Hits, Nature, Operator, Windows
from news.release import Zone

AFTER = "after"
BEFORE = "before"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Dated:
    """`name` is `after` or `before`; `day` begins at 00:00 UTC."""

    name: str
    day: date

    nature: ClassVar[Nature] = Nature.METADATA
    binding: ClassVar[Binding] = Binding.UNIT

    def spans(self, document: Document, windows: Windows) -> Hits | None:  # noqa: ARG002 - not about the text
        at = document.published_at
        if at is None:
            return None
        return [] if (at >= self._midnight()) == (self.name == AFTER) else None

    def bound(self, zones: frozenset[Zone] | None) -> Bound:  # noqa: ARG002 - not about the text
        at = self._midnight()
        return Published(after=at) if self.name == AFTER else Published(before=at)

    def _midnight(self) -> datetime:
        return datetime.combine(self.day, time(), UTC)

    def printed(self) -> str:
        return f"{self.name}:{self.day.isoformat()}"

    def parts(self) -> tuple[Clause, ...]:
        return ()


def _state(name: str, value: str, column: int) -> Clause:
    try:
        return Dated(name, date.fromisoformat(value if _DAY.fullmatch(value) else ""))
    except ValueError:
        raise QueryError(f"{name}: needs a day, year first", column, f"such as {name}:2022-09-30") from None


OPERATOR = Operator(
    name="dates", spelling="after:2022-01-01", example="battery after:2022-01-01", names=(AFTER, BEFORE), state=_state
)
