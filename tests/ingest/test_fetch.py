from __future__ import annotations

import asyncio
import gzip
import itertools
import socket
import ssl
import subprocess
import time
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from rude_server import RudeServer, endless, page, raw, redirect, reset, rude_server

from ingest.addresses import networks, policy, resolve_host
from ingest.fetch import (
    Blocked,
    BlockReason,
    FetchAnswer,
    Fetched,
    Fetcher,
    FetchFailed,
    FetchLimits,
    FetchReason,
    NotModified,
)
from ingest.politeness import Politeness

NOW = datetime(2026, 9, 9, 12, 0, tzinfo=UTC)
AGENT = "Wirewatch/1.0 (+https://wirewatch.example/about)"
LIMITS = FetchLimits(body_bytes_max=1024 * 1024, connect_s=2.0, read_s=2.0, total_s=3.0)
LOOPBACK = networks(["127.0.0.0/8", "::1"])


async def on_loopback(host: str, port: int) -> Sequence[str]:
    """Every name leads to this machine; nothing is asked of a name server."""
    return (host,) if host[0].isdigit() else ("127.0.0.1",)


def fetcher(**options: object) -> Fetcher:
    settings: dict[str, object] = {
        "user_agent": AGENT,
        "limits": LIMITS,
        "clock": lambda: NOW,
        "politeness": Politeness(monotonic=time.monotonic, gap_s=0.0),
        "robots": False,
        "allow": LOOPBACK,
        "resolve": on_loopback,
    }
    return Fetcher(**(settings | options))  # type: ignore[arg-type]


@pytest.fixture
async def rude() -> AsyncIterator[RudeServer]:
    async with rude_server() as server:
        yield server


async def ask(url: str, *, within_s: float = 5.0, **options: object) -> FetchAnswer:
    """One fetch by a fetcher of its own; it must answer in time whatever the server does."""
    asking = {key: options.pop(key) for key in ("etag", "last_modified", "trusted") if key in options}
    one = fetcher(**options)
    try:
        async with asyncio.timeout(within_s):
            return await one.fetch(url, **asking)  # type: ignore[arg-type]
    finally:
        await one.aclose()


async def failure(url: str, **options: object) -> FetchFailed:
    answer = await ask(url, **options)
    assert isinstance(answer, FetchFailed), answer
    assert answer.url == url
    return answer


async def test_a_page_comes_whole_with_what_its_headers_say(rude: RudeServer) -> None:
    rude.answers["/feed"] = page(
        b"<rss/>",
        content_type="text/xml; charset=utf-8",
        headers=('ETag: W/"a\xe9-1"', "Last-Modified: odd  words", "Cache-Control: public, max-age=90"),
    )
    answer = await ask(rude.url("/feed"))
    assert answer == Fetched(
        url=rude.url("/feed"),
        final_url=rude.url("/feed"),
        status=200,
        body=b"<rss/>",
        content_type="text/xml; charset=utf-8",
        etag='W/"a\xe9-1"',
        last_modified="odd  words",
        fetched_at=NOW,
        max_age_s=90.0,
    )


async def test_requests_are_honest_and_carry_no_more_than_needed(rude: RudeServer) -> None:
    rude.answers["/"] = page(b"x", headers=("Set-Cookie: a=b; Path=/",))
    one = fetcher()
    await one.fetch(rude.url("/"))
    await one.fetch(rude.url("/"))
    await one.aclose()
    asked = rude.last()
    assert asked.header("user-agent") == AGENT
    assert asked.header("accept-encoding") == "gzip, deflate"
    assert asked.header("host") == f"127.0.0.1:{rude.port}"
    assert {"cookie", "referer", "authorization"}.isdisjoint(key.lower() for key, _ in asked.headers)


