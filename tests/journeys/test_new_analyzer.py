"""A program with a new analyzer is started on an archive that an older one filled."""

from __future__ import annotations

from sqlalchemy import func, select, update
from whole_house import House, numbers, settled, until

from news.query import parse
from news.text import ANALYZER_VERSION
from storage.archive import Archive
from storage.checkup import check
from storage.reindex import is_behind
from storage.search import search
from storage.tables import ARCHIVE, RELEASE
from wirewatch.demo.releases import numbered

NEEDLE = numbered(5, words="The needle is in this sentence.")


async def test_the_daemon_analyses_anew_and_takes_nothing_for_new(either_house: House) -> None:
    house = either_house
    async with house.seeded() as archive:
        house.publish(NEEDLE)
        house.publish(numbered(6))
        await settled(archive, alerts=1)
        await until(lambda: numbers(archive) == [5, 6])
    with house.archive() as archive, archive.database.writing() as connection:
        connection.execute(update(ARCHIVE).values(analyzer_version=ANALYZER_VERSION - 1))
        connection.execute(update(RELEASE).values(analyzer_version=ANALYZER_VERSION - 1, content="of other terms"))
    async with house.running() as archive:
        await until(lambda: not is_behind(archive.database))
        await house.more_polls()
        assert behind(archive) == 0
        assert numbers(archive) == [5, 6]
        assert [hit.stored.release.release_number for hit in search(archive, parse("needles")).hits] == [
            archive.alerts(1)[0].release.release_number
        ]
        assert check(archive.database) == []
    assert (len(house.inbox.messages()), len(house.receiver.hooks())) == (1, 1)


def behind(archive: Archive) -> int:
    with archive.database.reading() as connection:
        old = select(func.count()).where(RELEASE.c.analyzer_version != ANALYZER_VERSION)
        return int(connection.execute(old).scalar_one())
