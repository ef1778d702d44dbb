"""What goes by age, what stays and why, and that nothing is left behind half."""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from lived_in import DAYS, WIRES, faults, fill
from shelf import NOW, a_rule, add_source, alert_of, ids_found, kept_as, list_rows, listed, release, store, tell
from sqlalchemy import delete, func, select, update

from news.alert import DeliveryState
from news.source import EntryState
from news.verdict import Copy, New, Revision
from storage import pruning
from storage.archive import Archive
from storage.checkup import check
from storage.keeping import Raw, keep
from storage.outbox import claim_deliveries
from storage.pruning import Fate, Plan, Policy, plan, prune
from storage.tables import (
    ALERT,
    ATTEMPT,
    DELIVERY,
    DUP_KEY,
    ENTRY,
    HELD,
    KEY,
    MESSAGE,
    MESSAGE_ALERT,
    RAW,
    RELEASE,
    STORY,
    TALLY,
    TERMS,
    TOMBSTONE,
)

SEEDS = range(int(os.environ.get("PRUNING_SEEDS", "4")))
OLD = NOW - timedelta(days=40)


def ids(archive: Archive) -> set[int]:
    with archive.database.reading() as connection:
        return set(connection.execute(select(RELEASE.c.id)).scalars())


def planned(archive: Archive, policy: Policy, now: datetime = NOW) -> Plan:
    *_, whole = plan(archive, policy, now)
    return whole


def pruned(archive: Archive, policy: Policy, now: datetime = NOW) -> int:
    return sum(sum(step.releases.values()) for step in prune(archive, policy, now))


def count(archive: Archive, table: Any) -> int:
    with archive.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def drawn_policy(draw: random.Random) -> Policy:
    wires = {wire: draw.choice((None, draw.randrange(1, DAYS))) for wire in draw.sample(WIRES, draw.randrange(3))}
    return Policy(
        days=draw.choice((None, draw.randrange(1, DAYS), draw.randrange(1, DAYS))),
        wires=wires,
        raw_days=draw.choice((None, draw.randrange(1, DAYS))),
        keep_alerted=draw.random() < 0.5,
        wire=draw.choice((None, None, draw.choice(WIRES))),
    )


def by_the_book(archive: Archive, policy: Policy) -> Counter[str]:
    """What becomes of every release, told from whole tables in the slowest way; ids that go under `goes`."""
    with archive.database.reading() as connection:
        rows = connection.execute(select(RELEASE.c.id, RELEASE.c.wire, RELEASE.c.order_at, RELEASE.c.story_id)).all()
        alerts = connection.execute(select(ALERT.c.id, ALERT.c.release_id)).all()
        told = connection.execute(select(MESSAGE_ALERT)).all()
        due = connection.execute(select(DELIVERY.c.message_id).where(DELIVERY.c.state == "due")).scalars().all()
        waiting = set(connection.execute(select(ENTRY.c.release_id).where(ENTRY.c.state == "waiting")).scalars())
    story_of = {row.id: row.story_id for row in rows}
    alerted = {story_of[alert.release_id] for alert in alerts}
    open_alerts = {row.alert_id for row in told if row.message_id in due}
    untold = {alert.release_id for alert in alerts if alert.id in open_alerts}
    fates: Counter[Any] = Counter()
    for row in rows:
        if policy.wire not in {None, row.wire}:
            continue
        days = policy.wires.get(row.wire, policy.days)
        if days is None or (NOW.date() - row.order_at.date()).days <= days:
            fates[Fate.YOUNG] += 1
        elif policy.keep_alerted and row.story_id in alerted:
            fates[Fate.ALERTED] += 1
        elif row.id in untold:
            fates[Fate.UNTOLD] += 1
        elif row.id in waiting:
            fates[Fate.UNREAD] += 1
        else:
            fates[row.id] += 1
    return fates


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_goes_nothing_that_stays_names_it(archive: Archive, seed: int, monkeypatch) -> None:
    draw = random.Random(seed)  # noqa: S311 - a stated seed
    monkeypatch.setattr("storage.pruning.LOOKED_AT", draw.randrange(1, 20))
    monkeypatch.setattr("storage.pruning.RELEASES_A_STEP", draw.randrange(1, 10))
    monkeypatch.setattr("storage.pruning.PAGES_A_STEP", draw.randrange(1, 10))
    before = set(fill(archive, draw))
    assert (check(archive.database), faults(archive)) == ([], [])
    for _ in range(3):
        policy = drawn_policy(draw)
        before, fates, promised = ids(archive), by_the_book(archive, policy), planned(archive, policy)
        goes = {key for key in fates if not isinstance(key, Fate)}
        for _step in prune(archive, policy, NOW):
            assert faults(archive) == []
            if draw.random() < 0.2:
                break  # killed; the run after it goes on
        for _step in prune(archive, policy, NOW):
            pass
        assert ids(archive) == before - goes
        assert sum(promised.releases.values()) == len(goes)
        assert {fate: n for fate, n in promised.kept.items() if n} == {
            key: n for key, n in fates.items() if isinstance(key, Fate)
        }
        assert (check(archive.database), faults(archive)) == ([], [])
        assert set(ids_found(archive, "plant")) == ids(archive)
        for table in (TERMS, KEY, RAW, HELD, DUP_KEY):
            column = table.c.id if table is TERMS else table.c.release_id
            with archive.database.reading() as connection:
                assert set(connection.execute(select(column)).scalars()) <= ids(archive)
        assert planned(archive, policy).releases == Counter()


