"""Work done once, from the command line, down the same journey as the daemon's."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn

from config import Settings
from news.alert import DeliveryState
from storage import outbox, sources
from storage.database import DatabaseBusyError
from storage.entries import claim_entries
from storage.keeping import Kept
from storage.tombstones import Gone
from wirewatch import clock
from wirewatch.assemble import House, build, open_archive
from wirewatch.closing import close_due
from wirewatch.daemon import LEASE
from wirewatch.faults import UserError
from wirewatch.filed import STDIN, releases_in
from wirewatch.pipeline import BATCH_MAX, Unread
from wirewatch.prepared import Prepared
from wirewatch.wording import counted, meant

ROUND_WAIT_MAX_S = 120.0
PAGES_AT_ONCE = 8


@dataclass(slots=True)
class Report:
    """What a round came to."""

    stored: int = 0
    known: int = 0
    rejected: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    alerts: int = 0
    deliveries: Counter[str] = field(default_factory=Counter)

    def told(self) -> dict[str, Any]:
        return {
            "stored": self.stored,
            "known": self.known,
            "rejected": self.rejected,
            "failed": self.failed,
            "alerts": self.alerts,
            "deliveries": dict(self.deliveries),
        }

    def __str__(self) -> str:
        stored, alerts = counted(self.stored, "release"), counted(self.alerts, "alert")
        lines = [f"{stored} stored, {self.known} known already, {alerts}"]
        if self.deliveries:
            lines.append("deliveries: " + ", ".join(f"{n} {state}" for state, n in sorted(self.deliveries.items())))
        lines += [f"rejected: {line}" for line in self.rejected]
        lines += [f"failed: {line}" for line in self.failed]
        return "\n".join(lines)

    def count(self, kept: Sequence[Kept | Gone | None]) -> None:
        for item in kept:
            if item is None:
                self.rejected.append("internal error, see the log")
            elif isinstance(item, Kept) and item.fresh:
                self.stored += 1
            else:
                self.known += 1


def bar(*, quiet: bool, columns: Sequence[ProgressColumn] = ()) -> Progress:
    return Progress(
        *(columns or (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())),
        console=Console(stderr=True),
        disable=quiet or not sys.stderr.isatty(),
        transient=True,
    )


def console_for(*, quiet: bool) -> TextIO:
    """Where a console channel prints: not among what a program reads."""
    return sys.stderr if quiet else sys.stdout


async def ingest_files(
    settings: Settings, files: Sequence[Path], *, url: str | None, wire: str | None, quiet: bool
) -> Report:
    """Store what the files hold, `-` being standard input, and deliver unless a daemon is there to do so."""
    report = Report()
    house = build(settings, open_archive(settings), console=console_for(quiet=quiet))
    try:
        before = house.archive.counts()["alerts"]
        with bar(quiet=quiet) as progress:
            sizes = [file.stat().st_size for file in files if file != STDIN]
            task = progress.add_task("ingest", total=sum(sizes) or None)
            batch: list[Prepared] = []
            for read, found in releases_in(files, url=url, wire=wire, roster=house.roster):
                if isinstance(found, str):
                    report.rejected.append(found)
                else:
                    batch.append(house.pipeline.prepare(found))
                if len(batch) == BATCH_MAX:
                    report.count(house.pipeline.store(batch))
                    batch = []
                progress.advance(task, read)
            if batch:
                report.count(house.pipeline.store(batch))
        report.alerts = house.archive.counts()["alerts"] - before
        await _deliver_unless_watched(house, report)
    finally:
        await house.close()
    return report


async def poll_once(settings: Settings, names: Sequence[str], *, quiet: bool) -> Report:
    """One round: poll, read what is due, store, deliver what is due now.

    Raises:
        DatabaseBusyError: a daemon runs; it polls by itself.
    """
    archive = open_archive(settings)
    lock = archive.database.instance_lock()
    house = build(settings, archive, console=console_for(quiet=quiet))
    report = Report()
    try:
        with archive.writing(clock.now()) as work:
            sources.free_leases(work.connection)
            outbox.free_leases(work.connection)
        stand = {line.source.name: line.source for line in archive.sources()}
        for name in names:
            if name not in stand:
                raise UserError(f"there is no source {name!r}; {meant(name, stand)}")
        chosen = [stand[name].id for name in names] or [source.id for source in stand.values()]
        before = archive.counts()
        await _poll_all(house, chosen, report, quiet=quiet)
        await _read_all(house, report, quiet=quiet)
        report.alerts = archive.counts()["alerts"] - before["alerts"]
        await deliver_due(house, report)
    finally:
        await house.close()
        lock.release()
    return report


async def _poll_all(house: House, chosen: Sequence[int], report: Report, *, quiet: bool) -> None:
    database = house.archive.database
    holder = f"poll:{os.getpid()}"
    claimed = sources.claim_sources(database, clock.now(), holder=holder, lease=LEASE, limit=10_000, only=chosen)
    with bar(quiet=quiet) as progress:
        task = progress.add_task("poll", total=len(claimed))
        for each in asyncio.as_completed([house.pipeline.poll(source) for source in claimed]):
            await each
            progress.advance(task)
    polled = {source.id for source in claimed}
    for line in house.archive.sources():
        if line.source.id in polled and line.source.state.failures:
            report.failed.append(f"{line.source.name}: {line.source.state.last_outcome}")


async def _read_all(house: House, report: Report, *, quiet: bool) -> None:
    database, holder = house.archive.database, f"poll:{os.getpid()}"
    with bar(quiet=quiet) as progress:
        task = progress.add_task("read", total=house.archive.unread())
        while entries := claim_entries(database, clock.now(), holder=holder, lease=LEASE, limit=PAGES_AT_ONCE):
            found = await asyncio.gather(*(house.pipeline.read(entry) for entry in entries))
            ready = [item for item in found if isinstance(item, Prepared)]
            for item in found:
                if isinstance(item, Unread):
                    house.pipeline.leave_unread(item)
                    report.rejected.append(f"{item.entry.listed.url}: {item.reason[:200]}")
            if ready:
                report.count(house.pipeline.store(ready))
            progress.advance(task, len(entries))


async def _deliver_unless_watched(house: House, report: Report) -> None:
    with suppress(DatabaseBusyError):
        lock = house.archive.database.instance_lock()
        try:
            await deliver_due(house, report)
        finally:
            lock.release()


async def deliver_due(house: House, report: Report) -> None:
    """Send everything that is due now, once each; what fails waits for its next time."""
    room = dict.fromkeys(house.channels, 20)
    sent: set[int] = set()
    while close_due(house.archive, clock.now()):
        pass
    while claimed := outbox.claim_deliveries(
        house.archive.database, clock.now(), holder=f"once:{os.getpid()}", lease=LEASE, room=room
    ):
        house.pipeline.settle(await asyncio.gather(*(house.pipeline.send(delivery) for delivery in claimed)))
        sent |= {delivery.id for delivery in claimed}
    states = {line.id: line.state for line in house.archive.deliveries(limit=10_000)}
    report.deliveries.update(states[id_] for id_ in sent if id_ in states)
    if left := sum(1 for state in states.values() if state == DeliveryState.DUE):
        report.deliveries["waiting"] = left
