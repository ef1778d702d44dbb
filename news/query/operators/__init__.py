"""Every form of the query language: one file each, one line here."""

from __future__ import annotations

from news.query.operators import (
    atleast,
    conjunction,
    dates,
    disjunction,
    exact,
    first,
    metadata,
    near,
    negation,
    pack,
    phrase,
    prefix,
    word,
    zone,
)
from news.query.tree import Operator

OPERATORS: dict[str, Operator] = {
    "word": word.OPERATOR,
    "phrase": phrase.OPERATOR,
    "exact": exact.OPERATOR,
    "prefix": prefix.OPERATOR,
    "pack": pack.OPERATOR,
    "and": conjunction.OPERATOR,
    "or": disjunction.OPERATOR,
    "not": negation.OPERATOR,
    "near": near.OPERATOR,
    "zone": zone.OPERATOR,
    "first": first.OPERATOR,
    "atleast": atleast.OPERATOR,
    "metadata": metadata.OPERATOR,
    "dates": dates.OPERATOR,
}
