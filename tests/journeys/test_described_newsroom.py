"""A newsroom that nobody wrote code for, watched by what the file says of its pages."""

from __future__ import annotations

from whole_house import House, numbers, settled, stored, until

from news.release import StampSource
from wirewatch.demo.pages import Layout
from wirewatch.demo.releases import numbered

TOLD = """
[[wire]]
slug = "corvane-press"
zone = "America/New_York"
number = '-(\\d{6,9})\\.html'

[[wire.layout]]
headline = "h1"
body = "div.story-text"
time = "meta[property='article:published_time']@content"

[wire.listing]
row = "a.newsreleaseconsolidatelink"
title = "h3"
summary = "p"
"""


async def test_a_listing_page_and_its_releases_are_read_by_the_daemon_as_the_file_describes_them(house: House) -> None:
    house.wire.layout = Layout.PLAIN
    house.sources = house.source("newsroom", wire="corvane-press", url=house.wire.listing_url, kind="listing")
    house.more = TOLD
    house.publish_older(3)
    async with house.seeded() as archive:
        house.publish(numbered(5, words="needle"))
        await settled(archive, alerts=1)
        await until(lambda: archive.unread() == 0)
        found = [item.release for item in stored(archive)]
        assert {release.wire for release in found} == {"corvane-press"}
        assert numbers(archive) == [0, 1, 2, 5]
        assert all(release.body and release.headline for release in found)
        assert {release.published_at_source for release in found} <= {StampSource.META, StampSource.DATELINE}
