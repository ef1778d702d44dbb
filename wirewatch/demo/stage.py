"""What stands around the daemon: the wire it polls, the inbox and the receiver it tells, its configuration."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from config import Settings, load
from wirewatch import clock
from wirewatch.demo.inbox import LocalInbox
from wirewatch.demo.loopback import bound_socket
from wirewatch.demo.newswire import LocalNewswire
from wirewatch.demo.receiver import LocalReceiver
from wirewatch.demo.releases import SampleRelease
from wirewatch.demo.releases import load as load_releases

RECIPIENT = "desk@newsroom.example"
POLL_EVERY_S = 1.0
SEED_GAP = timedelta(minutes=7)
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything is running; `live` are the releases still to be published, in order."""

    newswire: LocalNewswire
    inbox: LocalInbox
    receiver: LocalReceiver
    settings: Settings
    live: tuple[SampleRelease, ...]

    @property
    def dashboard_url(self) -> str:
        return f"http://{self.settings.web.host}:{self.settings.web.port}/"

    def repeats(self) -> int:
        """Messages that came twice, by either way."""
        return self.inbox.repeats() + self.receiver.repeats()


@contextmanager
def stage(port: int) -> Iterator[Stage]:
    """Set up in a temporary folder, with the older releases on the wire; all is gone afterwards.

    The dashboard gets `port` if it is free, else any free one (0: any).
    """
    samples = load_releases()
    receiver = LocalReceiver(key=secrets.token_bytes(_SECRET_BYTES))
    newswire = LocalNewswire(clock=clock.now)
    publish_older(newswire, [sample for sample in samples if not sample.live], clock.now())
    with TemporaryDirectory(prefix="wirewatch-demo-") as folder, newswire, LocalInbox() as inbox, receiver:
        file = Path(folder) / "wirewatch.toml"
        file.write_text(_configuration(newswire, inbox, receiver, _free_port(port)), encoding="utf-8")
        yield Stage(
            newswire=newswire,
            inbox=inbox,
            receiver=receiver,
            settings=load(file, {}),
            live=tuple(sample for sample in samples if sample.live),
        )


def publish_older(newswire: LocalNewswire, samples: list[SampleRelease], now: datetime) -> None:
    """Put them on the wire as if one had come every SEED_GAP, the last one that long ago."""
    for n, sample in enumerate(samples):
        newswire.publish(sample, now - SEED_GAP * (len(samples) - n))


def _configuration(newswire: LocalNewswire, inbox: LocalInbox, receiver: LocalReceiver, web_port: int) -> str:
    text = files("wirewatch.demo").joinpath("templates/demo.toml").read_text(encoding="utf-8")
    return Template(text).substitute(
        feed_url=newswire.feed_url,
        interval_s=POLL_EVERY_S,
        recipient=RECIPIENT,
        hook_url=receiver.url,
        hook_secret=receiver.secret,
        smtp_host=inbox.host,
        smtp_port=inbox.port,
        web_port=web_port,
    )


def _free_port(wanted: int) -> int:
    try:
        bound = bound_socket(wanted)
    except OSError:
        bound = bound_socket()
    with bound:
        return int(bound.getsockname()[1])
