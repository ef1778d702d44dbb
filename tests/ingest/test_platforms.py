"""Pages of newsroom platforms are known by their marks on any host, and read exactly."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from config import catalogue
from config.catalogue import FeedState
from config.newsrooms import Newsroom
from ingest.listing import Listing, read_listing
from ingest.offers import What, look
from ingest.page import Page
from ingest.parse import read
from ingest.wires import SHIPPED, WIRES
from news.release import Release, release_to_json
from news.source import SourceKind

FOLDER = Path(__file__).resolve().parents[1] / "golden" / "platforms"
PAGES = sorted(FOLDER.glob("*/*.html"))
UPDATE = os.environ.get("GOLDEN") == "update"
CHROME = ("newsroom", "log in", "privacy notice", "share article", "more stories", "browse", "print this", "pdf 90")


def ids(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def read_at(path: Path, url: str) -> Release:
    found = read(Page(url, path.read_bytes()))
    assert isinstance(found, Release)
    return found


def test_every_platform_has_a_page() -> None:
    assert {path.parent.name for path in PAGES} == {platform.slug for platform in catalogue.platforms()}


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_a_page_gives_the_recorded_release(path: Path) -> None:
    found = read_at(path, "https://news.acme.example/2026/one")
    told = json.dumps(release_to_json(found), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if UPDATE:
        path.with_suffix(".json").write_text(told, encoding="utf-8")
    assert path.with_suffix(".json").read_text(encoding="utf-8") == told
    text = f"{found.headline}\n{found.body}\n{found.boilerplate}\n{found.contact}".casefold()
    assert [word for word in CHROME if word in text] == []


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_the_sites_own_wire_is_kept_and_its_zone_holds(path: Path) -> None:
    wires = SHIPPED.with_described([Newsroom(slug="acme", hosts=("acme.example",), zone="Asia/Tokyo")])
    found = read(Page("https://news.acme.example/1", path.read_bytes()), roster=wires)
    assert isinstance(found, Release)
    assert found.wire == "acme"
    assert found.headline == read_at(path, "https://elsewhere.example/1").headline


NOTIFIED = """
<article class="node node--nir-news--nir-widget-list node--type-nir-news">
<div class="nir-widget--field nir-widget--news--date-time">Sep 09, 2019</div>
<div class="nir-widget--field nir-widget--news--headline"><a href="/d/one">One</a></div></article>
<table><tr><td><div class="nir-widget--field nir-widget--news--date-time"> 12/09/25 - 3:35 PM EST </div></td>
<td><div class="nir-widget--field nir-widget--news--headline"><a href="/d/two">Two</a></div></td></tr></table>"""
Q4 = """
<div class="module_item"><div class="module_date-time"><span class="module_date-text">Feb 17, 2026</span></div>
<div class="module_headline"><a class="module_headline-link" href="/d/one"><span>One</span></a></div></div>
<div class="module_item"><div class="module_headline"><a href="/d/two">Two</a></div></div>"""
MEDIAROOM = """
<ul><li class="wd_item"><div class="wd_date">May 6, 2026</div><div class="wd_title"><a href="/d/one">One</a></div></li>
<li class="wd_item"><div class="wd_title"><a href="/d/two">Two</a></div></li></ul>"""


@pytest.mark.parametrize(
    ("rows", "stamps"),
    [(NOTIFIED, [None, "2025-12-09T20:35:00+00:00"]), (Q4, [None, None]), (MEDIAROOM, [None, None])],
    ids=["notified", "q4", "mediaroom"],
)
def test_their_listing_pages_are_read_for_a_wire_that_has_no_reader(rows: str, stamps: list[str | None]) -> None:
    page = Page("https://ir.acme.example/news", f"<html><body>{rows}</body></html>".encode())
    listing = read_listing(SourceKind.LISTING, "acme", page)
    assert isinstance(listing, Listing)
    assert [(row.url, row.title) for row in listing.entries] == [
        ("https://ir.acme.example/d/one", "One"),
        ("https://ir.acme.example/d/two", "Two"),
    ]
    assert [row.stamp.isoformat() if row.stamp else None for row in listing.entries] == stamps


def test_what_an_address_is_found_out_to_be_includes_their_listing_pages() -> None:
    page = Page("https://ir.acme.example/news", f"<html><body>{Q4}</body></html>".encode())
    found = look(page)
    assert found.what is What.LISTING
    assert [row.title for row in found.rows] == ["One", "Two"]


def test_a_wire_whose_pages_nobody_proved_is_counted_as_such() -> None:
    states = catalogue.states()
    described = [wire.slug for wire in (*catalogue.newsrooms(), *catalogue.platforms())]
    assert {states[slug] for slug in described} <= set(FeedState)
    assert [slug for slug in described if states[slug] is FeedState.PROVED] == ["mediaroom"]
    assert {wire.slug for wire in catalogue.newsrooms()} <= set(WIRES)
