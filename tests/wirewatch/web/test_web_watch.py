"""What the page and the interface say of when nobody watched, and of what the operator was told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup
from small_desk import NOW, Desk, a_release

from news.alert import AbsenceCause
from news.notice import Notice, NoticeType, Trouble
from news.source import IncidentKind
from storage.absences import beat, count_alert, returned
from storage.incidents import begin
from storage.notices import put
from storage.outbox import Address
from wirewatch.away import away_line

BACK = NOW - timedelta(hours=1)


@pytest.fixture
def away(desk: Desk) -> Desk:
    """Away for five hours, back an hour ago; two releases came meanwhile, one alert was told together."""
    with desk.archive.writing(BACK - timedelta(hours=5)) as work:
        beat(work)
    with desk.archive.writing(BACK) as work:
        absence = returned(work, AbsenceCause.ASLEEP)
        assert absence is not None
        count_alert(work, absence)
    for n in (1, 2):
        desk.store(a_release(n, published_at=BACK - timedelta(hours=n)), at=BACK + timedelta(minutes=1))
    return desk


async def get(web: httpx.AsyncClient, path: str) -> Any:
    answer = await web.get(path)
    assert answer.status_code == 200
    return answer.json()


async def test_the_page_says_when_we_were_away_and_what_came_of_it(web: httpx.AsyncClient, away: Desk) -> None:
    soup = BeautifulSoup((await web.get("/")).text, "lxml")
    told = soup.select_one("#away .away")
    assert told is not None
    assert told.get_text() == ("Away 17:00–22:00 (the machine slept): 2 releases caught up, 1 alert told together.")
    assert away_line(away.archive.database, NOW) == told.get_text().replace("17:00–22:00", "09:00–14:00 UTC")


async def test_an_absence_of_days_ago_is_no_news(web: httpx.AsyncClient, away: Desk) -> None:
    assert away_line(away.archive.database, BACK + timedelta(hours=24, seconds=1)) is None
    assert away_line(away.archive.database, BACK + timedelta(hours=24)) is not None


async def test_who_never_was_away_reads_nothing_of_it(web: httpx.AsyncClient) -> None:
    soup = BeautifulSoup((await web.get("/")).text, "lxml")
    assert soup.select_one("#away .away") is None
    assert await get(web, "/api/v1/absences") == {"items": []}
    assert await get(web, "/api/v1/notices") == {"items": [], "next_cursor": None}


async def test_absences_are_told_to_programs(web: httpx.AsyncClient, away: Desk) -> None:
    [told] = (await get(web, "/api/v1/absences"))["items"]
    assert told == {
        "gone_at": "2026-03-02T09:00:10Z",
        "back_at": "2026-03-02T14:00:10Z",
        "cause": "asleep",
        "caught_up": 2,
        "told_together": 1,
    }


async def test_notices_are_told_to_programs_by_cursor(web: httpx.AsyncClient, desk: Desk) -> None:
    troubles = (Trouble(source="all news", kind=IncidentKind.DOWN, since=NOW, detail="timeout"),)
    for n in range(3):
        notice = Notice(type=NoticeType.DOWN, subject=f"no. {n}", sentence="s", advice="a", troubles=troubles)
        with desk.archive.writing(NOW) as work:
            put(work, notice, [Address(channel="ops", recipient="o", key=f"k{n}", thread="t")])
    first = await get(web, "/api/v1/notices?limit=2")
    rest = await get(web, f"/api/v1/notices?limit=2&cursor={first['next_cursor']}")
    found = [*first["items"], *rest["items"]]
    assert [item["subject"] for item in found] == ["no. 2", "no. 1", "no. 0"]
    assert {(item["type"], item["source"], item["deliveries"], item["sent"]) for item in found} == {
        ("source.down", "all news", 1, 0)
    }
    assert rest["next_cursor"] is None


def test_the_doctor_names_what_is_wrong_and_whom_it_is_told(desk: Desk, tmp_path: Path) -> None:
    from config import load  # noqa: PLC0415 - as the command line does
    from wirewatch.doctor import _of_operator  # noqa: PLC0415 - the part that needs no whole house

    file = tmp_path / "wirewatch.toml"
    file.write_text('[channel.ops]\nkind = "console"\n[operator]\nto = ["ops"]\n', encoding="utf-8")
    settings = load(file, {})
    [well] = _of_operator(settings, desk.archive)
    assert (well.ok, well.found) == (True, "no source is in trouble; if one is, that is told to ops")
    source = desk.archive.sources()[0].source
    with desk.archive.writing(NOW) as work:
        begin(work, source.id, IncidentKind.EMPTY, "well formed, and empty")
    [ill] = _of_operator(settings, desk.archive)
    assert not ill.ok
    assert ill.found == "all news shows an empty list, noticed 2 Mar 2026, 15:00 UTC: well formed, and empty"
    [nobody] = _of_operator(load(None, {}), desk.archive)
    assert nobody.mend.endswith("This is told to nobody; name channels in [operator] to.")
