"""Releases that come as files or on standard input: saved pages, plain texts, and JSON Lines."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from ingest.page import Page
from ingest.parse import parse
from ingest.wires import Roster
from news.release import Origin, Reject, Release, ReleaseFormatError
from storage.keeping import Raw
from wirewatch import clock
from wirewatch.given import release_given
from wirewatch.prepared import Incoming

STDIN = Path("-")
LINE_BYTES_MAX = 8 * 2**20
PAGE_BYTES_MAX = 32 * 2**20
LINES_SUFFIXES = (".jsonl", ".ndjson")
_PLAIN_SUFFIXES = (".txt", ".text")

Found = tuple[int, Incoming | str]
"""Bytes read, and a release or why there is none."""


def releases_in(files: Sequence[Path], *, url: str | None, wire: str | None, roster: Roster) -> Iterator[Found]:
    """What each page and each line of the files is, one at a time, to readers that know the wires of `roster`."""
    for file in files:
        if file == STDIN:
            yield from _on(sys.stdin.buffer, "standard input", url=url, wire=wire, roster=roster)
            continue
        with file.open("rb") as opened:
            if file.suffix in LINES_SUFFIXES:
                yield from _lines(opened, b"", str(file))
            else:
                plain = "text" if file.suffix in _PLAIN_SUFFIXES else None
                yield _page(opened.read(PAGE_BYTES_MAX + 1), str(file), url=url, wire=wire or plain, roster=roster)


def _on(stream: BinaryIO, name: str, *, url: str | None, wire: str | None, roster: Roster) -> Iterator[Found]:
    """JSON Lines if the first line is a JSON object, else one page."""
    first = stream.readline(LINE_BYTES_MAX + 1)
    while first and not first.strip():
        first = stream.readline(LINE_BYTES_MAX + 1)
    if first.lstrip()[:1] == b"{":
        yield from _lines(stream, first, name)
    else:
        yield _page(first + stream.read(PAGE_BYTES_MAX + 1 - len(first)), name, url=url, wire=wire, roster=roster)


def _page(body: bytes, name: str, *, url: str | None, wire: str | None, roster: Roster) -> Found:
    now = clock.now()
    if len(body) > PAGE_BYTES_MAX:
        return len(body), f"{name}: over {PAGE_BYTES_MAX // 2**20} MB: no release page is"
    found = parse(Page(url, body, None, now), wire=wire, roster=roster)
    if isinstance(found, Reject):
        return len(body), f"{name}: {found.reason.value}: {found.excerpt}"
    if found.url is None:
        # It has no address to be known again by: the same bytes are the same release.
        found = replace(found, guid=f"sha256:{hashlib.sha256(body).hexdigest()}")
    raw = Raw(url=url, content_type=None, fetched_at=now, body=body, wire=wire)
    return len(body), Incoming(release=found, origin=Origin.FILE, seen_at=now, raw=raw)


def _lines(opened: BinaryIO, first: bytes, name: str) -> Iterator[Found]:
    number, line = 1, first or opened.readline(LINE_BYTES_MAX + 1)
    while line:
        if line.strip():
            found = _release(line)
            told = f"{name}:{number}: {found}" if isinstance(found, str) else None
            yield len(line), told or Incoming(release=found, origin=Origin.FILE, seen_at=clock.now())  # type: ignore[arg-type]
        number, line = number + 1, opened.readline(LINE_BYTES_MAX + 1)


def _release(line: bytes) -> Release | str:
    if len(line) > LINE_BYTES_MAX:
        return f"over {LINE_BYTES_MAX // 2**20} MB"
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"no JSON: {error}"
    if not isinstance(row, dict):
        return "no JSON object"
    try:
        return release_given(row)
    except ReleaseFormatError as error:
        return str(error)
