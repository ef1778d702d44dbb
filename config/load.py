"""From file and environment to settings, or to every reason why not.

read the file → lay the environment over it → check its shape → fill in secrets, sources, paths
→ check each value → check what belongs together
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config.checks import check_together
from config.document import read_document
from config.environment import PATH_VARIABLE, overlay
from config.explain import explain
from config.origin import Origin
from config.packs import own_packs
from config.places import config_path, settle_database_path
from config.problems import ConfigError, Problem
from config.schema import CHANNEL, PACK
from config.secret_files import fill_from_files
from config.settings import Settings
from config.shape import drop_misshapen
from config.sources import complete_sources

__all__ = ["PATH_VARIABLE", "config_path", "load"]


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings of the file at `path` (or of the one `config_path` finds), overridden by `environ`.

    Raises ConfigError with everything that is wrong. Without any file: the defaults, no source, no
    rule and no channel, the database in the user's data folder.
    """
    document = read_document(config_path(path, environ))
    laid = overlay(document.tree, environ)
    origin = Origin(document=document, tree=laid.tree, variables=laid.variables)
    problems = [*laid.problems, *drop_misshapen(origin)]
    secret_faults, warnings = fill_from_files(origin)
    problems += [*secret_faults, *complete_sources(origin)]
    settle_database_path(origin)
    own = own_packs(origin)
    settings, faults = _validated(origin, own.packs)
    found = check_together(origin, own.packs)
    problems += [*faults, *own.faults, *found.faults]
    if problems or settings is None:
        raise ConfigError(sorted(_each_once(problems), key=_file_order))
    return settings.model_copy(update={"path": document.path, "warnings": (*warnings, *own.warnings, *found.warnings)})


def _validated(origin: Origin, packs: Mapping[str, tuple[str, ...]]) -> tuple[Settings | None, list[Problem]]:
    tree = {**origin.tree, CHANNEL: _channels(origin), PACK: packs}
    try:
        return Settings.model_validate(tree), []
    except ValidationError as err:
        return None, explain(err, origin)


def _channels(origin: Origin) -> dict[str, dict[str, Any]]:
    """Each channel's table, with the name and kind that are ours taken apart from the rest."""
    shaped: dict[str, dict[str, Any]] = {}
    for name, table in origin.tree.get(CHANNEL, {}).items():
        rest = {key: value for key, value in table.items() if key != "kind"}
        variables = {
            str(path[2]): variable for path, variable in origin.variables.items() if path[:2] == (CHANNEL, name)
        }
        shaped[name] = {"name": name, "table": rest, "from_environment": variables}
        if "kind" in table:
            shaped[name]["kind"] = table["kind"]
    return shaped


def _each_once(problems: list[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))


def _file_order(problem: Problem) -> tuple[bool, int, str]:
    """The file from top to bottom, then the variables."""
    return (problem.line is None, problem.line or 0, problem.place)
