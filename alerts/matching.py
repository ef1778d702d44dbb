"""Standing rules against one release: which of them are true of it, and where.

Each rule is filed under features of which any release that it matches must hold one: terms, pairs of
adjacent terms, first characters, metadata. They come from the bound of its query, and of several
conditions that must all hold the rarest is taken. A release looks up its own features, and only the
rules found there are put to the evaluator, which alone decides.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple, Protocol, TypeVar

from news.alert import Match
from news.document import ZONES, Document, document
from news.query import Query, QueryError, bound, parse, refuse_dates
from news.query.bound import AllOf, AnyOf, Bound, Everything, Field, Nothing, Phrases, Published
from news.query.evaluate import spans_of
from news.query.tree import Hits
from news.release import Release
from news.text import is_unspaced

RuleId = int | str
_K = TypeVar("_K", bound=Hashable)

_PAIR_SHARE = 0.1  # of the releases that hold the rarer word, those that hold it beside the other
_UNSPACED_SHARE = 0.02
_FIELD_SHARES = {"kind": 0.9, "lang": 0.6, "wire": 0.3, "topic": 0.05, "place": 0.02, "issuer": 0.005, "ticker": 0.002}
_FEW = 8  # rules under one feature, up to which a tuple is smaller and as fast as a set


class WatchedRule(Protocol):
    """What the index needs to know of a rule. Whether it is paused is its owner's affair."""

    @property
    def id(self) -> RuleId: ...

    @property
    def query(self) -> str: ...


class _Kind(StrEnum):
    TERM = "term"
    PAIR = "pair"
    PREFIX = "prefix"
    FIELD = "field"


class _Feature(NamedTuple):
    """`second` is a pair's second term, or a field's value."""

    kind: _Kind
    first: str
    second: str = ""


class _Anchors(NamedTuple):
    """Features of which a matching release holds at least one, and the share of releases that do."""

    share: float
    features: frozenset[_Feature]


@dataclass(frozen=True, slots=True)
class _Filed:
    """A rule in the index; `features` None: it must be asked of every release."""

    query: Query
    features: frozenset[_Feature] | None


class _Postings(dict[_K, "tuple[RuleId, ...] | set[RuleId]"]):
    """Feature → the rules filed under it."""

    def file(self, key: _K, rule_id: RuleId) -> None:
        filed = self.get(key, ())
        if isinstance(filed, set):
            filed.add(rule_id)
        else:
            self[key] = (*filed, rule_id) if len(filed) < _FEW else {*filed, rule_id}

    def withdraw(self, key: _K, rule_id: RuleId) -> None:
        filed = self[key]
        if isinstance(filed, set):
            filed.discard(rule_id)
        else:
            filed = self[key] = tuple(known for known in filed if known != rule_id)
        if not filed:
            del self[key]


