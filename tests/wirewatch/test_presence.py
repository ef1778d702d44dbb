"""Whether we were away, and why: by the note in the archive and by two clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from news.alert import AbsenceCause
from storage import absences
from storage.archive import Archive
from wirewatch.presence import Presence

START = datetime(2026, 3, 2, 2, 10, tzinfo=UTC)


class Clocks:
    """The wall's clock, and one that stands still while the machine sleeps."""

    def __init__(self) -> None:
        self.wall, self.awake_s = START, 0.0

    def pass_(self, minutes: float, *, asleep: bool = False) -> None:
        self.wall += timedelta(minutes=minutes)
        self.awake_s += 0 if asleep else minutes * 60

    def watch(self, archive: Archive) -> Presence:
        return Presence(archive, lambda: self.wall, lambda: self.awake_s)


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(f"sqlite:///{tmp_path / 'watch.db'}", now=START, durability="NORMAL")
    yield opened
    opened.close()


def found(archive: Archive) -> list[tuple[float, str]]:
    """(minutes, cause) of every absence, newest first."""
    with archive.database.reading() as connection:
        listed = absences.absences(connection, 10)
    return [((each.back_at - each.gone_at).total_seconds() / 60, each.cause.value) for each, _, _ in listed]


async def test_who_beats_every_minute_was_never_away(archive: Archive, clocks: Clocks) -> None:
    watch = clocks.watch(archive)
    for _ in range(10):
        await watch.beat()
        clocks.pass_(1)
    assert found(archive) == []


async def test_a_daemon_that_starts_again_was_stopped_until_then(archive: Archive, clocks: Clocks) -> None:
    await clocks.watch(archive).beat()
    clocks.pass_(4)
    await clocks.watch(archive).beat()
    clocks.pass_(335)
    await clocks.watch(archive).beat()
    assert found(archive) == [(335, "stopped")]


async def test_a_machine_that_slept_is_told_from_an_archive_that_was_away(archive: Archive, clocks: Clocks) -> None:
    watch = clocks.watch(archive)
    await watch.beat()
    clocks.pass_(0.5)
    clocks.pass_(300, asleep=True)
    await watch.beat()
    clocks.pass_(20)
    await watch.beat()
    assert found(archive) == [(20, "held-up"), (300.5, "asleep")]


async def test_a_store_commit_before_the_beat_finds_it_and_the_beat_does_not_find_it_again(
    archive: Archive, clocks: Clocks
) -> None:
    watch = clocks.watch(archive)
    await watch.beat()
    clocks.pass_(300, asleep=True)
    with archive.writing(clocks.wall) as work:
        absence = watch.lately(work)
    assert absence is not None
    assert (absence.gone_at, absence.back_at, absence.cause) == (START, clocks.wall, AbsenceCause.ASLEEP)
    await watch.beat()
    assert found(archive) == [(300, "asleep")]
    clocks.pass_(24 * 60 + 1)
    with archive.writing(START + timedelta(minutes=301)) as work:
        assert watch.lately(work) == absence


async def test_a_clock_that_was_set_back_makes_no_absence(archive: Archive, clocks: Clocks) -> None:
    watch = clocks.watch(archive)
    await watch.beat()
    clocks.wall -= timedelta(hours=3)
    clocks.awake_s += 60
    await watch.beat()
    clocks.pass_(1)
    await watch.beat()
    assert found(archive) == []
