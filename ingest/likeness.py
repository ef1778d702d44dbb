"""Whether two releases are one text, by what they tell and by what they do not share. Pure, and symmetric.

No threshold of similarity tells copies from templates: two hundred notices of a law firm share nine tenths of their
words, and a copy that was cut short shares a third. But a copy leaves nothing out that its own text is about, while
each filling of a template has a name, or figures, that the other has nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.substance import Substance

# Of the shorter text's rows of four words, so many stand in the longer one. Of 72 real copies the least alike but one
# had .89, of 8 retellings the most alike .64, and of 186 other releases all above .93 differ in a name or in figures.
COPY_MIN = 0.86
# Below that, one side alone having a word of its own in its opening is enough to tell them apart.
CLOSE_MIN = 0.93
RETOLD_MIN = 0.25
# With fewer words told there is too little to compare: then only the same words under the same title are a copy.
WORDS_MIN = 25
# So many figures on either side that the other does not have: another day's notice, another quarter's results.
FIGURES_SWAPPED_MAX = 2
FIGURES_SWAPPED_SHARE = 0.3
_TYPO_LETTERS_MIN = 4
_SMALL = (
    "a an the of and or to in for on at by with from as is are its it be this that will has have was were we our "
    "their his her i you your he she they who which not new more also about can all inc corp ltd llc plc co company"
)
_SMALL_WORDS = frozenset(_SMALL.split())


@dataclass(frozen=True, slots=True)
class Alike:
    """`share`: of the shorter text's rows of four words, how many stand in the longer one. `copy`: else a retelling."""

    share: float
    copy: bool

    @property
    def why(self) -> str:
        return f"{'the same text' if self.copy else 'told anew'}: {self.share:.0%} of the shorter one's wording"


def alike(one: Substance, other: Substance) -> Alike | None:
    """What two releases have in common; None if they are two pieces of news. The order does not matter."""
    shorter, longer = sorted((one, other), key=lambda each: (len(each.shingles), each.words))
    if not shorter.shingles or not shorter.words:
        return None
    share = len(shorter.shingles & longer.shingles) / len(shorter.shingles)
    if len(shorter.words) < WORDS_MIN:
        same = shorter.words == longer.words and frozenset(shorter.title) == frozenset(longer.title)
        return Alike(share, copy=True) if same else None
    if share < RETOLD_MIN:
        return None
    ours, theirs = _own_subjects(one, other), _own_subjects(other, one)
    swapped = ours and theirs
    if share >= COPY_MIN and not swapped and not _figures_swapped(one, other):
        if share >= CLOSE_MIN or not (ours or theirs):
            return Alike(share, copy=True)
        return None
    return Alike(share, copy=False) if not swapped and _same_title(one, other) else None


def _own_subjects(one: Substance, other: Substance) -> list[str]:
    """What `one` is about, told in its opening and again, and `other` never mentions, nor misspells."""
    known = other.counts
    own = [
        word
        for word in one.opening
        if word not in known
        and one.counts[word] > 1
        and len(word) > 1
        and word not in _SMALL_WORDS
        and word[0].isalpha()
    ]
    unknown = [word for word in other.opening if word not in one.counts and other.counts[word] > 1]
    return [word for word in own if not _misspelt(word, unknown)]


def _misspelt(word: str, others: Iterable[str]) -> bool:
    """Whether another word is this one with letters in another order, or with something stuck to it."""
    if len(word) < _TYPO_LETTERS_MIN:
        return False
    return any(
        sorted(word) == sorted(other) or (len(other) >= _TYPO_LETTERS_MIN and (word in other or other in word))
        for other in others
    )


def _figures_swapped(one: Substance, other: Substance) -> bool:
    swapped = min(len(one.figures - other.figures), len(other.figures - one.figures))
    all_ = min(len(one.figures), len(other.figures))
    return swapped > FIGURES_SWAPPED_MAX or (swapped > 1 and swapped >= FIGURES_SWAPPED_SHARE * all_)


def _same_title(one: Substance, other: Substance) -> bool:
    """Whether most of the shorter title's words stand in the longer one."""
    a, b = (frozenset(each.title) - _SMALL_WORDS for each in (one, other))
    return bool(a and b) and len(a & b) >= 0.5 * min(len(a), len(b))