async def test_a_304_needs_the_validators_byte_for_byte(rude: RudeServer) -> None:
    etag, modified = 'W/"\xe9 odd"', "Thu, 1 Jan 70  00:00:00 gmt"

    async def strict(asked: object, writer: asyncio.StreamWriter) -> None:
        same = (asked.header("if-none-match"), asked.header("if-modified-since")) == (etag, modified)  # type: ignore[attr-defined]
        answer = raw(b"HTTP/1.1 304 Not Modified\r\n\r\n") if same else page(b"new")
        await answer(asked, writer)  # type: ignore[arg-type]

    rude.answers["/"] = strict
    first = await ask(rude.url("/"), etag=etag, last_modified=modified)
    assert first == NotModified(url=rude.url("/"), etag=etag, last_modified=modified, fetched_at=NOW)
    assert isinstance(await ask(rude.url("/"), etag=etag.lower(), last_modified=modified), Fetched)


@pytest.mark.parametrize("etag", ['"line\r\nX-Injected: 1"', '"snow ☃"', '"trailing" ', "", "x" * 5_000, '"nul\0"'])
async def test_a_stored_validator_that_no_header_can_hold_is_left_out(rude: RudeServer, etag: str) -> None:
    rude.answers["/"] = page(b"x")
    assert isinstance(await ask(rude.url("/"), etag=etag), Fetched)
    assert rude.last().header("if-none-match") is None
    assert rude.last().header("x-injected") is None


