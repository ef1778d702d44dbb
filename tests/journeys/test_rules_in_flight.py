"""A rule watches every release stored after its activation, and no other, whatever is in flight meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from whole_house import House, drop_rule, put_rule, settled, until

from news.query import evaluate, parse
from news.source import EventType
from storage.archive import Archive
from wirewatch.demo.newswire import Fault
from wirewatch.demo.releases import numbered

WORDS = ("apple", "banana", "cherry")
PUBLISHED = 18

Change = tuple[str, str | None]
"""A rule by name, and the query it has from then on; None: it does not watch."""


def steps(archive: Archive) -> Iterator[tuple[Callable[[], object], Change]]:
    """What a user does one after another, and what it means."""
    yield lambda: put_rule(archive, "added", "apple"), ("added", "apple")
    yield lambda: put_rule(archive, "edited", "apple"), ("edited", "apple")
    yield lambda: put_rule(archive, "paused", "banana"), ("paused", "banana")
    yield lambda: put_rule(archive, "edited", "banana"), ("edited", "banana")
    yield lambda: put_rule(archive, "paused", "banana", paused=True), ("paused", None)
    yield lambda: drop_rule(archive, "added"), ("added", None)
    yield lambda: put_rule(archive, "edited", "cherry"), ("edited", "cherry")
    yield lambda: put_rule(archive, "paused", "cherry"), ("paused", "cherry")
    yield lambda: put_rule(archive, "late", "apple OR banana"), ("late", "apple OR banana")


def expected(archive: Archive, changes: list[Change]) -> set[tuple[str, int]]:
    """Rule × release, worked out from the order of events alone."""
    told = iter(changes)
    watching: dict[str, str] = {}
    found: set[tuple[str, int]] = set()
    for event in archive.events(0, 10_000):
        if event.type is EventType.RULE_CHANGED:
            name, query = next(told)
            watching.pop(name, None)
            if query is not None:
                watching[name] = query
        elif event.type is EventType.RELEASE_STORED:
            release = archive.release(event.data["release"])
            assert release is not None
            found |= {(name, release.id) for name, query in watching.items() if evaluate(parse(query), release.release)}
    assert next(told, None) is None
    return found


async def test_a_rule_watches_exactly_the_releases_stored_after_its_activation(house: House) -> None:
    house.rules, house.to = {}, ()
    house.wire.fail("/news-releases/*.html", Fault(delay_s=0.1))
    async with house.seeded() as archive:
        changes: list[Change] = []
        doing = steps(archive)
        for n in range(PUBLISHED):
            house.publish(numbered(n, words=f"The {WORDS[n % 3]} and the {WORDS[(n + 1) % 3]}."))
            await asyncio.sleep(0.15)
            if n % 2 and (step := next(doing, None)):
                act, change = step
                await asyncio.to_thread(act)
                changes.append(change)
        await until(lambda: len(archive.latest(100)) == PUBLISHED)
        wanted = expected(archive, changes)
        assert len(wanted) >= PUBLISHED // 2, "too few to prove anything"
        fired = await settled(archive, alerts=len(wanted))
    assert {(alert.rule_name, alert.release_id) for alert in fired} == wanted
    assert len(changes) == 9


async def test_a_rule_that_is_edited_or_removed_does_not_touch_the_alerts_it_made(house: House) -> None:
    house.rules = {}
    async with house.seeded() as archive:
        put_rule(archive, "fruit", "apple", to=["hook"])
        house.publish(numbered(1, words="An apple."))
        [before] = await settled(archive, alerts=1)
        put_rule(archive, "fruit", "banana", to=["hook"])
        house.publish(numbered(2, words="An apple and a banana."))
        await settled(archive, alerts=2)
        drop_rule(archive, "fruit")
        house.publish(numbered(3, words="An apple and a banana."))
        await until(lambda: len(archive.latest(100)) == 3)
        first, second = await settled(archive, alerts=2)
    assert (first.rule_query, first.matched, first.id) == ("apple", before.matched, before.id)
    assert (second.rule_query, [span.text for span in second.matched]) == ("banana", ["banana"])
