"""Is this release new, or one we have? Pure: a verdict over the stored releases that share a key.

By falling force: the wire's own number, the canonical URL, the guid, the address that led to the page,
the text. Never a title alone. A feed whose guids collide or change is seen through, and so is an address
that was sent on to a home page: what leads to another number or to another text altogether proves nothing.
A copy under another number or on another wire is known by what both tell (`ingest.likeness`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from ingest.likeness import Alike, alike
from ingest.replacing import Replaced, replaced, titles_named
from ingest.substance import Substance, substance
from ingest.translation import APART_MAX, edition, other_language, translated
from news.kinds import REPLACING
from news.release import Completeness, Release
from news.verdict import (
    Candidate,
    Completes,
    Copy,
    Edition,
    Fingerprint,
    Joins,
    New,
    Revision,
    Same,
    Translation,
    Verdict,
)

# Two texts under one guid are two versions of one release if so many of the words of the shorter one
# stand in the longer one in the same order of four.
SHINGLE_WORDS = 4
CONTAINMENT_MIN = 0.5
# A character is a word where a script has no spaces.
_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
# Of a text of so many characters, copies share more than one of twelve sentences: of 72 real ones at least two.
LONG_CHARS_MIN = 1_500
# The same wire's same text counts as sent again from here on, and as an accident of the wire's before.
SENT_AGAIN_AFTER = timedelta(hours=36)
_EVER = datetime(1, 1, 1, tzinfo=UTC)


def verdict(
    release: Release, fingerprint: Fingerprint, candidates: Sequence[Candidate], *, dedupe: bool = True
) -> Verdict:
    """What the release is, given every stored release that shares one of its keys.

    Without `dedupe` it is compared with the versions of itself alone, as every other is with those of such a source.
    """
    ours = _Ours(release, frozenset(fingerprint.keys))
    versions = [row for row in candidates if _same_release(ours, row)]
    others = [row for row in candidates if dedupe and row.dedupe and row not in versions]
    if not versions:
        return _among_others(ours, others)
    found = _among_versions(release, fingerprint, versions)
    if isinstance(found, Completes | Revision):
        # What it says now may be what another story says.
        return replace(found, joins=_elsewhere(_alike(ours, others), versions[0].story))
    return found


@dataclass(frozen=True)
class _Ours:
    """The release at hand with its keys; what is made of it is made once, when it is asked for."""

    release: Release
    keys: frozenset[str]

    @cached_property
    def edition(self) -> Edition:
        return edition(self.release)

    @cached_property
    def substance(self) -> Substance:
        return substance(self.release.headline, self.release.body)

    @cached_property
    def titles(self) -> frozenset[tuple[str, ...]]:
        return titles_named(self.release.kind, self.release.headline, self.release.body)

    def shares(self, row: Candidate, *kinds: str) -> bool:
        return any(key in row.keys for key in self.keys if key.startswith(kinds))


@dataclass(frozen=True, slots=True)
class _Found:
    """Candidates that say the same, with why: copies by falling likeness, then translations; and one told anew."""

    copies: tuple[tuple[Candidate, str], ...] = ()
    translations: tuple[tuple[Candidate, str], ...] = ()
    related: int | None = None

    @property
    def same(self) -> tuple[tuple[Candidate, str], ...]:
        return self.copies + self.translations


def _alike(ours: _Ours, candidates: Sequence[Candidate]) -> _Found:
    if ours.release.completeness is Completeness.TEASER:
        return _Found()
    full = [row for row in candidates if row.completeness is Completeness.FULL]
    likened = [(row, None if _by_one_sentence(ours, row) else _likeness(ours, row)) for row in full]
    by_share = sorted(
        ((row, how) for row, how in likened if how is not None), key=lambda pair: (-pair[1].share, pair[0].id)
    )
    return _Found(
        copies=tuple((row, how.why) for row, how in by_share if how.copy),
        translations=tuple((row, why) for row, how in likened if how is None and (why := _translated(ours, row))),
        related=next((row.id for row, how in by_share if not how.copy), None),
    )


def _elsewhere(found: _Found, story: int) -> tuple[int, ...]:
    """One release that says the same of each story but this one."""
    return tuple({row.story: row.id for row, _ in reversed(found.same) if row.story != story}.values())


def _among_others(ours: _Ours, candidates: Sequence[Candidate]) -> Verdict:
    """Whose text this is, or mends; it may be that of releases that nobody knew were one story."""
    release, found = ours.release, _alike(ours, candidates)
    mended = None if _mended_already(release, found.copies) else _mended(ours, candidates)
    if mended is not None:
        row, why = mended
        stale = release.kind not in REPLACING
        return Revision(of=_first_version(row), stale=stale, why=why, joins=_elsewhere(found, row.story))
    if not found.same:
        return New(related=found.related)
    stories = {row.story: row.id for row, _ in reversed(found.same)}
    first, why = found.same[0]
    if len(stories) > 1:
        return Joins(of=tuple(dict.fromkeys(stories[row.story] for row, _ in found.same)), why=why)
    if not found.copies:
        return Translation(of=first.id, why=why)
    again = next((row for row, _ in found.copies if _sent_again(release, row)), None)
    if again is None:
        return Copy(of=first.id, why=why)
    return Revision(of=_first_version(again), stale=_earlier(release, again), why="sent again on a later day")


def _mended_already(release: Release, copies: Sequence[tuple[Candidate, str]]) -> bool:
    """Whether a copy says so: the same correction by another wire, or the original beside the one that was mended."""
    if release.kind in REPLACING:
        return any(row.kind in REPLACING and row.wire != release.wire for row, _ in copies)
    return any(row.kind not in REPLACING for row, _ in copies)


def _mended(ours: _Ours, candidates: Sequence[Candidate]) -> tuple[Candidate, str] | None:
    """The stored release that this one stands in the place of; or the one that stands in the place of this one."""
    wire = ours.release.wire
    found = [
        ((wire == row.wire, how.figures, how.share, row.published_at or _EVER, row.id), row, how.why)
        for row in candidates
        if row.completeness is Completeness.FULL and (how := _replaced(ours, row)) is not None
    ]
    best = max(found, key=lambda each: each[0], default=None)
    return None if best is None else best[1:]


def _replaced(ours: _Ours, row: Candidate) -> Replaced | None:
    """How one of the two stands in the place of the other; None where neither does."""
    release = ours.release
    if other_language(ours.edition, row.edition):
        return None
    issuers = {release.issuer, row.edition.issuer}
    near = release.wire == row.wire or (len(issuers) == 1 and None not in issuers)
    if release.kind in REPLACING:
        if _earlier(release, row):
            return None
        return replaced(release.kind, ours.substance, ours.titles, _substance_of(row), alike_issuer=near)
    if row.kind not in REPLACING or row.revises is not None or _earlier(row, release):
        return None
    titles = titles_named(row.kind, *_told_by(row))
    return replaced(row.kind, _substance_of(row), titles, ours.substance, alike_issuer=near)


def _first_version(row: Candidate) -> int:
    return row.id if row.revises is None else row.revises


def _told_by(row: Candidate) -> tuple[str, str]:
    """Headline and body."""
    headline, _, body = row.text.partition("\n\n")
    return headline, body


def _substance_of(row: Candidate) -> Substance:
    return substance(*_told_by(row))


def _by_one_sentence(ours: _Ours, row: Candidate) -> bool:
    """Whether nothing but one sentence of many led to the candidate: a quotation, or what an issuer always says."""
    long = min(len(_text_of(ours.release)), len(row.text)) >= LONG_CHARS_MIN
    return row.anchors == 1 and not row.keys and long


def _likeness(ours: _Ours, row: Candidate) -> Alike | None:
    if ours.shares(row, "text:"):
        return Alike(share=1.0, copy=True)
    return alike(ours.substance, _substance_of(row))


def _translated(ours: _Ours, row: Candidate) -> str | None:
    if not other_language(ours.edition, row.edition):
        return None
    stamps = (ours.release.published_at, row.published_at)
    if stamps[0] is not None and stamps[1] is not None and abs(stamps[0] - stamps[1]) > APART_MAX:
        return None
    texts = (ours.substance, _substance_of(row))
    return translated(ours.edition, row.edition, texts, same_number=ours.shares(row, "number:"))


def _sent_again(release: Release, row: Candidate) -> bool:
    if release.wire != row.wire or release.published_at is None or row.published_at is None:
        return False
    return abs(release.published_at - row.published_at) >= SENT_AGAIN_AFTER


def _same_release(ours: _Ours, row: Candidate) -> bool:
    if ours.shares(row, "number:"):
        # One wire gives all languages of a release one number.
        return not other_language(ours.edition, row.edition) or _overlap(_text_of(ours.release), row.text)
    if _other_number(ours.keys, row):
        return False
    own = ours.edition.address
    if (own is not None and f"url:{own}" in row.keys) or ours.shares(row, "content:"):
        return True
    return ours.shares(row, "guid:", "url:") and _overlap(_text_of(ours.release), row.text)


def _text_of(release: Release) -> str:
    return f"{release.headline}\n\n{release.body}"


def _other_number(mine: frozenset[str], row: Candidate) -> bool:
    """Both have a number of the wire, and not the same: two releases, whatever else they share."""
    wire_numbers = {key for key in mine if key.startswith("number:")}
    return bool(wire_numbers) and row.number is not None and row.number not in wire_numbers


def _among_versions(release: Release, fingerprint: Fingerprint, versions: Sequence[Candidate]) -> Verdict:
    newest = max(versions, key=lambda row: (row.published_at or _EVER, row.id))
    first = next((row.revises for row in versions if row.revises is not None), min(row.id for row in versions))
    if release.completeness is Completeness.TEASER:
        return Same(of=newest.id)
    teaser = next((row for row in versions if row.completeness is Completeness.TEASER), None)
    if teaser is not None and len(versions) == 1:
        return Completes(of=teaser.id)
    if newest.content == fingerprint.content:
        return Same(of=newest.id)
    older = _earlier(release, newest)
    known = next((row for row in versions if row.content == fingerprint.content), None)
    if known is not None and (older or release.published_at == newest.published_at):
        return Same(of=known.id)
    return Revision(of=first, stale=older)


def _earlier(release: Release | Candidate, newest: Release | Candidate) -> bool:
    """Older and newer go by the wire's stamp, not by arrival."""
    if release.published_at is None or newest.published_at is None:
        return False
    return release.published_at < newest.published_at


def _overlap(one: str, other: str) -> bool:
    some, more = sorted((_WORD.findall(one.casefold()), _WORD.findall(other.casefold())), key=len)
    size = min(SHINGLE_WORDS, len(some))
    if not size:
        return one == other
    sought = _shingles(some, size)
    return len(sought & _shingles(more, size)) / len(sought) >= CONTAINMENT_MIN


def _shingles(words: Sequence[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + size]) for at in range(len(words) - size + 1)}
