"""Corrections, copies and teasers: one story, told of once, and again only if what was told has changed."""

from __future__ import annotations

from dataclasses import replace

from whole_house import PAGES, House, entries, hasten, settled, stored, until

from news.alert import Alert
from news.source import EventType
from storage.archive import Archive
from wirewatch import clock
from wirewatch.demo.newswire import Fault, LocalNewswire
from wirewatch.demo.releases import SampleRelease, numbered

NEEDLE = numbered(5, words="The needle is in this sentence.")
WALL = b"""<html><head><title>Attention Required!</title></head><body><h1>Please verify you are a human</h1>
<p>Checking your browser before accessing this site. Enable JavaScript and cookies to continue.</p></body></html>"""


async def both_versions(house: House, archive: Archive, corrected: SampleRelease) -> None:
    """The first version, and then the corrected one, published five minutes later by the wire's stamps."""
    house.publish(NEEDLE, minutes_ago=5)
    await settled(archive, alerts=1)
    house.publish(corrected)
    await until(lambda: len(archive.latest(10)) == 2)


async def test_a_correction_under_a_new_address_is_a_revision_and_told_in_the_same_thread(house: House) -> None:
    async with house.seeded() as archive:
        mended = NEEDLE.body.replace("this sentence", "that sentence")
        await both_versions(house, archive, replace(NEEDLE, headline=f"/CORRECTION -- {NEEDLE.headline}/", body=mended))
        first, second = await settled(archive, alerts=2)
        before, after = stored(archive)
        assert (after.revises, before.superseded_by) == (before.id, after.id)
        assert before.story_id == after.story_id == before.id
        assert before.release.release_number == after.release.release_number
        assert before.release.url != after.release.url
        assert EventType.RELEASE_REVISED in {event.type for event in archive.events(0, 1000)}
    assert (first.occasion, second.occasion) == ("first", f"revision:{after.id}")
    one, two = house.inbox.messages()
    assert one.headers["References"] == two.headers["References"]
    assert one.message_id != two.message_id
    assert [hook.body["type"] for hook in house.receiver.accepted() if hook.body] == [
        "release.matched",
        "release.corrected",
    ]


async def test_a_correction_in_place_is_read_again_and_told_if_the_passage_changed(house: House) -> None:
    async with house.seeded() as archive:
        await both_versions(house, archive, replace(NEEDLE, body=NEEDLE.body.replace("this sentence", "that sentence")))
        _, second = await settled(archive, alerts=2)
        before, after = stored(archive)
    assert before.release.url == after.release.url
    assert second.occasion == f"revision:{after.id}"
    assert "that sentence" in after.release.body
    assert ">that</ins>" in house.inbox.messages()[-1].html
    told = [hook.body["data"] for hook in house.receiver.accepted() if hook.body][-1]
    assert ["added", "that"] in told["correction"]["changes"][0]["words"]
    assert len(house.wire.requests(PAGES)) == 2


async def test_a_correction_of_something_else_is_kept_and_told_to_nobody(house: House) -> None:
    async with house.seeded() as archive:
        await both_versions(house, archive, replace(NEEDLE, body=NEEDLE.body.replace("in spring", "in autumn")))
        await house.more_polls(1)
        await settled(archive, alerts=1)
        before, after = stored(archive)
        assert after.revises == before.id
        assert [line.reason for line in archive.held(after.id)] == ["unchanged-revision"]
    assert len(house.inbox.messages()) == len(house.receiver.hooks()) == 1


async def test_the_same_text_on_a_second_wire_is_one_alert_that_names_both(house: House) -> None:
    with LocalNewswire(clock=clock.now) as second:
        house.sources = house.source() + house.source("second", url=second.feed_url, wire="acme")
        async with house.seeded() as archive:
            house.publish(NEEDLE, minutes_ago=2)
            [alert] = await settled(archive, alerts=1)
            copy = second.publish(replace(NEEDLE, number="390000001"))
            await until(lambda: len(archive.latest(10)) == 2)
            await settled(archive, alerts=1)
            one, other = stored(archive)
            again = archive.alert(alert.id)
            assert again is not None
            assert [line.reason for line in archive.held(other.id)] == ["same-story"]
    assert (other.story_id, other.revises) == (one.story_id, None)
    assert [(pickup.wire, pickup.url) for pickup in again.also_on] == [("acme", copy.url)]
    assert len(house.receiver.hooks()) == 1


