"""Times as a newsroom writes them, told by an example of letters: `DD.MM.YYYY HH:mm`. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from config.problems import MisspeltError

FORMAT_CHARS_MAX = 60

_TOKENS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short_year>\d{2})",
    "MMMM": r"(?P<named_month>[^\W\d_]{3,12})\.?",
    "MMM": r"(?P<named_month>[^\W\d_]{3,12})\.?",
    "MM": r"(?P<month>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{2})(?:st|nd|rd|th)?",
    "D": r"(?P<day>\d{1,2})(?:st|nd|rd|th)?",
    "HH": r"(?P<hour>\d{2})",
    "H": r"(?P<hour>\d{1,2})",
    "hh": r"(?P<hour>\d{2})",
    "h": r"(?P<hour>\d{1,2})",
    "mm": r"(?P<minute>\d{2})",
    "ss": r"(?P<second>\d{2})",
    "A": r"(?P<half>[ap]\.?\s?m\.?)",
    "Z": r"\(?(?P<zone>[+-]\d{2}:?\d{2}|[A-Za-z]{1,5})\)?",
    "dddd": r"[^\W\d_]{2,12}\.?",
}
_PART = re.compile(r"dddd|YYYY|YY|MMMM|MMM|MM|M|DD|D|HH|H|hh|h|mm|ss|A|Z")
_LITERAL = re.compile(r"'([^']*)'")
_LETTER = re.compile(r"[A-Za-z]+")
_LETTERS = "YYYY MM DD HH hh mm ss A Z, MMMM for a month's name, dddd for a day's"


@lru_cache(maxsize=512)
def compiled(text: str) -> re.Pattern[str]:
    """The pattern that finds such a time, its parts as named groups; raises MisspeltError where the format is none."""
    if len(text) > FORMAT_CHARS_MAX:
        raise MisspeltError(f"has more than {FORMAT_CHARS_MAX} characters.", text, 0)
    at, pattern, seen = 0, "", set[str]()
    while at < len(text):
        literal, part = _LITERAL.match(text, at), _PART.match(text, at)
        if literal:
            pattern += re.escape(literal[1])
        elif part:
            names = set(re.findall(r"\?P<(\w+)>", _TOKENS[part[0]]))
            if names & seen:
                raise MisspeltError(f"says twice what {part[0]} says.", text, at)
            seen |= names
            pattern += _TOKENS[part[0]]
        elif letters := _LETTER.match(text, at):
            hint = f"A word stands in single quotes: '{letters[0]}'. The letters are {_LETTERS}."
            raise MisspeltError(f"holds {letters[0]}, which stands for nothing.", text, at, hint)
        else:
            pattern += r"\s*" if text[at].isspace() else re.escape(text[at])
        at = (literal or part).end() if literal or part else at + 1  # type: ignore[union-attr]
    _check_whole(text, seen)
    return re.compile(rf"(?<!\d){pattern}(?!\d)", re.IGNORECASE)


def checked(text: str) -> str:
    compiled(text)
    return text


def _check_whole(text: str, seen: set[str]) -> None:
    for names, letters in (
        ({"year", "short_year"}, "YYYY"),
        ({"month", "named_month"}, "MM"),
        ({"day"}, "DD"),
    ):
        if not names & seen:
            raise MisspeltError(f"has no {letters}.", text, len(text), f"The letters are {_LETTERS}.")
    if ("minute" in seen or "half" in seen) and "hour" not in seen:
        raise MisspeltError("has no HH.", text, len(text), f"The letters are {_LETTERS}.")
    if "hour" in seen and "minute" not in seen:
        raise MisspeltError("has hours and no minutes.", text, len(text), "The letters of a time are HH:mm.")
