"""The whole house as a user runs it: the real daemon, polling a local wire, telling a local inbox and receiver.

Everything is told by configuration, and looked at through the archive or at the receiving end.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from config import Settings, load
from news.alert import Alert
from storage.archive import Archive, Stored
from storage.rules import RuleSpec, add_rule, change_rule, remove_rule
from wirewatch import clock, daemon
from wirewatch.demo.inbox import LocalInbox
from wirewatch.demo.newswire import FEED_PATH, LocalNewswire
from wirewatch.demo.pages import Published
from wirewatch.demo.receiver import LocalReceiver
from wirewatch.demo.releases import SampleRelease, numbered
from wirewatch.intake import Report, poll_once

PAGES = "/news-releases/*.html"
LOOK_EVERY_S = 0.05
WITHIN_S = 20.0
STOPS_WITHIN_S = 10.0
FIRST_NUMBER = 380_000_000


@dataclass(kw_only=True)
class House:
    """A folder with a configuration, and what the daemon in it speaks to.

    `rules` are name → query, told to `to`. `sources` and `more` are TOML, as a user would write it;
    without `sources` the wire's feed is polled.
    """

    folder: Path
    database: str = "sqlite:///house.db"
    wire: LocalNewswire
    inbox: LocalInbox
    receiver: LocalReceiver
    rules: dict[str, str] = field(default_factory=lambda: {"needle": "needle"})
    to: Sequence[str] = ("mail", "hook")
    sources: str = ""
    page_wait_s: float = 60
    hook_timeout_s: float = 5
    mail_port: int = 0
    more: str = ""

    def source(
        self, name: str = "local", *, url: str = "", wire: str = "prnewswire", kind: str = "feed", more: str = ""
    ) -> str:
        url = url or self.wire.feed_url
        return f'[[source]]\nname = "{name}"\nwire = "{wire}"\nkind = "{kind}"\nurl = "{url}"\n{more}\n'

    def write(self) -> Path:
        path = self.folder / "wirewatch.toml"
        rules = "".join(
            f"[[rule]]\nname = '{name}'\nquery = '{query}'\nto = {list(self.to)}\n"
            for name, query in self.rules.items()
        )
        path.write_text(
            f"""
