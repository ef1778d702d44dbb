"""An archive carried from one database to another, and what is refused on the way."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shelf import (
    NOW,
    a_rule,
    add_source,
    alert_of,
    ids_found,
    list_rows,
    listed,
    release,
    store,
    tell,
)
from sqlalchemy import URL, event, func, insert, select, text
from throwaway_server import new_database

from news.release import Origin
from news.source import Gap
from news.verdict import Copy, Revision
from storage.archive import Archive
from storage.carrying.dump import dump
from storage.carrying.lines import LINE_BYTES_MAX, CarriedFile, row_line
from storage.carrying.load import held, load
from storage.checkup import check
from storage.database import DatabaseBusyError
from storage.errors import BadFileError, StorageError
from storage.fills import Filled, put_fills
from storage.gaps import open_gap
from storage.keeping import Raw
from storage.outbox import claim_deliveries
from storage.rules import ChannelSpec, put_channel, sync_packs
from storage.tables import (
    ABSENCE,
    CHECKPOINT,
    DUP_KEY,
    EVENT,
    INCIDENT,
    METADATA,
    RAW,
    RELEASE,
    RHYTHM,
    STORY_APART,
    SUBSCRIPTION,
    TOMBSTONE,
)
from storage.work import day_of

LATER = NOW + timedelta(days=3)
ODD = 'Quote " comma, tab\tline\nend\u2028 NUL\x00 half \ud83d emoji 🔋 刀片电池 =1+1'


def fill(archive: Archive) -> None:
    """Something in every table."""
    source = add_source(archive)
    list_rows(archive, source, listed(1), listed(2, title=ODD), listed(3, stamp_text="half \ud83d"))
    rule = a_rule(archive)
    page = Raw(url="https://acme.example/1", content_type="text/html", fetched_at=NOW, body=bytes(range(256)) * 40)
    first = store(archive, release(), raw=page, source_id=source.id)
    store(archive, release("Acme opens a plant at last"), Revision(first.release_id, stale=False))
    # An original that came after its correction: its id is lower than that of the release it revises.
    store(
        archive,
        release("Acme to open a plant", published_at=NOW - timedelta(days=9)),
        Revision(first.release_id, stale=True),
    )
    store(archive, release(ODD, body="battery skies " + ODD, wire="globe"), Copy(first.release_id, "same text"))
    tell(archive, alert_of(first, rule), "desk", "night")
    claim_deliveries(archive.database, NOW, holder="h", lease=timedelta(minutes=1), room={"mail": 1})
    with archive.writing(NOW) as work:
        work.hold(rule, first.release_id, "throttled")
        put_channel(work, ChannelSpec("mail", "email", {"to": ["a@b.example"], "password": "env:SECRET"}, "db"))
        sync_packs(work, {"rivals": ("Acme Motors", "环球电池")})
        open_gap(work, Gap(source_id=source.id, opened_at=NOW - timedelta(hours=1), closed_at=NOW))
        work.connection.execute(insert(DUP_KEY).values(key=-(2**63), release_id=first.release_id))
        work.connection.execute(insert(DUP_KEY).values(key=2**63 - 1, release_id=first.release_id))
        work.connection.execute(insert(CHECKPOINT).values(name="reindex", data={"at": 1.5, "x": None}, at=NOW))
        put_fills(work, day_of(NOW), {source.id: Filled(1)})
        work.connection.execute(insert(ABSENCE).values(gone_at=NOW, back_at=NOW, cause="asleep"))
        work.connection.execute(insert(RHYTHM).values(source_id=source.id, fitted_at=NOW, data={"rate": 1}))
        work.connection.execute(insert(INCIDENT).values(source_id=source.id, kind="stale", opened_at=NOW))
        hub = {"hub": "https://hub.example", "topic": "https://acme.example/feed", "token": "t", "secret": "s"}
        asked = {"source_id": source.id, "state": "asked", "asked_at": NOW}
        work.connection.execute(insert(SUBSCRIPTION).values(**hub, **asked))
        work.connection.execute(insert(STORY_APART).values(low_id=first.story_id, high_id=1 << 62, at=NOW))
        for key in ("Z", "a", "ä", "b", "_", "-", "É", "z"):
            work.connection.execute(insert(TOMBSTONE).values(key=key, release_id=7, at=NOW, reason="erased"))


def dumped(archive: Archive, now: Any = LATER) -> bytes:
    out = io.BytesIO()
    dump(archive, out, now)
    return out.getvalue()


def without_date(told: bytes) -> list[bytes]:
    head, *rows = told.splitlines(keepends=True)
    header = json.loads(head)
    header["wirewatch"].pop("exported_at")
    return [json.dumps(header).encode(), *rows]


@contextmanager
def opened(url: str, now: Any = NOW) -> Iterator[Archive]:
    archive = Archive.open(url, now=now, durability="NORMAL")
    try:
        yield archive
    finally:
        archive.close()


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], CarriedFile]:
    def written(body: bytes) -> CarriedFile:
        path = tmp_path / "carried.jsonl"
        path.write_bytes(body)
        return CarriedFile(path)

    return written


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A whole export of an archive that has something in every table."""
    with opened(f"sqlite:///{tmp_path_factory.mktemp('told') / 'told.db'}") as archive:
        fill(archive)
        return dumped(archive)


