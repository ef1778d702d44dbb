"""Is this release new, or one we have? Pure: a verdict over the stored releases that share a key.

By falling force: the wire's own number, the canonical URL, the guid, the address that led to the page,
the text. Never a title alone. A feed whose guids collide or change is seen through, and so is an address
that was sent on to a home page: what leads to another number or to another text altogether proves nothing.
A copy under another number or on another wire is known by what both tell (`ingest.likeness`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ingest.likeness import Alike, alike
from ingest.substance import Substance, substance
from ingest.translation import APART_MAX, edition, other_language, translated
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
    if versions:
        return _among_versions(release, fingerprint, versions)
    return _among_copies(release, mine, candidates)


def _among_copies(release: Release, mine: set[str], candidates: Sequence[Candidate]) -> Verdict:
    """Whose text this is, by falling likeness; it may be that of releases that nobody knew were one story."""
    if release.completeness is Completeness.TEASER:
        return New()
    ours = substance(release.headline, release.body)
    full = [row for row in candidates if row.completeness is Completeness.FULL]
    likened = [(row, _likeness(ours, mine, row)) for row in full]
    copies = sorted(
        ((row, how) for row, how in likened if how is not None and how.copy),
        key=lambda pair: (-pair[1].share, pair[0].id),
    )
    told = [(row, how.why) for row, how in copies]
    told += [(row, why) for row, how in likened if how is None and (why := _translated(release, ours, mine, row))]
    if not told:
        retold = [(row, how) for row, how in likened if how is not None]
        return New(related=max(retold, key=lambda pair: (pair[1].share, -pair[0].id))[0].id if retold else None)
    stories = {row.story: row.id for row, _ in reversed(told)}
    first, why = told[0]
    if len(stories) > 1:
        return Joins(of=tuple(dict.fromkeys(stories[row.story] for row, _ in told)), why=why)
    if not copies:
        return Translation(of=first.id, why=why)
    again = next((row for row, _ in copies if _sent_again(release, row)), None)
    if again is None:
        return Copy(of=first.id, why=why)
    stale = _earlier(release, again)
    return Revision(of=again.revises or again.id, stale=stale, why="sent again on a later day")


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
