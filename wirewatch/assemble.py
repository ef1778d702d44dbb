"""The only place where objects meet: settings in, a working house out."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TextIO

import httpx
import structlog

from alerts.catching_up import CatchUp
from alerts.channels import CHANNELS, ChannelContext
from config import Settings
from config.catalogue import wires
from config.settings import Fields
from ingest.addresses import policy
from ingest.fetch import Fetcher, FetchLimits
from ingest.politeness import Politeness
from ingest.wires import SHIPPED, Roster
from news.source import SourceKind, Ways
from storage.archive import Archive
from storage.checkpoints import note, noted
from storage.database import Durability
from storage.frequencies import term_shares
from storage.heads import trust
from storage.packs import KEPT, own_packs
from storage.rules import ChannelSpec, RuleSpec, channels, put_channel, remove_channel, sync_packs, sync_rules
from storage.sources import SourceSpec, sync_sources
from wirewatch import clock, version, websub
from wirewatch.pacing import Pacing
from wirewatch.pipeline import Pipeline
from wirewatch.secrets import refer
from wirewatch.switchboard import Switchboard
from wirewatch.watch import Watch

_log = structlog.get_logger(__name__)

COUNTED_FROM_RULES = 1_000
# The note that says which configuration file was written into the database last.
FILE = "configuration"


@dataclass(frozen=True, slots=True)
class House:
    """All parts, joined. Close it when done."""

    settings: Settings
    archive: Archive
    fetcher: Fetcher
    pipeline: Pipeline
    watch: Watch
    channels: Switchboard
    roster: Roster

    async def close(self) -> None:
        await self.channels.aclose()
        await self.fetcher.aclose()
        self.archive.close()


def open_archive(settings: Settings, *, durability: Durability = "FULL", read_only: bool = False) -> Archive:
    """The archive that the settings name, migrated; `read_only`, as it is.

    Raises:
        OutdatedError: `read_only`, and it must first be made or upgraded.
        StorageError: it cannot be used; the message says why and what to do.
    """
    url = settings.storage.url.get_secret_value()
    return Archive.open(url, now=clock.now(), durability=durability, read_only=read_only)


def sync(settings: Settings, archive: Archive) -> None:
    """Write the file's sources, rules and channels into the database, by name.

    Without a file nothing is touched: the database may belong to one that is elsewhere.
    """
    if settings.path is None:
        return
    wanted = _sources_wanted(settings)
    with archive.writing(clock.now()) as work:
        sync_sources(work, wanted)
        trust(work, settings.stories.trust)
        sync_rules(work, _rules_wanted(settings))
        kept = sync_packs(work, settings.packs)
        for spec in channels(work.connection):
            if spec.origin == "config" and spec.name not in settings.channels:
                remove_channel(work, spec.name)
        for name, channel in settings.channels.items():
            put_channel(work, ChannelSpec(name, channel.kind, refer(channel), "config"))
        note(work.connection, FILE, {"digest": digest(settings)}, work.now)
    for name in kept:
        _log.warning("pack_kept", pack=name, why="gone from the file, but a rule made here still names it")


def is_synced(settings: Settings, archive: Archive) -> bool:
    """Whether the file stands in the database as it is; asked without taking the write lock."""
    if settings.path is None:
        return True
    with archive.database.reading() as connection:
        told = noted(connection, FILE)
        # A pack that is kept for a rule goes with it: only a sync looks whether the rule is still there.
        waits = any(origin == KEPT for _, origin in own_packs(connection).values())
    return told is not None and told["digest"] == digest(settings) and not waits


def digest(settings: Settings) -> str:
    """The same for files that say the same of sources, rules, packs and channels. Holds no secret."""
    said = {
        "sources": [asdict(spec) for spec in _sources_wanted(settings)],
        "rules": [asdict(spec) for spec in _rules_wanted(settings)],
        "packs": settings.packs,
        "trust": settings.stories.trust,
        "channels": {name: [channel.kind, refer(channel)] for name, channel in settings.channels.items()},
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _rules_wanted(settings: Settings) -> list[RuleSpec]:
    return [RuleSpec(rule.name, rule.query, rule.to, rule.paused, rule.telling) for rule in settings.rules]


def _sources_wanted(settings: Settings) -> list[SourceSpec]:
    return [
        SourceSpec(
            name=source.name,
            wire=source.wire,
            kind=source.kind.value,
            url=source.url,
            interval_s=source.interval_s or source.first_interval_s,
            fixed=source.interval_s is not None,
            weight=source.weight,
            objective_s=source.objective_s,
            ways=Ways(listing=source.listing, feeds=source.other_feeds, sitemaps=source.sitemap),
            fields=(source.fields or Fields()).to_read(source.items) if source.kind is SourceKind.API else None,
            alert_seed=source.alert_seed,
            dedupe=source.dedupe,
            trusted=True,
            origin="config",
        )
        for source in settings.sources
        if source.enabled
    ]


def open_channels(settings: Settings, archive: Archive, *, console: TextIO | None = None) -> Switchboard:
    """Every channel of the file and of the database, ready to send.

    Raises:
        ChannelConfigError: a channel of the file cannot work.
    """
    return Switchboard(settings, archive, channel_context(settings, console=console))


def channel_context(settings: Settings, *, console: TextIO | None = None) -> ChannelContext:
    return ChannelContext(
        archive_name="wirewatch",
        user_agent=user_agent(settings),
        now=clock.now,
        console=console or sys.stdout,
        public_url=public_url(settings),
        mail=settings.mail,
        network=settings.network,
    )


def roster(settings: Settings) -> Roster:
    """The wires that come with the program and those that the file describes."""
    return SHIPPED.with_described(settings.wires)


def public_url(settings: Settings) -> str | None:
    """What links in messages begin with; without one that is set, the dashboard's own address."""
    if settings.web.public_url:
        return settings.web.public_url.rstrip("/")
    if settings.web.enabled and settings.web.port:
        host = f"[{settings.web.host}]" if ":" in settings.web.host else settings.web.host
        return f"http://{host}:{settings.web.port}"
    return None


