"""What hangs on the analyzer's reading of a stored text, put in the place of an earlier reading.

Terms, full-text index, word forms and the keys that are made of the text move together: a correction of
our reading (`storage.keeping`) and a new version of the analyzer (`storage.reindex`) both come here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, or_, select, update

from news.release import Release, Zone
from news.verdict import Fingerprint
from storage.chunks import chunks
from storage.columns import storable
from storage.engines.contract import INDEXED
from storage.fields import field_words
from storage.tables import DUP_KEY, KEY, RELEASE, TERMS
from storage.upsert import upsert
from storage.work import Work

# Keys that are hashes of analysed terms; the others come from the page's address, number or guid.
_TEXT_KEYS = ("text:", "content:")
_ANALYSED = (
    update(RELEASE)
    .where(RELEASE.c.id == bindparam("at"))
    .values(content=bindparam("content"), analyzer_version=bindparam("analyzer_version"))
)
_RETERMED = (
    update(TERMS)
    .where(TERMS.c.id == bindparam("at"))
    .values({column: bindparam(f"new_{column}") for column in INDEXED})
)
_FORGOTTEN = delete(KEY).where(KEY.c.release_id == bindparam("of"), KEY.c.key == bindparam("gone"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """All that the analyzer of `version` makes of a release.

    `terms` are by zone, space-joined; `forms` are the words that differ from their terms.
    """

    version: int
    terms: Mapping[Zone, str]
    forms: AbstractSet[tuple[str, str]]
    fingerprint: Fingerprint


class Refiled(NamedTuple):
    """A stored release and what its text is analysed to from now on."""

    id: int
    release: Release
    analysis: Analysis


def term_columns(release: Release, terms: Mapping[Zone, str]) -> dict[str, str]:
    """A row of `release_terms`, without its id."""
    zones = {zone.value: storable(terms.get(zone, "")) for zone in Zone}
    return {**zones, "fields": field_words(release)}


@cache
def key_insert(dialect: str) -> Any:  # noqa: ANN401 - see `upsert`
    return upsert(dialect, KEY).on_conflict_do_nothing()


@cache
def anchor_insert(dialect: str) -> Any:  # noqa: ANN401 - see `upsert`
    return upsert(dialect, DUP_KEY).on_conflict_do_nothing()


def refile(work: Work, refiled: Sequence[Refiled]) -> None:
    """Let the releases be found and known by these analyses from this commit on. All must be stored."""
    if not refiled:
        return
    for each in refiled:
        work.analysed_by(each.analysis.version)
    rows = [
        {
            "at": each.id,
            "content": each.analysis.fingerprint.content,
            "analyzer_version": each.analysis.version,
        }
        for each in refiled
    ]
    work.connection.execute(_ANALYSED, rows)
    _file_terms(work, refiled)
    _file_keys(work, refiled)


def _file_terms(work: Work, refiled: Sequence[Refiled]) -> None:
    """What is filed already stays untouched: most terms outlive a change of the analyzer."""
    work.write_rows()
    ids = [each.id for each in refiled]
    stood: dict[int, dict[str, str]] = {}
    for some in chunks(ids):
        for row in work.connection.execute(select(TERMS).where(TERMS.c.id.in_(some))):
            stood[row.id] = {column: getattr(row, column) for column in INDEXED}
    changed, missing = [], []
    for each in refiled:
        new, old = term_columns(each.release, each.analysis.terms), stood.get(each.id)
        work.forms(each.analysis.forms)
        if old == new:
            continue
        work.index(each.id, new, old=old)
        if old is None:
            missing.append({"id": each.id, **new})
        else:
            changed.append({"at": each.id, **{f"new_{column}": text for column, text in new.items()}})
    if changed:
        work.connection.execute(_RETERMED, changed)
    if missing:
        work.connection.execute(insert(TERMS), missing)


def _file_keys(work: Work, refiled: Sequence[Refiled]) -> None:
    """Keys made of the text follow the text; by its addresses, numbers and guids it stays known as well."""
    of_text: dict[int, set[str]] = {}
    told = or_(*(KEY.c.key.startswith(kind, autoescape=True) for kind in _TEXT_KEYS))
    for some in chunks([each.id for each in refiled]):
        for row in work.connection.execute(select(KEY).where(KEY.c.release_id.in_(some), told)):
            of_text.setdefault(row.release_id, set()).add(row.key)
    gone, come = [], []
    for each in refiled:
        keys, before = set(map(storable, each.analysis.fingerprint.keys)), of_text.get(each.id, set())
        gone += [{"of": each.id, "gone": key} for key in sorted(before - keys)]
        come += [{"key": key, "release_id": each.id} for key in sorted(keys - before)]
    if gone:
        work.connection.execute(_FORGOTTEN, gone)
    if come:
        work.connection.execute(key_insert(work.dialect), come)
    _file_anchors(work, refiled)


def _file_anchors(work: Work, refiled: Sequence[Refiled]) -> None:
    """The sentences that are looked for are those of the text as it is read now."""
    for some in chunks([each.id for each in refiled]):
        work.connection.execute(delete(DUP_KEY).where(DUP_KEY.c.release_id.in_(some)))
    rows = [
        {"key": key, "release_id": each.id}
        for each in refiled
        for key in (*each.analysis.fingerprint.anchors, *each.analysis.fingerprint.marks)
    ]
    if rows:
        work.connection.execute(anchor_insert(work.dialect), rows)