def sealed(rows: list[bytes], head: bytes) -> bytes:
    """Rows with the header and the end that fit them."""
    counts: dict[str, int] = {}
    for row in rows:
        name = json.loads(row)["table"]
        counts[name] = counts.get(name, 0) + 1
    header = json.loads(head)
    header["wirewatch"]["counts"] = counts
    end = {"end": {"counts": counts, "sha256": hashlib.sha256(b"".join(rows)).hexdigest()}}
    last = json.dumps(end, separators=(",", ":")).encode() + b"\n"
    return b"".join([json.dumps(header).encode() + b"\n", *rows, last])


def test_every_table_is_carried(told: bytes) -> None:
    assert {json.loads(line)["table"] for line in told.splitlines()[1:-1]} == set(METADATA.tables)


def test_there_and_back_again_byte_for_byte(tmp_path: Path, postgresql: URL, file, told: bytes) -> None:
    """SQLite to PostgreSQL to SQLite: three files, the same but for their date."""
    files = [told]
    for url in (new_database(postgresql), f"sqlite:///{tmp_path / 'back.db'}"):
        with opened(url, LATER) as archive:
            load(archive, file(files[-1]), LATER)
            files.append(dumped(archive, LATER + timedelta(days=len(files))))
    assert without_date(files[1]) == without_date(told)
    assert without_date(files[2]) == without_date(told)
    assert len({each.splitlines()[0] for each in files}) == 3


def test_what_is_brought_back_is_searched_and_whole(archive: Archive, file, told: bytes, tmp_path: Path) -> None:
    load(archive, file(told), LATER)
    assert check(archive.database) == []
    with opened(f"sqlite:///{tmp_path / 'first.db'}") as first:
        fill(first)
        for query in ("plant", "batteries", "skie*", "刀片电池", "wire:globe", "headline:opens NOT last"):
            assert ids_found(archive, query) == ids_found(first, query) != []


def test_a_packed_file_is_read_as_it_is(archive: Archive, file, told: bytes) -> None:
    load(archive, file(gzip.compress(told)), LATER)
    assert without_date(dumped(archive)) == without_date(told)


def test_life_goes_on_in_what_was_brought_back(archive: Archive, file, told: bytes) -> None:
    """No id, no seq is given twice; who the archive is, is kept: a repeated message keeps its id."""
    load(archive, file(told), LATER)
    assert archive.uuid() == json.loads(told.splitlines()[0])["wirewatch"]["archive"]
    assert archive.last_seq() >= LATER.timestamp() * 1_000_000
    there = {stored.id for stored in archive.latest(100)}
    last = archive.events(0)[-1].seq
    kept = store(archive, release("Something new"), now=LATER)
    assert kept.release_id not in there
    assert archive.events(last)[0].seq > last
    rule = a_rule(archive, "another", "another")
    assert tell(archive, alert_of(kept, rule), "desk2") is not None
    add_source(archive, "second")


def test_a_file_is_the_same_whenever_it_is_written(archive: Archive) -> None:
    """Opening an archive raises its counter, and changes nothing that was stored."""
    fill(archive)
    before = without_date(dumped(archive))
    archive._take_over(LATER + timedelta(days=400))
    assert without_date(dumped(archive, LATER)) == before


TIMES = st.datetimes(timezones=st.just(UTC), min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False), st.lists)