def test_a_release_is_kept_for_so_many_whole_days(archive: Archive) -> None:
    kept = store(archive, release(published_at=NOW), seen=NOW)
    thirty = Policy(days=30)
    assert pruned(archive, thirty, NOW + timedelta(days=30)) == 0
    assert pruned(archive, thirty, (NOW + timedelta(days=31)).replace(hour=0, minute=0)) == 1
    assert kept.release_id not in ids(archive)


def test_more_days_than_there_were_since_1970_are_no_fault(archive: Archive) -> None:
    store(archive, release(published_at=OLD))
    assert pruned(archive, Policy(days=36_500)) == 0


def test_a_release_takes_with_it_all_that_hung_on_it(archive: Archive) -> None:
    source, rule = add_source(archive), a_rule(archive)
    list_rows(archive, source, listed(1))
    page = Raw(url=listed(1).url, content_type="text/html", fetched_at=NOW, body=b"<p>plant")
    kept = store(archive, release(url=listed(1).url, published_at=OLD), raw=page, source_id=source.id)
    tell(archive, alert_of(kept, rule), "k1")
    claim_deliveries(archive.database, NOW, holder="me", lease=timedelta(0), room={"mail": 1})
    with archive.writing(NOW) as work:
        work.hold(rule, kept.release_id, "seed")
        work.settle(1, EntryState.STORED, release_id=kept.release_id)
        work.connection.execute(update(DELIVERY).values(state=DeliveryState.SENT.value))
    assert pruned(archive, Policy(days=30, keep_alerted=False)) == 1
    everything = (RELEASE, TERMS, STORY, RAW, KEY, HELD, ALERT, MESSAGE, MESSAGE_ALERT, DELIVERY, ATTEMPT)
    assert {table.name: count(archive, table) for table in everything} == dict.fromkeys([t.name for t in everything], 0)
    assert ids_found(archive, "plant") == []
    with archive.database.reading() as connection:
        entry = connection.execute(select(ENTRY)).one()
        assert (entry.state, entry.release_id) == ("stored", None)
        assert {row.reason for row in connection.execute(select(TOMBSTONE))} == {"pruned"}
        assert (
            connection.execute(
                select(TALLY.c.n).where(TALLY.c.what == "pruned", TALLY.c.reason == "acme-wire")
            ).scalar()
            == 1
        )


def test_the_story_of_an_alert_stays_whole(archive: Archive) -> None:
    first = store(archive, release(published_at=OLD))
    copy = store(archive, release(wire="b", published_at=OLD), Copy(of=first.release_id, why="the same text"))
    tell(archive, alert_of(copy, a_rule(archive)), "k1")
    other = store(archive, release("Another plant", published_at=OLD))
    assert pruned(archive, Policy(days=30)) == 1
    assert ids(archive) == {first.release_id, copy.release_id}
    assert other.release_id not in ids(archive)


def test_what_is_still_to_be_told_or_read_waits(archive: Archive) -> None:
    untold, unread = store(archive, release(published_at=OLD)), store(archive, release("Two", published_at=OLD))
    tell(archive, alert_of(untold, a_rule(archive)), "k1")
    list_rows(archive, add_source(archive), listed(1))
    with archive.writing(NOW) as work:
        work.connection.execute(update(ENTRY).values(state=EntryState.WAITING.value, release_id=unread.release_id))
    policy = Policy(days=30, keep_alerted=False)
    assert pruned(archive, policy) == 0
    assert planned(archive, policy).kept == {Fate.UNTOLD: 1, Fate.UNREAD: 1, Fate.YOUNG: 0}
    with archive.writing(NOW) as work:
        work.connection.execute(update(ENTRY).values(state=EntryState.STORED.value))
        work.connection.execute(update(DELIVERY).values(state=DeliveryState.SENT.value))
    assert pruned(archive, policy) == 2


def test_the_next_version_becomes_the_first_one_and_the_newest_is_the_head(archive: Archive) -> None:
    first = store(archive, release(published_at=OLD))
    second = store(archive, release("Acme opens a mill"), Revision(of=first.release_id))
    third = store(archive, release("Acme opens two"), Revision(of=first.release_id))
    assert pruned(archive, Policy(days=30)) == 1
    with archive.database.reading() as connection:
        rows = connection.execute(select(RELEASE).order_by(RELEASE.c.id)).all()
        head = connection.execute(select(STORY.c.head_id)).scalar_one()
    assert [(row.id, row.revises, row.superseded_by) for row in rows] == [
        (second.release_id, None, third.release_id),
        (third.release_id, second.release_id, None),
    ]
    assert head == third.release_id
    # The story goes by the name it always had: who was told of it knows it by that.
    assert {row.story_id for row in rows} == {first.release_id}
    with archive.writing(NOW) as work:
        assert work.story_identity(first.release_id) == rows[0].identity


