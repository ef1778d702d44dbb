"""docs/archive.md tells the figures of the program."""

from __future__ import annotations

from pathlib import Path

from storage.ranking import AMONG_MAX, OPENING, OPENING_TERMS, WEIGHTS
from storage.search import EXAMINED_MAX
from storage.summary import CAP
from wirewatch.web.api import SEARCH_S

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "archive.md").read_text(encoding="utf-8")


def test_figures_are_those_of_the_program() -> None:
    flat = " ".join(DOCUMENT.split())
    headline, subtitle, dateline, body = list(WEIGHTS.values())[:4]
    told = f"a word in the headline counts {headline:g}, in a subtitle {subtitle:g}, in the dateline {dateline:g}, "
    assert f"{told}in the body {body:g} and {OPENING:g} more in its first sixty words, in the boilerplate 0.5" in flat
    assert (OPENING_TERMS, AMONG_MAX, CAP) == (60, 1_000, 1_000)
    assert f"ends after five seconds or {EXAMINED_MAX:,} releases looked at" in flat
    assert SEARCH_S == 5
