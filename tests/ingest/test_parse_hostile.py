"""Whatever the bytes: a release or a named reject, soon, in little memory, and never an exception."""

from __future__ import annotations

import json
import random
import tracemalloc

import pytest
from goldens import page_of, pages
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks._hostile import URL as HOSTILE_URL
from benchmarks._hostile import cases
from ingest.page import Page
from ingest.parse import parse, read
from news.release import Reject, RejectReason, Release, release_to_json

URL = "https://www.prnewswire.com/news-releases/x-300000001.html"
OPENING = (
    b"<article class='news-release'><header class='release-header'><h1>Halden Opens</h1></header>"
    b"<section class='release-body'>"
)
GOLDENS = {path.parent.name + "/" + path.stem: path.read_bytes() for path in pages()}

BOMBS = {
    "20 MB of one tag": b"<div>" * 4_000_000,
    "deep": b"<div>" * 100_000,
    "deep and closed": b"<div>" * 50_000 + b"</div>" * 50_000,
    "deep in the body": OPENING + b"<span>" * 100_000 + b"x",
    "deep lists": OPENING + b"<ul><li>" * 390 + b"x",
    "deep tables": OPENING + b"<table><tr><td>" * 390 + b"x",
    "cloned formatting": b"".join(b"<font size=%d><p>" % size for size in range(3_000)),
    "many paragraphs": OPENING + b"<p>SOURCE x</p>" * 40_000,
    "many tables": OPENING + b"<table><tr><td>1</td></tr></table>" * 9_000,
    "one paragraph": OPENING + b"<p>" + b"CITY, " * 500_000,
    "colons": OPENING + b"<p>" + b"A:" * 1_000_000,
    "symbols": OPENING + b"<p>" + b"NYSE: ABC, " * 200_000,
    "dots and at": OPENING + b"<p>Contact " + b"a." * 500_000 + b"@",
    "dashes": OPENING + b"<p>" + b"-" * 1_000_000,
    "less-than signs": b"<" * 3_000_000,
    "comments": b"<!--" * 900_000,
    "attributes": b"<div " + b"a=1 " * 900_000,
    "brackets in data": b'<script type="application/ld+json">' + b"[" * 190_000,
    "zeros": b"\0" * 1_000_000,
    "noise": random.Random(7).randbytes(1_000_000),  # noqa: S311  noise, the same each time
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("wire", [None, "prnewswire", "globenewswire", "text"])
def test_a_bomb_is_answered(name: str, wire: str | None) -> None:
    result = read(Page(URL, BOMBS[name]), wire=wire)
    assert isinstance(result, Release | Reject)


@pytest.mark.parametrize("name", ["20 MB of one tag", "deep", "cloned formatting", "many paragraphs", "colons"])
def test_python_needs_little_memory_for_it(name: str) -> None:
    tracemalloc.start()
    try:
        read(Page(URL, BOMBS[name]))
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", cases())
def test_a_page_made_to_hurt_is_a_release_or_a_reject_that_can_be_stored(name: str) -> None:
    """What each costs is measured by `python -m benchmarks.hostile`."""
    result = read(Page(HOSTILE_URL, cases()[name]()))
    assert isinstance(result, Release | Reject)
    json.dumps(release_to_json(result) if isinstance(result, Release) else result.excerpt, ensure_ascii=False).encode()


def test_too_large_is_named() -> None:
    assert read(Page(URL, BOMBS["20 MB of one tag"])) == Reject(RejectReason.TOO_LARGE, "20,000,000 bytes")


@given(name=st.sampled_from(sorted(GOLDENS)), cut=st.floats(0, 1), seed=st.integers(0, 2**32), flips=st.integers(0, 60))
@settings(max_examples=150)
def test_truncated_and_flipped_pages_raise_nothing(name: str, cut: float, seed: int, flips: int) -> None:
    noise = random.Random(seed)  # noqa: S311  hypothesis gives the seed
    body = bytearray(GOLDENS[name][: int(len(GOLDENS[name]) * cut)])
    for _ in range(flips if body else 0):
        body[noise.randrange(len(body))] ^= 1 << noise.randrange(8)
    result = read(Page(None, bytes(body)), wire=name.split("/", maxsplit=1)[0])
    assert isinstance(result, Release | Reject)


@given(name=st.sampled_from(sorted(GOLDENS)), seed=st.integers(0, 2**32))
@settings(max_examples=60)
def test_shuffled_markup_raises_nothing(name: str, seed: int) -> None:
    noise = random.Random(seed)  # noqa: S311  hypothesis gives the seed
    pieces = GOLDENS[name].split(b"<")
    at = sorted(noise.sample(range(len(pieces)), k=min(12, len(pieces))))
    taken = [pieces[place] for place in at]
    noise.shuffle(taken)
    for place, piece in zip(at, taken, strict=True):
        pieces[place] = piece
    assert isinstance(read(Page(None, b"<".join(pieces)), wire=name.split("/", maxsplit=1)[0]), Release | Reject)


@given(st.binary(max_size=2_000), st.sampled_from([None, "prnewswire", "globenewswire", "text", "unheard-of"]))
def test_any_bytes_raise_nothing(body: bytes, wire: str | None) -> None:
    assert isinstance(read(Page(URL, body), wire=wire), Release | Reject)


def test_a_defect_becomes_a_reject_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("ingest.parse.open_sheet", broken)
    reject = parse(page_of(pages()[0]))
    assert reject == Reject(RejectReason.INTERNAL, "ZeroDivisionError: a defect")
