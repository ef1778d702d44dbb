"""Stored pages read again: on both databases, by what an older parser would have left of them."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update
from throwaway_server import new_database

from config import load
from ingest.parse import parse
from news.query import parse as parse_query
from news.release import Completeness, Reject, RejectReason, Release
from news.source import EventType
from storage.archive import Archive
from storage.checkup import check
from storage.pages import Within
from storage.search import search
from storage.tables import RAW, RELEASE
from wirewatch import reparse
from wirewatch.assemble import open_archive
from wirewatch.intake import ingest_files
from wirewatch.reparse import Fate, Reading, apply, look, stopped_at

PAGES = Path(__file__).resolve().parents[1] / "golden" / "wires"
FILES = [
    PAGES / name
    for name in (
        "prnewswire/column-2015.html",
        "prnewswire/inline-2020.html",
        "prnewswire/sections-2016.html",
        "globenewswire/article-2023.html",
    )
]
ALL = Within()
RULE = '[[rule]]\nname = "all"\nquery = "ninety OR wrong"\n'


@pytest.fixture(params=["sqlite", "postgresql"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Archive]:
    url = f"sqlite:///{tmp_path / 'wirewatch.db'}"
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("postgresql"))
    config = tmp_path / "wirewatch.toml"
    config.write_text(f'{RULE}[storage]\nurl = "{url}"\n[web]\nenabled = false\n', encoding="utf-8")
    settings = load(config, os.environ)
    asyncio.run(ingest_files(settings, FILES, url=None, wire=None, quiet=True))
    opened = open_archive(settings)
    yield opened
    opened.close()


def misread(archive: Archive) -> list[int]:
    """Two releases as a worse parser would have read them; their ids, oldest first."""
    ids = sorted(each.id for each in archive.latest(10))[1:3]
    with archive.database.writing() as connection:
        connection.execute(update(RELEASE).where(RELEASE.c.id.in_(ids)).values(issuer="Nobody Ltd", headline="Misread"))
    return ids


def read(steps: Iterator[list[Reading]]) -> dict[int, Reading]:
    return {reading.release_id: reading for step in steps for reading in step}


def fates(readings: dict[int, Reading]) -> Counter[Fate]:
    return Counter(reading.fate for reading in readings.values())


def releases(archive: Archive) -> dict[int, Release]:
    return {each.id: each.release for each in archive.latest(100)}


def test_the_same_parsers_read_the_same(archive: Archive) -> None:
    before = releases(archive)
    assert len(before) == len(FILES)
    assert fates(read(look(archive, ALL))) == {Fate.SAME: len(FILES)}
    assert fates(read(apply(archive, ALL))) == {Fate.SAME: len(FILES)}
    assert releases(archive) == before


def test_what_was_misread_is_told_and_left(archive: Archive) -> None:
    ids = misread(archive)
    before = releases(archive)
    found = read(look(archive, ALL))
    changed = {id_: reading for id_, reading in found.items() if reading.fate is Fate.CHANGED}
    assert list(changed) == ids
    for reading in changed.values():
        assert set(reading.changes) == {"issuer", "headline"}
        assert reading.changes["headline"][0] == "Misread"
    assert releases(archive) == before


def test_what_was_misread_is_corrected_once_and_told_to_nobody(archive: Archive) -> None:
    right, alerts = releases(archive), archive.alerts(10)
    assert alerts
    stories = {each.id: each.story_id for each in archive.latest(10)}
    seq = archive.events(0, 1_000)[-1].seq
    ids = misread(archive)
    assert fates(read(apply(archive, ALL))) == {Fate.SAME: 2, Fate.CHANGED: 2}
    assert releases(archive) == right
    assert [(event.type, event.data["release"]) for event in archive.events(seq, 1_000)] == [
        (EventType.RELEASE_REREAD, id_) for id_ in ids
    ]
    assert archive.alerts(10) == alerts
    assert {each.id: each.story_id for each in archive.latest(10)} == stories
    assert search(archive, parse_query("headline:misread")).hits == ()
    assert check(archive.database) == []
    assert fates(read(apply(archive, ALL))) == {Fate.SAME: 4}


def test_only_those_asked_for_are_read(archive: Archive) -> None:
    stored = archive.latest(10)
    wire = {each.id for each in stored if each.release.wire == "globenewswire"}
    assert set(read(look(archive, Within(wire="globenewswire")))) == wire != set()
    since = datetime(2016, 1, 1, tzinfo=UTC)
    late = {each.id for each in stored if each.release.published_at and each.release.published_at >= since}
    assert set(read(look(archive, Within(since=since)))) == late
    assert len(late) < len(stored)


def test_what_stopped_goes_on_where_it_was(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    right, ids = releases(archive), sorted(releases(archive))
    misread(archive)
    monkeypatch.setattr(reparse, "STEP", 1)
    doing = apply(archive, ALL)
    assert [reading.release_id for _ in range(2) for reading in next(doing)] == ids[:2]
    assert stopped_at(archive, ALL) == ids[1]
    assert stopped_at(archive, Within(wire="prnewswire")) is None
    monkeypatch.setattr(reparse, "version", lambda: "another")
    assert stopped_at(archive, ALL) is None
    monkeypatch.undo()
    rest = read(apply(archive, ALL, after=stopped_at(archive, ALL)))
    assert list(rest) == ids[2:]
    assert stopped_at(archive, ALL) is None
    assert releases(archive) == right


@pytest.mark.parametrize("fate", [Fate.REJECTED, Fate.POORER])
def test_what_would_be_lost_stays(archive: Archive, monkeypatch: pytest.MonkeyPatch, fate: Fate) -> None:
    def worse(*given: object, **more: object) -> Release | Reject:
        found = parse(*given, **more)  # type: ignore[arg-type]
        assert isinstance(found, Release)
        if fate is Fate.REJECTED:
            return Reject(RejectReason.NOT_A_RELEASE, "")
        return replace(found, completeness=Completeness.TEASER, body="", lead_span=None)

    before = releases(archive)
    monkeypatch.setattr(reparse, "parse", worse)
    assert fates(read(apply(archive, ALL))) == {fate: len(FILES)}
    assert releases(archive) == before


def test_a_damaged_page_changes_nothing(archive: Archive) -> None:
    ids = misread(archive)
    with archive.database.writing() as connection:
        body = connection.execute(select(RAW.c.body).where(RAW.c.release_id == ids[0])).scalar_one()
        connection.execute(update(RAW).where(RAW.c.release_id == ids[0]).values(body=body[:-3]))
    assert fates(read(apply(archive, ALL))) == {Fate.SAME: 2, Fate.CHANGED: 1, Fate.DAMAGED: 1}
    assert releases(archive)[ids[0]].headline == "Misread"


def test_a_release_rewritten_meanwhile_is_not_overwritten(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = misread(archive)
    analysed = reparse.analysed

    def slowly(release: Release) -> object:
        with archive.database.writing() as connection:
            connection.execute(update(RELEASE).where(RELEASE.c.id == ids[0]).values(headline="Newer"))
        return analysed(release)

    monkeypatch.setattr(reparse, "analysed", slowly)
    assert fates(read(apply(archive, ALL))) == {Fate.SAME: 2, Fate.CHANGED: 1, Fate.OVERTAKEN: 1}
    assert releases(archive)[ids[0]].headline == "Newer"
