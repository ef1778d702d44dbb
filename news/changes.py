"""What a later text says otherwise than an earlier one, word by word. Pure, and bounded in time.

Paragraphs that stand in both are passed over first; the words of those that do not are held against one another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# A character is a word where a script has no spaces.
_TOKEN = re.compile(r"\s+|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\s\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
PARAGRAPHS_MAX = 2_000
# Of longer stretches only is said that the one stands in the place of the other.
TOKENS_MAX = 1_200
_CONTEXT_TOKENS = 16


class Edit(StrEnum):
    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of words, and whether both texts have it or only one."""

    edit: Edit
    text: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One place: its words with some of those around it. `cut_before` and `cut_after`: its paragraph goes on there."""

    pieces: tuple[Piece, ...]
    cut_before: bool = False
    cut_after: bool = False

    @property
    def removed(self) -> str:
        return self._of(Edit.REMOVED)

    @property
    def added(self) -> str:
        return self._of(Edit.ADDED)

    def _of(self, edit: Edit) -> str:
        return " ".join(text for piece in self.pieces if piece.edit is edit and (text := piece.text.strip()))


def changes(before: str, after: str) -> tuple[Changed, ...]:
    """The places in which two texts differ, in order; white space alone is no difference."""
    old, new = _paragraphs(before), _paragraphs(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    found: list[Changed] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        if i2 - i1 == j2 - j1:
            for one, other in zip(old[i1:i2], new[j1:j2], strict=True):
                found += _within(one, other)
        else:
            found += _within(" ".join(old[i1:i2]), " ".join(new[j1:j2]))
    return tuple(found)


def figures(before: str, after: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The numbers that stand in the earlier text alone (or oftener there), and in the later one."""
    old, new = Counter(FIGURE.findall(before)), Counter(FIGURE.findall(after))
    return tuple((old - new).elements()), tuple((new - old).elements())


def _paragraphs(text: str) -> list[str]:
    found = (" ".join(paragraph.split()) for paragraph in text.split("\n"))
    return [paragraph for paragraph in found if paragraph][:PARAGRAPHS_MAX]


def _within(before: str, after: str) -> Iterator[Changed]:
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if not old or not new or max(len(old), len(new)) > TOKENS_MAX:
        yield Changed(tuple(_pieces((Edit.REMOVED, old), (Edit.ADDED, new))))
        return
    codes = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT_TOKENS)
    for group in codes:
        parts: list[tuple[Edit, Sequence[str]]] = []
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                parts.append((Edit.KEPT, old[i1:i2]))
            else:
                parts += [(Edit.REMOVED, old[i1:i2]), (Edit.ADDED, new[j1:j2])]
        yield Changed(tuple(_pieces(*parts)), cut_before=group[0][1] > 0, cut_after=group[-1][2] < len(old))


def _pieces(*parts: tuple[Edit, Sequence[str]]) -> Iterator[Piece]:
    for edit, tokens in parts:
        if tokens:
            yield Piece(edit, "".join(tokens))
