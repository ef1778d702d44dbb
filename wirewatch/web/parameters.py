"""What addresses and queries may hold. Numbers beyond what the archive can hold are refused as such."""

from typing import Annotated, Literal

from fastapi import Header, Path, Query
from pydantic import BaseModel, Field

from news.query.scanner import QUERY_CHARS_MAX
from wirewatch.history import Filters, Order

PAGE_MAX = 200
EVENTS_MAX = 500
NUMBER_MAX = 2**63 - 1

ReleaseId = Annotated[int, Path(ge=0, le=NUMBER_MAX)]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]
EventLimit = Annotated[int, Query(ge=1, le=EVENTS_MAX)]
Cursor = Annotated[int | None, Query(ge=0, le=NUMBER_MAX)]
Seq = Annotated[int, Query(ge=0, le=NUMBER_MAX)]
SeqOrNow = Annotated[int | None, Query(ge=0, le=NUMBER_MAX)]
SourceName = Annotated[str | None, Query(max_length=200)]
GapState = Annotated[Literal["open", "closed"] | None, Query()]
LastEventId = Annotated[str, Header(max_length=18)]

_Narrow = Annotated[str | None, Field(max_length=200)]


class Asked(BaseModel, extra="forbid"):
    """What is asked of the releases: a query, filters, and which page. Days are `2022-09-30`."""

    q: Annotated[str | None, Field(max_length=QUERY_CHARS_MAX)] = None
    since: _Narrow = None
    until: _Narrow = None
    wire: _Narrow = None
    lang: _Narrow = None
    issuer: _Narrow = None
    ticker: _Narrow = None
    kind: _Narrow = None
    heads: bool = False
    order: Order = "newest"
    facets: bool = False
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 50
    cursor: Annotated[int | None, Field(ge=0, le=NUMBER_MAX)] = None

    def filters(self) -> Filters:
        return Filters(**{name: getattr(self, name) for name in Filters.__dataclass_fields__})

    @property
    def narrows(self) -> bool:
        """Whether it asks for anything but the newest of all."""
        return bool(self.q or self.heads or self.facets or self.order != "newest" or self.filters() != Filters())
