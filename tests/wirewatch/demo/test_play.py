"""The demo as a whole, with the real daemon: what is promised of `wirewatch demo --json`."""

from __future__ import annotations

import io
import json
import re
import time
from pathlib import Path

import pytest

from wirewatch.demo import play

ROOT = Path(__file__).parents[3]


@pytest.mark.timeout(110)
async def test_both_rules_alert_once_each_by_email_and_webhook() -> None:
    out, begun = io.StringIO(), time.monotonic()
    assert await play(for_s=6, port=0, as_json=True, out=out) == 0
    took_s = time.monotonic() - begun
    *alerts, last = [json.loads(line) for line in out.getvalue().splitlines()]
    assert sorted(alert["rule"]["query"] for alert in alerts) == ['"blade battery"', "Chongqing"]
    for alert in alerts:
        told = [(line["channel"], line["status"], line["attempts"]) for line in alert["deliveries"]]
        assert sorted(told) == [("email", "sent", 1), ("webhook", "sent", 1)]
        release = alert["release"]
        assert release["headline"] == "Chongqing to Build World-class ICV and NEV Industry Cluster in 2030"
        assert release["dateline"]["date"] == "2022-09-09"
        assert release["published_at"] > "2026"
    assert {match[3] for match in alerts[1]["matches"]} | {match[3] for match in alerts[0]["matches"]} == {
        "Chongqing",
        "CHONGQING",
        "blade battery",
        "blade batteries",
    }
    assert last["summary"] | {"releases": 0} == {"releases": 0, "alerts": 2, "deliveries": 3, "duplicates": 0}
    assert last["summary"]["releases"] >= 22
    assert took_s < 60


@pytest.mark.timeout(110)
async def test_the_story_on_a_terminal_reads_without_colour() -> None:
    out = io.StringIO()
    await play(for_s=6, port=0, as_json=False, out=out)
    told = out.getvalue()
    assert "\x1b" not in told
    assert not [line for line in told.splitlines() if line != line.rstrip()]
    steps = (
        "first poll  20 releases were there already",
        "published   Chongqing to Build",
        "it matches “Chongqing” and “blade battery”",
        'produced the "*blade battery*,"',
        "delivered to desk@newsroom.example",
        "2 alerts, 3 messages delivered, none of them twice.",
    )
    assert [told.find(step) for step in steps] == sorted(told.find(step) for step in steps)
    assert min(told.find(step) for step in steps) >= 0


def test_nothing_outside_the_demo_knows_of_it() -> None:
    told = re.compile(r"\bwirewatch\.demo\b|\bdemo\b", re.IGNORECASE)
    rooms = [file for room in ("news", "config", "ingest", "storage", "alerts") for file in (ROOT / room).rglob("*.py")]
    application = list((ROOT / "wirewatch").glob("*.py"))
    found = [str(file) for file in [*rooms, *application] if told.search(file.read_text(encoding="utf-8"))]
    assert found == []
