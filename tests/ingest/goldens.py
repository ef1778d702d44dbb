"""The golden pages and the releases read from them.

Run as a script, `record` writes the releases of pages that have none yet, `update` those of all; each says which.
"""

from __future__ import annotations

import json
import sys
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


def _main(verb: str) -> int:
    if verb not in {"record", "update"}:
        sys.stderr.write(f"goldens: {verb!r} is neither record (new pages) nor update (all pages)\n")
        return 2
    for golden in pages():
        expected = golden.with_suffix(".json")
        if verb == "record" and expected.exists():
            continue
        written, before = record(golden), expected.read_text(encoding="utf-8") if expected.exists() else None
        if written != before:
            expected.write_text(written, encoding="utf-8")
            sys.stdout.write(f"{'new' if before is None else 'changed'}  {expected.relative_to(FOLDER)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(_main(sys.argv[1] if len(sys.argv) > 1 else "update"))
