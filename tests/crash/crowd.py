"""One of a crowd at an archive: `python crowd.py ROLE URL SECONDS SEED`; prints what it met as a line of JSON.

`daemon` stores one release at a time, with a look and a claim in between; `ingest` stores fifty at a
time, one batch upon the other; `api` keeps the archive open and reads, `command` opens it, reads, and
closes it again, as every command does; `endless` begins to read, and does not end.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from shelf import NOW, kept_as, release

from ingest.dedupe import verdict
from news.query import parse
from storage.archive import Archive
from storage.candidates import candidates
from storage.due import due
from storage.errors import StorageError
from storage.keeping import Keep, keep, order_at
from storage.search import search
from storage.sources import claim_sources
from wirewatch import clock

WORDS = ("acme", "plant", "battery", "blade", "river", "harbour", "merger", "tender", "rail", "copper", "zinc", "mill")
QUERIES = ("plant", '"blade battery"', "copper NOT zinc", "head*", "river NEAR/5 harbour", "headline:mill")


@dataclass(slots=True)
class Met:
    role: str
    stored: int = 0
    rounds: int = 0
    longest_wait_s: float = 0.0
    longest_round_s: float = 0.0
    errors: list[str] = field(default_factory=list)


def text(chance: random.Random, words: int) -> str:
    return "\n\n".join(" ".join(chance.choices(WORDS, k=60)).capitalize() + "." for _ in range(words // 60))


def batch(chance: random.Random, name: str, count: int) -> list[Keep]:
    made = []
    for _ in range(count):
        n = chance.randrange(1 << 40)
        at = NOW - timedelta(days=chance.randrange(30))
        of = release(
            f"{' '.join(chance.choices(WORDS, k=6))} {n}",
            text(chance, 480),
            url=f"https://{name}.example/{n}",
            published_at=at,
        )
        made.append(kept_as(of))
    return made


def store(archive: Archive, items: list[Keep], met: Met | None = None) -> None:
    met = met or Met("nobody")
    asked = time.monotonic()
    with archive.writing(clock.now()) as work:
        met.longest_wait_s = max(met.longest_wait_s, time.monotonic() - asked)
        for item in items:
            with work.savepoint():
                around = order_at(item.release, item.first_seen_at)
                compared = candidates(work.connection, item.fingerprint, around)
                keep(work, item, verdict(item.release, item.fingerprint, compared))
    met.stored += len(items)


def write(archive: Archive, met: Met, chance: random.Random) -> None:
    if met.role == "ingest":
        store(archive, batch(chance, met.role, 50), met)
        return
    store(archive, batch(chance, met.role, 1), met)
    due(archive.database, clock.now())
    asked = time.monotonic()
    claim_sources(archive.database, clock.now(), holder="me", lease=timedelta(seconds=1), limit=1)
    met.longest_wait_s = max(met.longest_wait_s, time.monotonic() - asked)


def read(archive: Archive, chance: random.Random) -> None:
    found = search(archive, parse(chance.choice(QUERIES)), limit=20)
    for hit in found.hits[:2]:
        archive.release(hit.stored.id)
        archive.story(hit.stored.story_id)
    archive.latest(20)
    archive.alerts(20)
    archive.counts()
    archive.sources()


def rounds(role: str, url: str, chance: random.Random) -> Iterator[Callable[[Met], None]]:
    if role == "command":
        while True:
            archive = Archive.open(url, now=clock.now(), read_only=True)
            yield lambda _, archive=archive: read(archive, chance)  # type: ignore[misc]
            archive.close()
    archive = Archive.open(url, now=clock.now(), read_only=role == "api")
    while True:
        if role == "api":
            yield lambda _: read(archive, chance)
        else:
            yield lambda met: write(archive, met, chance)


def endless(url: str, until: float) -> None:
    archive = Archive.open(url, now=clock.now(), read_only=True)
    with archive.database.reading() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM release").scalar()
        while time.monotonic() < until:
            time.sleep(0.1)


def main(role: str, url: str, seconds: str, seed: str) -> None:
    chance, met = random.Random(seed), Met(role)  # noqa: S311 - a stated seed
    until = time.monotonic() + float(seconds)
    if role == "endless":
        endless(url, until)
    turns = rounds(role, url, chance)
    while time.monotonic() < until:
        began = time.monotonic()
        try:
            next(turns)(met)
        except StorageError as error:
            met.errors.append(f"{error} <- {error.__cause__!r}"[:500])
            turns = rounds(role, url, chance)
        met.rounds += 1
        met.longest_round_s = max(met.longest_round_s, time.monotonic() - began)
    sys.stdout.write(json.dumps(asdict(met)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
