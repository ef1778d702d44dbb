"""PR Newswire's listing pages, as they have stood since 2023; its sibling sites use the same cards.

A card's time is `10:10 ET` for the page's own day, else `Sep 01, 2026, 10:00 ET`. Rows run from the
newest down, so a short time later than the one above it is of the day before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from selectolax.lexbor import LexborNode

from ingest.dates import parse_stamp
from ingest.page import Page
from ingest.rows import ROWS_MAX, Listing, no_listing
from ingest.sheet import open_sheet
from ingest.snippets import clipped, one_line
from news.links import canonical_url
from news.release import Precision, Reject, RejectReason
from news.source import Listed

CARD = "a.newsreleaseconsolidatelink"
ROW_LANGUAGE = ".newsCards[lang]"
TITLE_LANGUAGE = ".langspan[lang]"
TEASER = "p.remove-outline"
PAGE_DAY = "input#date"
SITE = "https://www.prnewswire.com/"
ZONE = "America/New_York"

_SHORT_TIME = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{2})\b.*")
_PAGE_DAY = re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})")
_MORE_NEWS = re.compile(r"\s*More news about:.*\Z", re.DOTALL)
_FUTURE_SLACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Above:
    """What the row above tells of the next: its day, and its time of day if it was a short one."""

    day: date | None
    short: time | None = None


def read_prnewswire_listing(page: Page) -> Listing | Reject:
    """The cards of the page, newest first; a page without any, and without the frame for them, is none."""
    sheet = open_sheet(page.text, page.url)
    if isinstance(sheet, Reject):
        return sheet
    cards = sheet.tree.css(CARD)[:ROWS_MAX]
    day = sheet.attribute(PAGE_DAY, "value")
    if not cards and day is None:
        return no_listing(sheet)
    rows = list(_rows(page, cards, _Above(_page_day(day, page))))
    return Listing(
        entries=tuple(row for row in rows if isinstance(row, Listed)),
        rejects=tuple(row for row in rows if isinstance(row, Reject)),
    )


def _rows(page: Page, cards: list[LexborNode], above: _Above) -> Iterator[Listed | Reject]:
    titled = {card.attributes.get("href") for card in cards if card.css_first("h3") is not None}
    for card in cards:
        heading = card.css_first("h3")
        if heading is None:
            # The picture of a card is a link of its own beside the one with the title.
            if card.attributes.get("href") not in titled:
                yield Reject(RejectReason.EMPTY, clipped(f"a card without a title: {card.attributes.get('href')}"))
            continue
        stamp_text = _text_of(heading.css_first("small"))
        stamp, above = _stamp(stamp_text, above, page.fetched_at)
        yield _card(page, card, heading, stamp, stamp_text)


def _card(
    page: Page, card: LexborNode, heading: LexborNode, stamp: datetime | None, stamp_text: str
) -> Listed | Reject:
    href = card.attributes.get("href") or ""
    url = canonical_url(href, page.url or SITE)
    title = _title(heading)
    if url is None or not title:
        return Reject(RejectReason.EMPTY, clipped(f"a card without a link or title: {href} {title}"))
    return Listed(
        url=url,
        guid=None,
        title=title,
        summary=_MORE_NEWS.sub("", _text_of(card.css_first(TEASER))),
        stamp=stamp,
        stamp_text=stamp_text,
        language=_language(card, heading),
    )


def _title(heading: LexborNode) -> str:
    words = (node.text_content or "" for node in heading.traverse(include_text=True) if _is_title_text(node, heading))
    return one_line("".join(words))


def _is_title_text(node: LexborNode, heading: LexborNode) -> bool:
    """Whether a text stands in the heading, but not in its `small`."""
    if node.tag != "-text":
        return False
    above = node.parent
    while above is not None and above != heading:
        if above.tag == "small":
            return False
        above = above.parent
    return True


def _language(card: LexborNode, heading: LexborNode) -> str | None:
    own = heading.css_first(TITLE_LANGUAGE)
    if own is not None:
        return own.attributes.get("lang") or None
    above = card.parent
    while above is not None:
        if above.css_matches(ROW_LANGUAGE):
            return above.attributes.get("lang") or None
        above = above.parent
    return None


def _stamp(text: str, above: _Above, fetched_at: datetime | None) -> tuple[datetime | None, _Above]:
    short = _SHORT_TIME.fullmatch(text)
    if short is None:
        stamp = parse_stamp(text, default_zone=ZONE)
        if stamp is None:
            return None, above
        day = stamp.at.date() if stamp.precision is Precision.DAY else stamp.at.astimezone(ZoneInfo(ZONE)).date()
        return (None if stamp.precision is Precision.DAY else stamp.at), _Above(day)
    return _short_stamp(text, short, above, fetched_at)


def _short_stamp(
    text: str, short: re.Match[str], above: _Above, fetched_at: datetime | None
) -> tuple[datetime | None, _Above]:
    if above.day is None or int(short["hour"]) > 23 or int(short["minute"]) > 59:  # noqa: PLR2004 (a clock)
        return None, above
    at_clock = time(int(short["hour"]), int(short["minute"]))
    day = above.day
    if above.short is not None and at_clock > above.short:
        day -= timedelta(days=1)
    at = _at(day, text)
    if at is not None and fetched_at is not None and at > fetched_at + _FUTURE_SLACK:
        # A page made before midnight and dated after it.
        day -= timedelta(days=1)
        at = _at(day, text)
    return at, _Above(day, at_clock)


def _at(day: date, text: str) -> datetime | None:
    stamp = parse_stamp(f"{day:%b %d, %Y}, {text}", default_zone=ZONE)
    return stamp.at if stamp is not None else None


def _page_day(stated: str | None, page: Page) -> date | None:
    """The day that short times are of: the page's own word, else the day of the fetch in New York."""
    parts = _PAGE_DAY.fullmatch(stated or "")
    if parts is not None:
        with suppress(ValueError):
            return date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
    return None if page.fetched_at is None else page.fetched_at.astimezone(UTC).astimezone(ZoneInfo(ZONE)).date()


def _text_of(node: LexborNode | None) -> str:
    return one_line(node.text()) if node is not None else ""
