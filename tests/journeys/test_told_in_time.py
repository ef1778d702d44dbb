"""Digests, quiet hours, throttles and silences in the running house: what comes when, once, and why together."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from whole_house import House, hasten, settled, until

from storage.archive import Archive
from storage.rules import silence_rule
from storage.tables import HELD
from wirewatch import clock
from wirewatch.demo.releases import numbered


def rule(name: str, query: str, *more: str, to: str = "mail") -> str:
    return "\n".join(["[[rule]]", f"name = '{name}'", f"query = '{query}'", f"to = ['{to}']", *more, ""])


def quiet_now() -> str:
    """Quiet hours that have an hour to go."""
    start, end = clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=1)
    return f"quiet = '{start:%H:%M}-{end:%H:%M}'"


def held(archive: Archive) -> list[str]:
    with archive.database.reading() as connection:
        return sorted(connection.execute(select(HELD.c.reason)).scalars())


async def test_a_daily_digest_tells_of_two_rules_at_once_and_after_a_restart_and_begins_anew(house: House) -> None:
    house.rules = {}
    house.more = rule("one", "needle", "digest = 'daily@00:00'") + rule("two", "example", "digest = 'daily@00:00'")
    house.publish_older(1)
    async with house.seeded() as archive:
        house.publish(numbered(100, words="needle"))
        await until(lambda: archive.counts()["alerts"] == 2 and archive.unread() == 0)
        assert house.inbox.messages() == []
    house.publish(numbered(101, words="needle"))
    async with house.running() as archive:
        await until(lambda: archive.counts()["alerts"] == 4 and archive.unread() == 0)
        assert house.inbox.messages() == []
        [waiting] = archive.deliveries(state="due")
        assert waiting.due_at.strftime("%H:%M") == "00:00"
        hasten(archive)
        await settled(archive, alerts=4)
        [mail] = house.inbox.messages()
        house.publish(numbered(102, words="needle"))
        await until(lambda: archive.counts()["alerts"] == 6 and archive.unread() == 0)
        [waiting] = archive.deliveries(state="due")
        assert waiting.due_at > clock.now()
    assert mail.subject == "[wirewatch] Daily digest, 4 alerts: one (2), two (2)"
    assert len(house.inbox.messages()) == 1


async def test_what_comes_in_quiet_hours_waits_and_what_is_urgent_does_not(house: House) -> None:
    house.rules = {}
    house.more = f"[channel.night]\nkind = 'email'\nto = 'night@example.org'\n{quiet_now()}\n"
    house.more += rule("sleeps", "needle", to="night") + rule("wakes", "example", "urgent = true", to="night")
    house.publish_older(1)
    async with house.seeded() as archive:
        for n in range(3):
            house.publish(numbered(100 + n, words="needle"))
        await until(lambda: archive.counts()["alerts"] == 6 and len(house.inbox.messages()) == 3)
        [waiting] = archive.deliveries(state="due")
        assert timedelta(minutes=50) < waiting.due_at - clock.now() < timedelta(minutes=61)
        hasten(archive)
        await settled(archive, alerts=6)
    subjects = [mail.subject for mail in house.inbox.messages()]
    assert all(subject.startswith("[wakes] ") for subject in subjects[:3])
    assert subjects[3:] == ["[wirewatch] 3 alerts kept over quiet hours: sleeps (3)"]


async def test_a_burst_tells_the_first_at_once_and_the_rest_together(house: House) -> None:
    house.rules = {}
    house.more = rule("burst", "needle", "at_most_hourly = 2", to="hook")
    house.publish_older(1)
    async with house.seeded() as archive:
        for n in range(6):
            house.publish(numbered(100 + n, words="needle"))
        await until(lambda: archive.counts()["alerts"] == 6 and archive.unread() == 0)
        await until(lambda: len(archive.deliveries(state="sent")) == 2)
        [waiting] = archive.deliveries(state="due")
        assert timedelta(minutes=50) < waiting.due_at - clock.now() <= timedelta(hours=1)
        hasten(archive)
        await settled(archive, alerts=6)
    told = [hook.body for hook in house.receiver.accepted()]
    assert [body["type"] for body in told] == ["release.matched", "release.matched", "digest"]
    assert (told[2]["data"]["reason"], told[2]["data"]["count"]) == ("throttled", 4)


async def test_a_silenced_rule_tells_nobody_and_what_it_held_is_counted(house: House) -> None:
    house.publish_older(1)
    async with house.seeded() as archive:
        known = archive.rule_named("needle")
        assert known is not None
        with archive.writing(clock.now()) as work:
            silence_rule(work, known, clock.now() + timedelta(hours=1), "trade fair")
        house.publish(numbered(100, words="needle"))
        await until(lambda: held(archive) == ["seed", "silenced"] and archive.unread() == 0)
        with archive.writing(clock.now()) as work:
            silence_rule(work, known, None)
        house.publish(numbered(101, words="needle"))
        await settled(archive, alerts=1)
