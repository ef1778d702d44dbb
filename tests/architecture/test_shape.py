"""Functions fit a screen, files serve one purpose and say which."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator

import pytest
from house import ROOT, modules, shown, tree

FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 450
# A migration is a list of columns, written once and never edited: nothing is gained by cutting it.
LISTS_OF_COLUMNS = "storage/migrations/versions/"
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc", "tools"}


def functions() -> Iterator[tuple[str, int]]:
    for path in modules():
        if shown(path).startswith(LISTS_OF_COLUMNS):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                yield f"{shown(path)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def test_no_function_is_longer_than_a_screen() -> None:
    assert [f"{name}: {length}" for name, length in functions() if length > FUNCTION_LINES_MAX] == []


def test_most_functions_are_short() -> None:
    assert statistics.median(length for _, length in functions()) <= 12


def test_no_file_serves_two_purposes() -> None:
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {path: length for path, length in lengths.items() if length > FILE_LINES_MAX} == {}


def test_no_file_hides_behind_a_name_that_says_nothing() -> None:
    everywhere = [*modules(), *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    assert [shown(path) for path in everywhere if SAYS_NOTHING & set(path.stem.split("_"))] == []


CLOCK = "wirewatch/clock.py"
ASKS_THE_CLOCK = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
    ("time", "monotonic"),
    ("time", "perf_counter"),
    ("dt", "now"),
}


def clock_calls(code: ast.Module) -> Iterator[int]:
    for node in ast.walk(code):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value).split(".")[-1]
            if (owner, node.attr) in ASKS_THE_CLOCK:
                yield node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield node.lineno


@pytest.mark.parametrize("code", ["datetime.datetime.now(UTC)", "x = time.time", "from time import monotonic"])
def test_the_search_finds_the_clock(code: str) -> None:
    assert list(clock_calls(ast.parse(code))) == [1]


def test_one_module_asks_the_clock() -> None:
    strays = [f"{shown(path)}:{line}" for path in modules() if shown(path) != CLOCK for line in clock_calls(tree(path))]
    assert strays == []
    assert list(clock_calls(tree(ROOT / CLOCK)))


MEASURES = re.compile(r"\b(?:process_time|perf_counter|thread_time|getrusage)\b")
# It prints what it measured, and asserts nothing of it.
MAY_MEASURE = {"tests/ingest/feed_cases.py", "tests/architecture/test_shape.py"}


def test_no_test_measures_time_for_what_is_measured_differs_on_a_busy_machine() -> None:
    """Work is counted (`tests/effort.py`); how long it takes is for `benchmarks/`."""
    tests = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / "tests").rglob("*.py")}
    assert len(tests) > 100
    measuring = {name for name, path in tests.items() if MEASURES.search(path.read_text(encoding="utf-8"))}
    assert measuring <= MAY_MEASURE
