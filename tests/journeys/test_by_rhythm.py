"""A source without an interval of its own is polled by its rhythm, and the next run goes on with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from whole_house import House, numbers, until

from ingest.rhythm import of_data
from storage.archive import Archive
from storage.checkpoints import noted
from storage.rhythms import stored_rhythms
from wirewatch import pacing
from wirewatch.demo.releases import numbered

BUDGET_S = 3


@dataclass(kw_only=True)
class FollowingHouse(House):
    """A house whose sources follow their rhythm, once in three seconds on the whole."""

    def write(self) -> Path:
        path = super().write()
        told = path.read_text(encoding="utf-8")
        polling = f"budget_s = {BUDGET_S}\nfloor_s = 1\nceiling_s = 60"
        path.write_text(told.replace("interval_s = 1\n", f"{polling}\n", 1), encoding="utf-8")
        return path


@pytest.fixture
def following(house: House) -> FollowingHouse:
    found = FollowingHouse(folder=house.folder, wire=house.wire, inbox=house.inbox, receiver=house.receiver)
    found.sources = found.source(more=f"first_interval_s = {BUDGET_S}")
    return found


def price(archive: Archive) -> float | None:
    with archive.database.reading() as connection:
        told = noted(connection, pacing.NOTE)
    return told["price"] if told is not None else None


async def test_the_first_answer_makes_a_rhythm_and_a_restart_goes_on_with_it(
    following: FollowingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wirewatch.daemon.PRICE_EVERY_S", 0.5)
    following.publish_older(20)
    async with following.seeded() as archive:
        await until(lambda: price(archive) is not None)
        following.publish(numbered(100, words="needle"))
        await until(lambda: 100 in numbers(archive), within_s=40)
        await until(lambda: bool(archive.sources()[0].source.state.pace))
        state = archive.sources()[0].source.state
        assert timedelta(0) < state.next_poll_at - (state.last_polled_at or state.next_poll_at) <= timedelta(seconds=60)
        with archive.database.reading() as connection:
            [told] = stored_rhythms(connection).values()
        rhythm, paid = of_data(told), price(archive)
    assert rhythm is not None
    assert rhythm.rate == pytest.approx(1 / 60, rel=0.7)
    monkeypatch.setattr("wirewatch.daemon.PRICE_EVERY_S", 3600)
    async with following.running() as archive:
        assert paid is not None
        following.publish(numbered(101, words="needle"))
        await until(lambda: 101 in numbers(archive), within_s=40)
        with archive.database.reading() as connection:
            [again] = stored_rhythms(connection).values()
        assert of_data(again) == rhythm