def test_pages_go_earlier_than_the_text(archive: Archive) -> None:
    page = Raw(url=None, content_type=None, fetched_at=NOW, body=b"<p>" + b"plant " * 100)
    old = store(archive, release(published_at=OLD), raw=page)
    young = store(archive, release("Two"), raw=page)
    assert (planned(archive, Policy(raw_days=30)).pages_alone, planned(archive, Policy(raw_days=30)).pages) == (1, 0)
    assert [step.pages for step in prune(archive, Policy(raw_days=30), NOW)] == [1]
    assert archive.raw(old.release_id) is None
    assert archive.raw(young.release_id) is not None
    assert ids(archive) == {old.release_id, young.release_id}


def test_one_wire_alone(archive: Archive) -> None:
    page = Raw(url=None, content_type=None, fetched_at=NOW, body=b"<p>plant")
    for wire in ("a", "b"):
        store(archive, release(f"Plant of {wire}", wire=wire, published_at=OLD), raw=page)
    assert planned(archive, Policy(days=30, raw_days=20, wire="b")).releases == {"b": 1}
    assert pruned(archive, Policy(days=30, raw_days=20, wire="b")) == 1
    assert (count(archive, RELEASE), count(archive, RAW)) == (1, 1)


def test_what_was_looked_at_once_is_not_looked_at_again_unless_more_was_stored(archive: Archive, monkeypatch) -> None:
    rule = a_rule(archive)
    for n in range(6):
        tell(archive, alert_of(store(archive, release(f"Plant {n}", published_at=OLD)), rule))
    looked_at: list[int] = []
    look = pruning._look
    monkeypatch.setattr(
        pruning, "_look", lambda *given: looked_at.extend(row.id for row in look(*given)) or look(*given)
    )

    def looks(policy: Policy, now: datetime) -> tuple[int, int]:
        looked_at.clear()
        return pruned(archive, policy, now), len(looked_at)

    assert looks(Policy(days=30), NOW) == (0, 6)
    assert looks(Policy(days=30), NOW) == (0, 0)
    assert looks(Policy(days=30), NOW + timedelta(days=1)) == (0, 0)
    store(archive, release("Late", published_at=OLD))
    assert looks(Policy(days=30), NOW + timedelta(days=1)) == (1, 7)
    assert looks(Policy(days=30), NOW + timedelta(days=1)) == (0, 0)
    assert looks(Policy(days=29), NOW) == (0, 6)


def test_a_step_asks_again_under_the_lock(archive: Archive) -> None:
    """Between the look and the transaction an alert was made: the release stays."""
    kept = [store(archive, release(f"Plant {n}", published_at=OLD)) for n in range(30)]
    steps = prune(archive, Policy(days=30), NOW)
    assert sum(next(steps).releases.values()) == 25
    last = store_alert(archive, kept[-1])
    assert sum(sum(step.releases.values()) for step in steps) == 4
    assert ids(archive) == {last}


def store_alert(archive: Archive, kept: Any) -> int:
    tell(archive, alert_of(kept, a_rule(archive)))
    return int(kept.release_id)


def test_the_head_of_a_story_may_be_told_to_a_copy_that_comes_later(archive: Archive) -> None:
    first = store(archive, release(published_at=OLD))
    copy = store(archive, release(wire="b"), Copy(of=first.release_id, why="the same text"))
    assert pruned(archive, Policy(days=30)) == 1
    again = store(archive, release(wire="c"), Copy(of=copy.release_id, why="the same text"))
    with archive.writing(NOW) as work:
        assert work.story_identity(again.story_id)


def test_a_writer_gets_its_turn_between_two_steps(archive: Archive) -> None:
    for n in range(60):
        store(archive, release(f"Plant {n}", published_at=OLD))
    for step in prune(archive, Policy(days=30), NOW):
        assert 0 < sum(step.releases.values()) <= 25
        with archive.writing(NOW) as work:
            keep(work, kept_as(release("Written between")), New())
    assert check(archive.database) == []


def test_deleting_by_hand_is_seen_by_the_tests_own_eyes(archive: Archive) -> None:
    fill(archive, random.Random(1))  # noqa: S311 - any
    with archive.writing(NOW) as work:
        work.connection.execute(update(STORY).values(head_id=1))
        work.connection.execute(delete(MESSAGE_ALERT))
        work.connection.execute(update(RELEASE).values(superseded_by=None, related_to=1))
    told = " ".join(faults(archive))
    assert all(word in told for word in ("retells", "has head", "tells nothing"))
