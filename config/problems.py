"""What can be wrong with a configuration, told so that it can be put right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

SUGGESTION_CUTOFF = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault: where it stands, what is wrong, what was probably meant.

    `place` is the file as the caller named it, or the environment variable. `line` and `column`
    count from 1. `key` is written as the file writes it: `[polling] interval_s`. `excerpt` is shown
    below: a query, and a caret under the column where it goes wrong.
    """

    place: str
    what: str
    line: int | None = None
    column: int | None = None
    key: str = ""
    hint: str = ""
    excerpt: str = ""

    def __str__(self) -> str:
        numbers = [str(number) for number in (self.line, self.column) if number is not None]
        place = ":".join([self.place, *numbers])
        sentence = " ".join(part for part in (self.key, self.what, self.hint) if part)
        shown = "".join(f"\n    {line}" for line in self.excerpt.splitlines())
        return f"{place}: {sentence}{shown}"


class MisspeltError(ValueError):
    """A text that goes wrong at one of its signs; raised where a value is checked, and told with a caret below it."""

    def __init__(self, what: str, text: str, at: int, hint: str = "") -> None:
        self.hint = hint
        self.excerpt = f"{_in_line(text)}\n{' ' * at}^"
        super().__init__(what)


def _in_line(text: str) -> str:
    """Each sign in one column, so that the caret stands below the right one."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


class ConfigError(Exception):
    """The configuration cannot be used. `problems` holds every fault found, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean interval_s?`, or nothing where no known word is near."""
    by_folded = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), by_folded, n=1, cutoff=SUGGESTION_CUTOFF)
    return f"Did you mean {by_folded[near[0]]}?" if near else ""


def known_words(known: Iterable[str]) -> str:
    """`Known: a, b, c.`, cut short where there are many."""
    words = list(known)
    if not words:
        return ""
    shown = ", ".join(words[:SHOWN_MAX])
    return f"Known: {shown}{' …' if len(words) > SHOWN_MAX else ''}."


SHOWN_MAX = 12
