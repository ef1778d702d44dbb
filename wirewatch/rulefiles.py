"""Rules kept as files: JSON Lines, TOML, or a plain list of queries; read, and written again."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from news.alert import AT_MOST_HOURLY_MAX, AT_ONCE, Rule, Telling
from news.query import QueryError, parse, print_query, refuse_dates
from news.query.lists import Refused, read_list
from news.query.packs import PACKS, TermPacks, may_name, read_packs
from news.query.scanner import QUERY_CHARS_MAX
from news.schedule import read_schedule
from wirewatch.faults import UserError

FILE_BYTES_MAX = 32 * 2**20
NAME_CHARS_MAX = 100
_KEYS = {
    "name",
    "query",
    "to",
    "paused",
    "digest",
    "at_most_hourly",
    "urgent",
    "every_copy",
    "must_match",
    "must_not_match",
}
# What `rules list --json` and `rules export` of other versions may add; it is passed over.
_PASSED_OVER = {"id", "uid", "origin", "generation", "channels", "silenced_until", "silence_reason"}

Format = Literal["jsonl", "toml"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRule:
    """A rule of a file whose query can be read. `where` names file and line or rule.

    A sample is a text, or a release as an object.
    """

    where: str
    name: str
    query: str
    to: tuple[str, ...] = ()
    paused: bool = False
    telling: Telling = AT_ONCE
    must_match: tuple[str | Mapping[str, Any], ...] = ()
    must_not_match: tuple[str | Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A rule that cannot be used, and why."""

    where: str
    reason: str


def read_rules(file: Path, packs: TermPacks = PACKS) -> list[FileRule | Fault]:
    """The rules of a file: `.toml`, `.jsonl` (or `.json`), anything else is a list of queries.

    `packs` are those that the queries may name.

    Raises:
        UserError: the file cannot be read, or is no TOML.
    """
    text = _text(file)
    match file.suffix.lower():
        case ".toml":
            return [_rule(where, row, packs) for where, row in _toml_rows(file, text)]
        case ".jsonl" | ".ndjson" | ".json":
            return [
                _json_rule(f"{file}:{n}", line, packs) for n, line in enumerate(text.splitlines(), 1) if line.strip()
            ]
        case _:
            return [_listed(file, item) for item in read_list(text, packs)]


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            body = opened.read(FILE_BYTES_MAX + 1)
        if len(body) > FILE_BYTES_MAX:
            raise UserError(f"{file} is over {FILE_BYTES_MAX // 2**20} MB")
        return body.decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is not UTF-8: {error.reason} at byte {error.start}") from None


def packs_beside(file: Path) -> dict[str, tuple[str, ...]]:
    """The term packs that a TOML file of rules holds under [pack]; other files hold none.

    Raises:
        UserError: the file cannot be read, is no TOML, or a pack in it cannot be used.
    """
    if file.suffix.lower() != ".toml":
        return {}
    table = _toml(file, _text(file)).get("pack", {})
    if not isinstance(table, dict):
        raise UserError(f"{file}: term packs are written as one [pack] table")
    packs, faults = read_packs(table)
    if faults:
        raise UserError(f"{file}: [pack] {faults[0].name} {faults[0].what} {faults[0].hint}".rstrip())
    return packs


