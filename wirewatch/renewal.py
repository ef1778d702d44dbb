"""Bringing what an older analyzer read to today's, in short steps beside whatever else is written."""

from __future__ import annotations

import time
from collections.abc import Iterator

from storage import reindex
from storage.archive import Archive
from wirewatch import clock
from wirewatch.prepared import analysed

# After a step others may write for as long as it took, and a moment at least.
REST_S = 0.02


def steps(archive: Archive) -> Iterator[tuple[int, float]]:
    """How many releases each step brought up, and how long to leave the archive to others, in seconds.

    Raises:
        StorageError: the archive cannot be written; what was done stays, and the next call goes on from there.
    """
    while True:
        began = clock.monotonic()
        done = reindex.step(archive, analysed, clock.now())
        if done is None:
            return
        yield done, max(REST_S, clock.monotonic() - began)


def renew_now(archive: Archive) -> Iterator[int]:
    """Bring all of it up at once, with rests; blocks its thread. A daemon may do the same beside it."""
    for done, rest_s in steps(archive):
        yield done
        time.sleep(rest_s)
