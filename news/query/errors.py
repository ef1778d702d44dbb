"""The one error of the query language, written for people who do not program."""

from __future__ import annotations

import unicodedata


class QueryError(ValueError):
    """A query cannot be understood.

    `column` counts characters of the query from 1; `hint` says how to mend it, or is empty.
    """

    def __init__(self, message: str, column: int, hint: str = "") -> None:
        super().__init__(message, column, hint)
        self.message = message
        self.column = column
        self.hint = hint

    def __str__(self) -> str:
        told = f"column {self.column}: {self.message}"
        return f"{told} ({self.hint})" if self.hint else told

    def pointed(self, query: str) -> str:
        """The query with a caret under the offending column, then what is wrong.

        A long query is cut to the 78 characters around the column. Characters that a terminal
        would obey are shown as spaces.
        """
        at = self.column - 1
        first = max(0, at - 60)
        line = "".join(c if c.isprintable() else " " for c in query[first : first + 78])
        under = "".join("\u3000" if _is_wide(c) else " " for c in line[: at - first])
        return f"{line}\n{under}^\n{self.message}" + (f"\n{self.hint}" if self.hint else "")


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"
