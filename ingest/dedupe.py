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

from ingest.likeness import Alike, alike
from ingest.replacing import replaced, titles_named
from ingest.substance import Substance, substance
from ingest.translation import APART_MAX, edition, other_language, translated
from news.kinds import REPLACING
from news.links import url_key
from news.release import Completeness, Release
from news.verdict import Candidate, Completes, Copy, Fingerprint, Joins, New, Revision, Same, Translation, Verdict

# Two texts under one guid are two versions of one release if so many of the words of the shorter one
# stand in the longer one in the same order of four.
SHINGLE_WORDS = 4
CONTAINMENT_MIN = 0.5
# A character is a word where a script has no spaces.
_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
# The same wire's same text counts as sent again from here on, and as an accident of the wire's before.
SENT_AGAIN_AFTER = timedelta(hours=36)
_EVER = datetime(1, 1, 1, tzinfo=UTC)


def verdict(release: Release, fingerprint: Fingerprint, candidates: Sequence[Candidate]) -> Verdict:
    """What the release is, given every stored release that shares one of its keys."""
    mine = set(fingerprint.keys)
    versions = [row for row in candidates if _same_release(release, mine, row)]
    others = [row for row in candidates if row not in versions]
    if not versions:
        return _among_others(release, mine, others)
    found = _among_versions(release, fingerprint, versions)
    if isinstance(found, Completes | Revision):
        # What it says now may be what another story says.
        elsewhere = {row.story: row.id for row, _ in reversed(_alike(release, mine, others).same)}
        return replace(found, joins=tuple(elsewhere[story] for story in elsewhere if story != versions[0].story))
    return found


@dataclass(frozen=True, slots=True)
class _Found:
    """Candidates that say the same, with why: copies by falling likeness, then translations; and one told anew."""

    copies: tuple[tuple[Candidate, str], ...] = ()
    translations: tuple[tuple[Candidate, str], ...] = ()
    related: int | None = None

    @property
    def same(self) -> tuple[tuple[Candidate, str], ...]:
        return self.copies + self.translations


def _alike(release: Release, mine: set[str], candidates: Sequence[Candidate]) -> _Found:
    if release.completeness is Completeness.TEASER:
        return _Found()
    ours = substance(release.headline, release.body)
    likened = [(row, _likeness(ours, mine, row)) for row in candidates if row.completeness is Completeness.FULL]
    by_share = sorted(
        ((row, how) for row, how in likened if how is not None), key=lambda pair: (-pair[1].share, pair[0].id)
    )
    return _Found(
        copies=tuple((row, how.why) for row, how in by_share if how.copy),
        translations=tuple(
            (row, why) for row, how in likened if how is None and (why := _translated(release, ours, mine, row))
        ),
        related=next((row.id for row, how in by_share if not how.copy), None),
    )


def _among_others(release: Release, mine: set[str], candidates: Sequence[Candidate]) -> Verdict:
    """Whose text this is, or mends; it may be that of releases that nobody knew were one story."""
    found = _alike(release, mine, candidates)
    mended = None if _mended_already(release, found.copies) else _mended(release, candidates)
    if mended is not None:
        return _in_the_place_of(release, *mended, found)
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


def _mended(release: Release, candidates: Sequence[Candidate]) -> tuple[Candidate, str] | None:
    """The stored release that this one stands in the place of; or the one that stands in the place of this one."""
    ours = substance(release.headline, release.body)
    found: list[tuple[tuple[bool, int, float, datetime, int], Candidate, str]] = []
    for row in candidates:
        if row.completeness is not Completeness.FULL or other_language(edition(release), row.edition):
            continue
        headline, _, body = row.text.partition("\n\n")
        theirs = substance(headline, body)
        issuers = {release.issuer, row.edition.issuer}
        near = release.wire == row.wire or (len(issuers) == 1 and None not in issuers)
        how = None
        if release.kind in REPLACING and not _earlier(release, row):
            titles = titles_named(release.kind, release.headline, release.body)
            how = replaced(release.kind, ours, titles, theirs, alike_issuer=near)
        elif release.kind not in REPLACING and row.revises is None and not _earlier(row, release):
            titles = titles_named(row.kind, headline, body)
            how = replaced(row.kind, theirs, titles, ours, alike_issuer=near) if titles else None
        if how is not None:
            rank = (release.wire == row.wire, how.figures, how.share, row.published_at or _EVER, row.id)
            found.append((rank, row, how.why))
    best = max(found, key=lambda each: each[0], default=None)
    return None if best is None else best[1:]


def _in_the_place_of(release: Release, row: Candidate, why: str, found: _Found) -> Revision:
    elsewhere = {each.story: each.id for each, _ in reversed(found.same) if each.story != row.story}
    stale = release.kind not in REPLACING
    return Revision(of=_first_version(row), stale=stale, why=why, joins=tuple(elsewhere.values()))


def _first_version(row: Candidate) -> int:
    return row.id if row.revises is None else row.revises


def _likeness(ours: Substance, mine: set[str], row: Candidate) -> Alike | None:
    if _shared(mine, row, "text:"):
        return Alike(share=1.0, copy=True)
    headline, _, body = row.text.partition("\n\n")
    return alike(ours, substance(headline, body))


def _translated(release: Release, ours: Substance, mine: set[str], row: Candidate) -> str | None:
    stamps = (release.published_at, row.published_at)
    if stamps[0] is not None and stamps[1] is not None and abs(stamps[0] - stamps[1]) > APART_MAX:
        return None
    headline, _, body = row.text.partition("\n\n")
    texts = (ours, substance(headline, body))
    return translated(edition(release), row.edition, texts, same_number=_shared(mine, row, "number:"))


def _sent_again(release: Release, row: Candidate) -> bool:
    if release.wire != row.wire or release.published_at is None or row.published_at is None:
        return False
    return abs(release.published_at - row.published_at) >= SENT_AGAIN_AFTER


def _shared(mine: set[str], row: Candidate, *kinds: str) -> bool:
    return any(key in row.keys for key in mine if key.startswith(kinds))


def _same_release(release: Release, mine: set[str], row: Candidate) -> bool:
    if _shared(mine, row, "number:"):
        # One wire gives all languages of a release one number.
        return not other_language(edition(release), row.edition) or _overlap(_text_of(release), row.text)
    if _other_number(mine, row):
        return False
    own = f"url:{url_key(release.url)}" if release.url else None
    if own in row.keys or _shared(mine, row, "content:"):
        return True
    return _shared(mine, row, "guid:", "url:") and _overlap(_text_of(release), row.text)


def _text_of(release: Release) -> str:
    return f"{release.headline}\n\n{release.body}"


def _other_number(mine: set[str], row: Candidate) -> bool:
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
