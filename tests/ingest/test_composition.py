"""Teasers from rows of a feed, and what a row fills in."""

from __future__ import annotations

from datetime import UTC, date, datetime

from ingest.media import images, links
from ingest.parse import release_from_listed
from news.release import Completeness, Kind, Precision, StampSource
from news.source import Listed

STAMP = datetime(2026, 7, 16, 15, 46, tzinfo=UTC)


def test_a_row_becomes_a_teaser() -> None:
    listed = Listed(
        url="https://www.prnewswire.com/news-releases/halden-opens-309999999.html",
        guid="https://www.prnewswire.com/news-releases/halden-opens-309999999.html",
        title="UPDATE: Halden &amp; Sons Open a Plant",
        summary="<p>DAYTON, Ohio, July 16, 2026 /PRNewswire/ -- Halden (NYSE: HLDN) today opened a plant ...</p>",
        stamp=STAMP,
        issuer="Halden Instruments",
        topics=("MAC",),
    )
    release = release_from_listed("prnewswire", listed)
    assert release.completeness is Completeness.TEASER
    assert release.wire == "prnewswire"
    assert (release.url, release.guid) == (listed.url, listed.guid)
    assert release.headline == "UPDATE: Halden & Sons Open a Plant"
    assert release.body == "Halden (NYSE: HLDN) today opened a plant ..."
    assert release.lead == release.body
    assert release.dateline is not None
    assert release.dateline.date == date(2026, 7, 16)
    assert (release.published_at, release.published_at_source) == (STAMP, StampSource.FEED)
    assert release.time_precision is Precision.MINUTE
    assert (release.issuer, release.tickers, release.topics.raw) == ("Halden Instruments", ("NYSE:HLDN",), ("MAC",))
    assert (release.language, release.kind) == ("en", Kind.UPDATE)


def test_a_row_of_a_title_alone_is_a_teaser_too() -> None:
    release = release_from_listed("acme", Listed(url=None, guid=None, title="A title"))
    assert (release.headline, release.body, release.lead) == ("A title", "", "")
    assert (release.published_at, release.published_at_source) == (None, StampSource.FIRST_SEEN)


def test_a_stamp_with_seconds_keeps_them() -> None:
    release = release_from_listed("acme", Listed(url=None, guid=None, title="t", stamp=STAMP.replace(second=7)))
    assert release.time_precision is Precision.SECOND


def test_relative_addresses_are_resolved_and_foreign_schemes_left_out() -> None:
    base = "https://news.example/a/b.html"
    assert links(["c.html", "/d", "#top", "mailto:x@y.example", "javascript:void(0)", "", base], base=base) == (
        "https://news.example/a/c.html",
        "https://news.example/d",
    )


def test_counting_pixels_are_no_pictures() -> None:
    beacons = [
        "https://rt.prnewswire.com/rt.gif?NewsItemId=1",
        "https://cts.businesswire.com/ct/CT?id=bwnews&sty=1",
        "https://www.globenewswire.com/newsroom/ti?nf=ODg0",
        "https://c212.net/c/img/favicon.png?sn=1",
        "https://news.example/pixel.gif",
    ]
    assert images([*beacons, "https://news.example/plant.jpg"], base=None) == ("https://news.example/plant.jpg",)
