"""How many of another parser's own feed cases come out as they should: each states what it expects in a comment.

    python -m tests.ingest.feed_cases [FOLDER] [--all]

lists those that do not and counts them, feedparser's beside ours in the same run. Of a case that speaks of other things
than the fields that a row is made of nothing is said, but it must not raise.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser

from ingest.dates import parse_stamp
from ingest.feed_items import Feed, FeedItem, Link, Person, Text
from ingest.feeds import read_items
from ingest.page import Page
from ingest.snippets import one_line, plain_text

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "feeds" / "feedparser"
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
_FIELDS = """title title_detail link links id guid guidislink published published_parsed updated updated_parsed created
created_parsed date date_parsed issued modified summary summary_detail description content author author_detail
authors enclosures"""
FIELDS = frozenset(_FIELDS.split())
_EXPECT = re.compile(rb"Expect:\s*(.+?)\s*(?:\n|-->)")
_HEADER = re.compile(rb"Header:\s*([\w-]+)\s*:\s*(.+?)\s*\n")
_KEY = re.compile(r"entries\[\d+\](?:\['(\w+)'\]|\.(\w+))")


@dataclass(frozen=True, slots=True)
class Case:
    path: Path
    body: bytes
    expects: str
    base: str
    content_type: str

    @property
    def in_scope(self) -> bool:
        keys = {bracketed or dotted for bracketed, dotted in _KEY.findall(self.expects)}
        return bool(keys) and keys <= FIELDS and "feed" not in re.sub(r"'[^']*'", "", self.expects)

    @property
    def page(self) -> Page:
        return Page(self.base, self.body, self.content_type, NOW)


class Said(dict[str, Any]):
    """A dictionary that answers to attributes, too, as feedparser's do."""

    def __getattr__(self, name: str) -> Any:
        return self[name]


class Told(str):
    """A string that equals another if they say the same to a reader, whatever became of the markup."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and (str(self) == other or _read(str(self)) == _read(other))

    __hash__ = str.__hash__


def _read(markup: str) -> str:
    return one_line(plain_text(markup))


def cases(folder: Path) -> Iterator[Case]:
    for path in sorted(folder.rglob("*.xml")):
        body = path.read_bytes()
        plain = body.replace(b"\0", b"")
        found = _EXPECT.search(plain)
        if found is None:
            continue
        headers = {name.lower(): value.decode() for name, value in _HEADER.findall(plain[: found.start() + 2_000])}
        base = headers.get(b"content-location") or f"http://127.0.0.1:8097/{path.relative_to(folder)}"
        kind = headers.get(b"content-type", "application/xml")
        yield Case(path, body, found[1].decode("utf-8", "replace").removesuffix("-->").strip(), base, kind)


def holds(case: Case, entries: list[Said], *, bozo: bool = False) -> bool:
    """Whether what the case expects is so."""
    names = {"entries": entries, "bozo": bozo, "__builtins__": {"len": len, "None": None, "True": True, "False": False}}
    try:
        return bool(eval(re.sub(r"^not bozo\s+and\s+", "", case.expects), names))  # noqa: S307 - a test's own data
    except (KeyError, IndexError, TypeError, AttributeError, NameError, SyntaxError):
        return False


def ours(case: Case) -> list[Said]:
    feed = read_items(case.page)
    return [_entry(item) for item in feed.items] if isinstance(feed, Feed) else []


def _entry(item: FeedItem) -> Said:
    summary = item.summary if item.summary.value else (item.content or (Text(""),))[0]
    said = Said(
        title=Told(item.title.value),
        title_detail=_detail(item.title),
        link=item.link,
        links=[_link(link) for link in item.links],
        id=item.guid,
        guid=item.guid,
        guidislink=item.guid_is_link,
        summary=Told(summary.value),
        description=Told(summary.value),
        summary_detail=_detail(summary),
        content=[_detail(text) for text in item.content],
        enclosures=[_link(link) for link in item.enclosures],
    )
    for key, text in (("published", item.published), ("updated", item.updated), ("created", item.created)):
        if text:
            said[key] = text
            said[f"{key}_parsed"] = _parsed(text)
    said["date"] = item.updated or item.published
    said["date_parsed"] = _parsed(said["date"])
    if item.authors:
        said["authors"] = [_person(person) for person in item.authors]
        said["author_detail"] = said["authors"][0]
        said["author"] = _named(item.authors[0])
    return said


def _detail(text: Text) -> Said:
    kinds = ("text/html", "application/xhtml+xml") if text.markup else ("text/plain",)
    return Said(value=Told(text.value), type=_OneOf(kinds), base=None, language=text.language or None)


class _OneOf(tuple[str, ...]):
    """A media type: HTML and XHTML are one here."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return other in tuple(self)

    __hash__ = tuple.__hash__


class _AtLeast(Said):
    """Equal to what says nothing else."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and all(self.get(key) == value for key, value in other.items())

    __hash__ = None  # type: ignore[assignment]


def _link(link: Link) -> Said:
    told = {"href": link.url, "rel": link.rel, "type": link.kind, "length": link.bytes_said, "title": link.title}
    return _AtLeast({key: value for key, value in (told | {"url": link.url}).items() if value})


def _person(person: Person) -> Said:
    told = {"name": person.name, "email": person.email, "href": person.url, "url": person.url}
    return Said({key: value for key, value in told.items() if value})


def _named(person: Person) -> str:
    if person.name and person.email:
        return f"{person.name} ({person.email})"
    return person.name or person.email


def _parsed(text: str) -> tuple[int, ...] | None:
    stamp = parse_stamp(text, default_zone="UTC")
    return tuple(stamp.at.utctimetuple()) if stamp else None


def theirs(case: Case) -> list[Any]:
    headers = {"content-type": case.content_type, "content-location": case.base}
    parsed: Any = feedparser.parse(case.body, response_headers=headers)
    return list(parsed.entries)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main(arguments: list[str]) -> None:
    folder = Path(next((each for each in arguments if not each.startswith("-")), SHARED))
    found = list(cases(folder))
    judged = [case for case in found if case.in_scope]
    began = time.process_time()
    read = [(case, ours(case)) for case in found]
    ours_s = time.process_time() - began
    by_path = {case.path: entries for case, entries in read}
    missed = [case for case in judged if not holds(case, by_path[case.path])]
    began = time.process_time()
    others = {case.path: theirs(case) for case in found}
    theirs_s = time.process_time() - began
    for case in missed:
        _say(f"{case.path.relative_to(folder)}: {case.expects[:300]}")
        if "--all" in arguments:
            shown = [{k: v for k, v in entry.items() if k in case.expects} for entry in by_path[case.path][:2]]
            _say(f"    {shown}")
    beside = sum(holds(case, others[case.path]) for case in judged)
    well = len(judged) - len(missed)
    _say(f"{well} of {len(judged)} ({well / max(1, len(judged)):.3f}); feedparser {beside}")
    _say(f"{len(found)} cases read in {ours_s:.2f} s; by feedparser in {theirs_s:.2f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
