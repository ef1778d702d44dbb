"""`WIREWATCH_MAIL__PASSWORD` over `[mail] password`: the environment wins over the file.

Two underscores separate the parts; case does not matter, and in a channel's name `_` also stands
for anything that a variable cannot hold. A variable without two underscores is none of ours: under
Kubernetes a service named wirewatch makes a dozen of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Annotated, Any, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from config.locate import KeyPath
from config.problems import Problem, did_you_mean
from config.schema import CHANNEL, FILE_SECRETS, FILE_SUFFIX, LISTS, PACK, TABLES, bracketed, keys_of, writable_keys

PREFIX = "WIREWATCH_"
PATH_VARIABLE = "WIREWATCH_CONFIG"
SEPARATOR = "__"
CHANNEL_PARTS = 3


@dataclass(slots=True)
class Overlay:
    """The tree with the variables laid over it, which variable set what, and what was wrong."""

    tree: dict[str, Any]
    variables: dict[KeyPath, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def overlay(tree: Mapping[str, Any], environ: Mapping[str, str]) -> Overlay:
    """`tree` itself is left as it is."""
    result = Overlay(deepcopy(dict(tree)))
    for variable in sorted(environ):
        parts = variable.removeprefix(PREFIX).lower().split(SEPARATOR)
        if variable.startswith(PREFIX) and len(parts) > 1:
            _apply(result, variable, parts, environ[variable])
    return result


def _apply(result: Overlay, variable: str, parts: list[str], text: str) -> None:
    table, key = parts[0], parts[1]
    if table == CHANNEL and len(parts) == CHANNEL_PARTS:
        _apply_to_channel(result, variable, parts[1], parts[2], text)
    elif table in LISTS or table == PACK:
        result.problems.append(
            Problem(place=variable, what=f"cannot be: {bracketed(table)} is written in the file alone.")
        )
    elif table not in TABLES:
        hint = did_you_mean(table, (*TABLES, CHANNEL))
        result.problems.append(Problem(place=variable, what=f"names no table: {table}.", hint=hint))
    elif len(parts) != CHANNEL_PARTS - 1 or key not in writable_keys(table):
        hint = did_you_mean(key, writable_keys(table))
        result.problems.append(Problem(place=variable, what=f"names no key of [{table}]: {key}.", hint=hint))
    else:
        _set(result, variable, (table, key), _converted(table, key, text))


def _set(result: Overlay, variable: str, path: KeyPath, value: object) -> None:
    """A variable that gives `x` puts `x_file` of the file out of force, and the other way round."""
    node: Any = result.tree
    for part in path[:-1]:
        node = node.setdefault(part, {})
        if not isinstance(node, dict):
            return  # the file's own fault is told where the file is checked
    key = str(path[-1])
    twin = key.removesuffix(FILE_SUFFIX) if key.endswith(FILE_SUFFIX) else f"{key}{FILE_SUFFIX}"
    if (*path[:-1], twin) not in result.variables:
        node.pop(twin, None)
    node[key] = value
    result.variables[path] = variable


def _converted(table: str, key: str, text: str) -> object:
    """A number, a yes or no, or a list by commas where the key wants one; else the text."""
    if key not in keys_of(table) or key in FILE_SECRETS.get(table, ()):
        return text
    annotation = _plain(TABLES[table].model_fields[keys_of(table)[key]].annotation)
    if annotation in {int, float, bool}:
        try:
            return TypeAdapter(annotation).validate_python(text.strip())
        except ValidationError:
            return text
    if getattr(annotation, "__origin__", None) is tuple:
        return _listed(text)
    return text


def _plain(annotation: Any) -> Any:  # noqa: ANN401 - a type as it is annotated
    """What a key holds, without its bounds and whether it may be left out."""
    args = [arg for arg in get_args(annotation) if arg is not type(None)]
    if get_origin(annotation) is Annotated or (len(args) == 1 and type(None) in get_args(annotation)):
        return _plain(args[0])
    return annotation


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _apply_to_channel(result: Overlay, variable: str, name: str, key: str, text: str) -> None:
    """A variable fills in a channel of the file; it makes none."""
    channels = result.tree.get(CHANNEL, {})
    if not isinstance(channels, dict):
        return
    named = next((known for known in channels if _as_variable(known) == name), None)
    if named is None:
        result.problems.append(
            Problem(place=variable, what=f"names no channel of the file: {name}.", hint=did_you_mean(name, channels))
        )
    elif isinstance(channels[named], dict):
        is_list = isinstance(channels[named].get(key), list)
        _set(result, variable, (CHANNEL, named, key), _listed(text) if is_list else text)


def _as_variable(name: str) -> str:
    return re.sub(r"\W", "_", name, flags=re.ASCII).lower()
