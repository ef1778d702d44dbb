"""The elements of a page in order, each with how much of it is text, link and prose.

One walk down and one pass back: what is asked of an element later is known then, and asked once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from ingest.sheet import evened

_PARTS_MAX = 20_000
_BLOCK_CHARS_MAX = 20_000

_NEVER_TEXT_TAGS = """script style noscript template svg iframe object embed audio video canvas input select textarea
option head math map"""
_INLINE_TAGS = """a abbr acronym b bdi bdo big br cite code data del dfn em font i img ins kbd mark nobr picture q rp rt
ruby s samp small source span strike strong sub sup time tt u var wbr"""
NEVER_TEXT = frozenset(_NEVER_TEXT_TAGS.split())
INLINE = frozenset(_INLINE_TAGS.split())

_PROSE_CHARS_MIN = 25
_PROSE_CHARS_SURE = 80
_LINK_SHARE_MAX = 0.5
_WORDS_MIN = 12
_WORDS_WEIGHT = 0.2
_WORDS_LINK_SHARE_MAX = 0.2
# One sign of these scripts says as much as two or three letters.
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_DENSE_WEIGHT = 2
_SENTENCE_END = re.compile(r"[.!?…:;][\"'”’»)\]]*(?:\s|$)|[。！？；]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(slots=True)
class Part:
    """An element. `above`, `home` and `end` are places in the outline: of its parent, of the block to whose lines its
    text belongs (itself, if it is a block), and behind its last descendant.

    `text` and `linked` count the characters below it, and those of them in links; `own` is what its own lines say,
    without the blocks in it. `prose` weighs the sentences below it, `own_prose` those of its own.
    """

    node: LexborNode
    tag: str
    names: str
    above: int
    home: int
    attributes: dict[str, str | None]
    end: int = 0
    text: int = 0
    linked: int = 0
    own: str = ""
    own_linked: int = 0
    own_prose: float = 0.0
    prose: float = 0.0
    pieces: list[str] = field(default_factory=list)


def outline(body: LexborNode) -> list[Part]:
    """All elements that may hold text, in the order of the page, `body` first."""
    parts = _walked(body)
    for part in parts:
        if part.pieces:
            part.own = evened("".join(part.pieces)[:_BLOCK_CHARS_MAX])
            part.own_prose = prose_of(part.own, part.own_linked)
            part.pieces = []
    for at in range(len(parts) - 1, -1, -1):
        part = parts[at]
        part.prose += part.own_prose
        part.end = max(part.end, at + 1)
        if at:
            above = parts[part.above]
            above.text += part.text
            above.linked += part.linked
            above.prose += part.prose
            above.end = max(above.end, part.end)
    return parts


def _walked(body: LexborNode) -> list[Part]:
    parts = [Part(body, "body", names_of(body.attributes), 0, 0, body.attributes)]
    # Of each part: the block whose lines its text belongs to, and whether it is in a link.
    homes = [(0, False)]
    waiting: list[tuple[LexborNode, int]] = [(body.child, 0)] if body.child is not None else []
    while waiting and len(parts) < _PARTS_MAX:
        node, above = waiting.pop()
        following = node.next
        if following is not None:
            waiting.append((following, above))
        tag = node.tag
        if tag == "-text":
            _add_text(node.text_content or "", parts, above, *homes[above])
            continue
        if tag is None or tag[0] in "-!" or tag in NEVER_TEXT:
            continue
        if tag == "br":
            parts[homes[above][0]].pieces.append("\n")
            continue
        here = len(parts)
        attributes = node.attributes
        block, linked = homes[above]
        home = block if tag in INLINE else here
        parts.append(Part(node, tag, names_of(attributes), above, home, attributes))
        homes.append((home, linked or tag == "a"))
        child = node.child
        if child is not None:
            waiting.append((child, here))
    return parts


def _add_text(text: str, parts: list[Part], above: int, block: int, linked: bool) -> None:  # noqa: FBT001  positional for speed
    parts[block].pieces.append(text)
    length = len(text.strip())
    if length:
        parts[above].text += length
        if linked:
            parts[above].linked += length
            parts[block].own_linked += length


def names_of(attributes: dict[str, str | None]) -> str:
    """The words of class and id: `article-body relatedLinks` as ` article body related links `.

    The mark of an article's body counts as such a name.
    """
    written = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    if attributes.get("itemprop") == "articleBody":
        written += " articleBody"
    if written == " ":
        return ""
    return f" {_CAMEL.sub(' ', written).replace('-', ' ').replace('_', ' ').lower()} "


def weight_of(text: str) -> int:
    """How much `text` says, in letters: a sign of a dense script counts as three."""
    return len(text) + _DENSE_WEIGHT * len(_DENSE.findall(text))


def prose_of(text: str, linked: int) -> float:
    """How much `text` tells in sentences, in letters; a fifth of it for words that are neither sentence nor link."""
    length = len(text)
    weight = length if text.isascii() else weight_of(text)
    if weight < _WORDS_MIN or linked > _LINK_SHARE_MAX * length:
        return 0.0
    if weight < _PROSE_CHARS_MIN or (weight < _PROSE_CHARS_SURE and not _SENTENCE_END.search(text)):
        return _WORDS_WEIGHT * weight if linked < _WORDS_LINK_SHARE_MAX * length else 0.0
    return weight * (1 - linked / length)
