"""From a page to a release.

Page -> Sheet | text -> Clipping (by the wire's layout, else the generic parser) -> Release | Reject
"""

from __future__ import annotations

import re
from dataclasses import replace

from ingest import generic
from ingest.clipping import Clipping
from ingest.composition import compose, release_from_listed
from ingest.datelines import wire_of
from ingest.page import Page
from ingest.plaintext import read_text
from ingest.sheet import Sheet, evened, open_sheet
from ingest.walls import stands_in
from ingest.wires import SHIPPED, Roster, site_of
from ingest.wires.copied import Copied
from ingest.wires.copies import read_copy
from ingest.wires.wire import Wire
from news.release import Reject, RejectReason, Release
from news.source import Listed

__all__ = ["TEXT_WIRE", "UNKNOWN_WIRE", "parse", "read", "release_from_listed"]

TEXT_WIRE = "text"
UNKNOWN_WIRE = "web"
PAGE_BYTES_MAX = 4 * 1024 * 1024
TEXT_BYTES_MAX = 1024 * 1024
EXCERPT_CHARS_MAX = 200
_VISIBLE_CHARS_MAX = 5_000
_LOOK_CHARS = 2_000
# Control characters that are no white space, and what stands for bytes that are no text.
_ALIEN = re.compile("[\x00-\x08\x0e-\x1b\ufffd]")


def parse(
    page: Page, *, wire: str | None = None, listed: Listed | None = None, roster: Roster = SHIPPED
) -> Release | Reject:
    """Read one page. Pure; never raises, whatever the bytes.

    `wire` is the slug of the wire that published the page, `text` for a plain text; without it the
    host decides. Pages of unknown hosts and layouts go through the generic parser. `listed` is the
    row that led here: it fills what the page does not say. `roster` are the wires that are known.
    """
    try:
        return read(page, wire=wire, listed=listed, roster=roster)
    except Exception as error:  # noqa: BLE001  one page must not stop the others; the reject is counted and shown
        return _reject(RejectReason.INTERNAL, f"{type(error).__name__}: {error}")


def read(
    page: Page, *, wire: str | None = None, listed: Listed | None = None, roster: Roster = SHIPPED
) -> Release | Reject:
    """As `parse`, but a defect in a parser is raised."""
    if len(page.body) > (TEXT_BYTES_MAX if wire == TEXT_WIRE else PAGE_BYTES_MAX):
        return Reject(RejectReason.TOO_LARGE, f"{len(page.body):,} bytes")
    text = page.text
    if not text or text.isspace():
        return Reject(RejectReason.EMPTY)
    if _is_binary(text):
        return Reject(RejectReason.UNREADABLE, "no text, but bytes of something else")
    if wire == TEXT_WIRE:
        return _read_text(text, page, listed)
    copied = read_copy(text)
    if copied is not None:
        return _read_copied(copied, wire, page, listed, roster)
    sheet = open_sheet(text, page.url)
    return sheet if isinstance(sheet, Reject) else _read_sheet(sheet, wire, listed, roster)


def _read_text(text: str, page: Page, listed: Listed | None) -> Release | Reject:
    clipping = read_text(text, zone="UTC")
    if clipping is None:
        return Reject(RejectReason.EMPTY)
    standing_in = stands_in(clipping.headline, evened(text[:_VISIBLE_CHARS_MAX]))
    if standing_in is not None:
        return _reject(standing_in, text)
    release = compose(clipping, wire=TEXT_WIRE, url=page.url, listed=listed)
    if not release.body:
        return _reject(RejectReason.NOT_A_RELEASE, text)
    tag = release.dateline.wire if release.dateline else None
    return replace(release, wire=(wire_of(tag) if tag else None) or TEXT_WIRE)


def _read_copied(
    copied: Copied, slug: str | None, page: Page, listed: Listed | None, roster: Roster
) -> Release | Reject:
    """A wire's release among an agency's stories is the wire's; a story of its own goes under its name."""
    release = compose(copied.clipping, wire=slug or UNKNOWN_WIRE, url=page.url, listed=listed)
    if not release.body:
        return _reject(RejectReason.EMPTY, release.headline)
    tag = release.dateline.wire if release.dateline else None
    published = roster.at(copied.clipping.url)
    named = (wire_of(tag) if tag else None) or (published.slug if published else None)
    return replace(release, wire=slug or named or copied.agency or UNKNOWN_WIRE)


def _read_sheet(sheet: Sheet, slug: str | None, listed: Listed | None, roster: Roster) -> Release | Reject:
    known = roster.of(slug) or roster.at(sheet.url) or roster.at(sheet.canonical) or roster.signed(sheet)
    clipping = _clip(sheet, known, roster)
    if clipping is None:
        return _no_release(sheet)
    if known is not None and clipping.release_number is None:
        clipping = replace(clipping, release_number=known.number_in(sheet.url, sheet.canonical))
    name = slug or (known.slug if known else None) or site_of(sheet.url or sheet.canonical) or UNKNOWN_WIRE
    release = compose(clipping, wire=name, url=sheet.url, listed=listed, tags=_own_tags(known))
    told = f"{release.body}\n{release.boilerplate}\n{release.contact}".strip()
    # No wall has a wire's dateline: a short release about captchas does.
    signed = release.dateline is not None and release.dateline.wire is not None
    standing_in = None if signed else stands_in(release.headline, told)
    if standing_in is not None:
        return _reject(standing_in, f"{release.headline} {told}")
    if not release.headline or not release.body:
        return _reject(RejectReason.EMPTY, sheet.visible_text(_VISIBLE_CHARS_MAX))
    return release


def _own_tags(wire: Wire | None) -> tuple[str, ...]:
    """The names of a wire that did not come with the program; datelines know all others."""
    return wire.tags if wire is not None and SHIPPED.of(wire.slug) is not wire else ()


def _clip(sheet: Sheet, wire: Wire | None, roster: Roster) -> Clipping | None:
    """By the wire's layouts, newest first; by that of a platform it may run on; then as an unknown page."""
    platforms = (replace(each, zone=wire.zone) if wire else each for each in roster.platforms)
    for reader in (*([wire] if wire else []), *platforms):
        for layout in reader.layouts:
            clipping = layout(sheet, reader)
            if clipping is not None and clipping.blocks:
                return clipping
    return generic.clip(sheet, zone=wire.zone if wire else "UTC")


def _no_release(sheet: Sheet) -> Reject:
    text = sheet.visible_text(_VISIBLE_CHARS_MAX)
    reason = stands_in(sheet.text("title") or sheet.text("h1") or "", text)
    return _reject(reason or (RejectReason.NOT_A_RELEASE if text else RejectReason.EMPTY), text)


def _is_binary(text: str) -> bool:
    """A PDF, a picture, noise: more than a twentieth of the beginning are no characters of a text."""
    look = text[:_LOOK_CHARS]
    return look.startswith("%PDF-") or len(_ALIEN.findall(look)) * 20 > len(look)


def _reject(reason: RejectReason, text: str) -> Reject:
    return Reject(reason, evened(text[:_LOOK_CHARS])[:EXCERPT_CHARS_MAX])
