"""Words that hang on what they speak of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from difflib import get_close_matches

SHOWN_MAX = 8


def counted(n: int, noun: str) -> str:
    """`1 release`, `2 releases`, `3 deliveries`; for regular nouns."""
    if n == 1:
        return f"1 {noun}"
    ends_in_y = noun.endswith("y") and noun[-2:-1] not in "aeiou"
    return f"{n:,} {noun[:-1]}ies" if ends_in_y else f"{n:,} {noun}s"


def lapse(span: timedelta) -> str:
    """`41 s`, `12 min`, `3 h`, `2 d`: in the largest unit of which it holds two; `–` below a second."""
    seconds = span.total_seconds()
    if abs(seconds) < 1:
        return "–"
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def meant(word: str, known: Iterable[str]) -> str:
    """`did you mean X?`, or what there is to choose from."""
    words = list(known)
    near = get_close_matches(word, words, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"known: {', '.join(words[:SHOWN_MAX]) or 'none'}{' …' if len(words) > SHOWN_MAX else ''}"
