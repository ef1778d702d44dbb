"""How much work something is, counted and not timed: the same on every machine, however busy it is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from sqlalchemy import Connection, Engine, event


def steps(work: Callable[[], object]) -> int:
    """How many instructions of Python's own machine `work` takes; what C code does within one is not seen."""
    counted = 0

    def trace(frame: FrameType, what: str, _arg: object) -> Any:
        nonlocal counted
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        counted += what == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return counted


def sqlite_steps(connection: Connection, work: Callable[[], object]) -> int:
    """How many instructions of SQLite's machine `work` takes on this connection."""
    counted = 0

    def one_more() -> int:
        nonlocal counted
        counted += 1
        return 0

    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(one_more, 1)
    try:
        work()
    finally:
        driver.set_progress_handler(None, 0)
    return counted


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    told: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        told.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", note)
