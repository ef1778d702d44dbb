"""The rules that stand watch, in memory: an index to match with, and the way to keep up with changes.

The index may be behind the database. The store commit therefore asks which rules changed since the
release was matched and puts that right, so that a rule watches every release stored after its
activation, whatever the index knew.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog

from alerts.matching import RuleIndex
from news.alert import Match, Rule
from news.document import Document
from news.query import Query, QueryError, evaluate, parse
from news.query.packs import PACKS, TermPacks
from news.release import Release, Span

_log = structlog.get_logger(__name__)


class Changes(Protocol):
    """Rules changed up to `generation`: those that watch now, and the ids of those that do not.

    `packs` are the term packs in force then; whoever names one that changed is among the rules.
    """

    @property
    def generation(self) -> int: ...
    @property
    def live(self) -> tuple[Rule, ...]: ...
    @property
    def gone(self) -> tuple[int, ...]: ...
    @property
    def packs(self) -> TermPacks: ...


class Watch:
    """All rules that are not paused. Safe to use from several threads.

    `frequencies`: the share of releases (0 to 1) that hold a term, for speed.
    """

    def __init__(self, frequencies: Mapping[str, float] | None = None) -> None:
        self._lock = threading.Lock()
        self._index = RuleIndex([], frequencies)
        self._rules: dict[int, Rule] = {}
        self._packs = PACKS
        self.generation = 0

    def __len__(self) -> int:
        return len(self._rules)

    def match(self, document: Document) -> tuple[int, list[Match]]:
        """The generation that was asked, and the rules that are true of the document."""
        with self._lock:
            return self.generation, self._index.match(document)

    def adopt(self, changes: Changes) -> None:
        """Take changes over into the index. Older ones than those it has are left aside."""
        with self._lock:
            if changes.generation <= self.generation:
                return
            if not changes.packs.agrees(self._packs):
                self._packs = changes.packs
                self._index.use(changes.packs)
            for rule in changes.live:
                self._put(rule)
            for rule_id in changes.gone:
                self._drop(rule_id)
            self.generation = changes.generation

    def has(self, rule_id: int) -> bool:
        return rule_id in self._rules

    def rule(self, rule_id: int) -> Rule:
        return self._rules[rule_id]

    def spans_in(self, rule: Rule, release: Release) -> tuple[Span, ...] | None:
        """Where the rule is true of a release; None where it is not."""
        query = _parsed(rule, self._packs)
        found = evaluate(query, release) if query is not None else None
        return found.spans if found is not None else None

    def _put(self, rule: Rule) -> None:
        self._drop(rule.id)
        try:
            self._index.add(rule)
        except QueryError as error:
            # Written by another version of the language: it cannot watch, and must not stop the rest.
            _log.error("rule_unreadable", rule=rule.name, query=rule.query, error=str(error))
            return
        self._rules[rule.id] = rule

    def _drop(self, rule_id: int) -> None:
        if self._rules.pop(rule_id, None) is not None:
            self._index.remove(rule_id)


def caught_up(document: Document, matches: Sequence[Match], changes: Changes) -> list[Match]:
    """`matches` as they would be, had the changed rules been known when they were made."""
    changed = {rule.id for rule in changes.live} | set(changes.gone)
    kept = [match for match in matches if match.rule_id not in changed]
    for rule in changes.live:
        query = _parsed(rule, changes.packs)
        found = evaluate(query, document) if query is not None else None
        if found is not None:
            kept.append(Match(rule_id=rule.id, spans=found.spans))
    return sorted(kept, key=lambda match: int(match.rule_id))


def _parsed(rule: Rule, packs: TermPacks) -> Query | None:
    try:
        return parse(rule.query, packs)
    except QueryError:
        return None
