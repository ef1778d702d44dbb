"""Alerts into files and to programs on this machine."""

import asyncio
import json
import resource
import signal
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import feedparser
import pytest
from receivers import context, delivery_to, opened, program, sent_to

from alerts.channels import open_channel
from news.alert import Refused, Retry, Sent

# A file of lines


def paper(path, **more):
    return open_channel("paper", {"path": str(path), **more}, context(), kind="file")


async def test_file_each_line_is_the_webhooks_body_with_the_deliverys_id(tmp_path):
    channel = paper(tmp_path / "alerts.jsonl")
    deliveries = [delivery_to(channel) for _ in range(20)]
    assert set(await asyncio.gather(*(channel.send(each) for each in deliveries))) == {Sent()}
    lines = [json.loads(line) for line in (tmp_path / "alerts.jsonl").read_text().splitlines()]
    assert sorted(line["id"] for line in lines) == sorted(each.key for each in deliveries)
    assert {line["type"] for line in lines} == {"channel.test"}
    assert (tmp_path / "alerts.jsonl").stat().st_mode & 0o777 == 0o600


async def test_file_a_line_that_was_broken_off_does_not_swallow_the_next(tmp_path):
    path = tmp_path / "alerts.jsonl"
    path.write_text('{"id":"whole"}\n{"id":"brok')
    await sent_to(paper(path))
    lines = path.read_text().splitlines()
    assert lines[1] == '{"id":"brok'
    assert json.loads(lines[2])["type"] == "channel.test"


async def test_file_that_grows_too_large_begins_anew_and_is_kept_once(tmp_path):
    path = tmp_path / "alerts.jsonl"
    path.write_text("x" * 999_999 + "\n")
    await sent_to(paper(path, megabytes=1))
    assert (tmp_path / "alerts.jsonl.1").stat().st_size == 1_000_000
    assert len(path.read_text().splitlines()) == 1


async def test_file_in_a_folder_that_is_gone_is_retried(tmp_path):
    outcome = await sent_to(paper(tmp_path / "gone" / "alerts.jsonl"))
    assert isinstance(outcome, Retry)
    assert outcome.reason == "file: No such file or directory"


