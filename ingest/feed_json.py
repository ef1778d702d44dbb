"""JSON Feed, versions 1 and 1.1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from ingest.feed_items import Category, Feed, FeedItem, Link, Person, Text
from ingest.snippets import one_line

_FIELD_CHARS_MAX = 500_000
_EACH_MAX = 200


def is_json_feed(feed: object) -> bool:
    return isinstance(feed, dict) and isinstance(feed.get("items"), list) and "jsonfeed" in _string(feed.get("version"))


def read_json_feed(feed: Mapping[str, Any], base: str, rows_max: int) -> Feed:
    """The feed of an object that `is_json_feed`; what has another type than the specification's is not there."""
    hubs = [hub for hub in _list(feed.get("hubs")) if isinstance(hub, dict)]
    pushed = [_string(hub.get("url")) for hub in hubs if _string(hub.get("type")).lower() == "websub"]
    links = [Link(url, "hub") for url in pushed if url]
    if own := _string(feed.get("feed_url")):
        links.append(Link(own, "self"))
    if home := _string(feed.get("home_page_url")):
        links.append(Link(home))
    return Feed(
        title=one_line(_string(feed.get("title"))),
        language=_string(feed.get("language")),
        links=tuple(links),
        authors=tuple(_authors(feed)),
        items=tuple(_item(row if isinstance(row, dict) else {}, base) for row in feed["items"][:rows_max]),
    )


def _item(row: Mapping[str, Any], base: str) -> FeedItem:
    html, plain = _string(row.get("content_html")), _string(row.get("content_text"))
    summary = _string(row.get("summary"))
    said = row.get("id")
    return FeedItem(
        # Version 1 allows a number for an id.
        guid=said.strip() if isinstance(said, str) else str(said) if isinstance(said, int | float) else "",
        links=tuple(_links(row, base)),
        title=Text(_string(row.get("title"))),
        summary=Text(summary),
        content=tuple(text for text in (Text(html, markup=True), Text(plain)) if text.value),
        published=_string(row.get("date_published")),
        updated=_string(row.get("date_modified")),
        authors=tuple(_authors(row)),
        categories=tuple(Category("", tag) for tag in map(one_line, map(_string, _list(row.get("tags")))) if tag),
        language=_string(row.get("language")),
    )


def _links(row: Mapping[str, Any], base: str) -> Iterator[Link]:
    for key, rel in (("url", "alternate"), ("external_url", "related")):
        if url := _absolute(row.get(key), base):
            yield Link(url, rel)
    for part in _list(row.get("attachments")):
        if isinstance(part, dict) and (url := _absolute(part.get("url"), base)):
            size = part.get("size_in_bytes")
            yield Link(url, "enclosure", _string(part.get("mime_type")), str(size) if isinstance(size, int) else "")


def _absolute(value: object, base: str) -> str:
    said = _string(value).strip()
    try:
        return urljoin(base, said) if said else ""
    except ValueError:
        return said


def _authors(row: Mapping[str, Any]) -> Iterator[Person]:
    for author in (*_list(row.get("authors")), row.get("author")):
        if isinstance(author, dict):
            told = Person(one_line(_string(author.get("name"))), "", _string(author.get("url")))
            if told != Person():
                yield told


def _list(value: object) -> list[Any]:
    return value[:_EACH_MAX] if isinstance(value, list) else []


def _string(value: object) -> str:
    return value[:_FIELD_CHARS_MAX] if isinstance(value, str) else ""
