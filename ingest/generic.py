"""Pages of unknown sites: what they say of themselves in JSON-LD and OpenGraph, and where their prose stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from ingest import column
from ingest.clipping import Block, Claim, Clipping, Shape
from ingest.column import Column
from ingest.datelines import split_dateline
from ingest.dates import Stamp, parse_stamp
from ingest.fragment import read_nodes
from ingest.outline import weight_of
from ingest.sheet import Sheet, data_text, evened
from ingest.wires.stated_times import read_time
from ingest.zones import is_prose
from news.patterns import any_of
from news.release import Precision, StampSource

_TEXT_WEIGHT_MIN = 200
_LINK_SHARE_MAX = 0.5
_LINES_ABOVE_MAX = 12
_OPENING_PARAGRAPHS = 10
_WRITTEN_NAMES = """
article:published_time og:article:published_time datepublished date dc.date.issued article:published
article:published:time published_time og:published_time publishdate publish-date publish_date publication_date pubdate
dcterms.issued dcterms.date dcterms.created dc.date dc.date.created parsely-pub-date sailthru.date
cxenseparse:recs:publishtime release_date
"""
_TIME_NAMES = tuple(_WRITTEN_NAMES.split())
_UPDATED = any_of(r"(?:last )?(?:updated|modified)\b|aktualisiert\b|mis à jour|actualizado\b|更新")
_LABEL_WORDS_MAX = 6
_FAR_FROM_UTC = "Asia/Tokyo"
_BYLINE_CHARS_MAX = 90
_BYLINE = any_of(
    r"(?:来\s?源|來\s?源|作\s?者|记\s?者|責?任?编\s?辑|发布时间|发布日期|日\s?期|时\s?间|字\s?[号体])\s*[:：].*",
    r"分享(?:到.{0,6})?|打印|收藏|[\d\s:./,|年月日-]{6,30}",
    r"(?:(?:first )?published|posted|(?:last )?(?:updated|modified)|veröffentlicht|aktualisiert|stand|publié|mis à jour"
    r"|publicado|actualizado|pubblicato)\b.*\d.*",
    r"(?:\d+\s?)?(?:min(?:ute)?s?(?: read)?|shares?|comments?)",
    r"(?:share|print|e-?mail|tweet)(?: (?:this|on|article|story).*)?",
)
_EDITOR = re.compile(r"[\[【（(]?\s*(?:责任|責任)?[编編]\s?[辑輯]\s?[:：].{1,30}")
_SENTENCE = re.compile(r"[.!?][\"”’»)]*(?:\s|$)|[。！？]")
# A wire's name in a dateline stands between marks.
_MARKED = re.compile(r"[/(（【\[]|--|–|—|[电電讯訊]")
_DATELINE_CHARS_MAX = 120
# What screen readers are told of a link.
_TAB_NOTE = re.compile(r",? ?\(?\bopens? (?:in )?(?:an? )?new (?:tab|window)\)?", re.IGNORECASE)

_SECTION_PATH = re.compile(
    r"/?(?:index\.\w+|home|news(?:room)?|news-releases|press(?:-releases?|room)?|media)?/?", re.IGNORECASE
)
# A page that links so many headings and says of no day lists articles; it is none.
_LINKED_HEADINGS = "a h2, a h3, h2 a, h3 a"
_LINKED_HEADINGS_MIN = 6
_SECTION_TITLE = re.compile(
    r"(?:(?:latest|all|our|company|corporate|investor) )?(?:press|news|media)"
    r"(?:\s?(?:and|&) (?:press|news|media|events))?"
    r"(?:\s?(?:releases?|rooms?|details?|articles?|cent(?:er|re)|relations))?",
    re.IGNORECASE,
)
_TITLE_TAIL = re.compile(r"\s+[|–—·»-]\s+[^|–—·»]{1,60}$")


def clip(sheet: Sheet, *, zone: str) -> Clipping | None:
    """Cut the article out of an unknown page; None where there is none, as on home and section pages."""
    data = sheet.article_data()
    headline = _shown(sheet, data_text(data, "headline")) or _headline(sheet)
    body: LexborNode | None = sheet.tree.body
    found = column.find(body, headline, opens=_is_signed) if headline is not None and body is not None else None
    if headline is None or found is None or (not data and _is_section(sheet, found)):
        return None
    claims = tuple(_claims(sheet, data_text(data, "datePublished"), zone))
    if not data and not claims and not found.tells and _lists_articles(sheet):
        return None
    claims = claims or tuple(_visible_claims(found.around, zone))
    text = read_nodes(found.cut_out())
    blocks = _without_byline(tuple(_without_notes(text.blocks)))
    if sum(weight_of(block.text) for block in blocks) < _TEXT_WEIGHT_MIN and not _has_dateline(
        block.text for block in blocks
    ):
        return None
    return Clipping(
        headline=headline,
        blocks=_from_dateline(blocks),
        claims=claims,
        url=sheet.canonical,
        issuer=data_text(data, "sourceOrganization"),
        language=sheet.meta("inlanguage") or data_text(data, "inLanguage") or sheet.meta("og:locale"),
        images=text.images,
    )


def _without_notes(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        text = _TAB_NOTE.sub("", block.text) if "new " in block.text else block.text
        if text:
            yield block if text == block.text else replace(block, text=text)


def _without_byline(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks without lines that say who wrote it, when, and where to share it: above the text, or signed below."""
    told = next((at for at, block in enumerate(blocks) if is_prose(block.text) or _SENTENCE.search(block.text)), 0)
    above = (
        block for block in blocks[:told] if len(block.text) > _BYLINE_CHARS_MAX or not _BYLINE.fullmatch(block.text)
    )
    return (*above, *(block for block in blocks[told:] if not _EDITOR.fullmatch(block.text)))


