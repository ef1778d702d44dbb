"""Releases that come as JSON: taken as given, save that a missing language is detected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ingest.language import detect
from news.release import Release, release_from_json


def release_given(row: Mapping[str, Any]) -> Release:
    """The release of `release_from_json`; where the object states no language, that of its text.

    A whole text may stand under `text` instead of `body`, and a day under `published_on` instead of a time.

    Raises:
        ReleaseFormatError: a field has the wrong type or value; the message names it.
    """
    row = _spelt_out(row)
    release = release_from_json(row)
    if row.get("language"):
        return release
    return replace(release, language=detect("\n".join((release.headline, *release.subtitles, release.body))))


def _spelt_out(row: Mapping[str, Any]) -> Mapping[str, Any]:
    spelt = dict(row)
    if row.get("body") is None and isinstance(row.get("text"), str):
        spelt["body"] = row["text"]
    if row.get("published_at") is None and isinstance(day := row.get("published_on"), str):
        spelt |= {"published_at": f"{day[:10]}T00:00:00Z", "time_precision": "day"}
    return spelt
