from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.links import URL_CHARS_MAX, canonical_url, unwrap, url_key


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://WWW.Wire.Example:80/A/b.html", "http://www.wire.example/A/b.html"),
        ("https://wire.example:443", "https://wire.example/"),
        ("https://wire.example:8443/x", "https://wire.example:8443/x"),
        ("https://wire.example./x#part", "https://wire.example/x"),
        ("https://wire.example/a/./b/../c", "https://wire.example/a/c"),
        ("https://wire.example/../../c/..", "https://wire.example/"),
        ("https://wire.example/%7euser/%e9%2f", "https://wire.example/~user/%E9%2F"),
        ("https://wire.example/a b?q=ä", "https://wire.example/a%20b?q=%C3%A4"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        (" \n https://wire.example/a\n\tb \u200b", "https://wire.example/ab"),
        ("https://wire.example/x-1.html?tc=eml_cleartime", "https://wire.example/x-1.html"),
        ("https://wire.example/x?tc=1", "https://wire.example/x?tc=1"),
        ("https://wire.example/x?b=1&utm_source=rss&a=2&fbclid=x&UTM_Medium=y", "https://wire.example/x?b=1&a=2"),
        ("https://wire.example/x?utm_source=rss", "https://wire.example/x"),
        ("https://wire.example/x?a&b=", "https://wire.example/x?a&b="),
        ("https://name:word@wire.example/x", "https://wire.example/x"),
        ("https://[2001:DB8::1]/x", "https://[2001:db8::1]/x"),
    ],
)
def test_an_address_has_one_spelling(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/relative",
        "//wire.example/x",
        "mailto:press@wire.example",
        "javascript:alert(1)",
        "ftp://wire.example/x",
        "https://",
        "https:///x",
        "https://exa mple.com/",
        "https://a..b/",
        "https://wire.example:99999/",
        "https://wire.example:x/",
        "https://[::bad/",
        "https://wire.example/" + "x" * URL_CHARS_MAX,
        "https://wire.example/" + "ä" * 600,
    ],
)
def test_what_is_no_web_address_is_none(url: str) -> None:
    assert canonical_url(url) is None


def test_a_relative_address_is_read_where_it_was_found() -> None:
    base = "https://wire.example/news/list?page=1"
    assert canonical_url("/x.html", base) == "https://wire.example/x.html"
    assert canonical_url("?page=2", base) == "https://wire.example/news/list?page=2"
    assert canonical_url("//cdn.example/x", base) == "https://cdn.example/x"
    assert canonical_url("mailto:a@b.example", base) is None
    assert canonical_url("x.html", "no base") is None


@given(st.one_of(st.text(max_size=60), st.from_regex(r"https?://[a-zA-Z0-9.:@/?&=%#+\- äü重]{0,60}", fullmatch=True)))
def test_spelling_twice_changes_nothing(url: str) -> None:
    once = canonical_url(url)
    if once is not None:
        assert canonical_url(once) == once
        assert once.isascii()
        assert urlsplit(once).scheme in ("http", "https")
        assert url_key(once) == url_key(url)


def test_one_page_has_one_key_however_it_is_reached() -> None:
    ways = [
        "https://wire.example/news/x-1.html",
        "http://wire.example/news/x-1.html",
        "http://www.wire.example:80/news//x-1.html/#top",
        "https://WWW.wire.example/news/x-1.html?tc=eml_cleartime&utm_source=rss",
    ]
    assert {url_key(way) for way in ways} == {"wire.example/news/x-1.html"}


def test_pages_that_differ_have_different_keys() -> None:
    pages = [
        "https://a.example/x",
        "https://a.example/X",
        "https://a.example/x?id=1",
        "https://a.example:8443/x",
        "https://b.example/x",
    ]
    assert len({url_key(page) for page in pages}) == len(pages)


def tracked(url: str, path: str = "/c/link/", name: str = "u") -> str:
    return f"https://t.example{path}?t=0&l=en&{name}={quote(url, safe='')}&a=acme.example"


def test_trackers_are_unwrapped_by_their_shape() -> None:
    target = "https://acme.example/news?id=1&b=2"
    assert unwrap(tracked(target)) == target
    assert unwrap(tracked(target, "/ct/CT", "url")) == target
    assert unwrap(tracked(tracked(target))) == target
    assert unwrap(tracked(quote(target, safe=""))) == target


def test_nesting_is_followed_only_so_far() -> None:
    url = "https://acme.example/"
    for _ in range(6):
        url = tracked(url)
    assert unwrap(url) == tracked(tracked("https://acme.example/"))


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.example/news",
        "https://acme.example/login?url=https%3A%2F%2Fwire.example%2F",
        "https://social.example/sharer/sharer.php?u=https%3A%2F%2Fwire.example%2F",
        "https://t.example/c/link/?u=javascript%3Aalert(1)",
        "https://t.example/c/link/?u=%2Frelative",
        "https://t.example/c/link/?u=https%3A%2F%2F",
        "https://[::bad/c/link/?u=https%3A%2F%2Fx.example",
        "",
    ],
)
def test_other_links_are_left_alone(url: str) -> None:
    assert unwrap(url) == url


def test_on_named_hosts_any_path_is_a_trackers() -> None:
    link = "https://go.example/r?url=https%3A%2F%2Facme.example%2F"
    assert unwrap(link) == link
    assert unwrap(link, hosts={"go.example"}) == "https://acme.example/"
