"""Texts as news agencies pass them on: NITF and ninjs."""

from __future__ import annotations

import json

import pytest

from ingest.page import Page
from ingest.parse import read
from news.release import Reject, Release, StampSource, iso

STORY = (
    "<p>EASTVALE, Ohio--(BUSINESS WIRE)--Dec 5, 2024--</p><p>Corvane Metals (NYSE: CVN) opened a foundry.</p>"
    "<media media-type='image'><media-reference source='https://pictures.example/1.jpg'/><media-caption>no word of it"
    "</media-caption></media><p>The foundry (Photo: Business Wire)</p><p>It is the third.</p>"
    "<p>CONTACT: Ines Halloran</p><p>press@corvane.example</p><p>KEYWORD: OHIO</p><p>SOURCE: Corvane Metals</p>"
    "<p>Copyright Business Wire 2024.</p><p>PUB: 12/05/2024 06:00 AM/DISC: 12/05/2024 06:01 AM</p>"
    "<p>http://www.businesswire.com/news/home/20241205000001/en</p>"
)


def nitf(story: str = STORY, head: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><head><docdata>'
        f'<doc-id regsrc="AG" id-string="x1"/><date.issue norm="20241205T110259Z"/>{head}</docdata></head><body>'
        "<body.head><hedline><hl1>Corvane Opens a Foundry</hl1></hedline></body.head>"
        f"<body.content><block>{story}</block></body.content></body></nitf>"
    )


def ninjs(**fields: object) -> str:
    return json.dumps({"headline": "Corvane Opens a Foundry", "versioncreated": "2024-12-05T11:02:59Z", **fields})


def release_of(document: str) -> Release:
    release = read(Page(None, document.encode()))
    assert isinstance(release, Release), release
    return release


@pytest.mark.parametrize("document", [nitf(), ninjs(body_html=STORY), ninjs(body_nitf=STORY)])
def test_a_wires_release_is_the_wires_with_the_wires_own_time_and_number(document: str) -> None:
    release = release_of(document)
    assert (release.wire, release.release_number, release.issuer) == (
        "businesswire", "20241205000001", "Corvane Metals",
    )  # fmt: skip
    # New York's clock in winter; the agency's own time is three minutes later.
    assert iso(release.published_at) == "2024-12-05T11:00:00Z"
    assert release.published_at_source is StampSource.VISIBLE
    assert release.body == "Corvane Metals (NYSE: CVN) opened a foundry.\n\nIt is the third."
    assert release.contact == "CONTACT: Ines Halloran\n\npress@corvane.example"
    assert release.dateline is not None
    assert str(release.dateline.date) == "2024-12-05"


def test_a_story_of_the_agency_goes_under_its_name_and_time() -> None:
    release = release_of(nitf("<p>A foundry opened in Ohio.</p>"))
    assert (release.wire, release.release_number, iso(release.published_at)) == ("ag", "x1", "2024-12-05T11:02:59Z")


def test_the_third_version_of_ninjs_keeps_its_texts_in_lists() -> None:
    release = release_of(
        json.dumps(
            {
                "headlines": [{"role": "main", "value": "Corvane Opens a Foundry"}],
                "bodies": [{"contenttype": "text/plain", "value": "One paragraph of it.\n\nAnother."}],
                "versionCreated": "2024-12-05T11:02:59Z",
                "language": "en",
            }
        )
    )
    assert release.body == "One paragraph of it.\n\nAnother."
    assert iso(release.published_at) == "2024-12-05T11:02:59Z"


@pytest.mark.parametrize(
    "document",
    [
        nitf("<p/>"),
        nitf()[:200],
        ninjs(body_html="", body_text=""),
        ninjs(type="picture", body_text="a caption"),
        '{"body_text": 1}',
        '{"data": {"data": {"data": {"data": {"data": {"body_text": "deep"}}}}}}',
        "<nitf><body><body.content><p>&xxe;</p></body.content></body></nitf>",
        '{"bodies": ' + "[" * 50_000,
    ],
)
def test_what_holds_no_text_is_a_reject(document: str) -> None:
    assert isinstance(read(Page(None, document.encode())), Reject)


def test_no_entity_of_a_document_is_expanded() -> None:
    bomb = '<!DOCTYPE nitf [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    release = release_of(bomb + nitf("<p>Corvane opened a foundry. &b;&f;</p>").partition("?>")[2])
    assert "haha" not in release.body
    assert "root:" not in release.body