async def test_a_304_that_nobody_asked_for_is_no_answer(rude: RudeServer) -> None:
    rude.answers["/"] = raw(b"HTTP/1.1 304 Not Modified\r\n\r\n")
    assert (await failure(rude.url("/"))).reason is FetchReason.UNEXPECTED_STATUS


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, FetchReason.FORBIDDEN),
        (403, FetchReason.FORBIDDEN),
        (404, FetchReason.NOT_FOUND),
        (410, FetchReason.GONE),
        (418, FetchReason.CLIENT_ERROR),
        (429, FetchReason.THROTTLED),
        (451, FetchReason.FORBIDDEN),
        (500, FetchReason.SERVER_ERROR),
        (503, FetchReason.SERVER_ERROR),
        (202, FetchReason.UNEXPECTED_STATUS),
        (206, FetchReason.UNEXPECTED_STATUS),
        (300, FetchReason.UNEXPECTED_STATUS),
    ],
)
async def test_each_status_has_its_reason(rude: RudeServer, status: int, reason: FetchReason) -> None:
    rude.answers["/"] = page(b"a wall", status=status)
    answer = await failure(rude.url("/"))
    assert (answer.reason, answer.status) == (reason, status)


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("120", 120.0),
        (format_datetime(NOW + timedelta(minutes=3), usegmt=True), 180.0),
        (format_datetime(NOW - timedelta(minutes=3), usegmt=True), 0.0),
        ("99999999", 86_400.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
async def test_retry_after_is_read_in_both_forms(rude: RudeServer, stated: str, seconds: float | None) -> None:
    rude.answers["/"] = page(b"", status=429, headers=(f"Retry-After: {stated}",))
    assert (await failure(rude.url("/"))).retry_after_s == seconds


async def test_a_host_that_asked_for_rest_is_not_asked_again(rude: RudeServer) -> None:
    rude.answers["/"] = page(b"", status=503, headers=("Retry-After: 300",))
    one = fetcher()
    await one.fetch(rude.url("/"))
    resting = await one.fetch(rude.url("/other"))
    await one.aclose()
    assert isinstance(resting, FetchFailed)
    assert resting.reason is FetchReason.RESTING
    assert resting.retry_after_s == pytest.approx(300, abs=5)
    assert rude.paths() == ["/"]


async def test_redirects_are_followed_and_their_permanence_noted(rude: RudeServer) -> None:
    rude.answers |= {
        "/a": redirect("/b", status=301),
        "/b": redirect("c?x=ü", status=308),
        "/c?x=%C3%BC": page(b"here"),
        "/t": redirect("/b", status=302),
    }
    answer = await ask(rude.url("/a"))
    assert isinstance(answer, Fetched)
    assert (answer.url, answer.final_url, answer.permanent_redirect) == (rude.url("/a"), rude.url("/c?x=%C3%BC"), True)
    passing = await ask(rude.url("/t"))
    assert isinstance(passing, Fetched)
    assert not passing.permanent_redirect


async def test_a_redirect_loop_is_a_named_failure(rude: RudeServer) -> None:
    rude.answers |= {"/a": redirect("/b"), "/b": redirect("/a#again")}
    assert (await failure(rude.url("/a"))).reason is FetchReason.REDIRECT_LOOP
    assert rude.paths() == ["/a", "/b"]


async def test_endless_redirects_stop_at_the_limit(rude: RudeServer) -> None:
    rude.answers |= {f"/{n}": redirect(f"/{n + 1}") for n in range(20)}
    assert (await failure(rude.url("/0"))).reason is FetchReason.TOO_MANY_REDIRECTS
    assert len(rude.asked) == LIMITS.redirects_max + 1


@pytest.mark.parametrize("location", ["", "http://[::bad", "http://h:99999/", "https://" + "x" * 5_000])
async def test_a_redirect_to_nowhere_is_a_named_failure(rude: RudeServer, location: str) -> None:
    rude.answers["/"] = redirect(location)
    assert (await failure(rude.url("/"))).reason is FetchReason.BAD_REDIRECT


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:alert(1)", "data:,x"])
async def test_a_redirect_out_of_http_is_blocked(rude: RudeServer, location: str) -> None:
    rude.answers["/"] = redirect(location)
    answer = await ask(rude.url("/"), trusted=True)
    assert isinstance(answer, Blocked)
    assert answer.reason is BlockReason.SCHEME


async def test_validators_and_credentials_never_reach_another_host(rude: RudeServer) -> None:
    async with rude_server() as other:
        other.answers["/x"] = page(b"")
        rude.answers |= {"/a": redirect("/b"), "/b": redirect(other.url("/x", host="other.example"))}
        url = f"http://me:secret@wire.example:{rude.port}/a"
        answer = await ask(url, etag='"1"', last_modified="then", trusted=True)
    assert isinstance(answer, Fetched)
    assert "secret" not in answer.final_url
    for asked in rude.asked:
        assert asked.header("authorization") == "Basic bWU6c2VjcmV0"
        assert (asked.header("if-none-match"), asked.header("if-modified-since")) == ('"1"', "then")
    names = {key.lower() for key, _ in other.last().headers}
    assert names.isdisjoint({"authorization", "if-none-match", "if-modified-since"})


async def test_a_body_declared_too_large_is_not_read(rude: RudeServer) -> None:
    rude.answers["/"] = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n" + bytes(100))
    answer = await failure(rude.url("/"))
    assert (answer.reason, answer.status) == (FetchReason.TOO_LARGE, 200)


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 90000000000\r\n\r\n"]
)
async def test_an_endless_body_ends_at_the_limit(rude: RudeServer, head: bytes) -> None:
    rude.answers["/"] = endless(head, b"x" * 65_536)
    assert (await failure(rude.url("/"))).reason is FetchReason.TOO_LARGE


async def test_a_body_of_50_mb_ends_at_the_limit(rude: RudeServer) -> None:
    rude.answers["/"] = endless(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + bytes(65_536) + b"\r\n"
    )
    assert (await failure(rude.url("/"))).reason is FetchReason.TOO_LARGE


async def test_a_slow_drip_ends_at_the_deadline(rude: RudeServer) -> None:
    rude.answers["/"] = endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x", pause_s=0.05)
    limits = FetchLimits(total_s=0.6)
    began = time.monotonic()
    assert (await failure(rude.url("/"), limits=limits)).reason is FetchReason.TIMEOUT
    assert 0.5 < time.monotonic() - began < 20.0