@given(st.binary(), TIMES, st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**63), 2**63 - 1), JSON)
def test_a_row_is_the_same_after_its_line(body: bytes, at: datetime, said: str, number: int, data: object) -> None:
    page = {"id": number, "url": said, "fetched_at": at, "body": body}
    event_ = {"seq": number, "at": at, "type": said, "data": {"said": said, "data": data}}
    for table, row in ((RAW, page), (EVENT, event_)):
        line = row_line(table, row)
        assert line.count(b"\n") == 1
        assert CarriedFile(Path("x"))._row(line, 2) == (table, row)


def test_a_writer_does_not_wait_and_the_file_is_of_one_moment(archive: Archive) -> None:
    fill(archive)

    class Interrupted(io.BytesIO):
        done = False

        def write(self, line: Any) -> int:
            if b'"table":"release"' in line and not self.done:
                self.done = True
                store(archive, release("While it was written"))
            return super().write(line)

    out = Interrupted()
    before = without_date(dumped(archive))
    dump(archive, out, NOW)
    assert out.done
    assert without_date(out.getvalue()) == before
    assert b"While it was written" in dumped(archive)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda told: told[: len(told) // 2], "ends in the middle of a line"),
        (lambda told: told[: told[: len(told) // 2].rindex(b"\n") + 1], "before its own end"),
        (lambda told: told.replace(b"Springfield", b"Springfeild", 1), "does not fit its checksum"),
        (lambda told: told.replace(b'"format":1', b'"format":2', 1), "newer wirewatch (format 2; this one reads 1)"),
        (lambda told: told.replace(b'"tables":"0', b'"tables":"9', 1), "newer wirewatch (its tables are of version 9"),
        (lambda told: told + b"x", "goes on after its end"),
        (lambda told: told + told, "goes on after its end"),
        (lambda told: gzip.compress(told)[:-2000], "ends in the middle"),
        (lambda told: gzip.compress(told)[:-8] + bytes(8), "cannot be read to its end"),
        (lambda told: gzip.compress(told[: told.rindex(b'{"end"')]), "before its own end"),
        (lambda told: gzip.compress(told)[:20], "ends in the middle"),
        (lambda told: b"\x1f\x8b garbage", "cannot be read to its end"),
        (lambda told: b"", "its first line is no header"),
        (lambda told: b'{"headline": "A release"}\n', "its first line is no header"),
        (lambda told: b"[1]\n", "its first line is no header"),
        (lambda told: b"\xff\xfe\n", "its first line is no header"),
        (lambda told: b"SQLite format 3\x00", "`wirewatch restore` takes it"),
        (lambda told: told.replace(b'"counts":{', b'"counts":3,"x":{', 1), "damaged in its first line"),
        (lambda told: b"".join([*told.splitlines(keepends=True)[:-1], b'{"end":3}\n']), "damaged in its last line"),
    ],
)
def test_a_file_that_is_not_what_was_exported_is_refused(
    archive: Archive, file, told: bytes, harm: Callable[[bytes], bytes], said: str
) -> None:
    before = dumped(archive)
    with pytest.raises(BadFileError) as refused:
        load(archive, file(harm(told)), LATER)
    assert said in str(refused.value)
    assert "carried.jsonl" in str(refused.value)
    assert dumped(archive) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: [row.replace(b'"table":"gap"', b'"table":"gaps"') for row in rows], "is no row of an archive"),
        (lambda rows: [row.replace(b'"opened_at":', b'"opened":') for row in rows], "is no row of an archive"),
        (lambda rows: [row.replace(b'"sha256":"', b'"size":"') for row in rows], "do not fit together"),
        (lambda rows: [row for row in rows if not row.startswith(b'{"table":"rule"')], "do not fit together"),
        (lambda rows: [*rows, rows[-1]], "do not fit together"),
        (lambda rows: [row for row in rows if b'"archive_info"' not in row], "does not hold the rows"),
        (lambda rows: [row for row in rows if b'"ingest_counter"' not in row], "does not hold the rows"),
        (lambda rows: [], "does not hold the rows"),
        (lambda rows: [b'{"table":"gap","row":[]}\n', *rows], "line 2 is no row"),
        (lambda rows: [b'{"table":"gap","row":{"opened_at":5}}\n', *rows], "line 2 is no row"),
        (lambda rows: [b'{"table":"gap","row":{"state":{"a":1}}}\n', *rows], "do not fit together"),
    ],
)
def test_rows_that_do_not_fit_are_refused_and_nothing_is_stored(
    archive: Archive, file, told: bytes, change: Callable[[list[bytes]], list[bytes]], said: str
) -> None:
    """A file made by other hands: its checksum fits, and its rows do not."""
    before = dumped(archive)
    head, *rows, _ = told.splitlines(keepends=True)
    with pytest.raises(BadFileError, match=said):
        load(archive, file(sealed(change(rows), head)), LATER)
    assert dumped(archive) == before


