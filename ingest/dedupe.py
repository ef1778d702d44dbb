"""Is this release new, or one we have? Pure: a verdict over the stored releases that share a key.

By falling force: the wire's own number, the canonical URL, the guid, the address that led to the page,
the text. Never a title alone. A feed whose guids collide or change is seen through, and so is an address
that was sent on to a home page: what leads to another number or to another text altogether proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from news.links import url_key
from news.release import (
    Candidate,
    Completeness,
    Completes,
    Copy,
    Fingerprint,
    New,
    Release,
    Revision,
    Same,
    Verdict,
)

# Two texts under one guid are two versions of one release if so many of the words of the shorter one
# stand in the longer one in the same order of four.
SHINGLE_WORDS = 4
CONTAINMENT_MIN = 0.5
# A character is a word where a script has no spaces.
_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_EVER = datetime(1, 1, 1, tzinfo=UTC)


def verdict(release: Release, fingerprint: Fingerprint, candidates: Sequence[Candidate]) -> Verdict:
    """What the release is, given every stored release that shares one of its keys."""
    mine = set(fingerprint.keys)
    versions = [row for row in candidates if _same_release(release, mine, row)]
    if versions:
        return _among_versions(release, fingerprint, versions)
    twins = [row for row in candidates if _shared(mine, row, "text:")]
    if twins:
        return Copy(of=min(twins, key=lambda row: row.id).id, why="the same text")
    return New()


def _shared(mine: set[str], row: Candidate, *kinds: str) -> bool:
    return any(key in row.keys for key in mine if key.startswith(kinds))


def _same_release(release: Release, mine: set[str], row: Candidate) -> bool:
    if _shared(mine, row, "number:"):
        return True
    if _other_number(mine, row):
        return False
    own = f"url:{url_key(release.url)}" if release.url else None
    if own in row.keys or _shared(mine, row, "content:"):
        return True
    return _shared(mine, row, "guid:", "url:") and _overlap(f"{release.headline}\n\n{release.body}", row.text)


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


def _earlier(release: Release, newest: Candidate) -> bool:
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
