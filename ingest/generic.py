"""Pages of unknown sites: what they say of themselves in JSON-LD and OpenGraph, and their densest column of text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from ingest.clipping import Block, Claim, Clipping, Shape
from ingest.datelines import split_dateline
from ingest.dates import parse_stamp
from ingest.fragment import read_nodes
from ingest.sheet import Sheet, data_text, evened
from ingest.zones import is_prose
from news.release import StampSource

_TEXT_CHARS_MIN = 200
_PARAGRAPH_CHARS_MIN = 25
_PARAGRAPHS_SCORED_MAX = 2_000
_LINK_SHARE_MAX = 0.5
_ANCESTORS = 2
_LINES_ABOVE_MAX = 12

_ARTICLE_BODIES = (
    '[itemprop="articleBody"], .wd_body, .article-body, .article__body, .entry-content, .post-content, article'
)
_CHROME = (
    "nav, header, footer, aside, form, [role=navigation], [role=complementary], .related, .related-articles, .share, "
    ".social-share, .sharing, .newsletter, .comments, #comments, .breadcrumb, .breadcrumbs, .advertisement, .promo, h1"
)
_SECTION_PATH = re.compile(
    r"/?(?:index\.\w+|home|news(?:room)?|news-releases|press(?:-releases?|room)?|media)?/?", re.IGNORECASE
)
_CONSENT = re.compile(r"onetrust|cookie|consent|gdpr", re.IGNORECASE)
# A page that links so many headings and says of no day lists articles; it is none.
_LINKED_HEADINGS = "a h2, a h3, h2 a, h3 a"
_LINKED_HEADINGS_MIN = 6
_TITLE_TAIL = re.compile(r"\s+[|–—·»-]\s+[^|–—·»]{1,60}$")


def clip(sheet: Sheet, *, zone: str) -> Clipping | None:
    """Cut the article out of an unknown page; None where there is none, as on home and section pages."""
    data = sheet.article_data()
    headline = data_text(data, "headline") or _headline(sheet)
    column = _column(sheet)
    if headline is None or column is None or (not data and _is_section(sheet, column)):
        return None
    claims = tuple(_claims(sheet, data_text(data, "datePublished"), zone))
    if not data and not claims and _lists_articles(sheet):
        return None
    text = read_nodes([column], drop=_CHROME)
    if sum(len(block.text) for block in text.blocks) < _TEXT_CHARS_MIN and not _has_dateline(
        block.text for block in text.blocks
    ):
        return None
    return Clipping(
        headline=headline,
        blocks=_from_dateline(text.blocks),
        claims=claims,
        url=sheet.canonical,
        issuer=data_text(data, "sourceOrganization"),
        language=sheet.meta("inlanguage") or data_text(data, "inLanguage") or sheet.meta("og:locale"),
        images=text.images,
    )


def _headline(sheet: Sheet) -> str | None:
    """The `h1` where there is just one with text, else the title that the page gives to those who share it."""
    headings = list(sheet.texts("h1"))
    if len(headings) == 1:
        return headings[0]
    shared = sheet.meta("og:title", "twitter:title") or sheet.text("title")
    for heading in headings:
        if shared and heading in shared:
            return heading
    return _TITLE_TAIL.sub("", shared) if shared else next(iter(headings), None)


def _claims(sheet: Sheet, data_said: str | None, zone: str) -> Iterator[Claim]:
    said = (
        (data_said, StampSource.JSON_LD),
        (
            sheet.meta(
                "article:published_time", "og:article:published_time", "datepublished", "date", "dc.date.issued"
            ),
            StampSource.META,
        ),
        (sheet.attribute("article time[datetime], main time[datetime], time[datetime]", "datetime"), StampSource.TIME),
    )
    for text, source in said:
        stamp = parse_stamp(text, default_zone=zone) if text else None
        if stamp is not None:
            yield Claim(stamp=stamp, source=source)


def _column(sheet: Sheet) -> LexborNode | None:
    """The element whose paragraphs hold the most text: each scores for its parent and, less, its grandparent."""
    scores: dict[int, float] = {}
    nodes: dict[int, LexborNode] = {}
    for paragraph in sheet.tree.css("p, pre, blockquote")[:_PARAGRAPHS_SCORED_MAX]:
        text = evened(paragraph.text())
        if len(text) < _PARAGRAPH_CHARS_MIN or _is_chrome(paragraph):
            continue
        score = float(len(text) - 2 * _linked_chars(paragraph))
        above = paragraph.parent
        for step in range(_ANCESTORS):
            if above is None or above.tag in {"body", "html"}:
                break
            scores[above.mem_id] = scores.get(above.mem_id, 0.0) + score / (1 + step * 0.6)
            nodes[above.mem_id] = above
            above = above.parent
    if scores:
        best = max(scores, key=scores.__getitem__)
        if scores[best] > 0:
            return nodes[best]
    return sheet.tree.css_first(_ARTICLE_BODIES)


def _is_chrome(node: LexborNode) -> bool:
    above = node.parent
    while above is not None and above.tag != "body":
        if above.tag in {"nav", "footer", "aside", "form", "noscript"}:
            return True
        names = f"{above.attributes.get('id') or ''} {above.attributes.get('class') or ''}"
        if _CONSENT.search(names):
            return True
        above = above.parent
    return False


def _is_section(sheet: Sheet, column: LexborNode) -> bool:
    """A page with the address of a section, or whose text is mostly links, and no dateline."""
    text = evened(column.text())
    if _has_dateline(evened(node.text()) for node in column.css("p")[:10]):
        return False
    if sheet.url is not None and _SECTION_PATH.fullmatch(urlsplit(sheet.url).path):
        return True
    return not text or _linked_chars(column) / len(text) > _LINK_SHARE_MAX


def _lists_articles(sheet: Sheet) -> bool:
    return len(sheet.tree.css(_LINKED_HEADINGS)) >= _LINKED_HEADINGS_MIN


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


def _linked_chars(node: LexborNode) -> int:
    return sum(len(evened(link.text())) for link in node.css("a"))