def user_agent(settings: Settings) -> str:
    """Who we are, honestly: the product, its version, and whom to ask."""
    contact = settings.polling.contact
    return f"{settings.polling.user_agent}/{version()}" + (f" (+{contact})" if contact else "")


def fetcher(settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> Fetcher:
    """Without a `transport`, over the network."""
    network, polling = settings.network, settings.polling
    return Fetcher(
        user_agent=user_agent(settings),
        limits=FetchLimits(
            body_bytes_max=network.body_bytes_max,
            redirects_max=network.redirects_max,
            connect_s=network.connect_timeout_s,
            read_s=network.read_timeout_s,
            total_s=network.total_timeout_s,
        ),
        clock=clock.now,
        politeness=Politeness(
            monotonic=clock.monotonic,
            total=polling.concurrency,
            gap_s=polling.per_host_gap_s,
            wait_max_s=polling.per_host_wait_s,
            hourly=polling.per_host_hourly,
        ),
        robots=polling.robots,
        allow=policy(network.allow),
        transport=transport,
    )


def build(
    settings: Settings,
    archive: Archive,
    *,
    console: TextIO | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> House:
    """Join the parts. The archive is the caller's to open and, by `House.close`, to close."""
    sync(settings, archive)
    # Counting what is common takes longer than it saves where few rules watch.
    many = len(archive.rules()) >= COUNTED_FROM_RULES
    watch = Watch(term_shares(archive.database) if many else None)
    found = open_channels(settings, archive, console=console)
    ours, known = fetcher(settings, transport), roster(settings)
    pipeline = Pipeline(
        archive=archive,
        fetcher=ours,
        watch=watch,
        channels=found,
        now=clock.now,
        page_wait_s=settings.polling.page_wait_s,
        keep_raw=settings.storage.keep_raw,
        hubs=websub.is_on(settings),
        catch_up=catch_up(settings),
        roster=known,
        pacing=Pacing(archive, settings.polling, _zones(known), clock.now),
    )
    pipeline.refresh_rules()
    return House(settings, archive, ours, pipeline, watch, found, known)


def _zones(known: Roster) -> dict[str, str]:
    """The clock of each wire: that of the catalogue, else the one that pages are read by."""
    return {wire.slug: wire.zone for wire in known.wires} | {wire.slug: wire.zone for wire in wires()}


def catch_up(settings: Settings) -> CatchUp:
    asked = settings.catch_up
    return CatchUp(
        older_than=timedelta(seconds=asked.older_than_s),
        wait=timedelta(seconds=asked.wait_s),
        singly_max=asked.singly_max,
    )


def channel_kinds() -> tuple[str, ...]:
    return tuple(CHANNELS)
