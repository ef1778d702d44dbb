"""Erasing a release on request: its words go from everywhere that this database holds them.

Where an alert was made of it, the alert stays with its rule, its times and its deliveries: that it was
told is the owner's record. It then names a release that says "(erased)". Otherwise nothing stays. A
tombstone keeps either from coming back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, func, or_, select, update

from news.alert import DeliveryState
from news.document import document
from news.query import QueryError, parse
from news.release import Release, Zone
from news.source import EventType
from news.text import ANALYZER_VERSION
from storage.archive import Archive, stored_of
from storage.columns import storable
from storage.engines import sweeping
from storage.engines.contract import INDEXED
from storage.fields import field_words
from storage.forms import Form
from storage.heads import ERASED
from storage.removal import part, remove, settle_stories, strip
from storage.rows import release_columns, release_of
from storage.search import search
from storage.tables import ALERT, ATTEMPT, DELIVERY, ENTRY, EVENT, MESSAGE_ALERT, RELEASE, TERMS, TOMBSTONE
from storage.tombstones import Reason, erase_entries, lay
from storage.work import Work

HEADLINE = "(erased)"
# Releases that are asked whether they hold a word, before it stays in the list of word forms unasked.
ASKED_MAX = 60
_ASKED_AT_ONCE = 20
_EXAMINED_MAX = 2_000
_TELLING = [each.value for each in EventType if each.value.startswith("release.")]


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure came to. `hollow` are those of which an alert stays; `words` went from the word forms,
    `words_left` stay there: too many releases hold others of their stem to say that none holds them.
    """

    removed: tuple[int, ...]
    hollow: tuple[int, ...]
    words: int
    words_left: int


def is_erased(archive: Archive, release_id: int) -> bool:
    """Whether a release of this id was erased; reads all tombstones where it is not stored."""
    with archive.database.reading() as connection:
        verdict = connection.execute(select(RELEASE.c.verdict).where(RELEASE.c.id == release_id)).scalar()
        if verdict is not None:
            return bool(verdict == ERASED)
        stone = select(TOMBSTONE.c.key).where(TOMBSTONE.c.release_id == release_id, TOMBSTONE.c.reason == ERASED)
        return connection.execute(stone.limit(1)).first() is not None


def erase(archive: Archive, release_ids: Sequence[int], now: datetime) -> Erased:
    """Erase these releases in one transaction; call `sweep` after it. Ids that are not stored are passed over."""
    with archive.database.reading() as connection:
        seq = int(connection.execute(select(func.coalesce(func.max(EVENT.c.seq), 0))).scalar_one())
        rows = connection.execute(select(RELEASE).where(RELEASE.c.id.in_(release_ids))).all()
    lone, unsure = _forms_held_by_none_else(archive, [release_of(row) for row in rows], {row.id for row in rows})
    with archive.writing(now) as work:
        lone -= _forms_stored_since(work.connection, seq, set(release_ids))
        alerted = _alerted(work.connection, release_ids)
        hollow = [row.id for row in rows if row.id in alerted]
        removed = [row.id for row in rows if row.id not in alerted]
        work.forget_forms(lone)
        for release_id in [*hollow, *removed]:
            _erase_entries(work, release_id)
        remove(work, removed, Reason.ERASED)
        _hollow(work, hollow)
        work.tally("erased", "release", len(rows))
    return Erased(tuple(removed), tuple(hollow), len(lone), len(unsure))


def _alerted(connection: Connection, release_ids: Sequence[int]) -> set[int]:
    asked = select(ALERT.c.release_id).where(ALERT.c.release_id.in_(release_ids))
    return set(connection.execute(asked).scalars())


def _erase_entries(work: Work, release_id: int) -> None:
    """The entries that told of it, by their page too unless another release stands there."""
    row = work.connection.execute(select(RELEASE.c.url_key).where(RELEASE.c.id == release_id)).first()
    mine = ENTRY.c.release_id == release_id
    if row is not None and row.url_key:
        other = exists().where(RELEASE.c.url_key == row.url_key, RELEASE.c.id != release_id)
        mine = or_(mine, and_(ENTRY.c.url_key == row.url_key, ~other))
    erase_entries(work, release_id, mine)


# ---------------------------------------------------------- what an alert stays of


def _hollow(work: Work, ids: Sequence[int]) -> None:
    """Leave of each release a row that says nothing, for its alerts to name."""
    if not ids:
        return
    connection = work.connection
    lay(work, ids, Reason.ERASED)
    strip(work, ids)
    part(connection, ids)
    for row in connection.execute(select(RELEASE).where(RELEASE.c.id.in_(ids))).all():
        _empty(work, row)
        settle_stories(connection, {row.story_id})
    _unquote_alerts(work, ids)


