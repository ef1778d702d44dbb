"""One attempt to deliver, and when to make the next."""

from __future__ import annotations

import asyncio
import math
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from alerts.channels.contract import Channel
from news.alert import Delivery, Outcome, Retry

_HOUR_S = 3600.0
WAITS_S = (
    *(0.0, 5.0, 300.0, 1800.0, 2 * _HOUR_S),
    *(5 * _HOUR_S, 10 * _HOUR_S, 14 * _HOUR_S, 20 * _HOUR_S, 24 * _HOUR_S),
)
"""Seconds to wait before the first, second, … attempt (Standard Webhooks 1.0); after the last there is no more."""
RETRY_AFTER_MAX_S = 24 * _HOUR_S
_JITTER = 0.2

_log = structlog.get_logger(__name__)


def next_attempt(attempts: int, outcome: Outcome, now: datetime, random: Callable[[], float]) -> datetime | None:
    """When to try again, or None: it is done, refused for good, or tried often enough (dead).

    `attempts` counts those made so far, the one that ended in `outcome` included. `random` gives [0, 1); it only ever
    lengthens the wait, by up to a fifth, so that deliveries that failed together do not come back together.
    A receiver's own wish (`Retry.after_s`) is kept, up to a day.
    """
    if not isinstance(outcome, Retry) or attempts >= len(WAITS_S):
        return None
    wished_s = outcome.after_s if outcome.after_s is not None and math.isfinite(outcome.after_s) else 0.0
    wait_s = max(WAITS_S[max(attempts, 1)], min(wished_s, RETRY_AFTER_MAX_S))
    return now + timedelta(seconds=wait_s * (1 + _JITTER * random()))


async def deliver(delivery: Delivery, channel: Channel, *, timeout_s: float) -> Outcome:
    """Send once, within `timeout_s`. A surprise is retried, and logged without its message: that may quote a secret."""
    try:
        async with asyncio.timeout(timeout_s):
            return await channel.send(delivery)
    except TimeoutError:
        return Retry(f"timeout: no answer within {timeout_s:g} s; the receiver may have it", perhaps_taken=True)
    except Exception as surprise:  # noqa: BLE001  one broken channel must not stop the others
        _log.error(
            "delivery_raised",
            channel=channel.name,
            delivery=delivery.id,
            error=type(surprise).__name__,
            trace=[
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(surprise.__traceback__)
            ],
        )
        return Retry(f"internal: {type(surprise).__name__}", perhaps_taken=True)
