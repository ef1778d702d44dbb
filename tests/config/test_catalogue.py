from __future__ import annotations

from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from config.catalogue import FeedState, Wire, addresses, feed, search, wire, wires
from config.fields import WIRE_SLUG


@pytest.mark.parametrize("known", wires(), ids=lambda known: known.slug)
def test_a_wire_has_a_slug_a_zone_and_a_home(known: Wire) -> None:
    assert WIRE_SLUG.fullmatch(known.slug)
    assert ZoneInfo(known.zone).key == known.zone
    assert urlsplit(known.home).scheme == "https"
    assert wire(known.slug) is known


@pytest.mark.parametrize("address", addresses())
def test_a_feed_is_found_by_its_address(address: str) -> None:
    found = feed(address)
    assert found is not None
    assert f"{found[0].slug}/{found[1].key}" == address
    assert urlsplit(found[1].url).scheme in {"http", "https"}
    assert 1 <= found[1].interval_s <= 3600


def test_slugs_and_addresses_are_unique() -> None:
    slugs = [known.slug for known in wires()]
    assert len(set(slugs)) == len(slugs)
    assert len(set(addresses())) == len(addresses())


def test_a_wire_whose_pages_are_closed_to_programs_is_not_offered_as_open() -> None:
    assert {known.state for known in wire("businesswire").feeds} == {FeedState.BLOCKED}  # type: ignore[union-attr]


@pytest.mark.parametrize("address", ["", "/", "prnewswire", "prnewswire/", "nobody/all", "prnewswire/all/more"])
def test_what_is_not_in_the_catalogue_is_none(address: str) -> None:
    assert feed(address) is None


def test_a_family_differs_by_code_and_title_alone() -> None:
    found = feed("globenewswire/gold-mining")
    assert found is not None
    assert found[1].url.startswith(f"{found[0].home}RssFeed/industry/1777-Gold%20Mining/feedTitle/")
    assert feed("prnewswire/jp")[1].language == "ja"  # type: ignore[index]
    assert not [known.url for one in wires() for known in one.feeds if "{" in known.url]


def test_no_two_feeds_have_one_address() -> None:
    urls = [known.url for one in wires() for known in one.feeds]
    assert len(set(urls)) == len(urls)


def test_every_feed_that_was_not_read_by_us_says_so() -> None:
    assert {known.state for one in wires() for known in one.feeds} == {FeedState.UNPROVED, FeedState.BLOCKED}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["biotech"], "globenewswire/biotechnology"),
        (["PRNewswire", "biotechnology"], "prnewswire/biotechnology"),
        (["prnewswire/biotechnolgy"], "prnewswire/biotechnology"),
        (["gold minning"], "globenewswire/gold-mining"),
        (["ja"], "prnewswire/jp"),
    ],
)
def test_the_catalogue_is_searched_by_words_and_forgives(words: list[str], found: str) -> None:
    assert found in {f"{one.slug}/{known.key}" for one, known in search(words)}


def test_a_search_for_what_is_not_there_finds_nothing() -> None:
    assert search(["zzqqxx"]) == ()
    assert len(search([])) == len(addresses())
