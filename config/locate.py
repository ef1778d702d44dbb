"""From a key's path to its line: the standard TOML reader tells values, not where they stand."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field

KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_INDENT = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")'  # a multi-line string may end in one or two quotes of its own
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)


def lines_of(text: str) -> dict[KeyPath, int]:
    """The line (from 1) of every table, array element and key in `text`, which must be valid TOML.

    The path of an element is the key path with indices: `("source", 0, "url")`. A table that only
    exists as part of a longer name (`[a.b]`, `a.b = 1`) has the line where it was first named.
    """
    scan = _Scan(text.replace("\r\n", "\n"))
    scan.document()
    return scan.lines


@dataclass(slots=True)
class _Scan:
    text: str
    at: int = 0
    line: int = 1
    counted: int = 0
    lines: dict[KeyPath, int] = field(default_factory=dict)
    lengths: dict[KeyPath, int] = field(default_factory=dict)

    def document(self) -> None:
        table: KeyPath = ()
        while self._skip_blank():
            if self.text.startswith("[[", self.at):
                table = self._header(2)
            elif self.text[self.at] == "[":
                table = self._header(1)
            else:
                self._pair(table)

    def _skip_blank(self) -> bool:
        """Past spaces, line ends and comments; false at the end of the text."""
        self._take(_BLANK)
        return self.at < len(self.text)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise ValueError(f"not valid TOML at offset {self.at}")
        self.at = found.end()
        return found.group()

    def _note(self, path: KeyPath) -> None:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        self.lines.setdefault(path, self.line)

    def _header(self, brackets: int) -> KeyPath:
        self.at += brackets
        keys = self._dotted()
        path = self._walk((), keys[:-1])
        path = (*path, keys[-1])
        self._note(path)
        self.at += brackets
        if brackets == 1:
            return self._newest(path)
        index = self.lengths.get(path, 0)
        self.lengths[path] = index + 1
        self._note((*path, index))
        return (*path, index)

    def _walk(self, table: KeyPath, keys: list[str]) -> KeyPath:
        """Through the named tables; an array of tables stands for its newest element."""
        for key in keys:
            self._note((*table, key))
            table = self._newest((*table, key))
        return table

    def _newest(self, path: KeyPath) -> KeyPath:
        length = self.lengths.get(path)
        return path if length is None else (*path, length - 1)

    def _dotted(self) -> list[str]:
        keys = []
        while True:
            self._take(_INDENT)
            keys.append(self._key())
            self._take(_INDENT)
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def _key(self) -> str:
        if self.text[self.at] in "\"'":
            value = tomllib.loads(f"x = {self._take(_STRING)}")["x"]
            return str(value)
        return self._take(_BARE_KEY)

    def _pair(self, table: KeyPath) -> None:
        keys = self._dotted()
        path = (*self._walk(table, keys[:-1]), keys[-1])
        self._note(path)
        self.at += 1
        self._take(_INDENT)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        match self.text[self.at]:
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case '"' | "'":
                self._take(_STRING)
            case _:
                self._take(_SCALAR)

    def _array(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while self._skip_blank() and self.text[self.at] != "]":
            self._note((*path, index))
            self._value((*path, index))
            index += 1
            self._skip_comma()
        self.at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while self._skip_blank() and self.text[self.at] != "}":
            self._pair(path)
            self._skip_comma()
        self.at += 1

    def _skip_comma(self) -> None:
        self._skip_blank()
        if self.text.startswith(",", self.at):
            self.at += 1
