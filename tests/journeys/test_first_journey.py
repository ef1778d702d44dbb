"""A release goes from the wire to mailbox and webhook, once, and everything on the way is written down."""

from __future__ import annotations

import re
from collections import Counter

from whole_house import House, entries, numbers, settled, stored, until

from news.source import EventType
from wirewatch import clock
from wirewatch.demo.newswire import FEED_PATH, Fault
from wirewatch.demo.releases import numbered


async def test_a_release_reaches_mailbox_and_webhook_exactly_once(either_house: House) -> None:
    house = either_house
    house.publish_older(3)
    async with house.seeded() as archive:
        house.publish(numbered(7, words="Here lies the needle."))
        house.publish(numbered(8, words="Nothing to be found."))
        [alert] = await settled(archive, alerts=1)
        await until(lambda: numbers(archive) == [0, 1, 2, 7, 8])
        await house.more_polls(2)
        lines = archive.deliveries()
    [mail], [hook] = house.inbox.messages(), house.receiver.hooks()
    assert {(line.channel, line.state, line.attempts, line.repeats) for line in lines} == {
        ("mail", "sent", 1, 0),
        ("hook", "sent", 1, 0),
    }
    assert hook.verified
    assert hook.body is not None
    assert hook.body["type"] == "release.matched"
    assert hook.body["data"]["release"]["release_number"] == "380000007"
    assert hook.body["data"]["matches"][0][3] == "needle"
    assert mail.recipients == ("desk@example.org",)
    assert "Example Holding No. 7" in mail.subject
    assert re.search(r"<b\b[^>]*>needle</b>|<strong\b[^>]*>needle</strong>|<mark\b[^>]*>needle</mark>", mail.html)
    assert {hook.id, mail.message_id.strip("<>").split("@")[0]} == {line.key for line in lines}
    assert alert.latency.stamped is not None
    assert alert.latency.stamped <= alert.latency.seen <= alert.latency.matched <= alert.latency.stored <= clock.now()
    assert alert.matched[0].text == "needle"


async def test_a_release_that_several_rules_are_true_of_is_one_mail_and_to_programs_one_call_a_rule(
    house: House,
) -> None:
    house.rules = {"needle": "needle", "example": '"example holding"', "nowhere": "unheard-of"}
    async with house.seeded() as archive:
        house.publish(numbered(7, words="Here lies the needle."))
        house.publish(numbered(8, words="Nothing to be found."))
        alerts = await settled(archive, alerts=3)
        await house.more_polls(1)
        lines = archive.deliveries()
    assert Counter(alert.rule_name for alert in alerts) == {"example": 2, "needle": 1}
    assert Counter(line.channel for line in lines) == {"mail": 2, "hook": 3}
    both, one = sorted(house.inbox.messages(), key=lambda mail: len(mail.subject), reverse=True)
    assert re.search(r"\[\w+ \+1\] ", both.subject)
    for told in (both.html, both.text):
        assert "needle" in told
        assert "example holding" in told
    assert both.headers["X-Wirewatch-Rule"].count(",") == 1
    assert "[example]" in one.subject
    rules = [[rule["name"] for rule in hook.body["data"]["rules"]] for hook in house.receiver.accepted() if hook.body]
    assert sorted(rules) == [["example"], ["example"], ["needle"]]


async def test_every_page_is_asked_for_once_and_an_unchanged_feed_is_not_sent_again(either_house: House) -> None:
    house = either_house
    house.publish_older(3)
    async with house.seeded() as archive:
        await house.more_polls(2)
        assert len(archive.latest(10)) == 3
    pages = Counter(request.path for request in house.wire.requests("/news-releases/*.html"))
    assert list(pages.values()) == [1, 1, 1]
    assert {request.status for request in house.wire.requests(FEED_PATH)[1:]} == {304}
    assert {request.user_agent for request in house.wire.requests()} == {house.wire.requests()[0].user_agent}
    assert (house.wire.requests()[0].user_agent or "").startswith("Wirewatch/")


async def test_the_first_run_stores_what_is_there_and_alerts_nobody(either_house: House) -> None:
    house = either_house
    house.publish_older(4)
    async with house.seeded() as archive:
        assert numbers(archive) == [0, 1, 2, 3]
        assert {item.origin for item in stored(archive)} == {"seed"}
        assert archive.alerts(10) == []
        assert [(line.rule, line.reason) for line in archive.held(stored(archive)[0].id)] == [("needle", "seed")]
        kinds = Counter(event.type for event in archive.events(0, 10_000))
        assert kinds[EventType.RELEASE_STORED] == 4
        assert kinds[EventType.ALERT_MADE] == 0
    assert house.inbox.messages() == []
    assert house.receiver.hooks() == []


async def test_the_first_run_alerts_where_it_was_asked_to(either_house: House) -> None:
    house = either_house
    house.sources = house.source(more="alert_seed = true")
    house.publish_older(2)
    async with house.seeded() as archive:
        found = await settled(archive, alerts=2)
    assert {alert.occasion for alert in found} == {"first"}
    assert len(house.inbox.messages()) == len(house.receiver.accepted()) == 2


async def test_a_restart_repeats_nothing_and_takes_up_what_came_meanwhile(either_house: House) -> None:
    house = either_house
    house.publish_older(2)
    async with house.seeded() as archive:
        house.publish(numbered(5, words="needle"))
        await settled(archive, alerts=1)
    house.publish(numbered(6, words="needle"))
    async with house.running() as archive:
        await settled(archive, alerts=2)
        await house.more_polls(1)
        assert numbers(archive) == [0, 1, 5, 6]
        assert {item.origin for item in stored(archive)[2:]} == {"live"}
        assert {state for state, _ in entries(archive)} == {"stored"}
    assert len(house.inbox.messages()) == len(house.receiver.hooks()) == 2
    assert house.inbox.repeats() == house.receiver.repeats() == 0
    assert len({message.headers["References"] for message in house.inbox.messages()}) == 2


async def test_it_stops_in_time_while_pages_hang_and_reads_them_after_a_restart(either_house: House) -> None:
    house = either_house
    house.publish_older(1)
    async with house.seeded() as archive:
        house.wire.fail("/news-releases/*.html", Fault(delay_s=60))
        house.publish(numbered(5, words="needle"))
        house.publish(numbered(6, words="needle"))
        await until(lambda: archive.unread() == 2)
        began = clock.monotonic()
    assert clock.monotonic() - began < 10
    house.wire.heal()
    async with house.running() as archive:
        await settled(archive, alerts=2)
        assert numbers(archive) == [0, 5, 6]
