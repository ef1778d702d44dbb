from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.listing import Listing, read_listing
from ingest.page import Page
from news.release import Reject, RejectReason, iso
from news.source import Listed, SourceKind

CAPTURE = Path(__file__).resolve().parents[2].parent / "shared/real/prnewswire/listing-card.2025-06.fragment.html"
URL = "https://wire.example/news-releases/news-releases-list/?page=1&pagesize=100"
NOON_ET = datetime(2026, 9, 2, 16, 0, tzinfo=UTC)


def read(html: str, *, at: datetime | None = NOON_ET) -> Listing | Reject:
    return read_listing(SourceKind.LISTING, "prnewswire", Page(URL, html.encode(), "text/html; charset=utf-8", at))


def shown(*cards: str, day: str | None = None, at: datetime | None = NOON_ET) -> tuple[Listed, ...]:
    field = f'<input type="hidden" id="date" value="{day}">' if day else ""
    listing = read(f"<!doctype html><html><body>{field}{''.join(cards)}</body></html>", at=at)
    assert isinstance(listing, Listing), listing
    return listing.entries


def card(time: str, title: str = "Acme Opens", href: str = "/news-releases/acme-opens-302000001.html") -> str:
    """A card as the site writes it, with its own line breaks and indents."""
    return f"""
    <div class="row newsCards" lang="en-US">
        <div class="col-sm-12 card">
            <a class="newsreleaseconsolidatelink w-100" href="{href}" role="group" aria-label="News Release">
    <h3 class="no-top-margin remove-outline">
        <small>{time}</small>
        {title}
    </h3>
            <p class="remove-outline">Acme Corp. (NASDAQ: ACME) today&hellip;</p>
            </a>
        </div>
    </div>"""


def stamps(*times: str, day: str | None = None, at: datetime | None = NOON_ET) -> list[str | None]:
    return [iso(entry.stamp) for entry in shown(*(card(time) for time in times), day=day, at=at)]


def test_a_card_gives_its_address_title_teaser_time_and_language() -> None:
    assert shown(card("10:10 ET")) == (
        Listed(
            url="https://wire.example/news-releases/acme-opens-302000001.html",
            guid=None,
            title="Acme Opens",
            summary="Acme Corp. (NASDAQ: ACME) today…",
            stamp=datetime(2026, 9, 2, 14, 10, tzinfo=UTC),
            stamp_text="10:10 ET",
            language="en-US",
        ),
    )


def test_a_card_with_a_picture_is_one_row() -> None:
    link = '<a class="newsreleaseconsolidatelink" href="/news-releases/a-302000002.html">'
    html = f"""
    <div class="row newsCards" lang="en-US">
      <div class="col-sm-4 col-lg-3">{link}<div class="img-ratio-element"><img src="/1.jpg" alt=""></div></a></div>
      <div class="col-sm-8 col-lg-9 pull-left card">{link}
        <h3><small>Sep 01, 2026, 10:00 ET</small> <span class="langspan" lang="zh">盛大 <b>开业</b></span></h3>
        <p class="remove-outline">Teaser.</p><p>More news about: Acme</p></a>
      </div>
    </div>"""
    (entry,) = shown(html)
    assert (entry.title, entry.language, entry.summary) == ("盛大 开业", "zh", "Teaser.")
    assert iso(entry.stamp) == "2026-09-01T14:00:00Z"


def test_more_news_about_is_no_part_of_a_teaser() -> None:
    html = card("10:00 ET").replace("today&hellip;", "today&hellip; More news about: Acme, Robots")
    assert shown(html)[0].summary == "Acme Corp. (NASDAQ: ACME) today…"


def test_short_times_are_of_the_pages_own_day() -> None:
    assert stamps("10:10 ET", "09:00 ET", day="09/01/2026") == ["2026-09-01T14:10:00Z", "2026-09-01T13:00:00Z"]


def test_without_a_day_on_the_page_it_is_the_day_of_the_fetch_in_new_york() -> None:
    at = datetime(2026, 9, 3, 2, 0, tzinfo=UTC)
    assert stamps("21:50 ET", at=at) == ["2026-09-03T01:50:00Z"]


