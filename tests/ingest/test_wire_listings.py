"""The listing pages of wires that have a reader of their own, beside PR Newswire's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.listing import Listing, read_listing
from ingest.page import Page
from news.release import Reject
from news.source import Listed, SourceKind

CAPTURE = Path(__file__).resolve().parents[2].parent / "shared/real/businesswire/newsroom-listing.2025-09.html"


def read(wire: str, body: str) -> Listing | Reject:
    page = Page("https://wire.example/list", f"<!doctype html><html><body>{body}</body></html>".encode(), "text/html")
    return read_listing(SourceKind.LISTING, wire, page)


def rows(wire: str, body: str) -> tuple[Listed, ...]:
    listing = read(wire, body)
    assert isinstance(listing, Listing), listing
    return listing.entries


def test_embedded_rows_are_read_though_the_stream_is_cut_within_them() -> None:
    news = {
        "currentPage": 1,
        "items": [
            {
                "newsItemId": "20250901000001",
                "language": "it",
                "releaseDate": "2025-09-01T22:06:00Z",
                "headline": "Riassunto: &quot;Acme&quot;",
                "teaser": "ROMA--(BUSINESS WIRE)--Acme",
                "industryKeywords": ["Software"],
            }
        ],
    }
    stream = '7:["$","x",null,{"news":' + json.dumps(news) + "}]"
    halves = (stream[:70], stream[70:])
    scripts = "".join(f"<script>self.__next_f.push({json.dumps([1, half])})</script>" for half in halves)
    (row,) = rows("businesswire", scripts)
    assert (row.guid, row.language, row.topics) == ("20250901000001", "it", ("Software",))
    assert row.title == 'Riassunto: "Acme"'
    assert row.url == "https://wire.example/news/home/20250901000001/it"
    assert row.stamp == datetime(2025, 9, 1, 22, 6, tzinfo=UTC)


def test_the_lists_until_2024_and_what_is_shown_without_scripts() -> None:
    link = '<a href="/news/home/20210304005111/en/Acme"><h2>Acme Opens</h2></a>'
    (old,) = rows(
        "businesswire",
        f'<ul class="bwNewsList"><li>{link}<time datetime="2021-03-04T13:00:00Z">March 4</time></li></ul>',
    )
    assert (old.title, old.guid, old.stamp) == ("Acme Opens", "20210304005111", datetime(2021, 3, 4, 13, 0, tzinfo=UTC))
    (new,) = rows(
        "businesswire", f'<div><span>Jan 5, 2025 at 6:19 PM ET</span>{link}<div class="rich-text">A teaser</div></div>'
    )
    assert (new.stamp, new.summary) == (datetime(2025, 1, 5, 23, 19, tzinfo=UTC), "A teaser")


def test_globenewswire() -> None:
    (row,) = rows(
        "globenewswire",
        '<ul><li class="row"><div class="mainLink">'
        '<a href="/news-release/2024/09/26/2953751/0/fr/Acme.html">Acme ouvre</a></div>'
        '<div class="date-source"><span>September 26, 2024 09:00 ET</span> | Source: '
        '<a class="sourceLink">Acme SA</a></div><p class="newsTxt">PARIS, 26 sept.</p></li></ul>',
    )
    assert (row.title, row.issuer, row.language, row.summary) == ("Acme ouvre", "Acme SA", "fr", "PARIS, 26 sept.")
    assert row.stamp == datetime(2024, 9, 26, 13, 0, tzinfo=UTC)


def test_prnasia_writes_beijings_clock() -> None:
    first, second = rows(
        "prnasia",
        '<div class="presscolumn">'
        '<div><h3><a href="/story/545001-1.shtml">示例</a></h3><div class="abscontent">摘要</div>'
        '<span class="timestamp">2026-08-26 09:30</span></div>'
        '<div><h3><a href="/story/545002-1.shtml">另一条</a></h3>'
        '<span class="timestamp">2026-08-26 00:10</span></div></div>',
    )
    assert (first.title, first.summary, first.stamp) == ("示例", "摘要", datetime(2026, 8, 26, 1, 30, tzinfo=UTC))
    assert second.stamp == datetime(2026, 8, 25, 16, 10, tzinfo=UTC)


@pytest.mark.parametrize("wire", ["businesswire", "globenewswire", "prnasia"])
def test_a_page_without_rows_is_no_listing(wire: str) -> None:
    assert isinstance(read(wire, "<p>Access Denied</p>"), Reject)


@pytest.mark.skipif(not CAPTURE.exists(), reason="the captures are not beside this checkout")
def test_the_capture_of_the_new_site_gives_its_ten_rows() -> None:
    page = Page("https://www.businesswire.com/newsroom?page=1", CAPTURE.read_bytes())
    listing = read_listing(SourceKind.LISTING, "businesswire", page)
    assert isinstance(listing, Listing)
    assert [entry.language for entry in listing.entries] == ["en", "it", "nl", "en", "it", "nl", "en", "en", "es", "en"]
    first, last = listing.entries[0], listing.entries[-1]
    assert (first.guid, first.stamp) == ("20250901769040", datetime(2025, 9, 1, 22, 19, tzinfo=UTC))
    assert (last.guid, last.stamp) == ("20250901923565", datetime(2025, 9, 1, 19, 10, tzinfo=UTC))
    assert len({entry.guid for entry in listing.entries}) == 10
