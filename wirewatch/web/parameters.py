"""What addresses and queries may hold. Numbers beyond what the archive can hold are refused as such."""

from typing import Annotated

from fastapi import Header, Path, Query

PAGE_MAX = 200
EVENTS_MAX = 500
NUMBER_MAX = 2**63 - 1

ReleaseId = Annotated[int, Path(ge=0, le=NUMBER_MAX)]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]
EventLimit = Annotated[int, Query(ge=1, le=EVENTS_MAX)]
Cursor = Annotated[int | None, Query(ge=0, le=NUMBER_MAX)]
Seq = Annotated[int, Query(ge=0, le=NUMBER_MAX)]
SeqOrNow = Annotated[int | None, Query(ge=0, le=NUMBER_MAX)]
LastEventId = Annotated[str, Header(max_length=18)]
