"""`wirewatch match` and `dedupe`: releases against rules, or sorted into stories, in memory."""

from __future__ import annotations

import json
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from alerts.matching import RuleIndex
from news.document import document
from news.query import QueryError
from news.query.packs import PACKS, TermPacks
from news.release import ReleaseFormatError
from wirewatch.faults import UserError
from wirewatch.given import release_given
from wirewatch.partition import Partition


@dataclass(frozen=True, slots=True)
class FileRule:
    """A rule as a line of a file: any id, and a query."""

    id: int | str
    query: str


def match_files(rules: Path, releases: Path, *, out: TextIO, err: TextIO, packs: TermPacks = PACKS) -> None:
    """One JSON line per match to `out`; build and match seconds (CPU) and memory to `err`.

    Raises:
        UserError: a line is no rule or no release; the message names file and line.
    """
    began = time.process_time()
    index: RuleIndex = RuleIndex([], packs=packs)
    for number, row in _rows(rules):
        _file(index, rules, number, row)
    built = time.process_time()
    count = matches = 0
    for number, row in _rows(releases):
        try:
            release = release_given(row)
        except ReleaseFormatError as error:
            raise UserError(f"{releases}:{number}: {error}") from None
        count += 1
        for match in index.match(document(release)):
            matches += 1
            told = {"release": row.get("id"), "rule": match.rule_id, "spans": [list(span) for span in match.spans]}
            out.write(json.dumps(told, ensure_ascii=False) + "\n")
    ended = time.process_time()
    cost = {
        "rules": len(index),
        "releases": count,
        "matches": matches,
        "build_s": round(built - began, 4),
        "match_s": round(ended - built, 4),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    err.write(json.dumps(cost) + "\n")


def dedupe_file(releases: Path, *, out: TextIO) -> None:
    """One JSON line a release to `out` once all are sorted: its verdict, of what, and its story.

    Raises:
        UserError: a line is no release; the message names file and line.
    """
    stories, ids = Partition(), []
    for number, row in _rows(releases):
        try:
            stories.add(release_given(row))
        except ReleaseFormatError as error:
            raise UserError(f"{releases}:{number}: {error}") from None
        ids.append(row.get("id", number))
    out.writelines(json.dumps(told, ensure_ascii=False) + "\n" for told in stories.told(ids))


def _rows(file: Path) -> list[tuple[int, dict[str, Any]]]:
    rows = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is not UTF-8: {error.reason} at byte {error.start}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{file}:{number}: no JSON: {error}") from None
        if not isinstance(row, dict):
            raise UserError(f"{file}:{number}: no JSON object")
        rows.append((number, row))
    return rows


def _file(index: RuleIndex, file: Path, number: int, row: dict[str, Any]) -> None:
    query, id_ = row.get("query"), row.get("id")
    if not isinstance(query, str) or not isinstance(id_, int | str):
        raise UserError(f"{file}:{number}: a rule is an object with an id and a query")
    try:
        index.add(FileRule(id_, query))
    except QueryError as error:
        raise UserError(f"{file}:{number}: rule {id_}\n{error.pointed(query)}") from None
