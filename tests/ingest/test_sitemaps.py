"""Sitemaps of the known shapes give their rows; hostile ones give a reject, or what can be saved, in bounded time."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.listing import Listing, read_listing
from ingest.page import Page
from ingest.sitemaps import CHILDREN_MAX, ROWS_MAX, Sitemap, read_sitemap
from news.release import Reject, RejectReason, iso
from news.source import SourceKind

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "sitemaps"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ROOT = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
ROW = b"<url><loc>https://wire.example/%d.html</loc></url>"


def page(body: bytes, content_type: str = "application/xml") -> Page:
    return Page("https://wire.example/sitemap.xml", body, content_type, NOW)


def read(body: bytes, zone: str = "UTC") -> Sitemap:
    found = read_sitemap(page(body), zone=zone)
    assert isinstance(found, Sitemap), found
    return found


def reject(body: bytes) -> RejectReason:
    found = read_sitemap(page(body))
    assert isinstance(found, Reject), found
    return found.reason


def as_json(found: Sitemap) -> dict[str, Any]:
    rows = [asdict(row) | {"stamp": iso(row.stamp)} for row in found.rows]
    said = [{name: value for name, value in row.items() if value} for row in rows]
    children = [[child.url, iso(child.changed_at)] for child in found.children]
    rejects = [[each.reason.value, each.excerpt] for each in found.rejects]
    return json.loads(
        json.dumps({"rows": said, "children": children, "rejects": rejects, "by_change": found.by_change})
    )


@pytest.mark.parametrize("name", ["news", "month", "index", "no_namespace"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_sitemaps_of_the_known_shapes_give_their_rows(name: str, packed: bool) -> None:
    body = (GOLDEN / f"{name}.xml").read_bytes()
    expected = json.loads((GOLDEN / f"{name}.json").read_text())
    assert as_json(read(gzip.compress(body) if packed else body)) == expected


def test_a_time_that_names_no_zone_is_of_the_wires() -> None:
    body = ROOT + b"<url><loc>/a</loc><lastmod>2026-07-02T08:00:00</lastmod></url></urlset>"
    [row] = read(body, "America/New_York").rows
    assert row.stamp == datetime(2026, 7, 2, 12, 0, tzinfo=UTC)


def test_as_a_source_of_its_own_a_sitemap_shows_its_rows_and_an_index_none() -> None:
    shown = read_listing(SourceKind.SITEMAP, "any", page((GOLDEN / "news.xml").read_bytes()))
    assert isinstance(shown, Listing)
    assert shown.entries[0].title == "Acme Opens a Plant for R&D in Springfield"
    index = read_listing(SourceKind.SITEMAP, "any", page((GOLDEN / "index.xml").read_bytes()))
    assert isinstance(index, Reject)
    assert "poll one that it names" in index.excerpt


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", RejectReason.EMPTY),
        (b" \n", RejectReason.EMPTY),
        (b"no xml at all", RejectReason.UNREADABLE),
        (b"<rss><channel/></rss>", RejectReason.UNREADABLE),
        (b"\x1f\x8b garbage", RejectReason.UNREADABLE),
        (b"<!doctype html><title>Not found</title><p>Not found", RejectReason.ERROR_PAGE),
        (b"<!doctype html><title>Home</title><p>Welcome", RejectReason.NOT_A_RELEASE),
        (
            (
                b"<html><title>Access Denied</title><p>You don't have permission to access this on this server."
                b" Reference #18.aa1f655f.1700000000.1a2b3c4d https://errors.edgesuite.net/"
            ),
            RejectReason.BLOCKED,
        ),
        (gzip.compress(b" " * (60 * 2**20)), RejectReason.TOO_LARGE),
    ],
)
def test_what_is_no_sitemap_is_a_named_reject(body: bytes, reason: RejectReason) -> None:
    assert reject(body) is reason


def test_a_sitemap_cut_off_in_the_middle_gives_what_came_before() -> None:
    body = ROOT + b"".join(ROW % n for n in range(1000))
    packed = gzip.compress(body)
    assert len(read(body[: len(body) // 2]).rows) >= 490
    assert 0 < len(read(packed[: len(packed) // 2]).rows) < 1000


def test_entities_are_not_resolved() -> None:
    bomb = b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(
        b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12)
    )
    bomb += b"<!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
    body = bomb + ROOT + b"<url><loc>https://wire.example/1&m;.html</loc><news><title>&m;&f;</title></news></url>"
    found = read(body + ROW % 2 + b"</urlset>")
    assert "https://wire.example/2.html" in {row.url for row in found.rows}
    assert all("root:" not in row.title and len(row.title) < 100 for row in found.rows)


def test_no_more_rows_and_sitemaps_are_read_than_the_protocol_allows() -> None:
    found = read(ROOT + b"".join(ROW % n for n in range(ROWS_MAX + 5)) + b"</urlset>")
    assert len(found.rows) == ROWS_MAX
    assert found.rejects[-1].reason is RejectReason.TOO_LARGE
    child = b"<sitemap><loc>https://wire.example/%d.xml</loc></sitemap>"
    index = read(b"<sitemapindex>" + b"".join(child % n for n in range(CHILDREN_MAX + 5)) + b"</sitemapindex>")
    assert len(index.children) == CHILDREN_MAX


@pytest.mark.parametrize(
    "body",
    [
        ROOT + b"<a/>" * 2_500_000,
        ROOT + b"<url>" * 100_000,
        ROOT + b"<url>" + b"<news:news>" * 100_000,
        ROOT + b"<url>" + b"<x/>" * 2_500_000,
        ROOT + b"<url><loc>" + b"x" * 9_000_000,
        ROOT + b"<!--" + b"-" * 9_000_000,
        ROOT + b"<url " + b'a="b" ' * 1_000_000 + b"/>",
        ROOT + b"<url>" + b"&amp;" * 1_800_000 + b"</url>",
    ],
    ids=["tags", "deep", "deep news", "children", "long", "comment", "attributes", "entities"],
)
def test_hostile_ones_are_answered(body: bytes) -> None:
    found = read_sitemap(page(body))
    assert isinstance(found, Reject) or len(found.rows) <= 1


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_nothing_that_is_put_into_one_makes_it_raise(data: st.DataObject) -> None:
    body = bytearray((GOLDEN / f"{data.draw(st.sampled_from(['news', 'month', 'index']))}.xml").read_bytes())
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    found = read_sitemap(page(bytes(body)))
    assert isinstance(found, Sitemap | Reject)
