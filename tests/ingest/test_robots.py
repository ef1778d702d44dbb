from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rude_server import RudeServer, endless, page, raw, redirect, rude_server

from ingest.addresses import networks
from ingest.answers import FetchReason
from ingest.fetch import Blocked, BlockReason, FetchAnswer, Fetched, Fetcher, FetchFailed, FetchLimits
from ingest.politeness import Politeness
from ingest.robots import (
    ROBOTS_BYTES_MAX,
    Allowed,
    Disallowed,
    NoRobots,
    Robots,
    RobotsAnswer,
    RobotsText,
    RobotsUnreachable,
)

AGENT = "Wirewatch/1.0 (+https://wirewatch.example/about)"
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "robots"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 9, 9, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return time.monotonic() + self.now.timestamp()


@pytest.fixture
async def rude() -> AsyncIterator[RudeServer]:
    async with rude_server() as server:
        server.answers["/page"] = page(b"page")
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def fetcher(clock: Clock) -> AsyncIterator[Fetcher]:
    async def here(host: str, port: int) -> Sequence[str]:
        return (host,) if host[0].isdigit() else ("127.0.0.1",)

    one = Fetcher(
        user_agent=AGENT,
        limits=FetchLimits(connect_s=2.0, read_s=2.0, total_s=3.0),
        clock=clock,
        politeness=Politeness(monotonic=clock.monotonic, gap_s=0.0, gap_max_s=0.3),
        allow=networks(["127.0.0.0/8"]),
        resolve=here,
    )
    yield one
    await one.aclose()


async def ask(fetcher: Fetcher, rude: RudeServer, path: str = "/page") -> FetchAnswer:
    async with asyncio.timeout(10.0):
        return await fetcher.fetch(rude.url(path))


async def test_what_robots_txt_disallows_is_not_asked_for(rude: RudeServer, fetcher: Fetcher) -> None:
    rude.answers["/robots.txt"] = page(b"User-agent: *\nDisallow: /pa\nAllow: /page/open\n")
    rude.answers["/page/open"] = page(b"open")
    barred = await ask(fetcher, rude)
    assert isinstance(barred, Blocked)
    assert barred.reason is BlockReason.ROBOTS
    assert isinstance(await ask(fetcher, rude, "/page/open"), Fetched)
    assert rude.paths() == ["/robots.txt", "/page/open"]


async def test_rules_for_our_own_name_come_before_those_for_all(rude: RudeServer, fetcher: Fetcher) -> None:
    rude.answers["/robots.txt"] = page(b"User-agent: *\nDisallow: /\n\nUser-agent: wirewatch\nDisallow: /private\n")
    assert isinstance(await ask(fetcher, rude), Fetched)
    assert isinstance(await ask(fetcher, rude, "/private"), Blocked)


async def test_a_redirect_into_a_disallowed_place_is_blocked(rude: RudeServer, fetcher: Fetcher) -> None:
    rude.answers |= {"/robots.txt": page(b"User-agent: *\nDisallow: /private\n"), "/page": redirect("/private/x")}
    assert isinstance(await ask(fetcher, rude), Blocked)
    assert "/private/x" not in rude.paths()


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_host_without_robots_txt_allows_all(rude: RudeServer, fetcher: Fetcher, status: int) -> None:
    rude.answers["/robots.txt"] = page(b"", status=status)
    assert isinstance(await ask(fetcher, rude), Fetched)


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_host_that_cannot_serve_its_rules_is_left_alone_for_a_minute(
    rude: RudeServer, fetcher: Fetcher, clock: Clock, status: int
) -> None:
    rude.answers["/robots.txt"] = page(b"", status=status)
    for _ in range(3):
        answer = await ask(fetcher, rude)
        assert isinstance(answer, FetchFailed)
        assert answer.reason is FetchReason.ROBOTS
    assert rude.paths() == ["/robots.txt"]
    clock.now += timedelta(minutes=2)
    rude.answers["/robots.txt"] = page(b"")
    assert isinstance(await ask(fetcher, rude), Fetched)


async def test_a_host_that_cannot_be_reached_gives_its_own_reason(fetcher: Fetcher) -> None:
    async with rude_server() as gone:
        url = gone.url("/page")
    answer = await fetcher.fetch(url)
    assert isinstance(answer, FetchFailed)
    assert answer.reason is FetchReason.REFUSED
    assert answer.url == url


async def test_rules_are_read_once_a_day_and_by_one_at_a_time(rude: RudeServer, fetcher: Fetcher, clock: Clock) -> None:
    rude.answers["/robots.txt"] = page(b"User-agent: *\nAllow: /\n")
    await asyncio.gather(*(ask(fetcher, rude) for _ in range(5)))
    clock.now += timedelta(hours=23)
    await ask(fetcher, rude)
    assert rude.paths().count("/robots.txt") == 1
    clock.now += timedelta(hours=2)
    await ask(fetcher, rude)
    assert rude.paths().count("/robots.txt") == 2


async def test_a_crawl_delay_slows_us_down(rude: RudeServer, fetcher: Fetcher) -> None:
    rude.answers["/robots.txt"] = page(b"User-agent: *\nCrawl-delay: 0.2\n")
    for _ in range(3):
        await ask(fetcher, rude)
    starts = [asked.at for asked in rude.asked if asked.path == "/page"]
    assert all(later - earlier >= 0.19 for earlier, later in itertools.pairwise(starts))


