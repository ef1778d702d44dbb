"""Where a value came from, so that a fault in it can be told by file and line, or by variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from config.document import Document
from config.locate import KeyPath
from config.problems import Problem
from config.schema import CALLED_BY, CHANNEL, LISTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The document and the environment, joined: `tree` is the one with the other laid over it."""

    document: Document
    tree: dict[str, Any]
    variables: Mapping[KeyPath, str] = field(default_factory=dict)

    def problem(self, path: KeyPath, what: str, hint: str = "", excerpt: str = "") -> Problem:
        """A fault in the value at `path`; where nothing stands there, at what encloses it."""
        variable = self.variables.get(path)
        return Problem(
            place=self.document.place if variable is None else variable,
            line=self._line(path) if variable is None else None,
            key=key_label(path, self.tree),
            what=what,
            hint=hint,
            excerpt=excerpt,
        )

    def _line(self, path: KeyPath) -> int | None:
        for length in range(len(path), 0, -1):
            line = self.document.lines.get(path[:length])
            if line is not None:
                return line
        return None


def key_label(path: KeyPath, tree: Mapping[str, Any]) -> str:
    """`[polling] interval_s`, `[[rule]] "battery" query`, `[channel.desk] kind`."""
    match path:
        case (str() as table,):
            return f"[{table}]"
        case (str() as table, int() as index, *rest) if table in LISTS:
            return " ".join([f"[[{table}]]", *_quoted_name(tree, table, index), *_dotted(rest)])
        case (str() as table, str() as name, *rest) if table == CHANNEL:
            return " ".join([f"[{CHANNEL}.{name}]", *_dotted(rest)])
        case (str() as table, *rest):
            return " ".join([f"[{table}]", *_dotted(rest)])
    return ""


def _dotted(rest: list[str | int]) -> list[str]:
    """A key within its table; an index into a list of values adds nothing to the line."""
    names = [part for part in rest if isinstance(part, str)]
    return [".".join(names)] if names else []


def _quoted_name(tree: Mapping[str, Any], table: str, index: int) -> list[str]:
    try:
        name = tree[table][index][CALLED_BY.get(table, "name")]
    except (KeyError, IndexError, TypeError):
        return []
    return [f'"{name}"'] if isinstance(name, str) and name else []
