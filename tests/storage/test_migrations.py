"""Migrations: the steps build the tables, keep every row, and leave alone what is not theirs."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from shelf import NOW, a_rule, add_source, alert_of, ids_found, list_rows, listed, release, store, tell
from sqlalchemy import URL
from throwaway_server import new_database

from news.source import Gap
from news.text import ANALYZER_VERSION
from news.verdict import Copy, Revision
from storage import migrations
from storage.archive import Archive
from storage.checkup import check
from storage.database import Database
from storage.errors import StorageError
from storage.fills import Filled, put_fills
from storage.gaps import open_gap
from storage.keeping import Raw
from storage.migrations import migrate
from storage.outbox import claim_deliveries
from storage.rules import ChannelSpec, put_channel
from storage.tables import (
    ABSENCE,
    CHECKPOINT,
    DUP_KEY,
    INCIDENT,
    METADATA,
    PACK,
    RHYTHM,
    STORY_APART,
    SUBSCRIPTION,
    TOMBSTONE,
    WORD_FORM,
)
from storage.work import day_of

GOLDEN = Path(__file__).parents[1] / "golden"
LAST = str(migrations._script().get_current_head())
NEXT = f"{int(LAST) + 1:04}"

STEP = """
revision = "{next}"
down_revision = "{last}"

import sqlalchemy as sa
from alembic import op