def _empty(work: Work, row: Any) -> None:  # noqa: ANN401 - a row of `release`
    empty = Release(
        wire=row.wire,
        headline=HEADLINE,
        published_at=row.published_at,
        time_precision=release_of(row).time_precision,
    )
    nothing = {"url_key": None, "identity": "", "content": "", "why": None, "imported_id": None, "related_to": None}
    values = {**release_columns(empty), **nothing, "verdict": ERASED, "analyzer_version": ANALYZER_VERSION}
    work.connection.execute(update(RELEASE).where(RELEASE.c.id == row.id).values(**values))
    asked = document(empty)
    terms = {zone.value: storable(asked.stored_terms().get(zone, "")) for zone in Zone}
    terms |= {"fields": field_words(empty)}
    work.write_rows()
    old = work.connection.execute(select(TERMS).where(TERMS.c.id == row.id)).one()
    work.connection.execute(update(TERMS).where(TERMS.c.id == row.id).values(**terms))
    work.index(row.id, terms, old={name: getattr(old, name) for name in INDEXED})
    work.forms(asked.forms())


def _unquote_alerts(work: Work, release_ids: Sequence[int]) -> None:
    """Take from alerts, deliveries and attempts what they quote; what was still to be sent is not."""
    connection = work.connection
    connection.execute(update(ALERT).where(ALERT.c.release_id.in_(release_ids)).values(matched=[]))
    alerts = select(ALERT.c.id).where(ALERT.c.release_id.in_(release_ids))
    told = select(MESSAGE_ALERT.c.message_id).where(MESSAGE_ALERT.c.alert_id.in_(alerts))
    mine = DELIVERY.c.message_id.in_(told)
    others = exists().where(
        MESSAGE_ALERT.c.message_id == DELIVERY.c.message_id, MESSAGE_ALERT.c.alert_id.not_in(alerts)
    )
    # A server may have answered with the subject of what it refused, or named what it took by it.
    connection.execute(update(DELIVERY).where(mine, DELIVERY.c.reason.is_not(None)).values(reason=ERASED))
    connection.execute(update(DELIVERY).where(mine, DELIVERY.c.remote_id.is_not(None)).values(remote_id=None))
    dead = {"state": DeliveryState.DEAD.value, "settled_at": work.now, "reason": "its release was erased"}
    connection.execute(
        update(DELIVERY).where(mine, DELIVERY.c.state == DeliveryState.DUE.value, ~others).values(**dead)
    )
    tries = ATTEMPT.c.delivery_id.in_(select(DELIVERY.c.id).where(mine))
    connection.execute(update(ATTEMPT).where(tries, ATTEMPT.c.reason.is_not(None)).values(reason=ERASED))


# ------------------------------------------------------------------- words


def _forms_held_by_none_else(
    archive: Archive, releases: Sequence[Release], ids: set[int]
) -> tuple[set[Form], set[Form]]:
    """The word forms of these releases that no other holds, and those of which that cannot be said."""
    forms: set[Form] = set().union(*(document(each).forms() for each in releases))
    held: set[Form] = set()
    lone: set[Form] = set()
    for form in sorted(forms):
        if form in held:
            continue
        found = _others_holding(archive, form, ids)
        if found is not None:
            held |= found
        if found is not None and form not in found:
            lone.add(form)
    return lone, forms - held - lone


def _others_holding(archive: Archive, form: Form, ids: set[int]) -> set[Form] | None:
    """All forms of a release that holds this one; none where no other does, None where that cannot be said."""
    try:
        query = parse(f"{form[0]}*")
    except QueryError:
        return None
    cursor, asked = None, 0
    while asked < ASKED_MAX:
        page = search(archive, query, limit=_ASKED_AT_ONCE, cursor=cursor, examined_max=_EXAMINED_MAX)
        for hit in page.hits:
            if hit.stored.id not in ids and form in (forms := document(hit.stored.release).forms()):
                return forms
        if page.cursor is None:
            return set()
        cursor, asked = page.cursor, asked + max(len(page.hits), _ASKED_AT_ONCE)
    return None


def _forms_stored_since(connection: Connection, seq: int, ids: set[int]) -> set[Form]:
    """Of releases that were stored or read anew after the others were asked."""
    since = connection.execute(select(EVENT.c.data).where(EVENT.c.seq > seq, EVENT.c.type.in_(_TELLING))).scalars()
    told = {int(data["release"]) for data in since if "release" in data} - ids
    rows = connection.execute(select(RELEASE).where(RELEASE.c.id.in_(told)))
    return set().union(*(document(stored_of(row).release).forms() for row in rows))


# ------------------------------------------------------------------- after it


def sweep(archive: Archive) -> Iterator[bool | None]:
    """Let the database drop what it only marked as deleted, in short steps; None after each.

    At last True, or False where a reader kept SQLite's write-ahead log from being emptied. May be
    repeated at any time.
    """
    begin, done = True, False
    while not done:
        with archive.database.writing() as connection:
            done = sweeping.merge(connection, begin=begin) and not begin
        begin = False
        yield None
    with archive.database.plain_errors():
        yield sweeping.clear(archive.database.engine)


def rewrite(archive: Archive) -> bool:
    """Write the whole database anew, so that no freed space holds text of long ago; as the end of `sweep`.

    Nobody can write meanwhile: the daemon must not run.
    """
    with archive.database.plain_errors():
        return sweeping.rewrite(archive.database.engine)
