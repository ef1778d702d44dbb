"""Lines for terminals and plain-text mail, where a Chinese character is two columns wide."""

from __future__ import annotations

import re
import unicodedata

# A word, or one wide character: those may be parted anywhere.
_WIDE = (
    "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\U00020000-\U0003fffd"
)
_ATOM = re.compile(f"[{_WIDE}]|[^\\s{_WIDE}]+|\\s+")
_NO_START = frozenset("。，、；：！？」』）》〉】.,;:!?)]}”’»")


def columns(text: str) -> int:
    """How many columns a terminal gives `text`; combining marks take none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def wrapped(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    """`text` in lines of at most `width` columns, begun with `first`, then `rest`; a longer word stands alone, uncut.

    A line does not begin with closing punctuation, which may then hang one character over.
    """
    lines: list[str] = []
    line, prefix = "", first
    for atom in _ATOM.findall(text):
        blank = atom.isspace()
        if columns(prefix + line) + columns(atom) <= width or not line.strip() or atom in _NO_START:
            line += "" if blank and not line else " " if blank else atom
            continue
        lines.append((prefix + line).rstrip())
        line, prefix = ("" if blank else atom), rest
    if line.strip() or not lines:
        lines.append((prefix + line).rstrip())
    return lines
