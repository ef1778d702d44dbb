"""GlobeNewswire, and the Marketwired releases that it inherited.

Of the times that a page states only `time[datetime]` holds: the JSON-LD has capitalised keys and a day
in American order, `og:article:published_time` is UTC and does not say so. The first `h1` is a logo and
the `title` is cut short. The page carries other companies' headlines, years younger than the release.
"""

from __future__ import annotations

import re
from dataclasses import replace

from selectolax.lexbor import LexborNode

from ingest.clipping import Block, Claim, Clipping
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
# Contacts stand in the text, or after it in blocks of their own.
_CONTACTS = "#contactInformation, pre.contactpre"
_ATTACHED = "#gnw_attachments_section-items"
_CHROME = (
    ".mw_disclaimer, #article-resource-container, .social-media-side-bar-container, [id^=pnr-global], button, h1, "
    "#gnw_attachments_section-header, .main-recommended-articles-container, .article-tags, .main-tags, "
    ".mw_trackingimg, .follow-us, form"
)
_NUMBER = re.compile(r"/news-release/\d{4}/\d{2}/\d{2}/(\d{4,9})/")


def clip(sheet: Sheet, wire: Wire) -> Clipping | None:
    headline = sheet.text(_HEADLINE)
    body = sheet.tree.css_first(_BODY)
    if headline is None or body is None:
        return None
    attached = _attached(body)
    beside = [node for node in sheet.tree.css(_CONTACTS) if not _is_below(node, body)]
    text = read_nodes([body, *beside], drop=f"{_CHROME}, {_ATTACHED}")
    return Clipping(
        headline=headline,
        blocks=_with_links(text.blocks, attached),
        subtitles=tuple(text for text in dict.fromkeys(sheet.texts(_SUBTITLES)) if text != headline),
        claims=_claims(sheet, wire),
        url=sheet.canonical or sheet.attribute('[itemprop="mainEntityOfPage"]', "itemid"),
        release_number=_release_number(sheet),
        issuer=sheet.text(_ISSUER) or sheet.meta("author"),
        language=sheet.meta("inlanguage"),
        images=text.images,
    )


def _attached(body: LexborNode) -> tuple[str, ...]:
    """What the wire lists under the text as attached: documents of the release, but no words of it."""
    links = (link.attributes.get("href") for link in body.css(f"{_ATTACHED} a[href]"))
    return tuple(href for href in links if href)


def _with_links(blocks: tuple[Block, ...], links: tuple[str, ...]) -> tuple[Block, ...]:
    if not blocks or not links:
        return blocks
    return (*blocks[:-1], replace(blocks[-1], links=(*blocks[-1].links, *links)))


def _is_below(node: LexborNode, outer: LexborNode) -> bool:
    above: LexborNode | None = node
    while above is not None:
        if above.mem_id == outer.mem_id:
            return True
        above = above.parent
    return False


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
    sign="h1.article-headline ~ .article-published-source, .main-body-container[itemprop=articleBody]",
)
