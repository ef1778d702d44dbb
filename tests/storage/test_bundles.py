"""Alerts told together: joined while the message is open, closed once, told under an id that outlives a restore."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from shelf import NOW, a_rule, alert_of, release, store
from sqlalchemy import select, update

from news.alert import Delivery, MessageKind, Reason, Sent
from news.verdict import Copy
from storage import outbox
from storage.archive import Archive
from storage.bundles import Bundle, Waiting, singly_told
from storage.keeping import Kept
from storage.outbox import Address, queue
from storage.removal import remove
from storage.tables import ARCHIVE, MESSAGE, RULE
from storage.tombstones import Reason as Grave
from wirewatch.closing import close_due

DUE = NOW + timedelta(minutes=5)
AWAY = Bundle(
    period="away:2026-03-02T02:10:00+00:00",
    kind=MessageKind.DIGEST,
    reason=Reason.AWAY,
    since=NOW - timedelta(hours=5),
    until=NOW,
)
MAIL = (("mail", "one@acme.example"), ("mail", "two@acme.example"))
HOOK = (("hook", "https://hook.example"),)


@pytest.fixture
def kept(archive: Archive) -> list[Kept]:
    return [store(archive, release(f"Plant {n}", url=f"https://acme.example/{n}")) for n in range(6)]


def tell(archive: Archive, kept: Kept, rule: int, *to: tuple[str, str], bundle: Bundle | None = AWAY) -> int | None:
    addresses = [
        Address(channel=channel, recipient=recipient, key=f"{kept.release_id} {rule} {recipient}", thread="story")
        for channel, recipient in to
    ]
    with archive.writing(NOW) as work:
        waiting = {channel: Waiting(bundle=bundle, due_at=DUE) for channel, _ in to} if bundle else {}
        return queue(work, alert_of(kept, rule), addresses, due_at=DUE, waiting=waiting)


def claim(archive: Archive, minutes: float) -> list[Delivery]:
    now = NOW + timedelta(minutes=minutes)
    room = {"mail": 10, "hook": 10}
    return outbox.claim_deliveries(archive.database, now, holder="me", lease=timedelta(minutes=10), room=room)


def test_there_is_one_message_for_each_channel_with_the_alerts_of_every_rule_that_tells_it(
    archive: Archive, kept: list[Kept]
) -> None:
    plants, others = a_rule(archive), a_rule(archive, "others")
    told = [tell(archive, item, plants, *MAIL, *HOOK) for item in kept[:3]]
    told += [tell(archive, item, others, *MAIL) for item in kept[:2]]
    assert close_due(archive, NOW) == 0
    assert claim(archive, 4) == []
    assert close_due(archive, DUE) == 2
    assert close_due(archive, DUE) == 0
    deliveries = {(each.channel, each.recipient): each for each in claim(archive, 5)}
    assert set(deliveries) == {*MAIL, *HOOK}
    mail, hook = deliveries[MAIL[0]].message, deliveries[HOOK[0]].message
    assert {alert.id for alert in mail.alerts} == set(told)
    assert {alert.id for alert in hook.alerts} == set(told[:3])
    assert mail.together is not None
    assert (mail.kind, mail.together.count) == (MessageKind.DIGEST, 5)
    assert (mail.together.reason, mail.together.since, mail.together.until) == (Reason.AWAY, AWAY.since, AWAY.until)
    assert (mail.made_at, deliveries[MAIL[1]].message) == (DUE, mail)
    assert len({each.key for each in deliveries.values()}) == 3
    assert len({each.thread for each in deliveries.values()}) == 3


def test_an_open_message_is_not_sent_however_due(archive: Archive, kept: list[Kept]) -> None:
    tell(archive, kept[0], a_rule(archive), *MAIL)
    assert claim(archive, 60) == []


def test_what_comes_after_the_close_opens_another(archive: Archive, kept: list[Kept]) -> None:
    rule = a_rule(archive)
    tell(archive, kept[0], rule, *HOOK)
    close_due(archive, DUE)
    tell(archive, kept[1], rule, *HOOK)
    [first] = claim(archive, 5)
    assert [alert.release_id for alert in first.message.alerts] == [kept[0].release_id]
    close_due(archive, DUE + timedelta(minutes=5))
    [second] = claim(archive, 11)
    assert [alert.release_id for alert in second.message.alerts] == [kept[1].release_id]
    assert first.key != second.key


def test_an_alert_that_stands_joins_nothing(archive: Archive, kept: list[Kept]) -> None:
    rule = a_rule(archive)
    assert tell(archive, kept[0], rule, *HOOK) is not None
    assert tell(archive, kept[0], rule, *HOOK) is None
    assert tell(archive, kept[1], rule, *HOOK, bundle=None) is not None
    close_due(archive, DUE)
    assert sorted(len(each.message.alerts) for each in claim(archive, 5)) == [1, 1]


def test_a_recipient_who_is_named_meanwhile_gets_all_of_it(archive: Archive, kept: list[Kept]) -> None:
    rule = a_rule(archive)
    tell(archive, kept[0], rule, MAIL[0])
    tell(archive, kept[1], rule, *MAIL)
    close_due(archive, DUE)
    assert [(each.recipient, len(each.message.alerts)) for each in claim(archive, 5)] == [
        (MAIL[0][1], 2),
        (MAIL[1][1], 2),
    ]


def test_the_id_is_that_of_the_period_and_its_members_not_of_rows(tmp_path: Path) -> None:
    """A restored archive that tells the same of the same time says it under the same id, in whatever order."""
    keys = []
    for name, order in (("a", (0, 1, 2)), ("b", (2, 0, 1)), ("c", (0, 1))):
        archive = Archive.open(f"sqlite:///{tmp_path / name}.db", now=NOW, durability="NORMAL")
        if name != "a":
            store(archive, release("Another", url="https://acme.example/another"))
        with archive.database.writing() as connection:
            connection.execute(update(ARCHIVE).values(uuid="the same"))
        rule = a_rule(archive)
        with archive.database.writing() as connection:
            connection.execute(update(RULE).values(uid="the same rule"))
        items = {n: store(archive, release(f"Plant {n}", url=f"https://acme.example/{n}")) for n in order}
        for n in order:
            tell(archive, items[n], rule, *HOOK)
        close_due(archive, DUE)
        keys += [each.key for each in claim(archive, 5)]
        archive.close()
    assert keys[0] == keys[1] != keys[2]


def test_a_digest_that_was_told_before_a_restore_is_not_told_again(archive: Archive, kept: list[Kept]) -> None:
    rule = a_rule(archive)
    tell(archive, kept[0], rule, *HOOK)
    close_due(archive, DUE)
    [before] = claim(archive, 5)
    with archive.writing(DUE) as work:
        outbox.settle(work, before, Sent(), None)
        work.connection.exec_driver_sql("DELETE FROM message_alert")
        work.connection.exec_driver_sql("DELETE FROM alert")
    tell(archive, kept[0], rule, *HOOK)
    close_due(archive, DUE)
    assert claim(archive, 60) == []
    assert [line.key for line in archive.deliveries()] == [before.key]


def test_members_that_go_before_it_is_told_are_not_told(archive: Archive, kept: list[Kept]) -> None:
    rule = a_rule(archive)
    for item in kept[:3]:
        tell(archive, item, rule, *HOOK)
    with archive.writing(NOW) as work:
        remove(work, [kept[0].release_id], Grave.PRUNED)
    close_due(archive, DUE)
    [told] = claim(archive, 5)
    assert told.message.together is not None
    assert told.message.together.count == 2
    with archive.writing(NOW) as work:
        remove(work, [kept[1].release_id, kept[2].release_id], Grave.PRUNED)
    with archive.database.reading() as connection:
        assert connection.execute(select(MESSAGE)).all() == []


def test_a_digest_of_very_many_carries_the_newest_and_counts_all(archive: Archive, kept: list[Kept]) -> None:
    rule = a_rule(archive)
    with archive.writing(NOW) as work:
        for n in range(250):
            alert = alert_of(kept[0], rule, occasion=f"copy:{n}")
            alert = replace(alert, latency=replace(alert.latency, stamped=NOW - timedelta(minutes=n)))
            address = Address(channel="hook", recipient="h", key=f"k{n}", thread="t")
            queue(work, alert, [address], due_at=DUE, waiting={"hook": Waiting(bundle=AWAY, due_at=DUE)})
    close_due(archive, DUE)
    [told] = claim(archive, 5)
    assert told.message.together is not None
    assert (told.message.together.count, told.message.together.rules) == (250, (("plants", 250),))
    assert [alert.occasion for alert in told.message.alerts] == [f"copy:{n}" for n in range(outbox.TOGETHER_MAX)]


def test_those_told_singly_are_counted_and_those_told_together_are_not(archive: Archive, kept: list[Kept]) -> None:
    rule = a_rule(archive)
    tell(archive, kept[0], rule, *HOOK)
    tell(archive, kept[1], rule, *HOOK, bundle=None)
    store(archive, release("A copy", url="https://b.example/1"), Copy(of=kept[0].release_id, why="the same text"))
    with archive.writing(NOW) as work:
        assert len(singly_told(work.connection, rule, NOW, 10)) == 1
        assert singly_told(work.connection, rule, NOW + timedelta(seconds=1), 10) == []
        assert singly_told(work.connection, rule + 1, NOW, 10) == []
