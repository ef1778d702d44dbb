from __future__ import annotations

from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from config.catalogue import FeedState, Wire, addresses, feed, wire, wires
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