async def test_a_silent_server_ends_at_the_read_limit(rude: RudeServer) -> None:
    rude.answers["/"] = endless(b"", b"\r\n", pause_s=10.0)
    limits = FetchLimits(read_s=0.3, total_s=4.0)
    answer = await failure(rude.url("/"), limits=limits)
    assert answer.reason in (FetchReason.TIMEOUT, FetchReason.BAD_RESPONSE)


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b"<rss>text</rss>")),
        ("x-gzip", gzip.compress(b"<rss>") + gzip.compress(b"text</rss>") + bytes(64)),
        ("deflate", zlib.compress(b"<rss>text</rss>")),
        ("Deflate", zlib.compress(b"<rss>text</rss>")[2:-4]),
        ("identity", b"<rss>text</rss>"),
    ],
    # A gzip header holds the time: without ids of its own, each worker would name these tests otherwise.
    ids=["gzip", "two members and padding", "deflate", "raw deflate", "identity"],
)
async def test_packed_bodies_are_unpacked(rude: RudeServer, coding: str, packed: bytes) -> None:
    rude.answers["/"] = page(packed, headers=(f"Content-Encoding: {coding}",))
    answer = await ask(rude.url("/"))
    assert isinstance(answer, Fetched)
    assert answer.body == b"<rss>text</rss>"


@pytest.mark.parametrize(
    ("coding", "packed", "reason"),
    [
        ("gzip", gzip.compress(bytes(20_000_000), 9), FetchReason.BOMB),
        ("deflate", zlib.compress(bytes(20_000_000), 9), FetchReason.BOMB),
        ("gzip", gzip.compress(bytes(range(256)) * 8_000, 0), FetchReason.TOO_LARGE),
        ("gzip", gzip.compress(b"") * 40_000, FetchReason.BAD_ENCODING),
        ("gzip", b"<rss>plain after all</rss>", FetchReason.BAD_ENCODING),
        ("gzip", gzip.compress(b"text" * 1_000)[:-12], FetchReason.TRUNCATED),
        ("gzip", gzip.compress(b"text")[:-8] + b"12345678", FetchReason.BAD_ENCODING),
        ("br", b"\x0b\x02\x80", FetchReason.BAD_ENCODING),
        ("gzip, gzip", gzip.compress(gzip.compress(b"text")), FetchReason.BAD_ENCODING),
    ],
    ids=["bomb", "deflate-bomb", "large", "members", "plain", "truncated", "checksum", "brotli", "twice"],
)
async def test_bad_packing_is_a_named_failure(
    rude: RudeServer, coding: str, packed: bytes, reason: FetchReason
) -> None:
    rude.answers["/"] = page(packed, headers=(f"Content-Encoding: {coding}",))
    assert (await failure(rude.url("/"))).reason is reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", FetchReason.TRUNCATED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n", FetchReason.TRUNCATED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nshort\r\n0\r\n\r\n", FetchReason.BAD_RESPONSE),
        (b"", FetchReason.RESET),
        (b"HTTP/1.1 200 OK\r\nContent-Len", FetchReason.RESET),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", FetchReason.BAD_RESPONSE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nshort", FetchReason.BAD_RESPONSE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\nshort", FetchReason.BAD_RESPONSE),
        (b"HTTP/1.1 99999 OK\r\n\r\n", FetchReason.BAD_RESPONSE),
    ],
)
async def test_broken_http_is_a_named_failure(rude: RudeServer, data: bytes, reason: FetchReason) -> None:
    rude.answers["/"] = raw(data)
    assert (await failure(rude.url("/"))).reason is reason


