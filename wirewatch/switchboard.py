"""The channels that are open, kept in step with the file and the database.

A rule may name a channel that was made a moment ago by another process. The store commit asks here,
and here the database is asked, before an alert is left without a delivery.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

import structlog

from alerts.channels import Channel, ChannelConfigError, ChannelContext, Manner, channel_manner, open_channel
from alerts.timing import Hours
from config import Settings
from config.secret_files import options
from storage.archive import Archive
from storage.rules import ChannelSpec
from wirewatch.secrets import resolve

_log = structlog.get_logger(__name__)


class Switchboard(Mapping[str, Channel]):
    """Every channel of the file and of the database, ready to send. Safe to use from several threads."""

    def __init__(self, settings: Settings, archive: Archive, context: ChannelContext) -> None:
        """Open them all.

        A channel made by a user that cannot work any more is logged and left out; its deliveries wait.

        Raises:
            ChannelConfigError: a channel of the file cannot work.
        """
        self._archive = archive
        self._context = context
        self._lock = threading.Lock()
        self._of_file = {
            name: open_channel(name, options(channel), context, kind=channel.kind)
            for name, channel in settings.channels.items()
        }
        self._manners_of_file = {
            name: channel_manner(name, channel.table, kind=channel.kind) for name, channel in settings.channels.items()
        }
        self._manners_of_users: dict[str, Manner] = {}
        self._of_users: dict[str, tuple[ChannelSpec, Channel | None]] = {}
        self._retired: list[Channel] = []
        self.refresh()

    def __getitem__(self, name: str) -> Channel:
        if name in self._of_file:
            return self._of_file[name]
        found = self._of_users[name][1]
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        yield from self._of_file
        yield from [name for name, (_, opened) in self._of_users.items() if opened is not None]

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def hours(self, name: str) -> Hours:
        """When those whom the channel reaches want to be told; at any time, where there is no such channel."""
        return self.manner(name).hours

    def manner(self, name: str) -> Manner:
        """How they want to be told; as anybody, where there is no such channel."""
        return self._manners_of_file.get(name) or self._manners_of_users.get(name) or Manner()

    def find(self, name: str) -> Channel | None:
        """The channel, if need be after a look into the database; None where there is none that works."""
        if name not in self:
            self.refresh()
        return self.get(name)

    def refresh(self) -> None:
        """Open what users made or changed since, and retire what they removed."""
        with self._lock:
            wanted = {spec.name: spec for spec in self._archive.channels() if spec.name not in self._of_file}
            users = dict(self._of_users)
            for name in [name for name, (spec, _) in users.items() if wanted.get(name) != spec]:
                _, opened = users.pop(name)
                if opened is not None:
                    self._retired.append(opened)
            for name, spec in wanted.items():
                if name not in users and spec.origin != "config":
                    users[name] = (spec, self._open(spec))
            self._of_users = users
            self._manners_of_users = {
                name: channel_manner(name, spec.settings, kind=spec.kind)
                for name, (spec, opened) in users.items()
                if opened is not None
            }

    def _open(self, spec: ChannelSpec) -> Channel | None:
        try:
            return open_channel(spec.name, resolve(spec), self._context, kind=spec.kind, of_file=False)
        except ChannelConfigError as error:
            _log.error("channel_left_out", channel=spec.name, error=str(error))
            return None

    async def aclose(self) -> None:
        """Close every channel, those retired while they may still have been sending included."""
        for channel in [*self.values(), *self._retired]:
            await channel.aclose()
