"""PR Newswire's layouts: times that contradict each other, split tags, and what surrounds a release."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.page import Page
from ingest.parse import parse, read
from news.release import Precision, Reject, RejectReason, Release, StampSource
from news.source import Listed

BODY = (
    "<p>DAYTON, Ohio, Aug. 6, 2020 /PRNewswire/ -- Halden Instruments (NASDAQ: <a class='ticket-symbol' "
    "href='#financial-modal'>HLDN</a>) today opened a plant.</p><p>It is large, and it is new.</p>"
)
LISTING = (
    "<html><head><title>News</title></head><body><h1>News Releases</h1><div class='newsCards'><div class='card'>"
    "<a href='/news-releases/a-300000001.html'><h3>A</h3></a></div></div></body></html>"
)
WALL = (
    '<html><head><title>Access Denied</title></head><body>You don\'t have permission to access "x" on this server. '
    "https://errors.edgesuite.net/18.a4ed2017.1770828343.f8733a4</body></html>"
)
JSON_LD = '<script type="application/ld+json">{{"@type": "NewsArticle", "datePublished": "{}"}}</script>'


def page(*, head: str = "", header: str = "", body: str = BODY, tail: str = "", url: str | None = None) -> Page:
    """A page in the shape of those since 2018."""
    html = (
        f"<html lang='en'><head><title>t</title>{head}</head><body>"
        "<article class='news-release inline-gallery-template'>"
        f"<header class='container release-header'><h1>Halden Opens a Plant</h1>{header}</header>"
        f"<section class='release-body container'><div class='col-lg-10'>{body}</div></section></article>"
        f"{tail}</body></html>"
    )
    return Page(
        url or "https://www.prnewswire.com/news-releases/halden-opens-a-plant-in-2020-301199009.html", html.encode()
    )


def release_of(made: Page, listed: Listed | None = None) -> Release:
    release = read(made, listed=listed)
    assert isinstance(release, Release)
    return release


def evar(value: str) -> str:
    return f"<input type='hidden' id='evar19' value='{value}PR_NEWS_USPR_____NY32636'>"


SENT = evar("202008061625")


@pytest.mark.parametrize(
    ("head", "header", "tail", "at", "source"),
    [
        (JSON_LD.format("2020-08-06T16:25:00-04:00"), "", evar("202008061625"), "2020-08-06T20:25:00Z", "json-ld"),
        (JSON_LD.format("2020-08-06T04:25:00-04:00"), "", SENT, "2020-08-06T20:25:00Z", "transmission-id"),
        (JSON_LD.format("2020-08-06T16:25:00-04:00"), "", "", "2020-08-06T20:25:00Z", "json-ld"),
        ("<meta name='date' content='2020-08-06T16:25:00-04:00'>", "", "", "2020-08-06T20:25:00Z", "meta"),
        ("<meta name='date' content='2016-08-06T16:25:00Z'>", "", "", "2016-08-06T20:25:00Z", "meta"),
        ("<meta name='date' content='2016-12-06T16:25:00Z'>", "", "", "2016-12-06T21:25:00Z", "meta"),
        (
            "<meta name='date' content='2016-08-06T16:25:00Z'>",
            "",
            '<script>s.eVar19="201608061625PR_NEWS_USPR_____SF80697"</script>',
            "2016-08-06T20:25:00Z",
            "transmission-id",
        ),
        ("", "<p class='mb-no'>Aug 06, 2020, 16:25 ET</p>", "", "2020-08-06T20:25:00Z", "visible"),
        ("", "<p class='mb-no'>6 Aug, 2020, 16:25 ET</p>", "", "2020-08-06T20:25:00Z", "visible"),
        ("", "<p class='release-details'>Aug 06, 2020, 16:25 ET from H</p>", "", "2020-08-06T20:25:00Z", "visible"),
        ("<meta name='date' content='2020-08-06T16:25:00-04:00'>", "", SENT, "2020-08-06T20:25:00Z", "meta"),
        ("", "", evar("202008061625"), "2020-08-06T20:25:00Z", "transmission-id"),
        ("", "", evar("999999999999"), "2020-08-06T00:00:00Z", "dateline"),
        (JSON_LD.format("soon"), "<p class='mb-no'>today</p>", "", "2020-08-06T00:00:00Z", "dateline"),
    ],
)  # fmt: skip
def test_the_time_is_taken_from_what_can_be_trusted(head: str, header: str, tail: str, at: str, source: str) -> None:
    release = release_of(page(head=head, header=header, tail=tail))
    assert release.published_at == datetime.fromisoformat(at)
    assert release.published_at_source is StampSource(source)
    assert release.time_precision is (Precision.DAY if source == "dateline" else Precision.MINUTE)


def test_the_british_sister_shows_london_time() -> None:
    url = "https://www.prnewswire.co.uk/news-releases/halden-opens-a-plant-301199009.html"
    release = release_of(page(header="<p class='mb-no'>06 Aug, 2020, 16:25</p>", url=url))
    assert release.wire == "prnewswire-uk"
    assert release.published_at == datetime(2020, 8, 6, 15, 25, tzinfo=UTC)


def test_the_row_of_a_feed_fills_what_the_page_lacks() -> None:
    stamp = datetime(2020, 8, 6, 20, 25, tzinfo=UTC)
    listed = Listed(
        url=None, guid="g-1", title="T", stamp=stamp, issuer="Halden Instruments", topics=("MAC",), language="en"
    )
    release = release_of(page(), listed)
    assert (release.published_at, release.published_at_source) == (stamp, StampSource.FEED)
    assert (release.issuer, release.topics.raw, release.guid) == ("Halden Instruments", ("MAC",), "g-1")
    assert release.headline == "Halden Opens a Plant"


def test_a_release_number_is_the_end_of_the_address_not_a_number_in_its_slug() -> None:
    assert release_of(page()).release_number == "301199009"
    tracked = "https://www.prnewswire.com/news-releases/halden-301199008-plant-301199009.html?tc=eml_cleartime#x"
    release = release_of(page(url=tracked))
    assert release.release_number == "301199009"
    assert release.url == "https://www.prnewswire.com/news-releases/halden-301199008-plant-301199009.html"


def test_a_canonical_address_on_another_site_is_not_believed() -> None:
    head = '<link rel="canonical" href="https://elsewhere.example/x-301199010.html">'
    release = release_of(page(head=head))
    assert release.url == "https://www.prnewswire.com/news-releases/halden-opens-a-plant-in-2020-301199009.html"
    assert release.release_number == "301199009"


def test_a_ticker_split_by_a_tag_is_one() -> None:
    release = release_of(page())
    assert release.tickers == ("NASDAQ:HLDN",)
    assert "(NASDAQ: HLDN)" in release.lead


def test_tracked_links_are_unwrapped_and_beacons_left_out() -> None:
    body = BODY + (
        '<p>See the <a href="https://c212.net/c/link/?t=0&amp;u=https%3A%2F%2Fc212.net%2Fc%2Flink%2F%3Fu%3D'
        'https%253A%252F%252Fwww.halden.example%252Fa.pdf%26a%3Dx&amp;a=x">plan</a> and '
        '<a href="https://cts.businesswire.com/ct/CT?id=smartlink&amp;url=https%3A%2F%2Fwww.halden.example%2Fb&amp;anchor=b">b</a>'
        ' or write to <a href="mailto:x@halden.example">x</a>.</p><p><img src="https://mma.prnewswire.com/media/1/plant.jpg">'
        '<img src="https://rt.prnewswire.com/rt.gif?NewsItemId=1"><img src="data:image/png;base64,AAAA"></p>'
    )
    release = release_of(page(body=body))
    assert release.links == ("https://www.halden.example/a.pdf", "https://www.halden.example/b")
    assert release.documents == ("https://www.halden.example/a.pdf",)
    assert release.images == ("https://mma.prnewswire.com/media/1/plant.jpg",)


def test_the_text_ends_at_the_source_line() -> None:
    tail = "<p>SOURCE Halden Instruments</p><h4>Related Links</h4><p>http://h.example</p>"
    release = release_of(page(body=BODY + tail))
    assert release.body.endswith("It is large, and it is new.")
    assert release.issuer == "Halden Instruments"


def test_a_summary_above_the_dateline_stays_and_the_lead_follows_the_dateline() -> None:
    release = release_of(page(body="<ul><li>Forty jobs</li></ul>" + BODY))
    assert release.body.startswith("- Forty jobs\n\nHalden Instruments")
    assert release.lead.startswith("Halden Instruments")


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        (LISTING, RejectReason.NOT_A_RELEASE),
        (WALL, RejectReason.BLOCKED),
        ("<html><head><title>404</title></head><body><h1>Page not found</h1></body></html>", RejectReason.ERROR_PAGE),
        ("<html></html>", RejectReason.EMPTY),
        ("", RejectReason.EMPTY),
    ],
)
def test_what_is_no_release_is_a_named_reject(html: str, reason: RejectReason) -> None:
    reject = parse(Page("https://www.prnewswire.com/news-releases/x-300000001.html", html.encode()))
    assert isinstance(reject, Reject)
    assert reject.reason is reason
    assert len(reject.excerpt) <= 200


def test_a_short_release_about_such_walls_is_a_release() -> None:
    body = BODY + "<p>Visitors no longer have to solve the captcha or prove that you are human.</p>"
    assert release_of(page(body=body)).headline == "Halden Opens a Plant"


def test_a_wall_served_as_an_article_is_no_release() -> None:
    body = "<p>You don't have permission to access x on this server.</p><p>Reference #18.a4ed2017.1770828343.f8</p>"
    reject = parse(page(body=body))
    assert isinstance(reject, Reject)
    assert reject.reason is RejectReason.BLOCKED