def upgrade():
{body}
"""
# A table rebuilt from scratch, one that others refer to: SQLite can change a column in no other way.
RECREATE = """
    op.add_column("source", sa.Column("note", sa.Text(), server_default="none", nullable=False))
    for name in ("release", "rule", "delivery"):
        with op.batch_alter_table(name, recreate="always") as table:
            table.add_column(sa.Column("note", sa.Text(), nullable=True))
    with op.batch_alter_table("tally", recreate="always", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.alter_column("reason", type_=sa.String(120))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "wirewatch.db"


@pytest.fixture
def second_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A program that knows one more step."""

    def teach(body: str) -> None:
        folder = tmp_path / "steps"
        shutil.copytree(migrations.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
        step = STEP.format(body=body, next=NEXT, last=LAST)
        (folder / "versions" / f"{NEXT}_more.py").write_text(step, encoding="utf-8")
        monkeypatch.setattr(migrations, "FOLDER", folder)

    return teach


def opened(path: Path) -> Archive:
    return Archive.open(f"sqlite:///{path}", now=NOW)


def content(path: Path) -> dict[str, list[Any]]:
    """Every row of every table."""
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr)  # noqa: S608 - read from the file itself
            for name in names
            if not name.startswith(("release_fts", "sqlite_"))
        }


def lived_in(path: Path) -> None:
    """An archive with rows in every table."""
    archive = opened(path)
    source = add_source(archive)
    list_rows(archive, source, listed(1), listed(2))
    page = Raw(url="https://acme.example/1", content_type="text/html", fetched_at=NOW, body=b"<p>plant")
    first = store(archive, release(url="https://acme.example/1"), raw=page, source_id=source.id)
    store(archive, release(wire="b"), Copy(of=first.release_id, why="the same text"))
    store(archive, release("Acme opens a mill"), Revision(of=first.release_id))
    rule = a_rule(archive)
    tell(archive, alert_of(first, rule), "k1")
    claim_deliveries(archive.database, NOW, holder="me", lease=NOW - NOW, room={"mail": 1})
    with archive.writing(NOW) as work:
        put_channel(work, ChannelSpec("mail", "email", {"to": "a@acme.example"}))
        work.hold(rule, first.release_id, "seed")
        open_gap(work, Gap(source_id=source.id, opened_at=NOW, closed_at=NOW))
        work.connection.execute(sa.insert(TOMBSTONE).values(key="url:x", release_id=3, at=NOW))
        work.connection.execute(sa.insert(PACK).values(name="ev", terms=["BYD"], changed_at=NOW))
        work.connection.execute(sa.insert(WORD_FORM).values(form="skies", term="sky"))
        work.connection.execute(sa.insert(CHECKPOINT).values(name="reparse", data={"below": 3}, at=NOW))
        put_fills(work, day_of(NOW), {source.id: Filled(1)})
        work.connection.execute(sa.insert(ABSENCE).values(gone_at=NOW, back_at=NOW, cause="asleep"))
        work.connection.execute(sa.insert(RHYTHM).values(source_id=source.id, fitted_at=NOW, data={"rate": 1}))
        work.connection.execute(
            sa.insert(INCIDENT).values(source_id=source.id, kind="stale", opened_at=NOW, detail="x")
        )
        hub = {"hub": "https://hub.example", "topic": "https://acme.example/feed", "token": "t", "secret": "s"}
        asked = {"source_id": source.id, "state": "asked", "asked_at": NOW}
        work.connection.execute(sa.insert(SUBSCRIPTION).values(**hub, **asked))
        work.connection.execute(sa.insert(DUP_KEY).values(key=-(1 << 63), release_id=first.release_id))
        work.connection.execute(sa.insert(STORY_APART).values(low_id=1, high_id=2, at=NOW))
    archive.close()


def same_default(difference: Any) -> bool:
    """An empty string reads back as `('')`, which the comparison takes for another."""
    if isinstance(difference, list) and difference[0][0] == "modify_default":
        *_, stands, wanted = difference[0]
        return str(stands.arg) == "('')" and wanted.arg == ""
    return False


def test_all_steps_from_empty_make_the_tables(path: Path) -> None:
    archive = opened(path)
    with archive.database.reading() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda name, kind, _: kind != "table" or not name.startswith("release_fts"),
            },
        )
        assert [each for each in compare_metadata(context, METADATA) if not same_default(each)] == []
        # What the comparison does not look at: which tables are kept once, and foreign keys by name.
        without = {
            name
            for name, sql in connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
            if "WITHOUT ROWID" in sql and not name.startswith("release_fts")
        }
    wanted = {table.name for table in METADATA.tables.values() if not table.dialect_options["sqlite"]["with_rowid"]}
    assert without == wanted != set()
    archive.close()


def test_all_steps_from_empty_make_the_tables_on_postgresql(postgresql: URL) -> None:
    archive = Archive.open(new_database(postgresql, empty=True), now=NOW)
    with archive.database.reading() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "include_name": lambda name, kind, _: name != "release_fts"},
        )
        assert compare_metadata(context, METADATA) == []
    assert store(archive, release()).fresh
    archive.close()


def test_the_oldest_database_opens_and_keeps_every_row(path: Path) -> None:
    """A file that the program wrote when it knew one step, with rows in every table of then."""
    path.write_bytes(gzip.decompress((GOLDEN / "archives" / "0001.db.gz").read_bytes()))
    before = content(path)
    assert before.pop("alembic_version") == [("0001",)]
    ((*info, analyzed, made),) = before.pop("archive_info")
    archive = opened(path)
    after = content(path)
    assert after["archive_info"][0][:4] == (*info, max(analyzed, ANALYZER_VERSION), made)
    for name, rows in before.items():  # a step may have added columns at the end
        assert rows
        assert [new[: len(old)] for new, old in zip(after[name], rows, strict=True)] == rows
    assert len(ids_found(archive, "plant OR mill")) == 3
    assert check(archive.database) == []
    archive.close()


def test_a_newer_postgresql_database_and_a_foreign_one_are_refused(postgresql: URL) -> None:
    newer, foreign = new_database(postgresql), new_database(postgresql, empty=True)
    for url, sql in (
        (newer, "UPDATE alembic_version SET version_num = '0099'"),
        (foreign, "CREATE TABLE release (id int)"),
    ):
        database = Database(url)
        with database.writing() as connection:
            connection.exec_driver_sql(sql)
        database.close()
    with pytest.raises(StorageError, match="newer wirewatch"):
        Archive.open(newer, now=NOW)
    with pytest.raises(StorageError, match="holds tables that wirewatch did not make"):
        Archive.open(foreign, now=NOW)


def test_the_comparison_sees_a_difference(path: Path) -> None:
    opened(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE story ADD COLUMN surprise TEXT")
        connection.commit()
    database = Database(f"sqlite:///{path}")
    with database.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
    assert any("surprise" in str(difference) for difference in differences)
    database.close()


def test_an_archive_knows_who_it_is_and_when_it_was_made(path: Path) -> None:
    one = opened(path)
    uuid = one.uuid()
    with one.database.reading() as connection:
        made = connection.execute(sa.select(METADATA.tables["archive_info"].c.created_at)).scalar_one()
    one.close()
    again, other = opened(path), opened(path.with_name("other.db"))
    assert (again.uuid(), made, len(uuid)) == (uuid, NOW, 36)
    assert other.uuid() != uuid
    again.close()
    other.close()


def test_a_second_opening_changes_nothing(path: Path) -> None:
    lived_in(path)
    before = content(path)
    opened(path).close()
    assert content(path) == before
    database = Database(f"sqlite:///{path}")
    assert not migrate(database, NOW)
    database.close()
    assert [file.name for file in path.parent.iterdir() if ".bak" in file.name] == []


def test_every_row_outlives_an_upgrade_that_rebuilds_its_table(path: Path, second_step) -> None:
    lived_in(path)
    before = content(path)
    assert [name for name, rows in before.items() if not rows] == []
    second_step(RECREATE)
    archive = opened(path)
    after = content(path)
    assert after.pop("alembic_version") == [(NEXT,)]
    assert before.pop("alembic_version") == [(LAST,)]
    noted = {name: ("none",) if name == "source" else (None,) for name in ("source", "release", "rule", "delivery")}
    assert after == {name: [(*row, *noted.get(name, ())) for row in rows] for name, rows in before.items()}
    assert check(archive.database) == []
    assert len(ids_found(archive, "plant OR mill")) == 3
    with pytest.raises(sa.exc.IntegrityError), archive.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM release")
    archive.close()


def test_a_copy_is_laid_beside_before_an_upgrade(path: Path, second_step) -> None:
    lived_in(path)
    before = content(path)
    second_step(RECREATE)
    opened(path).close()
    copy = path.with_name(f"wirewatch.db.before-{LAST}.bak")
    assert content(copy) == before
    assert not copy.with_name(copy.name + ".part").exists()


def test_without_room_for_the_copy_nothing_is_changed(path: Path, second_step, monkeypatch) -> None:
    lived_in(path)
    before = content(path)
    second_step(RECREATE)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**6, 10**6 - 1000, 1000))
        with pytest.raises(StorageError, match=r"wirewatch\.db: an upgrade needs \d+ MB free.*make room"):
            opened(path)
    assert content(path) == before
    assert not path.with_name(f"wirewatch.db.before-{LAST}.bak").exists()


def test_a_copy_that_fails_leaves_no_half_of_it(path: Path, second_step) -> None:
    lived_in(path)
    before = content(path)
    second_step(RECREATE)
    path.with_name(f"wirewatch.db.before-{LAST}.bak").mkdir()
    with pytest.raises(StorageError, match="the copy before an upgrade failed"):
        opened(path)
    assert content(path) == before
    assert list(path.parent.glob("*.part")) == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ('    raise KeyError("no such thing")', "no such thing"),
        ('    op.execute("INSERT INTO nowhere VALUES (1)")', "no such table: nowhere"),
        ('    op.execute("DELETE FROM story")', "rows that are not there"),
    ],
)
def test_a_step_that_fails_leaves_the_database_as_it_was(path: Path, second_step, fault: str, said: str) -> None:
    lived_in(path)
    before = content(path)
    second_step(RECREATE + fault + "\n")
    with pytest.raises(StorageError, match=f"wirewatch.db: the upgrade failed and was undone: .*{said}"):
        opened(path)
    assert content(path) == before


def test_a_newer_database_is_refused_untouched(path: Path, second_step) -> None:
    second_step(RECREATE)
    lived_in(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(StorageError, match=rf"newer wirewatch \(version 0099; this one knows {NEXT}\)"):
        opened(path)
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.iterdir() if file.is_file()) == ["wirewatch.db"]


@pytest.mark.parametrize("sql", ["CREATE TABLE notes (text)", "CREATE TABLE alembic_version (version_num)"])
def test_a_database_of_another_program_is_refused_untouched(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(sql)
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"wirewatch\.db: holds tables that wirewatch did not make"):
        opened(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "body", [b"To whom it may concern: " * 500, b"%PDF-1.7", b"SQLite format 3\x00" + b"\xff" * 5000]
)
def test_a_file_that_is_no_database_is_refused_untouched(path: Path, body: bytes) -> None:
    path.write_bytes(body)
    with pytest.raises(StorageError, match=r"wirewatch\.db: (the file is not a SQLite database|the file is damaged)"):
        opened(path)
    assert path.read_bytes() == body


def test_an_empty_file_becomes_an_archive(path: Path) -> None:
    path.touch()
    archive = opened(path)
    assert archive.counts()["releases"] == 0
    archive.close()


def test_two_processes_may_begin_on_one_new_file(path: Path) -> None:
    one, other = Database(f"sqlite:///{path}"), Database(f"sqlite:///{path}")
    assert migrate(one, NOW)
    migrations._run(other, migrations._script(), NOW)  # as one that looked before the first was done
    other.close()
    archive = opened(path)
    assert store(archive, release()).fresh
    assert content(path)["alembic_version"] == [(LAST,)]
    one.close()
    archive.close()
