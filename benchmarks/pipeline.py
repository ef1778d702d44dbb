"""What one release costs on its way from page to outbox, stage by stage, beside a plain peer.

The peer does the least that would still be a monitor: BeautifulSoup on the whole page, one insert
into a table and into plain FTS5 (`unicode61`), and a look for each rule's words in the text. Same
pages, same run, ours and the peer's in turn. CPU time of this process, in milliseconds per release.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bs4 import BeautifulSoup

from config import load
from ingest.page import Page
from ingest.parse import parse
from news.release import Origin, Release
from storage.archive import Archive
from storage.rules import RuleSpec, add_rule
from wirewatch.assemble import House, build
from wirewatch.demo.pages import Published, release_page
from wirewatch.demo.releases import numbered
from wirewatch.prepared import Incoming, Prepared

BATCH = 50
WORDS = ("needle", "example holding", "harbours", "ledgers", "bearings")
START = datetime(2026, 1, 5, 13, 0, tzinfo=UTC)
ROUNDS = 5


def pages(count: int, first: int) -> list[Page]:
    """Release pages in today's layout of the local newswire, each another release."""
    made = []
    for n in range(first, first + count):
        release = numbered(n, words="The needle is in this one." if n % 2 else "")
        path = f"/news-releases/{release.number}-{release.number}.html"
        url = f"https://www.prnewswire.com{path}"
        at = START + timedelta(seconds=n)
        shown = Published(number=release.number, path=path, url=url, headline=release.headline, at=at, release=release)
        made.append(Page(url, release_page(shown, [], "https://www.prnewswire.com"), "text/html", at))
    return made


def house(folder: Path) -> House:
    archive = Archive.open(f"sqlite:///{folder / 'ours.db'}", now=START)
    with archive.writing(START) as work:
        for word in WORDS:
            add_rule(work, RuleSpec(word, f'"{word}"', ()))
    return build(load(None, {}), archive)


def peer(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "peer.db", isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE release (id INTEGER PRIMARY KEY, url TEXT UNIQUE, headline TEXT, body TEXT);"
        "CREATE VIRTUAL TABLE found USING fts5 (headline, body, content='release', content_rowid='id');"
    )
    return connection


def run_peer(connection: sqlite3.Connection, batch: list[Page]) -> int:
    connection.execute("BEGIN IMMEDIATE")
    hits = 0
    for page in batch:
        soup = BeautifulSoup(page.text, "lxml")
        headline = soup.h1.get_text(" ", strip=True) if soup.h1 else ""
        body = soup.get_text("\n", strip=True)
        row = connection.execute(
            "INSERT INTO release (url, headline, body) VALUES (?, ?, ?) RETURNING id", (page.url, headline, body)
        ).fetchone()
        connection.execute("INSERT INTO found (rowid, headline, body) VALUES (?, ?, ?)", (row[0], headline, body))
        hits += sum(word in body.lower() for word in WORDS)
    connection.execute("COMMIT")
    return hits


def timed(work: Callable[[], object]) -> tuple[object, float]:
    began = time.process_time()
    done = work()
    return done, time.process_time() - began


def run_ours(ours: House, batch: list[Page]) -> dict[str, float]:
    """Seconds of CPU by stage for one batch."""
    parsed, parse_s = timed(lambda: [parse(page, wire="prnewswire") for page in batch])
    releases = [release for release in parsed if isinstance(release, Release)]  # type: ignore[attr-defined]
    assert len(releases) == len(batch), "a page of our own was not read"  # noqa: S101 - else nothing is measured
    ready, prepare_s = timed(
        lambda: [
            ours.pipeline.prepare(Incoming(release=release, origin=Origin.LIVE, seen_at=START)) for release in releases
        ]
    )
    prepared: list[Prepared] = ready  # type: ignore[assignment]
    _, store_s = timed(lambda: ours.pipeline.store(prepared))
    return {"parse": parse_s, "fingerprint and match": prepare_s, "store commit": store_s}


def measure(rounds: int) -> dict[str, object]:
    stages: dict[str, list[float]] = {}
    peers: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        ours = house(Path(folder))
        with closing(peer(Path(folder))) as theirs:
            for n in range(-1, rounds):
                batch = pages(BATCH, first=(n + 1) * BATCH)
                taken = run_ours(ours, batch)
                _, peer_s = timed(lambda batch=batch: run_peer(theirs, batch))  # type: ignore[misc]
                if n < 0:
                    continue  # the first round warms caches
                peers.append(peer_s / BATCH * 1e3)
                for stage, seconds in {**taken, "whole": sum(taken.values())}.items():
                    stages.setdefault(stage, []).append(seconds / BATCH * 1e3)
        stored = ours.archive.counts()
        ours.archive.close()
    medians = {stage: round(statistics.median(times), 3) for stage, times in stages.items()}
    peer_ms = round(statistics.median(peers), 3)
    return {
        "releases": stored["releases"],
        "alerts": stored["alerts"],
        "ms_per_release": medians,
        "peer_ms_per_release": peer_ms,
        "whole_vs_peer": round(medians["whole"] / peer_ms, 3),
        "peer": "bs4 lxml on the whole page + plain FTS5 + substring per rule",
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--rounds", type=int, default=ROUNDS, help="batches of 50 that count")
    chosen = options.parse_args()
    found = measure(chosen.rounds)
    if chosen.json:
        print(json.dumps(found))
        return
    print(f"{found['releases']} releases, {found['alerts']} alerts; CPU ms per release, medians")
    for stage, ms in found["ms_per_release"].items():  # type: ignore[attr-defined]
        print(f"  {stage:24}{ms:8.2f}")
    print(f"  {'peer':24}{found['peer_ms_per_release']:8.2f}   ({found['peer']})")
    print(f"  whole / peer            {found['whole_vs_peer']:8.2f}")


if __name__ == "__main__":
    main()
