"""What every command starts from: the settings, the archive, and one voice for errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wirewatch.faults import BAD_INPUT, FAILED, UserError

if TYPE_CHECKING:
    from config import Settings
    from news.query.packs import TermPacks
    from storage.archive import Archive

NAME_CHARS_MAX = 100


class Context:
    """Where the settings come from. Nothing is read until a command asks."""

    def __init__(self, config: str | None, *, debug: bool) -> None:
        self._config = Path(config) if config else None
        self.debug = debug
        self._settings: Settings | None = None

    @property
    def settings(self) -> Settings:
        """The settings, with logs set up as they say; logs of one-off commands show warnings only."""
        if self._settings is None:
            from config import config_path, load

            self._settings = load(config_path(self._config, os.environ), os.environ)
            self.log("debug" if self.debug else "warning")
        return self._settings

    def log(self, level: str | None = None) -> None:
        from wirewatch import logs

        settings = self.settings
        chosen = level or ("debug" if self.debug else settings.log.level)
        logs.set_up(level=chosen, as_json=settings.log.format == "json")

    @property
    def config_file(self) -> Path | None:
        return self.settings.path

    @contextmanager
    def archive(self) -> Iterator[Archive]:
        """The archive, with the file's sources, rules and channels in it."""
        from wirewatch.assemble import is_synced, open_archive, sync

        opened = open_archive(self.settings)
        try:
            if not is_synced(self.settings, opened):
                sync(self.settings, opened)
            yield opened
        finally:
            opened.close()

    @contextmanager
    def reading(self) -> Iterator[Archive]:
        """The archive as it is, to be read: no lock is taken, nothing written, the file's changes left aside.

        One that is not there, or of an older program, is made or upgraded first.
        """
        from storage.errors import OutdatedError, StorageError
        from wirewatch.assemble import open_archive

        try:
            opened = open_archive(self.settings, read_only=True)
        except OutdatedError as outdated:
            try:
                opened = open_archive(self.settings)
            except StorageError as error:
                raise StorageError(f"{outdated}, which cannot be done: {error}") from error
        try:
            yield opened
        finally:
            opened.close()

    @contextmanager
    def configured(self) -> Iterator[Archive]:
        """As `reading`, for what the file has a part in: its changes are taken over, if that can be done."""
        with self.reading() as opened:
            self._take_over(opened)
            yield opened

    def _take_over(self, opened: Archive) -> None:
        from storage.errors import StorageError
        from wirewatch.assemble import is_synced, open_archive, sync

        if is_synced(self.settings, opened):
            return
        try:
            writable = open_archive(self.settings)
            try:
                sync(self.settings, writable)
            finally:
                writable.close()
        except StorageError as error:
            told = f"warning: what changed in {self.config_file} is not in what follows: {error}"
            print(told, file=sys.stderr)  # noqa: T201 - commands write their warnings there

    def packs(self, archive: Archive) -> TermPacks:
        """The term packs in force, those of the file as it now is among them."""
        from news.query.packs import in_force

        own = {name: variants for name, (variants, _) in archive.own_packs().items()}
        return in_force({**own, **self.settings.packs})


def checked_name(name: str) -> str:
    """A name that a listing can show and a command can type again."""
    if not name or name != name.strip() or not name.isprintable() or len(name) > NAME_CHARS_MAX:
        raise UserError(
            f"{name!r} cannot be a name: 1 to {NAME_CHARS_MAX} characters, no space at its ends, no control"
        )
    return name


def report(error: Exception) -> int:
    """Tell the user what went wrong, without a traceback; returns the exit code."""
    from alerts.channels.contract import ChannelConfigError
    from config import ConfigError
    from storage.errors import StorageError

    match error:
        case UserError():
            message, code = str(error), error.code
        case ConfigError() | ChannelConfigError():
            message, code = str(error), BAD_INPUT
        case StorageError():
            message, code = str(error), FAILED
        case OSError():
            message, code = f"{error.filename or 'the system'}: {error.strerror or error}", FAILED
        case _:
            message = f"unexpected {type(error).__name__}: {error}. Run again with --debug to see where."
            code = FAILED
    print(f"wirewatch: {message}", file=sys.stderr)  # noqa: T201 - the one voice for errors
    return code
