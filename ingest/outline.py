"""The elements of a page in order, each with how much of it is text, link and prose.

One walk down and one pass back: what is asked of an element later is known then, and asked once.
"""

from __future__ import annotations

import re
from functools import lru_cache

from selectolax.lexbor import LexborNode

from ingest.sheet import evened

_PARTS_MAX = 20_000
_BLOCK_CHARS_MAX = 20_000
_NAME_CHARS_MAX = 400

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
_MARKS = frozenset({"hidden", "aria-hidden", "role", "style"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Part:
    """An element. `above`, `home` and `end` are places in the outline: of its parent, of the block to whose lines its
    text belongs (itself, if it is a block), and behind its last descendant.

    `text` and `linked` count the characters below it, and those of them in links; `own` is what its own lines say,
    without the blocks in it. `prose` weighs the sentences below it, `own_prose` those of its own. `kind` is its class
    as written; `marks` are its attributes where one of them may say that it is hidden or what it is for.
    """

    __slots__ = (
        "above", "end", "home", "is_link", "kind", "linked", "marks", "names", "node", "own", "own_linked", "own_prose",
        "pieces", "prose", "tag", "text",
    )  # fmt: skip

    def __init__(self, node: LexborNode, tag: str, above: int, home: int, *, is_link: bool) -> None:
        self.node = node
        self.tag = tag
        self.above = above
        self.home = home
        self.is_link = is_link
        attributes = node.attributes
        self.kind = attributes.get("class")
        self.names = names_of(attributes) if attributes else ""
        self.marks = None if _MARKS.isdisjoint(attributes) else attributes
        self.end = self.text = self.linked = self.own_linked = 0
        self.own_prose = self.prose = 0.0
        self.own = ""
        self.pieces: list[str] | None = None


def outline(body: LexborNode) -> list[Part]:
    """All elements that may hold text, in the order of the page, `body` first."""
    parts = _walked(body)
    for at in range(len(parts) - 1, -1, -1):
        part = parts[at]
        if part.pieces:
            part.own = evened("".join(part.pieces)[:_BLOCK_CHARS_MAX])
            part.own_prose = prose_of(part.own, part.own_linked)
            part.prose += part.own_prose
            part.pieces = None
        if at:
            above = parts[part.above]
            above.text += part.text
            above.linked += part.linked
            above.prose += part.prose
    return parts


def _walked(body: LexborNode) -> list[Part]:
    parts = [Part(body, "body", 0, 0, is_link=False)]
    at = 0
    node: LexborNode | None = body.child
    # Of each element that is open, what follows it.
    open_now: list[LexborNode | None] = []
    while True:
        if node is None:
            parts[at].end = len(parts)
            if not open_now:
                return parts
            node, at = open_now.pop(), parts[at].above
            continue
        tag = node.tag or "-"
        if tag == "-text":
            _add_text(node.text_content or "", parts, at)
        elif tag == "br":
            _add_piece("\n", parts[parts[at].home])
        elif tag not in NEVER_TEXT and tag[0] not in "-!" and len(parts) < _PARTS_MAX:
            here = len(parts)
            above = parts[at]
            part = Part(node, tag, at, above.home if tag in INLINE else here, is_link=above.is_link or tag == "a")
            parts.append(part)
            child = node.child
            if child is not None:
                open_now.append(node.next)
                node, at = child, here
                continue
            part.end = here + 1
        node = node.next


def _add_text(text: str, parts: list[Part], at: int) -> None:
    part = parts[at]
    block = parts[part.home]
    _add_piece(text, block)
    length = len(text.strip())
    if length:
        part.text += length
        if part.is_link:
            part.linked += length
            block.own_linked += length


def _add_piece(text: str, block: Part) -> None:
    if block.pieces is None:
        block.pieces = [text]
    else:
        block.pieces.append(text)


def names_of(attributes: dict[str, str | None]) -> str:
    """The words of class and id: `article-body relatedLinks` as ` article body related links `.

    The mark of an article's body counts as such a name.
    """
    marked = attributes.get("itemprop") == "articleBody"
    written = ((attributes.get(name) or "")[:_NAME_CHARS_MAX] for name in ("class", "id"))
    return _names(*written, "articleBody" if marked else "")


@lru_cache(maxsize=2_048)  # a page has few classes, and each many times
def _names(*written: str) -> str:
    words = " ".join(filter(None, written))
    return f" {_CAMEL.sub(' ', words).replace('-', ' ').replace('_', ' ').lower()} " if words else ""


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
