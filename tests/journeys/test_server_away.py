"""The database goes away under the daemon, or another takes its place."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs
from throwaway_server import Frail, frail_server, new_database
from whole_house import House, settled, until

from storage.archive import Archive
from storage.checkup import check
from storage.database import DatabaseBusyError
from wirewatch import clock
from wirewatch.demo.releases import numbered
from wirewatch.tenure import LostError

pytestmark = pytest.mark.timeout(180)

END_LOCK = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture
def frail() -> Iterator[Frail]:
    with frail_server() as server:
        yield server


def words(log: list[dict[str, object]]) -> Counter[str]:
    return Counter(str(line["event"]) for line in log)


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_a_server_that_is_started_again_loses_nothing_and_doubles_nothing(
    house: House, frail: Frail, how: str
) -> None:
    house.database = frail.archive()
    house.publish_older(2)
    with capture_logs() as log:
        async with house.seeded() as archive:
            house.publish(numbered(10, words="needle"))
            await settled(archive, alerts=1)
            # On its way when the server goes: it has left, and cannot be written down.
            house.receiver.answer(204, delay_s=1.5)
            house.publish(numbered(11, words="needle"))
            await until(lambda: len(house.receiver.hooks()) == 2)
            await asyncio.to_thread(getattr(frail, how))
            for n in range(12, 16):
                house.publish(numbered(n, words="needle"))
            await until(lambda: words(log)["archive_in_trouble"] >= 1)
            await asyncio.sleep(3)
            await asyncio.to_thread(frail.start)
            await until(lambda: words(log)["archive_well_again"] == 1, within_s=40)
            await settled(archive, alerts=6)
            assert check(archive.database) == []
    assert words(log)["lock_taken_again"] == 1
    # "not reachable" and, of those who were connected, "the connection was lost" may be two reasons.
    assert 1 <= words(log)["archive_in_trouble"] <= 3
    hooks = Counter(hook.id for hook in house.receiver.accepted())
    mails = Counter(message.message_id for message in house.inbox.messages())
    assert (len(hooks), set(hooks.values())) == (6, {1}), "\n".join(map(str, log))
    assert (len(mails), set(mails.values())) == (6, {1})


async def test_a_lock_that_was_lost_is_taken_again(house: House, postgresql: object) -> None:
    house.database = new_database(postgresql)  # type: ignore[arg-type]
    with capture_logs() as log:
        async with house.seeded() as archive:
            _end_lock(archive)
            await until(lambda: words(log)["lock_taken_again"] == 1)
            house.publish(numbered(10, words="needle"))
            await settled(archive, alerts=1)
            with pytest.raises(DatabaseBusyError):
                archive.database.instance_lock()


async def test_a_daemon_whose_place_was_taken_ends(house: House, postgresql: object) -> None:
    house.database = new_database(postgresql)  # type: ignore[arg-type]
    with pytest.raises(DatabaseBusyError, match="another wirewatch daemon"):
        await _displaced(house)


async def _displaced(house: House) -> None:
    async with house.seeded() as archive:
        while True:
            _end_lock(archive)
            try:
                lock = archive.database.instance_lock()
            except DatabaseBusyError:
                continue  # it was quicker than we
            break
        await asyncio.sleep(3)
        lock.release()


def _end_lock(archive: Archive) -> None:
    with archive.database.reading() as connection:
        connection.execute(text(END_LOCK))


async def test_a_file_that_is_deleted_under_the_daemon_is_saved_beside(house: House) -> None:
    house.publish_older(2)
    with pytest.raises(LostError, match=r"was deleted while the daemon ran.* was saved"):
        await _deleted(house)
    saved = house.folder / "house.db.rescued"
    archive = Archive.open(f"sqlite:///{saved}", now=clock.now())
    assert archive.counts()["releases"] == 2
    assert check(archive.database) == []
    archive.close()


async def _deleted(house: House) -> None:
    async with house.seeded():
        for path in house.folder.glob("house.db*"):
            path.unlink()
        await asyncio.sleep(3)
