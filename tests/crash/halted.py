"""Does one thing to an archive, and dies of it: `python halted.py WHAT URL N` is killed after its Nth statement.

N = 0 lives, and prints how many statements it took. `old` makes a database as the first version made it,
`migrate` opens it, `write` stores fifty releases in one transaction, `join` brings the two halves of a release, which
are two stories, and then the whole of it, which makes them one; each in a transaction of its own, with rules at watch.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from crowd import batch, store
from shelf import NOW
from sqlalchemy import Engine, event

from config import load
from storage import migrations
from storage.archive import Archive
from storage.database import Database
from storage.tables import METADATA
from wirewatch.intake import ingest_files

RELEASES = 50
_OPENING = (
    "Acme Kites, maker of kites for calm days, opened a test field for its solar kite on the edge of town today. "
    "The field measures forty hectares and has room for ninety kites at once, the company said in the morning."
)
_CLOSING = (
    "A second field near the coast follows in the autumn, where the wind blows from the sea on most days of the year. "
    "The mayor brought a ribbon of silk and cut it herself, to the applause of a school class from the next village."
)
HALVES_AND_WHOLE = {"a": _OPENING, "b": _CLOSING, "c": f"{_OPENING}\n\n{_CLOSING}"}


class Fate:
    """Counts statements and commits, and kills after the last."""

    def __init__(self, last: int) -> None:
        self.done, self._last = 0, last
        event.listen(Engine, "after_cursor_execute", self._count)
        event.listen(Engine, "commit", self._count)

    def _count(self, *_: Any) -> None:
        self.done += 1
        if self.done == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def begin_old(url: str) -> None:
    database, script = Database(url), migrations._script()
    with database.unchecked() as connection, connection.begin():
        options = {"target_metadata": METADATA, "render_as_batch": True, "now": NOW}
        context = MigrationContext.configure(connection, opts=options)
        with Operations.context(context):
            script.get_revision("0001").module.upgrade()
        context.stamp(script, "0001")
    database.close()


def join(url: str, folder: Path) -> None:
    file = folder / "wirewatch.toml"
    rules = "".join(f"[[rule]]\nname = '{name}'\nquery = '{name}'\n" for name in ("hectares", "silk", "field"))
    file.write_text(f"[storage]\nurl = '{url}'\n[log]\nlevel = 'error'\n{rules}", encoding="utf-8")
    settings = load(file, {})
    for wire, body in HALVES_AND_WHOLE.items():
        row = {"wire": wire, "url": f"https://{wire}.example/1", "headline": f"Acme Kites opens a field ({wire})"}
        lines = folder / f"{wire}.jsonl"
        told = {**row, "body": body, "published_at": "2026-03-02T08:00:00Z"}
        lines.write_text(json.dumps(told), encoding="utf-8")
        asyncio.run(ingest_files(settings, [lines], url=None, wire=None, quiet=True))


def main(what: str, url: str, last: str) -> None:
    if what == "old":
        begin_old(url)
        return
    if what == "migrate":
        fate = Fate(int(last))
        Archive.open(url, now=NOW).close()
    elif what == "join":
        fate = Fate(int(last))
        with TemporaryDirectory() as folder:
            join(url, Path(folder))
    else:
        archive = Archive.open(url, now=NOW)
        fate = Fate(int(last))
        store(archive, batch(random.Random(1), "halted", RELEASES))  # noqa: S311 - the same every time
        archive.close()
    sys.stdout.write(f"{fate.done}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
