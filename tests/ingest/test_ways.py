"""Which other addresses show a source's rows, which days they name, and how shifting pages are turned."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from config.catalogue import wires
from ingest.sitemaps import Child
from ingest.ways import (
    Leaf,
    Period,
    Span,
    Way,
    all_older,
    dated_addresses,
    newest_first,
    newest_sitemap_first,
    period_of,
    ways_back,
)
from news.source import NO_WAYS, Listed, PollState, Source, SourceKind, Ways

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def source(url: str = "https://wire.example/feed", ways: Ways = NO_WAYS, kind: SourceKind = SourceKind.FEED) -> Source:
    state = PollState(next_poll_at=NOW)
    return Source(
        id=1, name="s", wire="acme", kind=kind, url=url, interval_s=60, alert_seed=False, trusted=True, state=state,
        ways=ways,
    )  # fmt: skip


def row(n: int, stamp: datetime | None = None) -> Listed:
    return Listed(url=f"https://wire.example/{n}.html", guid=None, title=f"R{n}", stamp=stamp)


# ------------------------------------------------------------------ which


def test_the_cheapest_way_comes_first() -> None:
    own = Ways(listing="https://w.example/?page={page}", feeds=("https://w.example/b", "https://w.example/c"),
               sitemaps=("https://w.example/{year}-{month}.xml",))  # fmt: skip
    assert [(way.name, way.kind) for way in ways_back(source(ways=own))] == [
        ("feed", SourceKind.FEED),
        ("feed 2", SourceKind.FEED),
        ("listing", SourceKind.LISTING),
        ("sitemap", SourceKind.SITEMAP),
    ]


def test_what_the_catalogue_knows_of_an_address_holds_where_the_user_said_nothing() -> None:
    known = next(feed for wire in wires() for feed in wire.feeds if feed.ways.listing and feed.ways.sitemaps)
    of_it = ways_back(source(known.url))
    assert {way.template for way in of_it} >= {known.ways.listing, *known.ways.sitemaps}
    mine = ways_back(source(known.url, Ways(listing="https://mine.example/{page}")))
    assert [way.template for way in mine if way.kind is SourceKind.LISTING] == ["https://mine.example/{page}"]
    assert [way.template for way in mine if way.kind is SourceKind.SITEMAP] == list(known.ways.sitemaps)


def test_a_source_is_no_way_back_to_itself() -> None:
    url = "https://w.example/feed"
    assert ways_back(source(url, Ways(feeds=(url,)))) == ()
    assert ways_back(source(url)) == ()


@pytest.mark.parametrize(
    ("url", "template"),
    [
        ("https://w.example/news?page=1&pagesize=100", "https://w.example/news?page={page}&pagesize=100"),
        ("https://w.example/news?size=9&pg=1", "https://w.example/news?size=9&pg={page}"),
        ("https://w.example/news?page=10", None),
        ("https://w.example/news?homepage=1", None),
        ("https://w.example/news", None),
    ],
)
def test_a_listing_page_that_says_to_be_the_first_is_followed_by_others(url: str, template: str | None) -> None:
    found = ways_back(source(url, kind=SourceKind.LISTING))
    assert [way.template for way in found] == ([template] if template else [])
    assert ways_back(source(url)) == ()


def test_every_way_of_the_catalogue_is_numbered_or_dated_or_one_document() -> None:
    for wire in wires():
        for feed in wire.feeds:
            if feed.ways.listing:
                assert "{page}" in feed.ways.listing
            for template in feed.ways.sitemaps:
                assert not ("{page}" in template and "{month}" in template)


# ------------------------------------------------------------------ days


@pytest.mark.parametrize(
    ("url", "first", "last"),
    [
        ("/home/2026-03-02.xml.gz", date(2026, 3, 2), date(2026, 3, 2)),
        ("/home/20260302.xml", date(2026, 3, 2), date(2026, 3, 2)),
        ("/news/en/2024-02.xml", date(2024, 2, 1), date(2024, 2, 29)),
        ("/2023/12/sitemap.xml", date(2023, 12, 1), date(2023, 12, 31)),
        ("/Sitemap_Index_Feb_2021.xml.gz", date(2021, 2, 1), date(2021, 2, 28)),
        ("/sitemap-september-2020.xml", date(2020, 9, 1), date(2020, 9, 30)),
    ],
)
def test_the_days_that_an_address_names(url: str, first: date, last: date) -> None:
    assert period_of(f"https://wire.example{url}") == Period(first, last)


@pytest.mark.parametrize(
    "url",
    ["/sitemap.xml", "/sitemap-3.xml", "/post-sitemap-190503.xml", "/2021-13.xml", "/20260231.xml", "/a-309999999.xml",
     "/marketing-2021.xml", "/sitemap-2021.xml"],
)  # fmt: skip
def test_an_address_that_names_no_days_may_hold_any(url: str) -> None:
    assert period_of(f"https://wire.example{url}") is None


@given(
    at=st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(["America/New_York", "Asia/Shanghai", "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"]),
    template=st.sampled_from(["/{year}-{month}-{day}.xml", "/{year}-{month}.xml", "/{year}.xml"]),
    days=st.integers(0, 80),
)
def test_the_document_of_a_release_is_asked_for_whatever_the_wires_clock(
    at: datetime, zone: str, template: str, days: int
) -> None:
    """The wire files it by its own calendar, at a change of its clocks too; we know it by the moment alone."""
    local = at.astimezone(ZoneInfo(zone))
    filed = template.format(year=f"{local:%Y}", month=f"{local:%m}", day=f"{local:%d}")
    way = Way("sitemap", SourceKind.SITEMAP, template)
    asked = list(dated_addresses(way, newest=at + timedelta(days=days), oldest=at))
    assert filed in [url for url, _ in asked]
    assert len(asked) == len({url for url, _ in asked})
    assert len(asked) <= days + 5
    span = Span(at, at + timedelta(seconds=1))
    period = next(period for url, period in asked if url == filed)
    assert not span.is_over(period)
    assert not span.is_later(period)


def test_days_go_back_without_a_bound_as_far_as_there_can_be_any() -> None:
    way = Way("sitemap", SourceKind.SITEMAP, "/{year}-{month}.xml")
    urls = [url for url, _ in dated_addresses(way, newest=NOW, oldest=None)]
    assert urls[:3] == ["/2026-03.xml", "/2026-02.xml", "/2026-01.xml"]
    assert urls[-1] == "/1990-01.xml"


def test_an_index_is_read_from_the_newest_back() -> None:
    names = ["Sitemap_Jan_2021", "Sitemap_Mar_2021", "pages", "Sitemap_Feb_2021"]
    children = [Child(f"https://w.example/{name}.xml") for name in names]
    children.append(Child("https://w.example/old.xml", datetime(2019, 1, 1, tzinfo=UTC)))
    order = [child.url.rpartition("/")[2].removesuffix(".xml") for child, _ in newest_sitemap_first(children)]
    assert order == ["pages", "Sitemap_Mar_2021", "Sitemap_Feb_2021", "Sitemap_Jan_2021", "old"]


def test_rows_are_sorted_by_their_stamps_and_those_without_stand_last() -> None:
    rows = [row(1, NOW - timedelta(hours=2)), row(2), row(3, NOW)]
    assert [each.title for each in newest_first(rows)[0]] == ["R3", "R1", "R2"]
    assert not newest_first(rows)[1]
    assert newest_first(rows[:1])[1]
    assert all_older(rows[:1], NOW)
    assert not all_older(rows, NOW + timedelta(1))
    assert not all_older([], NOW)


# ------------------------------------------------------------------ pages


class Shelf:
    """A listing that grows at its top; beyond its end it shows its last page again."""

    def __init__(self, rows: int, size: int, *, pinned: int = 0, clamps: bool = True) -> None:
        self.numbers = list(range(rows - 1, -1, -1))
        self.size, self.pinned, self.clamps = size, pinned, clamps
        self.asked = 0

    def grow(self, rows: int) -> None:
        top = self.numbers[0] + 1
        self.numbers = [*range(top + rows - 1, top - 1, -1), *self.numbers]

    def page(self, number: int) -> list[Listed]:
        self.asked += 1
        last = max(1, -(-len(self.numbers) // self.size))
        if number > last:
            if not self.clamps:
                return []
            number = last
        shown = self.numbers[(number - 1) * self.size : number * self.size]
        return [*(row(-1 - n) for n in range(self.pinned)), *map(row, shown)]


def walked(shelf: Shelf, growth: list[int], first: int = 1) -> set[str]:
    """What a walk shows of a listing that grows by so many rows between two pages."""
    leaf, seen = Leaf(first), set[str]()
    for rows in [*growth, *([0] * 500)]:
        shown = shelf.page(leaf.number)
        seen |= {each.title for each in shown}
        if leaf.turn(shown) is None:
            return seen
        shelf.grow(rows)
    raise AssertionError("it never came to an end")


@settings(deadline=None)
@given(
    rows=st.integers(1, 300),
    size=st.sampled_from([10, 25, 100]),
    growth=st.lists(st.one_of(st.integers(0, 3), st.sampled_from([0, 10, 24, 25, 26, 60])), max_size=40),
    pinned=st.integers(0, 2),
    clamps=st.booleans(),
)
def test_no_row_is_passed_over_while_others_are_put_above_them(
    rows: int, size: int, growth: list[int], pinned: int, clamps: bool
) -> None:
    """It ends, and shows all that was there when it began."""
    assume(sum(growth) < size * 18)  # beyond that it is taken for the end
    # A page that is pushed on exactly whole twice running looks like the last page of all.
    whole = [each > 0 and each % size == 0 for each in growth]
    assume(not any(one and other for one, other in pairwise(whole)))
    shelf = Shelf(rows, size, pinned=pinned, clamps=clamps)
    assert walked(shelf, growth) >= {f"R{n}" for n in range(rows)}


def test_a_page_that_shows_the_last_one_again_ends_the_walk() -> None:
    shelf = Shelf(60, 25)
    assert len(walked(shelf, [])) == 60
    assert shelf.asked == 4  # a short page that comes again is enough
    shelf = Shelf(50, 25)
    assert len(walked(shelf, [])) == 50
    assert shelf.asked == 4  # a full one must come twice more: exactly one page may have been put above it


def test_a_page_pushed_on_whole_is_not_the_end() -> None:
    shelf = Shelf(100, 25)
    assert len({title for title in walked(shelf, [25]) if int(title[1:]) < 100}) == 100


def test_a_burst_of_many_pages_in_a_walk_is_walked_through() -> None:
    assert walked(Shelf(200, 25), [0, 0, 200]) >= {f"R{n}" for n in range(200)}


def test_a_walk_goes_on_at_a_page_and_passes_none_over() -> None:
    shelf = Shelf(100, 25)
    shelf.grow(30)
    assert walked(shelf, [], first=3) >= {f"R{n}" for n in range(50)}


def test_a_single_page_that_is_always_the_same_ends() -> None:
    assert walked(Shelf(7, 25), []) == {f"R{n}" for n in range(7)}
