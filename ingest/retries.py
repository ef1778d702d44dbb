"""When to ask again after a failure, by its kind. Pure; all times aware UTC.

A time-out is not a 404 is not a 403: what is over in a moment is tried again soon, what people must mend later, what
was said for good seldom. Waits are longer by up to a fifth, by a hash of who waits: those who failed together do not
come back together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ingest.answers import UNASKED, Blocked, BlockReason, FetchFailed, FetchReason
from ingest.jitter import share
from news.release import RejectReason

DAY_S = 86_400.0
RETRY_AFTER_MAX_S = DAY_S
JITTER = 0.2


class Trouble(StrEnum):
    """Kinds of failure that ask for different patience."""

    UNASKED = "unasked"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    DNS = "dns"
    TLS = "tls"
    SERVER = "server"
    THROTTLED = "throttled"
    FORBIDDEN = "forbidden"
    WALL = "wall"
    NOT_FOUND = "not-found"
    GONE = "gone"
    BARRED = "barred"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Backoff:
    """Of a source: the first wait is its interval or `first_s`, each next `factor` times longer, at most `most_s`.

    After `rare_after` failures in a row (None: never) it is looked at once a day.
    """

    first_s: float
    factor: float
    most_s: float
    rare_after: int | None = None


POLL_BACKOFF: dict[Trouble, Backoff] = {
    Trouble.TIMEOUT: Backoff(0, 2, 900),
    Trouble.CONNECTION: Backoff(0, 2, 1_800),
    Trouble.DNS: Backoff(60, 2, 3_600),
    Trouble.TLS: Backoff(300, 2, 3_600),
    Trouble.SERVER: Backoff(0, 2, 1_800),
    Trouble.THROTTLED: Backoff(60, 2, 3_600),
    Trouble.FORBIDDEN: Backoff(60, 4, 21_600),
    Trouble.WALL: Backoff(300, 3, 21_600),
    Trouble.NOT_FOUND: Backoff(60, 2, 3_600, rare_after=30),
    Trouble.GONE: Backoff(3_600, 4, DAY_S, rare_after=3),
    Trouble.BARRED: Backoff(300, 2, 3_600),
    Trouble.UNREADABLE: Backoff(0, 2, 3_600),
}

# Seconds after the first, second, … failed attempt to read a page; after the last it is given up.
PAGE_WAITS_S = (5.0, 15.0, 30.0, 60.0, 300.0, 1_800.0, 7_200.0, 21_600.0, 43_200.0, DAY_S)
PAGE_WAITS_BY_TROUBLE_S: dict[Trouble, tuple[float, ...]] = {
    Trouble.FORBIDDEN: (60.0, 300.0, 1_800.0, 7_200.0, 21_600.0, 43_200.0, DAY_S),
    Trouble.WALL: (60.0, 300.0, 1_800.0, 7_200.0, 21_600.0, 43_200.0, DAY_S),
    Trouble.THROTTLED: (30.0, 60.0, 300.0, 1_800.0, 7_200.0, 21_600.0, 43_200.0, DAY_S),
    Trouble.GONE: (60.0, DAY_S),
}

_BY_REASON = {
    FetchReason.TIMEOUT: Trouble.TIMEOUT,
    FetchReason.DNS: Trouble.DNS,
    FetchReason.REFUSED: Trouble.CONNECTION,
    FetchReason.RESET: Trouble.CONNECTION,
    FetchReason.UNREACHABLE: Trouble.CONNECTION,
    FetchReason.TRUNCATED: Trouble.CONNECTION,
    FetchReason.TLS: Trouble.TLS,
    FetchReason.NOT_FOUND: Trouble.NOT_FOUND,
    FetchReason.GONE: Trouble.GONE,
    FetchReason.FORBIDDEN: Trouble.FORBIDDEN,
    FetchReason.THROTTLED: Trouble.THROTTLED,
    FetchReason.SERVER_ERROR: Trouble.SERVER,
    FetchReason.ROBOTS: Trouble.SERVER,
    **dict.fromkeys(UNASKED, Trouble.UNASKED),
}


def trouble_of(answer: Blocked | FetchFailed) -> Trouble:
    """What kind of failure an answer is."""
    if isinstance(answer, Blocked):
        # A name that leads nowhere for a moment looks like one that leads home.
        return Trouble.DNS if answer.reason is BlockReason.ADDRESS else Trouble.BARRED
    return _BY_REASON.get(answer.reason, Trouble.UNREADABLE)


def trouble_of_reject(reason: RejectReason) -> Trouble:
    """What kind of failure an answer is that came well and is not what it should be."""
    return Trouble.WALL if reason is RejectReason.BLOCKED else Trouble.UNREADABLE


def give_up(attempts: int, trouble: Trouble = Trouble.UNREADABLE) -> bool:
    """Whether the attempt after `attempts` failed ones was the last."""
    return trouble is not Trouble.UNASKED and attempts >= len(_page_waits_s(trouble))


def page_retry_at(
    attempts: int,
    first_seen_at: datetime,
    now: datetime,
    page_wait: timedelta,
    *,
    retry_after_s: float | None = None,
    trouble: Trouble = Trouble.UNREADABLE,
) -> datetime:
    """When to ask for a page again, after `attempts` failures before this one.

    At the latest when `page_wait` is over, since that is when the release is told without its page; but where it was
    asked, never before the host said (`retry_after_s`, at most a day).
    """
    waits_s = _page_waits_s(trouble)
    # What was not asked waits for as long as it was told to, and no longer.
    wait_s = 0.0 if trouble is Trouble.UNASKED else waits_s[min(attempts, len(waits_s) - 1)]
    at = now + timedelta(seconds=wait_s)
    deadline = first_seen_at + page_wait
    if now < deadline < at:
        at = deadline
    if retry_after_s:
        at = max(at, now + timedelta(seconds=min(retry_after_s, RETRY_AFTER_MAX_S)))
    # Nothing is sent before its time: to look once more whether it may be, costs the host nothing.
    return min(at, deadline) if trouble is Trouble.UNASKED and now < deadline else at


def poll_retry_at(
    trouble: Trouble,
    failures: int,
    interval_s: float,
    now: datetime,
    *,
    name: str,
    retry_after_s: float | None = None,
) -> datetime:
    """When to poll the source of that name again, after one more failure than `failures` in a row.

    Never before the host said (`retry_after_s`, at most a day). An interval longer than the longest wait is kept to.
    """
    wait_s = _poll_wait_s(trouble, failures, interval_s)
    stated_s = min(retry_after_s or 0.0, RETRY_AFTER_MAX_S)
    if wait_s < stated_s:
        # Spread, too: all that a host sent away at once would come back at once.
        wait_s, interval_s = stated_s, min(interval_s, stated_s)
        return now + timedelta(seconds=wait_s + JITTER * interval_s * share(name, failures))
    return now + timedelta(seconds=wait_s * (1.0 + JITTER * share(name, failures)))


def _poll_wait_s(trouble: Trouble, failures: int, interval_s: float) -> float:
    if trouble is Trouble.UNASKED:
        return 0.0
    backoff = POLL_BACKOFF[trouble]
    if backoff.rare_after is not None and failures >= backoff.rare_after:
        return max(interval_s, DAY_S)
    grown_s = max(interval_s, backoff.first_s) * backoff.factor ** min(failures, 32)
    return min(grown_s, max(interval_s, backoff.most_s))


def _page_waits_s(trouble: Trouble) -> tuple[float, ...]:
    return PAGE_WAITS_BY_TROUBLE_S.get(trouble, PAGE_WAITS_S)
