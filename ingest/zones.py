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
from ingest.patterns import any_of
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


_SOURCE = re.compile(
    r"(?:SOURCE|FUENTE|FONTE|QUELLE|KÄLLA|KILDE|BRON|来源|來源)\s*[:：]?\s+(?P<issuer>\S.*)", re.DOTALL
)
_RELATED = re.compile(
    r"(?:related (?:links|documents|stories)|also from this source|more (?:by|from) this source|modal title)\s*:?",
    re.IGNORECASE,
)
# Lines that a wire adds to its copy, and that carry no news: where the original stands, credits of pictures.
_WIRE_LINE = any_of(
    r"(?:\w+\s+)?(?:to )?view (?:the |this )?(?:original|source)"
    r" (?:version|content|press release|release|multimedia).{0,300}",
    r"(?:photo|logo|image|video|infographic|pdf|multimedia|picture|foto|bild|vidéo|audio|attachment)s?"
    r"\s*(?:[-–—:]|is available at|available at:?)\s*https?://\S+(?:\s+https?://\S+)*",
    r"\((?:photo|logo|image|video)s?\s*[-–—:]\s*https?://\S+\s*\)",
    r"a photo accompanying this announcement is available at.{0,300}|click to tweet|tweet this",
    r"(?:#\s*){3}|-\s*30\s*-|[-–—]*\s*(?:end|ends|fin|ende)\s*[-–—]+|[-–—]+\s*(?:end|ends|fin|ende)",
    r"(?:industry )?keywords?:.{0,300}|copyright (?:business )?\w+ \d{4}\.?|pub: .{0,40}/disc: .{0,40}",
)

_ABOUT = any_of(
    # Of names and of the speaker, not of numbers: `About 60% of those asked` tells something.
    r"A(?:bout|BOUT)\s+(?![\d%])(?=(?:[Tt]he|THE|[Uu]s|[Oo]ur)\b|[^\W\d_a-z]|[a-z]+[A-Z])[^\n]{1,100}",
    r"(?:Über|Ueber|Acerca de|Sobre|Informazioni su|Over|Om|Tietoja)\s+[^\Wa-z][^\n]{1,100}",
    r"[ÀA] propos d(?:(?:es?|u|e la)\s+|[’'])[^\Wa-z][^\n]{1,100}",
    r"[关關][于於].{1,40}",
    flags=re.DOTALL,
)
_FORWARD = any_of(
    r".{0,60}\bforward[- ‑]?looking (?:statements?|information)\b",
    r".{0,60}\b(?:safe harbou?r|cautionary (?:notes?|statements?|language)|private securities litigation reform act)\b",
    r".{0,60}\b(?:zukunftsgerichtete aussagen|énoncés prospectifs|declaraciones prospectivas)\b",
)
_FORWARD_SENTENCE = any_of(
    r"(?:this|the|certain|some|all|except for|statements?|any)\b.{0,200}\bforward[- ‑]?looking\b"
)
_LEGAL = any_of(
    r"\b(?:disclaimer|no offer|solicitation|additional information|where to find|trademarks?|non-gaap|disclosures?)\b",
    r"\b(?:important (?:safety )?information|legal notice|important notice|notice to|notes? to editors|risk factors)\b",
    r"\b(?:use of|indications?|advisory|references)\b",
)
_WHO = (
    r"(?:media|press|news|investors?|ir|pr|public|company|corporate|analysts?|editorial|sales|general|shareholders?|business"
    r"|stockholders?|agency|customer|us|u\.s\.|uk|global|international|european|financial|institutional|journalist)"
)
_CONTACT = any_of(
    rf"(?:for )?(?:more |further |additional )?(?:the )?(?:{_WHO}(?:\s*(?:and|&|/|or|,)\s*{_WHO})*\s*)?"
    rf"(?:relations|affairs|office|information)?\s*(?:{_WHO}\s*)?(?:contacts?(?: information| details| person| us)?"
    r"|inquir(?:y|ies)|enquir(?:y|ies)|queries|relations)\b(?!\s+(?:with|between|lens|center|centre|tracing)).{0,60}",
    r"(?:presse)?kontakte?\b.{0,60}|contactos?(?: de prensa| para medios)?\b.{0,60}|contatti\b.{0,60}"
    r"|contatos?\b.{0,60}"
    r"|(?:presse)?ansprechpartner\b.{0,60}|contacts? presse\b.{0,60}",
    r"for (?:further|more|additional) information|(?:pour )?renseignements",
    r"pour (?:de )?plus (?:d[’']|de )informations?",
    r"(?:媒体|媒體|新闻)?[联聯][系絡络](?:人|方式)?.{0,30}",
)
_REACH = re.compile(
    r"[\w.+-]+@[\w-]+\.\w|\[email[\s\xa0]protected\]|(?:\+?\(?\d[\d\s().–-]{7,}\d)|\b\d{3}-\d{4}\b",
    re.IGNORECASE,
)
_CONTACT_SENTENCE = any_of(
    r"(?:for (?:more|further|additional|media|press|general)\b.{0,80}|to learn more,? "
    r"|(?:media|press) (?:inquiries|enquiries).{0,20})"
    r"\b(?:contact|call|e-?mail|reach)\b"
)


