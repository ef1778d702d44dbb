"""The wires that are known of, and their public feeds: `catalogue.toml`, typed.

A new wire without odd pages needs nothing but its lines there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from config.newsrooms import Newsroom
from news.source import NO_WAYS, SourceKind, Ways

CATALOGUE_FILE = "catalogue.toml"
_TEMPLATES = ("url", "listing")


class FeedState(StrEnum):
    """What is known of a feed: read by us as it is served, only told of, or closed to us."""

    PROVED = "proved"
    UNPROVED = "unproved"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A public address of a wire. `interval_s`: how often to ask it until its rhythm is known.

    `language` (BCP 47) and `country` (ISO 3166) are those of its releases where it is one language's or country's.
    `ways` are other addresses of the same releases.
    """

    key: str
    title: str
    url: str
    kind: SourceKind
    state: FeedState
    interval_s: float
    note: str = ""
    language: str = ""
    country: str = ""
    ways: Ways = NO_WAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A publisher of releases. `zone` is the IANA zone that its undeclared times are in."""

    slug: str
    title: str
    home: str
    zone: str
    feeds: tuple[Feed, ...]
    pages: FeedState = FeedState.UNPROVED
    note: str = ""


@cache
def newsrooms() -> tuple[Newsroom, ...]:
    """The wires whose pages are described here, in the catalogue's order."""
    return tuple(_newsroom(table) for table in _tables("wire") if _DESCRIBED & set(table))


@cache
def platforms() -> tuple[Newsroom, ...]:
    """Programs that many newsrooms run on; their pages are known by `when`, on whatever host they stand."""
    return tuple(_newsroom(table) for table in _tables("platform"))


def states() -> dict[str, FeedState]:
    """How well the pages of each wire and platform are known, by slug."""
    told = [*_tables("wire"), *_tables("platform")]
    return {table["slug"]: FeedState(table.get("pages", FeedState.UNPROVED)) for table in told}


@cache
def wires() -> tuple[Wire, ...]:
    """Every wire, in the catalogue's order."""
    return tuple(_wire(table) for table in _tables("wire"))


def wire(slug: str) -> Wire | None:
    return next((known for known in wires() if known.slug == slug), None)


def feed(address: str) -> tuple[Wire, Feed] | None:
    """The feed at `WIRE/FEED`, as `use` names it, with its wire."""
    slug, _, key = address.partition("/")
    found = wire(slug)
    if found is None:
        return None
    return next(((found, known) for known in found.feeds if known.key == key), None)


def feed_at(url: str) -> Feed | None:
    """The feed that is served at this very address."""
    return next((known for wire in wires() for known in wire.feeds if known.url == url), None)


def addresses() -> tuple[str, ...]:
    """Every `WIRE/FEED` that `feed` knows."""
    return tuple(f"{wire.slug}/{feed.key}" for wire in wires() for feed in wire.feeds)


def search(words: Sequence[str]) -> tuple[tuple[Wire, Feed], ...]:
    """The feeds that have all the words anywhere in what is said of them; with none, a letter wrong is forgiven."""
    every = [(wire, feed) for wire in wires() for feed in wire.feeds]
    wanted = [word.casefold() for said in words for word in re.split(r"[\s/-]+", said) if word]
    exact = tuple(pair for pair in every if all(word in _said_of(*pair) for word in wanted))
    if exact or not wanted:
        return exact
    near = [get_close_matches(word, vocabulary(), n=3, cutoff=0.75) for word in wanted]
    return tuple(pair for pair in every if all(any(one in _said_of(*pair) for one in like) for like in near))


@cache
def vocabulary() -> tuple[str, ...]:
    """The words that entries are found by."""
    words = (
        word for wire in wires() for feed in wire.feeds for word in re.findall(r"[^\W\d_]{3,}", _said_of(wire, feed))
    )
    return tuple(dict.fromkeys(words))


def _said_of(wire: Wire, feed: Feed) -> str:
    parts = (
        wire.slug,
        wire.title,
        feed.key,
        feed.title,
        feed.kind.value,
        feed.state.value,
        feed.language,
        feed.country,
    )
    return " ".join(parts).casefold()


_DESCRIBED = frozenset({"hosts", "tags", "number", "layout", "listing"})


@cache
def _whole() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(CATALOGUE_FILE).read_text(encoding="utf-8"))


def _tables(name: str) -> list[dict[str, Any]]:
    return list(_whole().get(name, []))


def _newsroom(table: Mapping[str, Any]) -> Newsroom:
    told = {key: table[key] for key in ("slug", "title", "zone", *_DESCRIBED) if key in table}
    return Newsroom.model_validate(told)


def _wire(table: Mapping[str, Any]) -> Wire:
    return Wire(
        slug=table["slug"],
        title=table["title"],
        home=table["home"],
        zone=table["zone"],
        note=table.get("note", ""),
        pages=FeedState(table.get("pages", FeedState.UNPROVED)),
        feeds=(
            *(_feed(feed, table["interval_s"]) for feed in table.get("feed", [])),
            *(feed for family in table.get("family", []) for feed in _family(family, table["interval_s"])),
        ),
    )


def _family(table: Mapping[str, Any], interval_s: float) -> Iterator[Feed]:
    """Feeds whose addresses differ by a code and a title alone."""
    for key, title, code, *more in table["feeds"]:
        of_code = {
            name: table[name].replace("{code}", code).replace("{title}", quote(title))
            for name in _TEMPLATES
            if name in table
        }
        told = dict(zip(("language", "country"), more, strict=False))
        yield _feed({**table, **of_code, **told, "key": key, "title": title}, interval_s)


def _feed(table: Mapping[str, Any], interval_s: float) -> Feed:
    return Feed(
        key=table["key"],
        title=table["title"],
        url=table["url"],
        kind=SourceKind(table.get("kind", "feed")),
        state=FeedState(table["state"]),
        interval_s=float(table.get("interval_s", interval_s)),
        note=table.get("note", ""),
        language=table.get("language", ""),
        country=table.get("country", ""),
        ways=Ways(
            listing=table.get("listing"),
            feeds=tuple(table.get("other_feeds", ())),
            sitemaps=_one_or_more(table.get("sitemap", ())),
        ),
    )


def _one_or_more(said: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)
