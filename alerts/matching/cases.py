"""A query taken apart into cases: it is true of a release if one of them is.

A case is a conjunction of features that a release has or lacks: words and phrases, in any zone or in
one, beginnings of words, metadata. Where features say all that the query asks, the case is proved by
them; distances between two of them are kept beside; what else a query may ask (counts, places within
a zone, exact letters) makes a case that is only necessary, and the evaluator decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from news.query.bound import AllOf, AnyOf, Bound, Field, Nothing, Phrases
from news.query.operators.atleast import AtLeast
from news.query.operators.conjunction import And
from news.query.operators.disjunction import Or
from news.query.operators.exact import Exact
from news.query.operators.first import First
from news.query.operators.metadata import Metadata
from news.query.operators.near import Near
from news.query.operators.negation import Not
from news.query.operators.pack import Pack
from news.query.operators.phrase import Phrase
from news.query.operators.prefix import Prefix
from news.query.operators.word import Word
from news.query.operators.zone import LEAD, InZone
from news.query.tree import Clause
from news.stemming import UNSTEMMED
from news.text import Sought, is_unspaced, sought, unstemmed

RUN_WORDS_MAX = 6  # longer phrases are found by their beginning and put to the evaluator
_CASES_MAX = 64  # that a conjunction of disjunctions may multiply to
_REFUSED_MAX = 8  # likewise for what must not be
ANYWHERE = ""


class Kind(IntEnum):
    __hash__ = int.__hash__  # an enumeration's own is thrice as slow, and features are hashed by the million

    RUN = 0  # words side by side, each in any inflection
    STANDING = 1  # terms side by side, as the analyzer gives them in whatever language
    OPENING = 2  # a term that begins with a character of a script without spaces
    PREFIX = 3  # an unstemmed word that begins so
    FIELD = 4  # a name and one of the values that `Document.values` gives


class Feature(NamedTuple):
    """What a release has or has not. `zone` is empty for any zone, and for metadata."""

    kind: Kind
    words: tuple[str, ...]
    zone: str = ANYWHERE


class Distance(NamedTuple):
    """Two runs of one zone that do not overlap and of which one begins 1 to `words` after the other ends."""

    left: Feature
    right: Feature
    words: int
    ordered: bool


class Case(NamedTuple):
    """`proved`: a release that has all of `has`, none of `lacks`, and the distance, fulfils the query."""

    has: tuple[Feature, ...] = ()
    lacks: tuple[Feature, ...] = ()
    near: Distance | None = None
    proved: bool = True


Cases = Sequence[Case]
_PERHAPS: Cases = (Case(proved=False),)
Share = Callable[[Feature], float]


def cases_of(clause: Clause, share: Share, zone: str = ANYWHERE) -> Cases:  # noqa: PLR0911 - one return per form reads best
    """The cases of a clause that is asked of a zone. `share`: of releases that have a feature."""
    match clause:
        case Word(text) | Phrase(text):
            return _run(text, zone)
        case And(clauses):
            return _all([cases_of(part, share, zone) for part in clauses], share)
        case Or(clauses):
            return [case for part in clauses for case in cases_of(part, share, zone)]
        case Exact(text):
            return _left_open(_run(text, zone))
        case Not(inner):
            return _none(cases_of(inner, share, zone))
        case Metadata(name, value):
            return (Case((Feature(Kind.FIELD, (name, value)),)),)
        case Prefix(text):
            return _prefix(text, zone)
        case Pack(_, inner):
            return cases_of(inner, share, zone)
        case InZone(name, inner) if name != LEAD:
            return cases_of(inner, share, name)
        case Near():
            return _near(clause, share, zone)
        case InZone() | First() | AtLeast():
            return _within(clause, share, zone)
        case _:
            return _bounded(clause.bound(None), zone)


def _run(text: str, zone: str) -> Cases:
    return _sequence(unstemmed(text), Kind.RUN, zone)


def _sequence(run: Sought, kind: Kind, zone: str) -> Cases:
    words = run.terms
    if not words:
        return ()
    if run.open_end and len(words) == 1:
        return (Case((Feature(Kind.OPENING, (words[0][0],), zone),), proved=len(words[0]) == 1),)
    closed = words[:-1] if run.open_end else words
    is_whole = not run.open_end and len(words) <= RUN_WORDS_MAX
    return (Case((Feature(kind, closed[:RUN_WORDS_MAX], zone),), proved=is_whole),)


def _prefix(text: str, zone: str) -> Cases:
    run = sought(text, UNSTEMMED)
    if all(map(is_unspaced, run.terms)):
        return _sequence(run, Kind.STANDING, zone)
    if is_unspaced(run.terms[-1]):
        return _PERHAPS
    return (Case((Feature(Kind.PREFIX, run.terms[-1:], zone),), proved=len(run.terms) == 1),)


def _near(clause: Near, share: Share, zone: str) -> Cases:
    """A distance between two runs can be kept beside the case; between anything else it is left open."""
    lefts, rights = cases_of(clause.left, share, zone), cases_of(clause.right, share, zone)
    if len(lefts) * len(rights) > _CASES_MAX:
        return _opened(lefts if len(lefts) <= len(rights) else rights)
    return [_apart(left, right, clause) for left in lefts for right in rights]


def _apart(left: Case, right: Case, clause: Near) -> Case:
    has = tuple(dict.fromkeys(left.has + right.has))
    if not (_is_run(left) and _is_run(right)):
        return Case(has, proved=False)
    return Case(has, near=Distance(left.has[0], right.has[0], clause.distance, clause.ordered))


def _is_run(case: Case) -> bool:
    return case.proved and case.near is None and len(case.has) == 1 and case.has[0].kind is Kind.RUN


def _within(clause: Clause, share: Share, zone: str) -> Cases:
    """Of what must hold in a part of the text, only what is had is had by the whole."""
    place = "body" if isinstance(clause, InZone) else zone
    return _opened(case for part in clause.parts() for case in cases_of(part, share, place))


def _opened(cases: Iterable[Case]) -> Cases:
    return [Case(case.has, proved=False) for case in cases]


def _none(cases: Cases) -> Cases:
    """What is left when none of the cases may be."""
    if not all(case.proved and not case.lacks and case.near is None for case in cases):
        return _PERHAPS
    if len(cases) == 1 and len(cases[0].has) == 1:
        return (Case((), cases[0].has),)
    left = [Case()]
    for case in cases:
        left = [_together((before, Case((), (feature,)))) for before in left for feature in case.has]
        if len(left) > _REFUSED_MAX:
            return _PERHAPS
    return left


def _all(parts: list[Cases], share: Share) -> Cases:
    """Every way in which all parts hold. What would make too many is left to the evaluator."""
    if all(len(cases) == 1 for cases in parts):
        return (_together([cases[0] for cases in parts]),)
    rarest, *others = sorted(parts, key=lambda cases: _share(cases, share))
    parts = [rarest, *sorted(others, key=len)]
    joined = parts[0]
    is_complete = True
    for cases in parts[1:]:
        if len(cases) > 1 and len(joined) * len(cases) > _CASES_MAX:
            is_complete = False
        else:
            joined = [_together((before, case)) for before in joined for case in cases]
    return joined if is_complete else _left_open(joined)


def _left_open(cases: Cases) -> Cases:
    return [case._replace(proved=False) for case in cases]


def _share(cases: Cases, share: Share) -> float:
    """At most how many releases fulfil one of the cases; 1 and more where nothing is known."""
    return sum(min(map(share, case.has), default=1.0) for case in cases)


def _together(cases: Sequence[Case]) -> Case:
    """All of them at once; of distances only one is kept."""
    has: list[Feature] = []
    lacks: list[Feature] = []
    near = None
    proved = True
    for case in cases:
        has += case.has
        lacks += case.lacks
        proved = proved and case.proved and (near is None or case.near is None)
        near = near or case.near
    return Case(tuple(dict.fromkeys(has)), tuple(lacks), near if proved else None, proved)


def _bounded(condition: Bound, zone: str) -> Cases:
    """The cases of a clause of which only the bound is known."""
    match condition:
        case Nothing():
            return ()
        case Field(name, value):
            return (Case((Feature(Kind.FIELD, (name, value)),), proved=False),)
        case Phrases():
            runs = [
                _sequence(Sought(terms, condition.open_end, 0, cut=False), Kind.STANDING, zone)
                for terms in condition.alternatives
            ]
            return _opened(case for cases in runs for case in cases)
        case AllOf(parts):
            return min((_bounded(part, zone) for part in parts), key=lambda cases: _share(cases, lambda _: 0.5))
        case AnyOf(parts):
            return [case for part in parts for case in _bounded(part, zone)]
        case _:
            return _PERHAPS