async def test_a_reset_amid_the_body_is_a_named_failure(rude: RudeServer) -> None:
    rude.answers["/"] = reset(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
    assert (await failure(rude.url("/"))).reason is FetchReason.RESET


@pytest.mark.parametrize("count", [1_000, 100_000])
async def test_a_flood_of_headers_is_a_named_failure(rude: RudeServer, count: int) -> None:
    rude.answers["/"] = raw(b"HTTP/1.1 200 OK\r\n" + b"X-Flood: " + b"x" * 80 + b"\r\n" + b"X-More: 1\r\n" * count * 8)
    answer = await failure(rude.url("/"))
    assert answer.reason in (FetchReason.BAD_RESPONSE, FetchReason.RESET)


async def test_headers_beyond_our_limit_are_a_named_failure(rude: RudeServer) -> None:
    rude.answers["/"] = page(b"x", headers=tuple(f"X-{n}: {'x' * 100}" for n in range(650)))
    assert (await failure(rude.url("/"))).reason is FetchReason.BAD_RESPONSE
    assert isinstance(await ask(rude.url("/"), limits=FetchLimits(header_bytes_max=90_000)), Fetched)


async def test_a_closed_port_is_refused_and_an_unknown_name_is_dns() -> None:
    async with rude_server() as gone:
        url = gone.url("/")
    assert (await failure(url)).reason is FetchReason.REFUSED

    async def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    assert (await failure("http://nowhere.example/", resolve=unknown)).reason is FetchReason.DNS


async def test_the_next_address_is_tried_when_the_first_takes_no_connection(rude: RudeServer) -> None:
    rude.answers["/"] = page(b"here")

    async def two(host: str, port: int) -> Sequence[str]:
        return ("::1", "127.0.0.1")

    assert isinstance(await ask(rude.url("/", host="two.example"), resolve=two), Fetched)
    assert rude.last().header("host") == f"two.example:{rude.port}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "no scheme",
        "http://",
        "http:///path",
        "http://[::bad/",
        "http://h:99999/",
        "http://" + "h" * 5_000,
        "http://\x00/",
    ],
)
async def test_what_is_no_address_is_blocked(url: str) -> None:
    answer = await ask(url)
    assert isinstance(answer, Blocked)
    assert answer.reason in (BlockReason.URL, BlockReason.SCHEME)


# --- Where a stranger's link may lead


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "017700000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "10.0.0.8",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "0.0.0.0",
        "１２７.0.0.1",
    ],
)
async def test_a_strangers_link_to_a_private_number_is_blocked(rude: RudeServer, host: str) -> None:
    answer = await ask(rude.url("/", host=host), allow=(), resolve=resolve_host)
    assert isinstance(answer, Blocked), answer
    assert answer.reason in (BlockReason.ADDRESS, BlockReason.URL)
    assert rude.asked == []


async def test_a_name_that_leads_home_is_blocked_unless_trusted_or_allowed(rude: RudeServer) -> None:
    rude.answers["/"] = page(b"inside")
    url = rude.url("/", host="innocent.example")
    assert isinstance(await ask(url, allow=()), Blocked)
    assert rude.asked == []
    assert isinstance(await ask(url, allow=(), trusted=True), Fetched)
    assert isinstance(await ask(url, allow=networks(["127.0.0.0/8"])), Fetched)
    assert isinstance(await ask(url, allow=policy(["innocent.example"])), Fetched)
    assert isinstance(await ask(url, allow=policy(["another.example"])), Blocked)


async def test_the_connection_goes_to_the_address_that_was_checked(rude: RudeServer) -> None:
    """A name that answers anew for each look-up gains nothing: there is only one."""
    rude.answers["/"] = page(b"x")
    looked_up = 0

    async def rebinding(host: str, port: int) -> Sequence[str]:
        nonlocal looked_up
        looked_up += 1
        return ("93.184.216.34",) if looked_up > 1 else ("127.0.0.1",)

    assert isinstance(await ask(rude.url("/", host="swap.example"), resolve=rebinding), Fetched)
    assert looked_up == 1


