"""The sources as a list of feeds that other readers take, and such a list taken in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import BinaryIO
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from ingest.addresses import AddressPolicy, is_inner_host
from ingest.opml import ListedFeed
from ingest.wires import WIRES, by_host
from news.links import canonical_url
from news.source import SourceKind
from storage.archive import Archive
from storage.sources import SourceSpec, add_source


def write_opml(archive: Archive, out: BinaryIO, now: datetime) -> int:
    """Write the feeds among the sources as OPML 2.0, in a folder for each wire; returns how many.

    Listing pages, sitemaps and JSON interfaces are no feeds.
    """
    feeds = [line.source for line in archive.sources() if line.source.kind is SourceKind.FEED]
    root = ET.Element("opml", version="2.0")
    head = ET.SubElement(root, "head")
    ET.SubElement(head, "title").text = "Wirewatch sources"
    ET.SubElement(head, "dateCreated").text = format_datetime(now, usegmt=True)
    body = ET.SubElement(root, "body")
    folders = {wire: ET.SubElement(body, "outline", text=wire, title=wire) for wire in sorted({f.wire for f in feeds})}
    for feed in feeds:
        told = {"type": "rss", "text": feed.name, "title": feed.name, "xmlUrl": feed.url, "category": feed.wire}
        ET.SubElement(folders[feed.wire], "outline", told)
    ET.indent(root)
    out.write(ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")
    return len(feeds)


@dataclass(slots=True)
class Added:
    """What became of the feeds of a list: how many are new, how many were polled already, which cannot be."""

    new: int = 0
    known: int = 0
    refused: list[str] = field(default_factory=list)


def add_feeds(
    archive: Archive, feeds: Sequence[ListedFeed], now: datetime, interval_s: float, policy: AddressPolicy
) -> Added:
    """Add those that are not polled yet, in one transaction; a name that is taken gets a number.

    A feed is of the wire on whose site it lies, or of that which the list files it under, where it is known. One that
    leads into a network of one's own is refused unless `policy` allows it.
    """
    lines = [line.source for line in archive.sources()]
    names, urls = {source.name for source in lines}, {source.url for source in lines}
    added = Added()
    with archive.writing(now) as work:
        for feed in feeds:
            url = canonical_url(feed.url)
            if url is None or is_inner_host(_host(url), policy):
                added.refused.append(_refusal(feed, url))
                continue
            if url in urls:
                added.known += 1
                continue
            name = _free(feed.title or _host(url).removeprefix("www."), names)
            spec = SourceSpec(
                name, _wire(feed, url), "feed", url, interval_s, alert_seed=False, trusted=False, origin="db"
            )
            if not add_source(work, spec):
                added.refused.append(f"{spec.name}: a source of that name was there once")
                continue
            added.new += 1
            names.add(spec.name)
            urls.add(url)
    return added


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def _refusal(feed: ListedFeed, url: str | None) -> str:
    named = feed.title or "a feed"
    if url is None:
        return f"{named}: {feed.url[:200]!r} is no web address"
    return f'{named}: {_host(url)} is a private address; [network] allow = ["{_host(url)}"] lets it be polled'


def _wire(feed: ListedFeed, url: str) -> str:
    known = by_host(url)
    if known is not None:
        return known.slug
    return feed.filed_under if feed.filed_under in WIRES else "web"


def _free(name: str, taken: set[str]) -> str:
    n, free = 1, name
    while free in taken:
        n += 1
        free = f"{name[:90]} {n}"
    return free
