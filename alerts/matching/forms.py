"""What a rule asks, ready to be filed: the features it names, and its cases over them.

Rules are many and their forms are few: `battery -tender` and `lithium -mining` differ in their words
alone. So a query of plain words and phrases is cut into these and what stands between them, and what
stands between them is parsed and taken apart once, with words of no script that a query of ASCII
letters could hold in their places.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain, zip_longest
from typing import NamedTuple

from alerts.matching.cases import RUN_WORDS_MAX, Case, Cases, Feature, Kind, Share, cases_of
from alerts.matching.rows import ASK, PROVED
from news.query import QueryError, parse, refuse_dates
from news.query.packs import PACKS, TermPacks
from news.text import unstemmed

_FORMS_MAX = 4_000
_CHARS_MAX = 400  # so short a query breaks none of the language's limits, whatever its words
_PLACE = "ሀ"
_BEFORE = r"(?:(?<![^\s(])|(?<=[\s(]-)|(?<=^-))"
_PLAIN = re.compile(
    rf"""{_BEFORE} ( (?!(?i:and|or|not|o?near)(?:[\s)]|$)) [A-Za-z0-9]+
    | [一-鿿]{{2,}} | "[A-Za-z0-9]+(?:[ ][A-Za-z0-9]+)*" ) (?=[\s)]|$)""",
    re.VERBOSE,
)
_SPANNED = frozenset((Kind.RUN, Kind.STANDING, Kind.FIELD))


class Choice(NamedTuple):
    """A case whose features are named by their index."""

    has: tuple[int, ...]
    lacks: tuple[int, ...]
    near: tuple[int, int, int] | None  # two features and the words between; below 0: in this order
    verdict: int  # PROVED or ASK


Runs = list[tuple[str, ...]]


class Form(NamedTuple):
    """`features[i]` with `places[i]` ≥ 0 has the words of that place instead of its own.

    `is_plain`: the features are just the places in their order, in any zone. `is_spanned`: the places
    of the features of the true cases are all that the spans are made of.
    """

    features: tuple[Feature, ...]
    places: tuple[int, ...]
    choices: tuple[Choice, ...]
    is_plain: bool
    is_spanned: bool

    def feature(self, index: int, runs: Runs) -> Feature:
        """A feature as it is with these words in the places."""
        feature, place = self.features[index], self.places[index]
        return feature if place < 0 else Feature(Kind.RUN, runs[place], feature.zone)


def form_of(text: str, share: Share, packs: TermPacks = PACKS) -> tuple[Form, Runs]:
    """A query's form, and the runs of words that are in its places.

    Raises:
        QueryError: the query cannot be understood or names a date.
    """
    parts = _PLAIN.split(text) if len(text) <= _CHARS_MAX else []
    if len(parts) > 1:
        runs = [
            tuple(part.strip('"').lower().split()) if part.isascii() else unstemmed(part).terms for part in parts[1::2]
        ]
        form = _form_between(tuple(parts[::2]), packs) if max(map(len, runs)) <= RUN_WORDS_MAX else None
        if form is not None:
            return form, runs
    query = parse(text, packs)
    refuse_dates(query)
    return _indexed(cases_of(query.root, share)), []


@lru_cache(maxsize=_FORMS_MAX)
def _form_between(between: tuple[str, ...], packs: TermPacks) -> Form | None:
    """The form of what stands between plain words; None if it has none without them."""
    if not all(map(str.isascii, between)):
        return None
    places = [f"{_PLACE}{number}" for number in range(len(between) - 1)]
    text = "".join(chain.from_iterable(zip_longest(between, places, fillvalue="")))
    try:
        query = parse(text, packs)
        refuse_dates(query)
    except QueryError:
        return None
    form = _indexed(cases_of(query.root, lambda _: 0.5))
    numbers: dict[tuple[str, ...], int] = {(place,): number for number, place in enumerate(places)}
    found = tuple(numbers.get(feature.words, -1) if feature.kind is Kind.RUN else -1 for feature in form.features)
    for feature, place in zip(form.features, found, strict=True):
        if place < 0 and any(_PLACE in word for word in feature.words):
            return None
    is_plain = found == tuple(range(len(places))) and not any(feature.zone for feature in form.features)
    return form._replace(places=found, is_plain=is_plain)


def _indexed(cases: Cases) -> Form:
    index: dict[Feature, int] = {}
    choices = tuple([_choice(case, index) for case in cases])
    is_spanned = all(map(_is_spanned, cases))
    return Form(tuple(index), (-1,) * len(index), choices, is_plain=False, is_spanned=is_spanned)


def _choice(case: Case, index: dict[Feature, int]) -> Choice:
    has = tuple([index.setdefault(feature, len(index)) for feature in case.has])
    lacks = tuple([index.setdefault(feature, len(index)) for feature in case.lacks])
    near = None
    if case.proved and case.near is not None:
        words = -case.near.words if case.near.ordered else case.near.words
        near = index[case.near.left], index[case.near.right], words
    return Choice(has, lacks, near, PROVED if case.proved else ASK)


def _is_spanned(case: Case) -> bool:
    return case.proved and case.near is None and all(feature.kind in _SPANNED for feature in case.has)
