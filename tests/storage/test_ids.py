"""Release ids: newest first is id order, whenever a release arrived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from shelf import NOW, release, store

from news.release import Completeness, StampSource
from news.verdict import Completes
from storage.archive import Archive
from storage.errors import StorageError
from storage.tables import DAY
from storage.work import IDS_A_DAY_MAX, day_of

TODAY = day_of(NOW)


def parts(release_id: int) -> tuple[int, int]:
    return release_id >> 24, release_id & 0xFFFFFF


def test_an_id_is_the_day_of_publication_and_a_number_within_it(archive: Archive) -> None:
    yesterday = NOW - timedelta(days=1)
    first = store(archive, release("One"))
    second = store(archive, release("Two", published_at=yesterday))
    third = store(archive, release("Three", published_at=NOW - timedelta(hours=5)))
    assert [parts(kept.release_id) for kept in (first, second, third)] == [(TODAY, 1), (TODAY - 1, 1), (TODAY, 2)]


def test_the_day_is_counted_in_utc(archive: Archive) -> None:
    before_midnight = datetime.fromisoformat("2026-03-01T23:30:00-05:00")
    assert parts(store(archive, release(published_at=before_midnight)).release_id)[0] == TODAY


@pytest.mark.parametrize(
    ("published_at", "day"),
    [
        (None, TODAY),
        (NOW + timedelta(days=40), TODAY),
        (datetime(1969, 12, 31, tzinfo=UTC), 0),
        (datetime(1, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 2, tzinfo=UTC), 1),
    ],
)
def test_the_day_is_never_after_first_seen_and_never_before_1970(
    archive: Archive, published_at: datetime | None, day: int
) -> None:
    kept = store(archive, release(published_at=published_at))
    assert parts(kept.release_id)[0] == day
    stored = archive.release(kept.release_id)
    assert stored is not None
    assert stored.release.published_at == published_at


def test_releases_that_are_stored_late_stand_where_they_belong(archive: Archive) -> None:
    published = [NOW - timedelta(days=days) for days in (3, 0, 1, 5, 2, 4)]
    for at in published:
        store(archive, release(f"Of {at:%d}", published_at=at))
    assert [line.release.published_at for line in archive.latest(10)] == sorted(published, reverse=True)


def test_a_number_is_not_reused_after_a_rollback_of_the_release_alone(archive: Archive) -> None:
    with archive.writing(NOW) as work:
        with pytest.raises(ZeroDivisionError), work.savepoint():  # noqa: PT012 - what is undone is a block
            work.next_release_id(NOW)
            raise ZeroDivisionError
        given = work.next_release_id(NOW)
    assert store(archive, release()).release_id == given + 1


def test_a_number_is_not_reused_after_the_release_is_gone(archive: Archive, url: str) -> None:
    gone = store(archive, release())
    index_key = "rowid" if archive.database.backend.name == "sqlite" else "id"
    with archive.database.writing() as connection:
        for table, column in (
            ("release_fts", index_key),
            ("release_terms", "id"),
            ("identity_key", "release_id"),
            ("dup_key", "release_id"),
            ("release", "id"),
            ("story", "id"),
        ):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE {column} = {gone.release_id}")  # noqa: S608 - named here
    archive.close()
    again = Archive.open(url, now=NOW)
    assert parts(store(again, release()).release_id) == (TODAY, 2)
    again.close()


def test_the_id_is_frozen_at_first_store(archive: Archive) -> None:
    teaser = release(completeness=Completeness.TEASER, published_at=None, published_at_source=StampSource.FIRST_SEEN)
    kept = store(archive, teaser)
    old = NOW - timedelta(days=3)
    completed = store(archive, release(published_at=old), Completes(of=kept.release_id))
    assert completed.release_id == kept.release_id
    stored = archive.release(kept.release_id)
    assert stored is not None
    assert stored.release.published_at == old


def test_a_day_that_is_full_is_told_and_does_not_run_into_the_next(archive: Archive) -> None:
    with archive.database.writing() as connection:
        connection.execute(sa.insert(DAY).values(day=TODAY, n=IDS_A_DAY_MAX - 1))
    assert parts(store(archive, release("One")).release_id) == (TODAY, IDS_A_DAY_MAX)
    with pytest.raises(StorageError, match="2026-03-02"):
        store(archive, release("Two"))
