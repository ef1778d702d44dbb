"""Keeping a release: its row, terms, keys and page, by what the verdict made of it.

The id of a release is frozen at its first store: `(UTC day of order_at) << 24 | n`, n from a counter
of that day that never goes back. `order_at` is published_at, else first seen, never later than first
seen (a stamp of tomorrow would stand above everything until tomorrow) and never before 1970.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from news.links import url_key
from news.release import Kind, Origin, Release, Zone
from news.source import EventType, Listed
from news.verdict import Completes, Copy, Fingerprint, Joins, New, Revision, Same, Translation, Verdict
from storage.heads import settle_heads
from storage.joining import join
from storage.refiling import Analysis, Refiled, anchor_insert, key_insert, refile, term_columns
from storage.rows import as_stored, read_with, release_columns, release_of
from storage.tables import RAW, RELEASE, STORY, TERMS
from storage.work import EPOCH, Work, day_of

REVISIONS_MAX = 20
# Built once: for a row of forty columns, putting the statement together costs ten times its run.
_STORY_INSERT, _RELEASE_INSERT, _TERMS_INSERT = insert(STORY), insert(RELEASE), insert(TERMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """The bytes a release was read from, and what the parser was given beside them.

    `wire` None: the host decided. `listed` is the row that led to the page.
    """

    url: str | None
    content_type: str | None
    fetched_at: datetime
    body: bytes
    wire: str | None = None
    listed: Listed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """A release ready to be stored. `terms` are its analysed terms by zone, space-joined.

    `forms` are its words and their terms where the two differ (`news.document.Document.forms`).
    """

    release: Release
    fingerprint: Fingerprint
    terms: Mapping[Zone, str]
    forms: AbstractSet[tuple[str, str]]
    analyzer_version: int
    url_key: str | None
    origin: Origin
    source_id: int | None
    first_seen_at: datetime
    matched_at: datetime
    raw: Raw | None

    @property
    def analysis(self) -> Analysis:
        return Analysis(version=self.analyzer_version, terms=self.terms, forms=self.forms, fingerprint=self.fingerprint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the store made of a release. `before` is the text that the readers knew until now.

    `reread`: nothing new to readers, but the row now says what this page says.
    """

    release_id: int
    story_id: int
    fresh: bool
    before: Release | None = None
    reread: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Another reading of a stored page. `wire` and `listed` are what the parser was given beside it."""

    release: Release
    analysis: Analysis
    wire: str | None
    listed: Listed | None


def keep(work: Work, item: Keep, verdict: Verdict) -> Kept:
    """Write the release down as its verdict says, with its event."""
    match verdict:
        case New(related=related):
            kept = _insert(work, item, "new", related_to=related)
            work.event(EventType.RELEASE_STORED, release=kept.release_id, story=kept.story_id)
        case Copy(of=of, why=why):
            kept = _insert(work, item, "copy", story_id=_story_of(work.connection, of), why=why)
            work.event(EventType.RELEASE_STORED, release=kept.release_id, story=kept.story_id, copy_of=of, why=why)
        case Translation(of=of, why=why):
            kept = _insert(work, item, "translation", story_id=_story_of(work.connection, of), why=why)
            told = {"translation_of": of, "why": why}
            work.event(EventType.RELEASE_STORED, release=kept.release_id, story=kept.story_id, **told)
        case Joins(of=of, why=why):
            story = join(work, of)
            kept = _insert(work, item, "joins", story_id=story, why=why)
            work.event(EventType.RELEASE_STORED, release=kept.release_id, story=story, copy_of=of[0], why=why)
        case Revision(of=of, stale=stale, why=why, joins=joins):
            kept = _joined(work, _revise(work, item, of, stale=stale, why=why), joins)
        case Completes(of=of, joins=joins):
            kept = _joined(work, _complete(work, item, of), joins)
        case Same(of=of):
            kept = _same(work, item, of)
    if not isinstance(verdict, New):
        settle_heads(work.connection, [kept.story_id])
    _keep_keys(work, kept.release_id, item.fingerprint)
    if item.raw is not None and (kept.fresh or kept.reread):
        _keep_raw(work.connection, kept.release_id, item.raw)
    return kept


def _joined(work: Work, kept: Kept, others: Sequence[int]) -> Kept:
    """The release's story made one with those of other releases."""
    return replace(kept, story_id=join(work, (kept.release_id, *others))) if others else kept


