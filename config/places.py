"""Where the file is looked for, and where the database lies when nothing says otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from config.environment import PATH_VARIABLE
from config.origin import Origin

FILE_NAME = "wirewatch.toml"
DATABASE_NAME = "wirewatch.db"
APPLICATION = "wirewatch"

_SQLITE_FILE = re.compile(r"(sqlite(?:\+\w+)?):///(?!:memory:|file:)([^?]+)(.*)", re.DOTALL)


def config_path(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read: `path`, else `WIREWATCH_CONFIG`, else the one in the working directory or
    in the user's configuration folder. None where there is none; a named one need not exist.
    """
    if path is not None:
        return path
    if environ.get(PATH_VARIABLE):
        return Path(environ[PATH_VARIABLE])
    usual = (Path(FILE_NAME), platformdirs.user_config_path(APPLICATION, appauthor=False) / FILE_NAME)
    return next((candidate for candidate in usual if candidate.is_file()), None)


def settle_database_path(origin: Origin) -> None:
    """Give `[storage] url` its default, and make a relative SQLite path absolute.

    Relative means: to the configuration file. Nothing is created here.
    """
    storage = origin.tree.setdefault("storage", {})
    folder = origin.document.folder
    if "url" not in storage:
        beside = folder if origin.document.path else platformdirs.user_data_path(APPLICATION, appauthor=False)
        storage["url"] = f"sqlite:///{beside / DATABASE_NAME}"
    elif isinstance(storage["url"], str) and (found := _SQLITE_FILE.fullmatch(storage["url"])):
        file = folder / Path(found[2]).expanduser()
        storage["url"] = f"{found[1]}:///{file}{found[3]}"
