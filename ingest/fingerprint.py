"""What a release is known by: its keys, and a hash of what it says. Pure.

Both are made of analysed terms, so that typography, entities and line ends of a wire's template do
not make another text of the same words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from ingest.replacing import title_marks
from ingest.substance import substance
from ingest.translation import edition, marks, own_marks
from news.links import url_key
from news.release import Completeness, Release, Zone
from news.verdict import Fingerprint

# A text of fewer words names nothing: "Photo available" stands under a hundred releases.
TEXT_WORDS_MIN = 25


def fingerprint(
    release: Release, terms: Mapping[Zone, str], *, guid_trusted: bool = True, listed_at: str | None = None
) -> Fingerprint:
    """The keys of a release in falling order of force, and the hash of its headline, subtitles and body.

    `terms` are the analysed terms by zone, space-joined. The guid is no key where the source's guids
    collide, nor is the text of a teaser: it is the feed's, not the release's. `listed_at` is the
    address that a source gave, which may lead to another one.
    """
    keys = []
    if release.release_number:
        keys.append(f"number:{release.wire}:{release.release_number}")
    told = edition(release)
    own = told.address
    if own:
        keys.append(f"url:{own}")
    if release.guid and guid_trusted:
        keys.append(f"guid:{release.wire}:{release.guid}")
    if listed_at and (led := url_key(listed_at)) and led != own:
        keys.append(f"url:{led}")
    headline, body = terms.get(Zone.HEADLINE, ""), terms.get(Zone.BODY, "")
    if release.completeness is Completeness.FULL and body.count(" ") >= TEXT_WORDS_MIN:
        keys.append(f"text:{_hash([headline, body])}")
    content = _hash([headline, terms.get(Zone.SUBTITLE, ""), body])
    full = release.completeness is Completeness.FULL
    filed, sought = title_marks(release) if full else ((), ())
    return Fingerprint(
        keys=tuple(keys) or (f"content:{release.wire}:{content}",),
        content=content,
        anchors=substance(release.headline, release.body).anchors if full else (),
        marks=(*marks(release, told), *filed),
        own_marks=own_marks(told),
        replacing=sought,
        versions=told.versions,
    )


def _hash(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass"))
        digest.update(b"\x00")
    return digest.hexdigest()[:40]
