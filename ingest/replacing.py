"""Which release a correction, an update, a repetition or a withdrawal stands in the place of. Pure.

Within one wire's number that is plain (`ingest.dedupe`). But many wires send what mends a release under a new number
and address, and a withdrawal repeats nothing of the text: it names the headline. So a replacement is known by the
headline it bears behind its mark (`CORRECTING and REPLACING X`) or names in its first words (`In the news release, X,
issued …`), or by most of the text. It may come before what it replaces, where that is filled in later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.substance import Substance, signed_hash, words_of
from news.kinds import REPLACING, unmarked
from news.release import Kind, Release

# A shorter headline stands over many releases.
TITLE_WORDS_MIN = 4
TITLES_MAX = 6
SHARE_MIN, SHARE_MIN_UNNAMED = 0.2, 0.6
_NAMED_WITHIN_CHARS = 1_500
_NAMED = re.compile(
    r"in the (?:news|press) release,?\s+(.{20,300}?),?\s+(?:issued|sent|distributed|published)\b"
    r"|[“\"«„]([^“”\"«»„]{20,300}?)[,.]?[”\"»“]",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Replaced:
    """How surely one release replaces another: the greatest of several counts."""

    named: bool
    share: float
    figures: int

    @property
    def why(self) -> str:
        how = "by the headline it names" if self.named else f"by {self.share:.0%} of the shorter one's wording"
        return f"stands in its place, {how}"


def title_of(headline: str) -> tuple[str, ...]:
    """The words of the headline without its mark; none where there are so few that many releases have them."""
    words = words_of(unmarked(headline))
    return words if len(words) >= TITLE_WORDS_MIN else ()


def titles_named(kind: Kind, headline: str, body: str) -> frozenset[tuple[str, ...]]:
    """The headlines that a release of this kind may stand in the place of; none for one that replaces nothing."""
    if kind not in REPLACING:
        return frozenset()
    quoted = (match[1] or match[2] for match in _NAMED.finditer(body[:_NAMED_WITHIN_CHARS]))
    found = list(map(title_of, (headline, *quoted)))
    return frozenset(title for title in found[:TITLES_MAX] if title)


def title_marks(release: Release) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Hashes, 64 bits and signed: what the release is filed under, and what it looks for.

    What replaces others looks for their headlines; what may have been replaced, for those that named its own.
    """
    own = title_of(release.headline)
    named = sorted(titles_named(release.kind, release.headline, release.body))
    if release.kind in REPLACING:
        filed = [_mark("title", own)] if own else []
        return (*filed, *(_mark("replaced", title) for title in named)), tuple(_mark("title", each) for each in named)
    return ((_mark("title", own),), (_mark("replaced", own),)) if own else ((), ())


def replaced(
    kind: Kind, later: Substance, titles: frozenset[tuple[str, ...]], earlier: Substance, *, alike_issuer: bool
) -> Replaced | None:
    """Whether a release of `kind` that names `titles` stands in the place of `earlier`.

    `alike_issuer`: both are of one issuer, or of one wire.
    """
    named = title_of(earlier.headline) in titles
    shorter = min(len(later.shingles), len(earlier.shingles)) or 1
    share = len(later.shingles & earlier.shingles) / shorter
    shared = len(later.figures & earlier.figures)
    if named and alike_issuer and (share >= SHARE_MIN or kind is Kind.WITHDRAWAL):
        return Replaced(named=True, share=share, figures=shared)
    if share >= SHARE_MIN_UNNAMED and kind is not Kind.WITHDRAWAL and _title_kept(titles, earlier):
        return Replaced(named=False, share=share, figures=shared)
    return None


def _title_kept(titles: frozenset[tuple[str, ...]], earlier: Substance) -> bool:
    """Half of the earlier headline's words stand in one that is named."""
    words = frozenset(title_of(earlier.headline))
    return bool(words) and any(2 * len(words.intersection(title)) >= len(words) for title in titles)


def _mark(kind: str, words: tuple[str, ...]) -> int:
    return signed_hash(f"{kind}:{' '.join(words)}")
