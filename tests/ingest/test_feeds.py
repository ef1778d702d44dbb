from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feed_cases
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.feeds import read_feed
from ingest.listing import Listing, guids_collide, read_listing
from ingest.page import Page
from ingest.parse import release_from_listed
from ingest.rows import ROWS_MAX
from news.release import Reject, RejectReason, iso
from news.source import Listed, SourceKind

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "feeds"
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

RSS = b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>'
ITEM = b"<item><title>T%d</title><link>https://wire.example/%d</link><guid>g%d</guid></item>"
END = b"</channel></rss>"


def feed(body: bytes, content_type: str | None = "application/rss+xml") -> Listing | Reject:
    page = Page("https://wire.example/feed", body, content_type, NOW)
    return read_listing(SourceKind.FEED, "any", page)


def rows(body: bytes, content_type: str | None = "application/rss+xml") -> Listing:
    listing = feed(body, content_type)
    assert isinstance(listing, Listing), listing
    return listing


def only(body: bytes) -> Listed:
    listing = rows(RSS + body + END)
    assert len(listing.entries) == 1, listing
    return listing.entries[0]


def as_json(listing: Listing) -> dict[str, Any]:
    times = [{"stamp": iso(entry.stamp), "updated": iso(entry.updated)} for entry in listing.entries]
    entries = [asdict(entry) | told for entry, told in zip(listing.entries, times, strict=True)]
    rejects = [[reject.reason.value, reject.excerpt] for reject in listing.rejects]
    return {"entries": entries, "rejects": rejects, "ttl_s": listing.ttl_s, "guids_collide": listing.guids_collide}


GOLDENS = sorted(path for path in GOLDEN.iterdir() if path.suffix in {".xml", ".json"} and ".rows." not in path.name)


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.name)
def test_feeds_of_the_known_shapes_give_their_rows(path: Path) -> None:
    expected = json.loads(path.with_suffix(".rows.json").read_text())
    assert json.loads(json.dumps(as_json(rows(path.read_bytes())))) == expected


def test_every_golden_feed_is_there() -> None:
    assert len(GOLDENS) == 5


@pytest.mark.parametrize(
    ("stated", "utc"),
    [
        ("Thu, 16 Jul 2026 15:46:00 +0000", "2026-07-16T15:46:00Z"),
        ("Fri, 02 Oct 2026 18:06 GMT", "2026-10-02T18:06:00Z"),
        ("Fri, 02 Oct 2026 15:45:00 GMT", "2026-10-02T15:45:00Z"),
        ("Fri, 02 Oct 2026 15:45:00 CEST", "2026-10-02T13:45:00Z"),
        ("Fri, 02 Oct 2026 15:45:00 EST", "2026-10-02T19:45:00Z"),
        ("2026-10-02T15:45:00+09:00", "2026-10-02T06:45:00Z"),
        ("2026-10-02", None),
        ("yesterday", None),
    ],
)
def test_times_are_read_in_their_own_zone_or_not_at_all(stated: str, utc: str | None) -> None:
    entry = only(b"<item><link>https://wire.example/1</link><pubDate>%s</pubDate></item>" % stated.encode())
    assert iso(entry.stamp) == utc
    assert entry.stamp_text == stated


@pytest.mark.parametrize(
    ("item", "url"),
    [
        (b"<link>HTTPS://Wire.Example:443/a?utm_source=rss&amp;b=1#x</link>", "https://wire.example/a?b=1"),
        (b"<link>/a</link>", "https://wire.example/a"),
        (b"<guid isPermaLink='true'>https://wire.example/g</guid>", "https://wire.example/g"),
        (b"<guid isPermaLink='false'>https://wire.example/g</guid>", "https://wire.example/g"),
        (b"<guid>urn:x</guid><link>javascript:alert(1)</link>", None),
        (b"<guid>urn:x</guid>", None),
    ],
)
def test_addresses_are_canonical_and_only_of_the_web(item: bytes, url: str | None) -> None:
    assert only(b"<item><title>t</title>" + item + b"</item>").url == url


def test_an_item_that_says_nothing_is_a_counted_reject_and_the_rest_go_on() -> None:
    empty = b"<item><pubDate>Thu, 16 Jul 2026 15:46:00 +0000</pubDate><author>a@b.example</author></item>"
    listing = rows(RSS + ITEM % (1, 1, 1) + empty + ITEM % (2, 2, 2) + END)
    assert [entry.title for entry in listing.entries] == ["T1", "T2"]
    assert [reject.reason for reject in listing.rejects] == [RejectReason.EMPTY]


def test_an_item_without_address_and_guid_is_told_from_its_title_and_text() -> None:
    row = only(b"<item><title>Kept</title><description>For what it says.</description></item>")
    assert (row.url, row.guid, row.title, row.summary) == (None, None, "Kept", "For what it says.")
    untitled = only(b"<item><description>Only a text.</description></item>")
    assert release_from_listed("web", untitled).headline == "Only a text."


def test_what_can_be_saved_of_a_broken_feed_is_saved() -> None:
    torn = (
        RSS
        + ITEM % (1, 1, 1)
        + b"<item><title>A & B <unclosed></title><link>https://wire.example/2</link></item><item><ti"
    )
    assert [entry.url for entry in rows(torn).entries] == ["https://wire.example/1", "https://wire.example/2"]


