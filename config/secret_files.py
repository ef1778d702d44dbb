"""Secrets kept in files of their own: `password_file = "smtp.secret"` fills `password`."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.locate import KeyPath
from config.origin import Origin
from config.problems import Problem
from config.schema import CHANNEL, FILE_SECRETS, FILE_SUFFIX
from config.settings import Channel

SECRET_BYTES_MAX = 65_536


class SecretError(Exception):
    """The file named for a secret cannot serve; the message says why and holds no part of it."""


def options(channel: Channel) -> dict[str, Any]:
    """A channel's table for its kind's own settings model, each `x_file` replaced by `x`.

    Holds secrets in the clear: hand it to a model whose secret fields hide themselves, keep it
    nowhere. Raises SecretError.
    """
    filled = {key: value for key, value in channel.table.items() if not _names_file(key, value)}
    for key, value in channel.table.items():
        if _names_file(key, value):
            filled[key.removesuffix(FILE_SUFFIX)] = read_secret(Path(value))
    return filled


def read_secret(path: Path) -> str:
    """The file's text without its last line end. Raises SecretError."""
    try:
        with path.open("rb") as file:
            raw = file.read(SECRET_BYTES_MAX + 1)
    except OSError as err:
        raise SecretError(f"names {path}, which cannot be read: {err.strerror}.") from err
    if len(raw) > SECRET_BYTES_MAX:
        raise SecretError(f"names {path}, which is too large for a secret (over {SECRET_BYTES_MAX:,} bytes).")
    try:
        text = raw.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise SecretError(f"names {path}, which is not UTF-8 text.") from None
    if not text:
        raise SecretError(f"names {path}, which is empty.")
    return text


def fill_from_files(origin: Origin) -> tuple[list[Problem], list[Problem]]:
    """Put file secrets into `origin.tree`; channels keep the path, made absolute.

    Gives the faults, and warnings for files that everyone on the machine may read.
    """
    faults: list[Problem] = []
    warnings: list[Problem] = []
    for path in _file_keys(origin.tree):
        try:
            file = _fill(origin, path)
        except SecretError as err:
            faults.append(origin.problem(path, str(err)))
        else:
            if _readable_by_all(file):
                warnings.append(origin.problem(path, f"names {file}, which everyone on this machine may read."))
    return faults, warnings


def _file_keys(tree: Mapping[str, Any]) -> list[KeyPath]:
    """Where `…_file` stands: at the secrets of our own tables, and anywhere in a channel's."""
    own = [
        (table, f"{key}{FILE_SUFFIX}")
        for table, keys in FILE_SECRETS.items()
        for key in keys
        if f"{key}{FILE_SUFFIX}" in tree.get(table, {})
    ]
    in_channels = [
        (CHANNEL, name, key)
        for name, table in tree.get(CHANNEL, {}).items()
        for key, value in table.items()
        if _names_file(key, value)
    ]
    return [*own, *in_channels]


def _names_file(key: str, value: object) -> bool:
    return key.endswith(FILE_SUFFIX) and isinstance(value, str)


def _fill(origin: Origin, path: KeyPath) -> Path:
    """Read one secret into its place and give the file's absolute path. Raises SecretError."""
    table: dict[str, Any] = origin.tree[str(path[0])]
    if path[0] == CHANNEL:
        table = table[str(path[1])]
    key = str(path[-1])
    plain = key.removesuffix(FILE_SUFFIX)
    value = table.pop(key)
    if plain in table:
        raise SecretError(f"stands beside {plain}: write one of the two.")
    if not isinstance(value, str):
        raise SecretError("must be the path of a file, in quotes.")
    file = origin.document.folder / Path(value).expanduser()
    text = read_secret(file)
    table.update({key: str(file)} if path[0] == CHANNEL else {plain: text})
    return file


def _readable_by_all(file: Path) -> bool:
    return bool(file.stat().st_mode & stat.S_IROTH)
