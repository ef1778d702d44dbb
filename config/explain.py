"""The settings models' verdict in the words of the file's author."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from config.locate import KeyPath
from config.origin import Origin
from config.problems import MisspeltError, Problem, did_you_mean, known_words
from config.schema import FILE_SECRETS, WITHIN, keys_at

SHOWN_CHARACTERS_MAX = 60
_KINDS = {bool: "a yes or no", int: "a whole number", float: "a number", str: "a text", list: "a list", dict: "a table"}
_WANTED = {
    "bool": "must be true or false",
    "int": "must be a whole number",
    "float": "must be a number",
    "string": "must be a text in quotes",
    "tuple": 'must be a list, as in ["a", "b"]',
    "dict": "must be a table, as in { name = 1 }",
}
_UNQUOTED = (_WANTED["int"], _WANTED["float"])


def explain(error: ValidationError, origin: Origin) -> list[Problem]:
    """One problem for each fault that the models found, in their order."""
    return [_explained(dict(fault), origin) for fault in error.errors(include_url=False)]


def _explained(fault: dict[str, Any], origin: Origin) -> Problem:
    path: KeyPath = fault["loc"]
    kind: str = fault["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path, origin)
    if kind == "missing":
        return origin.problem(path, "is missing.")
    said = fault.get("ctx", {}).get("error")
    if isinstance(said, MisspeltError):
        return origin.problem(path, str(said), said.hint, said.excerpt)
    return origin.problem(path, *_wrong_value(kind, fault, path, origin))


def _unknown_key(path: KeyPath, origin: Origin) -> Problem:
    known, key = keys_at(path), str(path[-1])
    return origin.problem(path, "is no key here.", did_you_mean(key, known) or known_words(known))


def _is_secret(path: KeyPath) -> bool:
    return path[-1] in FILE_SECRETS.get(str(path[0]), ())


def _wrong_value(kind: str, fault: dict[str, Any], path: KeyPath, origin: Origin) -> tuple[str, str]:
    """What is wrong, and a hint. The value of a secret is never shown."""
    value, limits = fault["input"], fault.get("ctx", {})
    found = "not shown" if _is_secret(path) else _shown(value)
    hint = ""
    match kind:
        case "value_error":
            what = str(limits["error"])
        case "greater_than_equal":
            what = f"must be at least {limits['ge']:g}, is {found}."
        case "less_than_equal":
            what = f"must be at most {limits['le']:g}, is {found}."
        case "string_too_short":
            what = f"must have at least {limits['min_length']} characters." if value else "must not be empty."
        case "string_too_long":
            what = f"must have at most {limits['max_length']} characters."
        case "literal_error" | "enum":
            what = f"must be one of {limits['expected']}, is {found}."
            hint = did_you_mean(str(value), _words(limits))
        case "too_long":
            what = f"must hold at most {limits['max_length']} of them, holds {limits['actual_length']}."
        case "too_short":
            what = "must not be empty."
        case "tuple_type" if path[-1] == "layout":
            what, hint = "must be a list of tables.", "Begin each with [[wire.layout]], double brackets."
        case "model_type" if (path[0], path[-1]) in WITHIN:
            what, hint = "must be one table.", f"Write [{path[0]}.{path[-1]}] once, with single brackets."
        case _:
            wanted = _WANTED.get(kind.removesuffix("_type").removesuffix("_parsing"))
            what = f"{wanted}, is {_a_kind_of(value)} ({found})." if wanted else f"{fault['msg']}."
            hint = "" if path in origin.variables else _unquote(wanted, value)
    return what, hint


def _words(limits: dict[str, Any]) -> list[str]:
    return [word.strip("'") for word in str(limits["expected"]).replace(" or ", ", ").split(", ")]


def _shown(value: object) -> str:
    match value:
        case bool():
            text = str(value).lower()
        case str():
            text = f'"{value}"'
        case _:
            text = str(value)
    return text if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[:SHOWN_CHARACTERS_MAX]}…"


def _a_kind_of(value: object) -> str:
    return next((words for kind, words in _KINDS.items() if isinstance(value, kind)), "a date or time")


def _unquote(wanted: str | None, value: object) -> str:
    return "Write it without quotes." if isinstance(value, str) and wanted in _UNQUOTED else ""
