"""What a release itself tells: its news, without what issuer, wire and law add to every release. Pure.

Two releases of one issuer share half of their words before either has said anything, and one release may stand under
two publishers with two long descriptions of each. So copies are compared by their substance: the paragraphs up to the
first that opens an ending (`About X`, forward-looking statements, a contact), without dateline, addresses and links.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from ingest.datelines import split_dateline
from ingest.zones import is_tail, opens_ending
from news.changes import FIGURE

SHINGLE_WORDS = 4
OPENING_WORDS = 60
FIRST_ANCHORS, OTHER_ANCHORS = 4, 8
SENTENCE_WORDS_MIN = 8
SENTENCES_MAX = 1_000
# An ending does not open before so much was told: a subtitle may begin with `Contact`, a short text has only its lead.
TOLD_WORDS_MIN = 60
WORDS_MAX = 6_000
# A character is a word where a script has no spaces.
_UNSPACED = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:[.,’'][^\W_{_UNSPACED}]+)*")
_UNSPACED_START = re.compile(rf"\W*[{_UNSPACED}]")
_HEADING_CHARS_MAX = 110
_ADDRESS = re.compile(r"https?://\S+|\bwww\.\S+|\S+@\S+\.\w+", re.IGNORECASE)
# One of them stands in each address; to look for them costs a tenth of looking for addresses.
_ADDRESS_SIGNS = ("@", "://", "www.", "WWW.", "Www.")
_POSSESSIVES = frozenset({"’s", "'s"})
_WORD_CHARS_MAX = 40
# A release is asked for its substance when it is filed and when it is judged; a candidate by each that resembles it.
_KEPT_MAX = 256
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])[\s”\"]+|(?<=[。！？])|\n")
_PARAGRAPH_END = re.compile(r"(?<=[.!?”\"’)])\s{2,}(?=\S)")
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
        """The words told, in small letters, without what makes them a possessive."""
        return words_of(self.told)

    @cached_property
    def title(self) -> tuple[str, ...]:
        return words_of(self.headline)

    @cached_property
    def shingles(self) -> frozenset[int]:
        """Hashes of each four words in a row; of fewer, of all of them. They hold within one process."""
        words = self.words
        rows = [words[at:] for at in range(min(SHINGLE_WORDS, len(words)) or 1)]
        return frozenset(map(hash, zip(*rows, strict=False)))

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How often each word stands in headline and text."""
        return Counter(self.words + self.title)

    @cached_property
    def opening(self) -> frozenset[str]:
        """The words of the headline and of the beginning of the text: what the release is about is among them."""
        return frozenset(self.words[:OPENING_WORDS]) | frozenset(self.title)

    @cached_property
    def figures(self) -> frozenset[str]:
        """Numbers as told, without the commas between thousands."""
        return frozenset(match[0].replace(",", "") for match in FIGURE.finditer(f"{self.headline}\n{self.told}"))

    @cached_property
    def anchors(self) -> tuple[int, ...]:
        """Hashes, 64 bits and signed, of the first sentences and of some that any copy would choose, too.

        Of two texts that share sentences, also where one is cut short, some are among the anchors of both: the rest
        are those with the smallest hashes, as in a bottom-k sketch (Broder 1997).
        """
        hashed = list(dict.fromkeys(signed_hash(" ".join(words)) for words in self._sentences()))
        if not hashed and self.words:
            hashed = [signed_hash(" ".join(self.words))]
        return tuple(hashed[:FIRST_ANCHORS] + sorted(hashed[FIRST_ANCHORS:])[:OTHER_ANCHORS])

    def _sentences(self) -> Iterator[tuple[str, ...]]:
        for sentence in islice(_SENTENCE_END.split(self.told), SENTENCES_MAX):
            words = words_of(sentence)
            if len(words) >= SENTENCE_WORDS_MIN:
                yield words


@lru_cache(maxsize=_KEPT_MAX)
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
        if any(sign in text for sign in _ADDRESS_SIGNS):
            text = _ADDRESS.sub(" ", text)
        words += len(text) if _UNSPACED_START.match(text) else text.count(" ") + 1
        yield text


def _paragraphs(body: str) -> Iterator[str]:
    for line in body.split("\n"):
        # Two spaces are two in most texts; the others have signs of their own.
        plain = line.isascii() and "  " not in line and "\t" not in line
        for paragraph in (line,) if plain else _PARAGRAPH_END.split(line):
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


def words_of(text: str) -> tuple[str, ...]:
    """Words and numbers in small letters, at most 6,000, without what makes them a possessive."""
    found = _WORD.findall(text[: WORDS_MAX * _WORD_CHARS_MAX].casefold())[:WORDS_MAX]
    return tuple([word[:-2] if word[-2:] in _POSSESSIVES else word for word in found])


def signed_hash(text: str) -> int:
    """64 bits, signed as databases hold them: what releases that share something are found by."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
