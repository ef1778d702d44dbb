"""Troubles of sources: told to the operator once as they begin and once as they end, and never to the readers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from whole_house import House, hasten, until

from news.source import IncidentKind
from storage.archive import Archive
from storage.incidents import begin, end
from storage.sources import SourceSpec, add_source
from wirewatch import clock
from wirewatch.assemble import build, open_archive
from wirewatch.demo.inbox import DEFER
from wirewatch.doctor import examine
from wirewatch.operator_desk import OperatorDesk

OPERATOR = """
[operator]
to = ["ops"]
wait_s = 0
at_most_every_s = 0
[channel.ops]
kind = "email"
to = ["operator@example.org"]
"""


@pytest.fixture
def watched_house(house: House) -> House:
    house.more = OPERATOR
    return house


def trouble(archive: Archive, *names: str, over: bool = False) -> None:
    ids = {line.source.name: line.source.id for line in archive.sources()}
    with archive.writing(clock.now()) as work:
        for name in names:
            if over:
                assert end(work, ids[name], IncidentKind.STALE) is not None
            else:
                assert begin(work, ids[name], IncidentKind.STALE, "nothing for 3 h") is not None


def more_sources(archive: Archive, count: int) -> list[str]:
    """Sources that are never polled here."""
    names = [f"acme-{n}" for n in range(count)]
    with archive.writing(clock.now() + timedelta(days=1)) as work:
        for name in names:
            assert add_source(
                work, SourceSpec(name, "acme-wire", "feed", f"https://{name}.example/", 60, False, False, "db")
            )
    return names


async def test_a_source_in_trouble_is_told_once_and_once_when_it_is_over(watched_house: House) -> None:
    house = watched_house
    async with house.seeded() as archive:
        trouble(archive, "local")
        await until(lambda: len(house.inbox.messages()) == 1)
        await house.more_polls(2)
        trouble(archive, "local", over=True)
        await until(lambda: len(house.inbox.messages()) == 2)
    down, up = house.inbox.messages()
    assert down.subject == "[wirewatch] local has shown nothing new for longer than it should"
    assert up.subject.startswith("[wirewatch] local shows new releases again after ")
    assert {mail.recipients for mail in (down, up)} == {("operator@example.org",)}
    assert down.headers["In-Reply-To"] == up.headers["In-Reply-To"]
    assert down.message_id != up.message_id
    assert house.receiver.hooks() == [], "the readers' channels hear nothing of it"


async def test_an_operators_channel_that_fails_for_a_while_gets_it_once_it_is_well(watched_house: House) -> None:
    house = watched_house
    house.inbox.answer(DEFER, times=2)
    async with house.seeded() as archive:
        trouble(archive, "local")
        await until(lambda: [line.attempts for line in archive.deliveries(state="due")] == [1])
        [waiting] = archive.deliveries(state="due")
        hasten(archive)
        await until(lambda: [line.attempts for line in archive.deliveries(state="due")] == [2])
        trouble(archive, "local", over=True)
        await until(lambda: len(archive.deliveries()) == 2)
        hasten(archive)
        await until(lambda: len(archive.deliveries(state="sent")) == 2)
    mails = house.inbox.messages()
    assert len(mails) == 2
    assert waiting.key in {mail.message_id.strip("<>").split("@")[0] for mail in mails}
    assert {line.repeats for line in archive.deliveries()} == {0}


async def test_a_host_that_is_down_is_one_message_for_thirty_sources(watched_house: House) -> None:
    house = watched_house
    async with house.seeded() as archive:
        names = more_sources(archive, 30)
        trouble(archive, *names)
        await until(lambda: len(house.inbox.messages()) == 1)
        trouble(archive, *names, over=True)
        await until(lambda: len(house.inbox.messages()) == 2)
        await house.more_polls(2)
    down, up = house.inbox.messages()
    assert down.subject.strip() == "[wirewatch] 30 sources have shown nothing new for longer than they should"
    assert up.subject == "[wirewatch] 30 sources are well again"
    assert "acme-24" in down.text
    assert "… and 5 more" in down.text


async def test_both_sides_of_the_commit_tell_it_once(watched_house: House) -> None:
    """Killed before the commit, nothing is told and nothing marked; killed after it, both are."""
    house = watched_house
    async with house.seeded():
        pass
    opened = build(house.settings(), open_archive(house.settings()))
    try:
        archive, desk = opened.archive, OperatorDesk(opened)
        trouble(archive, "local")
        later = clock.now() + timedelta(seconds=1)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("wirewatch.operator_desk.notices.mark_told", _die)
            with pytest.raises(KeyboardInterrupt):
                desk.tell_due(later)
        assert archive.deliveries() == []
        assert [OperatorDesk(opened).tell_due(later) for _ in range(3)] == [1, 0, 0]
        assert [line.state for line in archive.deliveries()] == ["due"]
    finally:
        await opened.close()


def _die(*_: object) -> None:
    raise KeyboardInterrupt


async def test_with_no_operator_it_is_kept_and_told_to_who_is_named_later(house: House) -> None:
    async with house.seeded() as archive:
        names = more_sources(archive, 1)
        trouble(archive, "local", *names)
        trouble(archive, *names, over=True)
        await house.more_polls(2)
    found = [each for each in examine(house.settings()) if each.check == "operator"]
    assert [each.ok for each in found] == [False]
    assert found[0].found.startswith("local has shown nothing new for longer than it should, noticed ")
    assert "[operator] to" in found[0].mend
    house.more = OPERATOR
    async with house.running() as archive:
        await until(lambda: len(house.inbox.messages()) == 1)
        await house.more_polls(2)
    [mail] = house.inbox.messages()
    assert mail.subject.startswith("[wirewatch] local ")
