"""Walking back: against a local wire, and against a fetcher that answers from a table."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from ingest.addresses import AddressPolicy
from ingest.answers import Blocked, BlockReason, Fetched, FetchFailed, FetchLimits, FetchReason, NotModified
from ingest.fetch import Fetcher
from ingest.politeness import Politeness
from news.source import NO_WAYS, PollState, Source, SourceKind, Ways
from wirewatch import clock
from wirewatch.demo.newswire import FEED_PATH, LISTING_PATH, Fault, LocalNewswire
from wirewatch.demo.releases import numbered
from wirewatch.demo.sitemaps import INDEX_PATH, MONTH_PATHS, NEWS_PATH
from wirewatch.lookback import END, NO_WAY, REACHED, Bookmark, Lookback, Showing, WayEnded

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def source(ways: Ways = NO_WAYS, *, url: str = "https://w.example/feed", wire: str = "prnewswire") -> Source:
    state = PollState(next_poll_at=NOW)
    return Source(
        id=1, name="local", wire=wire, kind=SourceKind.FEED, url=url, interval_s=60, alert_seed=False, trusted=True,
        state=state, ways=ways,
    )  # fmt: skip


async def no_rest(_: float) -> None:
    await asyncio.sleep(0)


class Table:
    """Answers from a table of bodies, statuses or failures, each used up but the last; others are 404."""

    def __init__(self, answers: dict[str, bytes | FetchFailed | Blocked | list[bytes | FetchFailed]]) -> None:
        self.answers, self.asked, self.trusted = answers, [], {}  # type: ignore[var-annotated]

    async def fetch(self, url: str, *, trusted: bool = False) -> Fetched | NotModified | Blocked | FetchFailed:
        await asyncio.sleep(0)
        self.asked.append(url)
        self.trusted[url] = trusted
        answer = self.answers.get(url, FetchFailed(url=url, reason=FetchReason.NOT_FOUND, detail="HTTP 404"))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if not isinstance(answer, bytes):
            return answer
        return Fetched(url=url, final_url=url, status=200, body=answer, content_type="", etag=None,
                       last_modified=None, fetched_at=NOW)  # fmt: skip


def urls(*numbers: int, day: str = "2026-03-02") -> bytes:
    rows = "".join(
        f"<url><loc>https://w.example/{n}.html</loc><lastmod>{day}T00:00:00Z</lastmod></url>" for n in numbers
    )
    return f"<urlset>{rows}</urlset>".encode()


def index(*names: str) -> bytes:
    rows = "".join(f"<sitemap><loc>https://w.example/{name}</loc></sitemap>" for name in names)
    return f"<sitemapindex>{rows}</sitemapindex>".encode()


async def walked(
    table: Table, of: Source, *, until: datetime | None = None, before: datetime | None = None,
    start: Bookmark | None = None, pages_max: int = 50,
) -> list[Showing | WayEnded]:  # fmt: skip
    look = Lookback(table, sleep=no_rest, pages_max=pages_max)
    return [step async for step in look.showings(of, until=until, before=before, start=start)]


def shown(steps: list[Showing | WayEnded]) -> list[str]:
    return [row.url.rpartition("/")[2].removesuffix(".html") for step in steps if isinstance(step, Showing)
            for row in step.rows if row.url]  # fmt: skip


def ends(steps: list[Showing | WayEnded]) -> list[tuple[str, str]]:
    return [(step.way, step.reason) for step in steps if isinstance(step, WayEnded)]


# ------------------------------------------------------------------ on the local wire


@pytest.fixture
def wire() -> Iterator[LocalNewswire]:
    with LocalNewswire(clock=clock.now) as local:
        yield local


def fetcher() -> Fetcher:
    return Fetcher(
        user_agent="Test/1",
        limits=FetchLimits(),
        clock=clock.now,
        politeness=Politeness(monotonic=clock.monotonic, gap_s=0),
        allow=AddressPolicy(()),
    )


def local(wire: LocalNewswire) -> Source:
    ways = Ways(listing=wire.listing_url + "?page={page}", sitemaps=(wire.base_url + INDEX_PATH,))
    return source(ways, url=wire.feed_url)


async def test_listing_pages_and_sitemaps_show_all_that_the_wire_has(wire: LocalNewswire) -> None:
    for n in range(120):
        wire.publish(numbered(n), clock.now() - n * DAY)
    ours = fetcher()
    try:
        steps = [step async for step in Lookback(ours).showings(local(wire))]
    finally:
        await ours.aclose()
    assert ends(steps) == [("listing", END), ("sitemap", END)]
    by_way = {way: {row.url for step in steps if isinstance(step, Showing) and step.way == way for row in step.rows}
              for way in ("listing", "sitemap")}  # fmt: skip
    assert by_way["listing"] == by_way["sitemap"] == {item.url for item in wire.published()}
    assert all(step.ordered and step.exact for step in steps if isinstance(step, Showing))


async def test_a_walk_asks_for_nothing_older_than_it_wants(wire: LocalNewswire) -> None:
    now = clock.now()
    for n in range(200):
        wire.publish(numbered(n), now - n * DAY)
    ours = fetcher()
    try:
        until = now - 40 * DAY
        steps = [step async for step in Lookback(ours).showings(local(wire), until=until)]
    finally:
        await ours.aclose()
    assert ends(steps) == [("listing", REACHED), ("sitemap", REACHED)]
    assert len(wire.requests(LISTING_PATH)) == 3
    assert 2 <= len(wire.requests(MONTH_PATHS)) <= 4
    assert len(wire.requests(FEED_PATH)) == 0


async def test_a_way_that_fails_is_told_of_and_the_next_one_walked(wire: LocalNewswire) -> None:
    wire.publish(numbered(1), clock.now())
    wire.fail(LISTING_PATH, Fault(status=403))
    ours = fetcher()
    try:
        steps = [step async for step in Lookback(ours).showings(local(wire))]
        assert ends(steps) == [("listing", "forbidden: HTTP 403"), ("sitemap", END)]
        assert len(wire.requests(LISTING_PATH)) == 1
        news = source(Ways(sitemaps=(wire.base_url + NEWS_PATH,)))
        assert len(shown([step async for step in Lookback(ours).showings(news)])) == 1
    finally:
        await ours.aclose()


# ------------------------------------------------------------------ pages


async def test_without_a_way_there_is_nothing_and_that_is_said() -> None:
    assert await walked(Table({}), source()) == [WayEnded("local", NO_WAY)]


RSS = "<rss version='2.0'><channel><title>t</title>{}</channel></rss>"


def feed(*numbers: int) -> bytes:
    items = "".join(f"<item><title>T{n}</title><link>https://w.example/{n}.html</link></item>" for n in numbers)
    return RSS.format(items).encode()


async def test_a_feed_may_be_turned_page_by_page_as_a_listing_is_for_a_wire_without_a_reader() -> None:
    table = Table({f"https://w.example/feed?paged={n}": feed(2 * n, 2 * n + 1) for n in (1, 2, 3)})
    steps = await walked(table, source(Ways(listing="https://w.example/feed?paged={page}"), wire="acme"))
    assert shown(steps) == ["2", "3", "4", "5", "6", "7"]
    assert ends(steps) == [("listing", "not-found: HTTP 404")]


async def test_a_transient_failure_is_asked_again_and_one_that_lasts_is_told() -> None:
    busy = FetchFailed(url="", reason=FetchReason.SERVER_ERROR, detail="HTTP 503", retry_after_s=3)
    table = Table({"https://w.example/b": [busy, busy, feed(1)]})
    assert shown(await walked(table, source(Ways(feeds=("https://w.example/b",))))) == ["1"]
    table = Table({"https://w.example/b": busy})
    steps = await walked(table, source(Ways(feeds=("https://w.example/b",))))
    assert ends(steps) == [("feed", "server-error: HTTP 503")]
    assert len(table.asked) == 3


@pytest.mark.parametrize(
    "answer",
    [
        FetchFailed(url="", reason=FetchReason.FORBIDDEN, detail="HTTP 403"),
        FetchFailed(url="", reason=FetchReason.THROTTLED, detail="HTTP 429", retry_after_s=3_600),
        Blocked(url="", reason=BlockReason.ROBOTS, detail="robots.txt disallows it"),
    ],
    ids=["forbidden", "a long rest", "robots"],
)
async def test_a_refusal_is_not_asked_again(answer: FetchFailed | Blocked) -> None:
    table = Table({"https://w.example/b": answer})
    steps = await walked(table, source(Ways(feeds=("https://w.example/b",))))
    assert ends(steps) == [("feed", f"{answer.reason.value}: {answer.detail}")]
    assert len(table.asked) == 1


async def test_a_walk_is_bounded() -> None:
    table = Table({f"https://w.example/?paged={n}": feed(2 * n, 2 * n + 1) for n in range(1, 100)})
    steps = await walked(table, source(Ways(listing="https://w.example/?paged={page}")), pages_max=7)
    assert len(table.asked) == 7
    assert ends(steps) == [("listing", "stopped after 7 pages, the most for one walk")]


async def test_a_walk_goes_on_where_it_was() -> None:
    table = Table({f"https://w.example/?paged={n}": feed(n) for n in range(1, 6)})
    of = source(Ways(feeds=("https://w.example/b",), listing="https://w.example/?paged={page}"))
    assert shown(await walked(table, of, start=Bookmark("listing", 3))) == ["3", "4", "5"]
    assert "https://w.example/b" not in table.asked
    assert len(shown(await walked(table, of, start=Bookmark("a way that is no more", 3)))) == 5


# ------------------------------------------------------------------ sitemaps


def of_sitemap(template: str, **more: str) -> Source:
    return source(Ways(sitemaps=(template,)), **more)


MONTHS = {
    "https://w.example/2026-03.xml": urls(5, 4, day="2026-03-02"),
    "https://w.example/2026-02.xml": urls(3, 2, day="2026-02-10"),
    "https://w.example/2026-01.xml": urls(1, day="2026-01-05"),
}
TO_JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def march(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.mark.usefixtures("march")
async def test_dated_sitemaps_are_asked_for_from_the_newest_back() -> None:
    table = Table(dict(MONTHS) | {"https://w.example/2025-12.xml": urls(0, day="2025-12-31")})
    steps = await walked(table, of_sitemap("https://w.example/{year}-{month}.xml"), until=TO_JANUARY)
    assert shown(steps) == ["5", "4", "3", "2", "1", "0"]  # the last day of December may be January's by another clock
    assert ends(steps) == [("sitemap", REACHED)]
    assert not any(step.exact for step in steps if isinstance(step, Showing))


@pytest.mark.usefixtures("march")
async def test_what_came_later_than_is_wanted_is_not_asked_for() -> None:
    table = Table(dict(MONTHS))
    before = datetime(2026, 1, 20, tzinfo=UTC)
    await walked(table, of_sitemap("https://w.example/{year}-{month}.xml"), until=TO_JANUARY + 5 * DAY, before=before)
    assert table.asked == ["https://w.example/2026-01.xml"]


async def test_a_month_that_has_hardly_begun_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 1, 0, 30, tzinfo=UTC))
    table = Table({url: body for url, body in MONTHS.items() if "2026-03" not in url})
    since = datetime(2026, 1, 3, tzinfo=UTC)
    steps = await walked(table, of_sitemap("https://w.example/{year}-{month}.xml"), until=since)
    assert ends(steps) == [("sitemap", REACHED)]
    assert shown(steps) == ["3", "2", "1"]


@pytest.mark.usefixtures("march")
async def test_a_month_that_cannot_be_had_is_told_of_and_the_others_are_read() -> None:
    table = Table({url: body for url, body in MONTHS.items() if "2026-02" not in url})
    steps = await walked(table, of_sitemap("https://w.example/{year}-{month}.xml"), until=TO_JANUARY + 3 * DAY)
    assert shown(steps) == ["5", "4", "1"]
    assert ends(steps) == [("sitemap", "https://w.example/2026-02.xml: not-found: HTTP 404")]


async def test_an_index_is_unfolded_as_far_as_is_wanted() -> None:
    table = Table(dict(MONTHS) | {"https://w.example/all.xml": index("2026-01.xml", "2026-02.xml", "2026-03.xml")})
    steps = await walked(table, of_sitemap("https://w.example/all.xml"))
    assert shown(steps) == ["5", "4", "3", "2", "1"]
    assert ends(steps) == [("sitemap", END)]
    table.asked.clear()
    steps = await walked(table, of_sitemap("https://w.example/all.xml"), until=datetime(2026, 2, 20, tzinfo=UTC))
    assert table.asked == [f"https://w.example/{name}.xml" for name in ("all", "2026-03", "2026-02")]
    assert ends(steps) == [("sitemap", REACHED)]


async def test_an_index_that_names_itself_comes_to_an_end() -> None:
    table = Table({"https://w.example/all.xml": index("all.xml", "all.xml")})
    assert ends(await walked(table, of_sitemap("https://w.example/all.xml"))) == [("sitemap", END)]
    assert len(table.asked) < 50


async def test_other_hosts_than_that_of_the_index_are_not_trusted_for_it() -> None:
    body = b"<sitemapindex><sitemap><loc>http://10.0.0.1/x.xml</loc></sitemap><sitemap><loc>/y.xml</loc></sitemap></sitemapindex>"
    table = Table({"https://w.example/all.xml": body})
    await walked(table, of_sitemap("https://w.example/all.xml"))
    assert table.trusted["https://w.example/y.xml"]
    assert not table.trusted["http://10.0.0.1/x.xml"]


@pytest.mark.parametrize("beyond", [None, urls(), urls(1)], ids=["404", "empty", "the last again"])
async def test_numbered_sitemaps_end_where_there_are_no_more(beyond: bytes | None) -> None:
    answers = {"https://w.example/?page=1": urls(3, 2), "https://w.example/?page=2": urls(1)}
    table = Table(answers | ({} if beyond is None else {"https://w.example/?page=3": beyond}))  # type: ignore[arg-type]
    steps = await walked(table, of_sitemap("https://w.example/?page={page}"))
    assert shown(steps) == ["3", "2", "1"]
    assert ends(steps) == [("sitemap", END)]


async def test_a_walk_through_an_index_goes_on_at_the_sitemap_it_was_at() -> None:
    table = Table(dict(MONTHS) | {"https://w.example/all.xml": index("2026-01.xml", "2026-02.xml", "2026-03.xml")})
    start = Bookmark("sitemap", 2, "https://w.example/2026-02.xml")
    assert shown(await walked(table, of_sitemap("https://w.example/all.xml"), start=start)) == ["3", "2", "1"]
    assert "https://w.example/2026-03.xml" not in table.asked
    gone = Bookmark("sitemap", 2, "https://w.example/2024-02.xml")
    assert shown(await walked(table, of_sitemap("https://w.example/all.xml"), start=gone)) == ["5", "4", "3", "2", "1"]


async def test_a_bot_wall_in_place_of_a_sitemap_is_told_as_one() -> None:
    wall = b"<html><title>Just a moment...</title><p>Checking your browser before accessing w.example"
    steps = await walked(Table({"https://w.example/all.xml": wall}), of_sitemap("https://w.example/all.xml"))
    [(_, reason)] = ends(steps)
    assert reason.startswith("https://w.example/all.xml: blocked:")
