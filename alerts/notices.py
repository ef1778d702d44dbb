"""Incidents put in words for the operator: what is told now, what together, and what no more. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from alerts.plain import one_line
from alerts.stations import day_words, span_words
from news.notice import Notice, NoticeType, Trouble
from news.source import IncidentKind

NAME_MAX = 80
NAMED_MAX = 3


class Incident(Protocol):
    """An incident of which something was not told yet; `begun`: its beginning was."""

    @property
    def id(self) -> int: ...

    @property
    def trouble(self) -> Trouble: ...

    @property
    def begun(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """`wait`: what begins or ends within it is told together. `at_most_every`: the least time between two notices."""

    wait: timedelta = timedelta(minutes=1)
    at_most_every: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is told now, and which incidents are settled by it: their beginnings and their ends, by id."""

    notices: tuple[Notice, ...] = ()
    begun: frozenset[int] = frozenset()
    ended: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """Of a kind of incident: how it is, how it is no more, and what the operator can do."""

    is_so: str
    is_over: str
    are_so: str
    advice: str


_LOOK = "Open its address in a browser: `wirewatch sources list` shows it."
WORDS = {
    IncidentKind.DOWN: _Words(
        is_so="is down",
        is_over="answers again",
        are_so="are down",
        advice=f"{_LOOK} It is asked again, less and less often, until it answers.",
    ),
    IncidentKind.BLOCKED: _Words(
        is_so="turns us away",
        is_over="lets us in again",
        are_so="turn us away",
        advice="Read its terms and its robots.txt; a `contact` under [polling] tells it who asks, and a larger "
        "`budget_s` asks less often.",
    ),
    IncidentKind.EMPTY: _Words(
        is_so="shows an empty list",
        is_over="lists releases again",
        are_so="show empty lists",
        advice=f"{_LOOK} If it shows releases there, its layout or its address changed.",
    ),
    IncidentKind.STALE: _Words(
        is_so="has shown nothing new for longer than it should",
        is_over="shows new releases again",
        are_so="have shown nothing new for longer than they should",
        advice=f"{_LOOK} If it shows newer releases there, its address or its layout changed.",
    ),
    IncidentKind.OLD_COPY: _Words(
        is_so="answers with an old copy",
        is_over="answers with today's page again",
        are_so="answer with old copies",
        advice="A cache on the way serves what it once kept. It mends by itself, or by another address of the source.",
    ),
    IncidentKind.LATE: _Words(
        is_so="is seen later than its objective",
        is_over="is seen within its objective again",
        are_so="are seen later than their objectives",
        advice="Give it a larger `weight`, all of them a smaller `budget_s` under [polling], or set a wider "
        "`objective_s`.",
    ),
    IncidentKind.DRIFT: _Words(
        is_so="is read worse than it was",
        is_over="is read as well as before again",
        are_so="are read worse than they were",
        advice="Its pages were probably redesigned: `wirewatch releases show ID --raw` prints the page as it came. "
        "What was read so far stays; once the parser is mended, `wirewatch sources check` tries it on the stored pages "
        "and `wirewatch reparse` reads them again.",
    ),
    IncidentKind.GAP: _Words(
        is_so="may have releases that nobody saw",
        is_over="has no stretch any more that nobody saw",
        are_so="may have releases that nobody saw",
        advice="The stretch stays open until it is proved that nothing is missing. `wirewatch sources list` counts "
        "what is open; a larger `weight` polls the source more often.",
    ),
}
ADVICE = {kind: words.advice for kind, words in WORDS.items()}


def telling(untold: Sequence[Incident], *, now: datetime, last_at: datetime | None, manners: Manners) -> Telling:
    """What is to be told now of incidents whose beginning or end nobody was told of.

    Nothing, while the oldest of it is younger than `wait` or the last notice (`last_at`) than `at_most_every`. What was
    over before anybody was told is not told at all.
    """
    brief = [each.id for each in untold if not each.begun and each.trouble.until is not None]
    began = [each for each in untold if not each.begun and each.trouble.until is None]
    over = [each for each in untold if each.begun and each.trouble.until is not None]
    due = _is_due(began, over, now=now, last_at=last_at, manners=manners)
    told = [*_beginnings(began), *_ends(over)] if due else []
    begun, ended = ([each.id for each in began], [each.id for each in over]) if due else ([], [])
    return Telling(notices=tuple(told), begun=frozenset([*begun, *brief]), ended=frozenset([*ended, *brief]))


