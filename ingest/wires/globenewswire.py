"""GlobeNewswire, and the Marketwired releases that it inherited.

Of the times that a page states only `time[datetime]` holds: the JSON-LD has capitalised keys and a day
in American order, `og:article:published_time` is UTC and does not say so. The first `h1` is a logo and
the `title` is cut short. The page carries other companies' headlines, years younger than the release.
"""

from __future__ import annotations

import re

from ingest.clipping import Claim, Clipping
from ingest.dates import parse_stamp
from ingest.fragment import read_nodes
from ingest.sheet import Sheet
from ingest.wires.wire import Wire
from news.release import StampSource

_HEADLINE = "h1.article-headline"
_SUBTITLES = "h2.article-sub-headline"
_BODY = '#main-body-container, .main-body-container[itemprop="articleBody"]'
_TIME = ".article-published time[datetime], time[datetime]"
_ISSUER = '.article-source a, [itemprop="author copyrightHolder"]'
_CHROME = ".mw_disclaimer, #article-resource-container, .social-media-side-bar-container, [id^=pnr-global], button"
_NUMBER = re.compile(r"/news-release/\d{4}/\d{2}/\d{2}/(\d{4,9})/")


def clip(sheet: Sheet, wire: Wire) -> Clipping | None:
    headline = sheet.text(_HEADLINE)
    body = sheet.tree.css_first(_BODY)
    if headline is None or body is None:
        return None
    text = read_nodes([body], drop=_CHROME)
    return Clipping(
        headline=headline,
        blocks=text.blocks,
        subtitles=tuple(dict.fromkeys(sheet.texts(_SUBTITLES))),
        claims=_claims(sheet, wire),
        url=sheet.canonical or sheet.attribute('[itemprop="mainEntityOfPage"]', "itemid"),
        release_number=_release_number(sheet),
        issuer=sheet.text(_ISSUER) or sheet.meta("author"),
        language=sheet.meta("inlanguage"),
        images=text.images,
    )


def _claims(sheet: Sheet, wire: Wire) -> tuple[Claim, ...]:
    stated = sheet.attribute(_TIME, "datetime")
    stamp = parse_stamp(stated, default_zone=wire.zone) if stated else None
    return (Claim(stamp=stamp, source=StampSource.TIME),) if stamp else ()


def _release_number(sheet: Sheet) -> str | None:
    own = sheet.attribute('[itemprop="mainEntityOfPage"]', "itemid")
    for address in (sheet.url, sheet.canonical, own):
        match = _NUMBER.search(address or "")
        if match:
            return match[1]
    return None


WIRE = Wire(
    slug="globenewswire",
    hosts=("globenewswire.com",),
    tags=(r"GLOBE\s?NEWSWIRE",),
    zone="America/New_York",
    layouts=(clip,),
)
