"""Rules kept as code: each must find its samples, and leave alone those it must not find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.language import detect
from news.document import document
from news.query import Query, parse
from news.query.explain import Explained, explain
from news.query.packs import PACKS, TermPacks
from news.release import Release, ReleaseFormatError, first_paragraph
from wirewatch.given import release_given
from wirewatch.rulefiles import FileRule

_EXCERPT_CHARS_MAX = 70
_WHYS_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A sample that a rule answers wrongly. `sample` counts from 1 within its list."""

    rule: str
    where: str
    wanted: str
    sample: int
    excerpt: str
    why: str


def check(rule: FileRule, packs: TermPacks = PACKS) -> list[Failed]:
    """The samples that the rule answers wrongly; none if it does as its author says."""
    query = parse(rule.query, packs)
    return [
        *_checked(rule, query, "must_match", rule.must_match, wanted=True),
        *_checked(rule, query, "must_not_match", rule.must_not_match, wanted=False),
    ]


def _checked(
    rule: FileRule, query: Query, key: str, samples: Iterable[str | Mapping[str, Any]], *, wanted: bool
) -> Iterable[Failed]:
    for number, sample in enumerate(samples, 1):
        try:
            told = explain(query, document(_release(sample)))
            why = None if told.true == wanted else _why(told)
        except ReleaseFormatError as error:
            why = f"the sample is no release: {error}"
        if why is not None:
            yield Failed(rule=rule.name, where=rule.where, wanted=key, sample=number, excerpt=_excerpt(sample), why=why)


def _release(sample: str | Mapping[str, Any]) -> Release:
    """A text is the body of a release; where no language is stated, it is detected."""
    if isinstance(sample, str):
        return Release(
            wire="sample", headline="", body=sample, lead_span=first_paragraph(sample), language=detect(sample)
        )
    return release_given(sample)


def _why(told: Explained) -> str:
    if told.true:
        found = ", ".join(dict.fromkeys(f"“{text.text}”" for text in told.found))
        return f"it is found by {found}" if found else "it is found: nothing in the query speaks against it"
    whys = [f"{leaf.clause}: {leaf.why}" for leaf in _lacking(told)]
    return "it is not found; " + "; ".join(whys[:_WHYS_MAX])


def _lacking(told: Explained) -> list[Explained]:
    """The innermost clauses that make the whole false."""
    false = [part for part in told.parts if not part.true]
    if told.true or told.why or not false:
        return [told]
    return [leaf for part in false for leaf in _lacking(part)]


def _excerpt(sample: str | Mapping[str, Any]) -> str:
    text = sample if isinstance(sample, str) else str(sample.get("headline") or sample.get("body") or "")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _EXCERPT_CHARS_MAX else f"{line[: _EXCERPT_CHARS_MAX - 1]}…"