def order_at(release: Release, first_seen_at: datetime) -> datetime:
    """The time a release is filed under, aware UTC."""
    stamp = release.published_at or first_seen_at
    return max(EPOCH, min(stamp, first_seen_at))


def _story_of(connection: Connection, release_id: int) -> int:
    return int(connection.execute(select(RELEASE.c.story_id).where(RELEASE.c.id == release_id)).scalar_one())


def _insert(
    work: Work,
    item: Keep,
    verdict: str,
    *,
    story_id: int | None = None,
    revises: int | None = None,
    why: str | None = None,
    related_to: int | None = None,
) -> Kept:
    work.analysed_by(item.analyzer_version)
    filed_at = order_at(item.release, item.first_seen_at)
    id_ = work.next_release_id(filed_at)
    if story_id is None:
        story_id = id_
        work.connection.execute(_STORY_INSERT, {"id": id_, "head_id": id_, "opened_at": work.now})
    published = item.release.published_at
    work.connection.execute(
        _RELEASE_INSERT,
        {
            **_columns(item.release, item.raw),
            "id": id_,
            "url_key": item.url_key,
            "origin": item.origin.value,
            "revises": revises,
            "story_id": story_id,
            "verdict": verdict,
            "why": why,
            "related_to": related_to,
            "identity": item.fingerprint.identity,
            "content": item.fingerprint.content,
            "analyzer_version": item.analyzer_version,
            "source_id": item.source_id,
            "order_at": filed_at,
            "off_day": int(published is not None and day_of(published) != day_of(filed_at)),
            "first_seen_at": item.first_seen_at,
            "stored_at": work.now,
            "matched_at": item.matched_at,
            "matched_generation": work.rule_generation,
        },
    )
    terms = term_columns(item.release, item.terms)
    work.write_later(_TERMS_INSERT, {"id": id_, **terms})
    work.index(id_, terms)
    work.forms(item.forms)
    return Kept(release_id=id_, story_id=story_id, fresh=True)


def _columns(release: Release, raw: Raw | None) -> dict[str, Any]:
    columns = release_columns(release)
    if raw is not None:
        columns["data"]["read"] = read_with(release, raw.wire, raw.listed)
    return columns


def _revise(work: Work, item: Keep, first: int, *, stale: bool, why: str | None = None) -> Kept:
    versions = work.connection.execute(
        select(RELEASE).where(or_(RELEASE.c.id == first, RELEASE.c.revises == first)).order_by(RELEASE.c.id)
    ).all()
    newest = max(versions, key=lambda row: (row.superseded_by is None, row.published_at or EPOCH, row.id))
    if len(versions) > REVISIONS_MAX:
        work.tally("incident", "too many revisions of one release")
        return Kept(release_id=newest.id, story_id=newest.story_id, fresh=False)
    kept = _insert(work, item, "revision", story_id=newest.story_id, revises=first, why=why)
    if stale:
        work.connection.execute(update(RELEASE).where(RELEASE.c.id == kept.release_id).values(superseded_by=newest.id))
    else:
        older = [row.id for row in versions]
        work.connection.execute(update(RELEASE).where(RELEASE.c.id.in_(older)).values(superseded_by=kept.release_id))
    gone = item.release.kind is Kind.WITHDRAWAL
    type_ = EventType.RELEASE_WITHDRAWN if gone else EventType.RELEASE_REVISED
    work.event(type_, release=kept.release_id, story=kept.story_id, revises=first, stale=stale)
    return Kept(release_id=kept.release_id, story_id=kept.story_id, fresh=True, before=release_of(newest))


def _complete(work: Work, item: Keep, teaser: int) -> Kept:
    row = work.connection.execute(select(RELEASE).where(RELEASE.c.id == teaser)).one()
    _rewrite(work, row, item.release, item.analysis, _as_kept(work, item))
    work.event(EventType.RELEASE_COMPLETED, release=teaser, story=row.story_id)
    return Kept(release_id=teaser, story_id=row.story_id, fresh=True, before=release_of(row))


