"""Xinhua's site: Chinese pages since 2021, of 2019 and 2020, and the tables of its provincial channels before.

Its clock is Beijing's and no page names the zone. Since 2021 the day is split over several elements. Hidden blocks
carry other headlines, the `title` ends in the site's name, and editors sign below the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from ingest.clipping import Block, Claim, Clipping
from ingest.dates import parse_stamp
from ingest.fragment import read_nodes
from ingest.sheet import Sheet, evened
from ingest.wires.wire import Wire
from news.release import StampSource

_CHROME = (
    ".seo, .lb, .zan-wap, .p-tags, .p-jc, .tiyi1, .tiyi01, .tiyi03, #articleEdit, .editor, .nextpage, .bookList, "
    ".p-ewm, .ewm, .share, .pageShare, .news-link, .columBox, .domMobile, [id^=advisebox], .pagination, .page_next, "
    "#div_currpage, .relatedNews, .xgxw, form"
)
_SIGNED = re.compile(
    r"(?:[\[【（(]?\s*纠错\s*[\]】）)]?\s*)?[\[【（(]?\s*(?:责任)?编辑\s*[:：].{0,60}|[\[【]?\s*纠错\s*[\]】]?|图集|\+1"
    r"|编\s?辑\s?[:：].{0,40}|【(?:关闭窗口|打印本稿|发表评论)】.{0,60}|Editor: .{1,40}",
    re.DOTALL,
)
_SITE_NAME = re.compile(r"[-_—|]+\s*(?:新华网|新华社|[^-_—|]{0,12}(?:频道|新闻网)|Xinhua|English\.news\.cn)\s*$")
_SOURCE = re.compile(r"(?:稿件)?来\s*源\s*[:：]\s*(?P<name>[^\s,，|]{1,40})|Source:\s*(?P<english>[^\n|]{1,60})")
_STAMP = re.compile(r"(?P<day>\d{4}[-年/]\s?\d{1,2}[-月/]\s?\d{1,2})日?\s+(?P<clock>\d{1,2}:\d{2}(?::\d{2})?)")
_NUMBER = re.compile(r"/(?:c_|content_)?(\d{8,10}|[0-9a-f]{32})(?:/c)?\.s?html?$")
_OLD_TEXT_CHARS_MIN = 60
_HEADER_CHARS_MAX = 300
_DAY_PARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    headline: str
    times: str
    source: str
    body: str

    def __call__(self, sheet: Sheet, wire: Wire) -> Clipping | None:
        body = sheet.tree.css_first(self.body)
        headline = sheet.text(self.headline) or (_title(sheet) if body is not None else None)
        if headline is None or body is None:
            return None
        times = [text for node in sheet.tree.css(self.times) if (text := evened(node.text(separator=" ")))]
        return _clipping(
            sheet, wire, headline=headline, times=times, source=list(sheet.texts(self.source)), body=[body]
        )


SINCE_2021 = _Layout(
    headline=".head-line h1 .title, .head-line h1, .mheader h1, .conTop h1, h1 .title",
    times=".header-time, .mheader .info, .conTop .time, .infor .time",
    source=".header-cont .source, .mheader .info, .conTop .infor",
    body="#detail, #detailContent",
)
OF_2019 = _Layout(
    headline=".h-title, #title, .title h1",
    times=".h-time, .h-info, .sj, .time, .info",
    source=".h-info, .source, .info",
    body="#p-detail, #article, .article #content, #contentblock",
)


def tables(sheet: Sheet, wire: Wire) -> Clipping | None:
    """A provincial channel's page: the cell with the most paragraphs, below a cell with the time and the source."""
    stated = next((cell for cell in sheet.tree.css("td") if _states_time(cell)), None)
    if stated is None:
        return None
    header = evened(stated.text())
    cells = [cell for cell in sheet.tree.css("td") if cell.css_first("p") is not None and _is_innermost(cell)]
    body = max(cells, key=lambda cell: len(cell.text()), default=None)
    headline = _title(sheet)
    if body is None or headline is None or len(body.text()) < _OLD_TEXT_CHARS_MIN:
        return None
    return _clipping(sheet, wire, headline=headline, times=[header], source=[header], body=[body])


def _states_time(cell: LexborNode) -> bool:
    text = evened(cell.text())
    return len(text) <= _HEADER_CHARS_MAX and _is_innermost(cell) and _STAMP.search(text) is not None


def _is_innermost(cell: LexborNode) -> bool:
    # A search below a node finds the node itself too.
    return len(cell.css("td")) <= 1


def _clipping(
    sheet: Sheet, wire: Wire, *, headline: str, times: list[str], source: list[str], body: list[LexborNode]
) -> Clipping:
    text = read_nodes(body, drop=_CHROME)
    return Clipping(
        headline=headline,
        blocks=_unsigned(text.blocks),
        claims=_claims(times, wire),
        url=sheet.canonical,
        release_number=_number(sheet),
        issuer=_source(source),
        language=sheet.meta("inlanguage"),
        images=text.images,
    )


def _unsigned(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    return tuple(block for block in blocks if not _SIGNED.fullmatch(block.text))


def _claims(times: list[str], wire: Wire) -> tuple[Claim, ...]:
    for text in times:
        match = _STAMP.search(_day_joined(text))
        if match is None:
            continue
        day = "-".join(f"{int(part):02}" for part in re.findall(r"\d+", match["day"]))
        hour, _, rest = match["clock"].partition(":")
        stamp = parse_stamp(f"{day} {int(hour):02}:{rest}", default_zone=wire.zone)
        if stamp is not None:
            return (Claim(stamp=stamp, source=StampSource.VISIBLE),)
    return ()


def _day_joined(text: str) -> str:
    """`2023 11 / 17 20:52:15`, as the elements of a split day read one after the other, as one day and a clock."""
    parts = re.match(r"\s*(\d{4})\s+(\d{1,2})\s*/\s*(\d{1,2})\s+(\d{1,2}:\d{2}(?::\d{2})?)", text)
    return f"{parts[1]}-{parts[2]}-{parts[_DAY_PARTS]} {parts[4]}" if parts else text


def _source(texts: list[str]) -> str | None:
    for text in texts:
        match = _SOURCE.search(text)
        if match:
            name = (match["name"] or match["english"] or "").strip()
            if name:
                return name
    return None


def _title(sheet: Sheet) -> str | None:
    title = sheet.text("title")
    return (_SITE_NAME.sub("", title).strip() or None) if title else None


def _number(sheet: Sheet) -> str | None:
    for address in (sheet.url, sheet.canonical):
        match = _NUMBER.search((address or "").partition("?")[0].partition("#")[0])
        if match:
            return match[1]
    published = (sheet.meta("publishid") or "").partition(".")[0]
    return published if published.isdigit() else None


WIRE = Wire(
    slug="xinhua",
    hosts=("xinhuanet.com", "news.cn", "xinhuanet.com.cn"),
    zone="Asia/Shanghai",
    layouts=(SINCE_2021, OF_2019, tables),
    sign='meta[name="publishid"] ~ meta[name="pageid"], img[src*="xinhualogo"]',
)
