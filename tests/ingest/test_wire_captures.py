"""Pages that nobody here wrote: expectations are facts, each read off the page or proved in a document."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from ingest.page import Page
from ingest.parse import read
from news.release import Release, StampSource, iso

REAL = Path(__file__).resolve().parents[2].parent / "shared/real"
pytestmark = pytest.mark.skipif(not REAL.exists(), reason="the captures are not beside this checkout")

TABLEAU = "prnewswire/tableau-300039248.2015-03.html"
HACKERRANK = ["prnewswire/hackerrank-300256929.2016-05.html", "prnewswire/hackerrank-300256929.2024-02.html"]
CHROME = (
    "Related Links",
    "RELATED LINKS",
    "More by this Source",
    "More from this source",
    "Also from this source",
    "Share",
)


def release_of(name: str) -> Release:
    release = read(Page(None, (REAL / name).read_bytes()))
    assert isinstance(release, Release)
    return release


def text_of(release: Release) -> str:
    return "\n".join((release.headline, *release.subtitles, release.body, release.boilerplate, release.contact))


@pytest.mark.parametrize("name", HACKERRANK)
def test_one_release_in_two_layouts_eight_years_apart(name: str) -> None:
    release = release_of(name)
    assert release.wire == "prnewswire"
    assert release.release_number == "300256929"
    assert release.headline == (
        "HackerRank & Cybermedia Technologies Partner to Help Close the STEM Skills Gap in Federal Government"
    )
    assert len(release.subtitles) == 1
    assert release.subtitles[0].startswith("Government agencies now have access to skill-based assessment tools")
    assert iso(release.published_at) == "2016-04-25T19:39:00Z"
    assert release.published_at_source is StampSource.TRANSMISSION_ID
    assert release.issuer == "HackerRank"
    assert release.dateline is not None
    assert release.dateline.text == "PALO ALTO, Calif., April 25, 2016 /PRNewswire/ --"
    assert (release.dateline.city, release.dateline.region) == ("PALO ALTO", "Calif.")
    assert release.dateline.date == date(2016, 4, 25)
    assert release.lead.startswith("HackerRank, a platform that ranks engineers")
    assert release.body.endswith("decades of expertise that stems from CTEC.")
    assert len(release.body.split("\n\n")) == 7
    assert release.boilerplate.startswith("About HackerRank\n\nHackerRank is a platform")
    assert "About Cybermedia Technologies Inc.:" in release.boilerplate
    assert release.contact == "MEDIA CONTACT:\nKatie Sullivan\nBateman Group\nhackerrank@bateman-group.com"
    assert [word for word in CHROME if word in text_of(release)] == []


def test_both_captures_hold_the_same_text() -> None:
    old, new = map(release_of, HACKERRANK)
    assert (old.headline, old.subtitles, old.body, old.boilerplate, old.contact, old.dateline, old.published_at) == (
        new.headline, new.subtitles, new.body, new.boilerplate, new.contact, new.dateline, new.published_at
    )  # fmt: skip
    assert new.topics.raw == ("CPR", "STW", "HTS", "ITE", "WRK")


def test_the_layout_of_2015() -> None:
    release = release_of(TABLEAU)
    assert release.headline == "Tableau to Present at Upcoming Investor Conferences"
    assert release.release_number == "300039248"
    assert iso(release.published_at) == "2015-02-24T13:30:00Z"
    assert release.issuer == "Tableau Software"
    assert release.tickers == ("NYSE:DATA",)
    assert release.dateline is not None
    assert release.dateline.text == "SEATTLE, Feb. 24, 2015 /PRNewswire/ --"
    assert release.lead.startswith("Tableau (NYSE: DATA), a global leader")
    assert (
        "- Pacific Crest 10th Annual Emerging Technology Summit on Tuesday, March 3, 2015 at 9:30am PT" in release.body
    )
    assert release.boilerplate.startswith("About Tableau\n\nTableau Software (NYSE: DATA) helps people")
    assert "SOURCE" not in text_of(release)
    assert [word for word in CHROME if word in text_of(release)] == []


def test_globenewswire_with_a_marketwired_body() -> None:
    release = release_of("globenewswire/segment-1300478.2023-07.html")
    assert (release.wire, release.release_number, release.issuer) == ("globenewswire", "1300478", "Segment")
    assert release.headline == "Segment Launches Sources to Unify Siloed Customer Data in Minutes"
    assert iso(release.published_at) == "2016-04-06T16:00:00Z"
    assert release.dateline is not None
    assert release.dateline.text == "SAN FRANCISCO, CA--(Marketwired - April 06, 2016) -"
    assert release.boilerplate.startswith("About Segment\nSegment is the customer data platform")
    assert release.contact.endswith("segment@bateman-group.com")
    assert "2023" not in text_of(release)


def test_a_release_on_somebody_elses_page_keeps_its_dateline() -> None:
    release = release_of("syndicated/merck-rehosted.2015-06.html")
    assert release.headline.startswith("Merck Launches")
    assert release.dateline is not None
    assert (release.dateline.city, release.dateline.country) == ("NAIROBI", "Kenya")
    assert release.lead.startswith("Merck, a leading company for innovative")


def test_news_pages_of_sixteen_publishers_are_read_without_a_defect() -> None:
    """The generic parser is modest: it must not fail, and must find a text on most pages."""
    pages = sorted((REAL / "extraction/pages").glob("*.html.gz"))
    results = [read(Page(f"https://news.example/{path.stem}", gzip.decompress(path.read_bytes()))) for path in pages]
    assert len(results) == 80
    assert sum(isinstance(result, Release) for result in results) >= 70


def test_business_wire_as_an_agency_delivers_it() -> None:
    release = release_of("businesswire/bjs-20241205994409.nitf.xml")
    assert (release.wire, release.release_number) == ("businesswire", "20241205994409")
    assert iso(release.published_at) == "2024-12-05T11:00:00Z"
    assert (release.issuer, release.tickers, release.language) == ("BJ's Wholesale Club", ("NYSE:BJ",), "en")
    assert release.dateline is not None
    assert (release.dateline.text, release.dateline.date) == (
        "MARLBOROUGH, Mass.--(BUSINESS WIRE)--Dec 5, 2024--",
        date(2024, 12, 5),
    )
    assert release.boilerplate.startswith("About BJ's Wholesale Club Holdings, Inc.")
    assert release.contact.endswith("774-512-6802")
    assert [
        word for word in ("KEYWORD", "PUB:", "SOURCE", "(Photo", "features multimedia") if word in text_of(release)
    ] == []


@pytest.mark.parametrize(
    ("name", "number", "at", "ends"),
    [
        ("xinhua/detail.2020-07.html", "1126212966", "2020-07-08T10:00:55Z", "磅礴力量。"),
        ("xinhua/detail.2023-11.html", "1129981476", "2023-11-17T12:52:15Z", "总体平衡。"),
    ],
)
def test_xinhua(name: str, number: str, at: str, ends: str) -> None:
    release = release_of(name)
    assert (release.wire, release.release_number, iso(release.published_at)) == ("xinhua", number, at)
    assert (release.issuer, release.language) == ("新华网", "zh")
    assert not release.headline.endswith("新华网")
    assert release.body.endswith(ends)
    assert [word for word in ("责任编辑", "纠错", "图集", "阅读下一篇") if word in text_of(release)] == []
