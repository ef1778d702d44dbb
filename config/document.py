"""The configuration file as text: read within bounds, parsed, every key's line known."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.locate import KeyPath, lines_of
from config.problems import ConfigError, Problem

FILE_BYTES_MAX = 1_000_000
NESTING_MAX = 16

_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
# The parser names a table by its key path, as a tuple: ('channel', 'desk').
_TUPLE = re.compile(r"\('([^)]*?)',?\)")
QUOTED_COMMA = "', '"
_HINTS = (
    ("Expected '=' after a key", "A setting is written key = value."),
    ("Invalid value", 'Text stands in quotes (key = "value"), yes and no are true and false.'),
    ("Invalid statement", "A line is a setting (key = value), a [table], a [[list entry]] or a # comment."),
    (
        "Expected newline or end of document after a statement",
        "A query that holds quotes goes in single ones: query = '\"blade battery\"'.",
    ),
    ("Illegal character '\\n'", "The closing quote is missing on this line."),
    ("Unterminated string", "The closing quote is missing."),
    ("Unescaped '\\'", "Text with backslashes goes in single quotes."),
    ("Unclosed array", "The closing ] is missing."),
    ("Cannot declare", "This name stands twice: each table is written once."),
    ("Cannot overwrite a value", "This key stands twice: each is written once."),
    ("Cannot mutate immutable", "An inline table { … } is whole where it is written; nothing is added later."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A parsed file. `place` is its name as given; paths in it are relative to `folder`.

    Without a file: empty, and `folder` is the working directory.
    """

    path: Path | None
    place: str
    folder: Path
    tree: dict[str, Any] = field(default_factory=dict)
    lines: dict[KeyPath, int] = field(default_factory=dict)


def read_document(path: Path | None) -> Document:
    """The file at `path`, or an empty document where that is None. Raises ConfigError."""
    if path is None:
        return Document(path=None, place="(no configuration file)", folder=Path.cwd())
    text = _read_text(path)
    tree = _parse(path, text)
    if _nesting(tree) > NESTING_MAX:
        raise ConfigError([Problem(place=str(path), what=f"is nested more than {NESTING_MAX} deep.")])
    return Document(path=path, place=str(path), folder=path.parent.resolve(), tree=tree, lines=lines_of(text))


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise _refused(path, "there is no such file.", "`wirewatch init` writes one to begin with.") from None
    except OSError as err:
        raise _refused(path, f"cannot be read: {err.strerror}.") from err
    if len(raw) > FILE_BYTES_MAX:
        raise _refused(path, f"is larger than {FILE_BYTES_MAX:,} bytes, so it is hardly a configuration file.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = raw.count(b"\n", 0, err.start) + 1
        problem = Problem(place=str(path), line=line, what="is not UTF-8 here.", hint="Save the file as UTF-8.")
        raise ConfigError([problem]) from None


def _refused(path: Path, what: str, hint: str = "") -> ConfigError:
    return ConfigError([Problem(place=str(path), what=what, hint=hint)])


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        raise ConfigError([_syntax_problem(path, text, str(err))]) from None
    except RecursionError:
        raise _refused(path, f"is nested more than {NESTING_MAX} deep.") from None


def _syntax_problem(path: Path, text: str, message: str) -> Problem:
    """The parser's message says where in words; a document's end is put at its last line."""
    found = _AT.search(message)
    line, column = text.count("\n") + 1, None
    if found and found[1]:
        line, column = int(found[1]), int(found[2])
    said = message[: found.start()] if found else message
    said = _TUPLE.sub(lambda name: f"[{name[1].replace(QUOTED_COMMA, '.')}]", said)
    hint = next((hint for words, hint in _HINTS if words in said), "")
    return Problem(place=str(path), line=line, column=column, what=f"{said}.", hint=hint)


def _nesting(tree: object) -> int:
    """How deep tables and arrays lie in one another; stops counting just beyond the limit."""
    depth, level = 0, [tree]
    while level and depth <= NESTING_MAX:
        inner = [child for node in level for child in _children(node)]
        level = [child for child in inner if isinstance(child, dict | list)]
        depth += 1
    return depth


def _children(node: object) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []
