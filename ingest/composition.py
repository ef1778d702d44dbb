"""From a clipping to a release: the text into zones, what it says into fields, the row fills the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import NamedTuple
from urllib.parse import urlsplit

from ingest import media
from ingest.clipping import Block, Clipping, Shape
from ingest.datelines import dated, split_dateline
from ingest.fragment import plain
from ingest.introductions import introduced_issuer, introduces
from ingest.language import language_of
from ingest.set_apart import set_apart_dateline, with_set_apart
from ingest.sheet import evened
from ingest.snippets import clipped
from ingest.tickers import find_isins, find_tickers
from ingest.zones import Zones, about_names, cut_tail, is_sentence, joined, split_zones, with_text
from news.kinds import kind_of
from news.links import canonical_url
from news.release import (
    Completeness,
    Dateline,
    Precision,
    Release,
    StampSource,
    Topics,
    first_paragraph,
)
from news.source import Listed

_HEADLINE_CHARS_MAX = 1_000
_DATELINE_WITHIN_BLOCKS = 12
_PLAIN_DATELINE_WITHIN_BLOCKS = 3


class _Published(NamedTuple):
    at: datetime | None
    source: StampSource
    precision: Precision


def compose(
    clipping: Clipping, *, wire: str, url: str | None, listed: Listed | None, tags: tuple[str, ...] = ()
) -> Release:
    """Put the release together. `url` is where the page was found; `listed` fills what it does not say.

    `tags` are regular expressions for names in datelines, beside those of all wires that come with the program.
    """
    title = plain(listed.title) if listed else ""
    headline = (clipping.headline or title)[:_HEADLINE_CHARS_MAX]
    blocks, source_line = cut_tail(clipping.blocks)
    dateline, opening, blocks = take_dateline(_without_titles(blocks, (headline, *clipping.subtitles)), tags)
    dateline = set_apart_dateline(clipping.dateline) or dateline
    zones = with_set_apart(split_zones(blocks), clipping)
    lead = _lead(zones.body, opening)
    body, boilerplate = joined(zones.body), joined(zones.boilerplate)
    published = _published(clipping, listed, dateline)
    if dateline and published.at:
        dateline = dated(dateline, published.at.date())
    address = _address(clipping.url, url)
    told = "\n".join((headline, *clipping.subtitles, body, boilerplate))
    links = media.links((link for block in blocks for link in block.links), base=address)
    issuer = clipping.issuer or source_line or (listed.issuer if listed else None)
    return Release(
        wire=wire,
        headline=headline,
        url=address,
        release_number=clipping.release_number,
        guid=listed.guid if listed else None,
        subtitles=clipping.subtitles,
        dateline=dateline,
        published_at=published.at,
        published_at_source=published.source,
        time_precision=published.precision,
        issuer=issuer or _told_issuer(zones, headline, body[: lead[1]] if lead else ""),
        tickers=find_tickers(told) or (listed.tickers if listed else ()),
        isins=find_isins(told) or (listed.isins if listed else ()),
        language=language_of(clipping.language or (listed.language if listed else None), told),
        topics=Topics(raw=clipping.topics or (listed.topics if listed else ())),
        body=body,
        lead_span=lead,
        boilerplate=boilerplate,
        contact=joined(zones.contact),
        kind=kind_of(headline, body),
        links=links,
        images=media.images(clipping.images, base=address),
        documents=media.documents(links),
        translations=media.links(clipping.translations, base=address),
    )


def release_from_listed(wire: str, listed: Listed) -> Release:
    """The release as far as its row tells: a teaser, to be completed by its page."""
    if len(listed.content) > len(listed.summary):
        return _release_from_content(wire, listed)
    summary = plain(listed.summary)
    found = split_dateline(summary)
    dateline, body = found or (None, summary)
    headline = _row_headline(listed, body)
    published = _listed_time(listed) or _dateline_time(dateline)
    return Release(
        wire=wire,
        headline=headline,
        url=listed.url,
        guid=listed.guid,
        dateline=dateline,
        published_at=published.at,
        published_at_source=published.source,
        time_precision=published.precision,
        issuer=listed.issuer,
        tickers=listed.tickers or find_tickers(f"{headline}\n{body}"),
        isins=find_isins(body) or listed.isins,
        language=language_of(listed.language, f"{headline} {body}"),
        topics=Topics(raw=listed.topics),
        body=body,
        lead_span=first_paragraph(body),
        kind=kind_of(headline, body),
        completeness=Completeness.TEASER,
        documents=media.documents(listed.enclosures),
    )


def _row_headline(listed: Listed, text: str) -> str:
    """The row's title; of a row without one the beginning of its text, to be known by."""
    title = evened(plain(listed.title))
    return title[:_HEADLINE_CHARS_MAX] if title else clipped(text)


