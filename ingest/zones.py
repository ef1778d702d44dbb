"""The parts of a release after its dateline: body, boilerplate, contact.

Blocks are read in order. A heading, or the words that a paragraph runs in with, opens a zone, and
what follows belongs to it until another heading closes it: `About X` and forward-looking statements
open the boilerplate, `Media Contact` the contact. Tables and other headings lead back to the body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingest.clipping import Block, Shape
from ingest.headings import (
    ABOUT,
    CONTACT,
    CONTACT_SENTENCE,
    FORWARD,
    FORWARD_SENTENCE,
    LEGAL,
    RELATED,
    SOURCE,
    WIRE_LINE,
)
from ingest.reach import reaches
from news.release import Zone

_HEADING_CHARS_MAX = 110
_CONTACT_CHARS_MAX = 400
_TABLE_CHARS_MAX = 2_000
_SOURCE_CHARS_MAX = 250
_AFTERWARD_CHARS = 240
_SENTENCE_WORDS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones:
    """The text after the dateline, by zone, as blocks in order."""

    body: tuple[Block, ...]
    boilerplate: tuple[Block, ...]
    contact: tuple[Block, ...]


def cut_tail(blocks: Sequence[Block]) -> tuple[tuple[Block, ...], str | None]:
    """The blocks before the wire's closing line `SOURCE X`, and X; all of them and None without one.

    A contact that stands behind that line is kept. A heading such as `Related Links` ends the release
    too. Lines that the wire adds go in any case.
    """
    issuer: str | None = None
    end = len(blocks)
    for at in range(len(blocks) - 1, -1, -1):
        match = SOURCE.fullmatch(blocks[at].text) if len(blocks[at].text) <= _SOURCE_CHARS_MAX else None
        if match and not _goes_on(blocks[at + 1 :]):
            end, issuer = at, match["issuer"].split("\n")[0].partition(", übermittelt durch")[0].strip(" ;,")
            break
    kept: list[Block] = []
    for at, block in enumerate(blocks):
        if RELATED.fullmatch(block.text.partition("\n")[0]):
            break
        behind = at >= end and _opens(block) is not Zone.CONTACT
        if not behind and not WIRE_LINE.fullmatch(block.text):
            kept.append(block)
    return tuple(kept), issuer or None


def split_zones(blocks: Sequence[Block]) -> Zones:
    """Sort the blocks of a release, its dateline and tail already gone, into its zones.

    What reads as boilerplate before anything was told is body: a release is never all boilerplate.
    """
    marked = _marked(blocks)
    if blocks and all(zone is not Zone.BODY for zone in marked):
        marked = [Zone.BODY] * len(blocks)
    sorted_out: dict[Zone, list[Block]] = {Zone.BODY: [], Zone.BOILERPLATE: [], Zone.CONTACT: []}
    for block, zone in zip(blocks, marked, strict=True):
        sorted_out[zone].append(block)
    return Zones(
        body=tuple(sorted_out[Zone.BODY]),
        boilerplate=tuple(sorted_out[Zone.BOILERPLATE]),
        contact=tuple(sorted_out[Zone.CONTACT]),
    )


def opens_zone(text: str) -> bool:
    """Whether a paragraph of plain text opens a boilerplate or a contact, or holds a way to reach somebody."""
    return _opens(Block(text=text)) is not None or reaches(text[:_CONTACT_CHARS_MAX])


def opens_ending(text: str) -> bool:
    """Whether a paragraph of plain text opens a boilerplate or a contact by its heading or first words."""
    return _opens(Block(text=text)) is not None


def is_tail(text: str) -> bool:
    """Whether a paragraph is the wire's closing line `SOURCE X`."""
    return len(text) <= _SOURCE_CHARS_MAX and SOURCE.fullmatch(text) is not None


def about_names(boilerplate: Iterable[Block]) -> list[str]:
    """The names that the headings `About X` of a boilerplate give."""
    heads = (re.match(r"About\s+([^\n:]{2,80}?)\s*(?::|\n|$)", block.text) for block in boilerplate)
    return [head[1].strip() for head in heads if head]


def is_sentence(block: Block) -> bool:
    """Whether a block is set like a heading, all bold, but tells something."""
    return block.shape is Shape.HEADING and is_prose(block.text)


def is_prose(text: str) -> bool:
    """Whether `text` tells something in sentences, unlike a heading, a name or a list of addresses."""
    return len(text.split()) >= _SENTENCE_WORDS or len(text) >= _AFTERWARD_CHARS


