"""What a release itself tells: its news, without what issuer, wire and law add to every release. Pure.

Two releases of one issuer share half of their words before either has said anything, and one release may stand under
two publishers with two long descriptions of each. So copies are compared by their substance: the paragraphs up to the
first that opens an ending (`About X`, forward-looking statements, a contact), without dateline, addresses and links.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from ingest.datelines import split_dateline
from ingest.zones import is_tail, opens_ending

SHINGLE_WORDS = 4
# An ending does not open before so much was told: a subtitle may begin with `Contact`, a short text has only its lead.
TOLD_WORDS_MIN = 60
WORDS_MAX = 6_000
# A character is a word where a script has no spaces.
_UNSPACED = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:[.,’'][^\W_{_UNSPACED}]+)*")
_UNSPACED_START = re.compile(rf"\W*[{_UNSPACED}]")
_HEADING_CHARS_MAX = 110
_ADDRESS = re.compile(r"https?://\S+|\bwww\.\S+|\S+@\S+\.\w+", re.IGNORECASE)
_PARAGRAPH_END = re.compile(r"\n\s*|(?<=[.!?”\"’)])\s{2,}(?=\S)")
# Whatever a publisher writes above its text: place, day and its own name, then a dash.
_HEAD = re.compile(
    r"(?=.{0,160}?(?:\b(?:19|20)\d\d\b|/[^/\n]{3,40}/|\([^)\n]{3,40}(?:wire|news)[^)\n]{0,20}\))).{3,200}?\s*[-–—]{1,2}\s+",
    re.IGNORECASE,
)
_ENDING = re.compile(
    r"(?:[-–—_*#]\s*){3,}|(?:original|source)/?(?:source)?\s*press release"
    r"|(?:please )?(?:to )?(?:view|read|watch|see|hear|listen to) (?:the )?(?:full|complete|original|terms)\b"
    r"|please see full terms|notes? to (?:investors|editors)|click (?:here|image)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Substance:
    """`headline` and `told` are texts; what is made of them is made when it is asked for."""

    headline: str
    told: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words told, in small letters."""
        return tuple(match[0] for match in islice(_WORD.finditer(self.told.casefold()), WORDS_MAX))

    @cached_property
    def shingles(self) -> frozenset[int]:
        """Hashes of each four words in a row; of fewer, of all of them."""
        words = self.words
        size = min(SHINGLE_WORDS, len(words)) or 1
        return frozenset(hash(words[at : at + size]) for at in range(len(words) - size + 1))

    @cached_property
    def title(self) -> tuple[str, ...]:
        return tuple(_WORD.findall(self.headline.casefold()))

    @cached_property
    def names(self) -> Mapping[str, int]:
        """Words written with a capital, in small letters, by how often they stand in headline and text."""
        return Counter(match[0].casefold() for match in _NAME.finditer(f"{self.headline}\n{self.told}"))

    @cached_property
    def figures(self) -> frozenset[str]:
        """Numbers as told, without the commas between thousands."""
        return frozenset(match[0].replace(",", "") for match in _FIGURE.finditer(f"{self.headline}\n{self.told}"))


_NAME = re.compile(r"\b[^\W\d_a-z][\w’'&]*(?:-\w+)*")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def substance(headline: str, body: str) -> Substance:
    """The substance of a release by its headline and its body, which may still have its endings."""
    return Substance(headline=headline, told="\n".join(_told(body)))


def _told(body: str) -> Iterator[str]:
    words, skipped = 0, False
    for at, paragraph in enumerate(_paragraphs(body)):
        text = _without_head(paragraph) if words < TOLD_WORDS_MIN else paragraph
        if at and _ends(text):
            if words >= TOLD_WORDS_MIN:
                return
            # Under a heading of its own stands what it heads.
            skipped = len(text) <= _HEADING_CHARS_MAX
            continue
        if skipped:
            skipped = False
            continue
        text = _ADDRESS.sub(" ", text)
        words += len(text) if _UNSPACED_START.match(text) else text.count(" ") + 1
        yield text


def _paragraphs(body: str) -> Iterator[str]:
    for paragraph in _PARAGRAPH_END.split(body):
        if paragraph.strip():
            yield paragraph.strip()


def _without_head(paragraph: str) -> str:
    found = split_dateline(paragraph)
    if found is not None:
        return found[1]
    head = _HEAD.match(paragraph)
    return paragraph[head.end() :] if head and head.end() < len(paragraph) else paragraph


def _ends(paragraph: str) -> bool:
    return bool(_ENDING.match(paragraph)) or is_tail(paragraph) or opens_ending(paragraph)

