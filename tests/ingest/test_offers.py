"""What an address turns out to be, and what it offers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.offers import What, look, robots_sitemaps
from ingest.page import Page
from news.source import SourceKind

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ITEM = "<item><title>t</title><link>https://w.example/1</link><pubDate>{}</pubDate></item>"


def at(body: str | bytes, url: str = "https://w.example/x") -> What:
    return look(Page(url, body.encode() if isinstance(body, str) else body, None, NOW)).what


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (f"<rss><channel>{ITEM}</channel></rss>", What.FEED),
        (f"<?xml version='1.0'?><!-- made by hand --><rss><channel>{ITEM}</channel></rss>", What.FEED),
        ("<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>t</title><id>x</id></entry></feed>", What.FEED),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "t"}]}', What.FEED),
        ('[{"title": "t", "url": "/1"}]', What.API),
        ('{"error": 1}', What.JSON),
        ("<urlset><url><loc>https://w.example/1</loc></url></urlset>", What.SITEMAP),
        ("<sitemapindex><sitemap><loc>https://w.example/s.xml</loc></sitemap></sitemapindex>", What.INDEX),
        ("<rss><channel><title>t</title></channel></rss>", What.EMPTY),
        ("<rss><channel><description>This feed has been discontinued.</description></channel></rss>", What.DEAD),
        ("<html><title>404 Not Found</title><body>404 Not Found</body></html>", What.ERROR),
        ("<html><title>Home</title><body>Home</body></html>", What.PAGE),
        ("", What.UNKNOWN),
        (b"%PDF-1.7", What.UNKNOWN),
    ],
)
def test_an_address_is_what_its_answer_is(body: str | bytes, what: What) -> None:
    assert at(body) is what


def test_a_page_offers_feeds_once_and_no_comments() -> None:
    page = """<html><head><link rel=alternate type=application/atom+xml href=/a.atom title="News">
    <link rel="alternate" type="application/rss+xml" href="/comments.rss" title="Comments">
    <link rel="alternate" hreflang="fr" href="/fr" type="text/xml"><link rel=alternate type=text/html href=/m>
    </head><body><a href="/a.atom">again</a> <a href="/topics/feed/">Topics</a> <a href="/about">About</a>
    <a href="javascript:rss.xml">x</a></body></html>"""
    found = look(Page("https://w.example/", page.encode(), "text/html", NOW))
    assert [(offer.url, offer.title) for offer in found.offers] == [
        ("https://w.example/a.atom", "News"),
        ("https://w.example/topics/feed/", "Topics"),
    ]
    assert {offer.kind for offer in found.offers} == {SourceKind.FEED}


def test_robots_names_the_news_sitemaps_first() -> None:
    text = "User-agent: *\nSitemap: https://w.example/all.xml\nsitemap:/news.xml\nSitemap: javascript:x\n"
    assert robots_sitemaps(text, "https://w.example/") == ("https://w.example/news.xml", "https://w.example/all.xml")


def test_a_feed_whose_newest_release_is_old_may_be_dead() -> None:
    for age, stale in ((timedelta(days=3), False), (timedelta(days=90), True)):
        stated = f"{NOW - age:%d %b %Y %H:%M} GMT"
        body = f"<rss><channel>{ITEM.format(stated)}</channel></rss>".encode()
        assert look(Page("https://w.example/", body, None, NOW)).is_stale(NOW) is stale
    assert not look(Page("https://w.example/", b"<rss><channel><item><guid>1</guid></item>", None, NOW)).is_stale(NOW)


@given(st.binary(max_size=300), st.sampled_from([b"", b"<rss>", b"<html>", b"{", b"<urlset>", b"\x1f\x8b"]))
def test_nothing_that_is_answered_raises(body: bytes, before: bytes) -> None:
    at(before + body)