@pytest.mark.parametrize(
    "answer",
    [
        endless(b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /page\n", b"# more\n" * 9_000),
        redirect("/elsewhere.txt"),
    ],
    ids=["endless", "redirected"],
)
async def test_rules_are_read_as_far_as_the_limit_and_behind_redirects(
    rude: RudeServer, fetcher: Fetcher, answer: object
) -> None:
    rude.answers["/robots.txt"] = answer  # type: ignore[assignment]
    rude.answers["/elsewhere.txt"] = page(b"User-agent: *\nDisallow: /page\n")
    assert isinstance(await ask(fetcher, rude), Blocked)


@pytest.mark.parametrize(
    "answer",
    [
        page(b"<html><body>Welcome</body></html>"),
        page(b"\xff\xfe\x00garbage\x80" * 100),
        redirect("/robots.txt"),
        redirect("http://10.0.0.8/robots.txt"),
        page(b"x", headers=("Content-Encoding: br",)),
        page(b"User-agent: *\nDisallow: " + b"/*a" * 50_000 + b"$\n"),
    ],
    ids=["page", "garbage", "loop", "private", "packed", "stars"],
)
async def test_rules_that_cannot_be_read_are_no_rules(rude: RudeServer, fetcher: Fetcher, answer: object) -> None:
    rude.answers["/robots.txt"] = answer  # type: ignore[assignment]
    assert isinstance(await ask(fetcher, rude), Fetched)


async def test_a_rule_cut_in_half_by_the_limit_bars_nothing(clock: Clock) -> None:
    rules = b"User-agent: *\n#" + b"x" * (ROBOTS_BYTES_MAX - 30) + b"\nDisallow: /private/x\n"
    assert b"Disallow: /p" in rules[:ROBOTS_BYTES_MAX]
    robots = Robots(user_agent=AGENT, clock=clock, read=Host(RobotsText(rules)).read)
    assert await robots.ruling("http://a", "http://a/public", trusted=False) == Allowed()
    assert await robots.ruling("http://a", "http://a/private/x", trusted=False) == Allowed()


async def test_rules_that_end_too_soon_are_no_grounds_to_go_on(rude: RudeServer, fetcher: Fetcher) -> None:
    rude.answers["/robots.txt"] = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nUser-agent: *")
    answer = await ask(fetcher, rude)
    assert isinstance(answer, FetchFailed)
    assert answer.reason is FetchReason.TRUNCATED
    assert answer.detail.startswith("robots.txt")
    assert rude.paths() == ["/robots.txt"]


# --- The cache itself


class Host:
    """Answers that a test sets, and how often they were asked for."""

    def __init__(self, answer: RobotsAnswer) -> None:
        self.answer = answer
        self.count = 0

    async def read(self, url: str, trusted: bool) -> RobotsAnswer:
        self.count += 1
        return self.answer


TROUBLE = RobotsUnreachable(reason=FetchReason.SERVER_ERROR, detail="HTTP 500", answered=True)


@pytest.mark.parametrize(
    ("first", "ruling"),
    [(RobotsText(b"User-agent: *\nDisallow: /x"), Disallowed()), (RobotsText(b""), Allowed()), (NoRobots(), Allowed())],
)
async def test_the_previous_rules_stand_while_the_host_is_in_trouble(
    clock: Clock, first: RobotsAnswer, ruling: object
) -> None:
    host = Host(first)
    robots = Robots(user_agent=AGENT, clock=clock, read=host.read)
    await robots.ruling("http://a", "http://a/x", trusted=False)
    clock.now += timedelta(days=2)
    host.answer = TROUBLE
    assert await robots.ruling("http://a", "http://a/x", trusted=False) == ruling
    assert host.count == 2


async def test_only_so_many_hosts_are_remembered(clock: Clock) -> None:
    host = Host(NoRobots())
    robots = Robots(user_agent=AGENT, clock=clock, read=host.read, origins_max=10)
    for number in range(50):
        await robots.ruling(f"http://h{number}", f"http://h{number}/", trusted=False)
    await robots.ruling("http://h49", "http://h49/", trusted=False)
    await robots.ruling("http://h0", "http://h0/", trusted=False)
    assert host.count == 51
    assert len(robots._origins) == 10


async def test_rules_as_long_as_allowed_are_read_and_judged(clock: Clock) -> None:
    rules = b"User-agent: *\n" + b"".join(b"Disallow: /*/%06d*x$\n" % number for number in range(40_000))
    robots = Robots(user_agent=AGENT, clock=clock, read=Host(RobotsText(rules[:ROBOTS_BYTES_MAX])).read)
    for number in range(5):
        assert await robots.ruling("http://a", f"http://a/{'a/' * 500}{number}", trusted=False) == Allowed()


async def test_rates_count_as_delays(clock: Clock) -> None:
    host = Host(RobotsText(b"User-agent: *\nRequest-rate: 1/5\nCrawl-delay: 2\n"))
    robots = Robots(user_agent=AGENT, clock=clock, read=host.read)
    assert await robots.ruling("http://a", "http://a/x", trusted=False) == Allowed(crawl_delay_s=5.0)


async def test_the_captured_rules_allow_what_a_monitor_reads(clock: Clock) -> None:
    path = SHARED / "www.prnewswire.com.robots.txt"
    if not path.is_file():
        pytest.skip(f"the captured rules are not at {SHARED}")
    robots = Robots(user_agent=AGENT, clock=clock, read=Host(RobotsText(path.read_bytes())).read)
    expected = {
        "/rss/news-releases-list.rss": Allowed(),
        "/news-releases/a-302470771.html": Allowed(),
        "/search/": Disallowed(),
    }
    for place, ruling in expected.items():
        assert await robots.ruling("https://w", f"https://w{place}", trusted=False) == ruling
