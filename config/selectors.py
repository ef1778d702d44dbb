"""CSS selectors as a layout names them: which can be used, and where one goes wrong. Pure.

Checked before a page is there, and more strictly than a browser would: what passes here, the reader of pages takes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from config.problems import MisspeltError, did_you_mean

SELECTOR_CHARS_MAX = 400
_NESTED_MAX = 2

_NAME = r"-?(?:[A-Za-z_]|[^\x00-\x7f]|\\[^\n\w])(?:[\w-]|[^\x00-\x7f]|\\[^\n\w])*"
_IDENT = re.compile(_NAME)
_QUOTED = r"\"(?:[^\"\\\n]|\\[^\n])*\"|'(?:[^'\\\n]|\\[^\n])*'"
_ATTRIBUTE = re.compile(rf"\[\s*{_NAME}\s*(?:[~|^$*]?=\s*(?:{_QUOTED}|{_NAME})\s*(?:[iIsS]\s*)?)?\]")
_NTH = re.compile(r"\s*(?:odd|even|[+-]?\d*n(?:\s*[+-]\s*\d+)?|[+-]?\d+)\s*", re.IGNORECASE)
_SPACE = re.compile(r"\s*")

_PLAIN = ("first-child", "last-child", "only-child", "first-of-type", "last-of-type", "only-of-type", "empty", "root")
_COUNTING = ("nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type")
_HOLDING = ("not", "is", "where", "has")
_PSEUDO = (*_PLAIN, *_COUNTING, *_HOLDING)

_PICK = re.compile(r"(?P<selector>.*?)\s*@(?P<attribute>[A-Za-z_:][\w:.-]{0,60})", re.DOTALL)
_COMMENT = re.compile(r"<!--\s*(?P<name>[A-Za-z][\w -]{0,60}?)\s*:?\s*-->")


@dataclass(frozen=True, slots=True)
class Pick:
    """What a layout takes from a page: the text of the elements, one of their attributes, or a comment's text.

    Of `<!-- NAME: text -->` the `comment` is NAME, and `selector` is empty.
    """

    selector: str
    attribute: str = ""
    comment: str = ""


@lru_cache(maxsize=4_096)
def read_pick(text: str) -> Pick:
    """`time`, `time@datetime` or `<!-- ITEMDATE: -->`; raises MisspeltError for a selector that cannot be used."""
    said = _COMMENT.fullmatch(text.strip())
    if said:
        return Pick("", comment=said["name"])
    parts = _PICK.fullmatch(text.strip())
    if parts is None:
        return Pick(checked(text))
    if not parts["selector"]:
        raise MisspeltError("has no element before the @.", text, text.index("@"), "As in time@datetime.")
    return Pick(checked(parts["selector"]), parts["attribute"])


def checked(text: str) -> str:
    """The selector itself; raises MisspeltError where it cannot be used."""
    if len(text) > SELECTOR_CHARS_MAX:
        raise MisspeltError(f"has more than {SELECTOR_CHARS_MAX} characters.", text[:60], 0)
    _Scan(text).whole()
    return text.strip()


@dataclass(slots=True)
class _Scan:
    text: str
    at: int = 0

    def whole(self) -> None:
        stripped = self.text.lstrip()
        if stripped.startswith("<"):
            raise self.slip("is HTML, not a selector.", "Write h1, .class or #id of the element instead.")
        if stripped.startswith(("/", "(/")):
            raise self.slip("is XPath, not a CSS selector.", "//div[@class='x'] is written div.x.")
        self.selectors(nested=0, end="")

    def selectors(self, *, nested: int, end: str, relative: bool = False) -> None:
        """A list with commas, up to the sign `end` (the end of the text if that is empty)."""
        needed, first = True, True
        while True:
            begun = self.at
            self.space()
            if self.at >= len(self.text) or self.text[self.at] == end:
                break
            sign = self.text[self.at]
            if sign == ",":
                needed = self.take("has nothing before this comma.", refused=needed)
                first = True
                continue
            if sign in ">+~":
                needed = self.take(f"has nothing before this {sign}.", refused=needed and not (relative and first))
            elif not needed and begun == self.at:
                raise self.slip(f"has {sign!r} where none can stand.")
            else:
                self.compound(nested)
                needed = False
            first = False
        if needed:
            raise self.slip("ends where an element should follow." if self.text.strip() else "is empty.")

    def take(self, what: str, *, refused: bool) -> bool:
        if refused:
            raise self.slip(what)
        self.at += 1
        return True

    def compound(self, nested: int) -> None:
        begun = self.at
        if self.text[self.at] == "*":
            self.at += 1
        else:
            self.match(_IDENT)
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign in "#.":
                self.at += 1
                self.named("an id" if sign == "#" else "a class")
            elif sign == "[":
                self.attribute()
            elif sign == ":":
                self.pseudo(nested)
            else:
                break
        if self.at == begun:
            raise self.slip(f"has {self.text[self.at]!r} where none can stand.")

    def named(self, what: str) -> None:
        if not self.match(_IDENT):
            raise self.slip(f"lacks the name of {what} here.", "A name begins with a letter.")

    def attribute(self) -> None:
        if self.match(_ATTRIBUTE):
            return
        closed = "]" in self.text[self.at :]
        hint = "A value with signs in it stands in quotes, as in a[href*='/news/']." if closed else "The ] is missing."
        raise self.slip("cannot be understood from this bracket on.", hint)

    def pseudo(self, nested: int) -> None:
        begun = self.at
        self.at += 1
        if self.text.startswith(":", self.at):
            raise self.slip("asks with :: for what is no element of the page.", at=begun)
        named = _IDENT.match(self.text, self.at)
        name = named[0].lower() if named else ""
        self.at += len(name)
        if name not in _PSEUDO:
            raise self.slip(f":{name} is not known here.", did_you_mean(name, _PSEUDO), at=begun)
        opened = self.text.startswith("(", self.at)
        if name in _PLAIN:
            return
        if not opened:
            raise self.slip(f"lacks what :{name} is of, in round brackets.")
        self.at += 1
        if name in _COUNTING:
            if not self.match(_NTH):
                raise self.slip(f":{name} counts: 2, odd, even or 3n+1.")
        elif nested >= _NESTED_MAX:
            raise self.slip("is nested too deep.", at=begun)
        else:
            self.selectors(nested=nested + 1, end=")", relative=name == "has")
        if not self.text.startswith(")", self.at):
            raise self.slip("lacks a closing round bracket.")
        self.at += 1

    def match(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found is not None

    def space(self) -> None:
        self.match(_SPACE)

    def slip(self, what: str, hint: str = "", at: int | None = None) -> MisspeltError:
        return MisspeltError(what, self.text, self.at if at is None else at, hint)
