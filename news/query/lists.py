"""Lists of queries as people keep them for web alerts: one a line, `#` before a remark.

What such lists say in another way is written in ours; what cannot be said here is refused with a
hint. Nothing within quotation marks is touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from news.query.errors import QueryError
from news.query.packs import Packs
from news.query.parser import parse, refuse_dates
from news.query.tree import Query

LINES_MAX = 10_000
NAME_CHARS_MAX = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A query of a list. `line` counts from 1; `query` is in our spelling; `name` is unique in the list."""

    line: int
    name: str
    query: Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A line that cannot be taken over: what is wrong, pointed at, and how to mend it."""

    line: int
    reason: str


_QUOTED = re.compile(r'"[^"]*"|“[^”]*”|«[^»]*»|„[^“”]*[“”]')
_FIELD = re.compile(r"\b(all)?(intitle|intext|site|inurl|filetype|location|source)\s*:\s*", re.IGNORECASE)
_AROUND = re.compile(r"\bAROUND\s*\(\s*(\d{1,3})\s*\)")
_NAMES = {"intitle": "headline", "intext": "body", "location": "place"}
_CANNOT = {
    "site": "web sites are no part of a query: name the wire (wire:SLUG), or add the site as a source",
    "source": "web sites are no part of a query: name the wire (wire:SLUG), or add the site as a source",
    "inurl": "addresses are not searched: look into the headline (headline:…) or name the wire (wire:SLUG)",
    "filetype": "releases have no file type: leave it out",
}


def read_list(text: str, packs: Packs | None = None) -> list[Listed | Refused]:
    """Each line that holds a query, in order; at most `LINES_MAX` lines are read. `packs` as for `parse`."""
    taken: set[str] = set()
    found: list[Listed | Refused] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines()[: LINES_MAX + 1], 1):
        if not (written := line.strip()) or written.startswith("#"):
            continue
        if number > LINES_MAX:
            found.append(Refused(line=number, reason=f"a list has at most {LINES_MAX:,} lines: cut it in two"))
            break
        found.append(_line(number, written, taken, packs))
    return found


def _line(number: int, written: str, taken: set[str], packs: Packs | None) -> Listed | Refused:
    refused = next(_refusals(written), None)
    if refused is not None:
        return Refused(line=number, reason=refused)
    ours = ours_of(written)
    try:
        query = parse(ours, packs)
        refuse_dates(query)
    except QueryError as error:
        return Refused(line=number, reason=error.pointed(ours))
    return Listed(line=number, name=_name(written, taken), query=query)


def _refusals(written: str) -> Iterator[str]:
    for part in _unquoted(written):
        for match in _FIELD.finditer(part):
            reason = _CANNOT.get(match[2].lower())
            if reason is not None:
                yield f"{match[2].lower()}: {reason}"


def ours_of(written: str) -> str:
    """The query of a web alert in our spelling: `intitle:x` is `headline:x`, `AROUND(3)` is `NEAR/3`."""
    parts: list[str] = []
    done = 0
    for quoted in (*_QUOTED.finditer(written), None):
        stop = quoted.start() if quoted else len(written)
        parts += [_translated(written[done:stop]), quoted[0] if quoted else ""]
        done = quoted.end() if quoted else stop
    ours = "".join(parts)
    # `allintitle:` is of all that follows it.
    before, all_in, after = ours.partition("\0")
    if not all_in:
        return ours
    name, _, rest = after.partition("\0")
    return f"{before}{name}:({rest.replace(chr(0), ' ')})"


def _translated(part: str) -> str:
    part = _AROUND.sub(r"NEAR/\1", part)
    return _FIELD.sub(_named, part)


def _named(match: re.Match[str]) -> str:
    name = _NAMES.get(match[2].lower(), match[2].lower())
    return f"\0{name}\0" if match[1] else f"{name}:"


def _unquoted(written: str) -> list[str]:
    return _QUOTED.split(written)


def _name(written: str, taken: set[str]) -> str:
    """The query itself, shortened, with a number where that name is taken."""
    whole = " ".join("".join(c if c.isprintable() else " " for c in written).split())
    stem = whole if len(whole) <= NAME_CHARS_MAX else f"{whole[: NAME_CHARS_MAX - 1].rstrip()}…"
    name, n = stem, 1
    while name.casefold() in taken:
        n += 1
        name = f"{stem} ({n})"
    taken.add(name.casefold())
    return name