def _same(work: Work, item: Keep, of: int) -> Kept:
    """The text is the one we have; what else the page says about itself may have changed."""
    row = work.connection.execute(select(RELEASE).where(RELEASE.c.id == of)).one()
    if item.first_seen_at < row.first_seen_at:
        # Listed under two addresses, and read by the one that was seen later.
        seen = update(RELEASE).where(RELEASE.c.id == of).values(first_seen_at=item.first_seen_at)
        work.connection.execute(seen)
    known = release_of(row)
    same_page = item.url_key is not None and item.url_key == row.url_key
    read = as_stored(item.release)
    reread = same_page and read.completeness == known.completeness and over(known, read) != known
    if reread:
        _rewrite(work, row, item.release, item.analysis, _as_kept(work, item))
        work.event(EventType.RELEASE_REREAD, release=of, story=row.story_id)
    return Kept(release_id=of, story_id=row.story_id, fresh=False, reread=reread)


def correct(work: Work, release_id: int, known: Release, better: Correction) -> bool:
    """Put today's reading of a stored page in the place of `known`, the reading that is stored.

    A correction of ours, not a revision of the wire's: id, story, order and first sight stay, and nobody
    is alerted. False, and nothing done, where the release is gone or no longer says what `known` says.
    """
    row = work.connection.execute(select(RELEASE).where(RELEASE.c.id == release_id)).first()
    if row is None or release_of(row) != known:
        return False
    read = better.release
    values = {
        "url_key": url_key(read.url) if read.url else None,
        "read": read_with(read, better.wire, better.listed),
    }
    _rewrite(work, row, read, better.analysis, values)
    work.event(EventType.RELEASE_REREAD, release=release_id, story=row.story_id)
    return True


def over(known: Release, read: Release) -> Release:
    """What a row says after another reading: a time that the page does not tell stays as it was known."""
    if read.published_at is not None:
        return read
    return replace(
        read,
        published_at=known.published_at,
        published_at_source=known.published_at_source,
        time_precision=known.time_precision,
    )


def _as_kept(work: Work, item: Keep) -> dict[str, Any]:
    values: dict[str, Any] = {
        "url_key": item.url_key,
        "matched_at": item.matched_at,
        "matched_generation": work.rule_generation,
    }
    return values if item.raw is None else {**values, "read": read_with(item.release, item.raw.wire, item.raw.listed)}


def _rewrite(work: Work, row: Any, read: Release, analysis: Analysis, values: dict[str, Any]) -> None:  # noqa: ANN401 - a row of `release`
    """Put a better reading in the place of a row; id, story, order and first sight stay.

    `values` are further columns; `read`, if among them, is what the page was read with.
    """
    release = over(release_of(row), read)
    columns = release_columns(release)
    columns["data"] |= {"read": given} if (given := values.pop("read", row.data.get("read"))) is not None else {}
    off_day = release.published_at is not None and day_of(release.published_at) != day_of(row.order_at)
    work.connection.execute(
        update(RELEASE).where(RELEASE.c.id == row.id).values(**columns, **values, off_day=int(off_day))
    )
    refile(work, [Refiled(row.id, release, analysis)])


def _keep_keys(work: Work, release_id: int, fingerprint: Fingerprint) -> None:
    rows = [{"key": key, "release_id": release_id} for key in fingerprint.keys]
    work.connection.execute(key_insert(work.dialect), rows)
    if anchors := fingerprint.anchors + fingerprint.marks:
        anchored = [{"key": key, "release_id": release_id} for key in anchors]
        work.connection.execute(anchor_insert(work.dialect), anchored)


def _keep_raw(connection: Connection, release_id: int, raw: Raw) -> None:
    connection.execute(
        insert(RAW).values(
            release_id=release_id,
            url=raw.url,
            content_type=raw.content_type,
            fetched_at=raw.fetched_at,
            sha256=hashlib.sha256(raw.body).hexdigest(),
            codec="zlib",
            size=len(raw.body),
            body=zlib.compress(raw.body, 6),
        )
    )
