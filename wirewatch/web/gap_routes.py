"""`/api/v1/gaps`: stretches of time in which a source may have shown what no poll saw."""

from typing import Any

from fastapi import APIRouter

from storage.gaps import GapLine, gap_lines
from wirewatch.gapwords import gap_json
from wirewatch.web.parameters import Cursor, GapState, Limit, SourceName
from wirewatch.web.reading import Reads


def add_gaps(routes: APIRouter, reads: Reads) -> None:
    @routes.get("/gaps")
    def gaps(
        limit: Limit = 50, cursor: Cursor = None, source: SourceName = None, state: GapState = None
    ) -> dict[str, Any]:
        """The newest gaps, of one source or one state if asked for. `outcome`: how the last try to close it ended."""
        with reads.database.reading() as connection:
            found: list[GapLine] = gap_lines(connection, source=source, state=state, limit=limit, cursor=cursor)
        return {
            "items": [gap_json(line) for line in found],
            "next_cursor": found[-1].id if len(found) == limit else None,
        }
