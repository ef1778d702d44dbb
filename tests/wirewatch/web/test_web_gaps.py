"""`/api/v1/gaps`: paged by cursor, narrowed by source and state."""

from __future__ import annotations

from datetime import timedelta

import httpx
from small_desk import NOW, Desk

from news.source import Gap
from storage.gaps import close_gap, open_gap


async def test_gaps_are_paged_and_narrowed(web: httpx.AsyncClient, desk: Desk) -> None:
    [line] = desk.archive.sources()
    with desk.archive.writing(NOW) as work:
        for n in range(5):
            gap = Gap(source_id=line.source.id, opened_at=NOW - timedelta(minutes=17), closed_at=NOW)
            gap = Gap(source_id=gap.source_id, opened_at=gap.opened_at, closed_at=NOW, id=open_gap(work, gap))
            if n % 2:
                close_gap(work, gap, "a row known from before, listing page 2")
    seen: list[int] = []
    cursor: object = ""
    while cursor is not None:
        page = (await web.get(f"/api/v1/gaps?limit=2{cursor and f'&cursor={cursor}'}")).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)
    closed = (await web.get("/api/v1/gaps?state=closed&source=all news")).json()["items"]
    assert [item["id"] for item in closed] == [seen[1], seen[3]]
    assert closed[0] == {
        "id": seen[1],
        "source": "all news",
        "opened_at": "2026-03-02T14:43:10Z",
        "closed_at": "2026-03-02T15:00:10Z",
        "seconds": 1020,
        "state": "closed",
        "cause": "no overlap",
        "outcome": "a row known from before, listing page 2",
        "found": 0,
        "attempts": 0,
        "retry_at": None,
        "ended_at": "2026-03-02T15:00:10Z",
    }
    assert (await web.get("/api/v1/gaps?source=nobody")).json() == {"items": [], "next_cursor": None}
    assert (await web.get("/api/v1/gaps?state=shut")).status_code == 422
