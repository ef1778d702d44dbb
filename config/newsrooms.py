"""How a wire's or a newsroom's pages are laid out, as a configuration tells it: selectors for each part.

The catalogue and the user's own file say the same things with the same keys. Everything here is a frozen value.
"""

from __future__ import annotations

import re
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field

from config import number_patterns, selectors, time_formats
from config.fields import HOST_NAME, PagedUrl, Slug, Table, as_tuple, one_or_more
from config.problems import MisspeltError, did_you_mean

MANY_MAX = 20
LAYOUTS_MAX = 10
WIRES_MAX = 500
HOSTS_MAX = 50

_TAG = re.compile(r"[^\W_][\w .&+-]{1,39}")


def _pick(value: str) -> str:
    selectors.read_pick(value)
    return value


def _host(value: str) -> str:
    if "/" in value or ":" in value:
        raise MisspeltError("is an address; a host has no scheme and no path.", value, 0, "As in newsroom.example.")
    if not HOST_NAME.fullmatch(value):
        raise ValueError(f'holds "{value}", which is no host name.')
    return value.lower().removeprefix("www.")


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, KeyError, OSError):
        hint = did_you_mean(value, available_timezones()) or "As in Europe/Berlin or America/New_York."
        raise MisspeltError("is no time zone.", value, 0, hint) from None
    return value


def _tag(value: str) -> str:
    if not _TAG.fullmatch(value):
        raise MisspeltError(
            "is no name that could stand in a dateline.", value, 0, "As in ACME NEWSWIRE, without its signs."
        )
    return value


Selector = Annotated[str, AfterValidator(selectors.checked)]
PickText = Annotated[str, AfterValidator(_pick)]
_Many = (BeforeValidator(one_or_more), Field(max_length=MANY_MAX))
Selectors = Annotated[tuple[Selector, ...], *_Many]
Picks = Annotated[tuple[PickText, ...], *_Many]
TimeFormats = Annotated[tuple[Annotated[str, AfterValidator(time_formats.checked)], ...], *_Many]
Number = Annotated[str, AfterValidator(number_patterns.checked)]
Zone = Annotated[str, AfterValidator(_zone)]
Hosts = Annotated[
    tuple[Annotated[str, AfterValidator(_host)], ...], BeforeValidator(one_or_more), Field(max_length=HOSTS_MAX)
]
Tags = Annotated[tuple[Annotated[str, AfterValidator(_tag)], ...], *_Many]


class Layout(Table):
    """One way in which a newsroom's release pages are laid out; it holds for pages that have a headline and a body.

    Of several selectors the first that finds anything is taken, with all that it finds where there may be several;
    `drop`, `boilerplate` and `contact` take what any of them finds. `when` must be on the page as well.
    """

    when: Selector | None = None
    headline: Annotated[Picks, Field(min_length=1)]
    subtitles: Picks = ()
    body: Annotated[Selectors, Field(min_length=1)]
    drop: Selectors = ()
    dateline: Selectors = ()
    boilerplate: Selectors = ()
    contact: Selectors = ()
    time: Picks = ()
    time_format: TimeFormats = ()
    issuer: Picks = ()
    language: Picks = ()
    topics: Picks = ()
    translations: Picks = ()


class Rows(Table):
    """The rows of a listing page; all but `row` is looked for within one. Without a `title` the link's text is it.

    `pages` is the address of all pages, with {page} for their number from 1.
    """

    row: Selector
    link: PickText = "a[href]"
    title: Picks = ()
    time: Picks = ()
    time_format: TimeFormats = ()
    summary: Picks = ()
    issuer: Picks = ()
    language: Picks = ()
    pages: PagedUrl | None = None


class Newsroom(Table):
    """A publisher whose pages are read by what its configuration says.

    `hosts` are its sites without `www.`, their subdomains included. `zone` is the clock of its undeclared times. `tags`
    are the names that it calls itself by in datelines. `number` finds a release's number in its page's address. Of
    `layouts` the first that holds for a page reads it; where none does, the generic parser.
    """

    slug: Slug
    title: Annotated[str, Field(max_length=100)] = ""
    hosts: Hosts = ()
    zone: Zone = "UTC"
    tags: Tags = ()
    number: Number | None = None
    layouts: Annotated[tuple[Layout, ...], BeforeValidator(as_tuple), Field(max_length=LAYOUTS_MAX)] = Field(
        default=(), alias="layout"
    )
    listing: Rows | None = None
