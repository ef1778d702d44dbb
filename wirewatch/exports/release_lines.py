"""Releases as JSON Lines, as `wirewatch ingest` takes them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import BinaryIO

from news.release import release_to_json
from storage.archive import Stored


def write_lines(releases: Iterable[Stored], out: BinaryIO) -> int:
    """Write each as a line; returns how many."""
    n = 0
    for n, stored in enumerate(releases, 1):  # noqa: B007 - the last number is the count
        told = {"id": str(stored.id), **release_to_json(stored.release)}
        out.write(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    return n
