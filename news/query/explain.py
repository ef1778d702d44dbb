"""Why a query is true of a release, or is not: each clause with what it found, or what it lacked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from news.alert import MatchedText
from news.document import Document, document
from news.query.evaluate import spans_of
from news.query.operators.atleast import AtLeast, apart
from news.query.operators.dates import Dated
from news.query.operators.exact import Exact
from news.query.operators.first import First
from news.query.operators.metadata import Metadata
from news.query.operators.near import Near
from news.query.operators.negation import Not
from news.query.operators.pack import Pack
from news.query.operators.phrase import Phrase
from news.query.operators.prefix import Prefix
from news.query.operators.word import Word
from news.query.operators.zone import InZone
from news.query.reasons import Reasons
from news.query.tree import Clause, Hits, Query, Windows
from news.release import Release

_SHOWN_MAX = 5
_TEXT_CHARS_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One clause. `found` made it true; `why` says what a false one lacked, or is empty.

    `clause` is in canonical spelling. Metadata, dates and NOT are true without anything found. The
    part of a true NOT is false, and the other way round.
    """

    clause: str
    true: bool
    found: tuple[MatchedText, ...] = ()
    why: str = ""
    parts: tuple[Explained, ...] = ()

    def lines(self, depth: int = 0) -> Iterator[str]:
        """For people: one line a clause, its parts indented below it."""
        told = _told(self.found) if self.true else self.why
        own = "" if self.true and self.parts else told
        yield f"{'  ' * depth}{'✓' if self.true else '✗'} {self.clause}{f' – {own}' if own else ''}"
        for part in self.parts:
            yield from part.lines(depth + 1)

    def told(self) -> dict[str, Any]:
        """For programs."""
        return {
            "clause": self.clause,
            "true": self.true,
            "found": [list(text) for text in self.found],
            "why": self.why or None,
            "parts": [part.told() for part in self.parts],
        }


def _told(found: tuple[MatchedText, ...]) -> str:
    shown = [f"{text.zone.value} “{_short(text.text)}”" for text in found[:_SHOWN_MAX]]
    if len(found) > _SHOWN_MAX:
        shown.append(f"and {len(found) - _SHOWN_MAX} more")
    return ", ".join(shown)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TEXT_CHARS_MAX else f"{line[: _TEXT_CHARS_MAX - 1]}…"


def explain(query: Query, asked: Release | Document) -> Explained:
    """The query's clauses as a tree; its root is true exactly when `evaluate` finds a match."""
    ready = asked if isinstance(asked, Document) else document(asked)
    return _Explainer(ready).clause(query.root, ready.whole())


class _Explainer:
    def __init__(self, asked: Document) -> None:
        self._document = asked
        self._reasons = Reasons(asked)

    def clause(self, clause: Clause, windows: Windows) -> Explained:
        hits = clause.spans(self._document, windows)
        within = clause.windows(self._document) if isinstance(clause, InZone | First) else windows
        inner = () if isinstance(clause, Pack) else clause.parts()
        parts = tuple(self.clause(part, within) for part in inner)
        return Explained(
            clause=clause.printed(),
            true=hits is not None,
            found=self._found(hits or []),
            why=self._why(clause, within) if hits is None else "",
            parts=parts,
        )

    def _found(self, hits: Hits) -> tuple[MatchedText, ...]:
        text = self._document.release.zone
        return tuple(
            MatchedText(s.zone, s.start, s.end, text(s.zone)[s.start : s.end]) for s in spans_of(self._document, hits)
        )

    def _why(self, clause: Clause, windows: Windows) -> str:  # noqa: PLR0911 - one line for each kind of clause
        """What a false clause lacked; where its parts tell it, nothing."""
        match clause:
            case Word() | Phrase() | Exact() | Prefix():
                return self._reasons.words(clause, windows)
            case Pack(clause=inner):
                return f"none of its {max(1, len(inner.parts()))} variants is there"
            case Near():
                return self._reasons.near(clause, windows)
            case AtLeast(clause=inner):
                count = apart(inner.spans(self._document, windows) or [])
                return f"only {count} time{'s' * (count != 1)}" if count else ""
            case Metadata() | Dated():
                return self._reasons.metadata(clause)
            case Not():
                return "it is there"
            case InZone() | First():
                return "" if any(window.first < window.stop for window in windows) else "it is empty"
            case _:
                return ""