def _is_due(
    began: Sequence[Incident], over: Sequence[Incident], *, now: datetime, last_at: datetime | None, manners: Manners
) -> bool:
    times = [each.trouble.since for each in began] + [each.trouble.until for each in over if each.trouble.until]
    if not times or now - min(times) < manners.wait:
        return False
    return last_at is None or now - last_at >= manners.at_most_every


def _beginnings(incidents: Sequence[Incident]) -> Iterable[Notice]:
    for type_, theirs in (
        (NoticeType.DOWN, [each.trouble for each in incidents if each.trouble.kind is not IncidentKind.GAP]),
        (NoticeType.GAP, [each.trouble for each in incidents if each.trouble.kind is IncidentKind.GAP]),
    ):
        if theirs:
            yield Notice(
                type=type_,
                subject=_subject(theirs),
                sentence=_sentence(theirs),
                advice=_advice(theirs),
                troubles=tuple(theirs),
            )


def _ends(incidents: Sequence[Incident]) -> Iterable[Notice]:
    if not incidents:
        return
    troubles = tuple(each.trouble for each in incidents)
    yield Notice(
        type=NoticeType.UP,
        subject=_subject_of_end(troubles),
        sentence=_sentence_of_end(troubles),
        advice="",
        troubles=troubles,
    )


def _names(troubles: Sequence[Trouble]) -> list[str]:
    return list(dict.fromkeys(one_line(trouble.source, NAME_MAX) for trouble in troubles))


def _listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b, c and 27 more`."""
    shown = list(names[:NAMED_MAX])
    if len(names) > NAMED_MAX:
        return f"{', '.join(shown)} and {len(names) - NAMED_MAX} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def _subject(troubles: Sequence[Trouble]) -> str:
    names, kinds = _names(troubles), {trouble.kind for trouble in troubles}
    if len(kinds) == 1:
        words = WORDS[troubles[0].kind]
        return f"{names[0]} {words.is_so}" if len(names) == 1 else f"{len(names)} sources {words.are_so}"
    return f"{names[0]} is in trouble" if len(names) == 1 else f"{len(names)} sources are in trouble"


def _subject_of_end(troubles: Sequence[Trouble]) -> str:
    names, kinds = _names(troubles), {trouble.kind for trouble in troubles}
    if len(names) > 1:
        return f"{len(names)} sources are well again"
    words = WORDS[troubles[0].kind].is_over if len(kinds) == 1 else "is well again"
    return f"{names[0]} {words} after {_lasted(troubles[0])}"


def _sentence(troubles: Sequence[Trouble]) -> str:
    first = min(troubles, key=lambda trouble: trouble.since)
    names = _names(troubles)
    if len(names) == 1 and len(troubles) == 1:
        detail = f": {one_line(first.detail, 300).rstrip('.')}" if first.detail else ""
        return f"{names[0]} {WORDS[first.kind].is_so}. Noticed {when(first.since)}{detail}."
    return f"Something is wrong with {_listed(names)}. First noticed {when(first.since)}."


def _sentence_of_end(troubles: Sequence[Trouble]) -> str:
    names = _names(troubles)
    if len(troubles) == 1:
        only = troubles[0]
        return (
            f"{names[0]} {WORDS[only.kind].is_over}. The trouble lasted {_lasted(only)}, from {when(only.since)} "
            f"to {when(only.until or only.since)}."
        )
    return f"What was wrong with {_listed(names)} is over."


def _advice(troubles: Sequence[Trouble]) -> str:
    kinds = list(dict.fromkeys(trouble.kind for trouble in troubles))
    if len(kinds) == 1:
        return WORDS[kinds[0]].advice
    return "Look at each of them: `wirewatch sources list` shows their addresses and how their last polls ended."


def _lasted(trouble: Trouble) -> str:
    return span_words(((trouble.until or trouble.since) - trouble.since).total_seconds())


def when(at: datetime) -> str:
    """`26 Nov 2026, 14:02 UTC`."""
    utc = at.astimezone(UTC)
    return f"{day_words(utc.date())}, {utc:%H:%M} UTC"


def state(trouble: Trouble) -> str:
    """A trouble in a clause, without its source: `is down, noticed …`, `answers again after …`."""
    words = WORDS[trouble.kind]
    if trouble.until is not None:
        return f"{words.is_over} after {_lasted(trouble)}"
    return f"{words.is_so}, noticed {when(trouble.since)}"