def _release_from_content(wire: str, listed: Listed) -> Release:
    """The teaser of a row that carries the text itself: taken apart as a page's is."""
    blocks = tuple(Block(text=part) for part in listed.content.split("\n\n") if part.strip())
    clipping = Clipping(headline=_row_headline(listed, blocks[0].text if blocks else ""), blocks=blocks)
    release = compose(clipping, wire=wire, url=listed.url, listed=listed)
    return replace(
        release,
        issuer=listed.issuer or release.issuer,
        tickers=listed.tickers or release.tickers,
        isins=release.isins or listed.isins,
        completeness=Completeness.TEASER,
        documents=tuple(dict.fromkeys((*release.documents, *media.documents(listed.enclosures)))),
    )


def take_dateline(
    blocks: Sequence[Block], tags: tuple[str, ...] = ()
) -> tuple[Dateline | None, int, tuple[Block, ...]]:
    """The dateline, where the block stands that it opened, and the blocks without it.

    A wire's dateline may stand after a summary or an editor's note; one without a wire's name, which
    a sentence may resemble, only at the very beginning.
    """
    for at, block in enumerate(blocks[:_DATELINE_WITHIN_BLOCKS]):
        found = split_dateline(block.text, tags)
        if found is None or (found[0].wire is None and at >= _PLAIN_DATELINE_WITHIN_BLOCKS):
            continue
        dateline, rest = found
        opened = (with_text(block, rest),) if rest else ()
        return dateline, at, (*blocks[:at], *opened, *blocks[at + 1 :])
    return None, 0, tuple(blocks)


def _without_titles(blocks: Sequence[Block], titles: Sequence[str]) -> tuple[Block, ...]:
    """The blocks without what repeats the headline or a subtitle above the text."""
    known = {title.casefold() for title in titles if title}
    repeats = [at for at, block in enumerate(blocks[:4]) if evened(block.text).casefold() in known]
    return tuple(block for at, block in enumerate(blocks) if at not in repeats)


def _lead(body: Sequence[Block], opening: int) -> tuple[int, int] | None:
    """Where in the body the paragraph stands that tells the news.

    It is the one that the dateline opened, else the first; the next where that one only introduces.
    Headings, lists and tables are no leads while there is a paragraph.
    """
    if not body:
        return None
    told = [at for at, block in enumerate(body) if block.shape is Shape.PARAGRAPH or is_sentence(block)]
    told = [at for at in told if at >= opening] or told or [0]
    at = told[0]
    following = body[at + 1].text if at + 1 < len(body) else None
    if len(told) > 1 and introduces(body[at].text, following):
        at = told[1]
    start = sum(len(block.text) + len("\n\n") for block in body[:at])
    return (start, start + len(body[at].text))


def _told_issuer(zones: Zones, headline: str, beginning: str) -> str | None:
    """Who the text says is speaking: its introduction, else the one `About X` whose X the news is about."""
    issuers = (introduced_issuer(block.text) for block in zones.body[:1])
    issuer = next(issuers, None)
    if issuer is not None:
        return issuer
    names = [name for name in about_names(zones.boilerplate) if name in f"{headline} {beginning}"]
    return names[0] if len(names) == 1 else None


def _published(clipping: Clipping, listed: Listed | None, dateline: Dateline | None) -> _Published:
    if clipping.claims:
        best = clipping.claims[0]
        if best.stamp.precision is Precision.DAY:
            return _Published(best.stamp.at, best.source, Precision.DAY)
        return _Published(best.stamp.at, best.source, _measured(best.stamp.at))
    return (listed and _listed_time(listed)) or _dateline_time(dateline)


def _listed_time(listed: Listed) -> _Published | None:
    if listed.stamp is None:
        return None
    return _Published(listed.stamp, StampSource.FEED, _measured(listed.stamp))


def _measured(at: datetime) -> Precision:
    """Wires publish on whole minutes and write `:00` behind them, which is no measurement."""
    return Precision.SECOND if at.second or at.microsecond else Precision.MINUTE


def _dateline_time(dateline: Dateline | None) -> _Published:
    if dateline is None or dateline.date is None:
        return _Published(None, StampSource.FIRST_SEEN, Precision.SECOND)
    return _Published(datetime.combine(dateline.date, time(), UTC), StampSource.DATELINE, Precision.DAY)


def _address(own: str | None, found_at: str | None) -> str | None:
    """The page's own word for its address, if it lies on the site where the page was found."""
    fetched = canonical_url(found_at) if found_at else None
    said = canonical_url(own, base=found_at) if own else None
    if fetched is None or said is None:
        return fetched or said
    return said if _site(said) == _site(fetched) else fetched


def _site(address: str) -> str:
    return urlsplit(address).netloc.removeprefix("www.")
