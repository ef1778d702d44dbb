"""A receiver that refuses, defers or says nothing: tried again or given up in words, and never under another id."""

from __future__ import annotations

from whole_house import House, hasten, settled, until

from storage.archive import DeliveryLine
from storage.outbox import retry_now
from wirewatch import clock
from wirewatch.demo.inbox import DEFER, REFUSE
from wirewatch.demo.releases import numbered


def by_channel(lines: list[DeliveryLine]) -> dict[str, DeliveryLine]:
    return {line.channel: line for line in lines}


async def test_what_is_deferred_or_not_answered_is_delivered_once_healed_under_the_same_id(house: House) -> None:
    house.hook_timeout_s = 0.3
    house.inbox.answer(DEFER)
    house.receiver.answer(204, delay_s=3)
    async with house.seeded() as archive:
        house.publish(numbered(1, words="needle"))
        await until(lambda: [line.attempts for line in archive.deliveries(state="due")] == [1, 1])
        waiting = by_channel(archive.deliveries())
        assert (waiting["mail"].reason or "").startswith("message: 451")
        assert (waiting["hook"].reason or "").startswith("timeout")
        assert all(line.due_at > clock.now() for line in waiting.values())
        hasten(archive)
        await settled(archive, alerts=1)
        done = by_channel(archive.deliveries())
        tries = [(try_.outcome, try_.n) for try_ in archive.attempts(done["hook"].id)]
    assert {(name, line.state, line.attempts, line.repeats) for name, line in done.items()} == {
        ("mail", "sent", 2, 0),
        ("hook", "sent", 2, 1),
    }
    assert tries == [("retry", 1), ("sent", 2)]
    assert house.inbox.refusals == len(house.inbox.messages()) == 1
    assert [hook.id for hook in house.receiver.hooks()] == [done["hook"].key] * 2
    assert {line.key for line in waiting.values()} == {line.key for line in done.values()}


async def test_what_is_refused_is_given_up_in_words_and_can_be_sent_by_hand_later(house: House) -> None:
    house.inbox.answer(REFUSE)
    async with house.seeded() as archive:
        house.publish(numbered(1, words="needle"))
        await settled(archive, alerts=1)
        [dead] = archive.deliveries(state="dead")
        assert (dead.channel, dead.attempts, dead.reason) == ("mail", 1, "message: 550 5.1.1 No such mailbox")
        assert len(house.receiver.accepted()) == 1, "one channel that refuses must not stop another"
        with archive.writing(clock.now()) as work:
            assert retry_now(work, dead.id)
        await until(lambda: not archive.deliveries(state="dead") and len(archive.deliveries(state="sent")) == 2)
    [mail] = house.inbox.messages()
    assert mail.message_id.strip("<>").split("@")[0] == dead.key


async def test_a_channel_that_is_down_delays_only_itself(house: House) -> None:
    house.mail_port = 9
    async with house.seeded() as archive:
        for n in range(4):
            house.publish(numbered(n, words="needle"))
        await until(lambda: len(house.receiver.accepted()) == 4)
        await until(lambda: [line.attempts for line in archive.deliveries(state="due")] == [1] * 4)
        assert {(line.reason or "").split(":")[0] for line in archive.deliveries(state="due")} == {"connect"}


async def test_a_restart_sends_what_was_still_waiting(house: House) -> None:
    house.receiver.answer(500)
    async with house.seeded() as archive:
        house.publish(numbered(1, words="needle"))
        await until(lambda: [line.attempts for line in archive.deliveries(state="due")] == [1])
        [waiting] = archive.deliveries(state="due")
    with house.archive() as archive:
        hasten(archive)
    async with house.running() as archive:
        await settled(archive, alerts=1)
    assert [hook.id for hook in house.receiver.accepted()] == [waiting.key]
    assert len(house.inbox.messages()) == 1
