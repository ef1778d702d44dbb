"""The page at `/` and the release page: what they show, and that strangers' text stays text."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup
from small_desk import NOW, Desk, a_release

from news.release import Origin, Precision
from wirewatch.web.guards import CONTENT_SECURITY_POLICY

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


async def page(web: httpx.AsyncClient, path: str) -> BeautifulSoup:
    answer = await web.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "lxml")


def texts(soup: BeautifulSoup, selector: str) -> list[str]:
    return [re.sub(r"\s+", " ", tag.get_text(" ")).strip() for tag in soup.select(selector)]


async def test_an_empty_archive_has_a_page(web: httpx.AsyncClient) -> None:
    soup = await page(web, "/")
    assert texts(soup, ".empty") == ["No rule has fired yet.", "Nothing is stored yet."]


async def test_releases_stand_newest_first_with_issuer_wire_and_stamp(web: httpx.AsyncClient, desk: Desk) -> None:
    for n in (1, 2):
        desk.store(a_release(n))
    soup = await page(web, "/")
    assert texts(soup, "#releases .headline") == ["Acme builds plant no. 2", "Acme builds plant no. 1"]
    assert texts(soup, "#releases .meta") == ["Acme acmewire"] * 2
    stamp = soup.select_one("#releases time")
    assert stamp is not None
    assert (stamp.get_text(), stamp["datetime"], stamp["title"]) == (
        "22:59",
        "2026-03-02T14:59:10Z",
        "2026-03-02 14:59:10 UTC",
    )


async def test_a_stamp_of_day_precision_is_a_date_in_every_zone(web: httpx.AsyncClient, desk: Desk) -> None:
    midnight = NOW.replace(hour=0, minute=0, second=0)
    desk.store(a_release(published_at=midnight, time_precision=Precision.DAY))
    stamp = (await page(web, "/")).select_one("#releases time")
    assert stamp is not None
    assert (stamp.get_text(), stamp["datetime"]) == ("2 Mar 2026", "2026-03-02")


async def test_an_alert_says_why_how_late_and_what_became_of_it(web: httpx.AsyncClient, desk: Desk) -> None:
    desk.fire(desk.store(a_release()), "Chongqing")
    soup = await page(web, "/")
    [card] = texts(soup, "#alerts > li")
    assert card.startswith("Chongqing chongqing")
    assert "body It is to make bearings for Chongqing and for others." in card
    assert "matched 1.0 s after it was seen, about 1 minute 1 second after the wire's stamp" in card
    assert "desk desk@newsroom.example due" in card
    assert texts(soup, "#alerts mark") == ["Chongqing"]
    assert texts(soup, "#releases .tag") == ["alert"]


async def test_what_is_not_ordinary_about_a_release_is_said(web: httpx.AsyncClient, desk: Desk) -> None:
    desk.store(a_release(), origin=Origin.SEED)
    assert texts(await page(web, "/"), "#releases .tag") == ["from the first poll"]


async def test_a_source_shows_its_last_and_next_poll(web: httpx.AsyncClient) -> None:
    assert texts(await page(web, "/"), "#sources li") == [
        "all news well ok: 2 listed polled 23:00:10 next 23:01:10",
    ]


async def test_hostile_text_is_text_on_both_pages(web: httpx.AsyncClient, desk: Desk) -> None:
    hostile = a_release(
        headline=HOSTILE, issuer=HOSTILE, body=f"{HOSTILE} Chongqing", boilerplate=HOSTILE, contact=HOSTILE
    )
    release_id = desk.store(hostile)
    desk.fire(release_id, "Chongqing")
    for path in ("/", f"/releases/{release_id}"):
        soup = await page(web, path)
        assert [tag.get("src") for tag in soup.select("script")] == (["/static/live.js"] if path == "/" else [])
        assert {tag.get("src") for tag in soup.select("img")} == {"/static/icon.svg"}
        assert HOSTILE in soup.get_text()


async def test_characters_that_reorder_text_are_taken_out(web: httpx.AsyncClient, desk: Desk) -> None:
    release_id = desk.store(a_release(headline="Acme \u202efdp.exe", body="up \u2066down\u2069"))
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", (await web.get("/")).text)
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", (await web.get(f"/releases/{release_id}")).text)


async def test_only_web_addresses_become_links(web: httpx.AsyncClient, desk: Desk) -> None:
    release_id = desk.store(a_release(url="javascript:alert(1)"))
    soup = await page(web, f"/releases/{release_id}")
    assert not [a for a in soup.select("a") if str(a.get("href")).startswith("javascript")]


async def test_the_release_page_marks_what_every_rule_found(web: httpx.AsyncClient, desk: Desk) -> None:
    release_id = desk.store(a_release())
    desk.fire(release_id, "Chongqing", "bearings for Chongqing")
    desk.fire(release_id, "plant", rule="Plants")
    soup = await page(web, f"/releases/{release_id}")
    assert texts(soup, "article mark") == ["plant", "bearings for Chongqing"]
    assert texts(soup, "article > p:not(.meta)")[-2:] == [
        "Springfield will build a plant .",
        "It is to make bearings for Chongqing and for others.",
    ]
    assert texts(soup, ".below") == ["Boilerplate About Acme Acme is invented.", "Contact Media Contact J. Doe"]
    assert texts(soup, "aside .rule b") == ["Plants", "Chongqing"]


async def test_older_releases_are_one_link_away(web: httpx.AsyncClient, desk: Desk) -> None:
    for n in range(65):
        desk.store(a_release(n), at=NOW + timedelta(seconds=n))
    first = await page(web, "/")
    older = first.select_one(".older a")
    assert older is not None
    second = await page(web, str(older["href"]))
    assert len(first.select("#releases > li")) == 60
    assert texts(second, "#releases .headline") == [f"Acme builds plant no. {n}" for n in (4, 3, 2, 1, 0)]
    assert not second.select(".older, #alerts")


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/releases", "/static/live.js", "/nowhere", "/openapi.json"])
async def test_every_answer_has_the_strict_headers(web: httpx.AsyncClient, path: str) -> None:
    headers = (await web.get(path)).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "default-src 'self'" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"


async def test_no_page_holds_script_or_style_of_its_own(web: httpx.AsyncClient, desk: Desk) -> None:
    release_id = desk.store(a_release())
    desk.fire(release_id, "Chongqing")
    for path in ("/", f"/releases/{release_id}"):
        soup = await page(web, path)
        assert not soup.select("style, [style], script:not([src])")
        assert not [tag for tag in soup.find_all(True) if any(name.startswith("on") for name in tag.attrs)]


async def test_an_error_is_a_page_for_a_browser(web: httpx.AsyncClient) -> None:
    answer = await web.get("/releases/42", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "There is no release 42." in answer.text


def test_the_static_files_name_no_other_host() -> None:
    static = Path(__file__).parents[3] / "wirewatch" / "web" / "static"
    for file in static.iterdir():
        found = re.findall(r"https?://[^\s\"')]+", file.read_text(encoding="utf-8"))
        assert set(found) <= {"http://www.w3.org/2000/svg"}, file