async def test_a_redirect_into_the_private_net_is_blocked(rude: RudeServer) -> None:
    """The first host is allowed; where it sends us is not."""
    rude.answers["/"] = redirect("http://10.0.0.8/admin")
    answer = await ask(rude.url("/"))
    assert isinstance(answer, Blocked)
    assert answer.reason is BlockReason.ADDRESS
    assert answer.url == rude.url("/")
    assert "10.0.0.8" in answer.detail


async def test_trust_ends_where_the_redirect_leaves_the_host_or_port(rude: RudeServer) -> None:
    async with rude_server() as other:
        other.answers["/x"] = page(b"")
        rude.answers |= {
            "/near": redirect("/here"),
            "/here": page(b"near"),
            "/far": redirect(other.url("/x")),
        }
        assert isinstance(await ask(rude.url("/near"), trusted=True, allow=()), Fetched)
        assert isinstance(await ask(rude.url("/far"), trusted=True, allow=()), Blocked)
        assert other.asked == []


async def test_a_user_name_in_a_strangers_link_is_blocked(rude: RudeServer) -> None:
    answer = await ask(f"http://wire.example@127.0.0.1:{rude.port}/")
    assert isinstance(answer, Blocked)
    assert answer.reason is BlockReason.CREDENTIALS


# --- Turns


async def test_a_host_gets_one_request_at_a_time_with_a_pause(rude: RudeServer) -> None:
    rude.answers |= {f"/{n}": page(b"x") for n in range(4)}
    one = fetcher(politeness=Politeness(monotonic=time.monotonic, gap_s=0.15))
    answers = await asyncio.gather(*(one.fetch(rude.url(f"/{n}")) for n in range(4)))
    await one.aclose()
    assert all(isinstance(answer, Fetched) for answer in answers)
    assert rude.under_way_max == 1
    starts = [asked.at for asked in rude.asked]
    assert all(later - earlier >= 0.14 for earlier, later in itertools.pairwise(starts))


async def test_cancellation_passes_through_and_frees_the_turn(rude: RudeServer) -> None:
    rude.answers |= {"/slow": endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x", pause_s=0.05), "/": page(b"x")}
    one = fetcher(limits=FetchLimits(total_s=30.0))
    task = asyncio.create_task(one.fetch(rude.url("/slow")))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(2.0):
        assert isinstance(await one.fetch(rude.url("/")), Fetched)
    await one.aclose()


# --- TLS


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=wire.example"]
    command += ["-addext", "subjectAltName=DNS:wire.example"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    except FileNotFoundError:
        pytest.skip("the openssl command is not installed, so there is no certificate to serve")
    return key, cert


async def test_tls_names_and_checks_the_host_not_the_address(certificate: tuple[Path, Path]) -> None:
    key, cert = certificate
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(cert, key)
    named: list[str | None] = []
    serving.sni_callback = lambda _socket, name, _context: named.append(name)
    async with rude_server(serving) as rude:
        rude.answers["/"] = page(b"sealed")
        trusting = ssl.create_default_context(cafile=str(cert))
        transport: Callable[[], httpx.AsyncHTTPTransport] = lambda: httpx.AsyncHTTPTransport(verify=trusting)  # noqa: E731 (a context may be shared, a transport is closed with its fetcher)
        right = await ask(rude.url("/", host="wire.example", scheme="https"), transport=transport())
        wrong = await ask(rude.url("/", host="other.example", scheme="https"), transport=transport())
        unknown = await ask(rude.url("/", host="wire.example", scheme="https"))
    assert isinstance(right, Fetched)
    assert right.body == b"sealed"
    assert named == ["wire.example", "other.example", "wire.example"]
    for answer in (wrong, unknown):
        assert isinstance(answer, FetchFailed)
        assert answer.reason is FetchReason.TLS


async def test_a_plain_server_behind_https_is_a_tls_failure(rude: RudeServer) -> None:
    rude.answers["/"] = page(b"x")
    answer = await failure(rude.url("/", scheme="https"), limits=FetchLimits(connect_s=0.4))
    assert answer.reason in (FetchReason.TLS, FetchReason.TIMEOUT)
