"""To tell or not to tell: a match becomes an alert, or is held for a named reason. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerts.catching_up import CatchUp, Late, Waits, waits
from alerts.passages import passages, sentences
from news.alert import Match, Rule
from news.changes import figures
from news.kinds import unmarked
from news.release import Kind, Origin, Release, Span, Zone
from news.verdict import Copy, Joins, Revision, Translation, Verdict

FIRST = "first"
_CATCH_UP = CatchUp()


class HeldReason(StrEnum):
    """Why a match makes no alert. Holds are final, counted, and can be replayed."""

    PAUSED = "paused"
    SILENCED = "silenced"
    SEED = "seed"
    HISTORY = "history"
    IMPORT = "import"
    REPARSE = "reparse"
    STALE_REVISION = "stale-revision"
    SAME_STORY = "same-story"
    ALREADY_FIRED = "already-fired"
    UNCHANGED_REVISION = "unchanged-revision"


@dataclass(frozen=True, slots=True)
class Fire:
    """An alert is made. `late` is what it waits for because its release was found late, whatever the rule asks for.

    When each channel is told of it is decided by `alerts.timing`.
    """

    occasion: str
    late: Waits | None = None


@dataclass(frozen=True, slots=True)
class Held:
    reason: HeldReason


_QUIET_ORIGINS = {
    Origin.SEED: HeldReason.SEED,
    Origin.HISTORY: HeldReason.HISTORY,
    Origin.IMPORT: HeldReason.IMPORT,
    Origin.REPARSE: HeldReason.REPARSE,
}


def gate(
    *,
    rule: Rule,
    match: Match,
    origin: Origin,
    alert_seed: bool,
    verdict: Verdict,
    release_id: int,
    after: Release,
    before: Release | None,
    before_spans: tuple[Span, ...] | None = None,
    fired: frozenset[str],
    now: datetime,
    lateness: Late | None = None,
    catch_up: CatchUp = _CATCH_UP,
    asked: bool = False,
) -> Fire | Held:
    """Decide for one rule and one release.

    `after` is the release at hand, `release_id` its own id, and `match` the rule's match on it. `before` is the version
    that the rule saw last, needed for a revision; without it any revision counts as changed. `before_spans` is the
    rule's match on `before`: with it a matched sentence that was taken out counts as a change, too.
    `fired` holds the occasions on which the rule has told of this story: who was told is told of a withdrawal, also
    where the rule was paused or silenced since. `alert_seed`: the source was asked to alert on what it already showed
    at its first poll. `asked`: whoever brought this release wants to be told of it. `lateness`
    is given where the release was old when it was first seen: it may then wait for others, as `catch_up` says.
    """
    revised = isinstance(verdict, Revision)
    taken_back = revised and after.kind is Kind.WITHDRAWAL and bool(fired)
    reason = None if taken_back else _hushed(rule, now)
    if reason is None and not (asked or (origin is Origin.SEED and alert_seed)):
        reason = _QUIET_ORIGINS.get(origin)
    if reason is None and isinstance(verdict, Revision) and verdict.stale:
        reason = HeldReason.STALE_REVISION
    if reason is not None:
        return Held(reason)
    if not fired:
        return _fire(FIRST, rule, lateness, catch_up, now)
    if not revised:
        return _again(rule, verdict, release_id, lateness, catch_up, now=now)
    occasion = revision_occasion(after, release_id)
    if occasion in fired:
        return Held(HeldReason.ALREADY_FIRED)
    if taken_back or before is None or _changed(before, before_spans, after, match.spans):
        return _fire(occasion, rule, lateness, catch_up, now)
    return Held(HeldReason.UNCHANGED_REVISION)


def _again(
    rule: Rule, verdict: Verdict, release_id: int, lateness: Late | None, catch_up: CatchUp, *, now: datetime
) -> Fire | Held:
    """The same story once more, by another release."""
    joined = isinstance(verdict, Copy | Translation | Joins)
    if joined and rule.telling.every_copy:
        return _fire(f"copy:{release_id}", rule, lateness, catch_up, now)
    return Held(HeldReason.SAME_STORY if joined else HeldReason.ALREADY_FIRED)


def _fire(occasion: str, rule: Rule, lateness: Late | None, catch_up: CatchUp, now: datetime) -> Fire:
    return Fire(occasion, waits(rule.uid, lateness, catch_up, now))


def revision_occasion(release: Release, release_id: int) -> str:
    """`withdrawal:ID` or `revision:ID`; `release_id` is the id of the version that is told of."""
    return f"{'withdrawal' if release.kind is Kind.WITHDRAWAL else 'revision'}:{release_id}"


def _hushed(rule: Rule, now: datetime) -> HeldReason | None:
    if rule.paused:
        return HeldReason.PAUSED
    return HeldReason.SILENCED if rule.silenced_until is not None and now < rule.silenced_until else None


def _changed(
    before: Release, before_spans: tuple[Span, ...] | None, after: Release, after_spans: tuple[Span, ...]
) -> bool:
    """Whether what a reader was told of differs: the headline, a figure, or a sentence that holds a match.

    The mark that names a correction is no part of its headline.
    """
    if unmarked(before.headline).split() != unmarked(after.headline).split():
        return True
    if any(figures(_text(before), _text(after))):
        return True
    if not sentences(before).issuperset(_passages(after, after_spans)):
        return True
    return before_spans is not None and not sentences(after).issuperset(_passages(before, before_spans))


def _passages(release: Release, spans: tuple[Span, ...]) -> tuple[str, ...]:
    """Those below the headline, which is compared as a whole."""
    below = [span for span in spans if span.zone is not Zone.HEADLINE]
    return passages(release, below) if below or not spans else ()


def _text(release: Release) -> str:
    return "\n".join((*release.subtitles, release.body))
