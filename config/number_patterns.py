"""Regular expressions that find a release's number in its address, bounded so that no address takes long. Pure."""

from __future__ import annotations

import re

from config.problems import MisspeltError

PATTERN_CHARS_MAX = 200
# An address is searched in time that grows with its length to the power of this and one more.
REPEATS_MAX = 2

_ESCAPED = re.compile(r"\\.", re.DOTALL)
_CLASS = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]", re.DOTALL)
_REPEAT = re.compile(r"[*+]|\{\d*,\d*\}")
_EXACT = re.compile(r"\{\d+\}|\?")


def checked(text: str) -> str:
    """The pattern itself: one group in brackets is the number. Raises MisspeltError where it cannot be used."""
    if len(text) > PATTERN_CHARS_MAX:
        raise MisspeltError(f"has more than {PATTERN_CHARS_MAX} characters.", text[:60], 0)
    try:
        compiled = re.compile(text)
    except (re.error, OverflowError, RecursionError) as err:
        at = getattr(err, "pos", None) or 0
        raise MisspeltError(f"is no regular expression: {getattr(err, 'msg', err)}.", text, at) from None
    _check_repeats(text)
    if compiled.groups != 1:
        hint = "One pair of brackets stands around the number, as in /release/(\\d+); (?:…) only groups."
        raise MisspeltError(f"has {compiled.groups or 'no'} groups in brackets.", text, 0, hint)
    return text


def _check_repeats(text: str) -> None:
    at = repeats = 0
    closed = False
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2].isdigit() and text[at + 1] != "0":
            raise MisspeltError("refers back to a group, which can take very long.", text, at)
        if text.startswith(("(?=", "(?!", "(?<", "(?P=", "(?("), at):
            raise MisspeltError("looks around, which is not allowed here.", text, at, "Write what stands there itself.")
        whole = _ESCAPED.match(text, at) or _CLASS.match(text, at)
        repeat = _REPEAT.match(text, at)
        if repeat is not None:
            repeats += 1
            if closed:
                raise MisspeltError(
                    "repeats a group, which can take very long.", text, at, "Repeat a single sign or [class]."
                )
            if repeats > REPEATS_MAX:
                hint = "Write {3} for a number of signs that is known."
                raise MisspeltError(f"has more than {REPEATS_MAX} repeats without a fixed number.", text, at, hint)
        elif closed and (exact := _EXACT.match(text, at)) and exact[0] != "?":
            raise MisspeltError(
                "repeats a group, which can take very long.", text, at, "Repeat a single sign or [class]."
            )
        closed = text[at] == ")" and whole is None
        token = whole or repeat or _EXACT.match(text, at)
        at = token.end() if token else at + 1
