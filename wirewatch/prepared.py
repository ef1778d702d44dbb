"""A release made ready for the store commit: everything that needs no database, done outside of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ingest.fingerprint import fingerprint
from news.alert import Match
from news.document import Document, document
from news.links import url_key
from news.release import Origin, Release
from news.source import Entry
from news.text import ANALYZER_VERSION
from news.verdict import Fingerprint
from storage.keeping import Keep, Raw
from storage.refiling import Analysis
from wirewatch.watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A parsed release and how it came. `entry` is None where no source listed it.

    `validators` are the ETag and Last-Modified of its page, byte-exact.
    """

    release: Release
    origin: Origin
    seen_at: datetime
    entry: Entry | None = None
    raw: Raw | None = None
    validators: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """`matches` are those of the rules as of `generation`; `matched_at` is when they were made, UTC."""

    incoming: Incoming
    document: Document
    fingerprint: Fingerprint
    matches: tuple[Match, ...]
    generation: int
    matched_at: datetime

    @property
    def release(self) -> Release:
        return self.incoming.release

    @property
    def entry(self) -> Entry | None:
        return self.incoming.entry

    def rematched(self, generation: int, matches: list[Match]) -> Prepared:
        return replace(self, generation=generation, matches=tuple(matches))

    def to_keep(self) -> Keep:
        """What the archive is to write down."""
        return Keep(
            release=self.release,
            fingerprint=self.fingerprint,
            terms=self.document.stored_terms(),
            forms=self.document.forms(),
            analyzer_version=ANALYZER_VERSION,
            url_key=url_key(self.release.url) if self.release.url else None,
            origin=self.incoming.origin,
            source_id=self.entry.source_id if self.entry else None,
            first_seen_at=self.incoming.seen_at,
            matched_at=self.matched_at,
            raw=self.incoming.raw,
        )


def analysed(release: Release) -> Analysis:
    """All that is stored of a release and made by the analyzer. CPU work."""
    known = document(release)
    terms = known.stored_terms()
    return Analysis(version=ANALYZER_VERSION, terms=terms, forms=known.forms(), fingerprint=fingerprint(release, terms))


def prepare(incoming: Incoming, watch: Watch, now: datetime) -> Prepared:
    """Analyse, fingerprint and match. CPU work: run it off the event loop."""
    asked = document(incoming.release)
    generation, matches = watch.match(asked)
    listed_at = incoming.entry.listed.url if incoming.entry else None
    return Prepared(
        incoming=incoming,
        document=asked,
        fingerprint=fingerprint(incoming.release, asked.stored_terms(), listed_at=listed_at),
        matches=tuple(matches),
        generation=generation,
        matched_at=now,
    )
