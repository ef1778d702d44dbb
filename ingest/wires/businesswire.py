"""Business Wire: the site of 2013 to 2024, and the one since 2025.

Both keep the text in `bw-release-story`, once as a class and now as an id; what stands around it moved. On the new
site the JSON-LD names the contact as the author and holds only the beginning of the text. The number in the address
begins with the day on which the item was made, which may be days before it was published, and says nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from ingest.clipping import Block, Claim, Clipping
from ingest.dates import find_stamps, parse_stamp
from ingest.fragment import read_nodes
from ingest.sheet import Sheet, data_text
from ingest.wires.wire import Wire
from news.release import StampSource

_ADDRESS = re.compile(r"/news/home/(\d{14})(?:/([a-z]{2}(?:-[a-z]{2,4})?))?(?=[/?#]|$)", re.IGNORECASE)
_CHROME = (
    "[class*=bw-release-media], [class*=bw-release-logo], [class*=bw-release-social], [class*=social-shar], "
    "[class*=bw-release-related], [class*=bw-related], [class*=bw-release-hashtag], [class*=bw-release-toolbar], "
    "[class*=bw-release-version], [class*=bw-release-timestamp], [class*=bw-release-companyinfo], "
    "[class*=multimedia-gallery], figure, nav, form, button, h1"
)
_MARKETED = re.compile(
    r"this (?:press|news) release features multimedia\.\s+view the full release here:?.{0,200}"
    r"|(?:.{1,200}\s)?\((?:photo|graphic|logo|video|photos): business wire\)",
    re.IGNORECASE | re.DOTALL,
)
_NOT_AN_ISSUER = frozenset({"business wire", "businesswire", "business wire, inc."})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Where a site keeps what. `contacts` stand beside the text or within it."""

    headline: str
    subtitles: str
    story: str
    contacts: str
    time: str
    visible_time: str
    company: str
    versions: str

    def __call__(self, sheet: Sheet, wire: Wire) -> Clipping | None:
        headline = sheet.text(self.headline) or data_text(sheet.article_data(), "headline")
        stories = _outermost(sheet.tree.css(self.story))
        if headline is None or not stories:
            return None
        number, language = address_parts(sheet.url) or address_parts(sheet.canonical) or (None, None)
        subtitles = tuple(dict.fromkeys(text for text in _lines(sheet, self.subtitles) if text != headline))
        claims = _claims(sheet, wire, self)
        issuer = next((name for name in sheet.texts(self.company) if name.casefold() not in _NOT_AN_ISSUER), None)
        translations = tuple(
            address for link in sheet.tree.css(self.versions) if (address := link.attributes.get("href"))
        )
        beside = [node for node in sheet.tree.css(self.contacts) if not _is_in(node, stories)]
        text = read_nodes([*stories, *_outermost(beside)], drop=f"{_CHROME}, {self.subtitles}")
        return Clipping(
            headline=headline,
            blocks=told(text.blocks),
            subtitles=subtitles,
            claims=claims,
            url=sheet.canonical,
            release_number=number,
            issuer=issuer,
            language=language or sheet.meta("inlanguage"),
            images=text.images,
            translations=translations,
        )


SINCE_2025 = _Layout(
    headline="h1",
    subtitles="#bw-release-subhead",
    story="#bw-release-story",
    contacts="[id^=bw-release-contact], .ui-kit-press-release-contacts",
    time="time[datetime]",
    visible_time=".ui-kit-press-release__date",
    company="[id^=bw-release-company] [itemprop=name], [id^=bw-release-company] h2",
    versions='[id^=bw-release-version] a[href*="/news/home/"], link[rel="alternate"][hreflang]',
)
UNTIL_2024 = _Layout(
    headline=".bw-release-main h1, h1.epi-fontLg, .bw-release-headline, h1",
    subtitles=".bw-release-subhead",
    story=".bw-release-story, .bw-release-main [itemprop=articleBody]",
    contacts=".bw-release-contact",
    time=".bw-release-timestamp time[datetime]",
    visible_time=".bw-release-timestamp",
    company=".bw-release-companyinfo [itemprop=name], .bw-release-companyinfo h2, "
    "[itemprop=sourceOrganization] [itemprop=name]",
    versions=".bw-release-versions a[href], .bw-release-languages a[href]",
)


def address_parts(url: str | None) -> tuple[str, str | None] | None:
    """The item's number and its language out of an address of the site."""
    match = _ADDRESS.search(url or "")
    return (match[1], match[2].lower() if match[2] else None) if match else None


def told(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks without what the wire puts between them: where its pictures are, and their captions."""
    kept = [block for block in blocks if not _MARKETED.fullmatch(block.text)]
    return tuple(block for at, block in enumerate(kept) if at == 0 or block != kept[at - 1])


def _claims(sheet: Sheet, wire: Wire, layout: _Layout) -> tuple[Claim, ...]:
    said = (
        (sheet.attribute(layout.time, "datetime"), StampSource.TIME),
        (data_text(sheet.article_data(), "datePublished"), StampSource.JSON_LD),
        (sheet.meta("article:published_time", "datepublished"), StampSource.META),
        (sheet.text(layout.visible_time), StampSource.VISIBLE),
    )
    claims: list[Claim] = []
    for text, source in said:
        if text is None:
            continue
        stamp = parse_stamp(text, default_zone=wire.zone) or next(find_stamps(text, default_zone=wire.zone), None)
        if stamp is not None:
            claims.append(Claim(stamp=stamp, source=source))
    return tuple(claims)


def _lines(sheet: Sheet, selector: str) -> list[str]:
    """The subtitles: each paragraph of the block that holds them is one."""
    found: list[str] = []
    for node in sheet.tree.css(selector):
        found.extend(block.text.replace("\n", " ") for block in read_nodes([node.clone()]).blocks)
    return found


def _is_in(node: LexborNode, outer: list[LexborNode]) -> bool:
    above: LexborNode | None = node
    while above is not None:
        if any(above.mem_id == each.mem_id for each in outer):
            return True
        above = above.parent
    return False


def _outermost(nodes: list[LexborNode]) -> list[LexborNode]:
    """Of nodes that lie in one another, those that lie in none; each once, though two selectors found it."""
    once = {node.mem_id: node for node in nodes}
    return [node for node in once.values() if node.parent is None or not _is_in(node.parent, nodes)]


WIRE = Wire(
    slug="businesswire",
    hosts=("businesswire.com",),
    tags=(r"BUSINESS\s?WIRE", "美國商業資訊", "美国商业资讯"),
    zone="America/New_York",
    layouts=(SINCE_2025, UNTIL_2024),
    sign=".bw-release-story, #bw-release-story",
)
