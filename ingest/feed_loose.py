"""Feeds whose XML is beyond mending, read by feedparser: nothing else bears as much that is broken.

It is given bytes in a stream (a bare string it might take for an address or a file name), never asked for
times (it reads zone names that it does not know as UTC) and never more than it can chew: the time it takes
grows with tags and entities, by up to 40 µs for one.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from xml.sax import SAXException

import feedparser

from ingest.feed_items import NO_TEXT, Category, Feed, FeedItem, Link, Person, Text
from ingest.feed_xml import person_of
from ingest.snippets import one_line

_FIELD_CHARS_MAX = 100_000
_TIMETABLE = ("ttl", "sy_updateperiod", "sy_updatefrequency")


def read_loosely(text: str) -> Feed | None:
    """What can be saved of a broken feed; None where it is none, or where nothing was saved.

    Anything may be raised: a hostile feed finds its way.
    """
    parsed: dict[str, Any] = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    found = dict.get(parsed, "entries") or []
    # The XML itself is at fault: of a feed that shows nothing, its end may be missing.
    broken = isinstance(dict.get(parsed, "bozo_exception"), SAXException)
    if not found and (broken or not dict.get(parsed, "version")):
        return None
    feed = dict.get(parsed, "feed") or {}
    return Feed(
        title=one_line(_string(feed, "title")),
        language=_string(feed, "language"),
        links=tuple(_links(feed)),
        items=tuple(_item(entry) for entry in found),
        timetable={key: said for key in _TIMETABLE if (said := _string(feed, key))},
        whole=False,
    )


def _item(entry: dict[str, Any]) -> FeedItem:
    """An entry of feedparser's. `dict.get`, because its own look-up makes up what is missing."""
    return FeedItem(
        guid=_string(entry, "id"),
        guid_is_link=bool(dict.get(entry, "guidislink")),
        links=tuple(_links(entry)),
        title=_text(dict.get(entry, "title_detail")),
        summary=_text(dict.get(entry, "summary_detail")),
        content=tuple(map(_text, dict.get(entry, "content") or [])),
        published=_string(entry, "published") or _string(entry, "dc_issued"),
        updated=_string(entry, "updated") or _string(entry, "dc_date"),
        created=_string(entry, "created"),
        authors=tuple(_people(entry, "authors")) or _said(_string(entry, "author")),
        contributors=tuple(_people(entry, "contributors")),
        categories=tuple(
            Category(_string(tag, "scheme"), one_line(term), _string(tag, "label"))
            for tag in dict.get(entry, "tags") or []
            if (term := _string(tag, "term"))
        ),
        language=_string(entry, "language") or _string(dict.get(entry, "title_detail") or {}, "language"),
        identifier=_string(entry, "dc_identifier"),
    )


def _links(said: dict[str, Any]) -> Iterator[Link]:
    for link in dict.get(said, "links") or []:
        if href := _string(link, "href"):
            told = (_string(link, "type"), _string(link, "length"), _string(link, "title"))
            yield Link(href, _string(link, "rel").lower() or "alternate", *told)


def _people(said: dict[str, Any], key: str) -> Iterator[Person]:
    for person in dict.get(said, key) or []:
        told = Person(_string(person, "name"), _string(person, "email"), _string(person, "href"))
        if told != Person():
            yield told


def _said(author: str) -> tuple[Person, ...]:
    person = person_of(author)
    return () if person is None else (person,)


def _text(detail: dict[str, Any] | None) -> Text:
    if not detail:
        return NO_TEXT
    return Text(_string(detail, "value"), markup=dict.get(detail, "type") not in (None, "text/plain"))


def _string(said: dict[str, Any], key: str) -> str:
    value = dict.get(said, key)
    return value[:_FIELD_CHARS_MAX] if isinstance(value, str) else ""
