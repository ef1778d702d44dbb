"""What one answer of a source showed: its rows, and those that could not be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.sheet import Sheet
from ingest.snippets import EXCERPT_CHARS_MAX, clipped
from ingest.walls import stands_in
from news.links import url_key
from news.release import Reject, RejectReason
from news.source import Listed

ROWS_MAX = 5_000
"""Rows read from one answer. The longest known window of a wire holds about 3,500."""

_WALL_CHARS_MAX = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The rows of a feed or listing page in the order shown.

    No entries is a well-formed answer that shows nothing: whether that is an alarm is for the
    caller. `rejects` holds one per row that was dropped. `ttl_s` is how long the source says to
    wait, at most a day; `skip_hours` are the hours of UTC in which it says to bring nothing.
    `guids_collide`: its guids identify nothing. `hub` is where it says it is pushed from, and
    `self_url` what it calls its own address, both as they stand.
    """

    entries: tuple[Listed, ...]
    rejects: tuple[Reject, ...] = ()
    ttl_s: float | None = None
    skip_hours: frozenset[int] = frozenset()
    guids_collide: bool = False
    hub: str | None = None
    self_url: str | None = None


def guids_collide(entries: Iterable[Listed]) -> bool:
    """Whether one guid stands under two different addresses."""
    address_of: dict[str, str] = {}
    for entry in entries:
        if entry.guid is None or entry.url is None:
            continue
        known = address_of.setdefault(entry.guid, entry.url)
        if known != entry.url and url_key(known) != url_key(entry.url):
            return True
    return False


def no_listing(sheet: Sheet) -> Reject:
    """The reject for a web page that shows no rows: a bot wall, an error page, or simply another page."""
    text = sheet.visible_text(_WALL_CHARS_MAX)
    title = sheet.text("title") or ""
    reason = stands_in(title, text) or RejectReason.NOT_A_RELEASE
    return Reject(reason, clipped(text or title, EXCERPT_CHARS_MAX))
