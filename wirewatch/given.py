"""Releases that come as JSON: taken as given, save that a missing language is detected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ingest.language import detect
from news.release import Release, release_from_json


def release_given(row: Mapping[str, Any]) -> Release:
    """The release of `release_from_json`; where the object states no language, that of its text.

    Raises:
        ReleaseFormatError: a field has the wrong type or value; the message names it.
    """
    release = release_from_json(row)
    if row.get("language"):
        return release
    return replace(release, language=detect("\n".join((release.headline, *release.subtitles, release.body))))
