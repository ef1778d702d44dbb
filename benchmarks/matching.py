r"""How fast standing rules are matched: `python -m benchmarks.matching [--json] [--sizes 1000,10000]`.

The unit is B: what it costs to lower-case the text, find its words by `\w+`, and look each up in one
dictionary, the least that any matcher in Python must do. CPU time of this process; of PostgreSQL,
that of its own. Everything is asked by turns, and the medians are compared. Before anything is timed,
a sample of the rules is checked against a walk over them, and what PostgreSQL finds against the index.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from alerts.matching import RuleIndex
from benchmarks._drawn import COUNTED, Drawn, DrawnRule
from benchmarks._peers import regex_loop, sqlite
from benchmarks._postgres import postgres
from news.document import ZONES, Document, document
from news.query import evaluate, parse
from news.release import Release

_SLOW_PEERS_RULES_MAX = 10_000
_TRACED_MAX = 10_000
_WORD = re.compile(r"\w+")
Timings = dict[str, list[float]]


def main() -> None:
    options = _options()
    if options.held_by:
        print(_bytes_per_rule(options.seed, options.held_by))
        return
    drawn = Drawn(options.seed)
    releases = drawn.releases(24 if options.quick else 80)
    sizes = [_measure(drawn, releases, size, options) for size in options.sizes]
    report = {
        "benchmark": "matching",
        "seed": options.seed,
        "texts": "real sentences, recombined" if drawn.is_real else "invented words",
        "releases": len(releases),
        "ratios_to": "B: lower-casing the text, re.findall(r'\\w+'), one dictionary look-up per word",
        "sizes": sizes,
    }
    print(json.dumps(report, ensure_ascii=False) if options.json else _table(report))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--seed", type=int, default=1, help="of rules and releases")
    parser.add_argument("--sizes", type=lambda text: [int(size) for size in text.split(",")], help="numbers of rules")
    parser.add_argument("--quick", action="store_true", help="up to 10,000 rules, fewer releases, without peers")
    parser.add_argument("--held-by", metavar="FILE", help=argparse.SUPPRESS)  # a process of its own measures memory
    options = parser.parse_args()
    options.sizes = options.sizes or ([1_000, 10_000] if options.quick else [*COUNTED])
    return options


def _measure(drawn: Drawn, releases: list[Release], size: int, options: argparse.Namespace) -> dict[str, Any]:
    rules = list(drawn.rules(size))
    began = time.process_time()
    index = RuleIndex(rules)
    build_s = time.process_time() - began
    _check(index, rules, releases)
    with ExitStack() as stack:
        timings, asked_of = _timed(index, rules, releases, stack, has_peers=not options.quick)
    b = median(timings["floor"])
    changes = _changes(index, rules, releases[0])
    return {
        "rules": size,
        "matches": round(sum(len(index.matching(release)) for release in releases) / len(releases), 1),
        "matches_counted": COUNTED.get(size),
        "asked_of_postgres": asked_of,
        "b_us": _us(b),
        "median_us": {name: _us(median(values)) for name, values in timings.items()},
        "in_b": {name: round(median(values) / b, 2) for name, values in timings.items()},
        "peer_over_ids": {
            name: round(median(timings[name]) / median(timings["ids"]), 1) for name in timings.keys() & _PEERS
        },
        "build_rules_per_s": round(size / build_s),
        "build_per_rule_in_b": round(build_s / size / b, 3),
        **{f"{name}_us": _us(seconds) for name, seconds in changes.items()},
        **{f"builds_per_{name}": round(build_s / seconds) for name, seconds in changes.items()},
        "bytes_per_rule": _bytes_per_rule_apart(options.seed, rules),
    }


_PEERS = {"regex_loop", "sqlite", "postgres"}


def _check(index: RuleIndex, rules: list[DrawnRule], releases: list[Release]) -> None:
    """Brute force over a sample must find what the index finds of it.

    Raises:
        SystemExit: it does not.
    """
    sample = {rule.id: parse(rule.query) for rule in random.Random(3).sample(rules, min(len(rules), 1_000))}
    for release in releases[:10]:
        ready = document(release)
        walked = {i: match.spans for i, query in sample.items() if (match := evaluate(query, ready))}
        found = {int(match.rule_id): match.spans for match in index.match(release) if match.rule_id in sample}
        if walked != found or index.matching(release) != [match.rule_id for match in index.match(release)]:
            raise SystemExit(f"the index differs from brute force on rules {sorted(walked.keys() ^ found.keys())[:10]}")


def _timed(
    index: RuleIndex, rules: list[DrawnRule], releases: list[Release], stack: ExitStack, *, has_peers: bool
) -> tuple[Timings, int | None]:
    """Seconds per release, each thing asked by turns; and how many rules PostgreSQL was asked for."""
    vocabulary = {word: n for n, word in enumerate({w for rule in rules for w in _WORD.findall(rule.query.lower())})}
    steps: dict[str, Callable[[Release], object]] = {
        "floor": lambda release: [vocabulary.get(word) for word in _WORD.findall(_text(release).lower())],
        "tokenise": lambda release: _read(document(release)),
        "ids": index.matching,
        "ids_and_spans": index.match,
    }
    timings: Timings = {name: [] for name in steps}
    _turns(steps, releases, timings, rounds=4)
    if not has_peers:
        return timings, None
    few = releases[:4]
    ready = {id(release): _read(document(release)) for release in releases}
    for name, ask in _peers(rules, ready, stack):
        timings[name] = []
        _turns({name: ask}, few, timings, rounds=2)
    return timings, _time_postgres(index, rules, [ready[id(release)] for release in releases[:16]], timings)


def _turns(
    steps: dict[str, Callable[[Release], object]], releases: list[Release], timings: Timings, rounds: int
) -> None:
    """The first round warms the caches and is not counted."""
    for turn in range(rounds):
        for release in releases:
            for name, step in steps.items():
                began = time.process_time()
                step(release)
                if turn:
                    timings[name].append(time.process_time() - began)


def _peers(
    rules: list[DrawnRule], ready: dict[int, Document], stack: ExitStack
) -> Iterator[tuple[str, Callable[[Release], object]]]:
    if len(rules) <= _SLOW_PEERS_RULES_MAX:
        yield "regex_loop", regex_loop(rules)
        ask = stack.enter_context(sqlite(rules))
        yield "sqlite", lambda release: ask(ready[id(release)])


def _time_postgres(index: RuleIndex, rules: list[DrawnRule], asked: list[Document], timings: Timings) -> int | None:
    """How many rules it was asked for; None where there is no server.

    Raises:
        SystemExit: it finds other rules than the index.
    """
    with postgres(rules, sorted({document.language for document in asked})) as server:
        if server is None:
            return None
        for ready in asked:
            other = set(server.ids(ready)) ^ set(index.matching(ready)) - server.left_out
            if other:
                raise SystemExit(f"PostgreSQL differs from the index on rules {sorted(other)[:10]}")
        timings["postgres"] = []
        for ready in asked:
            began = server.cpu()
            server.ids(ready)
            timings["postgres"].append(server.cpu() - began)
        return len(rules) - len(server.left_out)


def _text(release: Release) -> str:
    return f"{release.headline}\n{release.body}"


def _read(read: Document) -> Document:
    for zone in ZONES:
        read.zone(zone)
    return read


def _changes(index: RuleIndex, rules: list[DrawnRule], release: Release) -> dict[str, float]:
    """Seconds to add and to remove one rule, with its share of the merge that so many bring about."""
    count = max(3_000, len(rules) // 10)
    new = [DrawnRule(len(rules) + number, rules[number % len(rules)].query) for number in range(count)]
    index.matching(release)

    def add() -> None:
        for rule in new:
            index.add(rule)

    def remove() -> None:
        for rule in new:
            index.remove(rule.id)

    seconds = {}
    for name, change in (("add", add), ("remove", remove)):
        began = time.process_time()
        change()
        index.matching(release)  # which merges
        seconds[name] = (time.process_time() - began) / count
    return seconds


def _bytes_per_rule_apart(seed: int, rules: list[DrawnRule]) -> int:
    """Measured in a process that has done nothing else."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        file.writelines(f"{rule.query}\n" for rule in rules)
        file.flush()
        command = [sys.executable, "-m", "benchmarks.matching", "--seed", str(seed), "--held-by", file.name]
        home = Path(__file__).resolve().parents[1]
        return int(subprocess.run(command, capture_output=True, text=True, check=True, cwd=home).stdout)


