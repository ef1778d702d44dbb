"""The golden pages and the releases read from them. Run as a script, it records the releases anew."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from ingest.page import Page
from ingest.parse import read
from news.release import Reject, release_to_json

FOLDER = Path(__file__).resolve().parents[1] / "golden"
FETCHED_AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def pages() -> list[Path]:
    return sorted((FOLDER / "wires").glob("*/*.html"))


def page_of(path: Path) -> Page:
    return Page(None, path.read_bytes(), "text/html", FETCHED_AT)


def record(path: Path) -> str:
    """The release on a golden page, as its JSON file should hold it."""
    release = read(page_of(path), wire=path.parent.name)
    if isinstance(release, Reject):
        raise TypeError(f"{path.name} was rejected: {release}")
    return json.dumps(release_to_json(release), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for golden in pages():
        golden.with_suffix(".json").write_text(record(golden), encoding="utf-8")
