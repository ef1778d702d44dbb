"""The command line before it does anything: help, mistakes of typing, no configuration and a bad one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command_line import CommandLine

COMMANDS = {
    "init": (),
    "run": (),
    "poll": (),
    "ingest": (),
    "parse": (),
    "search": (),
    "match": (),
    "doctor": (),
    "demo": (),
    "backup": (),
    "restore": (),
    "export": (),
    "import": (),
    "migrate": (),
    "reparse": (),
    "rules": ("add", "list", "show", "remove", "edit", "silence", "unsilence"),
    "stories": ("list", "show", "merge", "split"),
    "alerts": ("list", "show"),
    "releases": ("show",),
    "channels": ("add", "list", "test", "remove"),
    "deliveries": ("list", "retry"),
    "sources": ("add", "list", "health"),
}


def listed(text: str) -> dict[str, str]:
    """Commands and what is said of them."""
    lines = text.partition("Commands:\n")[2].splitlines()
    return {found[1]: found[2] for line in lines if (found := re.match(r"  (\S+)\s+(\S.*)", line))}


def test_help_lists_every_command_with_a_whole_sentence(cli: CommandLine) -> None:
    found = listed(cli.done("--help").out)
    assert set(COMMANDS) <= set(found)
    assert [name for name, words in found.items() if not words.endswith(".") or words.endswith("...")] == []


@pytest.mark.parametrize("group", [name for name, commands in COMMANDS.items() if commands])
def test_every_group_lists_its_commands_with_a_whole_sentence(cli: CommandLine, group: str) -> None:
    found = listed(cli.done(group, "-h").out)
    assert set(COMMANDS[group]) <= set(found)
    assert [name for name, words in found.items() if not words.endswith(".") or words.endswith("...")] == []


def test_every_command_explains_itself_within_80_columns(cli: CommandLine) -> None:
    groups = [[name, command] for name, commands in COMMANDS.items() for command in commands]
    for words in [*groups, *([name] for name, commands in COMMANDS.items() if not commands)]:
        text = cli.done(*words, "--help").out
        assert f"Usage: wirewatch {' '.join(words)}" in text
        assert max(map(len, text.splitlines())) <= 80


def test_nothing_typed_shows_the_help(cli: CommandLine) -> None:
    ran = cli()
    assert ran.code == 2
    assert "Commands:" in ran.out + ran.err


@pytest.mark.parametrize(("words", "hint"), [(("serch", "x"), "search"), (("rules", "lst"), "list")])
def test_a_mistyped_command_is_answered_with_the_one_that_was_meant(
    cli: CommandLine, words: tuple[str, ...], hint: str
) -> None:
    ran = cli(*words)
    assert ran.code == 2
    assert f"'{hint}'" in ran.err


@pytest.mark.parametrize("words", [("rules", "add", "x"), ("search",), ("parse",), ("channels", "add"), ("ingest",)])
def test_a_missing_word_is_named(cli: CommandLine, words: tuple[str, ...]) -> None:
    ran = cli(*words)
    assert ran.code == 2
    assert "Missing argument" in ran.err


@pytest.mark.parametrize(
    "words", [("alerts", "show", "one"), ("search", "x", "--limit", "0"), ("search", "x", "--nope")]
)
def test_a_word_of_the_wrong_kind_is_bad_input(cli: CommandLine, words: tuple[str, ...]) -> None:
    assert cli(*words).code == 2


def test_the_version_is_shown(cli: CommandLine) -> None:
    assert re.fullmatch(r"wirewatch \S+\n", cli.done("--version").out)


def test_init_writes_a_file_that_the_doctor_finds_right_and_says_what_is_next(cli: CommandLine) -> None:
    told = cli.done("init").out
    assert "wirewatch doctor" in told
    assert "wirewatch run" in told
    assert Path("wirewatch.toml").exists()
    assert "BAD" not in cli.done("doctor").out
    assert cli.done("sources", "list", "--json").json[0]["last_outcome"] == "never polled"
    assert len(cli.done("rules", "list", "--json").json) == 2
    assert [channel["kind"] for channel in cli.done("channels", "list", "--json").json] == ["console"]


def test_init_overwrites_nothing_unasked(cli: CommandLine) -> None:
    Path("wirewatch.toml").write_text("# mine\n", encoding="utf-8")
    assert cli.refused("init") == "wirewatch.toml is there already; --force overwrites it"
    assert Path("wirewatch.toml").read_text(encoding="utf-8") == "# mine\n"
    cli.done("init", "--force")
    assert "[[source]]" in Path("wirewatch.toml").read_text(encoding="utf-8")


def test_init_at_another_place_says_how_to_use_it(cli: CommandLine) -> None:
    assert "wirewatch --config other.toml run" in cli.done("init", "other.toml").out
    assert "cannot be written" in cli.refused("init", "nowhere/x.toml")


def test_without_a_configuration_there_is_nothing_to_run(cli: CommandLine) -> None:
    assert "nothing to watch: no wirewatch.toml here; `wirewatch init` writes one" in cli.refused("run")


def test_without_a_configuration_the_history_can_be_asked_all_the_same(cli: CommandLine) -> None:
    cli.done("ingest", cli.releases({"body": "A needle."}))
    assert len(cli.done("search", "needle", "--json").json["releases"]) == 1
    assert list(Path("data").rglob("wirewatch.db"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[polling]\nintervall_s = 3\n",
            "wirewatch.toml:2: [polling] intervall_s is no key here. Did you mean interval_s?",
        ),
        ("[polling\n", "wirewatch.toml:1:9: Expected ']' at the end of a table declaration."),
        ('[[rule]]\nname = "x"\nquery = "a AND"\n', 'wirewatch.toml:3: [[rule]] "x" query cannot be understood'),
        (
            '[storage]\nurl = "oracle://x"\n',
            "wirewatch.toml:2: [storage] url must be an address that begins with sqlite://",
        ),
        ('[channel.x]\nkind = "emial"\n', "channel 'x': kind: no such kind of channel"),
    ],
)
@pytest.mark.parametrize("command", ["doctor", "run"])
def test_a_fault_in_the_configuration_is_told_with_file_line_and_mend(
    cli: CommandLine, text: str, told: str, command: str
) -> None:
    Path("wirewatch.toml").write_text(text, encoding="utf-8")
    ran = cli(command)
    assert ran.code in {2, 4}
    assert told in ran.out + ran.err


def test_a_configuration_that_is_named_must_be_there(cli: CommandLine) -> None:
    assert cli.refused("--config", "nope.toml", "search", "x").startswith("nope.toml: there is no such file.")
    cli.patch.setenv("WIREWATCH_CONFIG", "other.toml")
    assert cli.refused("search", "x").startswith("other.toml: there is no such file.")
