"""Letting old releases go as the settings ask, beside whatever else is written."""

from __future__ import annotations

import time
from collections.abc import Iterator

from config.settings import Retention
from storage.archive import Archive
from storage.pruning import Policy, Step, prune
from wirewatch import clock

# After a step others may write for as long as it took, and a moment at least.
REST_S = 0.02


def policy(retention: Retention) -> Policy:
    """What the settings let go."""
    return Policy(
        days=retention.days,
        wires=dict(retention.wires),
        raw_days=retention.raw_days,
        keep_alerted=retention.keep_alerted,
    )


def steps(archive: Archive, wanted: Policy) -> Iterator[tuple[Step, float]]:
    """Each step that was done, and how long to leave the archive to others before the next, in seconds."""
    doing = prune(archive, wanted, clock.now())
    while True:
        began = clock.monotonic()
        step = next(doing, None)
        if step is None:
            return
        yield step, max(REST_S, clock.monotonic() - began)


def prune_now(archive: Archive, wanted: Policy) -> Iterator[Step]:
    """Prune at once, with rests; blocks its thread."""
    for step, rest_s in steps(archive, wanted):
        yield step
        time.sleep(rest_s)
