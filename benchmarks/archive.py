"""The archive beside plain full-text search: what a release costs to store, to hold and to find.

Releases of some 3 kB drawn by a seed, a minute apart; at each size the same releases in our archive and
in plain FTS5 (`unicode61`, one table, newest first by rowid), and with --postgresql in our archive on
PostgreSQL beside one table with `to_tsvector('english', …)` and GIN. Storing is CPU time of this process
with the text analysed before (on PostgreSQL the clock's); a first page of twenty is the least of three
times, rows read, and its p95 is over the questions of a kind. What the plain index cannot ask has no ratio.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks._archives import EVERY, PAGE, START, Ours, PlainFts5, PlainTsvector, id_of, placed, ready, server
from benchmarks._drawn import Drawn
from benchmarks._questions import KINDS, Question, questions
from news.release import Release

BATCH = 100
EACH = 15
TRIES = 3
SAMPLE = 2_000
PAGES = 40

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Rivals:
    """Two archives of the same releases; `held` tells the bytes of a release in each, `clock` times both."""

    ours: Ours
    plain: PlainFts5 | PlainTsvector
    held: Callable[[int], tuple[float, float]]
    clock: Clock


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--sizes", default="10000,100000", help="how many releases, ascending")
    options.add_argument("--million", action="store_true", help="a million releases, too: an hour, 20 GB")
    options.add_argument("--postgresql", action="store_true", help="the same on PostgreSQL")
    chosen = options.parse_args()
    sizes = sorted({*map(int, chosen.sizes.split(",")), *([1_000_000] if chosen.million else [])})
    report = measured(chosen.seed, sizes, postgresql=chosen.postgresql)
    print(json.dumps(report) if chosen.json else _table(report))


def measured(seed: int, sizes: list[int], *, postgresql: bool) -> dict[str, Any]:
    drawn = Drawn(seed)
    sample = list(drawn.stream(min(SAMPLE, sizes[0])))
    asked = questions(sample, EACH, seed, (START, START + sizes[0] * EVERY))
    texts = "sentences of real releases" if drawn.is_real else "invented words"
    report: dict[str, Any] = {"seed": seed, "texts": texts, "each": EACH, "sqlite": []}
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder, "ours.db"), Path(folder, "plain.db")

        def on_disk(size: int) -> tuple[float, float]:
            return paths[0].stat().st_size / size, paths[1].stat().st_size / size

        ours, plain = Ours(f"sqlite:///{paths[0]}"), PlainFts5(paths[1])
        report["sqlite"] = _grown(drawn, sizes, asked, Rivals(ours, plain, on_disk, time.process_time))
    if postgresql:
        with server() as url:
            if url is not None:
                mine, theirs = Ours(url), PlainTsvector(url)
                rivals = Rivals(mine, theirs, _in_server(theirs), time.perf_counter)
                report["postgresql"] = _grown(drawn, sizes, asked, rivals)
    return report


def _in_server(plain: PlainTsvector) -> Callable[[int], tuple[float, float]]:
    def held(size: int) -> tuple[float, float]:
        rows = plain.connection.execute(
            "SELECT sum(pg_total_relation_size(oid)) FILTER (WHERE relname <> 'plain'),"
            " sum(pg_total_relation_size(oid)) FILTER (WHERE relname = 'plain')"
            " FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchone()
        assert rows is not None  # noqa: S101 - an aggregate has a row
        return float(rows[0]) / size, float(rows[1]) / size

    return held


def _grown(drawn: Drawn, sizes: list[int], asked: list[Question], rivals: Rivals) -> list[dict[str, Any]]:
    """Both archives grown to each size in turn, and asked there."""
    stream = enumerate(drawn.stream(sizes[-1]))
    report, size = [], 0
    for target in sizes:
        stored = _fill(islice(stream, target - size), rivals)
        size = target
        _settle(rivals.ours, rivals.plain)
        ours_bytes, plain_bytes = rivals.held(size)
        report.append(
            {
                "releases": size,
                **stored,
                "bytes": round(ours_bytes),
                "plain_bytes": round(plain_bytes),
                "bytes_ratio": round(ours_bytes / plain_bytes, 2),
                "pages": _asked(asked, rivals),
                "page_40_to_1": _page_40(asked, rivals, size),
            }
        )
    rivals.ours.close()
    rivals.plain.close()
    return report


def _settle(ours: Ours, plain: PlainFts5 | PlainTsvector) -> None:
    """Let both write back what they hold beside the file, and know what they hold."""
    ours.archive.tidy(START)
    if isinstance(plain, PlainFts5):
        plain.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with ours.archive.database.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        plain.connection.execute("VACUUM ANALYZE")


def _fill(drawn: Iterator[tuple[int, Release]], rivals: Rivals) -> dict[str, float]:
    ours_s = plain_s = 0.0
    count = 0
    while some := list(islice(drawn, BATCH)):
        batch = [placed(release, number) for number, release in some]
        items = [ready(release) for release in batch]
        ours_s += _taken(lambda items=items: rivals.ours.add(items), rivals.clock)[1]  # type: ignore[misc]
        plain_s += _taken(lambda at=some[0][0], batch=batch: rivals.plain.add(at, batch), rivals.clock)[1]  # type: ignore[misc]
        count += len(batch)
    return {
        "stored_per_s": round(count / ours_s),
        "plain_stored_per_s": round(count / plain_s),
        "store_ratio": round(plain_s / ours_s, 2),
    }


def _asked(asked: list[Question], rivals: Rivals) -> dict[str, Any]:
    ours, plain, clock = rivals.ours, rivals.plain, rivals.clock
    times: defaultdict[str, list[tuple[float, float | None, int, int]]] = defaultdict(list)
    for question in asked:
        found, ours_s = _least(lambda question=question: ours.page(question), clock)  # type: ignore[misc]
        told = question.fts if isinstance(plain, PlainFts5) else question.tsquery
        plain_s = _least(lambda question=question: plain.page(question), clock)[1] if told else None  # type: ignore[misc]
        times[question.kind].append((ours_s, plain_s, len(found.hits), found.examined))
    return {kind: _of_kind(times[kind]) for kind in KINDS}


def _of_kind(times: list[tuple[float, float | None, int, int]]) -> dict[str, Any]:
    ours = [each[0] * 1e3 for each in times]
    plain = [each[1] * 1e3 for each in times if each[1] is not None]
    told: dict[str, Any] = {
        "p50_ms": round(statistics.median(ours), 2),
        "p95_ms": round(_p95(ours), 2),
        "hits": round(statistics.mean(each[2] for each in times), 1),
        "examined": round(statistics.mean(each[3] for each in times), 1),
    }
    if plain:
        told["plain_p95_ms"] = round(_p95(plain), 2)
        told["p95_ratio"] = round(_p95(ours) / _p95(plain), 2)
    return told


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def _page_40(asked: list[Question], rivals: Rivals, size: int) -> float:
    """The cost of the fortieth page to that of the first, for the commonest words."""
    ours, clock = rivals.ours, rivals.clock
    ratios = []
    for question in (each for each in asked if each.kind == "word"):
        cursor: int | None = id_of(size)
        for _ in range(PAGES - 1):
            found = ours.page(question, cursor)
            cursor = found.cursor
            if cursor is None:
                break
        if cursor is None:
            continue
        last = cursor
        fortieth, late_s = _least(lambda question=question, last=last: ours.page(question, last), clock)  # type: ignore[misc]
        if len(fortieth.hits) == PAGE:
            ratios.append(late_s / _least(lambda question=question: ours.page(question), clock)[1])  # type: ignore[misc]
    return round(statistics.median(ratios), 2) if ratios else 0.0


def _least(work: Callable[[], Any], clock: Clock) -> tuple[Any, float]:
    taken = [_taken(work, clock) for _ in range(TRIES)]
    return taken[-1][0], min(seconds for _, seconds in taken)


def _taken(work: Callable[[], Any], clock: Clock) -> tuple[Any, float]:
    began = clock()
    answer = work()
    return answer, clock() - began


def _table(report: dict[str, Any]) -> str:
    lines = [f"archive: seed {report['seed']}, {report['texts']}, {report['each']} questions of a kind"]
    for name, plain in (("sqlite", "plain FTS5"), ("postgresql", "plain to_tsvector")):
        for size in report.get(name, ()):
            lines += ["", f"{name}, {size['releases']:,} releases, beside {plain}", *_rows(size)]
    return "\n".join(lines)


def _rows(size: dict[str, Any]) -> list[str]:
    rows = [("", "ours", "plain", "ratio")]
    rows += [("stored a second", size["stored_per_s"], size["plain_stored_per_s"], size["store_ratio"])]
    rows += [("bytes a release", size["bytes"], size["plain_bytes"], size["bytes_ratio"])]
    rows += [("page 40 to page 1", "", "", size["page_40_to_1"])]
    rows += [("first page, p95 ms", "", "", "")]
    rows += [
        (f"  {kind}", told["p95_ms"], told.get("plain_p95_ms", "–"), told.get("p95_ratio", "–"))
        for kind, told in size["pages"].items()
    ]
    more = ["hits, examined"] + [f"{told['hits']}, {told['examined']}" for told in size["pages"].values()]
    beside = [""] * (len(rows) - len(more)) + more
    return [f"  {a:20}{b!s:>9}{c!s:>9}{d!s:>8}   {e}".rstrip() for (a, b, c, d), e in zip(rows, beside, strict=True)]


if __name__ == "__main__":
    main()