def _bytes_per_rule(seed: int, path: str) -> int:
    """What the resident memory grows by when the index is built, its queries with it, and asked 20 times."""
    releases = Drawn(seed).releases(20)
    first = RuleIndex([DrawnRule(0, "first")])
    for release in releases:
        first.matching(release)
    with Path(path).open(encoding="utf-8") as lines:
        size = sum(1 for _ in lines)
        lines.seek(0)
        gc.collect()
        if size <= _TRACED_MAX:
            tracemalloc.start()
        before = _held(size)
        index = RuleIndex(DrawnRule(number, line.rstrip("\n")) for number, line in enumerate(lines))
    for release in releases:
        index.matching(release)
    gc.collect()
    return (_held(size) - before) // len(index)


def _held(rules: int) -> int:
    """Few rules would not show among the pages of the process."""
    return tracemalloc.get_traced_memory()[0] if rules <= _TRACED_MAX else _resident()


def _resident() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _us(seconds: float) -> float:
    return round(seconds * 1e6, 1)


def _table(report: dict[str, Any]) -> str:
    names = ["tokenise", "ids", "ids_and_spans", "postgres", "sqlite", "regex_loop"]
    lines = [
        f"matching: seed {report['seed']}, {report['texts']}, medians over {report['releases']} releases, in B",
        f"{'rules':>9} {'matches':>8} {'(goal)':>7} {'B in µs':>8} " + " ".join(f"{name:>13}" for name in names),
    ]
    for size in report["sizes"]:
        cells = " ".join(f"{size['in_b'].get(name, '–'):>13}" for name in names)
        lines.append(
            f"{size['rules']:>9,} {size['matches']:>8} {size['matches_counted'] or '':>7} {size['b_us']:>8} {cells}"
        )
    lines.append("")
    lines.append(
        f"{'rules':>9} {'built/s':>9} {'bytes/rule':>11} {'add µs':>8} {'remove µs':>10}   adds, removals per build"
    )
    lines += [
        f"{size['rules']:>9,} {size['build_rules_per_s']:>9,} {size['bytes_per_rule']:>11} {size['add_us']:>8} "
        f"{size['remove_us']:>10}   {size['builds_per_add']:,}, {size['builds_per_remove']:,}"
        for size in report["sizes"]
    ]
    lines += [
        f"PostgreSQL was asked for {size['asked_of_postgres']:,} of the {size['rules']:,} rules, found the same, and "
        f"took {size['peer_over_ids']['postgres']} times the CPU of the ids"
        for size in report["sizes"]
        if size["asked_of_postgres"]
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
