"""Cutting a query into tokens, with a tolerant hand for what keyboards and copied text bring along."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from enum import StrEnum
from typing import NamedTuple

from news.query.errors import QueryError
from news.query.operators import OPERATORS
from news.query.operators.prefix import LETTERS_MIN, is_long_enough
from news.query.packs import NAME
from news.query.phrases import PHRASE_CHARS_MAX
from news.query.tree import Operator
from news.stemming import UNSTEMMED
from news.text import analyze, is_unspaced

QUERY_CHARS_MAX = 20_000
TERMS_MAX = 1_000
_COUNT_DIGITS_MAX = 6
_WORD_READ_MAX = PHRASE_CHARS_MAX + 20  # what is longer is refused; an operator may stand within what is not

NAMED: dict[str, Operator] = {name: operator for operator in OPERATORS.values() for name in operator.names}
INFIXES: dict[str, Operator] = {infix: operator for operator in OPERATORS.values() for infix in operator.infixes}

_CLOSERS = {
    '"': '"”“„＂',
    "“": '”“"＂',
    "”": '”"＂',
    "„": '“”"＂',
    "＂": '＂"',
    "«": "»",
    "»": "«",
    "「": "」",
    "『": "』",
}
_QUOTES = "".join(sorted({*_CLOSERS, *"".join(_CLOSERS.values())}))
# Syntax only, one character for one, so that columns stay; full-width letters keep their form.
_SYNTAX = str.maketrans("：（）＝＊／！｜＆＋＠", ":()=*/!|&+@")
_DASHES = "-–—−－"
_NAME = re.compile(r"([A-Za-z]+)(?:/([0-9]*))?:")
_INFIX = re.compile(r"(O?NEAR)(?:/([0-9]*))?")
_WORD = re.compile(rf"[^\s(){_QUOTES}]+")
_PACK = re.compile(rf"@({NAME})(?=[\s(){_QUOTES}]|$)")
_SPACE = re.compile(r"\s+")
# What most queries are made of, read in one step; the outcome is the same.
_PLAIN = re.compile(r'\s*(?:([A-Za-z0-9]+)(?=[\s)]|$)|"([A-Za-z0-9]+(?: [A-Za-z0-9]+)*)"|([()])|(-)(?=[A-Za-z0-9"(]))')
# Operators as an input method writes them, full-width, and without spaces beside characters that need none.
_WIDE = str.maketrans({chr(ord(c) + 0xFEE0): c for c in "ADENORT0123456789"})
_GLUED = re.compile(r"(?:[AＡ][NＮ][DＤ]|[OＯ][RＲ]|[NＮ][OＯ][TＴ]|[OＯ]?[NＮ][EＥ][AＡ][RＲ]/[0-9０-９]{1,6})")
_SURE = re.compile("[A-Za-z0-9一-鿿]")  # one of these makes a word, whatever stands beside it
_SEPARATING = re.compile(r"[、，]|and|or|not")
_NOTHING = re.compile(r"(?:\s+|[%‰$€£¥§°™®©](?=[\s)]|$))+")
_RESERVED = frozenset(("AND", "OR", "NOT", "NEAR", "ONEAR"))


class Sort(StrEnum):
    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    INFIX = "infix"
    NAME = "name"
    STATED = "stated"
    WORD = "word"
    PHRASE = "phrase"
    EXACT = "exact"
    PREFIX = "prefix"
    PACK = "pack"


_TERMS = frozenset((Sort.WORD, Sort.PHRASE, Sort.EXACT, Sort.PREFIX, Sort.STATED))
_MARKS = {"(": Sort.OPEN, ")": Sort.CLOSE, "-": Sort.NOT}
_WRITTEN_OUT = {word: Sort(word) for word in ("AND", "OR", "NOT")}


class Token(NamedTuple):
    """`column` counts from 1. `number` is that of `first/100:` or `NEAR/5`."""

    sort: Sort
    text: str
    column: int
    number: int = 0
    value: str = ""


class Scanner:
    """One pass over a query, token by token, so that nothing is read beyond the first error."""

    def __init__(self, text: str) -> None:
        if len(text) > QUERY_CHARS_MAX:
            raise QueryError(
                f"the query is longer than {QUERY_CHARS_MAX:,} characters",
                QUERY_CHARS_MAX + 1,
                "split it into several rules",
            )
        self._text = text if text.isascii() else text.translate(_SYNTAX)
        self._at = 0
        self._terms = 0
        self._glued_at = -1  # where an operator begins that stands in the middle of a word
        self.hints: list[str] = []

    def tokens(self) -> Iterator[Token]:
        while (token := self._next()) is not None:
            if token.sort in _TERMS:
                self._terms += 1
                if self._terms > TERMS_MAX:
                    raise QueryError(f"more than {TERMS_MAX:,} terms", token.column, "split it into several rules")
            yield token

    def _next(self) -> Token | None:  # noqa: PLR0911 - one for each kind of token
        if self._at >= len(self._text):
            return None
        if self._at == self._glued_at:
            return self._glued()
        plain = _PLAIN.match(self._text, self._at)
        if plain and (token := _plain(plain)):
            self._at = plain.end()
            return token
        self._pass_over()
        if self._at >= len(self._text):
            return None
        char = self._text[self._at]
        if char in "()":
            return self._mark(Sort(char), 1)
        if char in _QUOTES:
            return self._phrase()
        return self._symbol(char) or self._named() or self._word()

    def _pass_over(self) -> None:
        """Past spaces and signs that stand alone, such as the % of `10 %`."""
        start = self._at
        found = _NOTHING.match(self._text, start)
        self._at = found.end() if found else start
        sign = found[0].strip()[:1] if found else ""
        if sign:
            self.hints.append(f"column {self._text.index(sign, start) + 1}: {sign} is not searched for")

    def _mark(self, sort: Sort, length: int) -> Token:
        token = Token(sort=sort, text=self._text[self._at : self._at + length], column=self._at + 1)
        self._at += length
        return token

    def _symbol(self, char: str) -> Token | None:  # noqa: PLR0911 - one for each sign
        following = self._text[self._at + 1 : self._at + 2]
        stands_before = bool(following) and not following.isspace() and following != ")"
        if char == "|" or self._text.startswith("&&", self._at):
            return self._mark(Sort.OR if char == "|" else Sort.AND, 2 if following == char else 1)
        if char == "&" and not stands_before:
            self.hints.append(f'column {self._at + 1}: & is read as AND; for a name write it all in "quotation marks"')
            return self._mark(Sort.AND, 1)
        if char in _DASHES + "!" and stands_before and following not in _DASHES:
            return self._mark(Sort.NOT, 1)
        if char == "=":
            return self._exact()
        pack = _PACK.match(self._text, self._at)
        if pack:
            return Token(sort=Sort.PACK, text=pack[1].casefold(), column=self._mark(Sort.PACK, len(pack[0])).column)
        if char == "+" and stands_before and following != "+":
            self._at += 1
            return self._next()
        return None

    def _phrase(self) -> Token:
        column = self._at + 1
        text = self._quoted()
        if "*" in text:
            self.hints.append(f"column {column}: a * within quotation marks is not a prefix")
        _require_words(text, column)
        return Token(sort=Sort.PHRASE, text=text, column=column)

    def _quoted(self) -> str:
        """What stands between quotation marks, in single spaces and without further such marks."""
        start = self._at
        closers = _CLOSERS.get(self._text[start])
        ends = [i for c in closers or () if (i := self._text.find(c, start + 1)) >= 0]
        if not ends:
            raise QueryError(
                "this quotation mark is never closed" if closers else "this quotation mark closes nothing",
                start + 1,
                'a phrase is written "like this"',
            )
        self._at = min(ends) + 1
        inner = self._text[start + 1 : min(ends)]
        return " ".join("".join(" " if c in _QUOTES else c for c in inner).split())

    def _exact(self) -> Token:
        column = self._at + 1
        self._at += 1
        char = self._text[self._at : self._at + 1]
        word = _WORD.match(self._text, self._at)
        if char and char in _QUOTES:
            text = self._quoted()
        elif word:
            text = word[0]
            self._at = word.end()
        else:
            raise QueryError("expected a word after =", column, 'write =ACME or ="Blade Battery", without a space')
        _require_words(text, column)
        return Token(sort=Sort.EXACT, text=text, column=column)

    def _named(self) -> Token | None:
        match = _NAME.match(self._text, self._at)
        if match is None:
            return None
        column = self._at + 1
        name = match[1].lower()
        operator = NAMED.get(name)
        if operator is None:
            raise _unknown_name(match[1], self._text[match.end() :], column)
        if operator.counted != (match[2] is not None):
            raise QueryError(
                f"{name} needs a number before the colon" if operator.counted else f"{name} takes no number",
                column,
                f"such as {operator.example}",
            )
        self._at = match.end()
        count = _count(match[2], column)
        if operator.state is None:
            return Token(sort=Sort.NAME, text=name, column=column, number=count)
        return Token(sort=Sort.STATED, text=name, column=column, number=count, value=self._value(name, operator))

    def _value(self, name: str, operator: Operator) -> str:
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        if self._text[self._at : self._at + 1] in {*_QUOTES}:
            return self._quoted()
        word = _WORD.match(self._text, self._at)
        if word is None:
            hint = f"such as {operator.example}"
            if self._text[self._at : self._at + 1] == "(":
                hint = f"name them one by one: ({name}:a OR {name}:b)"
            raise QueryError(f"expected a value after {name}:", self._at + 1, hint)
        self._at = word.end()
        return word[0]

    def _word(self) -> Token:
        column = self._at + 1
        match = _WORD.match(self._text, self._at, self._at + _WORD_READ_MAX)
        text = match[0] if match else self._text[self._at]
        text = text if text.isascii() else self._parted(text)
        if not text:
            return self._glued()
        self._at += len(text)
        if text in _WRITTEN_OUT:
            return Token(sort=_WRITTEN_OUT[text], text=text, column=column)
        infix = _INFIX.fullmatch(text)
        if infix:
            return _infix(infix, column)
        if text.lower() in ("and", "or", "not") or _INFIX.fullmatch(text.upper()):
            self.hints.append(f"column {column}: {text!r} is searched for as a word; the operator is {text.upper()}")
        if "*" in text:
            return _prefix(text, column)
        _require_words(text, column)
        return Token(sort=Sort.WORD, text=text, column=column)

    def _glued(self) -> Token:
        """The operator in the middle of a word, or in full width, that is next."""
        found = _GLUED.match(self._text, self._at)
        text = found[0].translate(_WIDE) if found else ""
        column = self._at + 1
        self._at += len(text)
        infix = _INFIX.fullmatch(text)
        return _infix(infix, column) if infix else Token(sort=_WRITTEN_OUT[text], text=text, column=column)

    def _parted(self, word: str) -> str:
        """The word up to where an operator stands within it; nothing if it begins with one.

        `重庆OR成都` is three tokens: characters that need no space on one side of the operator, and on the
        other such characters or the word's end.
        """
        for found in _GLUED.finditer(word):
            if all(map(_needs_no_space, _beside(found))):
                self._glued_at = self._at + found.start()
                return word[: found.start()]
        if any(map(_parts_words, _SEPARATING.finditer(word))):
            self.hints.append(
                f"column {self._at + 1}: {word!r} is searched for as it stands; write a space for both, OR for either"
            )
        return word


def _needs_no_space(side: str) -> bool:
    return not side or side in "*@=" or is_unspaced(side)


def _parts_words(mark: re.Match[str]) -> bool:
    return all(side and is_unspaced(side) for side in _beside(mark))


def _beside(found: re.Match[str]) -> tuple[str, str]:
    """The characters on both sides, empty at the ends."""
    start, end = found.span()
    return found.string[max(0, start - 1) : start], found.string[end : end + 1]


def _plain(match: re.Match[str]) -> Token | None:
    """What `_PLAIN` found; None if there is more to say about it."""
    kind = match.lastindex or 0
    text, column = match[kind], match.start(kind) + 1
    if len(text) > PHRASE_CHARS_MAX:
        return None
    match kind:
        case 1:
            if text.upper() not in _RESERVED:
                return Token(Sort.WORD, text, column)
            return Token(_WRITTEN_OUT[text], text, column) if text in _WRITTEN_OUT else None
        case 2:
            return Token(Sort.PHRASE, text, column - 1)
        case _:
            return Token(_MARKS[text], text, column)


def _require_words(text: str, column: int) -> None:
    if len(text) > PHRASE_CHARS_MAX:
        raise QueryError(f"more than {PHRASE_CHARS_MAX} characters in one word or phrase", column, "take its beginning")
    if not _SURE.search(text) and not analyze(text, UNSTEMMED).terms:
        raise QueryError(
            "expected a word: there is no letter or digit here", column, "leave it out, or put it in a phrase"
        )


def _prefix(text: str, column: int) -> Token:
    begin = text[:-1]
    if len(text) > PHRASE_CHARS_MAX:
        raise QueryError(f"more than {PHRASE_CHARS_MAX} characters in one word or phrase", column, "take its beginning")
    if "*" in begin or not text.endswith("*"):
        star = column + text.index("*")
        raise QueryError("a * stands only at the end of a word", star, "such as batter*")
    if not is_long_enough(begin):
        raise QueryError(f"a prefix needs {LETTERS_MIN} letters or more before the *", column, "such as batter*")
    return Token(sort=Sort.PREFIX, text=begin, column=column)


def _infix(match: re.Match[str], column: int) -> Token:
    if not match[2]:
        raise QueryError(
            f"{match[1]} needs a distance in words",
            column,
            f'write {match[1]}/5 between two words; for the word itself write "{match[1].lower()}"',
        )
    return Token(sort=Sort.INFIX, text=match[1], column=column, number=_count(match[2], column))


def _count(digits: str | None, column: int) -> int:
    if digits is None:
        return 0
    if not 1 <= len(digits) <= _COUNT_DIGITS_MAX:
        raise QueryError(f"expected a number of at most {_COUNT_DIGITS_MAX} digits after /", column)
    return int(digits)


def _unknown_name(name: str, rest: str, column: int) -> QueryError:
    if rest.startswith("//"):
        return QueryError("an address must stand in quotation marks", column, f'such as "{name}://…"')
    near = get_close_matches(name.lower(), [*NAMED], 1, 0.6)
    if near:
        return QueryError(f"there is no field {name}:", column, f"did you mean {near[0]}:?")
    if name.isupper():
        return QueryError(
            f"there is no field {name}:", column, f'for a ticker write ticker:{name}:…, for the text "{name}:…"'
        )
    known = ", ".join(f"{n}:" for n in NAMED if not NAMED[n].counted)
    return QueryError(f"there is no field {name}:", column, f"one of {known}; for the text write quotation marks")