async def test_a_source_that_is_not_deduplicated_brings_stories_of_its_own_and_each_is_told(house: House) -> None:
    with LocalNewswire(clock=clock.now) as second:
        apart = house.source("second", url=second.feed_url, wire="acme", more="dedupe = false")
        house.sources = house.source() + apart
        async with house.seeded() as archive:
            house.publish(NEEDLE, minutes_ago=3)
            await settled(archive, alerts=1)
            second.publish(replace(NEEDLE, number="390000001"))
            await settled(archive, alerts=2)
            second.publish(
                replace(NEEDLE, number="390000001", body=NEEDLE.body.replace("needle", "needle, a sharp one"))
            )
            await settled(archive, alerts=3)
            house.publish(replace(NEEDLE, number="390000002"))
            await until(lambda: len(archive.latest(10)) == 4)
            await settled(archive, alerts=3)
            one, other, mended, copy = stored(archive)
    assert (other.verdict, mended.revises, copy.verdict) == ("new", other.id, "copy")
    assert (one.story_id, mended.story_id, copy.story_id) == (one.id, other.id, one.id)


async def test_two_releases_of_one_company_are_two_stories(house: House) -> None:
    """Same issuer, same boilerplate, same contact: the keys of the one are not those of the other."""
    async with house.seeded() as archive:
        house.publish(NEEDLE, minutes_ago=1)
        other = replace(
            NEEDLE, number="390000001", headline="Quarterly Results", body="A needle too. " + "More of it. " * 20
        )
        house.publish(other)
        first, second = await settled(archive, alerts=2)
    assert first.story_id != second.story_id


async def test_a_page_that_cannot_be_had_is_told_as_a_teaser_and_completed_without_a_second_alert(house: House) -> None:
    house.page_wait_s = 1
    house.rules = {"listed": '"example holding"', "within": "visitors"}
    async with house.seeded() as archive:
        house.wire.fail(PAGES, Fault(status=403))
        house.publish(NEEDLE)
        [alert] = await settled_though_waiting(archive, alerts=1)
        assert (alert.rule_name, alert.release.completeness.value) == ("listed", "teaser")
        assert [(state, (reason or "").split(":")[0]) for state, reason in entries(archive)] == [
            ("waiting", "forbidden")
        ]
        house.wire.heal()
        hasten(archive)
        await until(lambda: archive.unread() == 0)
        first, second = await settled(archive, alerts=2)
        [release] = stored(archive)
        assert EventType.RELEASE_COMPLETED in {event.type for event in archive.events(0, 1000)}
    assert (first.id, first.rule_name, first.occasion) == (alert.id, "listed", "first")
    assert (second.rule_name, second.occasion) == ("within", "first")
    assert first.release_id == second.release_id == release.id
    assert release.release.completeness.value == "full"
    assert "visitors" in release.release.body
    assert len(house.inbox.messages()) == len(house.receiver.hooks()) == 2


async def settled_though_waiting(archive: Archive, *, alerts: int) -> list[Alert]:
    """As `settled`, where a page is still waited for."""
    await until(lambda: len(archive.alerts(10)) >= alerts)
    await until(lambda: not archive.deliveries(state="due") and not archive.deliveries(state="sending"))
    return archive.alerts(10)


async def test_a_bot_wall_is_never_stored_as_a_release(house: House) -> None:
    house.page_wait_s = 1
    async with house.seeded() as archive:
        house.wire.fail(PAGES, Fault(status=200, body=WALL))
        house.publish(NEEDLE)
        await settled_though_waiting(archive, alerts=1)
        [release] = stored(archive)
        [(state, reason)] = entries(archive)
    assert (state, (reason or "").split(":")[0]) == ("waiting", "blocked")
    assert release.release.headline == NEEDLE.headline
    assert release.release.completeness.value == "teaser"
    assert "human" not in release.release.body + release.release.headline
