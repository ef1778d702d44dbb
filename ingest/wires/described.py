"""Wires that a configuration describes by selectors: read on the same path as those that have code.

What is built here are frozen values without state, which pickle.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from selectolax.lexbor import LexborNode

from config.newsrooms import Layout, Newsroom
from config.selectors import Pick, read_pick
from ingest.clipping import Block, Claim, Clipping
from ingest.fragment import read_nodes
from ingest.sheet import Sheet, evened
from ingest.wires.described_rows import DescribedRows
from ingest.wires.stated_times import read_time
from ingest.wires.wire import Wire
from news.release import StampSource

_COMMENT_CHARS_MAX = 300
_NODES_MAX = 200
_TEXTS_MAX = 50
_LEADING_DASH = re.compile(r"^\s*[-‐‑‒–—―−]{1,3}\s*")


def described(newsroom: Newsroom) -> Wire:
    """The wire that a configuration describes."""
    return Wire(
        slug=newsroom.slug,
        hosts=newsroom.hosts,
        tags=tuple(_tag(name) for name in newsroom.tags),
        zone=newsroom.zone,
        number=newsroom.number,
        layouts=tuple(Described(layout) for layout in newsroom.layouts),
        listing=DescribedRows(newsroom.listing) if newsroom.listing else None,
    )


def _tag(name: str) -> str:
    """A regular expression for a name in a dateline, whose spaces and full stops may be left out."""
    return re.escape(name).replace(r"\ ", r"\s?").replace(r"\.", r"\.?")


@dataclass(frozen=True, slots=True)
class Described:
    """The reader of pages that are laid out in one described way."""

    layout: Layout

    def __call__(self, sheet: Sheet, wire: Wire) -> Clipping | None:
        told = self.layout
        if told.when is not None and sheet.tree.css_first(told.when) is None:
            return None
        headline, body = _first(sheet, told.headline), _outermost(_first_nodes(sheet, told.body))
        if headline is None or not body:
            return None
        # Reading changes the tree: what stands around the text is asked for before.
        issuer, language = _first(sheet, told.issuer), _first(sheet, told.language)
        claims = tuple(_claims(sheet, told, wire.zone))
        subtitles, topics, translations = (
            tuple(dict.fromkeys(_all(sheet, picks))) for picks in (told.subtitles, told.topics, told.translations)
        )
        dateline = _taken(sheet, told.dateline, body)
        contact, boilerplate = (_zone(sheet, chosen, told.drop, body) for chosen in (told.contact, told.boilerplate))
        text = read_nodes(body, drop=", ".join(told.drop))
        return Clipping(
            headline=headline,
            blocks=_without_dash(text.blocks) if dateline else text.blocks,
            subtitles=subtitles,
            claims=claims,
            url=sheet.canonical,
            issuer=issuer,
            language=language,
            topics=topics,
            images=text.images,
            translations=translations,
            dateline=dateline,
            boilerplate=boilerplate,
            contact=contact,
        )


def _first(sheet: Sheet, picks: Iterable[str]) -> str | None:
    return next(_all(sheet, picks), None)


def _all(sheet: Sheet, picks: Iterable[str]) -> Iterator[str]:
    """What the first pick that finds anything finds."""
    for pick in map(read_pick, picks):
        found = list(_texts(sheet, pick))
        if found:
            yield from found
            return


def _texts(sheet: Sheet, pick: Pick) -> Iterator[str]:
    if pick.comment:
        said = _comment(pick.comment).search(sheet.source)
        text = evened(said["text"]) if said else ""
        yield from [text] if text else []
        return
    for node in sheet.tree.css(pick.selector)[:_TEXTS_MAX]:
        text = evened(node.attributes.get(pick.attribute) or "" if pick.attribute else node.text())
        if text:
            yield text


@lru_cache(maxsize=64)
def _comment(name: str) -> re.Pattern[str]:
    return re.compile(rf"<!--\s{{0,9}}{re.escape(name)}\s{{0,9}}:?(?P<text>[^<>]{{1,{_COMMENT_CHARS_MAX}}}?)-->")


def _claims(sheet: Sheet, told: Layout, zone: str) -> Iterator[Claim]:
    """The times that the page states, in the order of the layout; one that is exact goes before a mere day."""
    for pick in told.time:
        for text in _texts(sheet, read_pick(pick)):
            stamp = read_time(text, told.time_format, zone)
            if stamp is not None:
                yield Claim(stamp=stamp, source=_source(read_pick(pick)))
                break


def _source(pick: Pick) -> StampSource:
    if pick.comment or pick.selector.lstrip().startswith("meta"):
        return StampSource.META
    return StampSource.TIME if pick.attribute else StampSource.VISIBLE


def _first_nodes(sheet: Sheet, chosen: Iterable[str]) -> list[LexborNode]:
    return next((nodes for one in chosen if (nodes := sheet.tree.css(one)[:_NODES_MAX])), [])


def _outermost(nodes: Sequence[LexborNode]) -> list[LexborNode]:
    """The nodes that lie in no other of them, each once: a list of selectors finds one as often as it matches."""
    each = {node.mem_id: node for node in nodes}
    return [node for node in each.values() if not any(above.mem_id in each for above in _above(node))]


def _above(node: LexborNode) -> Iterator[LexborNode]:
    above = node.parent
    while above is not None:
        yield above
        above = above.parent


def _apart(sheet: Sheet, chosen: Sequence[str], body: Sequence[LexborNode]) -> list[LexborNode]:
    """The nodes that are chosen, without those that hold the body."""
    if not chosen:
        return []
    holding = {above.mem_id for node in body for above in (node, *_above(node))}
    found = [node for node in sheet.tree.css(", ".join(chosen))[:_NODES_MAX] if node.mem_id not in holding]
    return _outermost(found)


def _zone(sheet: Sheet, chosen: Sequence[str], drop: Sequence[str], body: Sequence[LexborNode]) -> tuple[Block, ...]:
    """The blocks of a part that the layout names; they are gone from the page."""
    nodes = _apart(sheet, chosen, body)
    blocks = read_nodes(nodes, drop=", ".join(drop)).blocks if nodes else ()
    for node in nodes:
        node.decompose()
    return blocks


def _taken(sheet: Sheet, chosen: Sequence[str], body: Sequence[LexborNode]) -> str:
    """The text of the first of these that has any; it is gone from the page."""
    for node in _apart(sheet, chosen, body):
        text = evened(node.text())
        if text:
            node.decompose()
            return text
    return ""


def _without_dash(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks without the dash that stood behind a dateline which was taken out."""
    if not blocks or not (begun := _LEADING_DASH.match(blocks[0].text)):
        return blocks
    first = blocks[0]
    return (Block(text=first.text[begun.end() :], shape=first.shape, links=first.links), *blocks[1:])
