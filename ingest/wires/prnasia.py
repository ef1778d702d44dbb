"""PR Newswire Asia, in Chinese and English. No capture of its pages was found: the selectors are what readers of the
site agree on, and each has another way beside it.
"""

from __future__ import annotations

import re

from ingest.clipping import Block, Claim, Clipping
from ingest.dates import Stamp, parse_stamp
from ingest.fragment import read_nodes
from ingest.sheet import Sheet, data_text
from ingest.wires.wire import Wire
from news.release import StampSource

_BODY = "#dvContent"
_HEADLINE = "#dvTitle, .news-title h1, .storytitle, h1"
_SUBTITLES = "#dvSubTitle, .subtitle, .sub-title"
_TIME = "#dvDate, .timestamp, .datetime, .news-date, .release-date, .storytime"
_RELATED = "#storyList, .storylist-block, .presscolumn"
_SOURCE = "#dvSource, .story-source, .news-source"
_CHROME = (
    "#dvKeyword, #shareBottom, #storyList, .storylist-block, .offiaccount, header, footer, #page-footer, .share, "
    "[class*=share-], .qrcode, .bdsharebuttonbox, #dvTitle, h1, form, button"
)
_STAMP = re.compile(r"\d{4}[-/年]\d{1,2}[-/月]\d{1,2}日?\s+\d{1,2}:\d{2}(?::\d{2})?")
_SITE_NAME = re.compile(r"\s*[-_|–—]+\s*(?:美通社|PR ?Newswire).*$", re.IGNORECASE)
_NUMBER = re.compile(r"/story/(?:archive/)?(\d{3,8})(?:-\d|_\w+)|-(\d{4,8})\.shtml")
# The figure behind the number of a story: which language it is told in.
_LANGUAGES = {"0": "en", "1": "zh-CN", "2": "zh-TW"}
_LANGUAGE = re.compile(r"/story/\d+-(\d)\.shtml")
_SOURCE_LINE = re.compile(r"(?:消息|新[聞闻])?[来來]源\s*[:：]\s*(?P<issuer>[^\n]{1,120})")


def clip(sheet: Sheet, wire: Wire) -> Clipping | None:
    body = sheet.tree.css_first(_BODY)
    if body is None:
        return None
    for related in sheet.tree.css(_RELATED):
        related.decompose()
    headline = sheet.text(_HEADLINE) or _shared_title(sheet)
    if headline is None:
        return None
    subtitles = tuple(dict.fromkeys(text for text in sheet.texts(_SUBTITLES) if text != headline))
    claims = _claims(sheet, wire)
    text = read_nodes([body], drop=_CHROME)
    blocks, source = _without_source(text.blocks)
    return Clipping(
        headline=headline,
        blocks=blocks,
        subtitles=subtitles,
        claims=claims,
        url=sheet.canonical,
        release_number=_in_address(sheet, _NUMBER),
        issuer=source or sheet.text(_SOURCE),
        language=_LANGUAGES.get(_in_address(sheet, _LANGUAGE) or "") or sheet.meta("inlanguage"),
        images=text.images,
    )


def _without_source(blocks: tuple[Block, ...]) -> tuple[tuple[Block, ...], str | None]:
    """The blocks before the wire's closing line, and whom that names."""
    for at in range(len(blocks) - 1, 0, -1):
        match = _SOURCE_LINE.fullmatch(blocks[at].text)
        if match:
            return blocks[:at], match["issuer"].strip()
    return blocks, None


def _claims(sheet: Sheet, wire: Wire) -> tuple[Claim, ...]:
    said = (
        (data_text(sheet.article_data(), "datePublished"), StampSource.JSON_LD),
        (sheet.meta("article:published_time", "publishdate", "pubdate"), StampSource.META),
    )
    claims = [Claim(stamp=stamp, source=source) for text, source in said if text and (stamp := _stamp(text, wire))]
    for text in sheet.texts(_TIME):
        match = _STAMP.search(text)
        stamp = _stamp(match[0] if match else text, wire)
        if stamp is not None:
            return (*claims, Claim(stamp=stamp, source=StampSource.VISIBLE))
    return tuple(claims)


def _stamp(text: str, wire: Wire) -> Stamp | None:
    return parse_stamp(text, default_zone=wire.zone)


def _shared_title(sheet: Sheet) -> str | None:
    title = sheet.meta("og:title") or sheet.text("title")
    return (_SITE_NAME.sub("", title) or None) if title else None


def _in_address(sheet: Sheet, pattern: re.Pattern[str]) -> str | None:
    for address in (sheet.url, sheet.canonical):
        match = pattern.search(address or "")
        if match:
            return next((group for group in match.groups() if group), None)
    return None


WIRE = Wire(slug="prnasia", hosts=("prnasia.com",), zone="Asia/Shanghai", layouts=(clip,))