def _toml(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(f"{file} is no TOML: {error}") from None


def _toml_rows(file: Path, text: str) -> Iterator[tuple[str, object]]:
    rows = _toml(file, text).get("rule", [])
    if not isinstance(rows, list):
        raise UserError(f"{file}: rules are written as [[rule]] tables")
    for number, row in enumerate(rows, 1):
        yield f"{file}: rule {number}", row


def _json_rule(where: str, line: str, packs: TermPacks) -> FileRule | Fault:
    try:
        return _rule(where, json.loads(line), packs)
    except (ValueError, RecursionError) as error:
        return Fault(where=where, reason=f"no JSON: {error}")


def _listed(file: Path, item: Any) -> FileRule | Fault:  # noqa: ANN401 - Listed or Refused
    where = f"{file}:{item.line}"
    if isinstance(item, Refused):
        return Fault(where=where, reason=item.reason)
    printed = print_query(item.query)
    query = printed if len(printed) <= QUERY_CHARS_MAX else item.query.text
    return FileRule(where=where, name=item.name, query=query)


def _rule(where: str, row: object, packs: TermPacks) -> FileRule | Fault:
    if not isinstance(row, dict):
        return Fault(where=where, reason="a rule is an object with a name and a query")
    fault = _shape_fault(row)
    if fault is not None:
        return Fault(where=where, reason=fault)
    query = row["query"]
    try:
        refuse_dates(parse(query, packs))
    except QueryError as error:
        return Fault(where=f"{where} ({row['name']})", reason=error.pointed(query))
    return FileRule(
        where=where,
        name=row["name"],
        query=query,
        to=_texts(row.get("to", row.get("channels"))),
        paused=bool(row.get("paused", False)),
        telling=_telling(row),
        must_match=tuple(row.get("must_match", ())),
        must_not_match=tuple(row.get("must_not_match", ())),
    )


def _telling(row: Mapping[str, Any]) -> Telling:
    digest = row.get("digest")
    return Telling(
        digest=None if digest is None else str(read_schedule(digest)),
        at_most_hourly=row.get("at_most_hourly"),
        urgent=bool(row.get("urgent", False)),
        every_copy=bool(row.get("every_copy", False)),
    )


def _shape_fault(row: Mapping[str, Any]) -> str | None:
    """What is wrong with the keys and types of a rule; None if nothing is."""
    return next(_shape_faults(row), None)


def _shape_faults(row: Mapping[str, Any]) -> Iterator[str]:
    """One after the other, each true only where those before it are not."""
    for key in sorted(set(row) - _KEYS - _PASSED_OVER):
        yield f"{key!r} is no key of a rule; known: {', '.join(sorted(_KEYS))}"
    for key in ("name", "query"):
        if not isinstance(row.get(key), str):
            yield f"{key} must be text" if key in row else f"{key} is missing"
    fault = name_fault(row["name"])
    if fault is not None:
        yield fault
    for key in ("paused", "urgent", "every_copy"):
        if not isinstance(row.get(key, False), bool | int):
            yield f"{key} must be true or false"
    yield from _telling_faults(row)
    for key in ("must_match", "must_not_match"):
        samples = row.get(key, [])
        if not isinstance(samples, list) or not all(isinstance(sample, str | dict) for sample in samples):
            yield f"{key} must be a list of texts, or of releases as objects"
    to = row.get("to", row.get("channels", []))
    if not isinstance(to, str) and not (isinstance(to, list) and all(isinstance(name, str) for name in to)):
        yield "to must be a list of names of channels"


def _telling_faults(row: Mapping[str, Any]) -> Iterator[str]:
    digest, most = row.get("digest"), row.get("at_most_hourly")
    if digest is not None:
        try:
            read_schedule(digest if isinstance(digest, str) else "")
        except ValueError as error:
            yield f"digest {error}"
    if most is not None and (type(most) is not int or not 1 <= most <= AT_MOST_HOURLY_MAX):
        yield f"at_most_hourly must be a number from 1 to {AT_MOST_HOURLY_MAX:,}"


def name_fault(name: str) -> str | None:
    """Why a text cannot be a rule's name; None if it can."""
    if not 1 <= len(name) <= NAME_CHARS_MAX:
        return f"a rule's name has 1 to {NAME_CHARS_MAX} characters"
    if name != name.strip() or not name.isprintable():
        return "a rule's name neither begins nor ends with a space and holds no control characters"
    return None


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else ()


def written(rules: Iterable[Rule], form: Format) -> Iterator[str]:
    """Each rule as text that `read_rules` reads back."""
    for rule in rules:
        more: dict[str, Any] = {**({"paused": True} if rule.paused else {}), **rule.telling.changed()}
        if form == "jsonl":
            row = {"name": rule.name, "query": rule.query, "to": list(rule.channels), **more}
            yield json.dumps(row, ensure_ascii=False) + "\n"
        else:
            to = ", ".join(map(_quoted, rule.channels))
            lines = [f"name = {_quoted(rule.name)}", f"query = {_quoted(rule.query)}", f"to = [{to}]"]
            # JSON's texts, numbers and truths are TOML's.
            lines += [f"{key} = {json.dumps(told)}" for key, told in more.items()]
            yield "\n".join(["[[rule]]", *lines, "", ""])


def packs_written(packs: Mapping[str, Sequence[str]], queries: Sequence[str]) -> Iterator[str]:
    """A [pack] table of those packs that the queries may name, as `packs_beside` reads it back; or nothing."""
    asking = "\n".join(query for query in queries if any(at in query for at in "@＠"))
    named = [name for name in packs if may_name(asking, name)]
    if named:
        rows = [f"{_quoted(name)} = [{', '.join(map(_quoted, packs[name]))}]" for name in named]
        yield "\n".join(["[pack]", *rows, "", ""])


def _quoted(text: str) -> str:
    """A TOML string; in single quotes, unescaped, where the text allows it."""
    if '"' in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    # JSON's escapes are TOML's; that of DEL is TOML's alone.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
