"""What was late when we first saw it, and what of that is told in one message instead of one by one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from news.alert import Absence, Reason
from news.release import Origin, Precision, Release

# Of a day we know that it began here or there on earth, and ended: so far from its 00:00Z.
_DAY_BEGINS, _DAY_ENDS = timedelta(hours=-14), timedelta(hours=36)
_NEWS = frozenset({Origin.LIVE, Origin.GAP})
SINGLY_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp:
    """`older_than`: the age from which a release counts as late when it is first seen.

    `wait`: how long after the return a digest goes out, so that it tells of all. `singly_max`: how many late ones of
    one rule, late for another reason than our absence, are told at once within an hour.
    """

    older_than: timedelta = timedelta(hours=1)
    wait: timedelta = timedelta(minutes=5)
    singly_max: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A release was old when it was first seen. `absence` is ours that explains it, if one does.

    `told_singly` counts the late ones of the same rule that were told one by one within the last hour.
    """

    absence: Absence | None
    told_singly: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """It is told with others at `due_at`, for that reason; `bundle` names whom it joins, the same over a restore.

    `schedule` is that of a digest.
    """

    bundle: str
    due_at: datetime
    reason: Reason
    schedule: str | None = None


def late(release: Release, origin: Origin, seen_at: datetime, absence: Absence | None, policy: CatchUp) -> Late | None:
    """Whether the release was late when it was first seen; None if it was not, or does not come from a wire now.

    `absence` is the last of ours, if it was lately. What was seen before it and could only be read after it counts as
    seen at the return.
    """
    if origin not in _NEWS:
        return None
    seen = max(seen_at, absence.back_at) if absence else seen_at
    published = _published_about(release, seen, absence)
    if seen - published <= policy.older_than:
        return None
    ours = absence is not None and absence.gone_at - policy.older_than <= published <= absence.back_at
    return Late(absence=absence if ours else None)


def _published_about(release: Release, seen: datetime, absence: Absence | None) -> datetime:
    """When it was published, as well as can be known: where only a day is, or nothing, it came in our absence if it
    can have, in the middle of it; and else as late as it can have.
    """
    stamp = release.published_at
    if stamp is not None and release.time_precision is not Precision.DAY:
        return stamp
    first, last = (stamp + _DAY_BEGINS, stamp + _DAY_ENDS) if stamp is not None else (None, seen)
    last = min(last, seen)
    if absence is None or last < absence.gone_at:
        return last
    earliest = max(first, absence.gone_at) if first else absence.gone_at
    return earliest + (min(last, seen) - earliest) / 2 if earliest < last else last


def waits(rule_uid: str, lateness: Late | None, policy: CatchUp, now: datetime) -> Waits | None:
    """What a late alert waits for; None if it is told at once."""
    if lateness is None:
        return None
    if lateness.absence is not None:
        away = lateness.absence
        due_at = max(now, away.back_at) + policy.wait
        return Waits(bundle=f"away:{away.gone_at.isoformat()}", due_at=due_at, reason=Reason.AWAY)
    if lateness.told_singly >= policy.singly_max:
        return Waits(bundle=f"late:{rule_uid}", due_at=now + policy.wait, reason=Reason.LATE)
    return None
