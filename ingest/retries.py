"""When to ask again after a failure. Pure; all times aware UTC."""

from __future__ import annotations

from datetime import datetime, timedelta

# Seconds after the first, second, … failed attempt to read a page; after the last it is given up.
PAGE_WAITS_S = (5.0, 15.0, 30.0, 60.0, 300.0, 1_800.0, 7_200.0, 21_600.0, 43_200.0, 86_400.0)
# A failing source is asked less and less often, at most this much less than its interval says.
POLL_BACKOFF_MAX = 32.0
POLL_WAIT_MAX_S = 3_600.0
RETRY_AFTER_MAX_S = 86_400.0


def give_up(attempts: int) -> bool:
    """Whether the attempt after `attempts` failed ones was the last."""
    return attempts >= len(PAGE_WAITS_S)


def page_retry_at(
    attempts: int, first_seen_at: datetime, now: datetime, page_wait: timedelta, retry_after_s: float | None
) -> datetime:
    """When to ask for a page again, after `attempts` failures before this one.

    At the latest when `page_wait` is over, since that is when the release is told without its page;
    but never before the host said (`retry_after_s`, at most a day).
    """
    wait = timedelta(seconds=PAGE_WAITS_S[min(attempts, len(PAGE_WAITS_S) - 1)])
    at = now + wait
    deadline = first_seen_at + page_wait
    if now < deadline < at:
        at = deadline
    if retry_after_s:
        at = max(at, now + timedelta(seconds=min(retry_after_s, RETRY_AFTER_MAX_S)))
    return at


def poll_retry_at(failures: int, interval_s: float, now: datetime, retry_after_s: float | None) -> datetime:
    """When to poll a source again after one more failure than `failures` in a row.

    The interval doubles with each failure, up to an hour (or the interval, if that is longer).
    """
    factor = min(2.0**failures, POLL_BACKOFF_MAX)
    wait_s = min(interval_s * factor, max(interval_s, POLL_WAIT_MAX_S))
    return now + timedelta(seconds=max(wait_s, min(retry_after_s or 0.0, RETRY_AFTER_MAX_S)))
