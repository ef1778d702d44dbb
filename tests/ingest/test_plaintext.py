"""Releases as plain text, above all the first case of all, and that text with everything replaced."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.page import Page
from ingest.parse import parse, read
from news.release import Precision, Reject, RejectReason, Release, StampSource

TEXT = (Path(__file__).resolve().parents[1] / "golden/text/chongqing-icv-nev.2022-09-09.txt").read_text(
    encoding="utf-8"
)
CLOSING = """Click the link to watch the video:

This website is best viewed using the latest versions of web browsers."""
LAST_SENTENCE = "dedicate itself to developing intelligent connected technologies and operations."


def release_of(text: str) -> Release:
    release = read(Page(None, text.encode()), wire="text")
    assert isinstance(release, Release)
    return release


def test_the_first_case() -> None:
    release = release_of(TEXT)
    assert release.wire == "prnewswire"
    assert release.headline == "Chongqing to Build World-class ICV and NEV Industry Cluster in 2030"
    assert release.subtitles == ()
    assert release.dateline is not None
    assert release.dateline.text == "CHONGQING, China, Sept. 9, 2022 /PRNewswire/ --"
    assert (release.dateline.place, release.dateline.city) == ("CHONGQING, China", "CHONGQING")
    assert (release.dateline.region, release.dateline.country) == (None, "China")
    assert (release.dateline.date, release.dateline.wire) == (date(2022, 9, 9), "PRNewswire")
    assert release.published_at == datetime(2022, 9, 9, tzinfo=UTC)
    assert release.published_at_source is StampSource.DATELINE
    assert release.time_precision is Precision.DAY
    assert release.issuer == "iChongqing"
    assert release.language == "en"
    assert (release.boilerplate, release.contact) == ("", "")


def test_the_body_is_every_paragraph_between_dateline_and_closing_lines() -> None:
    opening = TEXT.index("A news report from iChongqing:")
    closing = TEXT.index("Click the link")
    paragraphs = [part.strip() for part in TEXT[opening:closing].split("\n\n") if part.strip()]
    assert release_of(TEXT).body.split("\n\n") == paragraphs
    assert len(paragraphs) == 11
    assert any('produced the "blade battery," a unique lithium iron phosphate battery' in part for part in paragraphs)


def test_the_lead_is_the_paragraph_after_the_introduction() -> None:
    assert release_of(TEXT).lead.startswith("On September 8, the Chongqing Municipal People's Government announced")
    assert release_of(TEXT).lead.endswith("(NEV).")


RENAMED = {
    "iChongqing": "eVerdania",
    "CHONGQING": "VERDANIA CITY",
    "Chongqing": "Verdania",
    "China": "Uruguay",
    "Sept. 9, 2022": "March 14, 2025",
    "September 8": "March 13",
    "Zhou": "Ortega",
    "BYD": "QRS",
    "blade": "leaf",
}
ELSEWHERE = [
    "Watch the full video here:",
    "For the best experience, please update your browser.",
    "© 2024 All rights reserved.",
    "Follow us on social media",
    "Cookie settings",
    "Tap below to see the gallery:\n\nThis portal works best in current browsers.\n\nBack to top\n\nHome | About",
    "To see the film, follow this link:\n\nPlease enable JavaScript to view this page.",
    "Scan the code to follow us:\nYou are using an outdated browser. Please upgrade your browser to improve security.",
    "Watch the clip at:\n\nSubscribe to our newsletter\n\nShare this article\n\n© 2025 Verdania Media",
    "The full story can be seen here:",
    "Optimized for recent versions of Chrome, Safari and Edge.",
    "This web page was last updated in 2025.\n\nPrivacy Policy\n\nTerms of Use",
    "Read more:\n\nWe recommend using a modern browser to visit this site.",
    "SOURCE eVerdania\n\nRelated Links\n\nCookie settings",
]


@pytest.mark.parametrize("closing", [CLOSING, *ELSEWHERE])
def test_it_holds_with_names_places_and_closing_lines_replaced(closing: str) -> None:
    text = TEXT.replace(CLOSING, closing)
    assert closing in text
    for name, other in RENAMED.items():
        text = text.replace(name, other)
    release = release_of(text)
    assert release.headline == "Verdania to Build World-class ICV and NEV Industry Cluster in 2030"
    assert release.dateline is not None
    assert (release.dateline.place, release.dateline.country) == ("VERDANIA CITY, Uruguay", "Uruguay")
    assert release.published_at == datetime(2025, 3, 14, tzinfo=UTC)
    assert release.issuer == "eVerdania"
    assert release.lead.startswith("On March 13, the Verdania Municipal")
    assert release.body.endswith(LAST_SENTENCE)
    assert 'produced the "leaf battery," a unique' in release.body
    assert "The leaf batteries are less likely" in release.body


@pytest.mark.parametrize(
    "kept",
    [
        "Watch the video: https://video.example/x",
        "Watch the video here:\n\nhttps://video.example/x",
        "The plan will be published in October on the city's website.",
        "The works will begin in May and end in June next year.",
    ],
)
def test_what_tells_something_at_the_end_stays(kept: str) -> None:
    assert release_of(TEXT.replace(CLOSING, kept)).body.endswith(kept)


def test_a_contact_and_an_about_at_the_end_stay_in_their_zones() -> None:
    tail = (
        "About Verdania News\n\nVerdania News tells news.\n\nMedia Contact:\nJane Doe\n+598 555 0100\n\nCookie settings"
    )
    release = release_of(TEXT.replace(CLOSING, tail))
    assert release.boilerplate == "About Verdania News\n\nVerdania News tells news."
    assert release.contact == "Media Contact:\nJane Doe\n+598 555 0100"
    assert release.body.endswith(LAST_SENTENCE)


@pytest.mark.parametrize(
    ("introduction", "issuer"),
    [
        ("A report by Harbour News Network:", "Harbour News Network"),
        ("News from Beta Media:", "Beta Media"),
        ("Beta Media reports:", "Beta Media"),
        ("By Beta Media:", "Beta Media"),
        ("The following is a statement from the Ministry of Tides:", "Ministry of Tides"),
        ("Beta Media today issued the following statement:", "Beta Media"),
        ("A recent feature story published by CityBright News:", "CityBright News"),
        ("A news report from Beta Media", "Beta Media"),
    ],
)
def test_introductions_name_the_issuer_and_are_no_lead(introduction: str, issuer: str) -> None:
    release = release_of(TEXT.replace("A news report from iChongqing:", introduction))
    assert release.issuer == issuer
    assert release.body.startswith(introduction)
    assert release.lead.startswith("On September 8")


def test_a_first_paragraph_that_opens_a_list_is_the_lead() -> None:
    release = release_of(
        "Fairs of Halden\n\nDAYTON, Ohio, May 5, 2024 /PRNewswire/ -- Halden will go to:\n\n- Cleveland\n- Lyon"
    )
    assert release.lead == "Halden will go to:"
    assert release.body == "Halden will go to:\n\n- Cleveland\n- Lyon"


def test_hard_wrapped_lines_are_one_paragraph_and_a_headline_may_be_broken() -> None:
    release = release_of(
        "Halden Instruments of Dayton Opens a Second Plant for Deep\nprobes and Sensors\n\n"
        "DAYTON, Ohio, May 5, 2024 /PRNewswire/ -- Halden Instruments opened a plant today\n"
        "in Dayton, which will make probes for wells of every depth and every kind\nof water.\n"
    )
    assert release.headline == "Halden Instruments of Dayton Opens a Second Plant for Deep probes and Sensors"
    assert release.body.endswith("every depth and every kind of water.")
    assert "\n" not in release.body


def test_lines_above_the_dateline_are_read_for_what_they_are() -> None:
    release = release_of(
        "FOR IMMEDIATE RELEASE\n\nHalden Opens a Plant\n\nForty jobs\n\nNews provided by\n\nHalden Instruments\n\n"
        "May 05, 2024, 09:15 ET\n\nDAYTON, Ohio, May 5, 2024 /PRNewswire/ -- Halden opened a plant.\n\nIt is large."
    )
    assert (release.headline, release.subtitles, release.issuer) == (
        "Halden Opens a Plant",
        ("Forty jobs",),
        "Halden Instruments",
    )
    assert release.published_at == datetime(2024, 5, 5, 13, 15, tzinfo=UTC)
    assert release.published_at_source is StampSource.VISIBLE
    assert release.time_precision is Precision.MINUTE


def test_one_paragraph_a_line_without_blank_lines() -> None:
    release = release_of(
        "Halden Opens\nDAYTON, Ohio, May 5, 2024 (GLOBE NEWSWIRE) -- Halden opened.\nIt is large.\nSOURCE: Halden"
    )
    assert (release.wire, release.headline, release.body) == (
        "globenewswire",
        "Halden Opens",
        "Halden opened.\n\nIt is large.",
    )
    assert release.issuer == "Halden"


def test_a_text_of_no_known_wire_is_of_wire_text() -> None:
    release = release_of("Halden Opens\n\nDayton, Ohio, May 5, 2024 -- Halden opened a plant.\n\nIt is large.")
    assert release.wire == "text"
    assert release.dateline is not None
    assert release.dateline.city == "Dayton"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", RejectReason.EMPTY),
        (" \n\n\t", RejectReason.EMPTY),
        ("A headline and nothing else", RejectReason.NOT_A_RELEASE),
        ("%PDF-1.6\n1 0 obj\n\nendobj and more text", RejectReason.UNREADABLE),
        ("\x01\x02\x03\x04 noise \x05\x06", RejectReason.UNREADABLE),
        ("Access Denied\n\nReference #18.a4ed2017.1770828343.f8733a4", RejectReason.BLOCKED),
    ],
)
def test_what_is_no_release_is_rejected(text: str, reason: RejectReason) -> None:
    reject = parse(Page(None, text.encode()), wire="text")
    assert isinstance(reject, Reject)
    assert reject.reason is reason


@given(st.text(max_size=600))
def test_no_text_raises(text: str) -> None:
    assert isinstance(
        read(Page(None, text.encode("utf-8", "replace"), "text/plain; charset=utf-8"), wire="text"), Release | Reject
    )
