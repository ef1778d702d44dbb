"""The sources as a list of feeds that other readers take, and such a list taken in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import BinaryIO
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from ingest.opml import ListedFeed
from news.links import canonical_url
from news.source import SourceKind
from storage.archive import Archive
from storage.sources import SourceSpec, add_source


def write_opml(archive: Archive, out: BinaryIO, now: datetime) -> int:
    """Write the feeds among the sources as OPML 2.0; returns how many. Listing pages are no feeds."""
    feeds = [line.source for line in archive.sources() if line.source.kind is SourceKind.FEED]
    root = ET.Element("opml", version="2.0")
    head = ET.SubElement(root, "head")
    ET.SubElement(head, "title").text = "Wirewatch sources"
    ET.SubElement(head, "dateCreated").text = format_datetime(now, usegmt=True)
    body = ET.SubElement(root, "body")
    for feed in feeds:
        ET.SubElement(body, "outline", type="rss", text=feed.name, title=feed.name, xmlUrl=feed.url, category=feed.wire)
    ET.indent(root)
    out.write(ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")
    return len(feeds)


@dataclass(slots=True)
class Added:
    """What became of the feeds of a list: how many are new, how many were polled already, which cannot be."""

    new: int = 0
    known: int = 0
    refused: list[str] = field(default_factory=list)


def add_feeds(archive: Archive, feeds: Sequence[ListedFeed], now: datetime, interval_s: float) -> Added:
    """Add those that are not polled yet, in one transaction; a name that is taken gets a number."""
    lines = [line.source for line in archive.sources()]
    names, urls = {source.name for source in lines}, {source.url for source in lines}
    added = Added()
    with archive.writing(now) as work:
        for feed in feeds:
            url = canonical_url(feed.url)
            if url is None:
                added.refused.append(f"{feed.title or 'a feed'}: {feed.url[:200]!r} is no web address")
                continue
            if url in urls:
                added.known += 1
                continue
            site = (urlsplit(url).hostname or url).removeprefix("www.")
            spec = SourceSpec(_free(feed.title or site, names), "web", "feed", url, interval_s, False, False, "db")  # noqa: FBT003 - as stored
            if not add_source(work, spec):
                added.refused.append(f"{spec.name}: a source of that name was there once")
                continue
            added.new += 1
            names.add(spec.name)
            urls.add(url)
    return added


def _free(name: str, taken: set[str]) -> str:
    n, free = 1, name
    while free in taken:
        n += 1
        free = f"{name[:90]} {n}"
    return free
