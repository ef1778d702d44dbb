"""Newsrooms that are read by configuration alone: pages, listing pages, and the wires handed over as a value."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from config.newsrooms import Newsroom
from ingest.listing import Listing, read_listing
from ingest.page import Page
from ingest.parse import read
from ingest.wires import SHIPPED, Roster
from ingest.wires.stated_times import read_time
from news.release import Precision, Reject, Release, StampSource
from news.source import SourceKind

URL = "https://newsroom.example/meldung/77/halle"
LAYOUT: Mapping[str, object] = {
    "headline": "h1.title",
    "subtitles": "h2",
    "body": ["div.nothing", "div.text"],
    "drop": [".share", "figure"],
    "time": ["time@datetime", ".date"],
    "time_format": "DD.MM.YYYY, HH:mm 'Uhr'",
    "issuer": ".company",
    "dateline": ".place",
    "boilerplate": ".about",
    "contact": ".press",
    "language": "html@lang",
    "topics": ".tags a",
}
ROWS = {"row": "li.item", "title": "h3", "time": ".d", "time_format": "DD.MM.YYYY, HH:mm 'Uhr'", "summary": "p"}
PAGE = """<html lang="de"><title>x</title><nav>Menü Presse Kontakt</nav><div class="tags"><a>Bau</a> <a>Dach</a></div>
<h1>Newsroom</h1><h1 class="title">Acme eröffnet <i>Halle</i></h1><h2>Größer als gedacht</h2>
<p class="date">Stand: 03.07.2026, 14:30 Uhr</p><span class="company">Acme AG</span>
<div class="text"><p><span class="place">München, 2. Juli 2026</span> – Acme hat heute eine Halle eröffnet.</p>
<div class="share">Teilen Drucken</div><div class="text"><p>Die Halle hat ein Dach.</p></div>
<div class="about">Acme baut seit 1900 Dächer.</div></div>
<div class="press">Eva Muster<br>presse@acme.example</div><footer>Impressum</footer></html>"""
LISTING = """<ul><li class="item"><a href="/meldung/77/halle"><h3>Acme eröffnet Halle</h3></a>
<span class="d">03.07.2026, 14:30 Uhr</span><p>Größer als gedacht</p></li>
<li class="item"><h3>Ohne Adresse</h3></li>
<li class="item"><a href="https://newsroom.example/meldung/76">Alt</a><h3>Acme baut</h3><span class="d">gestern</span>
</li></ul>"""


def roster(layout: Mapping[str, object] = LAYOUT, **more: object) -> Roster:
    told = {"slug": "acme", "hosts": ["newsroom.example"], "zone": "Europe/Berlin", "layout": [layout], "listing": ROWS}
    told["number"] = r"/meldung/(\d+)"
    return SHIPPED.with_described([Newsroom.model_validate({**told, **more})])


def release(page: str = PAGE, wires: Roster | None = None, wire: str | None = None) -> Release:
    found = read(Page(URL, page.encode()), wire=wire, roster=wires or roster())
    assert isinstance(found, Release)
    return found


def test_a_page_is_read_part_by_part_without_a_word_of_chrome() -> None:
    found = release()
    assert (found.wire, found.headline, found.subtitles) == ("acme", "Acme eröffnet Halle", ("Größer als gedacht",))
    assert found.body == "Acme hat heute eine Halle eröffnet.\n\nDie Halle hat ein Dach."
    assert (found.boilerplate, found.contact) == ("Acme baut seit 1900 Dächer.", "Eva Muster\npresse@acme.example")
    assert (found.issuer, found.language, found.release_number) == ("Acme AG", "de", "77")
    assert found.topics.raw == ("Bau", "Dach")
    assert found.published_at == datetime(2026, 7, 3, 12, 30, tzinfo=UTC)
    assert (found.published_at_source, found.time_precision) == (StampSource.VISIBLE, Precision.MINUTE)
    assert found.dateline is not None
    assert (found.dateline.place, found.dateline.date) == ("München", date(2026, 7, 2))
    assert found.body[slice(*(found.lead_span or (0, 0)))] == "Acme hat heute eine Halle eröffnet."


def test_the_wires_go_to_another_process_and_read_the_same_there() -> None:
    there = pickle.loads(pickle.dumps(roster()))  # noqa: S301  made in this line
    assert there == roster()
    assert release(wires=there) == release()


def test_nothing_of_it_is_known_where_it_was_not_handed_over() -> None:
    release()
    found = read(Page(URL, PAGE.encode()))
    assert isinstance(found, Reject) or found.wire != "acme"
    assert SHIPPED.of("acme") is None


def test_a_page_of_another_layout_goes_to_the_next_one_and_then_to_the_generic_parser() -> None:
    other = {"headline": "h2", "body": "div.text", "when": "nav"}
    first = {**LAYOUT, "when": ".redesigned"}
    assert release(wires=roster(first)).wire == "acme"
    two = SHIPPED.with_described([Newsroom.model_validate({"slug": "acme", "layout": [first, other]})])
    assert release(wires=two, wire="acme").headline == "Größer als gedacht"


def test_a_known_wire_may_be_read_ones_own_way_and_keeps_its_hosts_and_its_layouts() -> None:
    wires = SHIPPED.with_described([Newsroom.model_validate({"slug": "globenewswire", "layout": [LAYOUT]})])
    was, now = SHIPPED.of("globenewswire"), wires.of("globenewswire")
    assert was is not None
    assert now is not None
    assert (now.hosts, now.zone, now.layouts[1:]) == (was.hosts, was.zone, was.layouts)


def test_what_holds_the_body_is_never_taken_for_a_part_of_it() -> None:
    found = release(wires=roster(layout={**LAYOUT, "contact": "html, body, div:has(.text), .press"}))
    assert found.contact == "Eva Muster\npresse@acme.example"
    assert found.body.startswith("Acme hat heute")


@pytest.mark.parametrize("place", ["München", "München, 2. Juli 2026 --", "2. Juli 2026"])
def test_a_dateline_of_its_own_is_a_place_a_day_or_both(place: str) -> None:
    dateline = release(PAGE.replace("München, 2. Juli 2026", place)).dateline
    assert dateline is not None
    assert dateline.text == place
    assert (dateline.place == "München", dateline.date == date(2026, 7, 2)) == ("München" in place, "2026" in place)


@pytest.mark.parametrize(
    ("text", "formats", "at"),
    [
        ("2026-07-03T14:30:00+02:00", ["DD.MM.YYYY"], "2026-07-03T12:30"),
        ("04/07/2026 09:05", ["DD/MM/YYYY HH:mm"], "2026-07-04T07:05"),
        ("07/04/2026 9:05 PM ET", ["MM/DD/YYYY h:mm A Z"], "2026-07-05T01:05"),
        ("07/04/2026 12:05 am EST", ["MM/DD/YYYY h:mm A Z"], "2026-07-04T04:05"),
        ("Veröffentlicht am 4. Juli 2026 um 09:05 Uhr", ["D. MMMM YYYY 'um' HH:mm"], "2026-07-04T07:05"),
        ("04.07.26", ["DD.MM.YY"], "2026-07-04T00:00"),
        ("Published: July 4, 2026, 10:00 ET | 5 min read", [], "2026-07-04T14:00"),
        ("Jul 4, 2026 at 4:05 PM EST | Acme Corp.", [], "2026-07-04T20:05"),
        ("04/07/2026", [], "2026-07-04T00:00"),
        ("04/07/2026", ["DD.MM.YYYY"], None),
        ("July 4, 2026, 10:00 ET", ["DD.MM.YYYY"], "2026-07-04T14:00"),
        ("99.99.2026", ["DD.MM.YYYY"], None),
        ("04.07.2026 25:00", ["DD.MM.YYYY HH:mm"], None),
        ("July 4", [], None),
    ],
)
def test_times_are_read_by_their_format_or_in_the_forms_of_the_wires(text: str, formats: list[str], at: str) -> None:
    stamp = read_time(text, formats, "Europe/Berlin")
    assert (stamp.at.isoformat()[:16] if stamp else None) == at


def test_a_listing_page_is_read_row_by_row_and_what_is_no_row_is_counted() -> None:
    page = Page("https://newsroom.example/presse", LISTING.encode())
    listing = read_listing(SourceKind.LISTING, "acme", page, roster=roster())
    assert isinstance(listing, Listing)
    first, second = listing.entries
    assert (first.url, first.title, first.summary) == (URL, "Acme eröffnet Halle", "Größer als gedacht")
    assert (first.stamp, first.stamp_text) == (datetime(2026, 7, 3, 12, 30, tzinfo=UTC), "03.07.2026, 14:30 Uhr")
    assert (second.title, second.stamp, second.stamp_text) == ("Acme baut", None, "gestern")
    assert [reject.excerpt for reject in listing.rejects] == ["a row without a link or title: Ohne Adresse"]


def test_a_listing_page_without_a_row_is_another_page_or_was_laid_out_anew() -> None:
    page = Page("https://newsroom.example/presse", b"<html><h1>Presse</h1><p>Alles neu</p></html>")
    assert isinstance(read_listing(SourceKind.LISTING, "acme", page, roster=roster()), Reject)


def test_a_row_that_is_a_link_itself_is_followed() -> None:
    page = Page("https://newsroom.example/", b"<a class='card' href='/m/1'><b>Acme</b></a>")
    wires = roster(listing={"row": "a.card"})
    listing = read_listing(SourceKind.LISTING, "acme", page, roster=wires)
    assert isinstance(listing, Listing)
    assert [(row.url, row.title) for row in listing.entries] == [("https://newsroom.example/m/1", "Acme")]


def test_what_two_selectors_find_is_there_once() -> None:
    found = release(wires=roster(layout={**LAYOUT, "body": "div.text, html div.text", "contact": "div.press, .press"}))
    assert found.body == release().body
    assert found.contact == release().contact
    page = Page("https://newsroom.example/presse", LISTING.encode())
    twice = read_listing(SourceKind.LISTING, "acme", page, roster=roster(listing={**ROWS, "row": "li, li.item, ul li"}))
    assert twice == read_listing(SourceKind.LISTING, "acme", page, roster=roster())


def test_a_wires_own_name_in_a_dateline_is_known_where_it_was_handed_over() -> None:
    page = PAGE.replace(
        '<span class="place">München, 2. Juli 2026</span> – ', "MÜNCHEN, July 2, 2026 (Acme Dienst) -- "
    )
    told = release(page, roster(tags=["ACME DIENST"])).dateline
    assert told is not None
    assert (told.place, told.wire, told.date) == ("MÜNCHEN", "Acme Dienst", date(2026, 7, 2))
    nowhere = release(page).dateline
    assert nowhere is None or nowhere.wire is None