def _marked(blocks: Sequence[Block]) -> list[Zone]:
    marks: list[Zone] = []
    zone, seen = Zone.BODY, {Zone.BODY}
    for at, block in enumerate(blocks):
        opened = _opens(block)
        if opened is None and _leads_back(block, zone, blocks[at + 1 : at + 2]):
            zone = Zone.BODY
        elif opened is None and zone is Zone.CONTACT and _ends_contact(block):
            zone = Zone.BOILERPLATE if Zone.BOILERPLATE in seen else Zone.BODY
        elif opened is not None:
            zone = opened
        seen.add(zone)
        marks.append(Zone.CONTACT if zone is not Zone.CONTACT and _is_contact_sentence(block) else zone)
    return marks


def _opens(block: Block) -> Zone | None:
    """The zone that this block opens by its heading, its run-in words or its first line."""
    if block.shape is Shape.TABLE:
        first_cell = block.text.partition("\n")[0].partition("|")[0].strip(" :")
        return Zone.CONTACT if CONTACT.fullmatch(first_cell) and reaches(block.text[:_TABLE_CHARS_MAX]) else None
    if block.shape is Shape.LIST and not block.run_in:
        return None
    for head in _heads(block):
        if ABOUT.fullmatch(head) or FORWARD.match(head):
            return Zone.BOILERPLATE
        if CONTACT.fullmatch(head):
            return Zone.CONTACT
    if FORWARD_SENTENCE.match(block.text):
        return Zone.BOILERPLATE
    return None


def _heads(block: Block) -> Iterable[str]:
    """What in this block may stand as a heading: its bold beginning, its first line, the words before a colon."""
    first_line, _, rest = block.text.partition("\n")
    before_colon, colon, after = first_line.partition(":")
    candidates = [block.run_in.partition("\n")[0]]
    if rest or len(block.text) <= _HEADING_CHARS_MAX:
        candidates.append(first_line)
    if colon and (after or rest or block.shape is Shape.PARAGRAPH):
        candidates.append(before_colon)
    for candidate in candidates:
        head = candidate.strip(" :-–—*_#")
        if head and len(head) <= _HEADING_CHARS_MAX and not _is_sentence(head):
            yield head


def _is_sentence(head: str) -> bool:
    """`About Acme Corp.` ends in a full stop too; a sentence has more words and a verb in small letters."""
    return head.endswith((".", "!", "?")) and len(head.split()) > 7  # noqa: PLR2004  `About the X Foundation of Y, Inc.`


def _leads_back(block: Block, zone: Zone, following: Sequence[Block]) -> bool:
    """Whether an ordinary heading or a table ends a boilerplate or a contact."""
    if zone is Zone.BODY:
        return False
    if zone is Zone.CONTACT and reaches(block.text[:_TABLE_CHARS_MAX]):
        return False
    if block.shape is Shape.TABLE or (block.shape is Shape.HEADING and any(b.shape is Shape.TABLE for b in following)):
        return True
    if zone is Zone.CONTACT or block.shape is not Shape.HEADING:
        return False
    text = block.text
    is_title = len(text) <= 80 and "\n" not in text and not text.endswith((".", ",")) and not reaches(text)  # noqa: PLR2004
    return is_title and "http" not in text and "www." not in text and not LEGAL.search(text)


def _ends_contact(block: Block) -> bool:
    """Whether a block is prose about something else, after the names and numbers of a contact."""
    return is_prose(block.text) and not reaches(block.text[:_CONTACT_CHARS_MAX]) and "\n" not in block.text


def _is_contact_sentence(block: Block) -> bool:
    text = block.text
    return len(text) <= _CONTACT_CHARS_MAX and bool(CONTACT_SENTENCE.match(text)) and reaches(text)


def _goes_on(after: Sequence[Block]) -> bool:
    """Whether prose follows what looks like a closing line, so that it closes nothing."""
    return sum(len(block.text) > _AFTERWARD_CHARS for block in after) > 1


def joined(blocks: Iterable[Block]) -> str:
    """The string of a zone: paragraphs split by blank lines."""
    return "\n\n".join(block.text for block in blocks)


def with_text(block: Block, text: str) -> Block:
    """`block` with `text` in place of its own; the run-in stays only if the text still begins with it."""
    run_in = block.run_in if text.startswith(block.run_in) else ""
    return replace(block, text=text, run_in=run_in)
