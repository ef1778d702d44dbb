"""PR Newswire, and its sisters on the same platform: prnewswire.co.uk, newswire.ca, prweb.com.

Pages of 2015 and 2016 have no JSON-LD, and end their `meta[name=date]` in a `Z` that is really the
wire's own clock: release 300256929 shows `15:39 ET` beside `T15:39:00Z`. Later pages carry JSON-LD and
an offset, but may have lost half a day: the same release there says `03:39:00-04:00`. The transmission
id (`YYYYMMDDHHMM` on New York's clock, then desk and item) was right on both, so it decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from selectolax.lexbor import LexborNode

from ingest.clipping import Claim, Clipping
from ingest.dates import Stamp, find_stamps, parse_stamp
from ingest.fragment import read_nodes
from ingest.sheet import Sheet, data_text
from ingest.wires.wire import Wire
from news.release import StampSource

# Slugs vary, the number at their end does not.
_NUMBER = re.compile(r"(?:-(\d{8,9})\.html?|/prweb(\d{5,9})\.html?)$")
_NUMBER_ON_PAGE = re.compile(r"""\bdata-include=['"](\d{8,9})['"]""")

_TRANSMISSION = re.compile(r"\d{12}(?=[A-Z])")
_TRANSMISSION_IN_SCRIPT = re.compile(r"""(?:eVar19|prop28)=\s*["']([^"']{12,80})["']""")
_TRANSMISSION_ZONE = "America/New_York"