[storage]
url = "{self.database}"
[polling]
interval_s = 1
per_host_gap_s = 0
page_wait_s = {self.page_wait_s}
[web]
enabled = false
[log]
level = "error"
[mail]
host = "{self.inbox.host}"
port = {self.mail_port or self.inbox.port}
tls = "none"
from = "watch@example.org"
[channel.mail]
kind = "email"
to = "desk@example.org"
[channel.hook]
kind = "webhook"
url = "{self.receiver.url}"
secret = "{self.receiver.secret}"
timeout_s = {self.hook_timeout_s}
{self.sources or self.source()}
{rules}
{self.more}
""",
            encoding="utf-8",
        )
        return path

    def settings(self) -> Settings:
        return load(self.write(), {})

    # ------------------------------------------------------------------ running

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Archive]:
        """The daemon at work, and a second door to its database; both are gone afterwards."""
        stop, ready = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(daemon.run(self.settings(), stop=stop, ready=ready, console=io.StringIO()))
        up = asyncio.create_task(ready.wait())
        await asyncio.wait({up, task}, return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        try:
            if task.done():
                task.result()
            with self.archive() as archive:
                yield archive
        finally:
            stop.set()
            await asyncio.wait_for(task, STOPS_WITHIN_S)

    @asynccontextmanager
    async def seeded(self) -> AsyncIterator[Archive]:
        """As `running`, after the first polls were read and stored."""
        async with self.running() as archive:
            await until(lambda: all(line.source.state.seeded for line in archive.sources()))
            await until(lambda: archive.unread() == 0)
            yield archive

    @contextmanager
    def archive(self) -> Iterator[Archive]:
        opened = Archive.open(self.settings().storage.url.get_secret_value(), now=clock.now())
        try:
            yield opened
        finally:
            opened.close()

    async def poll(self) -> Report:
        """One round, as `wirewatch poll` makes it."""
        return await poll_once(self.settings(), [], quiet=True)

    async def more_polls(self, count: int = 2) -> None:
        """Wait until the feed was asked so many times more, and all that showed was read."""
        before = len(self.wire.requests(FEED_PATH))
        await until(lambda: len(self.wire.requests(FEED_PATH)) >= before + count)
        with self.archive() as archive:
            await until(lambda: archive.unread() == 0)

    # --------------------------------------------------------------- publishing

    def publish(self, release: SampleRelease, *, minutes_ago: float = 0) -> Published:
        return self.wire.publish(release, clock.now() - timedelta(minutes=minutes_ago))

    def publish_older(self, count: int, *, words: str = "needle") -> None:
        """What stands on the wire before the first poll: numbers 0 to `count` - 1."""
        for n in range(count):
            self.publish(numbered(n, words=words), minutes_ago=60 - n)


@contextmanager
def house_in(folder: Path) -> Iterator[House]:
    with LocalNewswire(clock=clock.now) as wire, LocalInbox() as inbox, LocalReceiver(key=b"k" * 32) as receiver:
        yield House(folder=folder, wire=wire, inbox=inbox, receiver=receiver)


async def until(done: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    """Wait for `done`; what it raises counts as not yet."""
    deadline = clock.monotonic() + within_s
    while True:
        with suppress(LookupError):
            if done():
                return
        assert clock.monotonic() < deadline, "it did not come to that in time"
        await asyncio.sleep(LOOK_EVERY_S)


async def settled(archive: Archive, *, alerts: int) -> list[Alert]:
    """The alerts, oldest first, once there are so many and every delivery has an end."""
    await until(lambda: len(archive.alerts(1000)) >= alerts and archive.unread() == 0)
    await until(lambda: not archive.deliveries(state="due") and not archive.deliveries(state="sending"))
    found = sorted(archive.alerts(1000), key=lambda alert: alert.id)
    assert len(found) == alerts, [(alert.rule_name, alert.occasion, alert.release.headline) for alert in found]
    return found


def stored(archive: Archive) -> list[Stored]:
    """All releases in the order in which they were stored."""
    return sorted(archive.latest(10_000), key=lambda item: (item.stored_at, item.id))


def numbers(archive: Archive) -> list[int]:
    """The numbers of all releases, as `numbered` counts them, ascending."""
    return sorted(int(item.release.release_number or 0) - FIRST_NUMBER for item in archive.latest(10_000))


def entries(archive: Archive) -> list[tuple[str, str | None]]:
    """State and reason of every entry, in the order in which they were listed."""
    with archive.database.reading() as connection:
        rows = connection.execute(text("SELECT state, reason FROM entry ORDER BY id"))
        return [(row.state, row.reason) for row in rows]


def hasten(archive: Archive) -> None:
    """Let everything that waits for a later time be due now."""
    with archive.database.writing() as connection:
        connection.execute(text("UPDATE entry SET retry_at = '2000-01-01' WHERE state = 'waiting'"))
        connection.execute(text("UPDATE delivery SET due_at = '2000-01-01' WHERE state = 'due'"))
        connection.execute(text("UPDATE source SET next_poll_at = '2000-01-01'"))


# What the command line does to rules, in the same transactions.


def put_rule(archive: Archive, name: str, query: str, *, to: Sequence[str] = (), paused: bool = False) -> int:
    """Add the rule, or write it anew if it is there; returns its id."""
    spec = RuleSpec(name, query, tuple(to), paused)
    known = archive.rule_named(name)
    with archive.writing(clock.now()) as work:
        if known is None:
            return add_rule(work, spec).id
        change_rule(work, known, spec)
        return known.id


def drop_rule(archive: Archive, name: str) -> None:
    known = archive.rule_named(name)
    assert known is not None
    with archive.writing(clock.now()) as work:
        remove_rule(work, known)
