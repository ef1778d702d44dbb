"""An archive as a program with an older analyzer left it: one that stemmed nothing and read backwards.

Its terms are of no use to today's analyzer, so that a search which trusts them is found out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from shelf import NOW, kept_as
from sqlalchemy import func, select, update

from ingest.fingerprint import fingerprint
from news.document import document
from news.release import Release
from news.text import ANALYZER_VERSION
from news.verdict import New
from storage import reindex
from storage.archive import Archive
from storage.keeping import Keep, keep
from storage.refiling import Analysis
from storage.tables import ARCHIVE, RELEASE

OLD = ANALYZER_VERSION - 1


def analysed(release: Release) -> Analysis:
    """Today's analysis, as `wirewatch.prepared` makes it."""
    known = document(release)
    terms = known.stored_terms()
    made = fingerprint(release, terms)
    return Analysis(version=ANALYZER_VERSION, terms=terms, forms=known.forms(), fingerprint=made)


def kept_then(release: Release, seen: datetime = NOW) -> Keep:
    """The release as the older program would have stored it."""
    terms = {zone: text[::-1] for zone, text in document(release).stored_terms().items()}
    older = kept_as(release, seen=seen, analyzer_version=OLD)
    return replace(older, terms=terms, forms=set(), fingerprint=fingerprint(release, terms))


def store_then(url: str, releases: Iterable[Release]) -> list[int]:
    """Store them by the older program; returns their ids, in the order given."""
    archive = Archive.open(url, now=NOW, durability="NORMAL")
    with archive.database.writing() as connection:
        connection.execute(update(ARCHIVE).values(analyzer_version=OLD))
    with archive.writing(NOW) as work:
        ids = [keep(work, kept_then(release), New()).release_id for release in releases]
    archive.close()
    return ids


def stale_below(archive: Archive) -> int:
    with archive.database.reading() as connection:
        return int(connection.execute(select(ARCHIVE.c.stale_below)).scalar_one())


def versions(archive: Archive) -> dict[int, int]:
    with archive.database.reading() as connection:
        return {row.id: row.analyzer_version for row in connection.execute(select(RELEASE))}


def finish(archive: Archive, limit: int = 7) -> list[int]:
    """All steps that are left; how many releases each looked at."""
    taken: list[int] = []
    while (looked_at := reindex.step(archive, analysed, NOW, limit=limit)) is not None:
        taken.append(looked_at)
    return taken


def reset(archive: Archive) -> None:
    """As an upgrade to yet another analyzer would leave it."""
    with archive.database.writing() as connection:
        newest = connection.execute(select(func.max(RELEASE.c.id))).scalar_one()
        connection.execute(update(ARCHIVE).values(stale_below=newest + 1))
