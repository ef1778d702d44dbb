"""Secrets of channels: the database holds references (`env:NAME`, `file:PATH`), never a secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote

from pydantic import BaseModel, SecretStr

from alerts.channels import CHANNELS, ChannelConfigError
from config import Channel
from config.secret_files import SecretError, read_secret
from storage.rules import ChannelSpec

ENVIRONMENT, FILE, CONFIG = "env:", "file:", "config:"
_FILE_SUFFIX = "_file"


def secret_keys(kind: str) -> frozenset[str]:
    """The settings of a channel kind that are secrets."""
    model = CHANNELS[kind].settings if kind in CHANNELS else BaseModel
    return frozenset(name for name, field in model.model_fields.items() if _holds_secret(field.annotation))


def _holds_secret(annotation: object) -> bool:
    return annotation is SecretStr or any(_holds_secret(part) for part in get_args(annotation))


def refer(channel: Channel) -> dict[str, Any]:
    """A channel of the configuration file as the database keeps it: where each secret is, not what."""
    secrets = secret_keys(channel.kind)
    kept: dict[str, Any] = {}
    for key, value in channel.table.items():
        plain = key.removesuffix(_FILE_SUFFIX)
        if key.endswith(_FILE_SUFFIX) and plain in secrets:
            kept[plain] = f"{FILE}{value}"
        elif key in channel.from_environment:
            kept[key] = f"{ENVIRONMENT}{channel.from_environment[key]}"
        elif key in secrets:
            kept[key] = f"{CONFIG}channel.{channel.name}.{key}"
        else:
            kept[key] = list(value) if isinstance(value, tuple) else value
    return kept


def resolve(spec: ChannelSpec) -> dict[str, Any]:
    """The settings of a stored channel with its secrets filled in. Keep the result nowhere.

    Raises:
        ChannelConfigError: a reference leads to nothing.
    """
    return {key: _filled(spec.name, key, value) for key, value in spec.settings.items()}


def _filled(channel: str, key: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.startswith(ENVIRONMENT):
        name = value.removeprefix(ENVIRONMENT)
        if name not in os.environ:
            raise ChannelConfigError(channel, key, f"needs the environment variable {name}", "set it and start again")
        return os.environ[name]
    if value.startswith(FILE):
        try:
            return read_secret(Path(value.removeprefix(FILE)))
        except SecretError as error:
            raise ChannelConfigError(channel, key, str(error), "put the secret there, readable by wirewatch") from error
    return value


def put_away(folder: Path, channel: str, settings: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Settings as typed, with every secret moved into a file of mode 0600 in `folder`."""
    secrets = secret_keys(kind)
    kept: dict[str, Any] = {}
    for key, value in settings.items():
        is_reference = isinstance(value, str) and value.startswith((ENVIRONMENT, FILE))
        if key in secrets and not is_reference:
            several = [str(each) for each in value] if isinstance(value, list) else [str(value)]
            kept[key] = f"{FILE}{_write(folder, channel, key, several)}"
        else:
            kept[key] = value
    return kept


def throw_away(folder: Path, spec: ChannelSpec) -> None:
    """Delete what `put_away` wrote in `folder` for a channel; files of the user's own stay."""
    for value in spec.settings.values():
        path = Path(str(value).removeprefix(FILE))
        if str(value).startswith(FILE) and path.parent == folder.resolve():
            path.unlink(missing_ok=True)


def _write(folder: Path, channel: str, key: str, values: list[str]) -> Path:
    """A line each: kinds that take several secrets split them at line ends."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{quote(channel, safe='')}.{key}"
    path.touch(mode=0o600)
    path.write_text("".join(f"{value}\n" for value in values), encoding="utf-8")
    return path.resolve()
