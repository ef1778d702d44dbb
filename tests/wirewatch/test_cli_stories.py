"""`stories`: listed, shown, joined and split, as typed by hand."""

from __future__ import annotations

import pytest
from command_line import CommandLine

TEXT = (
    "Acme Kites, maker of kites for calm days, opened a test field for its solar kite on the edge of town today. "
    "The field measures forty hectares and has room for ninety kites at once, the company said in the morning.\n\n"
    "Acme Kites expects four thousand visitors in the first season and plans a second field near the coast."
)
DATES = {"published_at": "2026-03-02T08:00:00Z"}


@pytest.fixture
def desk(cli: CommandLine) -> CommandLine:
    cli.configure("[[rule]]\nname = 'kites'\nquery = 'kites'\n")
    kites = {"headline": "Acme Kites opens a field", "body": TEXT, **DATES}
    other = {"headline": "Halden opens a mill", "body": "Halden opened a mill in Leeds. It makes flour.", **DATES}
    rows = [kites, {**kites, "wire": "other-wire", "url": "https://other.example/1"}, other]
    cli("ingest", cli.releases(*rows))
    return cli


def test_stories_are_listed_and_shown(desk: CommandLine) -> None:
    rows = desk.done("stories", "list", "--json").json
    assert sorted(row["members"] for row in rows) == [1, 2]
    [kites] = desk.done("stories", "list", "--several", "--json").json
    assert (kites["wires"], kites["alerts"]) == (["acme", "other-wire"], 1)
    assert "Acme Kites opens a field" in desk.done("stories", "list").out
    shown = desk.done("stories", "show", kites["id"]).out
    assert "copy" in shown
    assert "rule 'kites', first" in shown
    told = desk.done("stories", "show", kites["id"], "--json").json
    assert [member["verdict"] for member in told["members"]] == ["new", "copy"]
    assert told == desk.done("stories", "show", told["members"][1]["id"], "--json").json
    assert desk.done("stories", "list", "--since", "2026-03-03", "--json").json == []
    assert len(desk.done("stories", "list", "--until", "2026-03-03", "--json").json) == 2
    assert [row["id"] for row in desk.done("stories", "list", "--limit", 1, "--json").json] == [rows[0]["id"]]
    assert len(desk.done("stories", "list", "--cursor", rows[0]["id"], "--json").json) == 1


def test_the_release_of_a_trusted_wire_stands_for_a_story(desk: CommandLine) -> None:
    [before] = desk.done("stories", "list", "--several", "--json").json
    desk.configure("[stories]\ntrust = ['other-wire']\n")
    assert "names a wire that nothing here knows" in desk("stories", "list").err
    source = "[[source]]\nname = 'o'\nwire = 'other-wire'\nurl = 'https://other.example/feed'\ndedupe = false\n"
    desk.configure(f"{source}[stories]\ntrust = ['other-wire']\n")
    desk("ingest", desk.releases({"headline": "Later", "body": "Something else.", **DATES}))
    [after] = desk.done("stories", "list", "--several", "--json").json
    told = desk.done("stories", "show", before["id"], "--json").json
    assert told["head_id"] == after["head_id"] == told["members"][1]["id"] != before["head_id"]
    assert "copy, head" in desk.done("stories", "show", before["id"]).out
    shown = desk.done("search", "kites", "--heads", "--json").json
    assert [row["wire"] for row in shown["releases"]] == ["other-wire"]
    desk.done("export", "all.toml")
    assert "dedupe = false" in (desk.folder / "all.toml").read_text(encoding="utf-8")


GERMAN = (
    "Acme Kites hat heute am Stadtrand ein Testgelände für seinen Solardrachen eröffnet. Das Gelände misst 40,25 "
    "Hektar und fasst 1.190 Drachen zugleich, teilte das Unternehmen am Morgen mit. Acme Kites erwartet 412.000 Gäste."
)
ENGLISH = (
    "Acme Kites opened a test field for its solar kite on the edge of town today. The field measures 40.25 hectares "
    "and has room for 1,190 kites at once, the company said in the morning. Acme Kites expects 412,000 visitors."
)


def test_a_translation_is_a_member_of_its_story_and_alerts_only_the_rules_that_read_it_first(cli: CommandLine) -> None:
    cli.configure("[[rule]]\nname = 'kites'\nquery = 'kites'\n\n[[rule]]\nname = 'drachen'\nquery = 'Drachen'\n")
    rows = (
        {"headline": "Acme Kites opens a field", "body": ENGLISH, "language": "en", "issuer": "Acme Kites", **DATES},
        {
            "headline": "Acme Kites eröffnet ein Gelände",
            "body": GERMAN,
            "language": "de",
            "issuer": "Acme Kites",
            **DATES,
        },
    )
    cli("ingest", cli.releases(*rows))
    [story] = cli.done("stories", "list", "--json").json
    assert story["languages"] == ["de", "en"]
    shown = cli.done("stories", "show", story["id"]).out
    assert "a translation (de and en): 3 of 3 figures" in shown
    assert [row["rule"]["name"] for row in cli.done("alerts", "list", "--json").json] == ["drachen", "kites"]
    kites = cli.done("alerts", "list", "--json").json[-1]
    assert "Also on:\n  acme (de)" in cli("alerts", "show", kites["id"]).out


def test_a_release_is_taken_out_and_put_back_by_what_each_command_says(desk: CommandLine) -> None:
    [kites] = desk.done("stories", "list", "--several", "--json").json
    first, copy = [member["id"] for member in desk.done("stories", "show", kites["id"], "--json").json["members"]]
    said = desk.done("stories", "split", copy).out
    assert said == f"stories {first} and {copy} are two now; undo it: wirewatch stories merge {first} {copy}\n"
    assert f"set apart by hand from: {first}" in desk.done("stories", "show", copy).out
    said = desk.done("stories", "merge", first, copy).out
    assert said == f"story {copy} is in story {first} now; `wirewatch stories split RELEASE` takes one out again\n"
    assert len(desk.done("stories", "show", copy, "--json").json["members"]) == 2
    assert len(desk.done("alerts", "list", "--json").json) == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("show", 42), 1, "there is no story 42, and no release; see `wirewatch stories list`"),
        (("merge", 42, 43), 1, "there is no story 42"),
        (("split", 42), 1, "there is no release 42"),
        (("list", "--since", "yesterday"), 2, "--since 'yesterday' is no day: write 2026-03-02"),
    ],
)
def test_a_mistake_is_named(desk: CommandLine, words: tuple[object, ...], code: int, said: str) -> None:
    assert said in desk.refused("stories", *words, code=code)


def test_what_cannot_be_done_is_said(desk: CommandLine) -> None:
    alone = next(row["id"] for row in desk.done("stories", "list", "--json").json if row["members"] == 1)
    assert "alone in its story" in desk.refused("stories", "split", alone)
    assert "one story already" in desk.refused("stories", "merge", alone, alone)


def test_nothing_stored_is_said(cli: CommandLine) -> None:
    cli.configure()
    assert "no stories yet" in cli("stories", "list").err
