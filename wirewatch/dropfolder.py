"""A watched folder: files put there are stored once, and moved aside.

A file is moved after its releases are committed. Killed between the two, it is read again, and its releases are
known by then: nothing is lost, and nothing alerts twice.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import structlog

from config import Settings
from ingest.wires import SHIPPED, Roster
from wirewatch.filed import releases_in
from wirewatch.pipeline import BATCH_MAX, Pipeline
from wirewatch.prepared import Prepared

LOOK_EVERY_S = 2.0
DONE, REJECTED = "done", "rejected"
# Of one look: what is left is taken at the next.
FILES_MAX = 200
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".swp")

_log = structlog.get_logger(__name__)

Seen = tuple[int, int]
"""Size and time of change of a file: one that still grows has others at the next look."""


@dataclass(slots=True)
class DropFolder:
    """Looks into `[inbox] folder` now and then; without one it does nothing.

    A file is taken when it is as it was at the look before; one that cannot be moved is remembered until it changes.
    """

    pipeline: Pipeline
    settings: Settings
    stop: asyncio.Event
    roster: Roster = SHIPPED
    _before: dict[Path, Seen] = field(default_factory=dict)
    _stuck: dict[Path, Seen] = field(default_factory=dict)
    _missing: bool = False

    async def look(self) -> None:
        folder = folder_of(self.settings)
        if folder is None:
            return
        now = await asyncio.to_thread(self._files, folder)
        ready = [path for path, seen in now.items() if self._before.get(path) == seen != self._stuck.get(path)]
        self._before = now
        for path in ready:
            if self.stop.is_set():
                return
            await asyncio.to_thread(self.take, path)

    def take(self, path: Path) -> None:
        """Store what a file holds, in commits of at most `BATCH_MAX`, then move it aside."""
        stored, reasons = 0, list[str]()
        batch: list[Prepared] = []
        try:
            for _, found in releases_in([path], url=None, wire=self.settings.inbox.wire, roster=self.roster):
                if isinstance(found, str):
                    reasons.append(found)
                    continue
                batch.append(self.pipeline.prepare(found))
                if len(batch) == BATCH_MAX:
                    stored += self._store(batch)
                    batch = []
            stored += self._store(batch)
        except OSError as error:
            self._stick(path, error)
            return
        for reason in reasons[:20]:
            _log.warning("file_rejected", file=path.name, reason=reason[:200])
        _log.info("file_taken", file=path.name, releases=stored, rejected=len(reasons))
        self._put_aside(path, REJECTED if reasons and not stored else DONE)

    def _store(self, batch: list[Prepared]) -> int:
        return sum(1 for kept in self.pipeline.store(batch) if kept is not None) if batch else 0

    def _files(self, folder: Path) -> dict[Path, Seen]:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with os.scandir(folder) as listed:
                found = [entry for entry in listed if _is_finished(entry)]
            seen = {Path(entry.path): (entry.stat().st_size, entry.stat().st_mtime_ns) for entry in found[:FILES_MAX]}
        except OSError as error:
            if not self._missing:
                _log.warning("folder_unreadable", folder=str(folder), reason=error.strerror)
            self._missing = True
            return {}
        self._missing = False
        return dict(sorted(seen.items(), key=lambda pair: pair[1][1]))

    def _put_aside(self, path: Path, where: str) -> None:
        try:
            aside = path.parent / where
            aside.mkdir(exist_ok=True)
            path.replace(_free(aside, path))
        except OSError as error:
            self._stick(path, error)

    def _stick(self, path: Path, error: OSError) -> None:
        _log.warning("file_stuck", file=path.name, reason=error.strerror)
        if path in self._before:
            self._stuck[path] = self._before[path]


def folder_of(settings: Settings) -> Path | None:
    """The folder to watch, relative to the configuration file; None where none is."""
    said = settings.inbox.folder
    if not said:
        return None
    return (settings.path.parent if settings.path else Path()) / Path(said).expanduser()


def _is_finished(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file that nobody says is being written; a link may lead anywhere."""
    hidden = entry.name.startswith((".", "~"))
    return not hidden and not entry.name.endswith(_UNFINISHED) and entry.is_file(follow_symlinks=False)


def _free(folder: Path, path: Path) -> Path:
    """A name that nothing has there."""
    names = (path.name if n == 1 else f"{path.stem}.{n}{path.suffix}" for n in count(1))
    return next(folder / name for name in names if not (folder / name).exists())
