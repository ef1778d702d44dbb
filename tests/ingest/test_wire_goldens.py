"""Each golden page still gives the release recorded beside it, and its layout is chosen by its shape."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from goldens import page_of, pages, record

from ingest.page import Page
from ingest.parse import parse, read
from ingest.wires import WIRES, by_host
from news.release import Reject, Release, release_from_json, release_to_json

CHROME = (
    "related links",
    "more from this source",
    "more by this source",
    "also from this source",
    "share this",
    "read more",
    "explore",
    "modal title",
    "view original",
    "original version",
    "contact pr newswire",
    "membership",
    "cookie",
    "not printed",
)


def ids(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def test_there_are_goldens_and_none_is_without_a_record() -> None:
    assert len(pages()) >= 6
    assert [ids(path) for path in pages() if not path.with_suffix(".json").exists()] == []


@pytest.mark.parametrize("path", pages(), ids=ids)
def test_the_page_gives_the_recorded_release(path: Path) -> None:
    assert record(path) == path.with_suffix(".json").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", pages(), ids=ids)
def test_required_fields_are_filled_and_no_chrome_is_in_the_text(path: Path) -> None:
    row = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    for field in (
        "headline",
        "body",
        "lead",
        "url",
        "release_number",
        "published_at",
        "issuer",
        "language",
        "dateline",
    ):
        # A provincial page of that year has no dateline: a newspaper's name stands above the text.
        if field != "dateline" or path.stem != "tables-2012":
            assert row[field], field
    text = "\n".join((row["headline"], *row["subtitles"], row["body"], row["boilerplate"], row["contact"])).casefold()
    assert [word for word in CHROME if word in text] == []
    if row["dateline"]:
        assert row["dateline"]["text"] not in row["body"]
    assert not row["body"].startswith(row["headline"])


@pytest.mark.parametrize("path", pages(), ids=ids)
def test_the_host_chooses_the_wire_as_well_as_the_slug(path: Path) -> None:
    by_slug = read(page_of(path), wire=path.parent.name)
    by_address = read(page_of(path))
    assert by_slug == by_address


@pytest.mark.parametrize("path", pages(), ids=ids)
def test_page_and_release_survive_the_way_to_another_process(path: Path) -> None:
    release = parse(pickle.loads(pickle.dumps(page_of(path))))  # noqa: S301  made one line above
    assert isinstance(release, Release)
    assert pickle.loads(pickle.dumps(release)) == release  # noqa: S301  made in this line
    assert release_to_json(release_from_json(release_to_json(release))) == release_to_json(release)


def test_every_wire_is_registered_under_its_own_slug_and_no_two_share_a_host() -> None:
    assert [slug for slug, wire in WIRES.items() if slug != wire.slug] == []
    hosts = [host for wire in WIRES.values() for host in wire.hosts]
    assert len(hosts) == len(set(hosts))


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://www.prnewswire.com/news-releases/x-300000001.html", "prnewswire"),
        ("https://www.prnewswire.co.uk/news-releases/x-300000001.html", "prnewswire-uk"),
        ("https://www.newswire.ca/news-releases/x-800000001.html", "cnw"),
        ("https://www.prweb.com/releases/x-300000001.html", "prweb"),
        ("https://www.globenewswire.com/news-release/2023/01/01/1/0/en/x.html", "globenewswire"),
        ("https://www.businesswire.com/news/home/20250901769040/en/x", "businesswire"),
        ("http://www.he.xinhuanet.com/news/2012-06/04/content_25340001.htm", "xinhua"),
        ("https://prnewswire.com.evil.example/", None),
        ("https://notprnewswire.com/", None),
        ("http://[", None),
        (None, None),
    ],
)
def test_hosts(url: str | None, slug: str | None) -> None:
    wire = by_host(url)
    assert (wire.slug if wire else None) == slug


def test_a_page_of_a_wire_under_another_host_is_read_if_the_wire_is_named() -> None:
    path = next(path for path in pages() if path.stem == "inline-2020")
    found_at = "http://127.0.0.1:8999/news-releases/corvane-301199003.html"
    release = read(Page(found_at, path.read_bytes()), wire="prnewswire")
    assert not isinstance(release, Reject)
    assert (release.url, release.release_number) == (found_at, "301199003")


def test_the_number_in_an_old_address_of_prweb() -> None:
    path = next(path for path in pages() if path.stem == "inline-2020")
    release = read(Page("https://www.prweb.com/releases/2011/8/prweb8700001.htm", path.read_bytes()))
    assert not isinstance(release, Reject)
    assert (release.wire, release.release_number) == ("prweb", "8700001")
