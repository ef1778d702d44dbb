"""The outbox: no alert twice, no delivery by two, and every try written down."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from shelf import NOW, a_rule, alert_of, release, store, tell
from sqlalchemy import func, select

from news.alert import Delivery, DeliveryState, Outcome, Refused, Retry, Sent
from news.source import EventType
from news.verdict import Copy
from storage import outbox
from storage.archive import Archive
from storage.keeping import Kept
from storage.outbox import retry_now
from storage.tables import ALERT, MESSAGE

LEASE = timedelta(minutes=10)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def kept(archive: Archive) -> Kept:
    return store(archive, release(url="https://acme.example/1"))


@pytest.fixture
def rule(archive: Archive) -> int:
    return a_rule(archive)


def claim(archive: Archive, now: datetime = NOW, **room: int) -> list[Delivery]:
    return outbox.claim_deliveries(archive.database, now, holder="me", lease=LEASE, room=room or {"mail": 10})


def settle(
    archive: Archive, delivery: Delivery, outcome: Outcome, retry_at: datetime | None = None, now: datetime = NOW
) -> DeliveryState:
    with archive.writing(now) as work:
        return outbox.settle(work, delivery, outcome, retry_at)


def line(archive: Archive, **more: Any):
    (only,) = archive.deliveries(**more)
    return only


def told(archive: Archive) -> list[EventType]:
    kinds = {EventType.ALERT_MADE, EventType.DELIVERY_SETTLED}
    return [event.type for event in archive.events(0) if event.type in kinds]


# ------------------------------------------------------------------ alerts


def test_an_alert_is_unique_by_rule_story_and_occasion(archive: Archive, kept: Kept, rule: int) -> None:
    other = a_rule(archive, "others")
    first = alert_of(kept, rule)
    assert tell(archive, first, "k1") is not None
    assert tell(archive, first, "k2") is None
    made = [
        tell(archive, alert_of(kept, other), "k3"),
        tell(archive, alert_of(kept, rule, occasion="revision:7"), "k4"),
        tell(archive, alert_of(kept, rule, story_id=7), "k5"),
        tell(archive, alert_of(kept, rule, story_id=0, occasion="spike:2026-03"), "k6"),
    ]
    assert None not in made
    assert tell(archive, alert_of(kept, rule, story_id=0, occasion="spike:2026-03"), "k7") is None
    assert archive.counts() == {"releases": 1, "alerts": 5, "deliveries": 5, "repeats": 0}
    assert told(archive) == [EventType.ALERT_MADE] * 5


def test_an_alert_is_kept_as_at_firing(archive: Archive, kept: Kept, rule: int) -> None:
    alert_id = tell(archive, alert_of(kept, rule), "k1")
    assert alert_id is not None
    copy = store(
        archive,
        release(wire="other-wire", url="https://b.example/1"),
        Copy(of=kept.release_id, why="the same text"),
    )
    alert = archive.alert(alert_id)
    assert alert is not None
    assert (alert.rule_query, alert.occasion, alert.made_at) == ("plant", "first", NOW)
    assert [tuple(span) for span in alert.matched] == [("headline", 13, 18, "plant")]
    assert alert.release == release(url="https://acme.example/1")
    assert [pickup.url for pickup in alert.also_on] == ["https://b.example/1"]
    assert archive.alerts(5, release_id=copy.release_id) == []
    assert [alert.id for alert in archive.alerts(5)] == [alert_id]
    with archive.database.reading() as connection:
        row = connection.execute(select(ALERT)).one()
    assert row.seq == next(event.seq for event in archive.events(0) if event.type is EventType.ALERT_MADE)


def test_the_ledger_follows_the_releases_of_a_story(archive: Archive, kept: Kept, rule: int) -> None:
    tell(archive, alert_of(kept, rule))
    tell(archive, alert_of(kept, rule, occasion="copy:9"))
    with archive.writing(NOW) as work:
        assert work.ledger(kept.story_id) == {rule: frozenset({"first", "copy:9"})}
        assert work.ledger(kept.story_id + 1) == {}


def test_an_alert_for_nobody_has_no_message(archive: Archive, kept: Kept, rule: int) -> None:
    assert tell(archive, alert_of(kept, rule)) is not None
    with archive.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(MESSAGE)).scalar() == 0
    assert claim(archive) == []


def test_a_key_that_was_told_before_is_not_told_again_and_that_is_counted(
    archive: Archive, kept: Kept, rule: int
) -> None:
    tell(archive, alert_of(kept, rule), "k1")
    tell(archive, alert_of(kept, rule, occasion="revision:7"), "k1", "k2")
    assert [each.key for each in archive.deliveries()] == ["k2", "k1"]
    assert ("delivery", "told before under the same key", 1) in archive.tallies(0)


def test_a_match_that_is_held_is_kept_with_its_first_reason(archive: Archive, kept: Kept, rule: int) -> None:
    with archive.writing(NOW) as work:
        work.hold(rule, kept.release_id, "seed")
        work.hold(rule, kept.release_id, "silenced")
    assert [(held.rule, held.reason) for held in archive.held(kept.release_id)] == [("plants", "seed")]


# --------------------------------------------------------------- deliveries


def test_each_delivery_is_claimed_once_however_many_ask(archive: Archive, kept: Kept, rule: int) -> None:
    tell(archive, alert_of(kept, rule), *(f"k{number}" for number in range(30)))
    gate, claimed = threading.Barrier(4), []

    def run() -> None:
        gate.wait()
        claimed.extend(delivery.key for _ in range(3) for delivery in claim(archive, mail=4))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(claimed) == {f"k{number}": 1 for number in range(30)}
    assert {each.attempts for each in archive.deliveries()} == {1}


def test_deliveries_go_out_by_the_time_they_are_due(archive: Archive, kept: Kept, rule: int) -> None:
    for number, minutes in enumerate((5, -5, 0, -10, 3)):
        alert = alert_of(kept, rule, occasion=f"copy:{number}")
        tell(archive, alert, f"k{minutes}", due=NOW + timedelta(minutes=minutes))
    assert [delivery.key for delivery in claim(archive)] == ["k-10", "k-5", "k0"]
    assert claim(archive) == []
    assert [delivery.key for delivery in claim(archive, now=NOW + timedelta(minutes=5))] == ["k3", "k5"]


def test_a_channel_gets_as_many_as_it_has_room_for(archive: Archive, kept: Kept, rule: int) -> None:
    for channel in ("mail", "hook", "chat"):
        alert = alert_of(kept, rule, occasion=f"copy:{channel}")
        tell(archive, alert, *(f"{channel}{number}" for number in range(5)), channel=channel)
    claimed = claim(archive, mail=2, hook=0)
    assert [delivery.key for delivery in claimed] == ["mail0", "mail1"]
    assert claim(archive, nobody=5) == []
    assert Counter(delivery.channel for delivery in claim(archive, mail=10, hook=1, chat=3)) == {
        "mail": 3,
        "hook": 1,
        "chat": 3,
    }


def test_a_delivery_brings_all_that_is_to_be_told(archive: Archive, kept: Kept, rule: int) -> None:
    alert_id = tell(archive, alert_of(kept, rule), "k1")
    (delivery,) = claim(archive)
    assert [alert.id for alert in delivery.message.alerts] == [alert_id]
    assert delivery.message.alerts[0].release.headline == "Acme opens a plant"
    assert (delivery.key, delivery.thread, delivery.attempts, delivery.repeat) == ("k1", "t", 0, False)


def test_what_was_sent_is_final(archive: Archive, kept: Kept, rule: int) -> None:
    tell(archive, alert_of(kept, rule), "k1")
    (delivery,) = claim(archive)
    assert settle(archive, delivery, Sent("abc"), now=LATER) is DeliveryState.SENT
    assert (line(archive).state, line(archive).settled_at, line(archive).reason) == ("sent", LATER, None)
    (attempt,) = archive.attempts(delivery.id)
    assert (attempt.n, attempt.begun_at, attempt.ended_at, attempt.outcome) == (1, NOW, LATER, "sent")
    assert claim(archive, now=LATER + LEASE * 2) == []
    with archive.writing(NOW) as work:
        assert not retry_now(work, delivery.id)
    assert told(archive) == [EventType.ALERT_MADE, EventType.DELIVERY_SETTLED]
    assert archive.events(0)[-1].data == {"delivery": delivery.id, "alerts": [1], "state": "sent"}


def test_what_may_work_later_is_tried_again_at_its_time(archive: Archive, kept: Kept, rule: int) -> None:
    tell(archive, alert_of(kept, rule), "k1")
    (delivery,) = claim(archive)
    assert settle(archive, delivery, Retry("http 503: busy"), LATER) is DeliveryState.DUE
    assert claim(archive, now=LATER - timedelta(seconds=1)) == []
    (again,) = claim(archive, now=LATER)
    assert (again.id, again.key, again.attempts, again.repeat) == (delivery.id, "k1", 1, False)
    assert [attempt.outcome for attempt in archive.attempts(delivery.id)] == ["retry", None]
    assert told(archive) == [EventType.ALERT_MADE]
    assert ("retry", "http 503", 1) in archive.tallies(0)


@pytest.mark.parametrize("outcome", [Refused("no such mailbox"), Retry("timeout")])
def test_what_cannot_be_sent_is_dead_and_can_be_sent_again_by_hand(
    archive: Archive, kept: Kept, rule: int, outcome: Outcome
) -> None:
    tell(archive, alert_of(kept, rule), "k1")
    (delivery,) = claim(archive)
    assert settle(archive, delivery, outcome) is DeliveryState.DEAD
    assert (line(archive, state="dead").reason, line(archive).settled_at) == (getattr(outcome, "reason", ""), NOW)
    assert told(archive)[-1] is EventType.DELIVERY_SETTLED
    assert claim(archive, now=NOW + timedelta(days=9)) == []
    with archive.writing(LATER) as work:
        assert retry_now(work, delivery.id)
        assert not retry_now(work, delivery.id + 1)
    (again,) = claim(archive, now=LATER)
    assert (again.key, again.attempts) == ("k1", 1)
    with archive.writing(LATER) as work:
        assert not retry_now(work, delivery.id)


def test_a_message_that_was_perhaps_taken_is_counted_when_it_goes_out_again(
    archive: Archive, kept: Kept, rule: int
) -> None:
    tell(archive, alert_of(kept, rule), "k1")
    (delivery,) = claim(archive)
    settle(archive, delivery, Retry("the answer was lost", perhaps_taken=True), LATER)
    (again,) = claim(archive, now=LATER)
    assert (again.repeat, again.key) == (True, "k1")
    assert archive.counts()["repeats"] == 1


def test_a_lease_that_ran_out_counts_as_a_repeat_and_closes_the_lost_attempt(
    archive: Archive, kept: Kept, rule: int
) -> None:
    tell(archive, alert_of(kept, rule), "k1")
    (first,) = claim(archive)
    assert claim(archive, now=NOW + LEASE) == []
    (second,) = claim(archive, now=NOW + LEASE + timedelta(seconds=1))
    assert (second.id, second.attempts, second.repeat) == (first.id, 1, True)
    assert [attempt.outcome for attempt in archive.attempts(first.id)] == ["lost", None]
    assert (line(archive).repeats, line(archive).attempts) == (1, 2)


def test_an_attempt_that_ends_after_another_began_does_not_undo_it(archive: Archive, kept: Kept, rule: int) -> None:
    tell(archive, alert_of(kept, rule), "k1")
    (slow,) = claim(archive)
    late = NOW + LEASE * 2
    (second,) = claim(archive, now=late)
    assert settle(archive, slow, Retry("timeout"), LATER, now=late) is DeliveryState.SENDING
    assert settle(archive, second, Sent("2"), now=late) is DeliveryState.SENT
    assert settle(archive, slow, Refused("no"), now=late) is DeliveryState.SENT
    assert [attempt.outcome for attempt in archive.attempts(slow.id)] == ["refused", "sent"]
    assert told(archive).count(EventType.DELIVERY_SETTLED) == 1


def test_a_slow_attempt_that_was_sent_after_all_ends_the_delivery(archive: Archive, kept: Kept, rule: int) -> None:
    tell(archive, alert_of(kept, rule), "k1")
    (slow,) = claim(archive)
    (second,) = claim(archive, now=NOW + LEASE * 2)
    assert settle(archive, slow, Sent("1")) is DeliveryState.SENT
    assert settle(archive, second, Retry("timeout"), LATER) is DeliveryState.SENT
    assert claim(archive, now=NOW + timedelta(days=1)) == []


def test_what_is_being_sent_is_not_taken_up(archive: Archive, kept: Kept, rule: int) -> None:
    tell(archive, alert_of(kept, rule), "k1", "k2")
    ours, lost = claim(archive)
    with archive.writing(NOW) as work:
        assert outbox.free_leases(work.connection, but={ours.id}) == 1
    assert [delivery.id for delivery in claim(archive)] == [lost.id]
    assert settle(archive, ours, Sent()) is DeliveryState.SENT


def test_what_a_killed_daemon_was_sending_is_taken_up_as_a_repeat(archive: Archive, kept: Kept, rule: int) -> None:
    tell(archive, alert_of(kept, rule), "k1", "k2", "k3")
    lost, sent, retried = claim(archive)
    settle(archive, sent, Sent())
    settle(archive, retried, Retry("busy"), LATER)
    with archive.writing(NOW) as work:
        assert outbox.free_leases(work.connection) == 1
        assert outbox.free_leases(work.connection) == 0
    (again,) = claim(archive)
    assert (again.id, again.repeat, again.key) == (lost.id, True, "k1")
    assert [(a.outcome, a.ended_at) for a in archive.attempts(lost.id)] == [("lost", None), (None, None)]
    assert [attempt.outcome for attempt in archive.attempts(retried.id)] == ["retry"]
    assert archive.counts()["repeats"] == 1


def test_deliveries_are_listed_by_state_alert_and_page(archive: Archive, kept: Kept, rule: int) -> None:
    one = tell(archive, alert_of(kept, rule), "k1", "k2")
    two = tell(archive, alert_of(kept, rule, occasion="revision:7"), "k3")
    assert one is not None
    assert [(each.key, each.alert_ids) for each in archive.deliveries()] == [
        ("k3", (two,)),
        ("k2", (one,)),
        ("k1", (one,)),
    ]
    assert [each.key for each in archive.deliveries(alert_id=one)] == ["k2", "k1"]
    assert [each.key for each in archive.deliveries(limit=1)] == ["k3"]
    assert [each.key for each in archive.deliveries(cursor=archive.deliveries(limit=1)[0].id)] == ["k2", "k1"]
    assert archive.deliveries(state="dead") == []


def test_thousands_of_alerts_are_read_at_once(archive: Archive, kept: Kept, rule: int) -> None:
    with archive.writing(NOW) as work:
        for number in range(2_500):
            outbox.queue(work, replace(alert_of(kept, rule), occasion=f"copy:{number}"), [], due_at=NOW)
    assert [alert.id for alert in archive.alerts(2_500)] == list(range(2_500, 0, -1))