def cut_tail(blocks: Sequence[Block]) -> tuple[tuple[Block, ...], str | None]:
    """The blocks before the wire's closing line `SOURCE X`, and X; all of them and None without one.

    A contact that stands behind that line is kept. A heading such as `Related Links` ends the release
    too. Lines that the wire adds go in any case.
    """
    issuer: str | None = None
    end = len(blocks)
    for at in range(len(blocks) - 1, -1, -1):
        match = _SOURCE.fullmatch(blocks[at].text) if len(blocks[at].text) <= _SOURCE_CHARS_MAX else None
        if match and not _goes_on(blocks[at + 1 :]):
            end, issuer = at, match["issuer"].split("\n")[0].strip(" ;,")
            break
    kept: list[Block] = []
    for at, block in enumerate(blocks):
        if _RELATED.fullmatch(block.text.partition("\n")[0]):
            break
        behind = at >= end and _opens(block) is not Zone.CONTACT
        if not behind and not _WIRE_LINE.fullmatch(block.text):
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
    return _opens(Block(text=text)) is not None or bool(_REACH.search(text[:_CONTACT_CHARS_MAX]))


def opens_ending(text: str) -> bool:
    """Whether a paragraph of plain text opens a boilerplate or a contact by its heading or first words."""
    return _opens(Block(text=text)) is not None


def is_tail(text: str) -> bool:
    """Whether a paragraph is the wire's closing line `SOURCE X`."""
    return len(text) <= _SOURCE_CHARS_MAX and _SOURCE.fullmatch(text) is not None


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
        return Zone.CONTACT if _CONTACT.fullmatch(first_cell) and _REACH.search(block.text[:_TABLE_CHARS_MAX]) else None
    if block.shape is Shape.LIST and not block.run_in:
        return None
    for head in _heads(block):
        if _ABOUT.fullmatch(head) or _FORWARD.match(head):
            return Zone.BOILERPLATE
        if _CONTACT.fullmatch(head):
            return Zone.CONTACT
    if _FORWARD_SENTENCE.match(block.text):
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
    if zone is Zone.CONTACT and _REACH.search(block.text[:_TABLE_CHARS_MAX]):
        return False
    if block.shape is Shape.TABLE or (block.shape is Shape.HEADING and any(b.shape is Shape.TABLE for b in following)):
        return True
    if zone is Zone.CONTACT or block.shape is not Shape.HEADING:
        return False
    text = block.text
    is_title = len(text) <= 80 and "\n" not in text and not text.endswith((".", ",")) and not _REACH.search(text)  # noqa: PLR2004
    return is_title and "http" not in text and "www." not in text and not _LEGAL.search(text)


def _ends_contact(block: Block) -> bool:
    """Whether a block is prose about something else, after the names and numbers of a contact."""
    return is_prose(block.text) and not _REACH.search(block.text[:_CONTACT_CHARS_MAX]) and "\n" not in block.text


def _is_contact_sentence(block: Block) -> bool:
    text = block.text
    return len(text) <= _CONTACT_CHARS_MAX and bool(_CONTACT_SENTENCE.match(text)) and bool(_REACH.search(text))


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
