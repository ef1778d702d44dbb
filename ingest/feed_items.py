"""What a feed says, format by format made one: before it becomes rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Text:
    """A text as a feed carries it. `markup`: it is HTML, else the characters mean themselves."""

    value: str
    markup: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote or sent something; at least one of the three is said."""

    name: str = ""
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """`url` is absolute where the feed's address or `xml:base` make it so. `kind` and `bytes_said` as they stand."""

    url: str
    rel: str = "alternate"
    kind: str = ""
    bytes_said: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """A subject: `domain` is whose word for it `term` is, maybe empty."""

    domain: str
    term: str
    label: str = ""


NO_TEXT = Text("")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One item in the feed's own words; times as they are written.

    `content` are the full texts, the first the best; `guid_is_link`: the guid says that it is the address.
    `identifier` is a number that the publisher gives it beside the guid.
    """

    guid: str = ""
    guid_is_link: bool = False
    links: tuple[Link, ...] = ()
    title: Text = NO_TEXT
    summary: Text = NO_TEXT
    content: tuple[Text, ...] = ()
    published: str = ""
    updated: str = ""
    created: str = ""
    authors: tuple[Person, ...] = ()
    contributors: tuple[Person, ...] = ()
    publisher: Person | None = None
    categories: tuple[Category, ...] = ()
    language: str = ""
    identifier: str = ""

    @property
    def link(self) -> str:
        """The address of what the item is about, else what its guid says is one, else nothing."""
        of_page = next((link.url for link in self.links if link.rel == "alternate" and link.url), "")
        return of_page or (self.guid if self.guid_is_link else "")

    @property
    def enclosures(self) -> tuple[Link, ...]:
        return tuple(link for link in self.links if link.rel == "enclosure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed's own words and its items. `timetable` is what it says of how often it changes, by element.

    `authors` are those of items that name none, where the format says so. Not `whole`: its markup is damaged, and an
    item may be the half of one.
    """

    title: str = ""
    description: str = ""
    language: str = ""
    links: tuple[Link, ...] = ()
    items: tuple[FeedItem, ...] = ()
    authors: tuple[Person, ...] = ()
    timetable: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True

    def linked(self, rel: str) -> str:
        """The address of the feed's own first link of that kind."""
        return next((link.url for link in self.links if link.rel == rel), "")