async def test_file_on_a_full_disk_is_retried_and_leaves_no_half_line(tmp_path):
    path = tmp_path / "alerts.jsonl"
    path.write_text('{"id":"whole"}\n')
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        outcome = await sent_to(paper(path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert isinstance(outcome, Retry)
    assert path.read_text() == '{"id":"whole"}\n'


# An Atom feed


def feed(path, **more):
    return open_channel("paper", {"path": str(path), **more}, context(), kind="atom")


async def test_atom_is_a_feed_that_readers_understand_newest_first(tmp_path):
    channel = feed(tmp_path / "alerts.atom", title="The desk's alerts")
    first, second = delivery_to(channel), delivery_to(channel, headline="A <b>second</b> kite & more")
    for each in (first, second):
        assert await channel.send(each) == Sent()
    read = feedparser.parse((tmp_path / "alerts.atom").read_bytes())
    assert not read.bozo
    assert read.version == "atom10"
    assert read.feed.title == "The desk's alerts"
    assert [entry.id.rpartition(":")[2] for entry in read.entries] == [second.key, first.key]
    assert read.entries[0].title == "[test] Test: A <b>second</b> kite & more — Acme Kites"
    assert read.entries[0].link == "https://example.org/releases/solar-kite"
    assert "<b>solar kite</b>" in read.entries[0].content[0].value
    assert "A &lt;b&gt;second&lt;/b&gt; kite &amp; more" in read.entries[0].content[0].value


async def test_atom_what_comes_twice_stands_there_once(tmp_path):
    channel = feed(tmp_path / "alerts.atom")
    delivery = delivery_to(channel)
    await channel.send(delivery)
    await channel.send(delivery_to(channel))
    await channel.send(replace(delivery, attempts=1, repeat=True))
    ids = [entry.id for entry in feedparser.parse((tmp_path / "alerts.atom").read_bytes()).entries]
    assert len(ids) == len(set(ids)) == 2


async def test_atom_holds_no_more_than_it_is_told_to(tmp_path):
    channel = feed(tmp_path / "alerts.atom", entries=3)
    deliveries = [delivery_to(channel) for _ in range(5)]
    for each in deliveries:
        await channel.send(each)
    root = ET.parse(tmp_path / "alerts.atom").getroot()  # noqa: S314  our own feed
    ids = [found.text.rpartition(":")[2] for found in root.iterfind("{*}entry/{*}id")]
    assert ids == [each.key for each in reversed(deliveries[2:])]


@pytest.mark.parametrize("held", [b"", b"<feed", b"\x00\x01", b"<other/>"])
async def test_atom_a_file_that_is_no_feed_any_more_is_begun_anew(tmp_path, held):
    (tmp_path / "alerts.atom").write_bytes(held)
    assert await sent_to(feed(tmp_path / "alerts.atom")) == Sent()
    assert len(feedparser.parse((tmp_path / "alerts.atom").read_bytes()).entries) == 1


# A program


async def test_command_is_given_the_webhooks_body_and_the_deliverys_id_and_nothing_of_our_environment(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("WIREWATCH_MAIL__PASSWORD", "secret")
    code = "told.write_text(sys.stdin.read() + '\\n' + repr(dict(os.environ)))"
    channel = program(tmp_path, code)
    delivery = delivery_to(channel, headline="$(touch /tmp/owned) `id` ; rm -rf /")
    assert await channel.send(delivery) == Sent(remote_id="status 0")
    body, environment = (tmp_path / "told").read_text().split("\n")
    assert json.loads(body)["data"]["release"]["headline"] == "$(touch /tmp/owned) `id` ; rm -rf /"
    assert delivery.key in environment
    assert "WIREWATCH_SUBJECT" in environment
    assert "secret" not in environment


@pytest.mark.parametrize(
    ("code", "outcome", "reason"),
    [
        ("sys.exit(1)", Retry, "command: status 1"),
        ("sys.exit(75)", Retry, "command: status 75"),
        ("sys.exit(100)", Refused, "command: it answers 100, never"),
        ("sys.exit('no such\\x1b[31m desk')", Retry, "command: status 1: no such [31m desk"),
        ("os.kill(os.getpid(), 9)", Retry, "command: killed by signal 9"),
    ],
)
async def test_command_its_status_decides(tmp_path, code, outcome, reason):
    found = await sent_to(program(tmp_path, code))
    assert isinstance(found, outcome)
    assert found.reason == reason


async def test_command_that_hangs_is_killed_with_all_that_it_started(tmp_path):
    code = (
        "import subprocess, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "told.write_text(str(child.pid))\n"
        "time.sleep(60)"
    )
    outcome = await sent_to(program(tmp_path, code, timeout_s=2))
    assert isinstance(outcome, Retry)
    assert outcome.perhaps_taken
    child = int((tmp_path / "told").read_text())
    for _ in range(100):
        if not alive(child):
            break
        await asyncio.sleep(0.05)
    assert not alive(child)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_command_that_does_not_read_or_says_too_much_does_not_hang(tmp_path):
    assert isinstance(await sent_to(program(tmp_path, "pass")), Sent)
    assert isinstance(await sent_to(program(tmp_path, "sys.stderr.write('x' * 5_000_000)")), Sent)


async def test_command_that_is_not_there_is_retried(tmp_path):
    channel = open_channel("own", {"run": [str(tmp_path / "nobody")]}, context(), kind="command")
    outcome = await sent_to(channel)
    assert isinstance(outcome, Retry)
    assert outcome.reason == "command: No such file or directory"
    assert not outcome.perhaps_taken


async def test_the_console_shows_what_the_others_send():
    async with opened("console") as (channel, told):
        await sent_to(channel)
        assert b"solar kite" in told()
