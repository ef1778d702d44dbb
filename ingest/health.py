"""Whether a source is well, as its polls show it. Pure; all times aware UTC.

Failures, empty answers and old copies show at a poll (`judge`). That nothing comes any more while polls go on
answering well (`ingest.silence`), that releases are seen too late and that pages are read worse than they were
(`ingest.slips`) show over time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.answers import UNASKED, FetchReason
from news.release import RejectReason
from news.source import IncidentKind, Listed

DOWN_AFTER = 3
# Behind an open circuit only a probe is sent, so a source is called down by how long it gave nothing, too.
DOWN_BEHIND_CIRCUIT = timedelta(minutes=10)
# One challenge page or one empty answer is a hiccup; the next good poll confirms it, or a 304 that vouches for it.
BLOCKED_AFTER = 2
EMPTY_AFTER = 2
# Of one row that is gone it cannot be told whether the wire took it back.
ROWS_LOST_CLEAR = 2
OLD_COPY_AFTER = 2
# Where two machines answer in turn, every other answer is the old one.
FRESH_IN_A_ROW = 3
# Who was troubled the same way within a day must be well for longer before it counts as mended.
GOOD_IN_A_ROW_MAX = 5
RECENT = timedelta(days=1)

TOP_ROWS = 5
DAYS_KEPT = 28
# A source that shows nothing at more than a tenth of its polls is not told as empty; some 100 polls are remembered.
EMPTY_SHARE_USUAL = 0.1
_EMPTY_WEIGHT = 0.01
NOT_MODIFIED = "not modified"

_BLOCKS = frozenset({FetchReason.FORBIDDEN.value, FetchReason.ROBOTS.value, RejectReason.BLOCKED.value})
# We kept from asking for reasons of our own or of the host's manners, which say nothing of the source.
_KEPT_FROM = frozenset(reason.value for reason in UNASKED if reason is not FetchReason.CIRCUIT_OPEN)
_ANSWERS = (IncidentKind.DOWN, IncidentKind.BLOCKED)
AT_POLLS = frozenset({*_ANSWERS, IncidentKind.EMPTY, IncidentKind.OLD_COPY, IncidentKind.STALE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """How a poll ended. `rows` names what was listed, newest first; None where no listing was read.

    `outcome` is one word or two, `detail` the whole. `new`: rows that the source had not shown before. `age_s`: how old
    the answer said it was itself. `silent` is how long the last good answer is ago, where there was one.
    """

    at: datetime
    outcome: str
    detail: str
    good: bool
    rows: Sequence[str] | None = None
    new: int = 0
    age_s: float | None = None
    silent: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is kept of a source's polls from one to the next.

    `top` are the newest rows it ever showed, newest first, `shown_at` when last. `standing` is how many rows the last
    answer held that was read: a 304 vouches for it; `lost` how many of `top` that answer held no more, `age_s` how old
    it said it was. `signs` and `calm` count, by kind of incident, the polls in a row that showed it, and that did not.
    `emptiness` is the share of good polls with nothing to show. `days` counts outcomes by UTC day.
    """

    top: tuple[str, ...] = ()
    shown_at: str | None = None
    standing: int | None = None
    lost: int = 0
    age_s: float | None = None
    failing: int = 0
    emptiness: float = 0.0
    signs: Mapping[str, int] = field(default_factory=dict)
    calm: Mapping[str, int] = field(default_factory=dict)
    days: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, in words for people."""

    kind: IncidentKind
    detail: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What to remember, which incidents begin and which end. One that is open already may begin again: it does not."""

    memory: Memory
    begins: tuple[Trouble, ...] = ()
    ends: tuple[IncidentKind, ...] = ()


def newest_first(listed: Sequence[Listed], keys: Sequence[str]) -> tuple[str, ...]:
    """The keys of the rows by their stamps, those of one stamp and those without one as they stood."""
    unstamped = datetime.min.replace(tzinfo=UTC)
    order = sorted(range(len(keys)), key=lambda at: listed[at].stamp or unstamped, reverse=True)
    return tuple(keys[at] for at in order)


def judge(
    memory: Memory, poll: Poll, *, open_: AbstractSet[IncidentKind], recent: Mapping[IncidentKind, int] | None = None
) -> Judged:
    """What a poll says of a source's health.

    `open_` are the kinds of its incidents that last, `recent` how many of a kind ended within `RECENT`: flapping is
    told less and less often. A source that does not answer is told once, as blocked or as down.
    """
    memory = replace(memory, days=_counted(memory.days, poll))
    if not poll.good:
        return _failed(memory, poll, open_)
    memory = _seen(memory, poll)
    signs = {IncidentKind.EMPTY: _is_empty(memory), IncidentKind.OLD_COPY: memory.lost > 0}
    counted = {kind.value: memory.signs.get(kind.value, 0) + 1 for kind, shows in signs.items() if shows}
    calm = {kind.value: memory.calm.get(kind.value, 0) + 1 for kind in open_ if _is_calm(kind, memory, poll)}
    usual = memory.emptiness > EMPTY_SHARE_USUAL
    memory = replace(memory, failing=0, signs=counted, calm=calm)
    begins = []
    if counted.get(IncidentKind.EMPTY, 0) >= EMPTY_AFTER and not usual:
        begins.append(Trouble(IncidentKind.EMPTY, "it answers well and shows nothing, which it usually does not"))
    polls = counted.get(IncidentKind.OLD_COPY, 0)
    if polls and (memory.lost >= ROWS_LOST_CLEAR or polls >= OLD_COPY_AFTER):
        begins.append(_old_copy(memory))
    asked = recent or {}
    ends = tuple(kind for kind in sorted(open_) if calm.get(kind.value, 0) >= _enough(kind, poll, asked.get(kind, 0)))
    return Judged(memory, tuple(begins), ends)


