"""`channels`: where alerts go, and that what is secret is neither shown nor stored."""

from __future__ import annotations

import base64
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import CommandLine

from wirewatch.demo.inbox import REFUSE, LocalInbox
from wirewatch.demo.receiver import LocalReceiver

KEY = b"a key of exactly 32 bytes, yes.."
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
TOKEN = "t0k3n-in-the-path"


@pytest.fixture
def receiver() -> Iterator[LocalReceiver]:
    with LocalReceiver(key=KEY) as running:
        yield running


def everything_stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("wirewatch.db*"))


def test_a_secret_that_is_typed_lies_in_a_file_of_its_own_alone(cli: CommandLine, receiver: LocalReceiver) -> None:
    cli.configure()
    url = f"{receiver.url}/{TOKEN}"
    told = [cli.done("channels", "add", "hook", "webhook", f"url={url}", f"secret={SECRET}").out]
    told += [cli.done("channels", "list").out, cli.done("channels", "list", "--json").out, cli("doctor").out]
    assert SECRET not in "".join(told)
    assert TOKEN not in "".join(told)
    kept = everything_stored(cli.folder)
    assert len(kept) > 10_000
    assert SECRET.encode() not in kept
    assert TOKEN.encode() not in kept
    files = {path.name: path for path in (cli.folder / "secrets").iterdir()}
    assert set(files) == {"hook.secret", "hook.url"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    assert stat.S_IMODE((cli.folder / "secrets").stat().st_mode) == 0o700
    assert cli.done("channels", "test", "hook").out.startswith("hook → ")
    [hook] = receiver.accepted()
    assert hook.path.endswith(TOKEN)
    cli.done("channels", "remove", "hook")
    assert list((cli.folder / "secrets").iterdir()) == []


def test_secrets_of_the_file_and_of_the_environment_are_stored_as_references(
    cli: CommandLine, receiver: LocalReceiver
) -> None:
    (cli.folder / "hook.secret").write_text(SECRET, encoding="utf-8")
    (cli.folder / "hook.secret").chmod(0o600)
    cli.patch.setenv("HOOK_ADDRESS", f"{receiver.url}/{TOKEN}")
    cli.patch.setenv("WIREWATCH_CHANNEL__FILED__URL", f"{receiver.url}/{TOKEN}")
    cli.configure(
        f"""
[channel.filed]
kind = "webhook"
secret_file = "hook.secret"
[channel.plain]
kind = "webhook"
url = "{receiver.url}/{TOKEN}"
secret = "{SECRET}"
"""
    )
    cli.done("channels", "add", "typed", "webhook", "url=env:HOOK_ADDRESS", f"secret=file:{cli.folder / 'hook.secret'}")
    rows = {row["name"]: row["settings"] for row in cli.done("channels", "list", "--json").json}
    assert rows == {
        "filed": {"secret": f"file:{cli.folder / 'hook.secret'}", "url": "env:WIREWATCH_CHANNEL__FILED__URL"},
        "plain": {"secret": "config:channel.plain.secret", "url": "config:channel.plain.url"},
        "typed": {"secret": f"file:{cli.folder / 'hook.secret'}", "url": "env:HOOK_ADDRESS"},
    }
    kept = everything_stored(cli.folder)
    assert SECRET.encode() not in kept
    assert TOKEN.encode() not in kept
    for name in rows:
        cli.done("channels", "test", name)
    assert [hook.path.endswith(TOKEN) for hook in receiver.accepted()] == [True] * 3
    cli.done("channels", "remove", "typed")
    assert (cli.folder / "hook.secret").exists(), "a file of the user's own is not ours to delete"


def test_a_test_message_shows_each_recipients_answer_and_fails_if_one_did(cli: CommandLine) -> None:
    with LocalInbox() as inbox:
        cli.configure(f'[mail]\nhost = "{inbox.host}"\nport = {inbox.port}\ntls = "none"\nfrom = "watch@example.org"\n')
        cli.done("channels", "add", "desk", "email", "to=one@example.org", "to=two@example.org")
        assert cli.done("channels", "test", "desk").lines[1].startswith("desk → two@example.org: sent")
        assert [message.recipients[0] for message in inbox.messages()] == ["one@example.org", "two@example.org"]
        inbox.answer_recipient("two@example.org", REFUSE)
        ran = cli("channels", "test", "desk")
        assert ran.code == 4
        assert ran.lines[1].startswith("desk → two@example.org: not sent: recipient: 550")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("add", "x", "emial", "to=a@example.org"),
            "no such kind of channel; use one of email, webhook, slack, teams, apprise, ",
        ),
        (("add", "x", "email"), "channel 'x': to is missing; write to=…"),
        (("add", "x", "email", "to=nobody"), "channel 'x': to is no e-mail address"),
        (("add", "x", "email", "to=a@example.org"), "channel 'x': mail.host no relay is named; set host in [mail]"),
        (("add", "x", "webhook", "url"), "'url' is no setting: write KEY=VALUE"),
        (("add", "x", "webhook", "uri=http://127.0.0.1/"), "channel 'x': "),
        (("add", "x", "webhook", "url=ftp://x/"), "must begin with https:// or http://"),
        (("add", "x", "webhook", "url=http://127.0.0.1/", "secret=short"), "channel 'x': secret "),
        (("add", "x", "webhook", "url=env:NOT_SET"), "needs the environment variable NOT_SET"),
        (("add", "x", "webhook", "url=file:/nowhere"), "/nowhere, which cannot be read"),
        (("add", "", "console"), "'' cannot be a name"),
        (("add", "written", "console"), "channel 'written' stands in wirewatch.toml: change it there"),
        (("remove", "written"), "channel 'written' stands in wirewatch.toml: remove it there"),
        (("remove", "writen"), "there is no channel 'writen'; did you mean written?"),
        (("test", "nope"), "there is no channel 'nope'; known: written"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_kept(cli: CommandLine, words: tuple[str, ...], told: str) -> None:
    cli.configure('[channel.written]\nkind = "console"\n')
    assert told in cli.refused("channels", *words)
    assert [row["name"] for row in cli.done("channels", "list", "--json").json] == ["written"]
    assert not (cli.folder / "secrets").exists()


def test_no_message_about_a_bad_secret_quotes_it(cli: CommandLine) -> None:
    cli.configure()
    assert "hunter2" not in cli.refused("channels", "add", "x", "webhook", "url=http://h/", "secret=hunter2")
    assert "hunter2" not in cli.refused("channels", "add", "x", "webhook", "url=hunter2")


def test_two_names_never_share_a_file_for_their_secrets(cli: CommandLine, receiver: LocalReceiver) -> None:
    cli.configure()
    for name, path in (("a b", "one"), ("a-b", "two"), ("../a", "three")):
        cli.done("channels", "add", name, "webhook", f"url={receiver.url}/{path}", f"secret={SECRET}")
    for name in ("a b", "a-b", "../a"):
        cli.done("channels", "test", name)
    assert [hook.path.rpartition("/")[2] for hook in receiver.accepted()] == ["one", "two", "three"]


def test_no_channels_is_said_with_what_to_do(cli: CommandLine) -> None:
    cli.configure()
    assert cli("channels", "list").err.startswith("no channels yet: wirewatch channels add")
