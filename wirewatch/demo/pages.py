"""The local wire's pages: release page, listing page and feed, in the shapes that the wires have.

Written for the demo and the tests. They bear what is hard about the real ones: stamps in four
places, other releases' headlines around the article, text that tags cut in two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from wirewatch.demo.releases import EASTERN, SampleRelease, paragraphs

FEED_ITEMS = 20
TEASER_CHARS = 240
_SLUG_CHARS = 120
_HEADING_CHARS = 80

_TICKER = re.compile(r"\((NASDAQ|NYSE|TSXV|ASX|OTCQB): ([A-Z]{2,5})\)")

_templates = Environment(
    loader=PackageLoader("wirewatch.demo", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class GuidStyle(StrEnum):
    """What a feed writes as guid: the link, one and the same for all, another at each poll, or the number."""

    LINK = "link"
    COLLIDING = "colliding"
    CHANGING = "changing"
    NUMBER = "number"


class Layout(StrEnum):
    """How pages are laid out: as the wires do, or plainly, as nobody described it."""

    CLASSIC = "release.html"
    PLAIN = "release_plain.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A release on the wire. `at` is when it became readable; its stamps are that minute's start."""

    number: str
    path: str
    url: str
    headline: str
    at: datetime
    release: SampleRelease

    @property
    def stamp(self) -> datetime:
        return self.at.replace(second=0, microsecond=0)


def slug(headline: str) -> str:
    words = re.sub(r"[^0-9a-z]+", "-", headline.casefold()).strip("-")
    return words[:_SLUG_CHARS].rstrip("-") or "release"


def release_page(
    shown: Published, others: Sequence[Published], base_url: str, layout: Layout = Layout.CLASSIC
) -> bytes:
    """The page of one release; `others` are advertised around it, as real pages do."""
    release, eastern = shown.release, shown.stamp.astimezone(EASTERN)
    text = _templates.get_template(layout.value).render(
        shown=shown,
        release=release,
        others=others,
        base_url=base_url,
        company_slug=slug(release.issuer),
        iso_stamp=eastern.isoformat(),
        visible_stamp=eastern.strftime("%b %d, %Y, %H:%M ET"),
        transmission_id=f"{eastern:%Y%m%d%H%M}PR_NEWS_USPR_____NY{shown.number[-5:]}",
        teaser=teaser(shown),
        body=_article(release, shown.at),
        about=_about(release),
        contact=_contact(release),
    )
    return text.encode("utf-8")


def listing_page(rows: Sequence[Published], now: datetime) -> bytes:
    """A page of cards; a stamp of today bears the time alone, an older one its date, both Eastern."""
    today = now.astimezone(EASTERN).date()
    cards = [
        (row, _listing_stamp(row.stamp.astimezone(EASTERN), today == row.stamp.astimezone(EASTERN).date()))
        for row in rows
    ]
    text = _templates.get_template("listing.html").render(cards=cards, teaser=teaser, today=today.strftime("%m/%d/%Y"))
    return text.encode("utf-8")


def feed(newest_first: Sequence[Published], base_url: str, guids: GuidStyle, poll: int) -> bytes:
    """RSS 2.0 of the newest FEED_ITEMS. The bytes depend on the arguments alone."""
    items = [
        (item, _guid(item, guids, poll), format_datetime(item.stamp), teaser(item))
        for item in newest_first[:FEED_ITEMS]
    ]
    text = _templates.get_template("feed.xml").render(items=items, base_url=base_url)
    return text.encode("utf-8")


def teaser(shown: Published) -> str:
    """The text's beginning with its dateline, cut at a word, as feeds and listings quote it."""
    whole = f"{shown.release.dateline(shown.at)} {shown.release.paragraphs()[0]}"
    if len(whole) <= TEASER_CHARS:
        return whole
    return whole[:TEASER_CHARS].rsplit(" ", 1)[0] + "..."


def _guid(item: Published, guids: GuidStyle, poll: int) -> str:
    match guids:
        case GuidStyle.LINK:
            return item.url
        case GuidStyle.COLLIDING:
            return "news-release"
        case GuidStyle.CHANGING:
            return f"{item.url}#{poll}"
        case GuidStyle.NUMBER:
            return f"urn:release:{item.number}"


def _listing_stamp(eastern: datetime, is_today: bool) -> str:  # noqa: FBT001 -- one private caller, one line away
    return eastern.strftime("%H:%M ET" if is_today else "%b %d, %Y, %H:%M ET")


def _article(release: SampleRelease, at: datetime) -> Markup:
    first, *rest = release.paragraphs()
    dateline = Markup('<span class="xn-location">{}</span>{}<span class="xn-chron">{}</span> {}').format(
        release.place, release.place_and_date_join(), release.date_words(at), release.mark
    )
    opening = Markup("<p>{} {}</p>").format(dateline, _inline(first))
    return Markup("\n").join([opening, *map(_block, rest)])


def _block(text: str) -> Markup:
    lines = text.split("\n")
    if all(line.startswith("• ") for line in lines):
        items = Markup("").join(Markup("<li>{}</li>").format(_inline(line[2:])) for line in lines)
        return Markup('<ul type="disc">{}</ul>').format(items)
    return Markup("<p>{}</p>").format(_inline(text))


def _inline(text: str) -> Markup:
    """The text escaped, its tickers as links that open a quote: the tag stands inside the brackets."""
    parts, end = [], 0
    for found in _TICKER.finditer(text):
        link = Markup('({}: <a class="ticket-symbol" data-toggle="modal" href="#financial-modal">{}</a>)')
        parts += [escape(text[end : found.start()]), link.format(found[1], found[2])]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def _about(release: SampleRelease) -> Markup:
    """Each boilerplate paragraph; those that open a section ("About …") in bold, as wires set them."""
    bold = Markup("<p><b>{}</b></p>")
    return Markup("\n").join(
        bold.format(text) if len(text) <= _HEADING_CHARS and text[-1] not in ".。" else _block(text)
        for text in paragraphs(release.about)
    )


def _contact(release: SampleRelease) -> Markup:
    if not release.contact:
        return Markup("")
    head, *lines = release.contact.split("\n")
    rest = Markup('<br class="dnr">').join(_contact_line(line) for line in lines)
    return Markup('<p><b>{}<br class="dnr"></b>{}</p>').format(head, rest)


def _contact_line(line: str) -> Markup:
    if "@" in line and " " not in line:
        return Markup('<a href="mailto:{0}" rel="nofollow" target="_blank">{0}</a>').format(line)
    return escape(line)