def _failed(memory: Memory, poll: Poll, open_: AbstractSet[IncidentKind]) -> Judged:
    if poll.outcome in _KEPT_FROM:
        return Judged(memory)
    blocks = memory.signs.get(IncidentKind.BLOCKED, 0) + 1 if poll.outcome in _BLOCKS else 0
    failing = memory.failing + 1
    signs = {IncidentKind.BLOCKED.value: blocks} if blocks else {}
    memory = replace(memory, failing=failing, signs=signs, calm={})
    if open_ & set(_ANSWERS):
        return Judged(memory)
    if blocks >= BLOCKED_AFTER:
        return Judged(memory, (Trouble(IncidentKind.BLOCKED, f"it turns us away: {poll.detail}"),))
    if failing >= DOWN_AFTER and (poll.outcome != FetchReason.CIRCUIT_OPEN or _long(poll.silent)):
        return Judged(memory, (Trouble(IncidentKind.DOWN, f"{failing} polls in a row failed: {poll.detail}"),))
    return Judged(memory)


def _long(silent: timedelta | None) -> bool:
    return silent is None or silent >= DOWN_BEHIND_CIRCUIT


def _seen(memory: Memory, poll: Poll) -> Memory:
    """The memory with what a good poll showed; one that was not modified shows what stood before."""
    if poll.rows is not None:
        shown = set(poll.rows)
        gone = next((at for at, key in enumerate(memory.top) if key in shown), len(memory.top))
        lost = gone if poll.rows and not poll.new else 0
        memory = replace(memory, standing=len(poll.rows), lost=lost, age_s=poll.age_s)
        if poll.rows and not lost:
            memory = replace(memory, top=tuple(poll.rows[:TOP_ROWS]))
    if memory.standing and not memory.lost:
        memory = replace(memory, shown_at=poll.at.astimezone(UTC).isoformat(timespec="seconds"))
    if memory.standing is None or not memory.top:
        return memory
    empty = float(memory.standing == 0)
    return replace(memory, emptiness=memory.emptiness + _EMPTY_WEIGHT * (empty - memory.emptiness))


def _is_empty(memory: Memory) -> bool:
    return memory.standing == 0 and bool(memory.top)


def _is_calm(kind: IncidentKind, memory: Memory, poll: Poll) -> bool:
    """Whether a good poll shows nothing of a trouble. What shows nothing at all does not prove that it is over."""
    usual = memory.emptiness > EMPTY_SHARE_USUAL
    match kind:
        case IncidentKind.DOWN | IncidentKind.BLOCKED:
            return usual or not _is_empty(memory)
        case IncidentKind.EMPTY:
            return bool(memory.standing)
        case IncidentKind.OLD_COPY:
            return bool(memory.standing) and not memory.lost
        case IncidentKind.STALE:
            return poll.new > 0
        case _:
            return False


def _enough(kind: IncidentKind, poll: Poll, recent: int) -> int:
    """How many good polls in a row end an incident."""
    if kind is IncidentKind.STALE:
        return 1
    first = FRESH_IN_A_ROW if kind is IncidentKind.OLD_COPY and not poll.new else 1
    return min(first + recent, GOOD_IN_A_ROW_MAX)


def _old_copy(memory: Memory) -> Trouble:
    rows = (
        "the newest row"
        if memory.lost == 1
        else f"the {memory.lost} newest rows" + (" and perhaps more" if memory.lost >= TOP_ROWS else "")
    )
    since = f" since {memory.shown_at[:16].replace('T', ' ')} UTC" if memory.shown_at else ""
    return Trouble(IncidentKind.OLD_COPY, f"it answers with an old copy: {rows} that it showed are gone{since}")


def _counted(days: Mapping[str, Mapping[str, int]], poll: Poll) -> dict[str, dict[str, int]]:
    day = poll.at.astimezone(UTC).date().isoformat()
    kept = {name: dict(counts) for name, counts in days.items() if name > _oldest(poll.at)}
    today = kept.setdefault(day, {})
    today[poll.outcome] = today.get(poll.outcome, 0) + 1
    return kept


def _oldest(at: datetime) -> str:
    return (at.astimezone(UTC).date() - timedelta(days=DAYS_KEPT)).isoformat()


def outcomes(memory: Memory, *, days: int, now: datetime) -> Counter[str]:
    """How the polls of the last `days` ended, most frequent first; at most `DAYS_KEPT` are remembered."""
    first = (now.astimezone(UTC).date() - timedelta(days=days - 1)).isoformat()
    total: Counter[str] = Counter()
    for day, counts in memory.days.items():
        if day >= first:
            total.update(counts)
    return Counter(dict(total.most_common()))


def memory_from(stored: Mapping[str, Any] | None) -> Memory:
    """What `stored_memory` wrote; what another version wrote beside it is left aside."""
    if not stored:
        return Memory()
    known = {name: stored[name] for name in Memory.__dataclass_fields__ if name in stored}
    return Memory(**{**known, "top": tuple(known.get("top", ()))})


def stored_memory(memory: Memory) -> dict[str, Any]:
    """The memory as JSON."""
    told = {name: getattr(memory, name) for name in Memory.__dataclass_fields__}
    return {**told, "top": list(memory.top), "signs": dict(memory.signs), "calm": dict(memory.calm)}