def test_a_time_later_than_the_one_above_it_is_of_the_day_before() -> None:
    at = datetime(2026, 9, 2, 4, 30, tzinfo=UTC)
    assert stamps("00:20 ET", "00:05 ET", "23:50 ET", "23:50 ET", "22:00 ET", "22:30 ET", at=at) == [
        "2026-09-02T04:20:00Z",
        "2026-09-02T04:05:00Z",
        "2026-09-02T03:50:00Z",
        "2026-09-02T03:50:00Z",
        "2026-09-02T02:00:00Z",
        "2026-09-01T02:30:00Z",
    ]


def test_a_time_in_the_future_is_of_the_day_before() -> None:
    at = datetime(2026, 9, 2, 4, 2, tzinfo=UTC)
    assert stamps("23:58 ET", day="09/02/2026", at=at) == ["2026-09-02T03:58:00Z"]


def test_long_times_keep_new_yorks_winter_and_summer() -> None:
    assert stamps("Jan 15, 2026, 08:00 ET", "Jul 15, 2025, 08:00 ET") == [
        "2026-01-15T13:00:00Z",
        "2025-07-15T12:00:00Z",
    ]


def test_a_short_time_under_a_long_one_is_of_that_day() -> None:
    assert stamps("Sep 01, 2026, 10:00 ET", "09:30 ET") == ["2026-09-01T14:00:00Z", "2026-09-01T13:30:00Z"]


@pytest.mark.parametrize("time", ["", "soon", "25:10 ET", "10:99 ET", "10:10 XX"])
def test_an_unreadable_time_leaves_the_row_without_one(time: str) -> None:
    (entry,) = shown(card(time))
    assert (entry.stamp, entry.stamp_text) == (None, time)


def test_without_any_day_a_short_time_is_no_moment() -> None:
    assert stamps("10:10 ET", at=None) == [None]


def test_a_card_without_title_or_address_is_a_counted_reject() -> None:
    listing = read(card("10:00 ET") + card("09:00 ET", title="") + card("08:00 ET", href="mailto:x@y.example"))
    assert isinstance(listing, Listing)
    assert [entry.title for entry in listing.entries] == ["Acme Opens"]
    assert [reject.reason for reject in listing.rejects] == [RejectReason.EMPTY] * 2


def test_a_page_of_no_results_shows_nothing() -> None:
    assert shown(day="09/02/2026") == ()


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("", RejectReason.NOT_A_RELEASE),
        ("<html><title>Home</title><body>Welcome to our newsroom</body></html>", RejectReason.NOT_A_RELEASE),
        (
            "<html><title>Just a moment...</title><body>Checking your browser before accessing</body></html>",
            RejectReason.BLOCKED,
        ),
        ("<b><p>" * 20_000, RejectReason.UNREADABLE),
    ],
)
def test_what_is_no_listing_is_a_named_reject(html: str, reason: RejectReason) -> None:
    answer = read(html)
    assert isinstance(answer, Reject)
    assert answer.reason is reason


def test_a_wire_without_a_reader_is_a_named_reject() -> None:
    answer = read_listing(SourceKind.LISTING, "nobody", Page(URL, b"<html>", None, None))
    assert answer == Reject(RejectReason.INTERNAL, "no reader for the listing pages of nobody")


def test_the_captured_card_is_read() -> None:
    if not CAPTURE.is_file():
        pytest.skip(f"the capture is not at {CAPTURE}")
    page = Page(URL, CAPTURE.read_bytes(), "text/html", datetime(2025, 6, 3, 15, 0, tzinfo=UTC))
    listing = read_listing(SourceKind.LISTING, "prnewswire", page)
    assert isinstance(listing, Listing)
    (entry,) = listing.entries
    assert entry.url is not None
    assert entry.url.endswith("-302470771.html")
    assert entry.title.isupper()
    assert entry.title.endswith("LISTING")
    assert iso(entry.stamp) == "2025-06-03T14:10:00Z"
    assert entry.language == "en-US"
