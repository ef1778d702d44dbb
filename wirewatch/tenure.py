"""Is this still the one daemon, and is the database still there? Asked every second.

A lock on a server ends with its connection. A file that is deleted lives on for those who have it
open, and is gone when they end.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

import structlog

from storage import outbox, sources
from storage.archive import Archive
from storage.checkpoints import note
from storage.database import DAEMON, StorageError
from storage.engines.contract import Lock
from storage.errors import OutageError

RESCUED = ".rescued"

_log = structlog.get_logger(__name__)


class LostError(StorageError):
    """The file of the database was taken away under the daemon; the message says where its content is."""


@dataclass(slots=True)
class InHand:
    """The ids of what is being worked on: leased by this process, and not lost."""

    sources: set[int] = field(default_factory=set)
    entries: set[int] = field(default_factory=set)
    deliveries: set[int] = field(default_factory=set)


class Tenure:
    """This daemon's hold on its database. Its methods block, and are called one at a time."""

    def __init__(self, archive: Archive, lock: Lock, holder: str) -> None:
        self._archive, self._lock, self._holder = archive, lock, holder
        self._token = uuid.uuid4().hex
        self._file = _file(archive.database.path)

    def take_up(self, in_hand: InHand, now: datetime) -> None:
        """Free what is leased and not in hand: by a daemon that was killed, or when an answer was lost."""
        database = self._archive.database
        database.take_place(None)
        with self._archive.writing(now) as work:
            # While we write, whoever has taken the lock meanwhile cannot have begun.
            if not self._lock.held():
                raise OutageError(f"{database.place}: the lock of the one daemon was lost")
            note(work.connection, DAEMON, {"token": self._token, "process": self._holder}, now)
            sources.free_leases(work.connection, but_sources=in_hand.sources, but_entries=in_hand.entries)
            lost = outbox.free_leases(work.connection, but=in_hand.deliveries)
            if lost:
                work.tally("repeat", "the process ended before the answer came")
        database.take_place(self._token)
        if lost:
            _log.warning("deliveries_taken_up", perhaps_repeated=lost)

    def look(self) -> bool:
        """True if all is as it was; False if the lock was lost and taken again, and `take_up` is due.

        Raises:
            LostError: the file is gone.
            DatabaseBusyError: another daemon took the lock.
            OutageError: the lock was lost, and the server is away.
        """
        path = self._archive.database.path
        if path is not None and self._file is not None and not _is_there(path, self._file):
            raise LostError(self._lost(path))
        if self._lock.held():
            return True
        fresh = self._archive.database.instance_lock()
        self._lock.release()
        self._lock = fresh
        _log.warning("lock_taken_again", why="the connection that held it was lost")
        return False

    def release(self) -> None:
        self._lock.release()

    def _lost(self, path: Path) -> str:
        what = "was replaced by another file" if path.exists() else "was deleted"
        target = path.with_name(f"{path.name}{RESCUED}")
        try:
            target = _free_name(target)
            self._archive.database.save_to(target)
        except (StorageError, OSError) as error:
            return f"{path}: {what} while the daemon ran, and what it held could not be saved to {target}: {error}"
        return (
            f"{path}: {what} while the daemon ran. All that it held was saved as {target}. "
            f"To go on with that, move it to {path}; to go on without, just start again."
        )


def _file(path: Path | None) -> os.stat_result | None:
    return path.stat() if path is not None else None


def _is_there(path: Path, known: os.stat_result) -> bool:
    """A folder that may not be looked into for the moment is no sign that the file is gone."""
    try:
        return os.path.samestat(path.stat(), known)
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _free_name(wanted: Path) -> Path:
    taken = {file.name for file in wanted.parent.iterdir()}
    names = (wanted.name if n == 1 else f"{wanted.name}-{n}" for n in count(1))
    return wanted.with_name(next(name for name in names if name not in taken))
