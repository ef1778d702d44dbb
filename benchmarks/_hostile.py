"""Pages made to hurt whoever reads them, by name; each is made when it is asked for."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

URL = "https://newsroom.example/releases/x-300000001.html"
PROSE = "Halden Instruments today opened a plant in Dayton that will make probes for wells of every depth. "
HEAD = (
    b"<html><head><title>Halden opens a plant</title><meta property='og:title' content='Halden opens a plant'>"
    b"<meta property='article:published_time' content='2026-03-02T14:30:00Z'></head><body><h1>Halden opens a plant</h1>"
)
OPENING = HEAD + b"<article><p>" + PROSE.encode() * 3 + b"</p>"
DEEP = 100_000
BIG = 20_000_000
# Just below what is read at all.
MOST = 4_100_000

Case = Callable[[], bytes]


def cases() -> dict[str, Case]:
    found: dict[str, Case] = {}
    found.update(_deep())
    found.update(_big())
    found.update(_many())
    found.update(_data())
    found.update(_charsets())
    return found


def _deep() -> Iterator[tuple[str, Case]]:
    for tag in ("div", "span", "p", "b", "font", "a", "table", "blockquote", "ul", "ol", "section", "article", "svg"):
        piece = f"<{tag}>".encode()
        yield f"nested {tag}", lambda piece=piece: OPENING + piece * DEEP + b"x"
    yield "nested table cells", lambda: OPENING + b"<table><tr><td>" * (DEEP // 3) + b"x"
    yield "nested list items", lambda: OPENING + b"<ul><li>" * (DEEP // 2) + b"x"
    yield "nested and closed", lambda: OPENING + b"<div>" * DEEP + b"x" + b"</div>" * DEEP
    yield "nested before the text", lambda: b"<div>" * DEEP + OPENING
    yield "misnested formatting", lambda: OPENING + b"<b><i><u><p>" * (DEEP // 4)
    yield "cloned formatting", lambda: b"".join(b"<font size=%d><p>" % size for size in range(3_000))


def _big() -> Iterator[tuple[str, Case]]:
    yield "20 MB of one tag", lambda: OPENING + b"<div>" * (BIG // 5)
    yield "20 MB in one attribute", lambda: OPENING + b"<div class='" + b"x " * (BIG // 2) + b"'>"
    yield "20 MB of attributes", lambda: OPENING + b"<div " + b"a=1 " * (BIG // 4) + b">"
    yield "20 MB of text", lambda: OPENING + b"<p>" + PROSE.encode() * (BIG // len(PROSE))
    yield "20 MB comment", lambda: OPENING + b"<!--" + b"-" * BIG
    yield "20 MB script", lambda: HEAD + b"<script>" + b"x" * BIG
    yield "4 MB of text", lambda: OPENING + b"<p>" + PROSE.encode() * (MOST // len(PROSE))
    yield "4 MB of short paragraphs", lambda: OPENING + b"<p>One line.</p>" * (MOST // 16)
    yield "4 MB of links", lambda: OPENING + b"<a href=/x>y</a> " * (MOST // 17)
    yield "4 MB without a space", lambda: OPENING + b"<p>" + b"x" * MOST
    yield "4 MB data URI", lambda: OPENING + b"<img src='data:image/png;base64," + b"A" * MOST + b"'>"
    yield "4 MB of Han", lambda: OPENING + b"<p>" + "重庆".encode() * (MOST // 6)
    yield "entities", lambda: OPENING + b"<p>" + b"&amp;" * (MOST // 5)
    yield "numeric entities", lambda: OPENING + b"<p>" + b"&#x4e2d;" * (MOST // 8)
    yield "4 MB of NUL", lambda: OPENING + b"\0" * MOST
    yield "4 MB of less-than signs", lambda: OPENING + b"<" * MOST
    yield "4 MB of noise", lambda: random.Random(7).randbytes(MOST)


def _many() -> Iterator[tuple[str, Case]]:
    yield "articles", lambda: HEAD + (b"<article><p>" + PROSE.encode() + b"</p></article>") * 25_000
    yield "headings", lambda: HEAD + b"<h1>Halden</h1>" * 200_000
    yield "metas", lambda: HEAD + b"<meta name=a content=b>" * 170_000
    yield "tables", lambda: OPENING + b"<table><tr><td>1</td></tr></table>" * 60_000
    yield "cells", lambda: OPENING + b"<table>" + b"<tr>" * 2 + b"<td>1</td>" * 400_000
    yield "breaks", lambda: OPENING + b"<br>" * 1_000_000
    yield "tickers", lambda: OPENING + b"<p>" + b"(NYSE: ABC; TSX: ABC), " * 170_000
    yield "telephone numbers", lambda: OPENING + b"<p>" + b"+1 937 555 0100 2015-2019 " * 150_000
    yield "datelines", lambda: OPENING + b"<p>" + b"DAYTON, Ohio, March 2, 2026 /PRNewswire/ -- " * 90_000
    yield "mail addresses", lambda: OPENING + b"<p>Contact " + b"a." * 2_000_000 + b"@"
    yield "colons", lambda: OPENING + b"<p>" + b"A:" * 2_000_000
    yield "abouts", lambda: OPENING + b"<p>About Halden</p><p>x</p>" * 100_000


def _data() -> Iterator[tuple[str, Case]]:
    def linked(value: object) -> bytes:
        return _script(json.dumps(value).encode())

    yield "JSON-LD nested 100,000 deep", lambda: _script(b"[" * DEEP)
    yield "JSON-LD objects nested", lambda: _script(b'{"a":' * DEEP)
    yield "JSON-LD huge number", lambda: _script(b'{"@type":"NewsArticle","datePublished":' + b"9" * 1_000_000 + b"}")
    yield "JSON-LD of lists", lambda: linked([[[{"@type": ["NewsArticle"], "headline": [["x"]]}]] * 50] * 50)
    for year in ("0000", "0001", "9999", "99999", "-2026"):
        said = {"@type": "NewsArticle", "headline": "Halden", "datePublished": f"{year}-01-01T00:00:00+14:00"}
        yield f"JSON-LD year {year}", lambda said=said: linked(said)
    yield "JSON-LD surrogates", lambda: _script(b'{"@type":"NewsArticle","headline":"\\ud800\\udfff\\ud800"}')
    yield "JSON-LD body of 4 MB", lambda: linked({"@type": "NewsArticle", "articleBody": PROSE * 42_000})
    yield "hostile base", lambda: OPENING.replace(b"<head>", b"<head><base href='http://[::1'>") + b"<a href='x'>y</a>"
    yield "hostile canonical", lambda: OPENING.replace(b"<head>", b"<head><link rel=canonical href='//\xff[\x00'>")
    yield "hostile links", lambda: OPENING + b"<p><a href='http://[x]:99999/%zz?\x00#\xed\xa0\x80'>y</a></p>" * 500


def _script(data: bytes) -> bytes:
    return OPENING.replace(b"</head>", b"<script type='application/ld+json'>" + data + b"</script></head>")


def _charsets() -> Iterator[tuple[str, Case]]:
    text = OPENING.decode() + "<p>重庆宣布，长安汽车在重庆发布了新的电动汽车。größer naïve “quoted”</p>"
    for charset in (
        "utf-8",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "gb18030",
        "cp1252",
        "utf-7",
        "big5",
        "cp037",
    ):
        for said in ("utf-8", "gb2312", "utf-16", "x-unheard-of", "utf-7", "iso-8859-1", "\x00"):
            page = text.replace("<head>", f"<head><meta charset='{said}'>")
            yield f"{charset} said to be {said!r}", lambda page=page, charset=charset: page.encode(charset, "replace")
    yield "two byte order marks", lambda: b"\xef\xbb\xbf\xff\xfe" + text.encode()
    yield "the wrong byte order mark", lambda: b"\xff\xfe" + text.encode()
