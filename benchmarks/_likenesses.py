"""Pairs of releases of which it is known whether they are one piece of news: real ones, and ones made here."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks._drawn import Drawn
from news.release import Release
from wirewatch.given import release_given

REAL = Path(__file__).parents[2] / "shared" / "real" / "stories"
AT = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
ABOUT = (
    "About {name}\n\n{name} of Springfield, Ill., has served its customers since 1950 and employs 300 people in nine "
    "countries. Its shares are listed. More is told on its pages.\n\nForward-Looking "
    "Statements\n\nThis release contains "
    "forward-looking statements. Actual results may differ materially from those expressed or implied, and nobody "
    "should rely on them.\n\nMedia Contact\n\nJane Doe, jane@company.example"
)
CHROME = (
    "Share this article\n\nSubscribe to our newsletter\n\n{news}\n\nRead more news on our site\n\nAll rights reserved."
)
# By kind: headline and text. {name} is another one in each filling, {n} a whole number, {x} one with decimals.
TEMPLATES = (
    (
        "SHAREHOLDER ALERT: a firm reminds investors in {name} of the deadline",
        (
            "A firm of attorneys reminds those who bought securities of {name} that a class "
            "action was filed against it. "
            "The complaint alleges that {name} misled investors about its business. Whoever "
            "suffered a loss on {name} may "
            "ask the court by the {day}th to be appointed lead plaintiff. No class has been "
            "certified. To discuss what "
            "rights you have in the matter of {name}, call the firm."
        ),
    ),
    (
        "{name} declares its dividend for the quarter",
        (
            "The board of {name} has declared a dividend of {x[0]} a share for the quarter, payable on "
            "the {day}th to those "
            "on record a week before. {name} has paid a dividend in each quarter since it was listed, and its board "
            "reviews the policy once a year. The dividend is paid from the earnings of the company."
        ),
    ),
    (
        "Halden Trust plc: transaction in own shares",
        (
            "The trust announces that on {day} March it bought {n[0]} of its ordinary shares at {x[0]} "
            "pence each to be held "
            "in treasury. There are now {n[1]} shares in issue without those in treasury, and "
            "this figure may be used by "
            "shareholders as the denominator of the calculation by which they find whether they "
            "must notify an interest."
        ),
    ),
    (
        "Assays from {name}: {x[0]} grams of gold over {x[1]} metres",
        (
            "The company reports assays of its programme at {name}. Hole {n[0]} cut {x[0]} grams of "
            "gold a tonne over {x[1]} "
            "metres from {x[2]} metres down. The structure at {name} is open along strike and at "
            "depth, the geologist said, "
            "and a second rig has begun to turn. Samples were sent to an independent laboratory."
        ),
    ),
    (
        "{name}委任新任首席财务官",
        (
            "{name}今日宣布，董事会已委任新任首席财务官，自{day}日起生效。{name}的董事长表示，此项任命将加强公司的财务管理，"
            "并支持{name}在未来几年的发展计划。公司去年的营业收入为{n[0]}万元，较上一年增长{x[0]}%，净利润为{n[1]}万元。"
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """Releases by id, and pairs of them with whether they are one story."""

    releases: dict[str, Release]
    pairs: tuple[tuple[str, str, bool], ...]


def real() -> Judged | None:
    """Those judged by readers, where they are at hand; what is sent again or retold is neither, and left out."""
    if not REAL.exists():
        return None
    with gzip.open(REAL / "releases.jsonl.gz", "rt", encoding="utf-8") as lines:
        releases = {row["id"]: release_given(row) for row in map(json.loads, lines)}
    with (REAL / "pairs.tsv").open(encoding="utf-8") as rows:
        told = [
            (row["a"], row["b"], row["label"] == "copy")
            for row in csv.DictReader(rows, delimiter="\t")
            if row["label"] in {"copy", "different"}
        ]
    return Judged(releases, tuple(told))


def made(seed: int, count: int) -> Judged:
    """`count` copies and as many that are none, each pair of releases of its own."""
    draw = random.Random(f"{seed} likenesses")
    releases: dict[str, Release] = {}
    pairs: list[tuple[str, str, bool]] = []
    news = Drawn(seed).stream(3 * count)
    for number in range(count):
        for same, (one, other) in ((True, copied(draw, next(news), number)), (False, _others(draw, news, number))):
            a, b = f"{'copy' if same else 'other'}-{number}-a", f"{'copy' if same else 'other'}-{number}-b"
            releases |= {a: replace(one, url=f"https://a.example/{a}"), b: replace(other, url=f"https://b.example/{b}")}
            pairs.append((a, b, same))
    return Judged(releases, tuple(pairs))


def copied(draw: random.Random, news: Release, number: int) -> tuple[Release, Release]:
    """A release and what another site makes of it."""
    name = f"{draw.choice(('Hal', 'Mer', 'Vos', 'Tor'))}{draw.choice(('den', 'lin', 'ta', 'vik'))} {number} Inc."
    one = replace(news, wire="one", published_at=AT, body=f"{news.body}\n\n{ABOUT.format(name=name)}")
    text = news.body
    match number % 6:
        case 0:
            text = CHROME.format(news=text)
        case 1:
            text = text[: int(len(text) * 0.6)]
        case 2:
            text = text[: int(len(text) * 0.3)]
        case 3:
            text = f"SPRINGFIELD, Ill. /OtherWire/ -- {text}\n\n{ABOUT.format(name='The Portal')}"
        case 4:
            text = text.replace('"', "”").replace("'", "’").replace(" - ", " – ").replace(". ", ".  ")
        case _:
            text = one.body
    headline = one.headline if number % 2 else f"{name}: {' '.join(one.headline.split()[:6])} …"
    return one, replace(one, wire="other", headline=headline, body=text)


def _others(draw: random.Random, news: Iterator[Release], number: int) -> tuple[Release, Release]:
    """Two fillings of one template; or two releases of one issuer, with the same ending."""
    if number % 3 == 2:
        ending = ABOUT.format(name=f"Halden {number} Inc.")
        one, other = (replace(each, wire="one", published_at=AT) for each in (next(news), next(news)))
        return replace(one, body=f"{one.body}\n\n{ending}"), replace(other, body=f"{other.body}\n\n{ending}")
    headline, text = TEMPLATES[number % len(TEMPLATES)]
    first, second = (_filled(draw, headline, text, 2 * number + which) for which in range(2))
    return first, second


def _filled(draw: random.Random, headline: str, text: str, number: int) -> Release:
    values: dict[str, Any] = {
        "name": f"{''.join(draw.choices('bcdfghklmnprst', k=1)).upper()}{draw.choice('aeiou')}{number}corp",
        "day": draw.randrange(1, 29),
        "n": [draw.randrange(900, 99_999) for _ in range(2)],
        "x": [f"{draw.uniform(3, 400):.3f}" for _ in range(3)],
    }
    body = f"{text.format(**values)}\n\n{ABOUT.format(name='The Issuer')}"
    return Release(wire="one", headline=headline.format(**values), body=body, published_at=AT)
