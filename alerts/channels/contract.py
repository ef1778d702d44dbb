"""What every channel is given, and what it owes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TextIO

from pydantic import SecretStr

from alerts.render import Framing
from config.settings import Mail, Network
from news.alert import Delivery, Outcome


class Channel(Protocol):
    """A configured destination.

    `recipients` are the names under which its deliveries are kept; one delivery goes to one of them. They are shown and
    hashed, so they hold no secret.
    """

    @property
    def name(self) -> str: ...

    @property
    def recipients(self) -> tuple[str, ...]: ...

    async def send(self, delivery: Delivery) -> Outcome:
        """Try once. Never raises for anything that a server, a network or a clock can do."""

    async def aclose(self) -> None:
        """Free what the channel holds; sending after it is an error of the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelContext:
    """What the application lends to all channels.

    `now` is the clock, aware UTC. `public_url` is the dashboard's address as readers reach it.
    """

    archive_name: str
    user_agent: str
    now: Callable[[], datetime]
    console: TextIO
    public_url: str | None = None
    mail: Mail = field(default_factory=Mail)
    network: Network = field(default_factory=Network)

    def framing(self, delivery: Delivery) -> Framing:
        """What stands around the alerts of a message that goes out now."""
        return Framing(
            sent_at=self.now(), archive_name=self.archive_name, public_url=self.public_url, repeat=delivery.repeat
        )


class ChannelConfigError(ValueError):
    """A channel's settings cannot work. The message never quotes a value, which may be a secret."""

    def __init__(self, channel: str, key: str, problem: str, advice: str) -> None:
        self.channel = channel
        self.key = key
        self.problem = problem
        self.advice = advice
        super().__init__(f"channel {channel!r}: {key}: {problem}; {advice}")


def several(value: object) -> object:
    """One secret, or several split by white space, as a file of secrets holds them a line each."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, str):
        return tuple(value.split()) or (value,)
    return tuple(value) if isinstance(value, list) else value
