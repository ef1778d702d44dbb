"""The local wire behaves as the real ones are known to: its feed, its validators, its pages, its failures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import httpx
import pytest
from bs4 import BeautifulSoup

from wirewatch.demo.newswire import FEED_PATH, Fault, LocalNewswire
from wirewatch.demo.pages import GuidStyle
from wirewatch.demo.releases import SampleRelease, load, numbered

START = datetime(2026, 3, 2, 14, 30, 20, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[3].parent / "shared"


@pytest.fixture
def wire() -> Iterator[LocalNewswire]:
    with LocalNewswire(clock=lambda: START) as running:
        yield running


def filled(wire: LocalNewswire, count: int) -> None:
    for n in range(count):
        wire.publish(numbered(n), START - timedelta(minutes=count - n))


def soup_of(wire: LocalNewswire, release: SampleRelease) -> BeautifulSoup:
    answer = httpx.get(wire.publish(release, START).url)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "lxml")


def test_the_feed_holds_the_newest_twenty_with_their_links_as_guids(wire: LocalNewswire) -> None:
    filled(wire, 25)
    parsed = feedparser.parse(httpx.get(wire.feed_url).content)
    assert not parsed.bozo
    assert [entry.link for entry in parsed.entries] == [item.url for item in reversed(wire.published()[5:])]
    assert all(entry.id == entry.link for entry in parsed.entries)


def test_feed_stamps_are_whole_minutes_in_utc(wire: LocalNewswire) -> None:
    wire.publish(numbered(1), START)
    [entry] = feedparser.parse(httpx.get(wire.feed_url).content).entries
    assert entry.published == "Mon, 02 Mar 2026 14:30:00 +0000"
    assert entry.summary.startswith("<p>EXAMPLE CITY, Ill., March 2, 2026 /PRNewswire/ -- Example Holding")


def test_an_unchanged_feed_is_a_304_for_the_exact_etag_only(wire: LocalNewswire) -> None:
    filled(wire, 3)
    etag = httpx.get(wire.feed_url).headers["etag"]
    again = httpx.get(wire.feed_url, headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert httpx.get(wire.feed_url, headers={"if-none-match": etag.strip('"')}).status_code == 200
    wire.publish(numbered(99), START)
    assert httpx.get(wire.feed_url, headers={"if-none-match": etag}).status_code == 200


def test_without_an_etag_the_exact_last_modified_decides(wire: LocalNewswire) -> None:
    filled(wire, 3)
    modified = httpx.get(wire.feed_url).headers["last-modified"]
    assert httpx.get(wire.feed_url, headers={"if-modified-since": modified}).status_code == 304
    assert httpx.get(wire.feed_url, headers={"if-modified-since": modified.lower()}).status_code == 200
    wrong_etag = {"if-none-match": '"other"', "if-modified-since": modified}
    assert httpx.get(wire.feed_url, headers=wrong_etag).status_code == 200


def test_an_empty_wire_has_a_well_formed_feed(wire: LocalNewswire) -> None:
    parsed = feedparser.parse(httpx.get(wire.feed_url).content)
    assert (parsed.bozo, parsed.entries) == (False, [])
    assert httpx.get(wire.feed_url, headers={"user-agent": "x"}).status_code == 200


def test_guids_can_collide_or_change_at_every_poll(wire: LocalNewswire) -> None:
    filled(wire, 3)
    wire.guids = GuidStyle.COLLIDING
    assert len({entry.id for entry in feedparser.parse(httpx.get(wire.feed_url).content).entries}) == 1
    wire.guids = GuidStyle.CHANGING
    first, second = (feedparser.parse(httpx.get(wire.feed_url).content).entries[0].id for _ in range(2))
    assert first != second


def test_every_sample_release_is_served_with_all_its_zones(wire: LocalNewswire) -> None:
    for release in load():
        soup = soup_of(wire, release)
        assert soup.h1 is not None
        assert soup.h1.get_text() == release.headline
        assert [tag.get_text() for tag in soup.select("p.subtitle")] == list(release.subtitles)
        text = re.sub(r"\s+", " ", soup.select_one("section.release-body").get_text(" "))  # type: ignore[union-attr]
        for paragraph in (release.contact.split("\n") if release.contact else []) + [f"SOURCE {release.source}"]:
            assert paragraph in text
        squeezed = re.sub(r"\s+", "", text)
        for paragraph in release.paragraphs() + release.about.split("\n\n"):
            assert re.sub(r"\s+|•\s*", "", paragraph) in squeezed
        assert not any(line in text for line in release.footer)


def test_the_stamp_stands_in_four_places_and_they_agree(wire: LocalNewswire) -> None:
    soup = soup_of(wire, numbered(3))
    told = json.loads(soup.select_one('script[type="application/ld+json"]').string or "")  # type: ignore[union-attr]
    assert told["datePublished"] == "2026-03-02T09:30:00-05:00"
    assert soup.select_one('meta[name="date"]')["content"] == "2026-03-02T09:30:00-05:00"  # type: ignore[index]
    assert soup.select_one("p.mb-no").get_text() == "Mar 02, 2026, 09:30 ET"  # type: ignore[union-attr]
    assert str(soup.select_one("#evar19")["value"]).startswith("202603020930PR_NEWS")  # type: ignore[index]


def test_tickers_stand_in_a_tag_of_their_own(wire: LocalNewswire) -> None:
    release = next(release for release in load() if "(NASDAQ: TSYB)" in release.body)
    link = soup_of(wire, release).select_one("a.ticket-symbol")
    assert link is not None
    assert (link.get_text(), str(link.previous)[-9:]) == ("TSYB", "(NASDAQ: ")


def test_a_hostile_headline_is_escaped_in_page_listing_and_feed(wire: LocalNewswire) -> None:
    hostile = '<script>alert(1)</script> ]]> & "more"'
    base = numbered(5)
    wire.publish(SampleRelease(number="300000001", headline=hostile, place="X", body=hostile, issuer=hostile), START)
    wire.publish(base, START)
    page = httpx.get(wire.published()[0].url).text
    assert page.count("<script") == 1
    assert "<script" not in httpx.get(wire.listing_url).text
    titles = [entry.title_detail.value for entry in feedparser.parse(httpx.get(wire.feed_url).content).entries]
    assert titles[0] == base.headline
    assert len(titles) == 2


def test_listing_pages_are_cards_and_the_last_page_repeats(wire: LocalNewswire) -> None:
    filled(wire, 30)
    wire.publish(numbered(30), START - timedelta(days=2))
    pages = [BeautifulSoup(httpx.get(f"{wire.listing_url}?page={n}&pagesize=25").text, "lxml") for n in (1, 2, 3)]
    links = [[card["href"] for card in page.select("a.newsreleaseconsolidatelink")] for page in pages]
    assert [len(page) for page in links] == [25, 6, 6]
    assert links[1] == links[2]
    stamps = [small.get_text() for small in pages[1].select("h3 > small")]
    assert stamps[0] == "09:04 ET"
    assert stamps[-1] == "Feb 28, 2026, 09:30 ET"


def test_a_correction_has_the_number_of_the_release_that_it_corrects(wire: LocalNewswire) -> None:
    numbers = [release.number for release in load()]
    assert len(numbers) - len(set(numbers)) == 1
    first, second = (wire.publish(r, START) for r in load() if numbers.count(r.number) == 2)
    assert first.url != second.url
    assert "$0.27 per share of common" in httpx.get(first.url).text
    assert "$0.29 per share of common" in httpx.get(second.url).text


def test_only_one_sample_release_is_what_the_demo_rules_look_for() -> None:
    found = [r.headline for r in load() if re.search(r"chongqing|重庆|重慶|blade[\s-]+batter", repr(r), re.IGNORECASE)]
    assert found == ["Chongqing to Build World-class ICV and NEV Industry Cluster in 2030"]
    assert next(r for r in load() if r.headline == found[0]).live


def test_the_real_text_is_unchanged() -> None:
    original = SHARED / "real" / "prnewswire" / "chongqing-icv-nev.2022-09-09.txt"
    if not original.exists():
        pytest.skip("the folder of real material is not beside this checkout")
    paragraphs = [part.strip("\n") for part in re.split(r"\n{2,}", original.read_text(encoding="utf-8"))]
    release = next(r for r in load() if r.headline == paragraphs[0])
    dateline = release.dateline(START)
    assert paragraphs[1] == release.headline
    assert [f"{dateline} {release.paragraphs()[0]}", *release.paragraphs()[1:], *release.footer] == paragraphs[2:]


def test_faults_last_as_long_as_they_were_told_to(wire: LocalNewswire) -> None:
    filled(wire, 1)
    wire.fail(FEED_PATH, Fault(status=429, headers=(("retry-after", "7"),), times=1))
    limited = httpx.get(wire.feed_url)
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    assert httpx.get(wire.feed_url).status_code == 200
    wire.fail("/news-releases/*.html", Fault(status=503))
    assert [httpx.get(wire.published()[0].url).status_code for _ in range(2)] == [503, 503]
    wire.heal()
    assert httpx.get(wire.published()[0].url).status_code == 200
    assert [request.status for request in wire.requests(FEED_PATH)] == [429, 200]


def test_a_fault_can_hang_up_half_way(wire: LocalNewswire) -> None:
    filled(wire, 1)
    wire.fail("/news-releases/*.html", Fault(hang_up=True))
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(wire.published()[0].url)


def test_a_fault_can_be_slow(wire: LocalNewswire) -> None:
    filled(wire, 1)
    wire.fail(FEED_PATH, Fault(delay_s=5))
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(wire.feed_url, timeout=0.2)


def test_requests_are_logged_with_their_conditions(wire: LocalNewswire) -> None:
    httpx.get(wire.feed_url, headers={"if-none-match": '"abc"', "user-agent": "someone"})
    [request] = wire.requests()
    assert (request.if_none_match, request.user_agent, request.status, request.at) == ('"abc"', "someone", 200, START)


def test_the_address_is_free_again_after_the_end() -> None:
    with LocalNewswire(clock=lambda: START) as first:
        port = int(first.base_url.rsplit(":", 1)[1])
    with LocalNewswire(clock=lambda: START, port=port) as second:
        assert httpx.get(second.base_url + "/robots.txt").text.startswith("User-agent: *")
