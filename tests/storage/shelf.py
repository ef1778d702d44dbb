"""Releases, sources and rules for an archive under test, made from few words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ingest.fingerprint import fingerprint
from news.alert import Latency, MatchedText
from news.document import document
from news.links import url_key
from news.query import parse
from news.release import Origin, Release, StampSource, Zone, first_paragraph
from news.source import Listed, Source
from news.text import ANALYZER_VERSION
from news.verdict import New, Verdict
from storage import entries, sources
from storage.archive import Archive
from storage.keeping import Keep, Kept, Raw, keep
from storage.outbox import Address, NewAlert, queue
from storage.rules import RuleSpec, add_rule
from storage.search import search
from storage.sources import SourceSpec, sync_sources

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
BODY = "Acme opened a plant for blade batteries in Springfield today.\n\nIt will employ four hundred people."


def release(headline: str = "Acme opens a plant", body: str = BODY, **more: Any) -> Release:
    wanted = {
        "wire": "acme-wire",
        "published_at": NOW,
        "published_at_source": StampSource.META,
        "language": "en",
        "lead_span": first_paragraph(body),
        **more,
    }
    return Release(headline=headline, body=body, **wanted)


def kept_as(
    of: Release,
    *,
    origin: Origin = Origin.LIVE,
    seen: datetime = NOW,
    raw: Raw | None = None,
    source_id: int | None = None,
    analyzer_version: int = ANALYZER_VERSION,
) -> Keep:
    known = document(of)
    terms = known.stored_terms()
    return Keep(
        release=of,
        fingerprint=fingerprint(of, terms),
        terms=terms,
        forms=known.forms(),
        analyzer_version=analyzer_version,
        url_key=url_key(of.url) if of.url else None,
        origin=origin,
        source_id=source_id,
        first_seen_at=seen,
        matched_at=seen,
        raw=raw,
    )


def store(archive: Archive, of: Release, verdict: Verdict | None = None, *, now: datetime = NOW, **more: Any) -> Kept:
    with archive.writing(now) as work:
        return keep(work, kept_as(of, **{"seen": now, **more}), verdict or New())


def ids_found(archive: Archive, query: str, **more: Any) -> list[int]:
    """What a search answers over all its pages."""
    asked, ids, cursor = parse(query), [], None
    while True:
        page = search(archive, asked, cursor=cursor, **more)
        ids += [hit.stored.id for hit in page.hits]
        cursor = page.cursor
        if cursor is None:
            return ids


def add_source(archive: Archive, name: str = "acme-feed", *, now: datetime = NOW, interval_s: float = 60) -> Source:
    spec = SourceSpec(name, "acme-wire", "feed", f"https://{name}.example/feed", interval_s, False, False, "db")
    with archive.writing(now) as work:
        assert sources.add_source(work, spec)
    return source_named(archive, name)


def configure(archive: Archive, *specs: SourceSpec, now: datetime = NOW) -> None:
    with archive.writing(now) as work:
        sync_sources(work, specs)


def source_named(archive: Archive, name: str = "acme-feed") -> Source:
    return next(line.source for line in archive.sources() if line.source.name == name)


def listed(number: int, **more: Any) -> Listed:
    wanted = {"url": f"https://acme.example/news/{number}", "guid": f"acme-{number}", "title": f"Release {number}"}
    return Listed(**(wanted | more))


def list_rows(
    archive: Archive, source: Source, *rows: Listed, now: datetime = NOW, origin: Origin = Origin.LIVE
) -> int:
    """One poll that read a listing; returns how many entries became due."""
    url_keys = [url_key(row.url) if row.url else None for row in rows]
    with archive.writing(now) as work:
        seen = entries.known(work, source, rows, url_keys)
        return entries.list_entries(work, source, rows, url_keys, seen.keys, origin=origin)


def a_rule(archive: Archive, name: str = "plants", query: str = "plant", channels: tuple[str, ...] = ("mail",)) -> int:
    with archive.writing(NOW) as work:
        return add_rule(work, RuleSpec(name, query, channels)).id


def alert_of(kept: Kept, rule_id: int, *, occasion: str = "first", story_id: int | None = None) -> NewAlert:
    return NewAlert(
        rule_id=rule_id,
        rule_name="plants",
        rule_query="plant",
        story_id=kept.story_id if story_id is None else story_id,
        occasion=occasion,
        release_id=kept.release_id,
        matched=(MatchedText(Zone.HEADLINE, 13, 18, "plant"),),
        latency=Latency(stamped=NOW, seen=NOW, stored=NOW, matched=NOW),
    )


def tell(archive: Archive, alert: NewAlert, *keys: str, channel: str = "mail", due: datetime = NOW) -> int | None:
    """Queue the alert with one delivery for each key."""
    addresses = [Address(channel=channel, recipient=f"{key}@acme.example", key=key, thread="t") for key in keys]
    with archive.writing(NOW) as work:
        return queue(work, alert, addresses, due_at=due)
