"""A small archive on disk, filled through the storage's own doors, and the dashboard over it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI

from config.settings import Web
from news.alert import Latency, MatchedText
from news.document import document
from news.release import Origin, Precision, Release, Zone, first_paragraph
from news.text import ANALYZER_VERSION
from news.verdict import Fingerprint, New
from storage.archive import Archive
from storage.keeping import Keep, keep
from storage.outbox import Address, NewAlert, queue
from storage.rules import RuleSpec, sync_rules
from storage.sources import PollEnd, SourceSpec, end_poll, sources, sync_sources
from wirewatch.web import create_app, hosts_served

NOW = datetime(2026, 3, 2, 15, 0, 10, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Desk:
    """The archive under test and the ways to add to it."""

    archive: Archive

    def store(self, release: Release, *, at: datetime = NOW, origin: Origin = Origin.LIVE) -> int:
        known = document(release)
        item = Keep(
            release=release,
            fingerprint=Fingerprint(keys=(f"url:{release.url}",), content=release.headline),
            terms=known.stored_terms(),
            forms=known.forms(),
            analyzer_version=ANALYZER_VERSION,
            url_key=release.url,
            origin=origin,
            source_id=None,
            first_seen_at=at,
            matched_at=at,
            raw=None,
        )
        with self.archive.writing(at) as work:
            return keep(work, item, New()).release_id

    def fire(self, release_id: int, *words: str, rule: str = "Chongqing") -> int:
        """An alert on the release, for every place where one of the words stands in its body."""
        stored, found = self.archive.release(release_id), self.archive.rule_named(rule)
        assert stored is not None
        assert found is not None
        body = stored.release.body
        matched = tuple(
            MatchedText(Zone.BODY, body.index(word), body.index(word) + len(word), word)
            for word in sorted(words, key=body.index)
        )
        at = stored.first_seen_at
        alert = NewAlert(
            rule_id=found.id,
            rule_name=found.name,
            rule_query=found.query,
            story_id=stored.story_id,
            occasion="first",
            release_id=release_id,
            matched=matched,
            latency=Latency(stamped=stored.release.published_at, seen=at, stored=at, matched=at + timedelta(seconds=1)),
        )
        address = Address(channel="desk", recipient="desk@newsroom.example", key=f"k{release_id}{rule}", thread="t")
        with self.archive.writing(at) as work:
            alert_id = queue(work, alert, [address], due_at=at)
        assert alert_id is not None
        return alert_id


def a_release(n: int = 1, **changes: object) -> Release:
    body = "Springfield will build a plant.\n\nIt is to make bearings for Chongqing and for others."
    fields: dict[str, object] = {
        "wire": "acmewire",
        "headline": f"Acme builds plant no. {n}",
        "url": f"https://wire.example/{n}",
        "body": body,
        "lead_span": first_paragraph(body),
        "issuer": "Acme",
        "published_at": NOW - timedelta(minutes=1),
        "time_precision": Precision.MINUTE,
        "language": "en",
        "boilerplate": "About Acme\n\nAcme is invented.",
        "contact": "Media Contact\nJ. Doe",
    }
    return Release(**(fields | changes))  # type: ignore[arg-type]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    archive = Archive.open(f"sqlite:///{tmp_path / 'desk.db'}", now=NOW, durability="NORMAL")
    spec = SourceSpec("all news", "acmewire", "feed", "https://wire.example/rss", 60.0, False, True, "config")
    with archive.writing(NOW) as work:
        sync_sources(work, [spec])
        sync_rules(work, [RuleSpec("Chongqing", "chongqing", ("desk",)), RuleSpec("Plants", "plant", ("desk",))])
        [source] = sources(work.connection)
        outcome = PollEnd(outcome="ok: 2 listed", ok=True, read=True, next_poll_at=NOW + timedelta(seconds=60))
        end_poll(work, source, outcome)
    yield Desk(archive)
    archive.close()


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    return create_app(desk.archive, clock=lambda: NOW, zone=SHANGHAI, hosts=hosts_served(Web()))


@pytest.fixture
async def web(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client
