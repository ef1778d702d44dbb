"""What was pruned or erased, by the keys it was known by: it does not come back as new.

Keys are kept as hashes, for good: a tombstone spells neither the address nor the headline of what it
stands for. `number:`, `url:` and `guid:` name a page, `text:` and `version:` what it said. A pruned release
is known again by its page and its text together: another text under the same number is a revision, and
news. By its text alone it is known near its own day only, as copies are. An erased one is known by
either, ever.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, delete, or_, select

from news.release import Completeness
from news.source import EntryState
from news.verdict import Completes, Copy, Fingerprint, Joins, New, Same, Translation, Verdict
from storage.candidates import WINDOW
from storage.chunks import chunks
from storage.columns import storable
from storage.tables import ENTRY, KEY, RELEASE, TOMBSTONE
from storage.upsert import upsert
from storage.work import Work, day_of

HASH_BYTES = 12
_PAGE, _TEXT = ("number:", "url:", "guid:", "content:"), ("text:", "version:", "content:")
_STANDING = select(TOMBSTONE.c.key, TOMBSTONE.c.release_id, TOMBSTONE.c.reason).where(
    TOMBSTONE.c.key.in_(bindparam("keys", expanding=True))
)


class Reason(StrEnum):
    PRUNED = "pruned"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Gone:
    """What came was here before, as `release_id`, and is not stored again."""

    release_id: int
    reason: Reason


def hashed(key: str) -> str:
    """The key as a tombstone writes it: its kind, and 96 bits of a hash."""
    kind, _, _ = key.partition(":")
    digest = hashlib.sha256(storable(key).encode()).digest()[:HASH_BYTES]
    return f"{kind}:{base64.urlsafe_b64encode(digest).decode('ascii')}"


def lay(work: Work, release_ids: Sequence[int], reason: Reason) -> None:
    """Write the tombstones of releases that are about to go; call it while their keys are stored."""
    for release_id, keys in _keys_of(work.connection, release_ids).items():
        lay_keys(work, release_id, keys, reason)


def lay_keys(work: Work, release_id: int, keys: Iterable[str], reason: Reason) -> None:
    """Write tombstones of these keys. Of two releases with one key the later stands, but an erased one always."""
    rows = [
        {"key": key, "release_id": release_id, "at": work.now, "reason": reason.value}
        for key in sorted({hashed(key) for key in keys})
    ]
    if not rows:
        return
    row = upsert(work.dialect, TOMBSTONE)
    values = {name: row.excluded[name] for name in ("release_id", "at", "reason")}
    later = (TOMBSTONE.c.reason == Reason.PRUNED.value) & (TOMBSTONE.c.release_id < row.excluded.release_id)
    stands = later if reason is Reason.PRUNED else None
    work.connection.execute(row.on_conflict_do_update(index_elements=["key"], set_=values, where=stands), rows)


def _keys_of(connection: Connection, release_ids: Sequence[int]) -> dict[int, set[str]]:
    keys: dict[int, set[str]] = {id_: set() for id_ in release_ids}
    for ids in chunks(release_ids):
        for release_id, key in connection.execute(select(KEY.c.release_id, KEY.c.key).where(KEY.c.release_id.in_(ids))):
            keys[release_id].add(key)
        asked = select(RELEASE.c.id, RELEASE.c.url_key, RELEASE.c.content).where(RELEASE.c.id.in_(ids))
        for row in connection.execute(asked):
            if row.url_key:
                keys[row.id].add(f"url:{row.url_key}")
            if row.content and not any(key.startswith(("text:", "content:")) for key in keys[row.id]):
                keys[row.id].add(f"version:{row.content}")
    return keys


def standing(connection: Connection, keys: Iterable[str]) -> dict[str, Gone]:
    """Which of these keys a tombstone stands for."""
    by_hash = {hashed(key): key for key in keys}
    found: dict[str, Gone] = {}
    for some in chunks(list(by_hash)):
        for row in connection.execute(_STANDING, {"keys": some}):
            found[by_hash[row.key]] = Gone(row.release_id, Reason(row.reason))
    return found


def rows_gone(connection: Connection, wire: str, rows: Mapping[str, tuple[str | None, str | None]]) -> dict[str, Gone]:
    """Which rows of a listing, given as entry key → (URL key, guid), a tombstone stands for.

    By a guid alone only what was erased: feeds give one guid to several releases, and a row without an
    address costs no request, so that its text can decide.
    """
    asked = {entry_key: _row_key(wire, entry_key, *row) for entry_key, row in rows.items()}
    found = standing(connection, set(asked.values()))
    told = {entry_key: found[key] for entry_key, key in asked.items() if key in found}
    return {
        entry_key: gone
        for entry_key, gone in told.items()
        if gone.reason is Reason.ERASED or asked[entry_key].startswith("url:")
    }


def _row_key(wire: str, entry_key: str, url_key: str | None, guid: str | None) -> str:
    if url_key is not None:
        return f"url:{url_key}"
    return f"guid:{wire}:{guid}" if guid else entry_key


def gone(
    work: Work, fingerprint: Fingerprint, verdict: Verdict, *, completeness: Completeness, around: datetime
) -> Gone | None:
    """Whether what came is not to be stored, since it was pruned or erased; `around` is its own time.

    `verdict` is what it is to the releases that are stored: what only says again what one of them says
    is theirs to judge.
    """
    if isinstance(verdict, Same):
        return None
    found = standing(work.connection, [*fingerprint.keys, f"version:{fingerprint.content}"])
    if not found:
        return None
    return _erased(found, verdict) or _pruned(found, verdict, completeness, around)


def _erased(found: Mapping[str, Gone], verdict: Verdict) -> Gone | None:
    erased = {key: each for key, each in found.items() if each.reason is Reason.ERASED}
    text = _first(erased, _TEXT)
    # A revision of a version that stands is that one's; only the very words that were erased stay away.
    if text is not None or not isinstance(verdict, New | Copy | Translation | Joins):
        return text
    return _first(erased, _PAGE)


def _pruned(found: Mapping[str, Gone], verdict: Verdict, completeness: Completeness, around: datetime) -> Gone | None:
    if isinstance(verdict, Completes):
        return None
    page, text = _first(found, _PAGE), _first(found, _TEXT)
    if completeness is Completeness.TEASER:
        return _first(found, ("number:", "url:", "content:")) or (page if text else None)
    if page is not None and text is not None:
        return page
    twin = _first(found, ("text:",))
    near = twin is not None and abs((twin.release_id >> 24) - day_of(around)) <= WINDOW.days
    return twin if near and isinstance(verdict, New) else None


def _first(found: Mapping[str, Gone], kinds: tuple[str, ...]) -> Gone | None:
    return next((each for key, each in found.items() if key.startswith(kinds)), None)


def settle_gone(work: Work, entry_id: int | None, gone: Gone, keys: Iterable[str]) -> None:
    """End the entry by which it came again, and count it.

    Of what was erased no entry stays, which would tell of it: where it came from is remembered by hash.
    """
    work.tally("tombstone", gone.reason.value)
    if gone.reason is Reason.ERASED:
        lay_keys(work, gone.release_id, keys, Reason.ERASED)
        if entry_id is not None:
            erase_entries(work, gone.release_id, ENTRY.c.id == entry_id)
    elif entry_id is not None:
        work.settle(entry_id, EntryState.STORED, reason=gone.reason.value)


def erase_entries(work: Work, release_id: int, chosen: Any) -> None:  # noqa: ANN401 - a condition on `entry`
    """Delete entries with all others of the same page; a row that lists it again makes none."""
    rows = work.connection.execute(select(ENTRY.c.key, ENTRY.c.url_key).where(chosen)).all()
    lay_keys(work, release_id, {row.key for row in rows if not row.key.startswith("guid:")}, Reason.ERASED)
    pages = list({row.url_key for row in rows if row.url_key})
    work.connection.execute(delete(ENTRY).where(or_(chosen, ENTRY.c.url_key.in_(pages))))
