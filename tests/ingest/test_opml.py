"""Lists of feeds: what readers write, and what nobody should."""

from __future__ import annotations

import pytest

from ingest.opml import BYTES_MAX, ListedFeed, OpmlError, read_opml


def opml(body: str, before: str = "") -> bytes:
    return f'<?xml version="1.0"?>{before}<opml version="2.0"><body>{body}</body></opml>'.encode()


def test_feeds_are_found_in_folders_too() -> None:
    body = """
        <outline text="Wires"><outline type="rss" text="A &amp; B" title="A&#10;title" xmlUrl=" https://a.example/f "/>
        <outline text="deeper"><outline text="Söhne 刀片" xmlUrl="https://b.example/f"/></outline></outline>
        <outline text="no feed" htmlUrl="https://c.example"/><outline xmlUrl=""/>"""
    assert read_opml(opml(body)) == [
        ListedFeed("A title", "https://a.example/f", "Wires"),
        ListedFeed("Söhne 刀片", "https://b.example/f", "deeper"),
    ]


def test_what_other_readers_write_badly_is_read_all_the_same() -> None:
    shouting = '<OPML><BODY><outline TEXT="A" XMLURL="https://a.example/f"/></BODY></OPML>'
    assert read_opml(shouting.replace("BODY", "body").encode()) == [ListedFeed("A", "https://a.example/f")]
    bare = b'<opml><body><outline text="A & B&nbsp;C" xmlUrl="https://a.example/f?x=1&y=2"/></body></opml>'
    assert read_opml(bare) == [ListedFeed("A & B C", "https://a.example/f?x=1&y=2")]
    torn = b'<opml><body><outline text="A" xmlUrl="https://a.example/f"/><outline text="B'
    assert read_opml(torn) == [ListedFeed("A", "https://a.example/f")]
    spaced = (
        b'<opml xmlns="http://opml.org/spec2"><body><outline category="x" xmlUrl="https://a.example/f"/></body></opml>'
    )
    assert read_opml(spaced) == [ListedFeed("", "https://a.example/f", "x")]
    latin = (
        '<?xml version="1.0" encoding="iso-8859-1"?><opml><outline text="Söhne &" xmlUrl="https://a.example/f"/></opml>'
    )
    assert read_opml(latin.encode("latin-1")) == [ListedFeed("Söhne &", "https://a.example/f")]


def test_a_title_is_one_short_printable_line() -> None:
    (feed,) = read_opml(opml(f'<outline title="{"x" * 500}&#x202e;&#x200b;" xmlUrl="https://a.example"/>'))
    assert feed.title == "x" * 100


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is no XML"),
        (b"no xml", "is no XML"),
        (b"<opml><body>", "is no XML"),
        (b"<rss/>", "begins with <rss>"),
        (b"<opml>" + b" " * BYTES_MAX + b"</opml>", "over 8 MB"),
        (opml('<outline xmlUrl="https://a.example"/>' * 10_001), "over 10,000 feeds"),
    ],
)
def test_what_is_no_list_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(OpmlError, match=said):
        read_opml(body)


def test_no_entity_brings_a_file_in() -> None:
    secret = '<!DOCTYPE opml [<!ENTITY e SYSTEM "file:///etc/passwd"><!ENTITY i "inside">]>'
    body = opml('<outline text="a" xmlUrl="https://a.example"/><outline><x>&e;</x></outline>', secret)
    assert read_opml(body) == [ListedFeed("a", "https://a.example")]


def test_entities_that_multiply_are_refused_at_once() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    body = opml('<outline text="&e11;" xmlUrl="https://a.example"/>', f'<!DOCTYPE opml [<!ENTITY e0 "ha">{bomb}]>')
    with pytest.raises(OpmlError):
        read_opml(body)
