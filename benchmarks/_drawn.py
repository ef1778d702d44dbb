"""Releases and rules drawn by a seed: news-length texts, and a watch list of any size over them.

Releases are sentences of real ones, recombined, where `../shared/real` stands beside the checkout;
else sentences of invented words, as often as Zipf's law has them. Rules are drawn so that about as
many are true of a release as were counted on 29,382 real texts: 10 of 1,000, 83 of 10,000, 475 of
100,000, 1,891 of 1,000,000. A growing list holds ever rarer interests.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from alerts.matching import RuleIndex
from news.document import Document, document
from news.release import Release

_REAL = Path(__file__).resolve().parents[1].parent / "shared" / "real"
_CHARS = 3_000
_CALIBRATED = 6_000
_SAMPLED = 96  # releases by which the density of a list is measured
_BLOCK_MIN = 50
_CHINESE_SHARE = 8  # one release in so many
_WIRES = ("acme-newsroom", "globe", "example-wire", "press-desk")

# Rules of a list → true of a release, as counted; the share of rules that match falls between them.
COUNTED = {1_000: 10, 10_000: 83, 100_000: 475, 1_000_000: 1_891}

# How each kind of rule is written, and how many of a hundred are of it. {a}, {b} and {c} are words,
# {two} and {three} so many side by side, {name} a proper name, {han} Chinese.
_KINDS = {
    "{a}": 18,
    "{a} {b}": 16,
    "{a} AND {b} AND {c}": 7,
    '"{two}"': 20,
    '"{three}"': 6,
    '"{name}"': 8,
    "{han}": 4,
    '{a} OR "{two}"': 6,
    "{a} ({b} OR {c})": 4,
    "{a} -{b}": 4,
    "{a} NEAR/8 {b}": 3,
    "{begin}*": 2,
    "wire:{wire} {a}": 1,
    "headline:{a}": 1,
}


@dataclass(frozen=True, slots=True)
class DrawnRule:
    id: int
    query: str


def sentences() -> tuple[list[str], list[str], bool]:
    """English ones, Chinese ones, and whether they are real."""
    stories, pairs = _REAL / "stories" / "releases.jsonl.gz", _REAL / "cjk" / "traditional-simplified-pairs.tsv"
    if not (stories.exists() and pairs.exists()):
        return (*_invented(random.Random(0)), False)
    with gzip.open(stories, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    english = [part for text in texts for part in re.split(r"(?<=[.!?])\s+|\n+", text) if 40 <= len(part) <= 400]
    chinese = [line.split("\t")[2] for line in pairs.read_text(encoding="utf-8").splitlines()]
    return english, chinese, True


def _invented(draw: random.Random) -> tuple[list[str], list[str]]:
    words = sorted({_name(draw).lower() for _ in range(30_000)}, key=lambda word: (len(word), word))
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    english = [" ".join(draw.choices(words, cum_weights=weights, k=20)).capitalize() + "." for _ in range(12_000)]
    characters = [chr(0x4E00 + n) for n in range(2_500)]
    chinese = ["".join(draw.choices(characters, k=30)) + "。" for _ in range(1_000)]
    return english, chinese


def _name(draw: random.Random) -> str:
    """A name that nobody bears yet."""
    syllables = draw.choices(("ka", "lo", "mer", "ti", "vos", "an", "du", "rel", "sy", "tron", "bix", "ne"), k=4)
    return "".join(syllables[: draw.randint(2, 4)]).capitalize()


class Drawn:
    """Everything that follows from one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.english, self.chinese, self.is_real = sentences()

    def releases(self, count: int) -> list[Release]:
        return list(self.stream(count))

    def stream(self, count: int) -> Iterator[Release]:
        """The same, one after another."""
        draw = random.Random(f"{self.seed} releases")
        return (self._release(draw, number) for number in range(count))

    def _release(self, draw: random.Random, number: int) -> Release:
        is_chinese = number % _CHINESE_SHARE == _CHINESE_SHARE - 1
        source, chars = (self.chinese, _CHARS // 3) if is_chinese else (self.english, _CHARS)
        parts: list[str] = []
        length = 0
        while length < chars:
            at = draw.randrange(len(source) - 4)
            parts += source[at : at + 4]  # neighbours, so that a release keeps to a few subjects
            length = sum(map(len, parts))
        return Release(
            wire=draw.choice(_WIRES),
            language="zh" if is_chinese else "en",
            headline=" ".join(draw.choice(source).split()[:12]),
            body="\n\n".join(parts),
        )

    @cached_property
    def _pools(self) -> _Pools:
        return _Pools(self.english, self.chinese)

    @cached_property
    def _sample(self) -> list[Document]:
        return [*map(document, self.stream(_SAMPLED))]

    def _matches(self, rules: Iterable[DrawnRule]) -> float:
        """How many of the rules are true of a release, on average."""
        index = RuleIndex(rules)
        return sum(len(index.matching(release)) for release in self._sample) / len(self._sample)

    @cached_property
    def _matched(self) -> tuple[float, float]:
        """The share of releases that a rule is true of, on average: of lively interests, and of quiet ones."""
        draw = random.Random(f"{self.seed} calibration")
        live, quiet = (
            [DrawnRule(n, self._pools.query(draw, is_live=is_live)) for n in range(_CALIBRATED)]
            for is_live in (True, False)
        )
        return self._matches(live) / _CALIBRATED, self._matches(quiet) / _CALIBRATED

    def rules(self, count: int) -> Iterator[DrawnRule]:
        """The first `count` of a list without end; a shorter list is the beginning of a longer one.

        It is drawn block by block, and each makes good what those before it matched too much or too little.
        """
        draw = random.Random(f"{self.seed} rules")
        live, quiet = self._matched
        first, matches = 0, 0.0
        while first < count:
            size = max(_BLOCK_MIN, first // 8)
            wanted = (_counted(first + size) - matches) / size
            lively = (wanted - quiet) / (live - quiet)
            block = [
                DrawnRule(n, self._pools.query(draw, is_live=draw.random() < lively))
                for n in range(first, first + size)
            ]
            yield from block[: count - first]
            first += size
            if first < count:
                matches += self._matches(block)


def _counted(rules: int) -> float:
    """How many of so many rules are true of a release, on average."""
    before = (0, 0)
    for size, matches in COUNTED.items():
        if rules <= size:
            return before[1] + (matches - before[1]) * (rules - before[0]) / (size - before[0])
        before = (size, matches)
    return before[1] + 0.001 * (rules - before[0])


class _Pools:
    """Words, phrases and names to draw from."""

    def __init__(self, english: Sequence[str], chinese: Sequence[str]) -> None:
        worded = [re.findall(r"[A-Za-z]{3,}", sentence) for sentence in english]
        counts = Counter(word.lower() for words in worded for word in set(words))
        by_rank = sorted(counts, key=lambda word: (-counts[word], word))
        ranked = [word for word in by_rank if word not in {"and", "not", "near"}]
        self.frequent = ranked[60:4_000]
        self.weights = list(accumulate(counts[word] ** 0.5 for word in self.frequent))
        self.medium = ranked[800:8_000]
        self.rare = ranked[6_000:] or ranked
        self.worded = [words for words in worded if len(words) > 6]
        self.names = sorted({m[0] for line in english for m in re.finditer(r"(?<=[a-z] )[A-Z]\w+ [A-Z]\w+", line)})
        self.names = self.names or ranked
        self.chinese = chinese
        self.kinds = list(_KINDS)
        self.kind_weights = list(accumulate(_KINDS.values()))

    def query(self, draw: random.Random, *, is_live: bool) -> str:
        shape = draw.choices(self.kinds, cum_weights=self.kind_weights)[0]
        words = self._live(draw) if is_live else self._quiet(draw)
        a, b, c = words
        return shape.format(
            a=a,
            b=b,
            c=c,
            two=self._run(draw, 2, words, is_live=is_live),
            three=self._run(draw, 3, words, is_live=is_live),
            name=draw.choice(self.names) if is_live else f"{a} {_name(draw)}",
            han=self._han(draw, is_live=is_live),
            begin=a[:6] if is_live else a,
            wire=draw.choice(_WIRES),
        )

    def _live(self, draw: random.Random) -> list[str]:
        return draw.choices(self.frequent, cum_weights=self.weights, k=3)

    def _quiet(self, draw: random.Random) -> list[str]:
        """Interests that are seldom met: invented names, rare words, or words that seldom come together."""
        way = draw.random()
        if way < 0.6:
            return [_name(draw), draw.choice(self.medium), draw.choice(self.frequent)]
        if way < 0.8:
            return [draw.choice(self.rare), draw.choice(self.medium), draw.choice(self.frequent)]
        return [f"{draw.choice(self.rare)}{draw.choice(('x', 'tech', 'gen'))}", *draw.choices(self.medium, k=2)]

    def _run(self, draw: random.Random, length: int, words: list[str], *, is_live: bool) -> str:
        if not is_live:
            return " ".join((words[1:] + words[:1])[-length:])
        line = draw.choice(self.worded)
        at = draw.randrange(len(line) - length + 1)
        return " ".join(line[at : at + length])

    def _han(self, draw: random.Random, *, is_live: bool) -> str:
        line = re.sub(r"[^一-鿿]", "", draw.choice(self.chinese)) or "重庆市"
        at, length = draw.randrange(max(1, len(line) - 4)), draw.choice((2, 2, 2, 3, 4))
        return line[at : at + length] if is_live else line[at : at + 2] + draw.choice("鑫淼焱垚犇")