def test_an_archive_that_holds_something_is_not_written_over(archive: Archive, file, told: bytes) -> None:
    store(archive, release("Mine"))
    before = dumped(archive)
    with pytest.raises(StorageError, match="is not empty"):
        load(archive, file(told), LATER)
    assert dumped(archive) == before


def test_what_the_configuration_file_wrote_does_not_stand_in_the_way(archive: Archive, file, told: bytes) -> None:
    """Whoever installs anew has a file, and has looked whether it is right."""
    with archive.writing(NOW) as work:
        put_channel(work, ChannelSpec("mail", "console", {}, "config"))
        sync_packs(work, {"mine": ("a",)})
    load(archive, file(told), LATER)
    assert without_date(dumped(archive)) == without_date(told)


def test_while_a_daemon_runs_nothing_is_taken_over(archive: Archive, file, told: bytes) -> None:
    lock = archive.database.instance_lock()
    try:
        with pytest.raises(DatabaseBusyError):
            load(archive, file(told), LATER)
    finally:
        lock.release()
    load(archive, file(told), LATER)


def test_on_a_disk_that_is_full_nothing_is_taken_over(sqlite_archive: Archive, file, told: bytes) -> None:
    engine = sqlite_archive.database._writer
    pages: list[int] = []
    head, *rows, _ = told.splitlines(keepends=True)
    many = [
        b'{"table":"checkpoint","row":{"name":"%d","data":{"x":"%s"},"at":"2026-03-02T00:00:00Z"}}\n' % (n, b"x" * 900)
        for n in range(200)
    ]
    large = sealed([*rows, *many], head)

    @event.listens_for(engine, "connect")
    def _small(connection: Any, _record: object) -> None:
        if pages:
            connection.execute(f"PRAGMA max_page_count = {pages[0]}")

    with engine.connect() as connection:
        pages.append(connection.exec_driver_sql("PRAGMA page_count").scalar_one() + 3)
    engine.dispose()
    with pytest.raises(StorageError, match="the disk is full: make room") as refused:
        load(sqlite_archive, file(large), LATER)
    assert not isinstance(refused.value, BadFileError)
    with sqlite_archive.database.reading() as connection:
        assert held(connection) == {}
    pages.clear()
    engine.dispose()
    load(sqlite_archive, file(large), LATER)
    assert dumped(sqlite_archive).count(b'"table":"checkpoint"') == 201


def test_a_line_that_never_ends_is_not_read_into_memory(file, told: bytes, monkeypatch) -> None:
    assert LINE_BYTES_MAX > 2**28
    monkeypatch.setattr("storage.carrying.lines.LINE_BYTES_MAX", 2**16)
    head = told.splitlines(keepends=True)[0]
    with pytest.raises(BadFileError, match="in the middle of a line"):
        file(head + b"x" * 2**20).check()


def test_a_file_that_lacks_newer_columns_gets_their_defaults(archive: Archive, file, told: bytes) -> None:
    """An older program's file: later steps only add columns."""
    head, *rows, _ = told.splitlines(keepends=True)

    def older(row: bytes) -> bytes:
        whole = json.loads(row)
        whole["row"].pop("forms_erased", None)
        return json.dumps(whole).encode() + b"\n"

    load(archive, file(sealed([older(row) for row in rows], head)), LATER)
    with archive.database.reading() as connection:
        assert connection.execute(text("SELECT forms_erased FROM ingest_counter")).scalar() == 0
        assert connection.execute(select(func.count()).select_from(RELEASE)).scalar() == 4


def test_releases_keep_their_origin(archive: Archive, file, told: bytes) -> None:
    """Nothing alerts because it was carried: no event is made, and no release is new."""
    load(archive, file(told), LATER)
    assert {stored.origin for stored in archive.latest(100)} == {Origin.LIVE.value}
    with archive.database.reading() as connection:
        events = connection.execute(select(func.count()).select_from(EVENT)).scalar_one()
    assert events == sum(b'"table":"event"' in line for line in told.splitlines())
