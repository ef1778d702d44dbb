"""Does one thing to an archive, and dies of it: `python halted.py WHAT URL N` is killed after its Nth statement.

N = 0 lives, and prints how many statements it took. `old` makes a database as the first version made it,
`migrate` opens it, `write` stores fifty releases in one transaction.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from crowd import batch, store
from shelf import NOW
from sqlalchemy import Engine, event

from storage import migrations
from storage.archive import Archive
from storage.database import Database
from storage.tables import METADATA

RELEASES = 50


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


def main(what: str, url: str, last: str) -> None:
    if what == "old":
        begin_old(url)
        return
    if what == "migrate":
        fate = Fate(int(last))
        Archive.open(url, now=NOW).close()
    else:
        archive = Archive.open(url, now=NOW)
        fate = Fate(int(last))
        store(archive, batch(random.Random(1), "halted", RELEASES))  # noqa: S311 - the same every time
        archive.close()
    sys.stdout.write(f"{fate.done}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
