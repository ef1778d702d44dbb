"""Trouble of the archive is said once, and over when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from storage.errors import OutageError, StorageError
from wirewatch import outage
from wirewatch.outage import QUIET_S, REMIND_S, Outage

PLACE = "/srv/wirewatch.db"
FULL = OutageError(f"{PLACE}: the disk is full")


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def trouble(time: Time) -> Outage:
    return Outage(PLACE, time)


@pytest.fixture
def log() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines


def words(log: list[Any]) -> list[str]:
    return [line["event"] for line in log]


def test_it_is_said_once_and_its_address_to_the_log_alone(trouble: Outage, time: Time, log: list[Any]) -> None:
    assert trouble.reason is None
    for time.now in range(100):
        trouble.failed(FULL, writes=True)
    assert words(log) == ["archive_in_trouble"]
    assert PLACE in log[0]["error"]
    assert trouble.reason == "the disk is full"


def test_another_reason_is_said_too_and_after_an_hour_the_same_again(
    trouble: Outage, time: Time, log: list[Any]
) -> None:
    trouble.failed(FULL, writes=True)
    trouble.failed(OutageError(f"{PLACE}: it is read-only"), writes=True)
    trouble.failed(FULL, writes=True)
    assert len(log) == 2
    time.now = REMIND_S
    trouble.failed(FULL, writes=True)
    trouble.failed(FULL, writes=True)
    assert len(log) == 3


def test_it_is_over_when_it_has_been_well_for_a_while(trouble: Outage, time: Time, log: list[Any]) -> None:
    trouble.failed(FULL, writes=True)
    time.now = 10
    assert not trouble.worked(writes=True)
    time.now += QUIET_S - 1
    trouble.failed(FULL, writes=True)
    time.now += 1
    assert not trouble.worked(writes=True)
    time.now += QUIET_S
    assert trouble.worked(writes=True)
    assert words(log) == ["archive_in_trouble", "archive_well_again"]
    assert trouble.reason is None


def test_to_be_read_does_not_show_that_it_can_be_written(trouble: Outage, time: Time) -> None:
    trouble.failed(FULL, writes=True)
    trouble.worked(writes=False)
    time.now = QUIET_S + 1
    assert not trouble.worked(writes=False)
    assert trouble.reason


def test_it_is_tried_ever_more_seldom(trouble: Outage, time: Time) -> None:
    tried = 0
    for time.now in range(120):
        if trouble.may_try():
            tried += 1
            trouble.failed(FULL, writes=True)
    assert 8 <= tried <= 13


async def test_what_was_done_is_held_until_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "FIRST_PAUSE_S", 0.01)
    trouble, stop, answers = Outage(PLACE, asyncio.get_running_loop().time), asyncio.Event(), [FULL, FULL, None]
    held = []

    def write(value: int) -> int:
        held.append(trouble.holds)
        if (error := answers.pop(0)) is not None:
            raise error
        return value

    assert await trouble.lasting(stop, write, 7) == 7
    assert held == [False, True, True]
    assert not trouble.holds


async def test_when_it_is_to_stop_it_does_not_wait() -> None:
    trouble, stop = Outage(PLACE, asyncio.get_running_loop().time), asyncio.Event()
    stop.set()

    def write() -> None:
        raise FULL

    with pytest.raises(OutageError):
        await trouble.lasting(stop, write)
    assert not trouble.holds


async def test_what_no_waiting_mends_is_raised_at_once() -> None:
    trouble = Outage(PLACE, asyncio.get_running_loop().time)

    def write() -> None:
        raise StorageError("a defect")

    with pytest.raises(StorageError, match="a defect"):
        await trouble.lasting(asyncio.Event(), write)
    assert trouble.reason is None
