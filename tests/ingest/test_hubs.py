"""Hubs that feeds declare, and signatures of pushes."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.listing import read_listing
from ingest.page import Page
from ingest.rows import Listing
from ingest.websub import Declared, declared, links, signature
from news.source import SourceKind

URL = "https://wire.example/feed"
RSS = b"""<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>x</title>
<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="https://wire.example/feed?all"/>
<item><title>One</title><link>https://wire.example/1</link></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><link rel="hub" href="/hub"/>
<link rel="alternate" href="https://wire.example/"/>
<entry><id>1</id><title>One</title><link href="https://wire.example/1"/></entry></feed>"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "feed_url": "https://wire.example/feed.json",
        "hubs": [
            {"type": "rssCloud", "url": "https://cloud.example/"},
            {"type": "WebSub", "url": "https://hub.example/"},
        ],
        "items": [{"id": 1, "url": "https://wire.example/1", "title": "One"}],
    }
).encode()


def listing(body: bytes) -> Listing:
    read = read_listing(SourceKind.FEED, "w", Page(URL, body))
    assert isinstance(read, Listing)
    assert len(read.entries) == 1
    return read


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (RSS, Declared("https://hub.example/", "https://wire.example/feed?all")),
        (ATOM, Declared("https://wire.example/hub", URL)),
        (JSON, Declared("https://hub.example/", "https://wire.example/feed.json")),
    ],
)
def test_a_feed_names_its_hub(body: bytes, found: Declared) -> None:
    assert declared(listing(body), "", URL) == found


def test_link_headers_go_before_what_the_feed_says() -> None:
    stated = '<https://other.example/>; rel="hub", <https://wire.example/topic>; rel=self; type="x,y"'
    assert declared(listing(RSS), stated, URL) == Declared("https://other.example/", "https://wire.example/topic")
    assert declared(Listing(entries=()), '<https://a.example/>; rel="next hub"', URL) == Declared(
        "https://a.example/", URL
    )


@pytest.mark.parametrize("hub", ["ftp://hub.example/", "javascript:x", "https://u:p@hub.example/", "http://["])
def test_what_is_no_web_address_is_no_hub(hub: str) -> None:
    assert declared(Listing(entries=(), hub=hub), "", URL) is None
    assert declared(Listing(entries=()), f"<{hub}>; rel=hub", URL) is None


def test_an_endless_address_is_no_hub() -> None:
    assert declared(Listing(entries=(), hub="https://hub.example/" + "x" * 3_000), "", URL) is None


@given(st.text(max_size=300))
def test_a_header_of_anything_is_read_without_a_fault(text: str) -> None:
    links(text)
    declared(Listing(entries=(), hub=text, self_url=text), text, URL)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512", "SHA256"])
def test_a_signature_holds_for_its_body_alone(method: str) -> None:
    made = hmac.new(b"secret", b"the body", getattr(hashlib, method.lower())).hexdigest()
    for header, body, holds in (
        (f"{method}={made}", b"the body", True),
        (f"{method}={made}", b"the bodY", False),
        (f"{method}={made[:-1]}", b"the body", False),
        (f"{method}=é{made}", b"the body", False),
        (f"{method}=", b"the body", False),
    ):
        stated = signature("secret", header)
        assert stated is not None
        for n in range(len(body)):
            stated.feed(body[n : n + 1])
        assert stated.holds() is holds, header
    other = signature("another secret", f"{method}={made}")
    assert other is not None
    other.feed(b"the body")
    assert not other.holds()


@pytest.mark.parametrize("header", [None, "", "md5=00", "=", "none=x"])
def test_what_states_no_signature_that_we_know_is_none(header: str | None) -> None:
    assert signature("secret", header) is None