def _headline(sheet: Sheet) -> str | None:
    """The `h1` where there is just one with text, else the title that the page gives to those who share it."""
    shared = sheet.meta("og:title", "twitter:title")
    site = sheet.meta("og:site_name", "application-name")
    headings = [heading for heading in sheet.texts("h1") if not _SECTION_TITLE.fullmatch(heading) and heading != site]
    # An `h1` that the page's title ends in, and that is not shared, is the site's name too.
    title = sheet.text("title") or ""
    tail = _TITLE_TAIL.search(title) if shared else None
    own = [heading for heading in headings if not tail or heading in (shared or "") or not tail[0].endswith(heading)]
    if len(own) == 1:
        return own[0]
    shared = shared or title
    said = max((heading for heading in own if heading in shared), key=len, default=None)
    return said or _TITLE_TAIL.sub("", shared) or next(iter(headings), None)


def _shown(sheet: Sheet, said: str | None) -> str | None:
    """The headline that the data says, without the site's name if the page shows it without."""
    if said is None:
        return None
    shown = (heading for heading in sheet.texts("h1") if len(heading) * 2 > len(said))
    return next((heading for heading in shown if heading in said), said)


def _visible_claims(lines: Iterable[str], zone: str) -> Iterator[Claim]:
    """The first time that a line by the headline states, behind a few words at most."""
    for line in lines:
        if _UPDATED.match(line) or not any(map(str.isdigit, line)):
            continue
        words = line.split(" ", _LABEL_WORDS_MAX)
        for at in range(len(words)):
            text = " ".join(words[at:])
            stamp = read_time(text, (), zone)
            if stamp is not None:
                yield Claim(stamp=_known_part(stamp, text, zone), source=StampSource.VISIBLE)
                return


def _known_part(stamp: Stamp, text: str, zone: str) -> Stamp:
    """The day alone of a time that names no zone, on a site whose zone nobody told."""
    if zone != "UTC" or stamp.precision is Precision.DAY or read_time(text, (), _FAR_FROM_UTC) == stamp:
        return stamp
    return Stamp(datetime.combine(stamp.at.date(), time(), UTC), Precision.DAY)


def _claims(sheet: Sheet, data_said: str | None, zone: str) -> Iterator[Claim]:
    said = (
        (data_said, StampSource.JSON_LD),
        (
            sheet.meta(*_TIME_NAMES),
            StampSource.META,
        ),
        (sheet.attribute("article time[datetime], main time[datetime], time[datetime]", "datetime"), StampSource.TIME),
    )
    for text, source in said:
        stamp = parse_stamp(text, default_zone=zone) if text else None
        if stamp is not None:
            yield Claim(stamp=stamp, source=source)


def _is_section(sheet: Sheet, found: Column) -> bool:
    """A page with the address of a section, or whose text is mostly links, and no dateline."""
    named = sheet.url is not None and _SECTION_PATH.fullmatch(urlsplit(sheet.url).path) is not None
    if not named and found.linked_share <= _LINK_SHARE_MAX:
        return False
    paragraphs = (node for part in found.nodes for node in part.css("p")[:_OPENING_PARAGRAPHS])
    return not _has_dateline(evened(node.text()) for node in paragraphs)


def _is_signed(paragraph: str) -> bool:
    """Whether a paragraph opens with the dateline of a wire."""
    if not _MARKED.search(paragraph[:_DATELINE_CHARS_MAX]):
        return False
    found = split_dateline(paragraph)
    return found is not None and found[0].wire is not None


def _lists_articles(sheet: Sheet) -> bool:
    said = sheet.meta("og:type")
    return said != "article" and len(sheet.tree.css(_LINKED_HEADINGS)) >= _LINKED_HEADINGS_MIN


def _from_dateline(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks without the lines that a site puts above a wire's dateline: its own name, a byline, a time."""
    for at, block in enumerate(blocks[:_LINES_ABOVE_MAX]):
        found = split_dateline(block.text)
        if found and found[0].wire:
            above = (held for held in blocks[:at] if held.shape is Shape.LIST or is_prose(held.text))
            return (*above, *blocks[at:])
    return tuple(blocks)


def _has_dateline(paragraphs: Iterable[str]) -> bool:
    return any(split_dateline(paragraph) is not None for paragraph in paragraphs)
