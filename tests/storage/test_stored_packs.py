"""Term packs in the database: a change reaches every rule that names the pack, and no other."""

from __future__ import annotations

from shelf import NOW, a_rule

from news.query.packs import PACKS
from storage.archive import Archive
from storage.rules import RuleSpec, change_rule, remove_rule, sync_packs


def sync(archive: Archive, **packs: tuple[str, ...]) -> tuple[str, ...]:
    with archive.writing(NOW) as work:
        return sync_packs(work, packs)


def changed(archive: Archive, since: int) -> set[str]:
    return {rule.name for rule in archive.rules_since(since).live}


def generation(archive: Archive) -> int:
    return archive.rules_since(0).generation


def test_own_packs_stand_beside_the_shipped_ones_or_in_their_place(archive: Archive) -> None:
    assert archive.packs() is PACKS
    assert sync(archive, rivals=("Acme Motors", "艾克米"), chongqing=("Yuzhou",)) == ()
    packs = archive.packs()
    assert packs["rivals"] == ("Acme Motors", "艾克米")
    assert packs["chongqing"] == ("Yuzhou",)
    assert packs["beijing"] == PACKS["beijing"]
    assert archive.rules_since(0).packs.agrees(packs)
    assert archive.own_packs() == {
        "chongqing": (("Yuzhou",), "config"),
        "rivals": (("Acme Motors", "艾克米"), "config"),
    }
    sync(archive)
    assert archive.packs() is PACKS


def test_a_change_counts_for_the_rules_that_name_the_pack(archive: Archive) -> None:
    a_rule(archive, "names", "@Rivals plant")
    a_rule(archive, "wide", "＠rivals OR mill")
    a_rule(archive, "other", "@chongqing")
    a_rule(archive, "plain", "rivals")
    before = generation(archive)
    sync(archive, rivals=("Acme",))
    assert changed(archive, before) == {"names", "wide"}
    assert generation(archive) == before + 1
    sync(archive, rivals=("Acme",))
    assert generation(archive) == before + 1
    sync(archive, rivals=("Acme", "Globex"))
    assert changed(archive, before + 1) == {"names", "wide"}
    sync(archive, rivals=("Acme", "Globex"), chongqing=("Yuzhou",))
    assert changed(archive, before + 2) == {"other"}
    sync(archive, rivals=("Acme", "Globex"))
    assert changed(archive, before + 3) == {"other"}
    told = [event.data for event in archive.events(0) if event.data.get("change") == "pack"]
    assert len(told) == 6


def test_a_pack_that_nobody_names_changes_no_rule(archive: Archive) -> None:
    a_rule(archive, "plain", "plant")
    before = generation(archive)
    sync(archive, rivals=("Acme",))
    sync(archive)
    assert generation(archive) == before


def test_a_pack_that_leaves_the_file_is_kept_while_a_rule_names_it(archive: Archive) -> None:
    a_rule(archive, "names", "@rivals")
    sync(archive, rivals=("Acme",))
    before = generation(archive)
    assert sync(archive) == ("rivals",)
    assert archive.own_packs() == {"rivals": (("Acme",), "kept")}
    assert sync(archive) == (), "told once"
    assert generation(archive) == before, "nothing changed for the rule"
    sync(archive, rivals=("Acme",))
    assert archive.own_packs() == {"rivals": (("Acme",), "config")}
    assert generation(archive) == before
    sync(archive)
    rule = archive.rule_named("names")
    assert rule is not None
    with archive.writing(NOW) as work:
        change_rule(work, rule, RuleSpec("names", "@rivals", (), paused=True))
    sync(archive)
    assert "rivals" in archive.packs(), "a paused rule may watch again"
    with archive.writing(NOW) as work:
        remove_rule(work, rule)
    sync(archive)
    assert archive.packs() is PACKS