_PRINT_EXCLUDED = ("startclickprintexclude", "endclickprintexclude")
_CHROME = (
    ".social-share, .social-share-circle, .social-links, .gallery, .gallery-wrap, .inline-carousel, .carousel, "
    ".inline-gallery, #financial-modal, .modal, .read-more-explore, .releaseList-section, .newsletters-wrapper, "
    ".hidden-print, .prev-next-article, #dvWideRelease, .promo-head, .promo-bodycontainer, form, h1"
)
_GALLERY = ".gallery img, .inline-carousel img, .inline-gallery img"
# What the platform shows where a release has no picture, and its icons.
_PLACEHOLDER = re.compile(
    r"/designimages/|sharing_logo|/etc\.clientlibs/|/content/dam/|/rt\.gif|favicon", re.IGNORECASE
)
# Accounts of the platform itself, where it should name a company.
_PLATFORM_NAMES = frozenset({"pr newswire", "prnewswire", "cision", "cnw group", "cnw", "prweb", "cision canada"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Where a family of pages keeps what. `bodies` finds the nodes that hold the text, in order."""

    headline: str
    subtitles: str
    provider: str
    visible_time: str
    bodies: Callable[[Sheet], list[LexborNode]]

    def __call__(self, sheet: Sheet, wire: Wire) -> Clipping | None:
        headline = sheet.text(self.headline)
        bodies = self.bodies(sheet)
        if headline is None or not bodies:
            return None
        clipping = Clipping(
            headline=headline,
            blocks=(),
            subtitles=tuple(dict.fromkeys(text for text in sheet.texts(self.subtitles) if text != headline)),
            claims=_claims(sheet, wire, self.visible_time),
            url=sheet.canonical,
            release_number=_release_number(sheet),
            issuer=_issuer(sheet, self.provider),
            language=sheet.meta("inlanguage") or sheet.attribute("#prop9", "value"),
            topics=_topics(sheet),
            translations=_translations(sheet),
            images=_pictures(sheet.tree.css(_GALLERY)),
        )
        text = read_nodes(bodies, drop=_CHROME, excluded=_PRINT_EXCLUDED)
        images = (*clipping.images, *(image for image in text.images if not _PLACEHOLDER.search(image)))
        return replace(clipping, blocks=text.blocks, images=tuple(dict.fromkeys(images)))


def _sections(sheet: Sheet) -> list[LexborNode]:
    """The text of a release with a gallery is split over several sections around it."""
    return sheet.tree.css("article.news-release section.release-body") or sheet.tree.css("section.release-body")


def _column(sheet: Sheet) -> list[LexborNode]:
    """The paragraphs are marked but have no container of their own: they share a column with chrome."""
    marked = sheet.tree.css_first('div.news-release-detail [itemprop="articleBody"]')
    if marked is None:
        return []
    column = marked.parent if marked.tag in {"p", "ul", "ol", "table", "pre", "h2", "h3"} else None
    return [column or marked]


SINCE_2016 = _Layout(
    headline="article.news-release h1, .release-header h1",
    subtitles="article.news-release p.subtitle, .release-header p.subtitle",
    provider='.release-header a[href*="/news/"] strong, .release-header a[href*="/news/"]',
    visible_time=".release-header p.mb-no, .release-header p.release-details",
    bodies=_sections,
)
UNTIL_2016 = _Layout(
    headline="div.news-release-detail h1",
    subtitles=".news-release-detail .subtitle, .news-release-detail .subheadline, .news-release-detail h1 + h2",
    provider='div.news-release-detail .release-details a[href*="/news/"]',
    visible_time="div.news-release-detail .release-details, div.news-release-detail .release-date",
    bodies=_column,
)
_LAYOUTS = (SINCE_2016, UNTIL_2016)


def _claims(sheet: Sheet, wire: Wire, visible_time: str) -> tuple[Claim, ...]:
    """What the page says of its time, best first.

    The transmission id stands behind a machine-readable time with an offset that agrees with it, and
    before everything else.
    """
    in_data, in_meta = data_text(sheet.article_data(), "datePublished"), sheet.meta("date")
    own_clock = in_data is None and in_meta is not None and in_meta.endswith("Z")
    said = [
        _claim(in_data, wire, StampSource.JSON_LD),
        _claim(in_meta.removesuffix("Z") if in_meta and own_clock else in_meta, wire, StampSource.META),
        _claim(_visible(sheet, wire, visible_time), wire, StampSource.VISIBLE),
    ]
    claims = [claim for claim in said if claim is not None]
    sent = _transmission(sheet)
    if sent is None:
        return tuple(claims)
    exact = claims and claims[0].source is not StampSource.VISIBLE and not own_clock
    return (*claims, sent) if exact and _agree(sent.stamp, claims[0].stamp) else (sent, *claims)


def _claim(said: str | Stamp | None, wire: Wire, source: StampSource) -> Claim | None:
    stamp = parse_stamp(said, default_zone=wire.zone) if isinstance(said, str) else said
    return Claim(stamp=stamp, source=source) if stamp else None


def _visible(sheet: Sheet, wire: Wire, selector: str) -> Stamp | None:
    for text in sheet.texts(selector):
        stamp = parse_stamp(text, default_zone=wire.zone) or next(find_stamps(text, default_zone=wire.zone), None)
        if stamp is not None:
            return stamp
    return None


def _transmission(sheet: Sheet) -> Claim | None:
    written = sheet.attribute("#evar19", "value") or sheet.attribute("#transmissionId", "value")
    if written is None:
        # Looking for the name first spares a search with alternatives through half a megabyte.
        at = sheet.source.find("eVar19=")
        at = at if at >= 0 else sheet.source.find("prop28=")
        in_script = _TRANSMISSION_IN_SCRIPT.match(sheet.source, at) if at >= 0 else None
        written = in_script[1] if in_script else ""
    match = _TRANSMISSION.match(written)
    stamp = parse_stamp(match[0], default_zone=_TRANSMISSION_ZONE) if match else None
    return Claim(stamp=stamp, source=StampSource.TRANSMISSION_ID) if stamp else None


def _agree(one: Stamp, other: Stamp) -> bool:
    return abs(one.at - other.at) < timedelta(minutes=1)


def _release_number(sheet: Sheet) -> str | None:
    for address in (sheet.url, sheet.canonical):
        match = _NUMBER.search((address or "").partition("?")[0].partition("#")[0])
        if match:
            return match[1] or match[2]
    on_page = _NUMBER_ON_PAGE.search(sheet.source)
    return on_page[1] if on_page else None


def _issuer(sheet: Sheet, provider: str) -> str | None:
    named = (sheet.text(provider), sheet.attribute("#companies", "value"), sheet.meta("author"))
    return next((name for name in named if name and name.casefold() not in _PLATFORM_NAMES), None)


def _topics(sheet: Sheet) -> tuple[str, ...]:
    codes = (sheet.attribute("#prop35", "value") or "").split(",")
    return tuple(dict.fromkeys(code.strip() for code in codes if code.strip()))


def _translations(sheet: Sheet) -> tuple[str, ...]:
    found = (link.attributes.get("href") for link in sheet.tree.css('link[rel="alternate"][hreflang]'))
    return tuple(dict.fromkeys(address for address in found if address))


def _pictures(nodes: list[LexborNode]) -> tuple[str, ...]:
    addresses: Iterator[str] = (
        (node.attributes.get("data-src") or node.attributes.get("src") or "").strip() for node in nodes
    )
    return tuple(
        address
        for address in addresses
        if address and not address.startswith("data:") and not _PLACEHOLDER.search(address)
    )


_TAG = r"PR\s?Newswire"

US = Wire(
    slug="prnewswire",
    hosts=("prnewswire.com", "multivu.com"),
    tags=(_TAG, r"PRN\b", "美通社"),
    zone="America/New_York",
    layouts=_LAYOUTS,
)
UK = Wire(slug="prnewswire-uk", hosts=("prnewswire.co.uk",), zone="Europe/London", layouts=_LAYOUTS)
CANADA = Wire(
    slug="cnw", hosts=("newswire.ca",), tags=("CNW", r"Canada\sNewswire"), zone="America/New_York", layouts=_LAYOUTS
)
PRWEB = Wire(
    slug="prweb",
    hosts=("prweb.com",),
    tags=(rf"{_TAG}\s?-\s?PRWeb", "PRWEB"),
    zone="America/New_York",
    layouts=_LAYOUTS,
)
