"""Tables where tables belong, lists where lists belong: what the rest of the reading relies on."""

from __future__ import annotations

from typing import Any

from config.locate import KeyPath
from config.origin import Origin
from config.problems import Problem, did_you_mean, known_words
from config.schema import CHANNEL, LISTS, PACK, TABLES, TOP_LEVEL, bracketed, tables_with


def drop_misshapen(origin: Origin) -> list[Problem]:
    """Take out of `origin.tree` whatever is not of the shape its name promises, and say so."""
    found = [(path, problem) for path, problem in _misshapen(origin) if problem]
    for path, _ in found:
        _remove(origin.tree, path)
    return [problem for _, problem in found]


def _misshapen(origin: Origin) -> list[tuple[KeyPath, Problem | None]]:
    results: list[tuple[KeyPath, Problem | None]] = []
    for name, value in origin.tree.items():
        if name in TABLES or name == PACK:
            results.append(((name,), _not_a_table(origin, name, value)))
        elif name in LISTS:
            results.append(((name,), _not_a_list(origin, name, value)))
        elif name == CHANNEL:
            results += _not_channels(origin, value)
        else:
            results.append(((name,), _unknown(origin, name, value)))
    return results


def _not_a_table(origin: Origin, name: str, value: object) -> Problem | None:
    if isinstance(value, dict):
        return None
    return origin.problem((name,), "must be one table.", f"Write [{name}] once, with single brackets.")


def _not_a_list(origin: Origin, name: str, value: object) -> Problem | None:
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return None
    return origin.problem((name,), "must be a list of tables.", f"Begin each with [[{name}]], double brackets.")


def _not_channels(origin: Origin, value: object) -> list[tuple[KeyPath, Problem | None]]:
    hint = f'Write [{CHANNEL}.NAME] and below it kind = "…".'
    if not isinstance(value, dict):
        return [((CHANNEL,), origin.problem((CHANNEL,), "must be tables with a name each.", hint))]
    return [
        ((CHANNEL, name), origin.problem((CHANNEL, name), "must be a table.", hint))
        for name, table in value.items()
        if not isinstance(table, dict)
    ]


def _unknown(origin: Origin, name: str, value: object) -> Problem:
    if isinstance(value, dict | list):
        known = [bracketed(table) for table in TOP_LEVEL]
        return origin.problem((name,), "is no table here.", did_you_mean(f"[{name}]", known) or known_words(known))
    homes = tables_with(name)
    hint = f"It belongs in {' or '.join(homes)}." if homes else did_you_mean(name, TOP_LEVEL)
    problem = origin.problem((name,), f"{name} stands outside any table.", hint)
    return Problem(place=problem.place, line=problem.line, what=problem.what, hint=problem.hint)


def _remove(tree: dict[str, Any], path: KeyPath) -> None:
    node: Any = tree
    for part in path[:-1]:
        node = node[part]
    del node[path[-1]]
