"""Rules and channels: each change has a generation of its own, and what did not change is not touched."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from shelf import NOW, a_rule
from sqlalchemy import select

from news.alert import Rule
from news.source import EventType
from storage.archive import Archive
from storage.errors import StorageError
from storage.rules import (
    ChannelSpec,
    RuleExistsError,
    RuleSpec,
    add_rule,
    change_rule,
    put_channel,
    remove_channel,
    remove_rule,
    sync_rules,
)
from storage.tables import RULE

PLANTS = RuleSpec("plants", "plant OR mill", ("mail", "hook"))
STAFF = RuleSpec("staff", "employ", ())


def generation(archive: Archive) -> int:
    return archive.rules_since(0).generation


def sync(archive: Archive, *specs: RuleSpec) -> None:
    with archive.writing(NOW) as work:
        sync_rules(work, specs)


def named(archive: Archive, name: str) -> Rule:
    rule = archive.rule_named(name)
    assert rule is not None
    return rule


def test_each_change_raises_the_generation_and_writes_it_on_the_rule(archive: Archive) -> None:
    assert generation(archive) == 0
    a_rule(archive, "one")
    a_rule(archive, "two")
    one = named(archive, "one")
    assert (one.generation, named(archive, "two").generation, generation(archive)) == (1, 2, 2)
    with archive.writing(NOW) as work:
        change_rule(work, one, RuleSpec("uno", "other", ("hook",), paused=True))
        assert work.rule_generation == 3
    changed = named(archive, "uno")
    assert (changed.id, changed.uid, changed.generation) == (one.id, one.uid, 3)
    assert (changed.query, changed.channels, changed.paused) == ("other", ("hook",), True)
    with archive.writing(NOW) as work:
        remove_rule(work, changed)
    assert generation(archive) == 4
    assert [rule.name for rule in archive.rules()] == ["two"]


def test_changes_are_read_since_a_generation(archive: Archive) -> None:
    one, two, three = a_rule(archive, "one"), a_rule(archive, "two"), a_rule(archive, "three")
    with archive.writing(NOW) as work:
        remove_rule(work, named(archive, "one"))
        change_rule(work, named(archive, "two"), RuleSpec("two", "x", (), paused=True))
        within = work.rules_since(2)
    changes = archive.rules_since(2)
    assert changes == within
    assert ([rule.id for rule in changes.live], sorted(changes.gone), changes.generation) == ([three], [one, two], 5)
    nothing = archive.rules_since(5)
    assert (nothing.live, nothing.gone, nothing.generation) == ((), (), 5)


def test_a_change_that_is_rolled_back_leaves_the_generation(archive: Archive) -> None:
    with pytest.raises(ZeroDivisionError), archive.writing(NOW) as work:  # noqa: PT012 - what is undone is a block
        add_rule(work, PLANTS)
        raise ZeroDivisionError
    assert (generation(archive), archive.rules(), archive.events(0)) == (0, [], [])


def test_rules_made_at_once_have_each_a_generation_of_their_own(archive: Archive) -> None:
    threads = [
        threading.Thread(target=lambda k=k: [a_rule(archive, f"rule {k} {n}") for n in range(8)]) for k in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(rule.generation for rule in archive.rules()) == list(range(1, 33))


def test_a_name_is_taken_until_its_rule_is_removed(archive: Archive) -> None:
    first = a_rule(archive, "plants")
    with pytest.raises(RuleExistsError, match="'plants' exists already"):
        a_rule(archive, "plants")
    assert issubclass(RuleExistsError, StorageError)
    assert generation(archive) == 1
    with archive.writing(NOW) as work:
        remove_rule(work, named(archive, "plants"))
    second = a_rule(archive, "plants")
    assert second != first
    with archive.database.reading() as connection:
        rows = connection.execute(select(RULE).order_by(RULE.c.id)).all()
    assert [(row.id, row.removed_at) for row in rows] == [(first, NOW), (second, None)]
    assert rows[0].uid != rows[1].uid


def test_the_rules_of_the_file_become_those_of_the_archive(archive: Archive) -> None:
    sync(archive, PLANTS, STAFF)
    before = {rule.name: rule for rule in archive.rules()}
    assert {rule.origin for rule in before.values()} == {"config"}
    mark = archive.last_seq()
    sync(archive, PLANTS, STAFF)
    assert {rule.name: rule for rule in archive.rules()} == before
    assert (archive.last_seq(), generation(archive)) == (mark, 2)
    sync(archive, RuleSpec("plants", "plant", ("mail",)), STAFF)
    after = {rule.name: rule for rule in archive.rules()}
    assert (after["plants"].id, after["plants"].uid) == (before["plants"].id, before["plants"].uid)
    assert (after["plants"].query, after["plants"].channels, after["plants"].generation) == ("plant", ("mail",), 3)
    assert after["staff"] == before["staff"]


def test_a_rule_that_left_the_file_is_removed_and_those_of_users_stay(archive: Archive) -> None:
    a_rule(archive, "mine")
    sync(archive, PLANTS, STAFF)
    sync(archive, STAFF)
    assert [rule.name for rule in archive.rules()] == ["mine", "staff"]
    sync(archive)
    assert [rule.name for rule in archive.rules()] == ["mine"]
    changes = [event.data["change"] for event in archive.events(0) if event.type is EventType.RULE_CHANGED]
    assert changes == ["added", "added", "added", "removed", "removed"]


def test_a_rule_of_the_same_name_is_taken_over_by_the_file(archive: Archive) -> None:
    mine = a_rule(archive, "plants", "plant", ())
    sync(archive, PLANTS)
    rule = named(archive, "plants")
    assert (rule.id, rule.origin, rule.query) == (mine, "config", PLANTS.query)
    sync(archive)
    assert archive.rules() == []


def test_channels_are_put_replaced_and_forgotten(archive: Archive) -> None:
    spec = ChannelSpec("mail", "email", {"to": ["a@acme.example"], "password": "env:PASSWORD"})
    with archive.writing(NOW) as work:
        put_channel(work, spec)
        put_channel(work, ChannelSpec("hook", "webhook", {"url": "https://acme.example"}, "config"))
        put_channel(work, spec)
    assert archive.channels() == [ChannelSpec("hook", "webhook", {"url": "https://acme.example"}, "config"), spec]
    with archive.writing(NOW + timedelta(days=1)) as work:
        assert remove_channel(work, "mail")
        assert not remove_channel(work, "mail")
    assert [channel.name for channel in archive.channels()] == ["hook"]
