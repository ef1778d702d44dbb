"""The destinations that alerts go to: one file each, one line each in `CHANNELS`."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from alerts.channels.apprise import AppriseChannel, AppriseSettings
from alerts.channels.atom import AtomChannel, AtomSettings
from alerts.channels.chat import ChatSettings
from alerts.channels.command import CommandChannel, CommandSettings
from alerts.channels.console import ConsoleChannel, ConsoleSettings
from alerts.channels.contract import Channel, ChannelConfigError, ChannelContext
from alerts.channels.email import EmailChannel, EmailSettings
from alerts.channels.file import FileChannel, FileSettings
from alerts.channels.manner import Manner, MannerSettings
from alerts.channels.slack import SlackChannel
from alerts.channels.teams import TeamsChannel
from alerts.channels.webhook import WebhookChannel, WebhookSettings

__all__ = [
    "CHANNELS",
    "Channel",
    "ChannelConfigError",
    "ChannelContext",
    "ChannelKind",
    "Manner",
    "channel_manner",
    "open_channel",
]


class ChannelKind(NamedTuple):
    """`settings` reads a channel's table; `channel` is given its name, those settings and the context.

    `of_file`: it may stand in the configuration file alone, for whoever could make one elsewhere could run programs or
    write files as the user that Wirewatch runs as. `each_rule`: programs read it, which sort what they get by the rule
    that it is of; so each rule tells by itself where nothing else is said.
    """

    settings: type[BaseModel]
    channel: Callable[[str, Any, ChannelContext], Channel]
    of_file: bool = False
    each_rule: bool = False


CHANNELS: dict[str, ChannelKind] = {
    "email": ChannelKind(EmailSettings, EmailChannel),
    "webhook": ChannelKind(WebhookSettings, WebhookChannel, each_rule=True),
    "slack": ChannelKind(ChatSettings, SlackChannel),
    "teams": ChannelKind(ChatSettings, TeamsChannel),
    "apprise": ChannelKind(AppriseSettings, AppriseChannel),
    "console": ChannelKind(ConsoleSettings, ConsoleChannel),
    "file": ChannelKind(FileSettings, FileChannel, of_file=True, each_rule=True),
    "atom": ChannelKind(AtomSettings, AtomChannel, of_file=True),
    "command": ChannelKind(CommandSettings, CommandChannel, of_file=True, each_rule=True),
}


def open_channel(
    name: str, table: Mapping[str, object], context: ChannelContext, *, kind: str, of_file: bool = True
) -> Channel:
    """The channel `name` of `kind`, ready to send; `table` is its settings without `kind`, secrets resolved.

    `of_file`: it stands in the configuration file.

    Raises:
        ChannelConfigError: an unknown kind, or settings that cannot work.
    """
    found = CHANNELS.get(kind)
    if found is None:
        raise ChannelConfigError(name, "kind", "no such kind of channel", f"use one of {', '.join(CHANNELS)}")
    if found.of_file and not of_file:
        raise ChannelConfigError(name, "kind", "may only be set up in wirewatch.toml", f"write [channel.{name}] there")
    channel_manner(name, table, kind=kind)
    own = {key: value for key, value in table.items() if key not in MannerSettings.model_fields}
    try:
        settings = found.settings.model_validate(own)
    except ValidationError as err:
        raise _config_error(name, found.settings, err) from None
    return found.channel(name, settings, context)


def channel_manner(name: str, table: Mapping[str, object], *, kind: str) -> Manner:
    """How those whom a channel reaches want to be told, by the keys that every kind has.

    Raises:
        ChannelConfigError: no such zone, or no quiet hours.
    """
    own = {key: value for key, value in table.items() if key in MannerSettings.model_fields}
    try:
        each_rule = kind in CHANNELS and CHANNELS[kind].each_rule
        return MannerSettings.model_validate(own).manner(each_rule=each_rule)
    except ValidationError as err:
        raise _config_error(name, MannerSettings, err) from None


def _config_error(name: str, settings: type[BaseModel], err: ValidationError) -> ChannelConfigError:
    # The value itself is left out: it may be a secret.
    first = err.errors(include_input=False, include_url=False, include_context=False)[0]
    key = str(first["loc"][0]) if first["loc"] else "settings"
    known = [field.alias or own for own, field in settings.model_fields.items()]
    match first["type"]:
        case "extra_forbidden":
            close = difflib.get_close_matches(key, known, n=1)
            advice = f"did you mean {close[0]}?" if close else f"it knows {', '.join(known)}"
            return ChannelConfigError(name, key, "this kind of channel has no such key", advice)
        case "missing":
            return ChannelConfigError(name, key, "is missing", "add it to the channel's table")
        case _:
            problem = first["msg"].removeprefix("Value error, ")
            return ChannelConfigError(name, key, problem[:1].lower() + problem[1:], "mend it in the channel's table")
