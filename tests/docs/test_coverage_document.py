"""docs/coverage.md tells the figures of the program."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from alerts.catching_up import SINGLY_WITHIN, CatchUp
from config.settings import Settings
from ingest import cadence, circuit, health, revisits
from ingest.coverage import TRIES_BEFORE_INCIDENT
from news.source import MOVED_AFTER
from wirewatch.backfill import PAGES_MAX

FLAT = " ".join((Path(__file__).resolve().parents[2] / "docs" / "coverage.md").read_text(encoding="utf-8").split())


def test_the_cadence() -> None:
    polling = Settings().polling
    assert (polling.floor_s, polling.ceiling_s, polling.per_host_hourly, polling.revisit_share) == (20, 3600, 1800, 0.2)
    assert "`[polling] floor_s` (20 s) and `ceiling_s` (60 min)" in FLAT
    assert f"about two budgets ({cadence.LONGEST:g})" in FLAT


def test_politeness() -> None:
    assert (circuit.OPENS_AFTER, circuit.OPEN_FIRST_S, circuit.OPEN_MAX_S) == (5, 30, 900)
    assert "After five failures in a row that are the host's" in FLAT
    assert "it is not asked for 30 s" in FLAT
    assert "up to 15 min, until an answer comes" in FLAT
    assert MOVED_AFTER == 10
    assert "after ten good answers in a row" in FLAT


def test_gaps_and_health() -> None:
    assert TRIES_BEFORE_INCIDENT == 4
    assert "From the fourth try on it is an incident" in FLAT
    assert (health.DOWN_AFTER, health.BLOCKED_AFTER, health.GOOD_IN_A_ROW_MAX) == (3, 2, 5)
    assert "three polls in a row failed" in FLAT
    assert timedelta(minutes=10) == health.DOWN_BEHIND_CIRCUIT
    assert "nothing for ten minutes" in FLAT
    assert f"{PAGES_MAX:,} pages" in FLAT


def test_second_looks() -> None:
    assert (timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)) == revisits.LOOKS
    assert "about 10 minutes, an hour and a day after it was published" in FLAT
    assert sorted(revisits.CONFIRM_AFTER.values()) == [timedelta(minutes=5), timedelta(minutes=30)]
    assert "answers 410 twice, five minutes apart, or 404 twice, half an hour apart" in FLAT
    assert revisits.FAILED_WAITS_S == (300, 1_800, 7_200, 21_600)


def test_catching_up() -> None:
    policy = CatchUp()
    assert (policy.older_than, timedelta(hours=1), SINGLY_WITHIN) == (timedelta(hours=1),) * 3
    assert "If more than 20 of those come for one rule within an hour" in FLAT