def test_an_empty_feed_is_well_formed_and_shows_nothing() -> None:
    assert rows(RSS + END) == Listing(entries=())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", RejectReason.EMPTY),
        (b" \n ", RejectReason.EMPTY),
        (b"<!DOCTYPE html><html><body><h1>Newsroom</h1><p>Welcome home.</p>", RejectReason.NOT_A_RELEASE),
        (
            (
                b"<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>No</H1>You don't have permission to "
                b'access "http://wire.example/feed" on this server.<P>Reference #18.2f.1700000000.1a2b3c</BODY></HTML>'
            ),
            RejectReason.BLOCKED,
        ),
        (b"<html><title>404 Not Found</title><body>404 Not Found</body></html>", RejectReason.ERROR_PAGE),
        (b"<?xml version='1.0'?><sitemapindex/>", RejectReason.UNREADABLE),
        (b"\x00\xff\xfe garbage \x80", RejectReason.UNREADABLE),
        (b"%PDF-1.7", RejectReason.UNREADABLE),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": [', RejectReason.UNREADABLE),
        (b'{"error": "no such feed"}', RejectReason.NOT_A_RELEASE),
        (b"{" * 100_000, RejectReason.UNREADABLE),
        (b'{"items":' + b"[" * 100_000, RejectReason.UNREADABLE),
    ],
)
def test_what_is_no_feed_is_a_named_reject(body: bytes, reason: RejectReason) -> None:
    answer = feed(body)
    assert isinstance(answer, Reject)
    assert answer.reason is reason
    assert len(answer.excerpt) <= 200


def test_the_body_is_never_taken_for_a_file_name(tmp_path: Path) -> None:
    secret = tmp_path / "feed.xml"
    secret.write_bytes(RSS + ITEM % (1, 1, 1) + END)
    assert isinstance(feed(str(secret).encode()), Reject)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("é重".encode(), "text/xml; charset=iso-8859-1"),
        ("é重".encode("gb18030"), "text/xml; charset=gb2312"),
        ("é重".encode("utf-16"), "application/xml"),
        (b"&#233;&#37325;", "text/xml"),
    ],
)
def test_charsets_are_seen_through(body: bytes, content_type: str) -> None:
    start, end = "<rss><channel><item><guid>1</guid><title>", "</title></item></channel></rss>"
    if content_type == "application/xml":
        whole = (start + "é重" + end).encode("utf-16")
    else:
        whole = start.encode() + body + end.encode()
    assert rows(whole, content_type).entries[0].title == "é重"


def test_colliding_guids_are_noticed() -> None:
    def shown(guid: str | None, url: str | None) -> Listed:
        return Listed(url=url, guid=guid, title="t")

    a, b = "https://wire.example/a", "https://wire.example/b"
    assert guids_collide([shown("1", a), shown("1", b)])
    assert not guids_collide([shown("1", a), shown("2", b), shown(None, a), shown("3", None), shown("3", None)])
    assert not guids_collide([shown("1", a), shown("1", "http://www.wire.example/a/")])
    assert rows(RSS + ITEM % (1, 1, 7) + ITEM % (2, 2, 7) + END).guids_collide


# --- Feeds made to hurt


def test_entity_bombs_go_off_nowhere() -> None:
    levels = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
    bomb = b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">' + levels + b"]>"
    external = b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l11 SYSTEM "file:///etc/passwd">]>'
    for head in (bomb, external):
        answer = feed(head + b"<rss><channel><item><guid>1</guid><title>&l11;</title></item></channel></rss>")
        assert isinstance(answer, Reject) or len(answer.entries[0].title) < 2_000
        assert "root:" not in repr(answer)


def test_of_a_hundred_thousand_items_five_thousand_are_read() -> None:
    body = RSS + b"".join(ITEM % (n, n, n) for n in range(100_000)) + END
    listing = rows(body)
    assert len(listing.entries) == ROWS_MAX
    assert [reject.reason for reject in listing.rejects] == [RejectReason.TOO_LARGE]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit",
    [
        b"<",
        b"&",
        b"<!--",
        b"<![CDATA[",
        b"<a>",
        b"<item>",
        b"<a x",
        b"<description type='xhtml'><b>",
        b"<!DOCTYPE ",
        b"]]>",
        b"<?",
    ],
)
def test_rubbish_ends(unit: bytes) -> None:
    feed(RSS + b"<item><title>" + unit * (300_000 // len(unit)))


def test_a_summary_made_to_choke_a_parser_is_still_text() -> None:
    nested = b"&lt;b&gt;&lt;p&gt;" * 8_000
    entry = only(b"<item><guid>1</guid><description>" + nested + b"end</description></item>")
    assert entry.summary in ("end", "")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_mutation_of_a_feed_raises(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(GOLDENS)).read_bytes()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 200)))
    feed(whole[:start] + data.draw(st.binary(max_size=30)) + whole[end:])


def test_feedparsers_own_cases_come_out_as_they_should() -> None:
    if not feed_cases.SHARED.is_dir():
        pytest.skip(f"feedparser's cases are not at {feed_cases.SHARED}")
    found = list(feed_cases.cases(feed_cases.SHARED))
    assert len(found) > 700
    answers = [read_feed(case.page) for case in found]
    assert sum(isinstance(answer, Listing) for answer in answers) > 0.99 * len(found)
    judged = [case for case in found if case.in_scope]
    assert len(judged) > 250
    assert sum(feed_cases.holds(case, feed_cases.ours(case)) for case in judged) >= 0.97 * len(judged)