class RuleIndex:
    """The rules that watch, ready to be asked by the release. Not for several threads at once.

    `frequencies` gives the share of releases (0 to 1) that hold a term; terms not in it are judged by
    their length. It bears on speed alone.

    Raises:
        QueryError: a rule's query cannot be understood or names a date; a note names the rule.
    """

    def __init__(self, rules: Iterable[WatchedRule] = (), frequencies: Mapping[str, float] | None = None) -> None:
        self._frequencies = frequencies or {}
        self._rules: dict[RuleId, _Filed] = {}
        self._terms: _Postings[str] = _Postings()
        self._pairs: _Postings[tuple[str, str]] = _Postings()
        self._prefixes: _Postings[str] = _Postings()
        self._fields: _Postings[tuple[str, str]] = _Postings()
        self._always: set[RuleId] = set()
        for rule in rules:
            self.add(rule)

    def __len__(self) -> int:
        return len(self._rules)

    def __contains__(self, rule_id: RuleId) -> bool:
        return rule_id in self._rules

    def add(self, rule: WatchedRule) -> None:
        """File a rule; one of the same id is replaced. Nothing changes if the query is in error."""
        try:
            query = parse(rule.query)
            refuse_dates(query)
        except QueryError as error:
            error.add_note(f"rule {rule.id}")
            raise
        anchors = _anchors(bound(query), self._frequencies)
        if rule.id in self._rules:
            self.remove(rule.id)
        filed = self._rules[rule.id] = _Filed(query, None if anchors is None else anchors.features)
        if filed.features is None:
            self._always.add(rule.id)
        for feature in filed.features or ():
            self._file(feature, rule.id)

    def remove(self, rule_id: RuleId) -> None:
        """Forget a rule.

        Raises:
            KeyError: there is none of that id.
        """
        filed = self._rules.pop(rule_id)
        self._always.discard(rule_id)
        for feature in filed.features or ():
            self._withdraw(feature, rule_id)

    def match(self, asked: Release | Document) -> list[Match]:
        """All rules that are true of the release, by ascending id, with exact spans."""
        ready = asked if isinstance(asked, Document) else document(asked)
        return [Match(rule_id=rule_id, spans=spans_of(ready, hits)) for rule_id, hits in self._judged(ready)]

    def matching(self, asked: Release | Document) -> list[RuleId]:
        """The ids of `match` without the cost of spans."""
        ready = asked if isinstance(asked, Document) else document(asked)
        return [rule_id for rule_id, _ in self._judged(ready)]

    def candidates(self, asked: Document) -> set[RuleId]:
        """The rules that the release's features leave possible; a superset of those that match."""
        found = set(self._always)
        terms: set[str] = set().union(*(asked.places(zone) for zone in ZONES))
        _gather(found, self._terms, terms)
        if self._pairs:
            for zone in ZONES:
                stands = asked.zone(zone).terms
                _gather(found, self._pairs, set(pairwise(stands)))
        if self._prefixes:
            _gather(found, self._prefixes, {term[0] for term in terms if not term.isascii()})
        for name in _FIELD_SHARES if self._fields else ():
            _gather(found, self._fields, {(name, value) for value in asked.values(name)})
        return found

    def _judged(self, ready: Document) -> Iterator[tuple[RuleId, Hits]]:
        for rule_id in sorted(self.candidates(ready), key=_order):
            hits = self._rules[rule_id].query.root.spans(ready, ready.whole())
            if hits is not None:
                yield rule_id, hits

    def _file(self, feature: _Feature, rule_id: RuleId) -> None:
        match feature.kind:
            case _Kind.TERM:
                self._terms.file(feature.first, rule_id)
            case _Kind.PAIR:
                self._pairs.file((feature.first, feature.second), rule_id)
            case _Kind.PREFIX:
                self._prefixes.file(feature.first, rule_id)
            case _Kind.FIELD:
                self._fields.file((feature.first, feature.second), rule_id)

    def _withdraw(self, feature: _Feature, rule_id: RuleId) -> None:
        match feature.kind:
            case _Kind.TERM:
                self._terms.withdraw(feature.first, rule_id)
            case _Kind.PAIR:
                self._pairs.withdraw((feature.first, feature.second), rule_id)
            case _Kind.PREFIX:
                self._prefixes.withdraw(feature.first, rule_id)
            case _Kind.FIELD:
                self._fields.withdraw((feature.first, feature.second), rule_id)


def _gather(found: set[RuleId], postings: _Postings[_K], features: set[_K]) -> None:
    for feature in postings.keys() & features:
        found.update(postings[feature])


def _order(rule_id: RuleId) -> tuple[bool, int, str]:
    return (True, 0, rule_id) if isinstance(rule_id, str) else (False, rule_id, "")


def _anchors(condition: Bound, frequencies: Mapping[str, float]) -> _Anchors | None:
    """The features under which to file what has this bound; None if nothing can be relied on."""
    match condition:
        case Everything() | Published():
            return None
        case Nothing():
            return _Anchors(0.0, frozenset())
        case Field(name, value):
            return _Anchors(_FIELD_SHARES[name], frozenset({_Feature(_Kind.FIELD, name, value)}))
        case Phrases():
            return _any_anchor([_phrase_anchor(terms, condition, frequencies) for terms in condition.alternatives])
        case AllOf(parts):
            known = [anchors for part in parts if (anchors := _anchors(part, frequencies)) is not None]
            return min(known, key=lambda anchors: anchors.share, default=None)
        case AnyOf(parts):
            return _any_anchor([_anchors(part, frequencies) for part in parts])


def _any_anchor(parts: list[_Anchors | None]) -> _Anchors | None:
    known = [anchors for anchors in parts if anchors is not None]
    if len(known) < len(parts):
        return None
    features: frozenset[_Feature] = frozenset().union(*(anchors.features for anchors in known))
    return _Anchors(sum(anchors.share for anchors in known), features)


def _phrase_anchor(terms: tuple[str, ...], phrases: Phrases, frequencies: Mapping[str, float]) -> _Anchors:
    """The rarest term, or pair of adjacent terms, of one sequence."""
    if phrases.open_end and len(terms) == 1:
        return _Anchors(_UNSPACED_SHARE, frozenset({_Feature(_Kind.PREFIX, terms[0][0])}))
    closed = terms[:-1] if phrases.open_end else terms
    shares = [_share(term, frequencies) for term in closed]
    known = [
        _Anchors(share, frozenset({_Feature(_Kind.TERM, term)})) for share, term in zip(shares, closed, strict=True)
    ]
    for first in range(len(closed) - 1):
        pair = _Feature(_Kind.PAIR, closed[first], closed[first + 1])
        known.append(_Anchors(min(shares[first : first + 2]) * _PAIR_SHARE, frozenset({pair})))
    return min(known, key=lambda anchors: anchors.share)


def _share(term: str, frequencies: Mapping[str, float]) -> float:
    """The share of releases that hold a term; where it was not counted, short words are held common."""
    counted = frequencies.get(term)
    if counted is not None:
        return counted
    return _UNSPACED_SHARE if is_unspaced(term) else float(0.9 * 0.6 ** len(term))
