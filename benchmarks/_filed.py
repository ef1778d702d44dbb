"""An archive of any size in which copies are looked for: drawn releases, and their rows again under other keys."""

from __future__ import annotations

import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import fmean, quantiles

from benchmarks._archives import EVERY, START, Ours, placed, ready
from benchmarks._drawn import Drawn
from benchmarks._likenesses import copied
from ingest.dedupe import verdict
from news.release import Release
from news.verdict import New, Verdict
from storage.archive import Archive
from storage.candidates import candidates
from storage.keeping import order_at
from storage.work import ID_BITS, day_of

DRAWN = 5_000
# The first so many are not counted: statements are put together and pages read that a daemon has at hand.
WARM = 60
_DAYS = DRAWN * EVERY // timedelta(days=1) + 1
_HOUR = timedelta(hours=1)
# Of so many sentences one stands in other releases as well; drawn as they are, nearly all of them would.
_OWN_SENTENCES = 10
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Copies and new releases sorted among `size` stored ones: milliseconds each, and the shares sorted right.

    `ready_ms` is for the analysis and the keys, which need no database.
    """

    size: int
    new_ms: float
    copy_ms: float
    p95_ms: float
    ready_ms: float
    copies_found: float
    new_left: float

    @property
    def mean_ms(self) -> float:
        """Of as many copies as new ones."""
        return (self.new_ms + self.copy_ms) / 2


def filed(folder: Path, size: int, seed: int) -> tuple[Archive, list[Release]]:
    """An archive of so many releases, a minute apart, and those of them that were drawn one by one.

    The others are the same rows on later days under other keys: they are looked through, and not found.
    """
    path = folder / f"{size}.db"
    drawn = [placed(release, number) for number, release in enumerate(_news(seed, min(size, DRAWN)))]
    ours = Ours(f"sqlite:///{path}")
    for at in range(0, len(drawn), 500):
        ours.add([ready(release) for release in drawn[at : at + 500]])
    ours.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA cache_size = -1000000")
        draw = random.Random(f"{seed} filed")
        for turn in range(1, size // DRAWN):
            _again(connection, turn, draw.getrandbits(63))
        connection.commit()
    return Archive.open(f"sqlite:///{path}", now=START, durability="NORMAL"), drawn


def _news(seed: int, count: int) -> Iterator[Release]:
    """Drawn releases, most of whose sentences are their own: the same words in another order."""
    draw = random.Random(f"{seed} news")
    for release in Drawn(seed).stream(count):
        body = "\n\n".join(" ".join(map(_shuffled(draw), _SENTENCE.split(part))) for part in release.body.split("\n\n"))
        yield replace(release, body=body)


def _shuffled(draw: random.Random) -> Callable[[str], str]:
    def shuffled(sentence: str) -> str:
        if not sentence or not draw.randrange(_OWN_SENTENCES):
            return sentence
        words, end = (sentence[:-1].split(" "), sentence[-1])
        words = list(sentence[:-1]) if len(words) == 1 else words
        between = "" if len(sentence[:-1].split(" ")) == 1 else " "
        draw.shuffle(words)
        return between.join(words) + end

    return shuffled


def _again(connection: sqlite3.Connection, turn: int, mask: int) -> None:
    """Every release that was drawn once more, some days later and under other keys."""
    given = {
        "shift": (turn * _DAYS) << ID_BITS,
        "below": (day_of(START) + _DAYS) << ID_BITS,
        "mark": f"#{turn}",
        "mask": mask,
    }
    columns = [row[1] for row in connection.execute("PRAGMA table_info(release)")]
    told = ", ".join(f"{name} + :shift" if name in {"id", "story_id"} else name for name in columns)
    for table, values in {
        "story": "SELECT id + :shift, head_id + :shift, opened_at, NULL FROM story WHERE id < :below",
        "release": f"SELECT {told} FROM release WHERE id < :below",  # noqa: S608 - columns of our own table
        "identity_key": "SELECT key || :mark, release_id + :shift FROM identity_key WHERE release_id < :below",
        # SQLite has no exclusive or: this is one.
        "dup_key": "SELECT (key | :mask) - (key & :mask), release_id + :shift FROM dup_key WHERE release_id < :below"
        " ORDER BY 1",
    }.items():
        connection.execute(f"INSERT INTO {table} {values}", given)


def coming(drawn: list[Release], seed: int, count: int) -> Iterator[tuple[Release, bool]]:
    """So many releases, every other one a copy of a stored one as another site makes it; and whether it is."""
    draw, new = random.Random(f"{seed} coming"), _news(seed + 1, count)
    for number in range(count):
        of = draw.choice(drawn)
        assert of.published_at is not None  # noqa: S101 - `placed` gives one
        at = of.published_at + _HOUR
        release = copied(draw, of, number)[1] if number % 2 else next(new)
        url = f"https://other.example/{number}"
        yield replace(release, wire="other", url=url, release_number=None, published_at=at), bool(number % 2)


def sort_among(folder: Path, size: int, seed: int, count: int) -> Sorted:
    """Find the candidates of each and judge it, in processor time; nothing of it is stored."""
    archive, drawn = filed(folder, size, seed)
    made: list[float] = []
    spent: dict[bool, list[float]] = {True: [], False: []}
    right: dict[bool, list[bool]] = {True: [], False: []}
    for number, (release, is_copy) in enumerate(coming(drawn, seed, WARM + count)):
        began = time.process_time()
        item = ready(release)
        made.append(time.process_time() - began)
        with archive.writing(START) as work:
            began = time.process_time()
            around = order_at(item.release, item.first_seen_at)
            near = candidates(work.connection, item.fingerprint, around, language=release.language)
            found: Verdict = verdict(release, item.fingerprint, near)
            took_s = time.process_time() - began
        if number < WARM:
            made.clear()
            continue
        spent[is_copy].append(took_s)
        right[is_copy].append(isinstance(found, New) is not is_copy)
    archive.close()
    return Sorted(
        size=size,
        new_ms=round(fmean(spent[False]) * 1e3, 3),
        copy_ms=round(fmean(spent[True]) * 1e3, 3),
        p95_ms=round(quantiles(spent[True] + spent[False], n=20)[-1] * 1e3, 3),
        ready_ms=round(fmean(made) * 1e3, 3),
        copies_found=round(fmean(right[True]), 4),
        new_left=round(fmean(right[False]), 4),
    )
