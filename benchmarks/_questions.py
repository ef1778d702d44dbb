"""Questions to an archive of drawn releases, each in the rule language and as plain FTS5 and tsquery write it."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from news.release import Release

_WORD = re.compile(r"[a-z]{4,}")
_HAN = re.compile(r"[\u4e00-\u9fff]{2}")
# Words in fewer than one of a hundred releases are too rare, in more than half too common to be asked for.
_COMMONEST, _RAREST = 0.5, 0.01


@dataclass(frozen=True, slots=True)
class Question:
    """`fts` and `tsquery` are None where the plain index has no way to ask it; days are UTC dates, half-open."""

    kind: str
    query: str
    fts: str | None
    tsquery: str | None
    days: tuple[str, str] | None = None


KINDS = ("word", "two words", "phrase", "prefix", "NEAR", "Chinese word", "word in a week")


def questions(sample: Sequence[Release], each: int, seed: int, span: tuple[datetime, datetime]) -> list[Question]:
    """`each` of every kind, drawn from a sample of the releases; `span` is when the first and the last appeared."""
    draw = random.Random(f"{seed} questions")
    english = [release for release in sample if release.language == "en"]
    texts = [_WORD.findall(release.body.lower()) for release in english]
    known = Counter(word for text in texts for word in set(text))
    words = sorted(word for word, n in known.items() if _RAREST <= n / len(texts) <= _COMMONEST)
    han = sorted({word for release in sample if release.language == "zh" for word in _HAN.findall(release.body)})
    made: list[Question] = []
    for _ in range(each):
        word, other = draw.choice(words), draw.choice(words)
        one, two = _neighbours(draw, english)
        near = _near(draw, english)
        letters = draw.choice(words)[:4]
        day = span[0].date() + timedelta(days=draw.randrange(max(1, (span[1] - span[0]).days - 7)))
        days = (day.isoformat(), (day + timedelta(days=7)).isoformat())
        made += [
            Question("word", word, f'"{word}"', f"'{word}'"),
            Question("two words", f"{word} AND {other}", f'"{word}" AND "{other}"', f"'{word}' & '{other}'"),
            Question("phrase", f'"{one} {two}"', f'"{one} {two}"', f"'{one}' <-> '{two}'"),
            Question("prefix", f"{letters}*", f"{letters}*", f"'{letters}':*"),
            Question("NEAR", f"{near[0]} NEAR/5 {near[1]}", f"NEAR({near[0]} {near[1]}, 4)", None),
            Question("Chinese word", draw.choice(han), None, None),
            Question("word in a week", f"{word} after:{days[0]} before:{days[1]}", f'"{word}"', f"'{word}'", days),
        ]
    return made


def _neighbours(draw: random.Random, releases: Sequence[Release]) -> tuple[str, str]:
    """Two words that stand side by side in a release."""
    while True:
        found = re.findall(r"(?<=\s)([a-z]{4,}) (?=([a-z]{4,})\b)", draw.choice(releases).body)
        if found:
            one, two = draw.choice(found)
            return str(one), str(two)


def _near(draw: random.Random, releases: Sequence[Release]) -> tuple[str, str]:
    """Two words of a release with one to three others between them."""
    while True:
        words = draw.choice(releases).body.split()
        at = draw.randrange(max(1, len(words) - 4))
        pair = words[at : at + draw.randint(3, 5)]
        if len(pair) > 2 and all(_WORD.fullmatch(word) for word in (pair[0], pair[-1])) and pair[0] != pair[-1]:
            return pair[0], pair[-1]
